"""Made-up recordings of a few people, event by event: what canaries are planted with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

SCREEN = (1920, 1080)
COLUMNS, ROWS = 64, 36
_KEY_US, _MOVE_US = 120_000, 100_000


@dataclass
class Tape:
    """One session of one person; each function below adds events and moves the clock on."""

    user_id: str
    device_id: str
    session_id: str
    ts: int
    events: list[dict[str, Any]] = field(default_factory=list)


def put(tape: Tape, kind: str, **values: Any) -> None:
    """Adds one event now."""
    place = {"user_id": tape.user_id, "device_id": tape.device_id, "session_id": tape.session_id}
    seq = len(tape.events)
    tape.events.append({**place, "ts": tape.ts, "seq": seq, "type": kind, **values})


def wait(tape: Tape, seconds: float) -> None:
    """Lets time pass."""
    tape.ts += int(seconds * 1_000_000)


def focus(tape: Tape, app: str, **values: Any) -> None:
    """Goes to a window by keys, without which it could be the one before with another title."""
    press(tape, "Tab", mods="Alt")
    wait(tape, 1)
    put(tape, "focus", app=app, **values)
    wait(tape, 1)


def press(tape: Tape, key: str, **values: Any) -> None:
    """A key down and up."""
    for kind in ("keydown", "keyup"):
        put(tape, kind, key=key, code="Unknown", **values)
        tape.ts += _KEY_US // 2


def write(tape: Tape, text: str, **values: Any) -> None:
    """Types each character."""
    for char in text:
        press(tape, char, **values)


def line(tape: Tape, text: str, **values: Any) -> None:
    """Types a text and Enter."""
    write(tape, text, **values)
    press(tape, "Enter", **values)


def click(tape: Tape, column: int, row: int, button: str = "left") -> None:
    """Goes to the middle of a cell, in three steps from its left, and clicks there."""
    at: dict[str, Any] = {}
    for step in (2, 1, 0):
        at = _at(column - step, row)
        put(tape, "mousemove", **at)
        tape.ts += _MOVE_US
    for kind in ("mousedown", "mouseup"):
        put(tape, kind, button=button, **at)
        tape.ts += _MOVE_US


def _at(column: int, row: int) -> dict[str, Any]:
    width, height = SCREEN
    return {
        "x": (column + 0.5) * width / COLUMNS,
        "y": (row + 0.5) * height / ROWS,
        "screen_w": width,
        "screen_h": height,
    }


def logged(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Events as a capture log has them: modifiers in a list."""
    return [
        {**event, "mods": event["mods"].split("+")} if "mods" in event else {**event}
        for event in events
    ]
