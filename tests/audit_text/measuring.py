"""What is left of marked spans in texts of many languages, and which other words are lost."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from privacy import detectors, languages, multilingual
from privacy.detectors import names, people
from privacy.findings import Finding
from tests.privacy.corpus import Measured, measure

Row = dict[str, Any]
LISTS = multilingual.allow_lists(languages.COVERED)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Texts:
    """Texts with marked spans, what was found in each, and which words may stand in it.

    A text of a language that is not covered is dropped by a build; here it stays, with English
    words allowed, so that dropping makes no figure better.
    """

    rows: list[Row]
    found: list[Sequence[Finding]]
    allowed: list[frozenset[str]]

    @property
    def by_list(self) -> Measured:
        """By the allow-list alone."""
        return measure(self.rows, [()] * len(self.rows), self.allowed)

    @property
    def by_all(self) -> Measured:
        return measure(self.rows, self.found, self.allowed)

    def where(self, keep: Callable[[Row], bool]) -> Texts:
        """The texts of rows of one kind."""
        places = [place for place, row in enumerate(self.rows) if keep(row)]
        return Texts(
            [self.rows[place] for place in places],
            [self.found[place] for place in places],
            [self.allowed[place] for place in places],
        )


def detector() -> detectors.Detector:
    """All detectors; the tagger is asked about texts that may be English, and no others."""
    loaded = detectors.load()
    return replace(loaded, entities=names.for_english(loaded.entities))


def read(rows: list[Row], finder: detectors.Detector) -> Texts:
    """The texts of rows, detected."""
    texts = [row["full_text"] for row in rows]
    codes = languages.recognize(pl.Series(texts, dtype=pl.String))
    allowed = [LISTS.get(code, LISTS["en"]) for code in codes]
    return Texts(rows, list(finder.find(texts)), allowed)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); from 0 to 1 where there is nothing."""
    if n == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)


def is_listed(name: str) -> bool:
    """Whether a list of ours has every word of a name, as it is typed in full."""
    words = [word for word in _WORD.findall(name.lower()) if len(word) > 1]
    return all(word in people.listed() or word in names.place_shares() for word in words)


def found_by(texts: Texts, kinds: frozenset[str]) -> dict[str, int]:
    """How many spans of some kinds each detector touches (`spacy`, `context`, …)."""
    counts: dict[str, int] = {}
    for row, findings in zip(texts.rows, texts.found, strict=True):
        for span in row["spans"]:
            if span["entity_type"] in kinds:
                start, end = span["start_position"], span["end_position"]
                touching = {
                    finding.detector.split(":")[0]
                    for finding in findings
                    if finding.start < end and finding.end > start
                }
                for name in touching:
                    counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))
