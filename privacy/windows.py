"""Windows of time: pauses in registries and in the stream, excluded and secure focuses.

Everything here works on one person's few deciding events. Intervals are half-open, `[start,
end)`, in microseconds; a stream is what one device recorded, or what came without a device.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import polars as pl

from privacy.pseudonyms import normal_id

if TYPE_CHECKING:
    from privacy.registry import Exclusion

GUARD_US = 2_000_000
PAUSE_US = 30 * 60 * 1_000_000
# Beyond any time that an event can carry, with room for the guard.
FIRST, LAST = -(2**62), 2**62

# What may stand before the host: no scheme, one, or several (`view-source:https://`).
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)*//", re.IGNORECASE)

Interval = tuple[int, int]


@dataclass(frozen=True)
class Focus:
    """One focus event: where it went, and whether the field hides what is typed."""

    ts: int
    app: str | None = None
    title: str | None = None
    url: str | None = None
    secure: bool = False


@dataclass
class Stream:
    """The deciding events of one device in order of time."""

    pauses: list[int] = field(default_factory=list)
    resumes: list[int] = field(default_factory=list)
    focuses: list[Focus] = field(default_factory=list)
    secure_keys: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Rule:
    """An exclusion with its patterns ready to match; absent ones are None."""

    user_id: str | None
    keep_only: bool
    app: re.Pattern[str] | None
    title: re.Pattern[str] | None
    url: re.Pattern[str] | None


def streams(events: pl.DataFrame) -> dict[str | None, Stream]:
    """One person's deciding events by device (None: events that name none), in order of time."""
    found: dict[str | None, Stream] = {}
    names = ("device_id", "ts", "type", "app", "title", "url", "secure")
    for device, ts, kind, app, title, url, secure in events.select(names).iter_rows():
        stream = found.setdefault(device, Stream())
        if kind == "pause":
            stream.pauses.append(ts)
        elif kind == "resume":
            stream.resumes.append(ts)
        elif kind == "focus":
            stream.focuses.append(Focus(ts, app, title, url, bool(secure)))
        elif secure:
            stream.secure_keys.append(ts)
    return found


def after(times: Sequence[int], ts: int) -> int | None:
    """The first of the sorted `times` that is later than `ts`, or None."""
    place = bisect.bisect_right(times, ts)
    return times[place] if place < len(times) else None


def guarded(window: Interval) -> Interval:
    """A window widened on both sides, for clocks that disagree (C6)."""
    return window[0] - GUARD_US, window[1] + GUARD_US


def registry_window(start: int, end: int | None, resumes: Sequence[int]) -> Interval:
    """A registry's row as a window; without an end, to the next resume or for 30 minutes (C8)."""
    if end is not None:
        return start, end
    resume = after(resumes, start)
    return start, max(start + PAUSE_US, resume if resume is not None else start)


def stream_windows(device: str | None, person: dict[str | None, Stream]) -> Iterator[Interval]:
    """The windows that `pause` events of one stream open (C11 to C14).

    A pause that names a device is closed by a resume of that device; one that names none holds
    for every device until any resume of that person.
    """
    resumes = person[device].resumes
    if device is None:
        resumes = sorted(ts for stream in person.values() for ts in stream.resumes)
    end = FIRST
    for start in person[device].pauses:
        if start < end:
            continue  # a second pause inside a window changes nothing (C13)
        resume = after(resumes, start)
        end = resume if resume is not None else start + PAUSE_US
        yield start, end


def stray_resumes(person: dict[str | None, Stream]) -> int:
    """How many resumes close no window of their stream (C14); counted and reported."""
    opened = {end for device in person for _, end in stream_windows(device, person)}
    return sum(ts not in opened for stream in person.values() for ts in stream.resumes)


def compiled(exclusions: Iterable[Exclusion]) -> list[Rule]:
    """Exclusions with their patterns ready to match."""
    return [
        Rule(
            normal_id(row.user_id) if row.user_id else None,
            row.effect == "keep_only",
            *(_pattern(text) for text in (row.app, row.title, row.url)),
        )
        for row in exclusions
    ]


def _pattern(text: str | None) -> re.Pattern[str] | None:
    """`*` is any run, `?` any one character, all else itself; whole value, case folded (C15)."""
    if text is None:
        return None
    parts = ({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in _folded(text))
    return re.compile("".join(parts), re.DOTALL)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def matches(rule: Rule, focus: Focus) -> bool:
    """Whether every pattern that the rule gives matches; an absent value never does (C15)."""
    pairs = ((rule.app, (focus.app,)), (rule.title, (focus.title,)), (rule.url, _urls(focus.url)))
    return all(
        any(value is not None and pattern.fullmatch(_folded(value)) for value in values)
        for pattern, values in pairs
        if pattern is not None
    )


def _urls(url: str | None) -> tuple[str | None, ...]:
    """What a pattern for addresses is tried on: the address, without its scheme, and the host."""
    if url is None:
        return ()
    scheme = _SCHEME.match(url)
    bare = url[scheme.end() :] if scheme else url
    try:
        host = urlsplit(f"//{bare}").hostname
    except ValueError:
        host = None
    return url, bare, host


def focuses(stream: Stream, rules: Sequence[Rule]) -> list[tuple[int, bool, bool]]:
    """(ts, excluded, secure) of a stream; focuses of one instant are one, the stricter (C16)."""
    keep_only = any(rule.keep_only for rule in rules)
    merged: dict[int, tuple[bool, bool]] = {}
    verdicts: dict[tuple[str | None, str | None, str | None], bool] = {}
    for focus in stream.focuses:
        place = (focus.app, focus.title, focus.url)
        if place not in verdicts:
            verdicts[place] = _excluded(focus, rules, keep_only)
        known = merged.get(focus.ts, (False, False))
        merged[focus.ts] = known[0] or verdicts[place], known[1] or focus.secure
    return [(ts, *flags) for ts, flags in sorted(merged.items())]


def _excluded(focus: Focus, rules: Sequence[Rule], keep_only: bool) -> bool:
    if any(matches(rule, focus) for rule in rules if not rule.keep_only):
        return True
    return keep_only and not any(matches(rule, focus) for rule in rules if rule.keep_only)


def excluded(merged: Sequence[tuple[int, bool, bool]], rules: Sequence[Rule]) -> list[Interval]:
    """From each excluded focus to the next; with keep_only also what comes before the first."""
    starts = [ts for ts, _, _ in merged]
    ends = [*starts[1:], LAST]  # one more than starts where there is no focus at all
    found = [(ts, end) for (ts, bad, _), end in zip(merged, ends, strict=False) if bad]
    if any(rule.keep_only for rule in rules):
        found.append((FIRST, starts[0] if starts else LAST))
    return found


def secure(merged: Sequence[tuple[int, bool, bool]], keys: Sequence[int]) -> list[Interval]:
    """The whole of each focus that is secure, or that holds one secure key (C17)."""
    starts = [FIRST, *(ts for ts, _, _ in merged)]
    ends = [*starts[1:], LAST]
    bad = {place + 1 for place, (_, _, hidden) in enumerate(merged) if hidden}
    bad.update(bisect.bisect_right(starts, ts) - 1 for ts in keys)
    return [(starts[place], ends[place]) for place in sorted(bad)]


def union(spans: Iterable[Interval]) -> list[Interval]:
    """Overlapping and touching spans joined, sorted; empty ones are kept as edges elsewhere."""
    joined: list[Interval] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined
