"""Other readings of a text: what a person would make of it that a pattern would not.

`J o h n`, `zero one seven six …`, `john (at) firma punkt de`, look-alike letters, zero-width
characters, full-width digits, lines broken within, camel case, and what base64, hex, URL and
character escapes stand for. Each reading is a text with where its characters came from, so that
whatever looks through texts can look through it too and point back. Ordinary text has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from privacy.detectors import encodings, spoken, unfolding
from privacy.findings import Finding

NAME = "noise"
CAMEL = "camel"  # the reading of words that are run together

_DEPTH = 2  # encoded within encoded
_MOST = 24  # readings of one text: bounds the time of hostile ones

Change = tuple[int, int, str]
"""What stands between two places of a text, and what is read there instead."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it may be read; `starts` and `ends` give the source of each of its characters.

    `name` says which kind of reading it is, and `tagged` whether it is one in which a tagger
    may find more names than in the text as it stands.
    """

    name: str
    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    tagged: bool = True

    def back(self, finding: Finding) -> Finding | None:
        """The same finding where it lies in the text that was read; None for an empty one."""
        start, end = max(finding.start, 0), min(finding.end, len(self.text))
        if start >= end:
            return None
        first, last = min(self.starts[start:end]), max(self.ends[start:end])
        if first >= last:
            return None
        return Finding(first, last, finding.kind, finding.score, finding.detector)


def readings(text: str) -> list[Reading]:
    """Every other reading of a text, each once, in a fixed order; none for ordinary text.

    Noise that is put on top of noise is taken off in one order: characters first, then the
    rest, then what was encoded, twice at most.
    """
    found: list[Reading] = []
    seen = {text}
    plain = Reading("plain", text, range(len(text)), range(1, len(text) + 1))
    for reading in _readings(plain, _DEPTH):
        if reading.text not in seen:
            seen.add(reading.text)
            found.append(reading)
        if len(found) == _MOST:
            break
    return found


def find(text: str) -> Iterator[Finding]:
    """What needs no pattern to be found: numbers that are spelled, and encoded text as such."""
    for start, end in spoken.numbers(text):
        yield Finding(start, end, "NUMBER", 0.5, NAME)
    for start, end, _ in encodings.decoded(text):
        yield Finding(start, end, "SECRET", 0.4, NAME)


_Changes = Callable[[str], Sequence[Change]]

_STEPS: tuple[tuple[str, _Changes, bool], ...] = (
    ("spaced", unfolding.spaced_letters, True),
    ("lines", unfolding.broken_lines, False),
    ("digits", spoken.digits, False),
    ("said", spoken.addresses, False),
    (CAMEL, unfolding.camel_case, False),
)


def _readings(source: Reading, depth: int) -> Iterator[Reading]:
    base = _changed(source, "characters", unfolding.characters(source.text), True)
    if base is not None:
        yield base
    base = base or source
    for name, changes, tagged in _STEPS:
        reading = _changed(base, name, changes(base.text), tagged)
        if reading is not None:
            yield reading
    escaped = _changed(base, "escapes", encodings.escapes(base.text), True)
    if escaped is not None:
        yield escaped
        if depth:
            yield from _readings(escaped, depth - 1)
    for start, end, text in encodings.decoded(base.text):
        decoded = _within(base, start, end, text)
        yield decoded
        if depth:
            yield from _readings(decoded, depth - 1)


def _changed(source: Reading, name: str, changes: Sequence[Change], tagged: bool) -> Reading | None:
    """A reading with some spans read as something else; None where there are no changes."""
    if not changes:
        return None
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for start, end, text in [*changes, (len(source.text), len(source.text), "")]:
        parts += [source.text[done:start], text]
        starts += source.starts[done:start]
        ends += source.ends[done:start]
        first, last = _span(source, start, end)
        starts += [first] * len(text)
        ends += [last] * len(text)
        done = end
    return Reading(name, "".join(parts), tuple(starts), tuple(ends), tagged)


def _within(source: Reading, start: int, end: int, text: str) -> Reading:
    """What a token stands for: whatever is found in it is the whole token."""
    first, last = _span(source, start, end)
    return Reading("decoded", text, (first,) * len(text), (last,) * len(text))


def _span(source: Reading, start: int, end: int) -> tuple[int, int]:
    if start < end:
        return source.starts[start], source.ends[end - 1]
    place = source.starts[start] if start < len(source.starts) else 0
    return place, place
