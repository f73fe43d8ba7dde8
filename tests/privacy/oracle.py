"""The consent rules a second time, from their description alone: slow, plain, sharing no code.

Every window of a person is listed with the device it holds on; an event is removed when one of
them covers it. Nothing here is sorted cleverly, cached or joined, so that it is easy to believe.
"""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Event = dict[str, Any]
Row = Any
"""A registry's row: anything that has its columns as attributes."""

KEYS = {"keydown", "keyup", "paste", "compose"}
POINTING = {"mousemove", "mousedown", "mouseup", "wheel"}
ORDER = ("pause", "pause_in_stream", "excluded_window", "secure")
GUARD = 2 * 1_000_000
HALF_HOUR = 30 * 60 * 1_000_000
EVERYWHERE, NAMELESS = "every device", "events that name no device"


@dataclass(frozen=True)
class Window:
    """From `start` up to `end`, on one device, `EVERYWHERE` or only for what is `NAMELESS`."""

    why: str
    where: str
    start: float
    end: float

    def holds_on(self, device: str | None) -> bool:
        """Whether it concerns a device; what names none falls under every window."""
        return device is None or self.where in (device, EVERYWHERE)


@dataclass
class Person:
    """What one person's events and the registries say about that person."""

    exempt: set[str] = field(default_factory=set)
    windows: list[Window] = field(default_factory=list)
    strays: int = 0


def judge(
    events: Sequence[Event],
    exemptions: Iterable[Row],
    pauses: Iterable[Row],
    exclusions: Iterable[Row],
) -> list[str | None]:
    """For each event why it is removed, or None where it may be used."""
    known = people(events, list(exemptions), list(pauses), list(exclusions))
    return [verdict(event, known[event["user_id"]]) for event in events]


def people(events: Sequence[Event], *registries: Sequence[Row]) -> dict[str, Person]:
    """Every person of the capture with all windows that hold for them."""
    own: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        own[event["user_id"]].append(event)
    exemptions, pauses, exclusions = registries
    found = {}
    for name, stream in own.items():
        person = Person(exempt([row for row in exemptions if same(row.user_id) == same(name)]))
        for row in pauses:
            if same(row.user_id) == same(name):
                person.windows += from_registry(row, stream)
        captured, person.strays = from_capture(stream)
        rules = [r for r in exclusions if r.user_id is None or same(r.user_id) == same(name)]
        person.windows += captured + from_focuses(stream, rules)
        found[name] = person
    return found


def wrong_parts(events: Sequence[Event], person: Person) -> list[tuple[Event, Event]]:
    """Pairs of used events of one stream whose `part` joins them across a window, or splits them
    where no window begins or ends. `events` are in order of time.
    """
    wrong = []
    device = events[0]["device_id"] if events else None
    windows = [window for window in person.windows if window.holds_on(device)]
    for window in windows:
        # In a secure focus the events that are neither typed nor pointed at are used themselves.
        built = [e for e in events if window.why != "secure" or e["type"] in KEYS | POINTING]
        before = [event for event in built if event["ts"] < window.start]
        after = [event for event in built if event["ts"] >= window.end]
        if before and after and before[-1]["part"] >= after[0]["part"]:
            wrong.append((before[-1], after[0]))
    edges = [edge for window in windows for edge in (window.start, window.end)]
    for one, two in pairwise(events):
        if one["part"] != two["part"] and not any(one["ts"] < e <= two["ts"] for e in edges):
            wrong.append((one, two))
    return wrong


def verdict(event: Event, person: Person) -> str | None:
    """Why one event is removed, the weightiest reason first."""
    kind, ts = event["type"], event["ts"]
    scope = "keyboard" if kind in KEYS else "mouse" if kind in POINTING else "neither"
    if "all" in person.exempt or scope in person.exempt:
        return "exempt"
    covering = {
        window.why
        for window in person.windows
        if window.start <= ts < window.end and window.holds_on(event["device_id"])
    }
    if scope == "neither":
        covering.discard("secure")
    return next((why for why in ORDER if why in covering), None)


def same(name: str) -> str:
    """Two ids are one person's where this is equal: trimmed, NFC and case folded."""
    text = unicodedata.normalize("NFC", name.strip())
    return unicodedata.normalize("NFC", text.casefold())


def exempt(rows: Sequence[Row]) -> set[str]:
    """The scopes whose latest row asks to be left out."""
    latest = {
        scope: [r for r in rows if r.scope == scope] for scope in ("all", "keyboard", "mouse")
    }
    return {
        scope
        for scope, mine in latest.items()
        if mine and max(mine, key=moment).status in {"approved", "pending"}
    }


def moment(row: Row) -> float:
    """When a row was decided, else requested, else before all others."""
    times = [ts for ts in (row.decided_at, row.requested_at) if ts is not None]
    return times[0] if times else -math.inf


def times_of(events: Sequence[Event], kind: str, device: str | None) -> list[int]:
    """When events of a type happened on one device, or without a device, in order."""
    return sorted(e["ts"] for e in events if e["type"] == kind and e["device_id"] == device)


