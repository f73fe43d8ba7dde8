"""The consent rules a second time, from their description alone: slow, plain, sharing no code.

Every window of a person is listed with the device it holds on; an event is removed when one of
them covers it. Nothing here is sorted cleverly or joined, so that it is easy to believe.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from tests.privacy.oracle_patterns import Event, Row, same
from tests.privacy.oracle_patterns import like as like
from tests.privacy.oracle_windows import (
    ASKED,
    FOCUS,
    HALF_HOUR,
    Window,
    from_capture,
    from_exemptions,
    from_focuses,
    from_limits,
    from_registry,
    from_withdrawals,
    trimmed,
)

ORDER = ("exempt", "withdrawn", "retention", "cooling_off", "working_hours",
         "pause", "pause_in_stream", "excluded_window", "secure")  # fmt: skip
GUARD = 2 * 1_000_000
THREE_DAYS = 3 * 86_400_000_000


@dataclass(frozen=True)
class Bounds:
    """What a project sets where it sets nothing."""

    guard_us: int = GUARD
    not_from: int | None = None
    not_before: int | None = None
    working_hours: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Step:
    """A clock that went back, on a device or on none: what it showed before, and then."""

    device: str | None
    before: int
    then: int


@dataclass
class Person:
    """What holds for one person: windows as they fall on each device, as yet without widening,
    how many resumes ended none, and the steps of the person's clocks.
    """

    windows: list[Window] = field(default_factory=list)
    strays: int = 0
    steps: list[Step] = field(default_factory=list)
    guard: int = GUARD
    falling: dict[str | None, list[Window]] = field(default_factory=dict)

    def windows_on(self, device: str | None) -> list[Window]:
        """All windows that hold on a device, as wide as they are there."""
        if device not in self.falling:
            here = [window for window in self.windows if window.holds_on(device)]
            self.falling[device] = [widened(window, device, self) for window in here]
        return self.falling[device]


def judge(
    events: Sequence[Event],
    exemptions: Sequence[Row],
    pauses: Sequence[Row],
    exclusions: Sequence[Row],
    withdrawals: Sequence[Row] = (),
    limits: Row = Bounds(),
) -> list[str | None]:
    """For each event why it is removed, or None where it may be used."""
    known = people(events, exemptions, pauses, exclusions, withdrawals, limits)
    return [verdict(event, known[event["user_id"]]) for event in events]


def people(
    events: Sequence[Event],
    exemptions: Sequence[Row],
    pauses: Sequence[Row],
    exclusions: Sequence[Row],
    withdrawals: Sequence[Row] = (),
    limits: Row = Bounds(),
) -> dict[str, Person]:
    """Every person of the capture with all windows that hold for them."""
    own: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        own[event["user_id"]].append({**event, "device_id": trimmed(event["device_id"])})
    found = {}
    for name, stream in own.items():
        rules = [r for r in exclusions if r.user_id is None or same(r.user_id) == same(name)]
        captured, strays = from_capture(stream)
        windows = [
            *from_exemptions([row for row in exemptions if same(row.user_id) == same(name)]),
            *from_withdrawals([row for row in withdrawals if same(row.user_id) == same(name)]),
            *from_limits(name, stream, limits),
            *from_registry([row for row in pauses if same(row.user_id) == same(name)], stream),
            *captured,
            *from_focuses(stream, rules),
        ]
        found[name] = Person(windows, strays, steps(stream), limits.guard_us)
    return found


def verdict(event: Event, person: Person) -> str | None:
    """Why one event is removed, the first reason of the order."""
    covering = {
        window.why
        for window in person.windows_on(trimmed(event["device_id"]))
        if window.start <= event["ts"] < window.end and event["type"] in window.types
    }
    return next((why for why in ORDER if why in covering), None)


def wrong_parts(events: Sequence[Event], person: Person) -> list[tuple[Event, Event]]:
    """Pairs of used events of one stream whose `part` joins them across an edge of a window, or
    splits them where no window begins or ends and no days are without events. `events` are in
    order of time.
    """
    device = trimmed(events[0]["device_id"]) if events else None
    edges = {edge for window in person.windows_on(device) for edge in (window.start, window.end)}
    wrong = []
    for one, two in pairwise(events):
        parted = any(one["ts"] < edge <= two["ts"] for edge in edges)
        long_rest = two["ts"] - one["ts"] > THREE_DAYS
        split = one["part"] != two["part"]
        if (parted and one["part"] >= two["part"]) or (split and not parted and not long_rest):
            wrong.append((one, two))
    return wrong


def widened(window: Window, device: str | None, person: Person) -> Window:
    """A window as wide as it is on a device, where clocks went back near to it."""
    if window.clock not in (ASKED, FOCUS):
        return window
    guard = person.guard if window.clock == ASKED else 0
    wider = guard
    for step in person.steps:
        back = step.before - step.then
        far = max(HALF_HOUR, back)
        nameless = device is None or window.from_nameless
        counts = nameless or step.device is None or step.device == device
        near = window.start - far <= step.before and step.then <= window.end + far
        if back > guard and counts and near:
            wider += back
    return replace(window, start=window.start - wider, end=window.end + wider)


def steps(events: Sequence[Event]) -> list[Step]:
    """Where the numbers of a session go on and the time goes back."""
    sessions: dict[tuple[str | None, str | None], list[Event]] = defaultdict(list)
    for event in events:
        if event.get("seq") is not None:
            sessions[event["device_id"], event.get("session_id")].append(event)
    found = []
    for (device, _), numbered in sessions.items():
        numbered.sort(key=lambda event: (int(event["seq"]), int(event["ts"])))
        for one, two in pairwise(numbered):
            if two["ts"] < one["ts"]:
                found.append(Step(device, one["ts"], two["ts"]))
    return found
