"""The consent registries: who asked not to be in it, and when somebody paused."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

from etl.simulate.dice import Dice
from etl.simulate.pauses import Pause
from etl.simulate.people import MONDAY_US, Person

_DAY = 86_400_000_000

# (role, share of people, at least one from so many people on)
_SHARES = (
    ("approved", 0.06, 5), ("denied", 0.02, 8), ("withdrawn", 0.02, 8), ("pending", 0.03, 12),
    ("keyboard", 0.02, 12), ("mouse", 0.02, 12),
)  # fmt: skip


class Row(NamedTuple):
    """One row of `exemptions`: times in microseconds since the epoch, or None."""

    status: str
    scope: str
    requested: int | None
    decided: int | None


def roles(seed: int, users: int) -> dict[int, str]:
    """Which people have rows in `exemptions`, by their index, and what their last word is."""
    order = Dice(seed, users, 3).shuffled(range(users))
    given: dict[int, str] = {}
    for role, share, least in _SHARES:
        for _ in range(max(round(users * share), int(users >= least))):
            given[order.pop()] = role
    return given


def excluded_scopes(role: str | None) -> dict[str, str]:
    """What a role excludes: scope -> the status that excludes it."""
    return {
        "approved": {"all": "approved"},
        "pending": {"all": "pending"},
        "keyboard": {"keyboard": "approved"},
        "mouse": {"mouse": "pending"},
    }.get(role or "", {})


def history(role: str) -> list[Row]:
    """The rows of one person in the order of their time; a later one overrides an earlier."""
    june = MONDAY_US - 90 * _DAY
    asked = Row("pending", "all", june, None)
    rows = {
        "approved": [asked, Row("approved", "", june, june + 7 * _DAY)],
        "pending": [
            Row("denied", "all", june, june + _DAY),
            Row("pending", "all", june + 9 * _DAY, None),
        ],
        "denied": [asked, Row("denied", "all", june, june + 5 * _DAY)],
        "withdrawn": [
            Row("approved", "all", june, june + 3 * _DAY),
            Row("withdrawn", "", june, june + 40 * _DAY),
        ],
        "keyboard": [
            Row("denied", "all", june, june + _DAY),
            Row("approved", "keyboard", june, june + 2 * _DAY),
        ],
        "mouse": [Row("pending", "mouse", june, None)],
    }  # fmt: skip
    return rows[role]


def write(folder: Path, seed: int, people: list[tuple[Person, str | None, list[Pause]]]) -> None:
    """Writes `exemptions.csv` and `pauses.csv`; ids are spelled differently now and then."""
    dice = Dice(seed, len(people), 4)
    exemptions, pauses = [], []
    for person, role, planned in people:
        for row in history(role) if role else []:
            times = (_time(row.requested), _time(row.decided, person.zone_minutes))
            exemptions.append([_spelled(dice, person.user_id), row.status, row.scope, *times])
        for pause in planned:
            if not pause.in_stream:
                times = (_time(pause.start), _time(pause.end, person.zone_minutes))
                name = _spelled(dice, person.user_id)
                pauses.append([name, *times, pause.device_id or ""])
    _csv(
        folder / "exemptions.csv",
        ["user_id", "status", "scope", "requested_at", "decided_at"],
        dice.shuffled(exemptions),
    )
    _csv(folder / "pauses.csv", ["user_id", "start", "end", "device_id"], dice.shuffled(pauses))


def _spelled(dice: Dice, user_id: str) -> str:
    return dice.pick((user_id, user_id, user_id.upper(), user_id.title(), f" {user_id} "))


def _time(ts: int | None, zone_minutes: int = 0) -> str:
    if ts is None:
        return ""
    zone = timezone(timedelta(minutes=zone_minutes)) if zone_minutes else UTC
    return datetime.fromtimestamp(ts // 1_000_000, zone).isoformat().replace("+00:00", "Z")


def _csv(path: Path, header: list[str], rows: list[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