def from_registry(row: Row, events: Sequence[Event]) -> list[Window]:
    """The windows of one row of `pauses`: one, or one per device where it has no end."""
    if row.end is not None:
        where = row.device_id or EVERYWHERE
        return [Window("pause", where, row.start - GUARD, row.end + GUARD)]
    seen = {event["device_id"] for event in events}
    devices = [row.device_id] if row.device_id else [None, *(seen - {None})]
    made = []
    for device in devices:
        # A machine that the capture never names can only have ended it without a name.
        resumes = times_of(events, "resume", device if device in seen else None)
        later = [ts for ts in resumes if ts > row.start]
        end = max(row.start + HALF_HOUR, min(later, default=row.start))
        made.append(Window("pause", device or NAMELESS, row.start - GUARD, end + GUARD))
    return made


def from_capture(events: Sequence[Event]) -> tuple[list[Window], int]:
    """The windows that `pause` events open, and how many resumes ended none."""
    made, ended = [], set()
    resumes = [(e["ts"], e["device_id"]) for e in events if e["type"] == "resume"]
    for device in {event["device_id"] for event in events}:
        closing = sorted(ts for ts, named in resumes if device is None or named == device)
        end: int | None = None
        for ts in times_of(events, "pause", device):
            if end is not None and ts < end:
                continue
            later = [one for one in closing if one > ts]
            end = later[0] if later else ts + HALF_HOUR
            where = device or EVERYWHERE
            made.append(Window("pause_in_stream", where, ts - GUARD, end + GUARD))
            ended.add(end)
    return made, sum(ts not in ended for ts, _ in resumes)


def from_focuses(events: Sequence[Event], rules: Sequence[Row]) -> list[Window]:
    """What excluded and secure focuses remove."""
    made: list[Window] = []
    for device in {event["device_id"] for event in events}:
        focuses = [e for e in events if e["type"] == "focus" and e["device_id"] == device]
        instants = sorted({focus["ts"] for focus in focuses})
        where = device or EVERYWHERE
        for place, start in enumerate(instants):
            end = instants[place + 1] if place + 1 < len(instants) else math.inf
            here = [focus for focus in focuses if focus["ts"] == start]
            if any(hidden(focus, rules) for focus in here):
                made.append(Window("excluded_window", where, start, end))
            if any(focus["secure"] for focus in here):
                made.append(Window("secure", where, start, end))
        if any(rule.effect == "keep_only" for rule in rules):
            first = instants[0] if instants else math.inf
            made.append(Window("excluded_window", device or NAMELESS, -math.inf, first))
        made += from_secure_keys(events, device, instants)
    return made


def from_secure_keys(
    events: Sequence[Event], device: str | None, instants: Sequence[int]
) -> list[Window]:
    """The whole of each focus of a device in which something was typed into a secure field."""
    made = []
    for event in events:
        # What names no device may have been typed on any.
        if event["type"] in KEYS and event["secure"] and event["device_id"] in (device, None):
            start = max((ts for ts in instants if ts <= event["ts"]), default=-math.inf)
            end = min((ts for ts in instants if ts > event["ts"]), default=math.inf)
            made.append(Window("secure", device or NAMELESS, start, end))
    return made


def hidden(focus: Event, rules: Sequence[Row]) -> bool:
    """Whether the registry leaves out what a focus shows."""
    keep = [rule for rule in rules if rule.effect == "keep_only"]
    if any(shows(focus, rule) for rule in rules if rule.effect == "drop"):
        return True
    return bool(keep) and not any(shows(focus, rule) for rule in keep)


def shows(focus: Event, rule: Row) -> bool:
    """Whether everything that a row gives is what the focus shows."""
    if rule.app is not None and not like(rule.app, focus["app"]):
        return False
    if rule.title is not None and not like(rule.title, focus["title"]):
        return False
    return rule.url is None or any(like(rule.url, text) for text in addresses(focus["url"]))


def addresses(url: str | None) -> list[str]:
    """The address, with and without its scheme, and the host."""
    if url is None:
        return []
    scheme, mark, rest = url.partition("://")
    if not mark or any(char in "/?#" for char in scheme):
        rest = url
    host = rest
    for char in "/?#":
        host = host.split(char)[0]
    host = host.split("@")[-1]
    return [url, rest, host.split(":")[0]]


def like(pattern: str, value: str | None) -> bool:
    """Whether a pattern with `*` and `?` describes a whole value; one that is absent is not."""
    if value is None:
        return False
    wanted, text = same_text(pattern), same_text(value)
    places = after_stars(wanted, {0})
    for char in text:
        stay = {place for place in places if wanted[place : place + 1] == "*"}
        on = {place + 1 for place in places if wanted[place : place + 1] in ("?", char)}
        places = after_stars(wanted, stay | on)
    return len(wanted) in places


def after_stars(pattern: str, places: set[int]) -> set[int]:
    """Places in a pattern, and those reached by letting a `*` stand for nothing."""
    found = set(places)
    for place in places:
        while pattern[place : place + 1] == "*":
            place += 1
            found.add(place)
    return found


def same_text(text: str) -> str:
    """Text as patterns see it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
