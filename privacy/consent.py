"""Exemptions, pauses, exclusions and secure fields -> which spans of time may not be used.

One pure function of the registries and of the few events that decide (pauses, resumes, focus
changes, secure keys). The rules are numbered in docs/consent.md, and here by the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from privacy import windows
from privacy.pseudonyms import normal_id
from privacy.registry import Exclusion, Exemption, Pause, Registries
from privacy.windows import FIRST, Interval, Rule, Stream

SCOPES = ("keyboard", "mouse", "other")
REASONS = ("exempt", "pause", "pause_in_stream", "excluded_window", "secure")
"""Why an event is removed; where several hold, the first one is given (C20)."""

Denied = dict[str, list[Interval]]

BOUNDARIES = ("user_id", "device_id", "ts", "type", "app", "title", "url", "secure")

SPANS = {
    "user_id": pl.String(),
    "device_id": pl.String(),
    "start_ts": pl.Int64(),
    "part": pl.Int64(),
    "keyboard": pl.String(),
    "mouse": pl.String(),
    "other": pl.String(),
}
"""A span lasts from `start_ts` to the next one of its (person, device); together they cover all
time. `part` numbers them, and no two events of different parts may be joined. For each scope the
reason why it is removed there, null where it may be used."""


def exempt_scopes(registries: Registries) -> dict[str, frozenset[str]]:
    """Person -> the scopes that are excluded for good: `all`, `keyboard`, `mouse` (C1 to C4)."""
    latest: dict[tuple[str, str], Exemption] = {}
    for row in registries.exemptions:
        key = (normal_id(row.user_id), row.scope)
        known = latest.get(key)
        if known is None or decided(row) > decided(known):
            latest[key] = row
    found: dict[str, set[str]] = {}
    for (user, scope), row in latest.items():
        if row.status in ("approved", "pending"):
            found.setdefault(user, set()).add(scope)
    return {user: frozenset(scopes) for user, scopes in sorted(found.items())}


def decided(row: Exemption) -> int:
    """When a row of the registry began to count (C3)."""
    if row.decided_at is not None:
        return row.decided_at
    return row.requested_at if row.requested_at is not None else FIRST


def denied_spans(registries: Registries, boundaries: pl.DataFrame) -> pl.DataFrame:
    """What may not be used of some people's time: a frame of `SPANS`, sorted.

    `boundaries` holds the columns `BOUNDARIES`, of every pause, resume, focus and secure event
    of these people, and at least one row for each of their devices (of any type).
    """
    exempt = exempt_scopes(registries)
    pauses: dict[str, list[Pause]] = {}
    for row in registries.pauses:
        pauses.setdefault(normal_id(row.user_id), []).append(row)
    rules = windows.compiled(registries.exclusions)
    rows: list[tuple[str | int | None, ...]] = []
    columns = boundaries.select(BOUNDARIES).sort("user_id", "ts", maintain_order=True)
    for (user,), events in columns.group_by("user_id", maintain_order=True):
        person = windows.streams(events)
        relevant = [rule for rule in rules if rule.user_id in (None, user)]
        own = pauses.get(str(user), [])
        denied = {device: _denied(device, person, own, relevant) for device in person}
        scopes = exempt.get(str(user), frozenset())
        for device in sorted(person, key=lambda name: (name is not None, name)):
            removed = _removed(device, denied, _shared(person, relevant))
            rows += [(str(user), device, *row) for row in _rows(removed, scopes)]
    return pl.DataFrame(rows, schema=SPANS, orient="row")


def strays(boundaries: pl.DataFrame) -> int:
    """How many resumes of these people close no pause (C14)."""
    people = boundaries.select(BOUNDARIES).sort("user_id", "ts", maintain_order=True)
    return sum(
        windows.stray_resumes(windows.streams(events))
        for _, events in people.group_by("user_id", maintain_order=True)
    )


def matched(exclusions: Sequence[Exclusion], boundaries: pl.DataFrame) -> frozenset[int]:
    """Which exclusions, by their place in the list, match a focus of these people (C19)."""
    rules = windows.compiled(exclusions)
    places = boundaries.filter(pl.col("type") == "focus").select("user_id", "app", "title", "url")
    found: set[int] = set()
    for user, app, title, url in places.unique().iter_rows():
        focus = windows.Focus(0, app, title, url)
        found.update(
            place
            for place, rule in enumerate(rules)
            if place not in found and rule.user_id in (None, user) and windows.matches(rule, focus)
        )
    return frozenset(found)


def _denied(
    device: str | None,
    person: dict[str | None, Stream],
    pauses: Sequence[Pause],
    rules: Sequence[Rule],
) -> Denied:
    """What is removed of one stream by its own windows and focuses, by reason."""
    stream = person[device]
    focuses = windows.focuses(stream, rules)
    rows = [row for row in pauses if row.device_id is None or _same(row.device_id, device)]
    if device is None:  # devices that the capture never names cover it all the same (C10)
        rows += [
            row
            for row in pauses
            if row.device_id and not any(_same(row.device_id, other) for other in person)
        ]
    # A secure key without a device may have been typed on any of them (C10).
    anywhere = person[None].secure_keys if None in person else []
    return {
        "pause": [windows.registry_window(row.start, row.end, stream.resumes) for row in rows],
        "pause_in_stream": list(windows.stream_windows(device, person)),
        "excluded_window": windows.excluded(focuses, rules),
        "secure": windows.secure(focuses, [*stream.secure_keys, *anywhere]),
    }


def _same(registered: str, captured: str | None) -> bool:
    """Whether a registry and the capture mean one device: ids are compared trimmed (C9)."""
    return captured is not None and captured.strip() == registered.strip()


def _shared(person: dict[str | None, Stream], rules: Sequence[Rule]) -> Denied:
    """What came without a device and therefore holds on every device of the person (C10)."""
    if None not in person:
        return {}
    focuses = windows.focuses(person[None], rules)
    drops = [rule for rule in rules if not rule.keep_only]
    return {
        "pause_in_stream": list(windows.stream_windows(None, person)),
        "excluded_window": windows.excluded(focuses, drops),
        "secure": windows.secure(focuses, ()),
    }


def _removed(device: str | None, denied: dict[str | None, Denied], shared: Denied) -> Denied:
    """All that is removed of one stream; what names no device falls under every window (C10)."""
    sources = list(denied.values()) if device is None else [denied[device], shared]
    joined = {reason: [s for one in sources for s in one.get(reason, [])] for reason in REASONS}
    for reason in ("pause", "pause_in_stream"):
        joined[reason] = [windows.guarded(window) for window in joined[reason]]
    return {reason: windows.union(spans) for reason, spans in joined.items()}


def _rows(
    removed: Denied, exempt: frozenset[str]
) -> Iterator[tuple[int, int, str | None, str | None, str | None]]:
    """(start, part, reasons by scope) of one stream, from the beginning of time.

    Every edge of a removed span begins a new part for all scopes alike: nothing is built across
    a window, be it empty or not (C18).
    """
    edges = {FIRST, *(edge for spans in removed.values() for span in spans for edge in span)}
    cursors = dict.fromkeys(removed, 0)
    for part, start in enumerate(sorted(edges)):
        covering = _covering(start, removed, cursors)
        reasons = []
        for scope in SCOPES:
            applies = [r for r in covering if not (r == "secure" and scope == "other")]
            out = "exempt" if {"all", scope} & exempt else None
            reasons.append(out or (applies[0] if applies else None))
        yield start, part, reasons[0], reasons[1], reasons[2]


def _covering(start: int, removed: Denied, cursors: dict[str, int]) -> list[str]:
    """The reasons whose spans cover `start`, the weightiest first; `cursors` only move on."""
    found = []
    for reason in REASONS[1:]:
        spans, place = removed[reason], cursors[reason]
        while place < len(spans) and spans[place][1] <= start:
            place += 1
        cursors[reason] = place
        if place < len(spans) and spans[place][0] <= start:
            found.append(reason)
    return found
