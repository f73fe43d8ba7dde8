"""Exemptions, requests, pauses, exclusions and limits -> which spans of time may not be used.

One pure function of the registries and of the few events that decide: what removes something, and
by which of the rules of docs/consent.md, is found in `privacy.causes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from privacy import windows
from privacy.causes import SCOPES as SCOPES
from privacy.causes import Cause, of_person, wishes
from privacy.exemptions import decided as decided
from privacy.exemptions import exempt_scopes as exempt_scopes
from privacy.registry import Exclusion, Registries
from privacy.windows import FIRST, LAST, Interval, Stream

REASONS = (
    "exempt",
    "withdrawn",
    "retention",
    "cooling_off",
    "working_hours",
    "pause",
    "pause_in_stream",
    "excluded_window",
    "secure",
)
"""Why an event is removed; where several hold, the first one is given (C20)."""

BOUNDARIES = ("user_id", "device_id", "ts", "type", "app", "title", "url", "secure", "before_ts")
"""Of every pause, resume, focus and secure event; of each step back of a clock (`type` is `step`,
`ts` the time after it, `before_ts` the later one before it); and at least one row for each device
(`type` is `device`): such rows hold all its events between `ts` and `before_ts`."""

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

_ORDER = {reason: place for place, reason in enumerate(REASONS)}


def denied_spans(registries: Registries, boundaries: pl.DataFrame) -> pl.DataFrame:
    """What may not be used of some people's time: a frame of `SPANS`, sorted.

    `boundaries` holds the columns and rows of `BOUNDARIES`, of all the events of these people.
    """
    known = wishes(registries)
    rows: list[tuple[str | int | None, ...]] = []
    for user, person in _people(boundaries):
        found = of_person(user, person, known)
        for device in sorted(person, key=lambda name: (name is not None, name)):
            rows += [(user, device, *row) for row in _rows(found[device])]
    return pl.DataFrame(rows, schema=SPANS, orient="row")


def strays(boundaries: pl.DataFrame) -> int:
    """How many resumes of these people close no pause (C14)."""
    return sum(windows.stray_resumes(person) for _, person in _people(boundaries))


def widened(registries: Registries, boundaries: pl.DataFrame) -> dict[str, int]:
    """Person -> windows widened because a clock went back (C22), on each device by itself."""
    stepped = boundaries.filter((pl.col("type") == "step").any().over("user_id"))
    known = wishes(registries)
    return {
        user: sum(
            "C22" in cause.rules
            for found in of_person(user, person, known).values()
            for cause in found
        )
        for user, person in _people(stepped)
    }


def matched(exclusions: Sequence[Exclusion], boundaries: pl.DataFrame) -> frozenset[int]:
    """Which exclusions, by their place in the list, match a focus of these people (C19)."""
    rules = windows.compiled(exclusions)
    candidates = windows.sieve(rules)
    places = boundaries.filter(pl.col("type") == "focus").select("user_id", "app", "title", "url")
    found: set[int] = set()
    for user, app, title, url in places.unique().iter_rows():
        focus = windows.Focus(0, app, title, url)
        found.update(
            id(rule)
            for rule in candidates(focus)
            if rule.user_id in (None, user) and windows.matches(rule, focus)
        )
    return frozenset(place for place, rule in enumerate(rules) if id(rule) in found)


def _people(boundaries: pl.DataFrame) -> Iterator[tuple[str, dict[str | None, Stream]]]:
    """Each person with the deciding events of their devices, in order of time."""
    events = windows.ordered(boundaries.select(BOUNDARIES))
    for (user,), own in events.group_by("user_id", maintain_order=True):
        yield str(user), windows.streams(own)


def _rows(
    causes: Iterable[Cause],
) -> Iterator[tuple[int, int, str | None, str | None, str | None]]:
    """(start, part, reasons by scope) of one stream, from the beginning of time.

    Every edge of a window begins a new part for all scopes alike: nothing is built across it, be
    there events in it or not (C18).
    """
    alike: dict[tuple[int, frozenset[str]], list[Interval]] = {}
    turns = {FIRST: 0}
    """At which times what comes to hold or holds no more, as bits, one for each of `alike`."""
    for cause in causes:
        alike.setdefault((_ORDER[cause.reason], cause.scopes), []).append((cause.start, cause.end))
        turns.setdefault(cause.start, 0)
        turns.setdefault(cause.end, 0)
    kinds = sorted(alike, key=lambda kind: kind[0])
    for bit, kind in enumerate(kinds):
        for edge in (edge for span in windows.union(alike[kind]) for edge in span):
            turns[edge] ^= 1 << bit
    turns.pop(LAST, None)
    holding = 0
    reasons: dict[int, tuple[str | None, str | None, str | None]] = {}
    for part, start in enumerate(sorted(turns)):
        holding ^= turns[start]
        if holding not in reasons:
            keyboard, mouse, other = (_reason(kinds, holding, scope) for scope in SCOPES)
            reasons[holding] = keyboard, mouse, other
        yield start, part, *reasons[holding]


def _reason(kinds: Sequence[tuple[int, frozenset[str]]], holding: int, scope: str) -> str | None:
    """The weightiest reason of those that hold, for a scope (C20)."""
    for bit, (order, scopes) in enumerate(kinds):
        if holding >> bit & 1 and scope in scopes:
            return REASONS[order]
    return None
