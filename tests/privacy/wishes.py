"""What people and projects of the scenarios ask to be left out: registries, requests, limits."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from privacy.registry import Exemption, Limits, Pause, Withdrawal, WorkingHours
from tests.privacy.streams import ANCHOR, PEOPLE, STEP, STEPS, Stream, lattice

DAY = 24 * 60


@dataclass
class Wishes:
    """Rows about one person or all."""

    exemptions: list[Exemption] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)

    def add(self, other: Wishes) -> None:
        self.exemptions += other.exemptions
        self.pauses += other.pauses
        self.withdrawals += other.withdrawals

    def edges(self) -> list[int]:
        """When windows begin and end, without the guard."""
        found = [t for row in self.pauses for t in (row.start, row.end or row.start + 30 * STEP)]
        asked = [t for row in self.withdrawals for t in (row.start, row.end) if t is not None]
        return found + asked


def of_person(one: Stream) -> Wishes:
    """What the registries and requests say about the person of a stream."""
    return Wishes(exemptions(one), pauses(one), withdrawals(one))


def written(one: Stream) -> str:
    return one.rng.choice(PEOPLE[one.user])


def pauses(one: Stream) -> list[Pause]:
    """Rows of the pauses registry: with and without end or device, too long, of a lost device."""
    made = []
    for _ in range(one.rng.choice((0, 1, 2, 4))):
        start = one.lattice()
        length = one.rng.choice((None, 1, STEP, 11 * STEP, 30 * STEP, 30 * STEP + 1, 100 * STEP))
        device = one.rng.choice((*one.devices, None, "d9"))
        spaced = f" {device}\t" if device and one.rng.random() < 0.2 else device
        made.append(Pause(written(one), start, start + length if length else None, spaced))
        one.made["row without end"] += length is None
        one.made["row over 30 minutes"] += (length or 0) > 30 * STEP
        one.made["row of a device never captured"] += device not in (None, *one.devices)
        one.made["row for one device"] += device in one.devices and device is not None
        one.made["row for all devices"] += device is None
    return made


def exemptions(one: Stream) -> list[Exemption]:
    """Some people's exemptions: several rows for a scope, of which only the latest counts."""
    rng = one.rng
    made: list[Exemption] = []
    for scope in ("all", "keyboard", "mouse"):
        minutes = rng.sample(range(100), 8) if rng.random() < 0.2 else []
        times = [one.begin + minute * 5 * STEP for minute in minutes]
        for place in range(rng.choice((1, 2, 3)) if times else 0):
            status = rng.choice(("pending", "approved", "denied", "withdrawn", "denied"))
            decided = rng.choice((times[place], None))
            # Requested in another order than decided, so that only one of the two can count.
            backwards = one.begin + STEPS * STEP - (times[place] - one.begin)
            requested = times[4 + place] if decided is None else backwards
            made.append(Exemption(written(one), status, scope, requested, decided))
            one.made[f"{status} {scope}"] += 1
        one.made["several rows for a scope"] += sum(row.scope == scope for row in made) > 1
    return made


