"""Why time may not be used: every window and standing rule that removes something of a person's.

One pure computation over the registries and the few events that decide (pauses, resumes, focus
changes, secure keys, steps of clocks). The rules are numbered in docs/consent.md, and here by the
same numbers. `privacy.consent` makes of it which spans may not be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from privacy import clocks, exemptions, hours, windows
from privacy.pseudonyms import normal_id
from privacy.registry import Exemption, Limits, Pause, Registries, Withdrawal
from privacy.windows import FIRST, LAST, Focused, Interval, Rule, Stream

SCOPES = ("keyboard", "mouse", "other")

_ALL = frozenset(SCOPES)
_NAMED = {"all": _ALL, "keyboard": frozenset({"keyboard"}), "mouse": frozenset({"mouse"})}
_HIDING = frozenset({"keyboard", "mouse"})
_GUARDED = frozenset({"withdrawn", "pause", "pause_in_stream"})
_TOML = "tacenda.toml"

Person = Mapping[str | None, Stream]


@dataclass(frozen=True)
class Cause:
    """One window or standing rule: what it removes, `[start, end)`, and where it stands.

    `start` and `end` are microseconds, `privacy.windows.FIRST` and `LAST` where there is no bound;
    guard and widening are in them. `scopes` are of `SCOPES`, `reason` of `privacy.consent.REASONS`,
    `rules` the numbers of docs/consent.md. `source` is "exemptions", "pauses", "exclusions",
    "shipped exclusions", "requests", "capture" or "tacenda.toml"; `row` the row there, else None.
    """

    start: int
    end: int
    scopes: frozenset[str]
    reason: str
    rules: tuple[str, ...]
    source: str
    row: int | None = None


@dataclass(frozen=True)
class Wishes:
    """What the registries say, by person, with the patterns of the exclusions ready to match."""

    exempt: Mapping[str, Mapping[str, Exemption]]
    pauses: Mapping[str, Sequence[Pause]]
    withdrawals: Mapping[str, Sequence[Withdrawal]]
    rules: Sequence[Rule]
    limits: Limits


@dataclass(frozen=True)
class _Reach:
    """The steps back that count somewhere: those over the guard, and all of them (C22)."""

    guarded: clocks.Steps
    bare: clocks.Steps


def causes(
    registries: Registries, boundaries: pl.DataFrame, user: str
) -> dict[str | None, list[Cause]]:
    """What removes something of a person's time, by device as captured, in order of `start`.

    `user` in any spelling; `boundaries` as for `privacy.consent.denied_spans`, of that person at
    least. A person without events gives no device.
    """
    own = normal_id(user)
    person = windows.streams(windows.ordered(boundaries.filter(pl.col("user_id") == own)))
    found = of_person(own, person, wishes(registries))
    return {device: sorted(one, key=_place) for device, one in found.items()}


def _place(cause: Cause) -> tuple[int, int, str, str, int, list[str]]:
    row = -1 if cause.row is None else cause.row
    return cause.start, cause.end, cause.reason, cause.source, row, sorted(cause.scopes)


def wishes(registries: Registries) -> Wishes:
    """The registries, sorted by person (C9)."""
    pauses: dict[str, list[Pause]] = {}
    for row in registries.pauses:
        pauses.setdefault(normal_id(row.user_id), []).append(row)
    withdrawals: dict[str, list[Withdrawal]] = {}
    for asked in registries.withdrawals:
        withdrawals.setdefault(normal_id(asked.user_id), []).append(asked)
    rules = windows.compiled(registries.exclusions, registries.shipped)
    exempt = exemptions.exempt_scopes(registries)
    return Wishes(exempt, pauses, withdrawals, rules, registries.limits)


def of_person(user: str, person: Person, known: Wishes) -> dict[str | None, list[Cause]]:
    """What removes something of a person's streams, each in no order; `user` is a normal id."""
    rules = [rule for rule in known.rules if rule.user_id in (None, user)]
    asked = list(_asked(known.withdrawals.get(user, ())))
    standing = [*_exempt(known.exempt.get(user, {})), *_limited(user, person, known.limits)]
    standing += [cause for cause in asked if not _bounded(cause)]
    rows = known.pauses.get(user, ())
    own = {
        device: [
            *filter(_bounded, asked),
            *_registered(device, person, rows),
            *_captured(device, person, rules),
        ]
        for device in person
    }
    guard = known.limits.guard_us
    anywhere = _reach(person.values(), guard)
    # What came without a device holds on every device of the person (C10).
    shared = [_widened(cause, guard, anywhere) for cause in _nameless(person, rules)]
    found: dict[str | None, list[Cause]] = {}
    for device, stream in person.items():
        if device is None:  # it falls under every window
            each = (cause for causes in own.values() for cause in causes)
            mine = dict.fromkeys(_widened(cause, guard, anywhere) for cause in each)
            found[device] = [*standing, *mine]
        else:
            near = _reach([stream, *([person[None]] if None in person else [])], guard)
            mine = dict.fromkeys(_widened(cause, guard, near) for cause in own[device])
            found[device] = [*standing, *mine, *shared]
    return found


