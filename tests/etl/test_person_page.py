"""How a person's page is written: nothing that was captured acts or hides, and little is enough."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.person import page, parts, reasons, texts, timeline

NUMBERS = {"events": 0, "hours": 0.0, "megabytes": 0.0}
COSTS = {"reports": 0, "battery_pct": None, "cpu_pct": None, "net_megabytes": None}
EMPTY: dict[str, Any] = {
    "person": "ann@corp",
    "made_at": "2026-10-01T12:00:00Z",
    "erased": None,
    "exempt": [],
    "captured": {**NUMBERS, "set_aside": 0, "days": [], "kinds": [], "devices": []},
    "used": 0,
    "left_out": [],
    "windows": [],
    "vocabulary": [],
    "typed": [],
    "releases": [],
    "cost": {**COSTS, "days": [], "devices": []},
    "requests": [],
    "how": [],
}
HOSTILE = {
    "markup": "<script>alert(1)</script>",
    "an attribute": "\"><img src=x onerror='alert(1)'>",
    "the end of a style": "</style></title></section></main>",
    "a comment": "<!-- ]]> -->",
    "an entity": "&lt;b&gt; &#60;",
    "a template": "{person} {style} %s ${x}",
    "right to left": "\u202egnp.exe \u2066x\u2069 \u200f \u061c",
    "controls": "a\x00b\x1b[31mc\x7f\x85\r\n\x0c",
    "what is not seen": "a\u200bb\ufeffc\xadd\u2028e\u2060f\U000e0041",
    "no character": "a\ud800b\uffff\ufdd0",
}


def window(**given: Any) -> dict[str, Any]:
    """Half an hour's pause, unless told otherwise."""
    return {
        "from": "2026-09-21T10:00:00Z", "to": "2026-09-21T10:30:00Z", "devices": None,
        "scopes": ["keyboard", "mouse", "other"], "reason": "pause",
        "words": "you had a pause", "rules": ["C5"], "source": "pauses", "row": 1, **given,
    }  # fmt: skip


def text(before: str, after: str | None, **given: Any) -> dict[str, Any]:
    """One typed text."""
    return {
        "dataset": "typed-text", "day": "2026-09-21", "at": "2026-09-21T10:00:00Z",
        "device": "d1", "app": "editor", "before": before, "after": after, "why": "", "rules": [],
        **given,
    }  # fmt: skip


def release(**given: Any) -> dict[str, Any]:
    """A release that holds seven rows and went nowhere, unless told otherwise."""
    return {
        "dataset": "typed-text", "version": "v1", "rows": 7, "state": "released",
        "waiting_since": None, "superseded_by": None, "recalled_because": None,
        "published_to": [], **given,
    }  # fmt: skip


def filled(said: str) -> dict[str, Any]:
    """Facts with somebody's words wherever such words may stand."""
    many = {"keyboard": 1, "mouse": 1, "other": 1}
    costs = {"reports": 1, "battery_pct": 0.5, "cpu_pct": 1.0, "net_megabytes": 0.001}
    return EMPTY | {
        "person": said,
        "captured": {
            "events": 3, "hours": 0.5, "megabytes": 0.001, "set_aside": 2, **many,
            "days": [{"day": said, **NUMBERS, **many}],
            "kinds": [{"type": said, **NUMBERS}],
            "devices": [{"device": said, **NUMBERS, **many}],
        },
        "used": 1,
        "left_out": [{"reason": said, "words": said, "rules": [said], "events": 2, **many}],
        "windows": [window(devices=[said], reason=said, words=said, rules=[said], source=said)],
        "vocabulary": [{"dataset": said, "version": said, "shared": 4}],
        "typed": [text(said, said, dataset=said, app=said), text(said, None, why=said)],
        "releases": [
            release(dataset=said, version=said, state=said),
            release(state="recalled", recalled_because=said),
            release(state="superseded", superseded_by=said),
            release(state="waiting", waiting_since=said,
                    published_to=[{"dest": said, "at": said, "until": said}]),
        ],
        "cost": {**costs, "days": [{"day": said, **costs}], "devices": [{"device": said, **costs}]},
        "requests": [
            {"at": said, "what": said, "from": said, "to": said, "state": said, "answered": said,
             "held_by": [{"dataset": said, "version": said, "rows": 1}]},
        ],
        "how": [{"title": said, "words": said}],
    }  # fmt: skip


