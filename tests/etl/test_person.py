"""The page of each of ten kinds of people: every number counted again, and opened in a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl import keys, manifest, moments, person, publish, registries, setup, warehouse
from etl import project as projects
from etl.project import Project
from etl.targets import chosen
from privacy.registry import Exemption, Pause, Withdrawal
from tests.etl import people
from tests.etl.conftest import NOW, build_all, load, write
from tests.etl.people import DAY, KINDS, MINUTE, MONDAY, Event, name_of
from tests.privacy import oracle

KEYBOARD = ("keydown", "keyup", "paste", "compose")
MOUSE = ("mousemove", "mousedown", "mouseup", "wheel")
SHOWN = ("left_out", "releases", "cost", "requests")
GUARD = 2_000_000
ASKED = MONDAY + 5 * DAY
EXEMPTIONS = (
    Exemption(name_of("exempt"), "approved", "all", ASKED, ASKED),
    Exemption(name_of("half"), "pending", "keyboard", ASKED),
    Exemption(name_of("absent"), "denied", "all", ASKED, ASKED),
)
PAUSES = (
    Pause(name_of("ordinary"), MONDAY + 3 * DAY + 5 * MINUTE, MONDAY + 3 * DAY + 30 * MINUTE),
    Pause(name_of("absent"), MONDAY, MONDAY + 10 * MINUTE),
)
WITHDRAWALS = (
    Withdrawal(name_of("withdrawn")),
    Withdrawal(name_of("hour"), MONDAY + DAY + 60 * MINUTE, MONDAY + DAY + 120 * MINUTE),
)


@dataclass(frozen=True)
class Town:
    """A project with ten kinds of people in it, and the page of each."""

    project: Project
    published: Path
    lives: dict[str, people.Life]
    pages: Path
    held: dict[str, list[int]]
    in_the_hour: list[int]

    def facts(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.pages / kind / person.JSON).read_text())
        return found

    def html(self, kind: str) -> str:
        return (self.pages / kind / person.HTML).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Built once, with everybody in it; then some exempt themselves and some withdraw."""
    place = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(place / "town.key"))
        project = projects.load(setup.init(place / "work").root)
        lives = people.lives()
        load(project, people.recorded(place / "log.jsonl", [*people.town(), *lives.values()]))
        load(project, write(place / "bad.jsonl", *BAD))
        _registries(project, (), ())
        build_all(project, "typed-text", "pointer-snippets")
        published = place / "published"
        publish.publish(project.releases / "typed-text" / "v1", chosen.target(published), now=NOW)
        _registries(project, EXEMPTIONS, PAUSES)
        _ask(project)
        for kind in KINDS:
            person.make(project, f" {kind.upper()}@corp", place / "pages" / kind, now=NOW)
        with warehouse.opened(project, "test", write=False) as connection:
            held = {kind: _held(connection, project, kind) for kind in KINDS}
            start, end = MONDAY + DAY + 60 * MINUTE, MONDAY + DAY + 120 * MINUTE
            overlap = f"last_ts >= {start - GUARD} AND first_ts < {end + GUARD}"
            hour = _held(connection, project, "hour", overlap)
        yield Town(project, published, lives, place / "pages", held, hour)


BAD = (
    json.dumps({"user_id": "Ordinary@CORP", "ts": MONDAY, "type": "mousemove", "x": "12"}),
    json.dumps({"user_id": "somebody@corp", "ts": MONDAY, "type": "nothing"}),
    "no JSON at all, though it names ordinary@corp",
)


def _registries(project: Project, exemptions: Sequence[Exemption], pauses: Sequence[Pause]) -> None:
    when = [[moments.written(t) if t else "" for t in (e.requested_at, e.decided_at)]
            for e in exemptions]  # fmt: skip
    write(
        project.consent / "exemptions.csv",
        "user_id,status,scope,requested_at,decided_at",
        *(f"{e.user_id},{e.status},{e.scope},{a},{b}"
          for e, (a, b) in zip(exemptions, when, strict=True)),
    )  # fmt: skip
    write(
        project.consent / "pauses.csv",
        "user_id,start,end,device_id",
        *(f"{p.user_id},{moments.written(p.start)},{moments.written(p.end or 0)},"
          for p in pauses),
    )  # fmt: skip