def withdrawals(one: Stream) -> list[Withdrawal]:
    """What some people ask afterwards: mostly a window, open on one side or none, or all."""
    rng = one.rng
    made = []
    for _ in range(rng.choice((0, 0, 0, 0, 1, 1, 2))):
        start = one.lattice()
        end = start + rng.choice((1, STEP, 30 * STEP, 60 * STEP, 61 * STEP + 1))
        window = rng.choice(
            [(start, end)] * 6
            + [(None, one.lattice(0, STEPS // 3)), (one.lattice(STEPS * 2 // 3), None)] * 2
            + [(None, None)]
        )
        scope = rng.choice(("all", "all", "keyboard", "mouse"))
        made.append(Withdrawal(written(one), *window, scope))
        kind = {(True, True): "all time", (False, False): "a window"}.get(
            (window[0] is None, window[1] is None),
            "no start" if window[0] is None else "no end",
        )
        one.made[f"withdrawn: {kind}"] += 1
        one.made[f"withdrawn: {scope}"] += 1
    return made


def limits(
    rng: random.Random, users: Sequence[str], begin: int, zone: str, guard: int, made: Counter[str]
) -> tuple[Limits, list[int]]:
    """What a project sets, and the times at which that begins or ends to hold."""
    young = old = None
    if rng.random() < 0.4:
        young = lattice(rng, begin, rng.choice((0, *(STEPS // 2,) * 2, *(STEPS * 3 // 4,) * 4)))
        made["cooling off"] += 1
    if rng.random() < 0.4:
        old = lattice(rng, begin, 0, STEPS // 4 if rng.random() < 0.7 else STEPS * 3 // 4)
        made["retention"] += 1
    hours: tuple[WorkingHours, ...] = ()
    edges: list[int] = []
    changes = (
        shown(begin + (ANCHOR - 1) * STEP, zone).utcoffset()
        != shown(begin + ANCHOR * STEP, zone).utcoffset()
    )
    if rng.random() < (0.6 if changes else 0.2):
        hours, edges = working_hours(rng, users, begin + ANCHOR * STEP, zone)
        made["working hours"] += 1
    set_ = [ts for ts in (young, old) if ts is not None]
    return Limits(guard, young, old, hours), edges + set_ * 3


def working_hours(
    rng: random.Random, users: Sequence[str], anchor: int, zone: str
) -> tuple[tuple[WorkingHours, ...], list[int]]:
    """Some entries, and when the shifts of the days around the anchor may begin and end."""
    before, after = (shown(anchor + step, zone) for step in (-STEP, 0))
    there = before.hour * 60 + before.minute + 1, after.hour * 60 + after.minute
    day = (before + timedelta(minutes=1)).weekday()
    entries = []
    for _ in range(rng.choice((1, 1, 1, 2))):
        # Half of them wide, so that something is used; many begin or end where clocks change.
        first, last = there[0] - rng.choice((1, 3, 6)) * 60, there[0] + rng.choice((1, 4, 7)) * 60
        close = [here + minutes for here in there for minutes in AROUND]
        close += range(min(there), max(there), 5)
        first, last = rng.choice(
            [(first, last)] * 3 + [(first, rng.choice(close)), (rng.choice(close), last)]
            + [(rng.choice(close), rng.choice(close))]
        )  # fmt: skip
        till = rng.choice((*(last % DAY,) * 12, DAY, first % DAY, first % DAY))
        days = rng.choice((range(7), range(7), (day,), rng.sample(range(7), 4), ((day - 1) % 7,)))
        places = rng.choice(((zone,) * 4, ("Europe/Berlin", "America/New_York")))
        entries.append(
            WorkingHours(rng.choice(places), tuple(days), first % DAY, till, named(rng, users))
        )
    minutes = {m for entry in entries for m in (entry.from_, entry.till)}
    away = {(m - here + turn) * STEP for m in minutes for here in there for turn in (-DAY, 0, DAY)}
    edges = [anchor + time + half * 30 * STEP for time in away for half in (-2, -1, 0, 1, 2)]
    return tuple(entries), [ts for ts in edges if abs(ts - anchor) <= ANCHOR * STEP]


AROUND = (-90, -60, -45, -30, -15, -1, 0, 1, 15, 29, 30, 45, 59, 60, 90, 8 * 60, -8 * 60)
"""Minutes from the anchor: within an hour that occurs twice or never, at its edges, and far off."""


def named(rng: random.Random, users: Sequence[str]) -> tuple[str, ...] | None:
    """Whom an entry names: nobody, some people as somebody writes them, or a stranger alone."""
    some = [rng.choice(PEOPLE[user]) for user in users if rng.random() < 0.6]
    return rng.choice((None, None, None, None, (*some, "a stranger"), ("a stranger",)))


def shown(ts: int, zone: str) -> datetime:
    """What the clock of a zone shows at a whole second."""
    return datetime.fromtimestamp(ts // 1_000_000, UTC).astimezone(ZoneInfo(zone))
