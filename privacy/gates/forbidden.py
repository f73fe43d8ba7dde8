"""What may not be used of a person, one deciding event at a time, for the second count.

Shares no code with the consent rules, and is slower and simpler than they are on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import polars as pl

from privacy.gates.patterns import barred, fold, ready
from privacy.registry import Limits, Pause, Registries

ALWAYS = 1 << 61
NAMELESS = "\0"  # what came without a device, and nothing else
REGISTRY, STREAM = "in a pause of the registry", "in a pause in the stream"
WINDOW, UNLISTED = "in an excluded window", "in a window that is not listed"
FIELD, ASKED = "in a secure field", "in time that was asked back"
OLD, YOUNG = "older than the project keeps", "younger than the project uses"

_HALF_HOUR = 1800 * 1_000_000
_GUARDED = (REGISTRY, STREAM, ASKED)
_SET = (OLD, YOUNG)


class Focus(NamedTuple):
    """A focus, and whether it is excluded or secure."""

    ts: int
    device: str | None
    barred: bool
    secure: bool


@dataclass
class Person:
    """One person's deciding events as plain tuples, in order of time."""

    pauses: list[tuple[int, str | None]] = field(default_factory=list)
    resumes: list[tuple[int, str | None]] = field(default_factory=list)
    focuses: list[Focus] = field(default_factory=list)
    hidden: list[tuple[int, str | None]] = field(default_factory=list)
    steps: list[tuple[int, int, str | None]] = field(default_factory=list)
    devices: set[str | None] = field(default_factory=set)


@dataclass(frozen=True)
class Span:
    """`[start, end)` on a device (None: on all, and what names none), for scopes, and why not.

    `loose`: it was made by something that names no device, so that any clock may have told it.
    """

    start: int
    end: int
    on: str | None
    scopes: str
    reason: str
    loose: bool = False


def people(boundaries: pl.DataFrame, registries: Registries) -> dict[str, Person]:
    """The deciding events by person; `boundaries` as `privacy.consent.BOUNDARIES`."""
    found: dict[str, Person] = {}
    verdicts: dict[tuple[str | None, ...], bool] = {}
    rules = ready(registries.exclusions)
    names = ("user_id", "device_id", "ts", "type", "app", "title", "url", "secure", "before_ts")
    for user, device, ts, kind, app, title, url, secure, before in (
        boundaries.select(names).sort("user_id", "ts").iter_rows()
    ):
        person = found.setdefault(user, Person())
        person.devices.add(device)
        if kind == "pause":
            person.pauses.append((ts, device))
        elif kind == "resume":
            person.resumes.append((ts, device))
        elif kind == "step":
            person.steps.append((before, ts, device))
        elif kind == "focus":
            place = (user, app, title, url)
            if place not in verdicts:
                verdicts[place] = barred(user, app, title, url, rules)
            person.focuses.append(Focus(ts, device, verdicts[place], bool(secure)))
        elif secure:
            person.hidden.append((ts, device))
    return found


def spans(user: str, person: Person, registries: Registries) -> list[Span]:
    """Everything that may not be used, on whatever device, without guard and not yet widened."""
    keeps = any(
        rule.effect == "keep_only" and (rule.user_id is None or fold(rule.user_id) == user)
        for rule in registries.exclusions
    )
    rows = [row for row in registries.pauses if fold(row.user_id) == user]
    return [
        *_asked(user, registries),
        *_set(registries.limits),
        *(one for row in rows for one in _registered(row, person)),
        *_stopped(person),
        *(one for device in person.devices for one in _by_focus(device, person, keeps)),
    ]


def here(known: list[Span], device: str | None, person: Person, guard: int) -> Iterator[Span]:
    """Those that hold on a device, with guard and widened by the steps back near them."""
    for one in known:
        if one.on is not None and device is not None and one.on != device:
            continue
        if one.reason in _SET:
            yield one
            continue
        least = guard if one.reason in _GUARDED else 0
        every = one.loose or device is None
        jumps = (
            before - after
            for before, after, on in person.steps
            if (every or on in (device, None)) and _near(before, after, one)
        )
        added = least + sum(jump for jump in jumps if jump > least)
        start = one.start if one.start <= -ALWAYS else one.start - added
        yield replace(one, start=start, end=one.end if one.end >= ALWAYS else one.end + added)


def _near(before: int, after: int, span: Span) -> bool:
    reach = max(_HALF_HOUR, before - after)
    return span.start - reach <= before and after <= span.end + reach


def _asked(user: str, registries: Registries) -> Iterator[Span]:
    for row in registries.withdrawals:
        if fold(row.user_id) == user:
            start = -ALWAYS if row.start is None else row.start
            yield Span(start, ALWAYS if row.end is None else row.end, None, row.scope, ASKED)


def _set(limits: Limits) -> Iterator[Span]:
    if limits.not_before is not None:
        yield Span(-ALWAYS, limits.not_before, None, "all", OLD)
    if limits.not_from is not None:
        yield Span(limits.not_from, ALWAYS, None, "all", YOUNG)


def _registered(row: Pause, person: Person) -> Iterator[Span]:
    same: set[str | None] = {
        on for on in person.devices if on and row.device_id and on.strip() == row.device_id.strip()
    }
    places: set[str | None] = {NAMELESS} if row.device_id else {None}
    for place in same or places:
        end = row.start + _HALF_HOUR if row.end is None else row.end
        yield Span(row.start, end, place, "all", REGISTRY)
    if row.end is None:
        # Each device's own next resume closes it there; what names no device falls under all.
        for one in same or ({on for _, on in person.resumes} if row.device_id is None else {None}):
            later = min((t for t, on in person.resumes if on == one and t > row.start), default=0)
            if later > row.start + _HALF_HOUR:
                yield Span(row.start, later, one or NAMELESS, "all", REGISTRY)


def _stopped(person: Person) -> Iterator[Span]:
    for device in {device for _, device in person.pauses}:
        until = -ALWAYS
        for start, on in person.pauses:
            if on != device or start < until:
                continue
            closing = [t for t, d in person.resumes if t > start and device in (None, d)]
            until = min(closing) if closing else start + _HALF_HOUR
            yield Span(start, until, device, "all", STREAM, loose=device is None)


def _by_focus(device: str | None, person: Person, keeps: bool) -> Iterator[Span]:
    own = [focus for focus in person.focuses if focus.device == device]
    times = sorted({focus.ts for focus in own})
    ends = dict(zip(times, [*times[1:], ALWAYS], strict=False))  # there may be no focus
    begun = times[0] if times else ALWAYS
    loose = device is None
    if keeps:
        yield Span(-ALWAYS, begun, device or NAMELESS, "all", UNLISTED)
    for focus in own:
        if focus.barred:
            yield Span(focus.ts, ends[focus.ts], device, "all", WINDOW, loose)
        if focus.secure:
            yield Span(focus.ts, ends[focus.ts], device, "hidden", FIELD, loose)
    for ts, on in person.hidden:
        if ts < begun and on in (device, None):
            yield Span(-ALWAYS, begun, device or NAMELESS, "hidden", FIELD)
        elif ts >= begun and (loose or on in (device, None)):
            start = max(t for t in times if t <= ts)
            yield Span(start, ends[start], device, "hidden", FIELD, loose)
