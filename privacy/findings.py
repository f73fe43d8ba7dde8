"""Where something was found: a span and its kind, never the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

KINDS = (
    "PASSWORD",
    "SECRET",
    "PRIVATE_KEY",
    "TERM",
    "CARD",
    "BANK",
    "EMAIL",
    "PHONE",
    "ADDRESS",
    "PERSON",
    "HANDLE",
    "PATH",
    "URL",
    "IP",
    "ID",
    "PLACE",
    "ORG",
    "GROUP",
    "DATE",
    "NUMBER",
)
"""Every kind that the detectors give, the most severe first: where findings overlap, the
first of their kinds names the whole."""

_RANK = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One span of a text, `[start, end)` in code points, with a score between 0 and 1."""

    start: int
    end: int
    kind: str
    score: float
    detector: str

    def moved(self, offset: int) -> Finding:
        """The same finding in a text that starts `offset` code points earlier."""
        return Finding(self.start + offset, self.end + offset, self.kind, self.score, self.detector)


def most_severe(kinds: Iterable[str]) -> str:
    """The kind that names overlapping findings; one that is not in `KINDS` goes before all."""
    return min(kinds, key=lambda kind: (_RANK.get(kind, -1), kind))


def merged(spans: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Unions of overlapping spans `(start, end, kind)`, in order of their starts."""
    start = end = -1
    kinds: list[str] = []
    for next_start, next_end, kind in sorted(spans):
        if kinds and next_start < end:
            end = max(end, next_end)
            kinds.append(kind)
            continue
        if kinds:
            yield start, end, most_severe(kinds)
        start, end, kinds = next_start, next_end, [kind]
    if kinds:
        yield start, end, most_severe(kinds)


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each kind, by kind in alphabetical order."""
    return dict(sorted(Counter(finding.kind for finding in findings).items()))