def _ask(project: Project) -> None:
    with warehouse.opened(project, "test", write=True) as connection:
        for number, one in enumerate(WITHDRAWALS, 1):
            connection.execute(
                "INSERT INTO lake.requests (number, kind, asked_at, user_id, from_ts, to_ts, scope)"
                " VALUES (?, 'withdraw', ?, ?, ?, ?, ?)",
                [number, ASKED, one.user_id, one.start, one.end, one.scope],
            )


class _Numbers(HTMLParser):
    """Every number of a page: where it stands among the facts, its value, and how it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        path = given.get("data-fact") or given.get("data-derived")
        if path:
            self.found.append((path, given["data-value"] or "", ""))
            self.open = True

    def handle_endtag(self, tag: str) -> None:
        self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            path, value, _ = self.found[-1]
            self.found[-1] = path, value, data


def numbers(html: str) -> list[tuple[str, str, str]]:
    """(path, value as JSON, as shown) of every number on a page."""
    parser = _Numbers()
    parser.feed(html)
    return parser.found


_JUDGED: dict[str, list[str | None]] = {}


def verdicts(life: people.Life) -> list[str | None]:
    """Why each event is left out, by the oracle that shares no code with the rules."""
    if life.user_id not in _JUDGED:
        _JUDGED[life.user_id] = _verdicts(life)
    return _JUDGED[life.user_id]


def _verdicts(life: people.Life) -> list[str | None]:
    return oracle.judge(
        [people.whole(event) for event in life.events],
        EXEMPTIONS, PAUSES, registries.shipped_exclusions(), WITHDRAWALS,
    )  # fmt: skip


def size(event: Event) -> int:
    """Bytes of an event's values."""
    kinds: dict[type, Callable[[Any], int]] = {
        str: lambda value: len(value.encode()), bool: lambda _: 1, int: lambda _: 8,
        float: lambda _: 8,
    }  # fmt: skip
    return sum(kinds[type(value)](value) for value in event.values() if value is not None)