def _exempt(scopes: Mapping[str, Exemption]) -> Iterator[Cause]:
    for scope, row in scopes.items():
        yield Cause(FIRST, LAST, _NAMED[scope], "exempt", ("C1", "C2"), "exemptions", row.row)


def _asked(rows: Iterable[Withdrawal]) -> Iterator[Cause]:
    """Whole exits and windows asked afterwards (C21)."""
    for row in rows:
        whole = row.start is None and row.end is None
        start = FIRST if row.start is None else row.start
        end = LAST if row.end is None else row.end
        rules = ("C21",) if whole else ("C21", "C6")
        yield Cause(start, end, _NAMED[row.scope], "withdrawn", rules, "requests", row.row)


def _bounded(cause: Cause) -> bool:
    return cause.start > FIRST or cause.end < LAST


def _limited(user: str, person: Person, limits: Limits) -> Iterator[Cause]:
    """What the project itself leaves out (C23 to C25)."""
    if limits.not_before is not None:
        yield Cause(FIRST, limits.not_before, _ALL, "retention", ("C24",), _TOML)
    if limits.not_from is not None:
        yield Cause(limits.not_from, LAST, _ALL, "cooling_off", ("C23",), _TOML)
    if limits.working_hours:
        ranges = [span for stream in person.values() for span in stream.ranges]
        for start, end in hours.outside(limits.working_hours, user, ranges):
            yield Cause(start, end, _ALL, "working_hours", ("C25",), _TOML)


def _registered(device: str | None, person: Person, pauses: Sequence[Pause]) -> Iterator[Cause]:
    """The rows of the pauses registry that hold on a device (C5 to C8)."""
    rows = [row for row in pauses if row.device_id is None or _same(row.device_id, device)]
    if device is None:  # devices that the capture never names cover it all the same (C10)
        rows += [
            row
            for row in pauses
            if row.device_id and not any(_same(row.device_id, other) for other in person)
        ]
    for row in rows:
        start, end = windows.registry_window(row.start, row.end, person[device].resumes)
        rules = ("C8" if row.end is None else "C5", "C6")
        yield Cause(start, end, _ALL, "pause", rules, "pauses", row.row)


def _same(registered: str, captured: str | None) -> bool:
    """Whether a registry and the capture mean one device: ids are compared trimmed (C9)."""
    return captured is not None and captured.strip() == registered.strip()


def _captured(device: str | None, person: Person, rules: Sequence[Rule]) -> Iterator[Cause]:
    """What a stream's own pauses and focuses remove of it."""
    focuses = windows.focuses(person[device], rules)
    keys = person[device].secure_keys
    if device is None:
        keys = keys + _typed_in(focuses, person)
    elif None in person:  # it may have been typed on any of them (C10)
        keys = keys + person[None].secure_keys
    yield from _paused(windows.stream_windows(device, person), device)
    yield from _dropped(windows.excluded(focuses, rules))
    yield from _hidden(windows.secure(focuses, keys))


def _nameless(person: Person, rules: Sequence[Rule]) -> Iterator[Cause]:
    """What the pauses and focuses without a device remove on every device (C10)."""
    if None not in person:
        return
    focuses = windows.focuses(person[None], rules)
    drops = [rule for rule in rules if not rule.keep_only]
    yield from _paused(windows.stream_windows(None, person), None)
    yield from _dropped(windows.excluded(focuses, drops))
    yield from _hidden(windows.secure(focuses, _typed_in(focuses, person)))


def _typed_in(focuses: Sequence[Focused], person: Person) -> list[int]:
    """The secure keys of any device that fall into the focuses without one (C10)."""
    first = focuses[0][0] if focuses else LAST
    return [ts for stream in person.values() for ts in stream.secure_keys if ts >= first]


def _paused(spans: Iterable[Interval], device: str | None) -> Iterator[Cause]:
    rules = ("C12" if device is None else "C11", "C6")
    for start, end in spans:
        yield Cause(start, end, _ALL, "pause_in_stream", rules, "capture")


def _dropped(spans: Iterable[tuple[int, int, Rule]]) -> Iterator[Cause]:
    for start, end, rule in spans:
        yield Cause(start, end, _ALL, "excluded_window", ("C16",), rule.source, rule.row)


def _hidden(spans: Iterable[Interval]) -> Iterator[Cause]:
    for start, end in spans:
        yield Cause(start, end, _HIDING, "secure", ("C17",), "capture")


def _reach(streams: Iterable[Stream], guard_us: int) -> _Reach:
    pairs = [step for stream in streams for step in stream.steps]
    return _Reach(clocks.steps(pairs, guard_us), clocks.steps(pairs))


def _widened(cause: Cause, guard_us: int, near: _Reach) -> Cause:
    """A window with its guard (C6), and widened where a clock went back near it (C22)."""
    span = cause.start, cause.end
    guarded = cause.reason in _GUARDED
    by = clocks.jumped(near.guarded if guarded else near.bare, span)
    if not by and not guarded:
        return cause
    moved = windows.moved(span, by)
    rules = cause.rules if moved == span else (*cause.rules, "C22")
    start, end = windows.guarded(moved, guard_us) if guarded else moved
    return Cause(start, end, cause.scopes, cause.reason, rules, cause.source, cause.row)
