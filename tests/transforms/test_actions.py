"""What was done, action by action, worked out by hand."""

from __future__ import annotations

import pytest

from tests.transforms.acted import done, filled, typed
from tests.transforms.frames import Event, click, down, event, focus, key, move, up, wheel


def _names(rows: list[Event]) -> list[str]:
    return [action["action"] for action in done(rows)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (click(0, 5), ["click"]),
        ([down(0, 5)], ["click"]),
        ([*click(0, 5), *click(500, 5)], ["double_click"]),
        ([*click(0, 5), *click(501, 5)], ["click", "click"]),
        ([*click(0, 5), *click(300, 13)], ["double_click"]),
        ([*click(0, 5), *click(300, 14)], ["click", "click"]),
        ([*click(0, 5), *click(300, 5), *click(600, 5)], ["triple_click"]),
        ([*click(0, 5), *click(300, 5), *click(600, 5), *click(900, 5)], ["triple_click"]),
        ([*click(0, 5), key(200, "a"), *click(300, 5)], ["click", "type", "click"]),
        ([*click(0, 5), move(200, 300), *click(300, 5)], ["double_click"]),
        (click(0, 5, button="right"), ["right_click"]),
        (click(0, 5, button="middle"), ["middle_click"]),
        ([*click(0, 5, button="right"), *click(300, 5, button="right")], ["right_click"]),
        ([*click(0, 5), *click(300, 5, button="right")], ["click", "right_click"]),
        (click(0, 5, button="x1"), []),
        ([down(0, 5, button=None)], []),
        ([up(0, 5)], []),
        ([down(0, 640), up(50, 640)], []),
        ([down(0, 5, screen_w=None)], []),
    ],
)
def test_clicks(rows: list[Event], expected: list[str]) -> None:
    assert _names(rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([down(0, 5), up(300, 14)], ("click", None, None)),
        ([down(0, 5), up(300, 15)], ("drag", 1, 0)),
        ([down(0, 5), move(100, 99), up(300, 11, 13)], ("drag", 1, 1)),
        ([down(0, 5), move(100, 99), up(300, 5)], ("click", None, None)),
        ([down(0, 5), up(300, 700)], ("drag", None, None)),
        ([down(0, 5), up(300, 300, part=1)], ("click", None, None)),
        ([down(0, 5), up(300, 300, session_id="s2")], ("click", None, None)),
        ([down(0, 5), up(300, 300, button="right")], ("click", None, None)),
        ([down(0, 5, button="right"), up(300, 300, button="right")], ("right_click", None, None)),
        ([down(0, 5), down(50, 5, button="right"), up(300, 25)], ("drag", 2, 0)),
    ],
    ids=["near", "as near as a drag gets", "slanting", "there and back", "let go outside",
         "over a removed span", "in another session", "another button", "with the right button",
         "both buttons"],
)  # fmt: skip
def test_drags(rows: list[Event], expected: tuple[str, int | None, int | None]) -> None:
    first = done(rows)[0]
    assert (first["action"], first["to_x"], first["to_y"]) == expected
    assert (first["x"], first["y"]) == (0, 0)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([wheel(0, dy=1)], ["scroll_down"]),
        ([wheel(0, dy=-0.5)], ["scroll_up"]),
        ([wheel(0, dx=2, dy=1)], ["scroll_right"]),
        ([wheel(0, dx=-2, dy=None)], ["scroll_left"]),
        ([wheel(0, dx=2, dy=-2)], ["scroll_up"]),
        ([wheel(0, dx=0, dy=0)], []),
        ([wheel(0, dx=None, dy=None)], []),
        ([wheel(0, x=-1)], []),
        ([wheel(0), wheel(1000), wheel(2000)], ["scroll_down"]),
        ([wheel(0), wheel(1001)], ["scroll_down", "scroll_down"]),
        ([wheel(0), wheel(100, dy=-1)], ["scroll_down", "scroll_up"]),
    ],
)
def test_turns_of_the_wheel(rows: list[Event], expected: list[str]) -> None:
    assert _names(rows) == expected


