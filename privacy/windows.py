"""Windows of time: pauses in registries and in the stream, excluded and secure focuses.

Everything here works on one person's few deciding events. Intervals are half-open, `[start,
end)`, in microseconds; a stream is what one device recorded, or what came without a device.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import polars as pl

from privacy.pseudonyms import normal_id

if TYPE_CHECKING:
    from privacy.registry import Exclusion

PAUSE_US = 30 * 60 * 1_000_000
# Beyond any time that an event can carry: where a window has no bound.
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
    """The deciding events of one device in order of time.

    `steps` are those of its clock back, each with the time before and the earlier one after;
    `ranges` hold all of its events, both ends included.
    """

    pauses: list[int] = field(default_factory=list)
    resumes: list[int] = field(default_factory=list)
    focuses: list[Focus] = field(default_factory=list)
    secure_keys: list[int] = field(default_factory=list)
    steps: list[Interval] = field(default_factory=list)
    ranges: list[Interval] = field(default_factory=list)


@dataclass(frozen=True)
class Rule:
    """An exclusion with its patterns ready to match; absent ones are None.

    `source` and `row` say where it stands.
    """

    user_id: str | None
    keep_only: bool
    app: re.Pattern[str] | None
    title: re.Pattern[str] | None
    url: re.Pattern[str] | None
    source: str = "exclusions"
    row: int | None = None


Focused = tuple[int, Rule | None, bool]
"""When a focus began, what excludes it, and whether it is secure."""


def ordered(boundaries: pl.DataFrame) -> pl.DataFrame:
    """By person and time; what happened at one instant always in the same order."""
    return boundaries.sort("user_id", "ts", "type", "device_id", "app", "title", "url", "before_ts")


def streams(events: pl.DataFrame) -> dict[str | None, Stream]:
    """One person's deciding events by device (None: events that name none), in order of time."""
    found: dict[str | None, Stream] = {}
    names = ("device_id", "ts", "type", "app", "title", "url", "secure", "before_ts")
    for device, ts, kind, app, title, url, secure, before in events.select(names).iter_rows():
        stream = found.setdefault(device, Stream())
        if kind == "pause":
            stream.pauses.append(ts)
        elif kind == "resume":
            stream.resumes.append(ts)
        elif kind == "focus":
            stream.focuses.append(Focus(ts, app, title, url, bool(secure)))
        elif kind == "step":
            stream.steps.append((before, ts))
        elif kind == "device":
            stream.ranges.append((ts, ts if before is None else before))
        elif secure:
            stream.secure_keys.append(ts)
    return found


def after(times: Sequence[int], ts: int) -> int | None:
    """The first of the sorted `times` that is later than `ts`, or None."""
    place = bisect.bisect_right(times, ts)
    return times[place] if place < len(times) else None


def guarded(window: Interval, guard_us: int) -> Interval:
    """A window widened on both sides, for clocks that disagree (C6)."""
    return moved(window, guard_us)


def moved(window: Interval, by: int) -> Interval:
    """A window made longer on both sides; a side that has no bound stays as it is."""
    start, end = window
    return (
        max(FIRST, start - by) if start > FIRST else start,
        min(LAST, end + by) if end < LAST else end,
    )


def registry_window(start: int, end: int | None, resumes: Sequence[int]) -> Interval:
    """A registry's row as a window; without an end, to the next resume or for 30 minutes (C8)."""
    if end is not None:
        return start, end
    resume = after(resumes, start)
    return start, max(start + PAUSE_US, resume if resume is not None else start)


def stream_windows(device: str | None, person: Mapping[str | None, Stream]) -> Iterator[Interval]:
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


def stray_resumes(person: Mapping[str | None, Stream]) -> int:
    """How many resumes close no window of their stream (C14); counted and reported."""
    opened = {end for device in person for _, end in stream_windows(device, person)}
    return sum(ts not in opened for stream in person.values() for ts in stream.resumes)


