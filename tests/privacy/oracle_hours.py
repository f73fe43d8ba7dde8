"""Working hours as the oracle reads them: shift after shift, on the clock of their zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.privacy.oracle_patterns import same

Row = Any
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
A_DAY = timedelta(days=1)


def entries_for(name: str, entries: Iterable[Row]) -> list[Row]:
    """The entries that name a person, else those that name nobody."""
    named = [
        entry
        for entry in entries
        if entry.users is not None and same(name) in {same(user) for user in entry.users}
    ]
    return named or [entry for entry in entries if entry.users is None]


def shifts(entry: Row, first: int, last: int) -> list[tuple[int, int]]:
    """Every shift of an entry that may touch the time from `first` to `last`, in order."""
    begin, end = EPOCH + first * INSTANT, EPOCH + last * INSTANT
    days = [begin.date() + n * A_DAY for n in range(-3, (end - begin).days + 5)]
    worked = [day for day in days if day.weekday() in entry.days]
    found = [shift(entry.zone, day, entry.from_, entry.till) for day in worked]
    return sorted((start, end) for start, end in found if start < end)


def shift(zone: str, day: date, from_: int, till: int) -> tuple[int, int]:
    """From when to when somebody works who begins on this day, in microseconds.

    Where the clock shows one of the two twice or never, less counts as work.
    """
    ends_on = day if till > from_ else day + A_DAY
    return max(moments(zone, day, from_)), min(moments(zone, ends_on, till))


@cache
def moments(zone: str, day: date, minutes: int) -> list[int]:
    """When the clock of a zone shows this time: once, twice, or never.

    Never: then by the clock as it went before the change, and by the clock as it went after it.
    """
    shown = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    around = [(shown + hours * timedelta(hours=1)).replace(tzinfo=UTC) for hours in (-30, 30)]
    offsets = [one.astimezone(ZoneInfo(zone)).utcoffset() or timedelta() for one in around]
    candidates = [(shown - offset).replace(tzinfo=UTC) for offset in offsets]
    true = [one for one in candidates
            if one.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == shown]  # fmt: skip
    return [(one - EPOCH) // INSTANT for one in true or candidates]
