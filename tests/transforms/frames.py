"""Canonical frames for tests: a screen of 640 by 360 pixels, so that a default cell is 10 wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from hypothesis import strategies as st

from transforms import events
from transforms.events import MOUSE, SCHEMA

Event = dict[str, Any]

WIDTH, HEIGHT = 640, 360
START_US = 20_000 * events.DAY_US  # midnight, so that a day's end is easy to reach
DAY_MS = events.DAY_US // 1000
CATEGORIES = {"chrome": "browser", "code": "editor", "slack": "chat"}


def event(kind: str, ms: float, **fields: Any) -> Event:
    """One event, so many milliseconds after a midnight; ann's on d1 unless told otherwise."""
    whose = {"user_id": "ann", "device_id": "d1", "session_id": "s1", "part": 0}
    screen = {"screen_w": WIDTH, "screen_h": HEIGHT} if kind in MOUSE else {}
    return {**whose, **screen, "type": kind, "ts": START_US + int(ms * 1000), **fields}


def move(ms: float, x: float | None, y: float | None = 5, **fields: Any) -> Event:
    """The pointer, seen at a place."""
    return event("mousemove", ms, x=x, y=y, **fields)


def down(ms: float, x: float, y: float = 5, button: str | None = "left", **fields: Any) -> Event:
    """A button pressed."""
    return event("mousedown", ms, x=x, y=y, button=button, **fields)


def up(ms: float, x: float, y: float = 5, button: str | None = "left", **fields: Any) -> Event:
    """A button released."""
    return event("mouseup", ms, x=x, y=y, button=button, **fields)


def click(ms: float, x: float, y: float = 5, button: str = "left") -> list[Event]:
    """A press and its release 50 ms later, at one place."""
    return [down(ms, x, y, button), up(ms + 50, x, y, button)]


def wheel(ms: float, dx: float | None = 0, dy: float | None = 1, **fields: Any) -> Event:
    """The wheel turned, with the pointer at the top left."""
    return event("wheel", ms, **{"x": 5, "y": 5, "dx": dx, "dy": dy, **fields})


def key(ms: float, name: str | None, mods: str | None = None, **fields: Any) -> Event:
    """A key pressed, with the modifiers joined by `+`."""
    return event("keydown", ms, key=name, mods=mods, **fields)


def focus(ms: float, app: str | None, **fields: Any) -> Event:
    """Another window in front."""
    return event("focus", ms, app=app, **fields)


def frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Events in the canonical columns with `part`, in the order given."""
    full = [{**dict.fromkeys(SCHEMA), "part": 0, **row} for row in rows]
    return pl.DataFrame(full, schema={**SCHEMA, "part": pl.Int64()}, orient="row")


def prepared(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Events as a transform takes them: in order, with `run`, `focus` and `category`."""
    ordered = events.in_order(frame(rows))
    return events.with_focus(events.with_runs(ordered), CATEGORIES)


def ms_of(us: int) -> float:
    """A time stamp as milliseconds after the midnight that tests begin at."""
    return (us - START_US) / 1000


_PLACES = st.sampled_from([-5.0, 0.0, 9.0, 10.0, 11.0, 25.0, 300.0, 359.5, 360.0, 639.5, 640.0])
_STEPS = st.sampled_from([1, 10, 100, 249, 250, 251, 490, 1000, 1999, 2000, 5000])
_KEYS = st.sampled_from(
    ["a", "b", "é", "Z", " ", "Enter", "Tab", "Escape", "Backspace", "ArrowLeft", "Dead", "F4"]
)
_MODS = st.sampled_from([None, "Shift", "Control", "Alt", "AltGraph+Control", "Meta"])


@st.composite
def _event(draw: st.DrawFn, ms: int) -> Event:
    kinds = ["mousemove"] * 4 + ["mousedown", "mouseup", "wheel", "keydown", "compose", "focus"]
    kind = draw(st.sampled_from(kinds))
    fields: Event = {"user_id": draw(st.sampled_from(["ann", "ann", "ann", "bob"]))}
    fields["device_id"] = draw(st.sampled_from(["d1", "d1", "d1", None]))
    if kind in MOUSE:
        fields |= {"x": draw(_PLACES), "y": draw(_PLACES)}
    if kind in ("mousedown", "mouseup"):
        fields["button"] = draw(st.sampled_from(["left", "left", "right", "middle", "x1", None]))
    elif kind == "wheel":
        fields |= {"dx": draw(st.sampled_from([0, -2])), "dy": draw(st.sampled_from([0, 1, -3]))}
    elif kind == "keydown":
        fields |= {"key": draw(_KEYS), "mods": draw(_MODS)}
    elif kind == "compose":
        fields["text"] = draw(st.sampled_from(["は", "日本", ""]))
    elif kind == "focus":
        fields["app"] = draw(st.sampled_from(["chrome", "code", "unheard-of", None]))
    return event(kind, ms, **fields)


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """Events of two people at times that all differ, with parts that end now and then."""
    ms = draw(st.sampled_from([0, DAY_MS - 3000]))
    part, rows = 0, []
    for step in draw(st.lists(_STEPS, max_size=40)):
        ms += step
        part += draw(st.sampled_from([0] * 9 + [1]))
        rows.append({**draw(_event(ms)), "part": part})
    return rows
