"""Actions of made-up events, for the tests of single actions and of rows."""

from __future__ import annotations

from typing import Any

from tests.transforms.frames import Event, key, prepared
from transforms import actions
from transforms.actions import ActionParams
from transforms.grid import Grid

ALL = ActionParams(Grid(64, 36), max_actions=12, min_actions=1, skipped=0, gap_ms=250)


def rows_of(rows: list[Event], params: ActionParams = ALL) -> list[dict[str, Any]]:
    """Every row, with nothing left out in between unless the parameters say so."""
    return actions.sequences(prepared(rows), params).to_dicts()


def done(rows: list[Event]) -> list[dict[str, Any]]:
    """Every action of every row."""
    return [action for row in rows_of(rows) for action in row["actions"]]


def typed(text: str, start: int = 0) -> list[Event]:
    """A key for each character, a tenth of a second apart."""
    return [key(start + 100 * n, char) for n, char in enumerate(text)]


def filled(**parts: Any) -> dict[str, Any]:
    """An action with these parts, the others as they are where they do not apply."""
    empty = dict.fromkeys(("x", "y", "to_x", "to_y"))
    return {**empty, "length": "none", "hotkey": "none", "app": "none", "gap": 0, **parts}