@pytest.mark.parametrize(
    ("length", "expected"),
    [(1, "1-16"), (2, "1-16"), (16, "1-16"), (17, "17-64"), (64, "17-64"), (65, "65+"),
     (300, "65+")],
)  # fmt: skip
def test_of_typing_only_a_class_of_its_length_is_told(length: int, expected: str) -> None:
    assert done(typed("x" * length)) == [filled(action="type", length=expected)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([key(0, "é")], 1),
        ([key(0, "A", "Shift")], 1),
        ([key(0, "€", "AltGraph")], 1),
        ([key(0, "@", "Alt+AltGraph+Control")], 1),
        ([key(0, "a"), key(1, "a", repeat=True)], 2),
        ([event("compose", 0, text="日本語")], 3),
        ([event("compose", 0, text="日本語"), key(1, "a"), key(2, "b")], 5),
        ([key(0, "a"), key(1, "Backspace"), key(2, "b")], 2),
        ([key(0, "Dead"), key(1, "ê")], 1),
    ],
)
def test_what_counts_as_typing(rows: list[Event], expected: int) -> None:
    more = typed("x" * (16 - expected), 10)
    assert done(rows + more) == [filled(action="type", length="1-16")]
    assert done([*rows, *more, key(9000, "x")]) == [filled(action="type", length="17-64")]


@pytest.mark.parametrize(
    ("name", "mods", "expected"),
    [
        ("c", "Control", "mod+c"),
        ("C", "Control", "mod+c"),
        ("v", "Meta", "mod+v"),
        ("z", "Meta+Shift", "mod+y"),
        ("q", "Meta", "alt+f4"),
        ("Tab", "Control", "mod+tab"),
        ("Tab", "Meta", "alt+tab"),
        ("t", "Control+Shift", "mod+shift+t"),
        ("Tab", "Alt", "alt+tab"),
        ("F4", "Alt", "alt+f4"),
        ("Enter", None, "enter"),
        ("Enter", "Shift", "enter"),
        ("Escape", None, "escape"),
    ],
)
def test_well_known_combinations(name: str, mods: str | None, expected: str) -> None:
    assert done([key(0, name, mods)]) == [filled(action="hotkey", hotkey=expected)]


@pytest.mark.parametrize(
    ("name", "mods"),
    [("k", "Control"), ("c", "Alt"), ("c", "Alt+Control"), ("1", "Meta"), ("c", "Control+Shift"),
     ("Enter", "Control"), ("F4", None), ("Backspace", None), ("ArrowLeft", "Shift"),
     ("Dead", None), ("Process", None), ("Control", "Control"), (None, None), (None, "Control"),
     ("none", None)],
)  # fmt: skip
def test_other_keys_are_not_told(name: str | None, mods: str | None) -> None:
    assert done([key(0, name, mods)]) == []


@pytest.mark.parametrize(
    "row",
    [key(0, "c", "Control", repeat=True), event("keyup", 0, key="a"), event("compose", 0, text=""),
     event("compose", 0), event("paste", 0, text="a word"), move(0, 5),
     event("telemetry", 0, cpu_pct=1.0)],
)  # fmt: skip
def test_other_events_are_no_actions(row: Event) -> None:
    assert done([row]) == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([focus(0, "chrome")], ["browser"]),
        ([focus(0, "chrome"), focus(1, "chrome", title="another tab")], ["browser"]),
        ([focus(0, "chrome"), focus(1, "code"), focus(2, "chrome")], ["browser", "editor",
                                                                      "browser"]),
        ([focus(0, "unheard-of"), focus(1, "chrome")], ["other", "browser"]),
        ([focus(0, "chrome"), focus(1, "chrome", part=1)], ["browser", "browser"]),
        ([focus(0, "chrome"), focus(1, "chrome", session_id="s2")], ["browser", "browser"]),
    ],
)  # fmt: skip
def test_switches(rows: list[Event], expected: list[str]) -> None:
    assert [(a["action"], a["app"]) for a in done(rows)] == [("switch", app) for app in expected]


def test_typing_in_another_window_is_another_action() -> None:
    rows = [focus(0, "chrome"), *typed("ab", 10), focus(1000, "chrome"), *typed("c", 1010)]
    assert [a["length"] for a in done(rows)] == ["none", "1-16", "1-16"]
