"""Working hours, counted again: shares no code with the consent rules.

A time on a clock is tried with each offset that the zone knows around it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from privacy.gates.patterns import fold
from privacy.registry import WorkingHours
from privacy.zones import zone

_DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1)
_ONE = timedelta(days=1)


def outside(user: str, rows: pl.DataFrame, entries: tuple[WorkingHours, ...]) -> int:
    """How many rows `[first_ts, last_ts]` do not lie wholly within some hours of each entry."""
    if not entries:
        return 0
    named = [one for one in entries if user in [fold(name) for name in one.users or ()]]
    held = named or [one for one in entries if one.users is None]
    if not held:
        return rows.height
    ordered = rows.select("first_ts", "last_ts").sort("first_ts")
    late = [_late(ordered, entry) for entry in held]
    return sum(map(any, zip(*late, strict=True)))


def _late(rows: pl.DataFrame, entry: WorkingHours) -> pl.Series:
    """Which rows begin in no hours of an entry, or end after those they begin in."""
    days = sorted({day + n for ts in rows["first_ts"].unique() for day in (ts // _DAY,)
                   for n in (-2, -1, 0, 1)})  # fmt: skip
    opened: list[tuple[int, int]] = []
    for day in days:
        hours = _hours(entry, day)
        if hours and opened and hours[0] <= opened[-1][1]:
            opened[-1] = opened[-1][0], hours[1]
        elif hours:
            opened.append(hours)
    table = pl.DataFrame(opened, schema={"opens": pl.Int64, "closes": pl.Int64}, orient="row")
    within = rows.join_asof(table, left_on="first_ts", right_on="opens")
    gone = pl.col("closes").is_null() | (pl.col("last_ts") >= pl.col("closes"))
    return within.select(gone).to_series()


def _hours(entry: WorkingHours, day: int) -> tuple[int, int] | None:
    try:
        begins = _EPOCH + timedelta(days=day)
        if begins.weekday() not in entry.days:
            return None
        ends = begins + timedelta(minutes=entry.till, days=int(entry.till <= entry.from_))
        begins += timedelta(minutes=entry.from_)
        span = max(_readings(entry.zone, begins)), min(_readings(entry.zone, ends))
    except OverflowError:  # the first and the last days that a calendar has
        return None
    return span if span[0] < span[1] else None


def _readings(name: str, clock: datetime) -> list[int]:
    """The instants that a time on the clock may mean, in microseconds."""
    there = zone(name)
    tried = []
    for around in (clock - _ONE, clock + _ONE):
        offset = around.replace(tzinfo=UTC).astimezone(there).utcoffset() or timedelta()
        instant = clock - offset
        shown = instant.replace(tzinfo=UTC).astimezone(there).replace(tzinfo=None)
        tried.append(((instant - _EPOCH) // timedelta(microseconds=1), shown == clock))
    return [instant for instant, right in tried if right] or [instant for instant, _ in tried]
