"""Working hours (C25 of docs/consent.md): what lies outside them, in microseconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from privacy.pseudonyms import normal_id
from privacy.registry import WorkingHours
from privacy.windows import FIRST, LAST, Interval, union
from privacy.zones import zone

_DAY_US = 86_400_000_000
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Dates for which every zone can be reckoned with; nothing beyond them is within any hours.
_FIRST_DAY, _LAST_DAY = date(2, 1, 1).toordinal(), date(9998, 12, 30).toordinal()


def outside(
    entries: Sequence[WorkingHours], user: str, ranges: Iterable[Interval]
) -> list[Interval]:
    """What is outside the hours of a person (normal id), by each entry that holds for them.

    `ranges` (both ends included) hold all of the person's events: no other day is looked at, and
    what lies beyond them counts as outside.
    """
    if not entries:
        return []
    named = [one for one in entries if one.users and user in map(normal_id, one.users)]
    holding = named or [one for one in entries if one.users is None]
    days = _days(ranges)
    return [gap for one in holding for gap in _gaps(one, days)] if holding else [(FIRST, LAST)]


def _days(ranges: Iterable[Interval]) -> list[int]:
    """The days whose hours may reach into the ranges, in any zone, as ordinals."""
    epoch = _EPOCH.toordinal()
    days: set[int] = set()
    for first, last in ranges:
        low, high = first // _DAY_US + epoch - 2, last // _DAY_US + epoch + 1
        days.update(range(max(low, _FIRST_DAY), min(high, _LAST_DAY) + 1))
    return sorted(days)


def _gaps(entry: WorkingHours, days: Iterable[int]) -> list[Interval]:
    """All time but the hours of these days; hours that meet leave no gap."""
    worked = (
        _hours(entry.zone, entry.from_, entry.till, day)
        for day in days
        if date.fromordinal(day).weekday() in entry.days
    )
    edges = [FIRST, *(edge for span in union(filter(None, worked)) for edge in span), LAST]
    return list(zip(edges[::2], edges[1::2], strict=True))


@lru_cache(maxsize=100_000)
def _hours(name: str, begin: int, till: int, day: int) -> Interval | None:
    """The hours that begin on a day, or None where the clock leaves none.

    Around a clock change a time on the clock has two readings: the later is taken to begin, the
    earlier to end.
    """
    start = max(_instant(name, begin, day, fold) for fold in (0, 1))
    following = day + (till <= begin)
    end = min(_instant(name, till, following, fold) for fold in (0, 1))
    return (start, end) if start < end else None


def _instant(name: str, minutes: int, day: int, fold: int) -> int:
    days, minute = divmod(minutes, 1440)  # 24:00 is the next midnight
    there = datetime.fromordinal(day + days).replace(hour=minute // 60, minute=minute % 60)
    return (there.replace(tzinfo=zone(name), fold=fold) - _EPOCH) // _MICROSECOND