def compiled(exclusions: Iterable[Exclusion], shipped: int = 0) -> list[Rule]:
    """Exclusions with their patterns ready to match; the first `shipped` come with Tacenda."""
    return [
        Rule(
            user_id=normal_id(row.user_id) if row.user_id else None,
            keep_only=row.effect == "keep_only",
            app=_pattern(row.app),
            title=_pattern(row.title),
            url=_pattern(row.url),
            source="shipped exclusions" if place < shipped else "exclusions",
            row=row.row,
        )
        for place, row in enumerate(exclusions)
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


def sieve(rules: Sequence[Rule]) -> Callable[[Focus], list[Rule]]:
    """Which rules, in order, may match a focus: each value is tried once, on first patterns alone.

    Only `matches` decides; but of many rules and focuses it would be asked for nearly nothing.
    """
    first: tuple[list[tuple[int, Callable[[str], object]]], ...] = ([], [], [])
    always = []
    for place, rule in enumerate(rules):
        given = [pair for pair in enumerate((rule.app, rule.title, rule.url)) if pair[1]]
        for column, pattern in given[:1]:
            first[column].append((place, cast("re.Pattern[str]", pattern).fullmatch))
        always += [] if given else [place]
    tried: tuple[dict[str | None, set[int]], ...] = ({None: set()}, {None: set()}, {None: set()})

    def hits(column: int, value: str | None) -> set[int]:
        if value not in tried[column]:
            texts = [one for one in (_urls(value) if column == 2 else (value,)) if one is not None]
            tried[column][value] = {
                place for text in map(_folded, texts) for place, fits in first[column] if fits(text)
            }
        return tried[column][value]

    def candidates(focus: Focus) -> list[Rule]:
        found = hits(0, focus.app) | hits(1, focus.title) | hits(2, focus.url)
        return [rules[place] for place in sorted(found.union(always))]

    return candidates


def focuses(stream: Stream, rules: Sequence[Rule]) -> list[Focused]:
    """A stream's focuses in order; those of one instant are one, the stricter (C16)."""
    merged: dict[int, tuple[Rule | None, bool]] = {}
    verdicts: dict[tuple[str | None, str | None, str | None], Rule | None] = {}
    keeping = [rule for rule in rules if rule.keep_only]
    candidates = sieve(rules)
    for focus in stream.focuses:
        place = (focus.app, focus.title, focus.url)
        if place not in verdicts:
            verdicts[place] = _excluding(focus, candidates(focus), keeping)
        known = merged.get(focus.ts, (None, False))
        merged[focus.ts] = known[0] or verdicts[place], known[1] or focus.secure
    return [(ts, *verdict) for ts, verdict in sorted(merged.items(), key=lambda item: item[0])]


def _excluding(focus: Focus, candidates: Sequence[Rule], keeping: Sequence[Rule]) -> Rule | None:
    """The first rule that drops a focus, else what says that nothing lists it."""
    found = [rule for rule in candidates if matches(rule, focus)]
    dropping = (rule for rule in found if not rule.keep_only)
    listed = any(rule.keep_only for rule in found)
    return next(dropping, None if listed else _unlisted(keeping))


def _unlisted(keeping: Sequence[Rule]) -> Rule | None:
    """What stands for all `keep_only` rules together; of many, no one row is at fault."""
    if len(keeping) < 2:
        return keeping[0] if keeping else None
    return replace(keeping[0], row=None)


def excluded(merged: Sequence[Focused], rules: Sequence[Rule]) -> list[tuple[int, int, Rule]]:
    """From each excluded focus to the next, and by what; before the first with `keep_only`."""
    starts = [ts for ts, _, _ in merged]
    ends = [*starts[1:], LAST]  # one more than starts where there is no focus at all
    found = [(ts, end, rule) for (ts, rule, _), end in zip(merged, ends, strict=False) if rule]
    keeping = _unlisted([rule for rule in rules if rule.keep_only])
    if keeping:
        found.append((FIRST, starts[0] if starts else LAST, keeping))
    return found


def secure(merged: Sequence[Focused], keys: Sequence[int]) -> list[Interval]:
    """The whole of each focus that is secure, or that holds one secure key (C17)."""
    starts = [FIRST, *(ts for ts, _, _ in merged)]
    ends = [*starts[1:], LAST]
    bad = {place + 1 for place, (_, _, hidden) in enumerate(merged) if hidden}
    bad.update(bisect.bisect_right(starts, ts) - 1 for ts in keys)
    return [(starts[place], ends[place]) for place in sorted(bad)]


def union(spans: Iterable[Interval]) -> list[Interval]:
    """Overlapping and touching spans joined, sorted."""
    joined: list[Interval] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined
