"""Text rebuilt from keys: cases by hand, and a reference that follows one field."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import events, keystrokes, typed_text

SECOND = 1_000_000
B, D, L, R = "Backspace", "Delete", "ArrowLeft", "ArrowRight"

Event = str | dict[str, Any]


def event(**values: Any) -> dict[str, Any]:
    return {"user_id": "u", "device_id": "d", "session_id": "s", **values}


PASTE = {"type": "paste", "text": "x"}


def key(name: str) -> dict[str, Any]:
    """`a`, `Enter`, `Control+v`, `Shift+ArrowLeft`."""
    *mods, last = name.split("+") if len(name) > 1 else [name]
    return {"type": "keydown", "key": last, "mods": "+".join(sorted(mods)) or None}


def press(x: float = 5.0, button: str = "left", up: float | None = None) -> list[dict[str, Any]]:
    place = {"y": 5.0, "screen_w": 100, "screen_h": 100, "button": button}
    down = {"type": "mousedown", "x": x, **place}
    return [down, {"type": "mouseup", "x": x if up is None else up, **place}]


def focus(title: str, **values: Any) -> dict[str, Any]:
    return {"type": "focus", "title": title, **{"app": "winword", **values}}


APPS = {
    "winword": "documents", "chrome": "browser", "excel": "spreadsheet", "xterm": "terminal",
    "slack": "chat",
}  # fmt: skip


def frame(
    *typed: Event, mouse: bool = True, gap: float = 1.0, app: str = "winword"
) -> pl.DataFrame:
    given = [focus("one", app=app), *(key(one) if isinstance(one, str) else one for one in typed)]
    made = [event(ts=int(n * gap * SECOND), seq=n, **one) for n, one in enumerate(given)]
    if mouse:
        made.append(event(ts=86_000 * SECOND, seq=len(made), type="mousemove", x=1.0, y=1.0))
    table = pl.DataFrame(made, schema=events.SCHEMA, infer_schema_length=None)
    parted = table.with_columns(pl.lit(0, pl.Int64).alias("part"))
    runs = events.with_runs(events.in_order(parted))
    return events.with_focus(runs, APPS)


def texts(
    *typed: Event, one_line: bool = False, sighted: bool = False, **options: Any
) -> list[tuple[str, str]]:
    made = typed_text.segments(frame(*typed, **options), one_line=one_line, sighted=sighted)
    return list(made.select("text", "kind").iter_rows())


CASES: dict[str, tuple[tuple[Event, ...], list[tuple[str, str]]]] = {
    "plain": ((*"hi you",), [("hi you", "exact")]),
    "enter ends a field": ((*"one", "Enter", *"two"), [("one", "exact"), ("two", "exact")]),
    "tab ends a field": ((*"one", "Tab", *"two"), [("one", "exact"), ("two", "exact")]),
    "backspace": ((*"helo", B, *"lo"), [("hello", "exact")]),
    "delete": ((*"abc", L, L, D), [("ac", "exact")]),
    "insert at the caret": ((*"ac", L, "b"), [("abc", "exact")]),
    "right again": ((*"ab", L, R, "c"), [("abc", "exact")]),
    "a selection is replaced": ((*"abc", "Shift+ArrowLeft", "x"), [("abx", "exact")]),
    "a selection is deleted": ((*"abc", "Shift+ArrowLeft", "Shift+ArrowLeft", B), [("a", "exact")]),
    "an arrow drops the selection": ((*"abc", "Shift+ArrowLeft", L, "x"), [("abxc", "exact")]),
    "a word back": ((*"send it off", "Control+Backspace", *"on"), [("send it \non", "pieces")]),
    "a word back, on a known machine": (
        ("Control+v", PASTE, "Enter", *"send it off", "Control+Backspace", *"on"),
        [("send it on", "exact")]),
    "a word back, on a Mac": (
        ("Meta+v", PASTE, "Enter", *"send it off", "Alt+Backspace", *"on"),
        [("send it on", "exact")]),
    "a word ahead": ((*"a bc d", L, L, L, L, L, "Control+Delete"), [("a\nd", "pieces")]),
    "a grapheme goes as a whole": (("a", "e", "\u0301", B), [("a", "exact")]),
    "emoji are graphemes": (("\U0001f44d", "\U0001f3fd", B, "k"), [("k", "exact")]),
    "a dead key": (("Dead", "é"), [("é", "exact")]),
    "compose": (
        ("Process", {"type": "compose", "text": "会議"}, "a"), [("会議a", "exact")]
    ),
    "AltGraph inserts": (("AltGraph+€",), [("€", "exact")]),
    "commands insert nothing": ((*"ab", "Control+c", "Control+s", "c"), [("abc", "exact")]),
    "modifiers and their keys do nothing": (("Shift", "A", "CapsLock", "B"), [("AB", "exact")]),
    "repeats insert": (("a", {"type": "keydown", "key": "a", "repeat": True}), [("aa", "exact")]),
    "releases do not": (("a", {"type": "keyup", "key": "a"}), [("a", "exact")]),
    "a paste is a hole": (
        (*"ab", "Control+v", {"type": "paste", "text": "secret"}, *"cd"), [("ab\ncd", "pieces")]
    ),
    "a paste within": ((*"abcd", L, L, "Control+v", "x"), [("ab\ncd\nx", "pieces")]),
    "a click within": ((*"ab", *press(), *"cd"), [("ab\ncd", "pieces")]),
    "a click before": ((*press(), *"cd"), [("cd", "exact")]),
    "up and down": ((*"ab", "ArrowUp", *"cd"), [("ab\ncd", "pieces")]),
    "home": ((*"ab", "Home", *"cd"), [("ab\ncd", "pieces")]),
    "a click after": ((*"ab", *press()), [("ab", "exact")]),
    "a drag after": ((*"ab", *press(5.0, up=60.0)), [("ab", "pieces")]),
    "another command after": ((*"ab", "Control+g"), [("ab", "pieces")]),
    "a move after": ((*"ab", "Control+ArrowLeft", "PageUp"), [("ab", "exact")]),
    "enter in the middle": ((*"abcd", L, L, "Enter"), [("ab\ncd", "pieces")]),
    "enter at another place": ((*"ab", *press(), "Enter"), [("ab", "pieces")]),
    "left beyond what is known": (("a", L, L, "b"), [("a\nb", "pieces")]),
    "a mask is a hole": ((*"ab", "•", "•", "c"), [("ab\nc", "pieces")]),
    "blanks are nothing": ((" ", " "), []),
    "nothing typed": ((), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_cases(name: str) -> None:
    typed, expected = CASES[name]
    assert texts(*typed) == expected


GONE: dict[str, tuple[Event, ...]] = {
    "backspaces": (*"secret", *[B] * 6, *"ok"),
    "held backspace, too long": (*"secret", *[B] * 9, *"ok"),
    "select all, then typing": (*"secret", "Control+a", *"ok"),
    "select all, then delete": (*"secret", "Control+a", D, *"ok"),
    "select all and cut": (*"secret", "Control+a", "Control+x", *"ok"),
    "cut of the line": (*"secret", "Control+x", *"ok"),
    "a double click, then typing": (*"secret", *press(), *press(), *"ok"),
    "a drag, then typing": (*"secret", *press(5.0, up=60.0), *"ok"),
    "a click with shift, then typing": (
        *"secret", {**press()[0], "mods": "Shift"}, press()[1], *"ok"),
    "a click, then backspace": (*"secret", *press(), B, *"ok"),
    "a click, then delete": (*"secret", *press(), D, *"ok"),
    "home with shift, then typing": (*"secret", "Shift+Home", *"ok"),
    "undo": (*"secret", "Control+z", *"ok"),
    "the line in a terminal": (*"secret", "Control+u", *"ok"),
    "a paste over a selection": (*"secret", "Control+a", "Control+v", *"ok"),
    "enter, then backspace into it": (*"secret", "Enter", B, B, *"ok"),
    "a word back at the start": (*"secret", "Control+Backspace", *"ok"),
    "another window and back": (
        *"secret", focus("two"), *"fine", focus("one"), B, B, *"ok"),
    "a menu over a selection": (
        *"secret", *press(), *press(), *press(button="right"), *"ok"),
    "the insert key, then typing over": (*"secret", "Home", "Insert", *"ok"),
    "enter over a selection": (*"secret", "Shift+Home", "Enter", *"ok"),
}  # fmt: skip


@pytest.mark.parametrize("name", GONE)
def test_what_may_have_been_deleted_does_not_come_back(name: str) -> None:
    found = "\n".join(text for text, _ in texts(*GONE[name], gap=0.2))
    assert "secret" not in found and "sec" not in found
    assert "ok" in found


def test_other_windows_keep_their_text() -> None:
    typed = (*"kept", "Alt+Tab", focus("two"), *"gone", *press(), B, *"ok")
    assert texts(*typed) == [("kept", "exact"), ("ok", "pieces")]


def test_a_window_that_may_only_have_changed_its_title_is_the_same_window() -> None:
    typed = (*"secret", focus("* one"), *[B] * 6, *"ok")
    assert texts(*typed) == [("ok", "pieces")]


def test_nothing_is_joined_across_a_focus_or_a_part() -> None:
    assert texts(*"ab", focus("two"), *"cd") == [("ab", "exact"), ("cd", "exact")]
    cut = frame(*"abcd").with_columns(part=pl.when(pl.col("ts") < 3 * SECOND).then(0).otherwise(1))
    again = events.with_focus(events.with_runs(cut.drop("run", "focus", "category")), {})
    assert typed_text.segments(again)["text"].to_list() == ["ab", "cd"]


def test_without_a_mouse_no_text_with_deletions_is_believed() -> None:
    typed = (*"helo", B, *"lo", "Enter", *"kept")
    assert texts(*typed, mouse=False) == [("kept", "exact")]
    assert texts(*typed) == [("hello", "exact"), ("kept", "exact")]


def test_lineage_names_the_span_and_the_keys() -> None:
    row = typed_text.segments(frame("Shift", *"ab", {"type": "paste", "text": "x"}, "c")).row(
        0, named=True
    )
    assert (row["user_id"], row["device_id"], row["app"]) == ("u", "d", "documents")
    assert (row["first_ts"], row["last_ts"], row["n_keyboard"]) == (2 * SECOND, 5 * SECOND, 3)


IN_APPS: dict[str, tuple[str, tuple[Event, ...]]] = {
    "tab back into a field, which selects it": (
        "chrome", (*"one", "Tab", *"secret", "Shift+Tab", "Tab", *"ok")),
    "tab into a field that was typed in before": (
        "chrome", (*"one", "Tab", *"secret", *press(), "Tab", *"ok")),
    "tab, and another window between": (
        "chrome",
        (*"secret", "Shift+Tab", "Tab", "Alt+Tab", focus("two"), "Alt+Tab",
         focus("one", app="chrome"), *"ok")),
    "tab round a form": ("chrome", (*"secret", "Tab", "Tab", "Tab", *"ok")),
    "a cell typed over": ("excel", (*"secret", "Enter", "ArrowUp", *"ok")),
    "a cell clicked and typed over": ("excel", (*"secret", "Enter", *press(), *"ok")),
    "a cell given up": ("excel", (*"secret", "Escape", *"ok")),
    "a search given up": ("chrome", (*"secret", "Escape", *"ok")),
    "a command given up": ("xterm", (*"secret", "Control+c", *"ok")),
    "a command given up where a terminal may be": ("unheard-of", (*"secret", "Control+c", *"ok")),
    "an older command in its place": ("xterm", (*"secret", "ArrowUp", "Enter", *"ok")),
    "a completed command given up": ("xterm", (*"secret", "Tab", "Control+c", *"ok")),
    "undone by Alt and Backspace": ("winword", (*"secret", "Alt+Backspace", *"ok")),
    "a line deleted": ("winword", (*"secret", "Control+Shift+Backspace", *"ok")),
    "a line deleted on a Mac": ("winword", (*"secret", "Meta+Backspace", *"ok")),
    "written over": ("winword", (*"secret", "Home", "Insert", *"ok")),
    "written over from its start": ("winword", ("Insert", *"secret", *[L] * 6, *"okokok")),
    "written over, with a line's end": ("winword", (*"secret", "Insert", *press(), "Enter", *"ok")),
    "selected, and another window between": (
        "winword",
        (*"secret", "Shift+Home", "Alt+Tab", focus("two"), "Alt+Tab", focus("one"), *"ok")),
    "selected, and Escape between": ("winword", (*"secret", "Control+a", "Escape", *"ok")),
    "title changed by typing": (
        "winword", (*"secret", *press(), focus("\u25cf one (2)"), B, *"ok")),
    "the draft of an earlier focus": (
        "slack",
        (*"secret", "Alt+Tab", focus("two"), "Alt+Tab", focus("one", app="slack"), "Escape",
         *"ok")),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_APPS)
def test_what_applications_take_away_does_not_come_back(name: str) -> None:
    app, typed = IN_APPS[name]
    found = "\n".join(text for text, _ in texts(*typed, app=app))
    assert not set("secrt") & set(found.replace("one", ""))
    assert "ok" in found


def test_a_form_filled_in_from_first_to_last_is_kept() -> None:
    typed = (*press(), *"ann", "Tab", *"ruiz", "Tab", *"paris", "Enter")
    assert [text for text, _ in texts(*typed, app="chrome")] == ["ann", "ruiz", "paris"]


def test_what_was_sent_stays_when_the_next_draft_is_given_up() -> None:
    typed = (*"sent", "Enter", *"draft", "Escape", *"ok")
    assert texts(*typed, app="slack") == [("sent", "exact"), ("ok", "pieces")]


LINE: dict[str, tuple[tuple[Event, ...], list[tuple[str, str]]]] = {
    "home and end": ((*"bc", "Home", "a", "End", "d"), [("abcd", "exact")]),
    "arrows stop at the ends": ((*"bc", L, L, L, "a", R, R, R, "d"), [("abcd", "exact")]),
    "nothing before the start": (("a", B, B, B, *"ok"), [("ok", "exact")]),
    "selected to the start": ((*"secret", "Shift+Home", *"ok"), [("ok", "exact")]),
    "all selected": ((*"secret", "Control+a", *"ok"), [("ok", "pieces")]),
    "over the end": (("Insert", *"ok"), [("ok", "exact")]),
    "a step by a word": ((*"ab", "Control+ArrowLeft", "c"), [("ab\nc", "pieces")]),
    "another field": ((*"ab", "Tab", B, *"ok"), [("ok", "pieces")]),
}


@pytest.mark.parametrize("name", LINE)
def test_a_field_of_one_line_is_followed_to_its_ends(name: str) -> None:
    typed, expected = LINE[name]
    assert texts(*typed, one_line=True, mouse=False, app="chrome") == expected


def test_a_source_may_answer_for_the_mouse() -> None:
    typed = (*"helo", B, *"lo", "Enter", *"kept")
    assert texts(*typed, mouse=False, sighted=True) == [("hello", "exact"), ("kept", "exact")]


UNKNOWN: dict[str, tuple[Event, ...]] = {
    "stars": ("*", "*", "*", "*", "*"),
    "dots": ("\u2022", "\u2022", "\u2022"),
    "a key that is masked": ("REDACTED",),
    "a committed mask": ({"type": "compose", "text": "[PHONE]"},),
    "text with a mask in it": ({"type": "compose", "text": "call <PERSON> now"},),
    "deleted later": (*"secret", "Enter", B),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_counted_and_not_used(name: str) -> None:
    made = typed_text.judged(frame(*UNKNOWN[name]))
    assert made.select("text", "kind").rows() == [(None, "unknown")]
    assert typed_text.segments(frame(*UNKNOWN[name])).height == 0


def test_stars_within_a_text_leave_neither_words_nor_a_length() -> None:
    assert texts(*"my pin is ****** ok") == [("my pin is\nok", "pieces")]
    assert texts(*"2 * 3 ** 4") == [("2 * 3 ** 4", "exact")]


def follows(*typed: Event, **options: Any) -> list[tuple[str | None, ...]]:
    made = typed_text.segments(frame(*typed, **options))
    assert made.columns == [*typed_text.SEGMENT, *typed_text.CONTEXT]
    return list(made.select("text", *typed_text.FOLLOWS[:3]).iter_rows())


def test_each_text_knows_the_lines_before_it() -> None:
    typed = (*"a", "Enter", *"b", "Enter", "Enter", *"c", "Enter", *"d", "Enter", *"e")
    assert follows(*typed) == [
        ("a", None, None, None),
        ("b", "a", None, None),
        ("c", "b", "a", None),
        ("d", "c", "b", "a"),
        ("e", "d", "c", "b"),
    ]


def test_a_line_before_is_one_of_the_same_window_and_ended_by_enter() -> None:
    other = (focus("other", app="slack"), *"x", "Enter", "Alt+Tab", focus("one"))
    assert follows(*"a", "Enter", "Alt+Tab", *other, *"b") == [
        ("a", None, None, None), ("x", None, None, None), ("b", "a", None, None),
    ]  # fmt: skip
    assert follows(*"a", "Tab", *"b") == [("a", None, None, None), ("b", None, None, None)]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ((*"sudo ls", "Enter"), "sudo ls"),
        ((*"sudoo", B, *" ls", "Enter"), "sudo ls"),
        ((*"xx", "Control+u", *"sudo ls", "Enter"), "sudo ls\nxxsudo ls"),
        ((*"sudo ls", "Control+u", "Enter"), "\nsudo ls"),
    ],
)
def test_a_line_before_is_told_whatever_became_of_it(typed: tuple[Event, ...], line: str) -> None:
    assert follows(*typed, *"hunter2", "Enter", app="xterm")[-1][:2] == ("hunter2", line)


def test_six_lines_before_are_known() -> None:
    typed = [key for char in "abcdefg" for key in (char, "Enter")]
    made = typed_text.segments(frame(*typed, "h"))
    assert made.select(typed_text.FOLLOWS).row(-1) == tuple("gfedcb")


SIGN = keystrokes.UNSEEN
SEEN_BEFORE: dict[str, tuple[tuple[Event, ...], str]] = {
    "pasted": ((*"su", {"type": "paste", "text": "do ls"}, "Enter"), "sudo ls"),
    "pasted by a key": (("Control+v", {"type": "paste", "text": "sudo ls"}, "Enter"), "sudo ls"),
    "pasted in the middle": (
        (*"so ls", *[L] * 4, {"type": "paste", "text": "ud"}, "Enter"), "sudo ls"
    ),
    "pasted, what is not known": (("Control+v", "Enter"), f"{SIGN}\n"),
    "from the history": ((*"ls", "ArrowUp", "Enter"), SIGN),
    "from the history and changed": (("ArrowUp", *" -l", "Enter"), f"{SIGN} -l"),
    "searched": (("Control+r", *"sud", "Enter"), f"{SIGN}sud"),
    "completed": ((*"su", "Tab", *"ls", "Enter"), f"su{SIGN}ls"),
    "suggested": ((*"su", R, "Enter"), f"su{SIGN}\n{SIGN}"),
    "not suggested": ((*"suo", L, "d", R, "Enter"), f"sudo{SIGN}"),
    "moved over": ((*"suo", L, "d", R, *" l", "Enter"), "sudo l"),
    "sent from its middle": ((*"suo l", L, L, L, "d", "Enter"), "sudo l"),
    "put before": ((*"do l", "Home", *"su", "Enter"), f"do l{SIGN}\nsu"),
    "masked": ((*"su ", "\u2022", "Enter"), f"su {SIGN}"),
    "pasted with the middle button": ((*press(button="middle"), "Enter"), SIGN),
}  # fmt: skip


@pytest.mark.parametrize("way", SEEN_BEFORE)
def test_a_line_before_holds_what_else_came_in(way: str) -> None:
    typed, line = SEEN_BEFORE[way]
    made = typed_text.segments(frame(*"ls", "Enter", *typed, *"hunter2", "Enter", app="xterm"))
    last = made.row(-1, named=True)
    assert (last["text"], last["follows"], last["within"]) == ("hunter2", line, None)


def test_a_line_goes_on_after_a_tab_and_in_a_window_that_is_come_back_to() -> None:
    away = ("Alt+Tab", focus("other", app="slack"), *"x", "Enter", "Alt+Tab", focus("one"))
    for between, line in ((("Tab",), f"su{SIGN}do"), (away, "sudo")):
        made = typed_text.segments(frame(*"su", *between, *"do", "Enter", *"hunter2"))
        assert made.row(-1, named=True)["follows"] == line


@pytest.mark.parametrize(
    ("came", "within"),
    [
        (({"type": "paste", "text": "cd x\nsudo ls\n"},), "cd x\nsudo ls"),
        (("Control+v",), SIGN),
        ((*"sudo ls", "Control+j"), f"sudo ls{SIGN}\n"),
        (({"type": "paste", "text": "sudo ls"},), None),
    ],
)
def test_what_was_sent_within_a_line_is_told(came: tuple[Event, ...], within: str | None) -> None:
    made = typed_text.segments(frame(*came, *"hunter2", "Enter", app="xterm"))
    assert made["within"].to_list() == [within]
    assert "hunter2" in made["text"].item()


ALPHABET = [*"ab c", B, D, L, R, "Shift+ArrowLeft", "Shift+ArrowRight"]


def reference(typed: list[str]) -> str | None:
    """The field as a list and two places; None where the caret would leave what is known."""
    text: list[str] = []
    caret: int = 0
    anchor: int | None = None
    for n, name in enumerate(typed):
        low, high = sorted((caret, caret if anchor is None else anchor))
        if name in (B, D) or len(name) == 1:
            if low == high and name in (B, D):
                low, high = (caret - 1, caret) if name == B else (caret, caret + 1)
                if low < 0 or high > len(text):
                    return None
            text[low:high] = [name] if len(name) == 1 else []
            caret, anchor = low + (len(name) == 1), None
            continue
        step = -1 if name.endswith("Left") else 1
        if name.startswith("Shift"):
            anchor = caret if anchor is None else anchor
        elif anchor is not None and low != high:
            caret, anchor = (low if step < 0 else high), None
            continue
        else:
            anchor = None
        if not 0 <= caret + step <= len(text):
            after = typed[n + 1 :]  # a caret that only moves on changes nothing
            return "".join(text) if all(one[-5:] in (L[-5:], R[-5:]) for one in after) else None
        caret += step
    return "".join(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ALPHABET), max_size=25).map(lambda keys: ["a", *keys]))
def test_a_caret_that_stays_is_followed_exactly(typed: list[str]) -> None:
    known = reference(typed)
    found = texts(*typed)
    if known is None:  # what was typed may be deleted again before the caret is lost
        assert all(kind == "pieces" or len(typed) > len(text) + 1 for text, kind in found)
    else:
        assert found == ([(known, "exact")] if known.strip() else [])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*ALPHABET, "Home", "Enter", "Control+z"]), max_size=20))
def test_nothing_comes_out_that_was_not_typed(typed: list[str]) -> None:
    inserted = sum(len(one) == 1 for one in typed)
    for text, _ in texts(*typed):
        assert set(text) <= {*"ab c", "\n"}
        assert sum(char != "\n" for char in text) <= inserted