class Tags(HTMLParser):
    """Every tag with the names of its attributes, and all words outside of styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] != "style":
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.others.append(data)


def parsed(shown: str) -> Tags:
    found = Tags()
    found.feed(shown)
    return found


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_words_that_were_captured_neither_act_nor_hide(hostile: str) -> None:
    found, plain = parsed(page.render(filled(hostile))), parsed(page.render(filled("plain")))
    assert found.tags == plain.tags and found.others == []
    assert all(link.startswith("#") for link in found.links)
    shown = page.render(filled(hostile))
    shown.encode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e]", shown)
    assert not re.search("[\u2060-\u206f\u061c\xad\ufeff\U000e0000-\U000e007f]", shown)


@given(st.text(max_size=40))
def test_any_text_comes_out_as_text(said: str) -> None:
    assert [tag for tag, _ in parsed(f"<p>{parts.safe(said)}</p>").tags] == ["p"]


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=40))
def test_a_text_of_letters_and_signs_is_shown_as_it_is(said: str) -> None:
    assert html.unescape(parts.safe(said)) == said


def test_what_is_not_seen_is_shown_by_name() -> None:
    assert parts.safe("a\u202eb\x1b\x7f\x00\ud800") == "a[U+202E]b\u241b\u2421\u2400\ufffd"
    assert parts.safe("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"  # a joiner stays


def test_a_person_of_whom_nothing_is_known_has_a_page() -> None:
    shown = page.render(EMPTY)
    for words in (
        "Nothing was captured of you", "No release holds a row of yours",
        "You have asked for nothing", "There is no text to show", "Nothing was left out",
        "There is no pause of yours",
        "The recorder reported nothing", "makes no dataset of typed text",
    ):  # fmt: skip
        assert words in shown
    assert "None" not in shown


def test_nothing_in_the_file_runs_or_fetches() -> None:
    shown = page.render(filled("plain"))
    assert "default-src 'none'" in shown and "<script" not in shown and "url(" not in shown
    assert not re.search(r"\bon[a-z]+=", shown) and "@import" not in shown and "//" not in shown
    assert not {"img", "link", "iframe", "object", "form"} & {tag for tag, _ in parsed(shown).tags}


def test_headings_go_down_by_single_steps_and_each_link_leads_somewhere() -> None:
    shown = page.render(filled("plain"))
    levels = [int(level) for level in re.findall(r"<h([1-6])", shown)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = re.findall(r'\bid="([^"]+)"', shown)
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in parsed(shown).links} <= set(ids)


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        ([], None),
        (["all"], "everything of yours is left out"),
        (["keyboard"], "Your keyboard is left out"),
        (["mouse"], "Your mouse is left out"),
        (["keyboard", "mouse"], "Your keyboard and your mouse are left out"),
    ],
)
def test_an_exemption_is_the_first_thing_to_read(scopes: list[str], words: str | None) -> None:
    shown = page.render(EMPTY | {"exempt": scopes})
    summary = shown[shown.index('id="summary"') : shown.index("<nav")]
    assert words in summary if words else "left out" not in summary


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([], "No release holds a row of yours"),
        (["recalled"], "Only releases that were recalled hold rows"),
        (["recalled", "released"], "There are releases that hold rows of yours"),
    ],
)
def test_the_summary_says_whether_releases_hold_rows(states: list[str], words: str) -> None:
    held = [release(state=one) for one in states]
    assert words in page.render(EMPTY | {"releases": held})


def test_rows_that_nobody_can_count_are_said_to_be_unknown() -> None:
    shown = page.render(EMPTY | {"releases": [release(rows=None)]})
    assert "not known" in shown and "There are releases that hold rows of yours" in shown


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"state": "waiting", "waiting_since": "2026-09-21T10:00:00Z"}, "a newer version is due"),
        ({"state": "superseded", "superseded_by": "v2"}, "took its place, v2"),
        ({"state": "recalled", "recalled_because": "a leak"}, "a leak"),
        ({"published_to": [{"dest": "/srv/x", "at": "2026-09-21T10:00:00Z",
                            "until": "2026-09-22T10:00:00Z"}]}, "up to <time"),
    ],
)  # fmt: skip
def test_a_release_says_what_became_of_it(given: Any, words: str) -> None:
    assert words in page.render(EMPTY | {"releases": [release(**given)]})


@pytest.mark.parametrize(
    ("gone", "words"),
    [("done", "was erased on"), ("begun", "has not ended")],
)
def test_who_was_erased_is_told_so(gone: str, words: str) -> None:
    erased = {"state": gone, "at": "2026-09-30T08:00:00Z", "number": 1}
    assert words in page.render(EMPTY | {"erased": erased})


def test_what_was_replaced_is_set_apart_and_what_was_typed_is_not() -> None:
    typed = [text("about <PERSON>", "about <PERSON> <b>")]
    shown = page.render(EMPTY | {"typed": typed})
    assert shown.count('<span class="gone">&lt;PERSON&gt;</span>') == 1


def test_more_texts_than_the_page_holds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "TEXTS", 2)
    typed = [text(f"text {n}", None) for n in range(3)]
    shown = page.render(EMPTY | {"typed": typed})
    assert "text 0" not in shown and shown.index("text 2") < shown.index("text 1")
    assert 'data-derived="typed.shown" data-value="2"' in shown
    assert 'data-derived="typed" data-value="3"' in shown


def test_more_windows_than_the_page_holds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "BARS", 2)
    days = [f"2026-09-{day}" for day in (21, 22, 23)]
    windows = [window(**{"from": f"{d}T10:00:00Z", "to": f"{d}T10:30:00Z"}) for d in days]
    shown = page.render(EMPTY | {"windows": windows})
    assert 'data-derived="windows.more" data-value="1"' in shown
    assert "Mon 21 Sep" not in shown and shown.index("Wed 23 Sep") < shown.index("Tue 22 Sep")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-09-21T10:00:00Z", "2026-09-21T10:30:01Z", ["10:00 to 10:30:01"]),
        ("2026-09-21T22:00:00Z", "2026-09-22T00:00:00Z", ["22:00 to 24:00"]),
        ("2026-09-21T22:00:00Z", "2026-09-22T02:00:00Z", ["22:00 to 24:00", "00:00 to 02:00"]),
        ("2026-09-21T00:00:00Z", "2026-09-22T00:00:00Z", ["the whole day"]),
        ("2026-09-21T22:00:00Z", None, ["22:00 to 24:00", "from Mon 21 Sep 2026, 22:00 on"]),
        (None, "2026-09-21T02:00:00Z", ["00:00 to 02:00", "before Mon 21 Sep 2026, 02:00"]),
        (None, None, ["at all times"]),
        ("2026-09-21T22:00:00+02:00", "2026-09-21T21:00:00Z", ["20:00 to 21:00"]),
    ],
)  # fmt: skip
def test_windows_are_told_in_words(start: str | None, end: str | None, words: list[str]) -> None:
    shown = page.render(EMPTY | {"windows": [window(**{"from": start, "to": end})]})
    assert all(one in shown for one in words)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"devices": ["d7", None]}, "on <span"),
        ({"devices": []}, "on a device that was never captured"),
        ({"scopes": ["mouse"]}, "mouse only"),
        ({"source": "requests", "row": 4}, "from what you asked for, row 4"),
        ({"source": "capture", "row": None}, "from the recording itself<"),
    ],
)
def test_a_window_says_where_it_holds_and_where_it_stands(given: Any, words: str) -> None:
    assert words in page.render(EMPTY | {"windows": [window(**given)]})


def test_windows_at_one_time_lie_in_lanes_of_their_own() -> None:
    shown = page.render(EMPTY | {"windows": [window(), window(source="capture")]})
    bars = re.findall(r'<rect x="(\d+)" y="(\d+)"', shown)
    assert len(bars) == 2 and len({y for _, y in bars}) == 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (1234567, "1,234,567"), (0.0, "0.00"), (1234.5, "1,234.50"),
        (0.004, "under 0.01"), (0.005, "0.01"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_read_them(value: float, shown: str) -> None:
    assert parts.written(value) == shown


def test_every_number_says_which_fact_it_is() -> None:
    facts = filled("plain")
    found = re.findall(r'data-fact="([^"]+)" data-value="([^"]*)"', page.render(facts))
    assert len(found) > 40
    for path, value in found:
        assert parts.Figures(facts).value(path) == json.loads(value)


def test_commands_stand_out_from_words() -> None:
    assert parts.prose("run `tacenda <x>` now") == "run <code>tacenda &lt;x&gt;</code> now"
    assert parts.prose("an odd ` one") == "an odd ` one"


def test_each_rule_of_the_reference_has_words_for_the_person() -> None:
    text = (Path(__file__).parents[2] / "docs" / "consent.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\*\*(C\d+) ", text, re.MULTILINE)) == set(reasons.RULES)
    assert {rule for _, rules in reasons.REASONS.values() for rule in rules} <= set(reasons.RULES)


def test_only_the_rules_that_are_cited_are_explained() -> None:
    shown = page.render(EMPTY | {"windows": [window(rules=["C5"])]})
    assert reasons.RULES["C5"] in shown and reasons.RULES["C21"] not in shown
