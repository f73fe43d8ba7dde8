"""The windows of the consent rules, each as the rule that makes it has it, for the oracle.

They are not widened here: neither by the guard nor where clocks went back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.privacy.oracle_hours import entries_for, shifts
from tests.privacy.oracle_patterns import Event, Row, hidden

KEYS = frozenset({"keydown", "keyup", "paste", "compose"})
POINTING = frozenset({"mousemove", "mousedown", "mouseup", "wheel"})
OTHERS = frozenset({"focus", "pause", "resume", "telemetry"})
TYPES = {"all": KEYS | POINTING | OTHERS, "keyboard": KEYS, "mouse": POINTING}
HALF_HOUR = 30 * 60 * 1_000_000
EVERYWHERE, NAMELESS = "every device", "events that name no device"
ASKED, FOCUS = "a guard, and steps of more than the guard", "no guard, and every step"


@dataclass(frozen=True)
class Window:
    """From `start` up to `end`, on one device, `EVERYWHERE` or only for what is `NAMELESS`.

    `clock` says whether clocks that went back widen it, and by which of their steps.
    """

    why: str
    where: str
    start: float
    end: float
    types: frozenset[str] = TYPES["all"]
    clock: str = "not widened"
    from_nameless: bool = False

    def holds_on(self, device: str | None) -> bool:
        """Whether it concerns a device; what names none falls under every window."""
        return device is None or self.where in (device, EVERYWHERE)


def trimmed(device: str | None) -> str | None:
    """A device as ids of devices are compared; None where none is named."""
    return (device.strip() or None) if device else None


def from_exemptions(rows: Sequence[Row]) -> list[Window]:
    """For good, for each scope whose latest row asks to be left out."""
    made = []
    for scope, types in TYPES.items():
        mine = [row for row in rows if row.scope == scope]
        if mine and max(mine, key=moment).status in {"approved", "pending"}:
            made.append(Window("exempt", EVERYWHERE, -math.inf, math.inf, types))
    return made


def moment(row: Row) -> float:
    """When a row was decided, else requested, else before all others."""
    times = [ts for ts in (row.decided_at, row.requested_at) if ts is not None]
    return times[0] if times else -math.inf


def from_withdrawals(rows: Sequence[Row]) -> list[Window]:
    """What was asked afterwards to be forgotten."""
    made = []
    for row in rows:
        start = -math.inf if row.start is None else row.start
        end = math.inf if row.end is None else row.end
        made.append(Window("withdrawn", EVERYWHERE, start, end, TYPES[row.scope], ASKED))
    return made


def from_limits(name: str, events: Sequence[Event], limits: Row) -> list[Window]:
    """What the project itself leaves out: too old, too young, outside working hours."""
    made = []
    if limits.not_before is not None:
        made.append(Window("retention", EVERYWHERE, -math.inf, limits.not_before))
    if limits.not_from is not None:
        made.append(Window("cooling_off", EVERYWHERE, limits.not_from, math.inf))
    if limits.working_hours:
        times = [event["ts"] for event in events]
        entries = entries_for(name, limits.working_hours)
        free = [gap for entry in entries for gap in gaps(shifts(entry, min(times), max(times)))]
        for start, end in free if entries else [(-math.inf, math.inf)]:
            made.append(Window("working_hours", EVERYWHERE, start, end))
    return made


def gaps(busy: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """The time between spans that come in order of their starts, before them and after them."""
    found = []
    free = -math.inf
    for start, end in busy:
        if start > free:
            found.append((free, float(start)))
        free = max(free, end)
    return [*found, (free, math.inf)]


def times_of(events: Sequence[Event], kind: str, device: str | None) -> list[int]:
    """When events of a type happened on one device, or without a device, in order."""
    return sorted(e["ts"] for e in events if e["type"] == kind and e["device_id"] == device)


def from_registry(rows: Sequence[Row], events: Sequence[Event]) -> list[Window]:
    """The windows of the rows of `pauses`: one each, or one per device where it has no end."""
    made = []
    seen = {event["device_id"] for event in events}
    for row in rows:
        named = trimmed(row.device_id)
        if row.end is not None:
            made.append(Window("pause", named or EVERYWHERE, row.start, row.end, clock=ASKED))
            continue
        for device in [named] if named else [None, *sorted(seen - {None})]:
            # A machine that the capture never names can only have ended it without a name.
            resumes = times_of(events, "resume", device if device in seen else None)
            later = [ts for ts in resumes if ts > row.start]
            end = max(row.start + HALF_HOUR, min(later, default=row.start))
            made.append(Window("pause", device or NAMELESS, row.start, end, clock=ASKED))
    return made


def from_capture(events: Sequence[Event]) -> tuple[list[Window], int]:
    """The windows that `pause` events open, and how many resumes ended none."""
    made, ended = [], set()
    resumes = [(e["ts"], e["device_id"]) for e in events if e["type"] == "resume"]
    for device in {event["device_id"] for event in events}:
        closing = sorted(ts for ts, named in resumes if device is None or named == device)
        opens = Window("pause_in_stream", device or EVERYWHERE, 0, 0, clock=ASKED)
        end: int | None = None
        for ts in times_of(events, "pause", device):
            if end is not None and ts < end:
                continue
            later = [one for one in closing if one > ts]
            end = later[0] if later else ts + HALF_HOUR
            made.append(replace(opens, start=ts, end=end, from_nameless=device is None))
            ended.add(end)
    return made, sum(ts not in ended for ts, _ in resumes)


def from_focuses(events: Sequence[Event], rules: Sequence[Row]) -> list[Window]:
    """What excluded and secure focuses remove."""
    made: list[Window] = []
    keep_only = any(rule.effect == "keep_only" for rule in rules)
    for device in {event["device_id"] for event in events}:
        focuses = [e for e in events if e["type"] == "focus" and e["device_id"] == device]
        instants = sorted({focus["ts"] for focus in focuses})
        for start, end in zip([-math.inf, *instants], [*instants, math.inf], strict=True):
            here = [focus for focus in focuses if focus["ts"] == start]
            # What names no device holds on all of them, but for the time before its first.
            where = device or (EVERYWHERE if here else NAMELESS)
            focus = Window("excluded_window", where, start, end, TYPES["all"], FOCUS, not device)
            if any(hidden(one, rules) for one in here) or (keep_only and not here):
                made.append(focus)
            typed = any(start <= key["ts"] < end for key in secure_keys(events, device, where))
            if typed or any(one["secure"] for one in here):
                made.append(replace(focus, why="secure", types=KEYS | POINTING))
    return made


def secure_keys(events: Sequence[Event], device: str | None, where: str) -> list[Event]:
    """What was typed into a secure field in a focus of a device, or may have been.

    What names no device may come from any, and a focus that names none is every device's.
    """
    keys = [event for event in events if event["type"] in KEYS and event["secure"]]
    return [key for key in keys if key["device_id"] in (device, None) or where == EVERYWHERE]