def measures(events: Sequence[Event], *names: str) -> dict[str, float]:
    found = {
        "events": len(events),
        "hours": len({event["ts"] // MINUTE for event in events}) / 60,
        "megabytes": sum(map(size, events)) / 1e6,
        "keyboard": sum(event["type"] in KEYBOARD for event in events),
        "mouse": sum(event["type"] in MOUSE for event in events),
        "other": sum(event["type"] not in KEYBOARD + MOUSE for event in events),
    }
    return {name: found[name] for name in names or found}


def costs(events: Sequence[Event]) -> dict[str, float | None]:
    reports = [event for event in events if event["type"] == "telemetry"]
    battery = [one["battery_pct"] for one in reports if one["battery_pct"] is not None]
    return {
        "reports": len(reports),
        "battery_pct": sum(battery) if battery else None,
        "cpu_pct": sum(one["cpu_pct"] for one in reports) / len(reports),
        "net_megabytes": sum(one["net_bytes"] for one in reports) / 1e6,
    }


def grouped(events: Sequence[Event], key: Callable[[Event], Any]) -> list[list[Event]]:
    """Events by a value, in its order, none first."""
    found: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        found[key(event)].append(event)
    return [found[one] for one in sorted(found, key=lambda one: (one is not None, one))]


def under(path: str, groups: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        f"{path}.{n}.{name}": value for n, one in enumerate(groups) for name, value in one.items()
    }


def day(event: Event) -> int:
    return int(event["ts"] // DAY)


def expected(town: Town, kind: str) -> dict[str, Any]:
    """Every number that a kind's page may show, counted from what was recorded."""
    life = town.lives[kind]
    events, why = life.events, verdicts(life)
    found: dict[str, Any] = {f"captured.{n}": v for n, v in measures(events).items()}
    found["captured.set_aside"] = 1
    found |= under("captured.days", [measures(one) for one in grouped(events, day)])
    kinds = grouped(events, lambda event: event["type"])
    found |= under(
        "captured.kinds", [measures(one, "events", "hours", "megabytes") for one in kinds]
    )
    devices = grouped(events, lambda event: event["device_id"])
    found |= under("captured.devices", [measures(one) for one in devices])
    found["used"] = why.count(None)
    found |= under("left_out", left_out(events, why))
    reports = [event for event in events if event["type"] == "telemetry"]
    if reports:
        found |= {f"cost.{name}": value for name, value in costs(reports).items()}
        found |= under("cost.days", [costs(one) for one in grouped(reports, day)])
        by_device = grouped(reports, lambda event: event["device_id"])
        found |= under("cost.devices", [costs(one) for one in by_device])
    words = town.project.releases / "typed-text" / "v1" / "review" / "words.txt"
    found["vocabulary.0.shared"] = len(words.read_text().splitlines())
    found |= under("releases", [{"rows": n} for n in town.held[kind] if n])
    still = {"withdrawn": town.held["withdrawn"], "hour": town.in_the_hour}.get(kind, [])
    found |= under("requests.0.held_by", [{"rows": n} for n in still if n])
    found["typed"] = found["typed.shown"] = len(life.texts)
    return found


def left_out(events: Sequence[Event], why: Sequence[str | None]) -> list[dict[str, int]]:
    found = []
    for reason in oracle.ORDER:
        removed = [event for event, one in zip(events, why, strict=True) if one == reason]
        if removed:
            names = ("events", "keyboard", "mouse", "other")
            found.append({n: int(v) for n, v in measures(removed, *names).items()})
    return found


def _held(
    connection: duckdb.DuckDBPyConnection, project: Project, kind: str, only: str = "true"
) -> list[int]:
    """Rows in each release, in the order of their names."""
    counts = []
    for dataset in ("pointer-snippets", "typed-text"):
        facts = manifest.read(project.releases / dataset / "v1")
        shards = ", ".join(f"'{shard['sha256']}'" for shard in facts["shards"])
        row = connection.execute(
            f"SELECT count(DISTINCT (sha256, row)) FROM lake.lineage WHERE dataset = '{dataset}' "
            f"AND user_id = '{name_of(kind)}' AND sha256 IN ({shards}) AND {only}"
        ).fetchone()
        counts.append(row[0] if row else 0)
    return counts


def test_the_town_is_built_and_holds_what_the_kinds_are_named_for(town: Town) -> None:
    held_by = town.held
    assert all(n > 0 for n in (*held_by["withdrawn"], *held_by["exempt"], held_by["silent"][0]))
    assert held_by["absent"] == [0, 0] and held_by["silent"][1] == held_by["secure"][1] == 0
    assert {reason for kind in KINDS for reason in verdicts(town.lives[kind])} == {
        None, "exempt", "withdrawn", "pause", "pause_in_stream", "excluded_window", "secure"
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_on_the_page_is_equal_to_a_separate_count(town: Town, kind: str) -> None:
    wanted = expected(town, kind)
    shown = numbers(town.html(kind))
    assert len(shown) > 2
    for path, value, _ in shown:
        if path.startswith("windows"):
            continue
        number = json.loads(value)
        if number is None:
            assert wanted[path] is None, path
        else:
            assert number == pytest.approx(wanted[path], rel=1e-9), path
    missing = {path for path in wanted if path.split(".")[0] in SHOWN}
    missing |= {path for path in wanted if path.startswith("captured.d")}
    assert missing <= {path for path, _, _ in shown}


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_shown_as_they_are_and_say_the_same_in_json(town: Town, kind: str) -> None:
    facts = town.facts(kind)
    for path, value, shown in numbers(town.html(kind)):
        number = json.loads(value)
        if number is None:
            assert not any(char.isdigit() for char in shown), path
        elif isinstance(number, int):
            assert shown == f"{number:,}", path
        else:
            assert shown == f"{number:,.2f}" or (number < 0.005 and shown == "under 0.01"), path
        if not path.startswith(("windows", "typed")):
            assert at(facts, path) == number


def at(facts: Any, path: str) -> Any:
    for step in path.split("."):
        facts = facts[int(step)] if step.isdigit() else facts[step]
    return facts


def test_the_page_says_where_a_release_went(town: Town) -> None:
    went = {one["dataset"]: [place["dest"] for place in one["published_to"]]
            for one in town.facts("ordinary")["releases"]}  # fmt: skip
    assert went == {"pointer-snippets": [], "typed-text": [str(town.published)]}
    assert str(town.published) in town.html("ordinary")


def test_the_page_says_what_was_asked_for_and_what_became_of_it(town: Town) -> None:
    asked = {kind: town.facts(kind)["requests"] for kind in KINDS}
    assert {kind: len(one) for kind, one in asked.items() if one} == dict.fromkeys(
        ("exempt", "half", "withdrawn", "hour", "absent"), 1
    )
    (hour,) = asked["hour"]
    assert (hour["from"], hour["to"]) == ("2026-09-22T09:00:00Z", "2026-09-22T10:00:00Z")
    assert "the next version" in hour["state"] and "the next version" in town.html("hour")
    assert "denied" in town.html("absent") and "not answered yet" in town.html("half")


@pytest.mark.parametrize("kind", KINDS)
def test_the_time_line_is_in_force_exactly_where_events_are_left_out(town: Town, kind: str) -> None:
    life, windows = town.lives[kind], town.facts(kind)["windows"]
    for event, why in zip(life.events, verdicts(life), strict=True):
        scope = "keyboard" if event["type"] in KEYBOARD else "mouse"
        scope = scope if event["type"] in KEYBOARD + MOUSE else "other"
        in_force = {
            one["reason"]
            for one in windows
            if scope in one["scopes"]
            and (one["devices"] is None or event["device_id"] in one["devices"])
            and (one["from"] is None or moments.parse(one["from"]) <= event["ts"])
            and (one["to"] is None or event["ts"] < moments.parse(one["to"]))
        }
        assert next((one for one in oracle.ORDER if one in in_force), None) == why


@pytest.mark.parametrize("kind", KINDS)
def test_typed_texts_stand_before_and_after(town: Town, kind: str) -> None:
    found = [(one["before"], one["after"]) for one in town.facts(kind)["typed"]]
    assert found == town.lives[kind].texts
    html = town.html(kind)
    assert html.count("Nothing of it would leave") == [after for _, after in found].count(None)
    for hidden in ("hunter2", "the vault", "was pasted", "recorder paused", "of the registry"):
        assert f">{hidden}" not in html and f"typed in {hidden}" not in html


SIZES = {"desktop": (1280, 900), "phone": (360, 740), "print": (794, 1123)}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium; where there is none the tests are skipped, unless it is required."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    try:
        if program is None:
            raise ModuleNotFoundError("Chromium")
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as missing:
        if os.environ.get("TACENDA_BROWSER") == "required":
            pytest.fail(f"a browser is required, and this is missing: {missing}")
        pytest.skip(f"the page is not opened, because this is missing: {missing}")
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has no sandbox to enter
    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=alone)
        yield opened
        opened.close()


@dataclass
class Opened:
    """A page in a browser, and what it said and asked for."""

    page: Any
    said: list[str]
    asked: list[str]


@contextmanager
def opened(browser: Any, file: Path, size: str, scheme: str = "light") -> Iterator[Opened]:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, offline=True
    )
    page = context.new_page()
    found = Opened(page, [], [])
    page.on("console", lambda message: found.said.append(message.text))
    page.on("pageerror", lambda error: found.said.append(str(error)))
    page.on("request", lambda request: found.asked.append(request.url))
    page.emulate_media(media="print" if size == "print" else "screen", color_scheme=scheme)
    page.goto(file.as_uri())
    yield found
    context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_page_opens_without_an_error_or_a_request_and_can_be_read_by_all(
    browser: Any, town: Town, kind: str, size: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    file = town.pages / kind / person.HTML
    with opened(browser, file, size) as found:
        wide, within = found.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= within
        result = Axe().run(found.page, options={"runOnly": WCAG}).response
        assert result["passes"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in result["violations"]] == []
        if size == "print":
            assert found.page.pdf(format="A4").startswith(b"%PDF")
        assert found.said == [] and found.asked == [file.as_uri()]


def test_what_is_told_apart_by_colour_can_be_read_in_the_dark(browser: Any, town: Town) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, town.pages / "ordinary" / person.HTML, "desktop", "dark") as found:
        ground = found.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert sum(int(part) for part in re.findall(r"\d+", ground)[:3]) < 3 * 64
        result = Axe().run(found.page, options={"runOnly": WCAG}).response
        assert [one["id"] for one in result["violations"]] == []


def test_a_violation_is_seen(browser: Any, town: Town, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    html = town.html("ordinary").replace("--soft: #565e68", "--soft: #d0d0d0")
    (tmp_path / "pale.html").write_text(html + "<img src='https://nowhere.invalid/x.png'>")
    with opened(browser, tmp_path / "pale.html", "phone") as found:
        result = Axe().run(found.page, options={"runOnly": WCAG}).response
        assert {"color-contrast", "image-alt"} <= {one["id"] for one in result["violations"]}
        assert any("Content Security Policy" in one for one in found.said)
