"""What occurs in a history that is hard to judge, counted from what the oracle knows of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from privacy.registry import WorkingHours
from tests.privacy.oracle import Person, Step
from tests.privacy.oracle_hours import entries_for, moments, shift
from tests.privacy.oracle_patterns import Event, Row
from tests.privacy.oracle_windows import ASKED, HALF_HOUR, Window
from tests.privacy.scenarios import ANCHORS, Scenario
from tests.privacy.wishes import shown

DAY = 86_400_000_000
CHANGES = {int(at.replace(tzinfo=UTC).timestamp()) * 1_000_000: name
           for name, (at, _) in ANCHORS.items() if "summer" in name or "half" in name}  # fmt: skip

MUST_OCCUR = frozenset(
    [
        "windows that touch",
        "windows that overlap",
        "an edge on midnight",
        "a window on 29 February",
        *(f"an edge where {name}" for name in CHANGES.values()),
        *(f"a focus: {why}" for why in ("excluded_window", "secure")),
        "an id in another form",
        "a device in another form",
        "an event without a device",
        "an event without a number",
        "events at one time",
        "events of one number",
        "events in no order",
        "days without an event",
        *(f"a step of {size}" for size in ("no more than the guard", "more than the guard")),
        "a step of more than 30 minutes",
        *(f"a step {where} a device" for where in ("on", "without")),
        *(f"a step {how} near" for how in ("just", "just not", "far from being", "well")),
        "several steps near one window",
        *(f"{place} an edge that clocks moved" for place in ("at", "just before")),
        *(f"withdrawn: {how}" for how in ("all time", "a window", "no start", "no end")),
        *(f"withdrawn: {scope}" for scope in ("all", "keyboard", "mouse")),
        *(f"{place} {edge}" for place in ("at", "just before")
          for edge in ("the cooling off", "the retention", "a shift's begin", "a shift's end")),
        *(f"hours {how}" for how in ("over night", "around the clock", "until midnight",
                                     "for one person", "for everybody", "for nobody here",
                                     "from two entries")),
        *(f"{edge} that occurs {often}" for edge in ("from", "to") for often in ("twice", "never")),
        *ANCHORS,
    ]
)  # fmt: skip


def of(scenario: Scenario) -> Counter[str]:
    """How often each feature occurs in a history."""
    found = Counter(scenario.made)
    events = scenario.events.to_dicts()
    found.update(of_registries(scenario))
    found.update(of_order(events))
    for name, person in scenario.people.items():
        own = [event for event in events if event["user_id"] == name]
        found.update(of_windows(own, person))
        found.update(of_moved_edges(own, person))
        found.update(of_steps(person))
        found.update(of_limits(name, own, scenario))
        times = sorted(event["ts"] for event in own)
        found["days without an event"] += any(b - a > 2 * DAY for a, b in pairwise(times))
    return found


def of_registries(scenario: Scenario) -> Iterator[str]:
    given = scenario.registries
    rows: list[Row] = [*given.exemptions, *given.pauses, *given.withdrawals]
    for row in rows:
        if row.user_id not in set(scenario.events["user_id"]):
            yield "an id in another form"
    for pause in given.pauses:
        if pause.device_id and pause.device_id != pause.device_id.strip():
            yield "a device in another form"


def of_order(events: list[Event]) -> Iterator[str]:
    for one, two in pairwise(events):
        if one["ts"] > two["ts"]:
            yield "events in no order"
    for event in events:
        if event["device_id"] is None:
            yield "an event without a device"
        if event["seq"] is None:
            yield "an event without a number"
    names = ("user_id", "device_id", "session_id", "seq")
    for number in Counter(
        tuple(event[name] for name in names) for event in events if event["seq"] is not None
    ).values():
        if number > 1:
            yield "events of one number"
    for number in Counter((event["user_id"], event["ts"]) for event in events).values():
        if number > 1:
            yield "events at one time"


def of_windows(own: list[Event], person: Person) -> Iterator[str]:
    windows = [window for window in person.windows if window.why != "exempt"]
    leap = [int(datetime(2028, *day, tzinfo=UTC).timestamp()) * 1_000_000
            for day in ((2, 29), (3, 1))]  # fmt: skip
    for window in windows:
        if window.clock not in (ASKED, "not widened"):
            yield f"a focus: {window.why}"
        if leap[0] <= window.start < leap[1] or leap[0] < window.end <= leap[1]:
            yield "a window on 29 February"
        for edge in (window.start, window.end):
            if edge % DAY == 0 and not math.isinf(edge):
                yield "an edge on midnight"
            if edge in CHANGES:
                yield f"an edge where {CHANGES[int(edge)]}"
    for device in {event["device_id"] for event in own}:
        here = sorted((window.start, window.end) for window in person.windows_on(device))
        for (_, end), (start, _) in pairwise(here):
            if start <= end:
                yield "windows that touch" if start == end else "windows that overlap"


def of_steps(person: Person) -> Iterator[str]:
    for step in person.steps:
        back = step.before - step.then
        yield f"a step of {'more' if back > person.guard else 'no more'} than the guard"
        yield f"a step {'without' if step.device is None else 'on'} a device"
        if back > HALF_HOUR:
            yield "a step of more than 30 minutes"
    for window in person.windows:
        if window.clock != "not widened":
            near = [how_near(step, window) for step in person.steps]
            yield from (f"a step {how} near" for how in near)
            if sum(how in ("just", "well") for how in near) > 1:
                yield "several steps near one window"


def of_moved_edges(own: list[Event], person: Person) -> Iterator[str]:
    for device in {event["device_id"] for event in own}:
        guarded = {edge + side * person.guard for window in person.windows
                   for edge in (window.start, window.end) for side in (-1, 0, 1)}  # fmt: skip
        edges = {
            edge for window in person.windows_on(device) for edge in (window.start, window.end)
        }
        for event in own:
            for early, place in enumerate(("at", "just before")):
                if event["device_id"] == device and event["ts"] + early in edges - guarded:
                    yield f"{place} an edge that clocks moved"


def how_near(step: Step, window: Window) -> str:
    """Whether a step comes near to a window, and whether that hangs on a microsecond."""
    far = max(HALF_HOUR, step.before - step.then)
    room = min(step.before - (window.start - far), window.end + far - step.then)
    if room in (0, -1):
        return "just" if room == 0 else "just not"
    return "well" if room > 0 else "far from being"


def of_limits(name: str, own: list[Event], scenario: Scenario) -> Iterator[str]:
    limits = scenario.registries.limits
    times = {event["ts"] for event in own}
    edges = {"the cooling off": [limits.not_from], "the retention": [limits.not_before]}
    if limits.working_hours:
        entries = entries_for(name, limits.working_hours)
        yield from of_hours(entries)
        day = date.fromtimestamp(min(times) // 1_000_000)
        worked = [(entry, day + n * timedelta(days=1)) for entry in entries for n in (-1, 0, 1, 2)]
        worked = [(entry, day) for entry, day in worked if day.weekday() in entry.days]
        spans = [shift(entry.zone, day, entry.from_, entry.till) for entry, day in worked]
        edges["a shift's begin"] = [start for start, end in spans if start < end]
        edges["a shift's end"] = [end for start, end in spans if start < end]
        for entry, day in worked:
            yield from occurs("from", entry.zone, day, entry.from_)
            ends_on = day if entry.till > entry.from_ else day + timedelta(days=1)
            yield from occurs("to", entry.zone, ends_on, entry.till)
    for edge, moments_ in edges.items():
        for at in moments_:
            if at is not None and at in times:
                yield f"at {edge}"
            if at is not None and at - 1 in times:
                yield f"just before {edge}"


def of_hours(entries: list[WorkingHours]) -> Iterator[str]:
    if not entries:
        yield "hours for nobody here"
    if len(entries) > 1:
        yield "hours from two entries"
    for entry in entries:
        yield "hours for one person" if entry.users else "hours for everybody"
        if entry.till == entry.from_:
            yield "hours around the clock"
        elif entry.till < entry.from_:
            yield "hours over night"
        if entry.till == 24 * 60:
            yield "hours until midnight"


def occurs(edge: str, zone: str, day: date, minutes: int) -> Iterator[str]:
    """Whether the clock shows a time twice or never on a day."""
    found = moments(zone, day, minutes)
    if len(set(found)) > 1:
        clock = {shown(at, zone).replace(tzinfo=None) for at in found}
        yield f"{edge} that occurs {'twice' if len(clock) == 1 else 'never'}"
