"""All detectors behind one function: texts in, findings out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from privacy.detectors import noise
from privacy.detectors.noise import Reading
from privacy.findings import Finding

PIECE = 4_000  # code points that are looked at together: bounds memory, and a pattern's time
OVERLAP = 400  # longer than what is found by shape, keys aside
BATCH_BYTES = 32_000
REMEMBERED = 1_000_000  # code points of texts whose findings are kept for the next call

_LONE = re.compile("[\ud800-\udfff]")

Find = Callable[[str], Iterator[Finding]]
FindAll = Callable[[Sequence[str]], list[list[Finding]]]
Piece = tuple[str, int, str]
"""A text, where a piece of it starts, and the piece."""
Again = tuple[int, Reading, str]
"""The row of a text that is read again, the reading, and it as the tagger is to see it."""
Read = TypeVar("Read", Piece, Again)


@dataclass(frozen=True, slots=True)
class Detector:
    """Everything that looks for what must not be seen; made by `load`.

    `words` are those of the patterns that alone look through a text that `is_plain`, and `parted`
    those that look through the words of `johnSmith`: no number is in them that was not before.
    """

    patterns: tuple[Find, ...]
    entities: FindAll
    cased: Callable[[str], str | None]
    readings: Callable[[str], list[Reading]] = noise.readings
    words: tuple[Find, ...] = ()
    parted: tuple[Find, ...] = ()
    is_plain: Callable[[str], bool] = lambda _: False
    remembered: dict[str, tuple[Finding, ...]] = field(default_factory=dict, repr=False)

    def find(self, texts: Sequence[str]) -> list[tuple[Finding, ...]]:
        """Findings per text, sorted, in the order of the texts; equal texts are read once."""
        found = {text: self.remembered[text] for text in {*texts} if text in self.remembered}
        new = sorted({*texts} - found.keys(), key=lambda text: (len(text), text))
        parts: dict[str, set[Finding]] = {}
        for batch in _batches(chain.from_iterable(map(_pieces, new))):
            for (text, start, _), findings in zip(batch, self._find(batch), strict=True):
                if findings:
                    moved = (f.moved(start) for f in findings) if start else findings
                    parts.setdefault(text, set()).update(moved)
        fresh = {text: tuple(sorted(parts.get(text, ()))) for text in new}
        self._remember(fresh)
        found.update(fresh)
        return [found[text] for text in texts]

    def _remember(self, fresh: dict[str, tuple[Finding, ...]]) -> None:
        """Keeps short texts' findings up to a bound: people, and datasets, repeat them."""
        short = {text: findings for text, findings in fresh.items() if len(text) <= OVERLAP}
        if sum(map(len, short)) + sum(map(len, self.remembered)) > REMEMBERED:
            self.remembered.clear()
        if sum(map(len, short)) <= REMEMBERED:
            self.remembered.update(short)

    def _find(self, batch: list[Piece]) -> list[list[Finding]]:
        texts = [_LONE.sub("\ufffd", piece) for _, _, piece in batch]
        results = self._named(texts)
        plain = [self.is_plain(text) for text in texts]
        for find in self.patterns:
            every = find in self.words
            for text, skip, findings in zip(texts, plain, results, strict=True):
                if every or not skip:
                    findings += find(text)
        again: list[Again] = []
        others = [row for row, skip in enumerate(plain) if not skip]
        readings = [(row, reading) for row in others for reading in self.readings(texts[row])]
        for row, reading in readings:
            patterns = self.parted if reading.name == noise.CAMEL else self.patterns
            results[row] += _back(reading, chain.from_iterable(f(reading.text) for f in patterns))
            again += [(row, reading, t) for t in self._tagged(reading)]
        for part in _batches(again):
            found = self.entities([text for *_, text in part])
            for (row, origin, _), more in zip(part, found, strict=True):
                results[row] += _back(origin, more)
        return results

    def _named(self, texts: list[str]) -> list[list[Finding]]:
        """What the tagger finds in texts and in their cased copies, which it is asked together."""
        copies = [(row, cased) for row, text in enumerate(texts) if (cased := self.cased(text))]
        found = self.entities([*texts, *(cased for _, cased in copies)])
        for (row, _), more in zip(copies, found[len(texts) :], strict=True):
            found[row] += more
        return found[: len(texts)]

    def _tagged(self, reading: Reading) -> list[str]:
        """What of a reading the tagger is to see: as it stands, and cased."""
        if not reading.tagged:
            return []
        cased = self.cased(reading.text)
        return [reading.text, cased] if cased else [reading.text]


def load() -> Detector:
    """Builds every detector, offline; raises where a part is missing, never leaves one out.

    Takes about two seconds, so once per process.
    """
    from privacy.detectors import (
        addresses,
        context,
        dates,
        desktop,
        identifiers,
        names,
        national,
        numbers,
        plain,
        presidio,
        secrets,
        titles,
    )

    modules = (
        secrets, numbers, national, identifiers, dates, desktop, titles, addresses, context, noise
    )  # fmt: skip
    own = tuple(module.find for module in modules)
    parted = (secrets, identifiers, desktop, titles, addresses, context)
    entities = names.for_english(presidio.named_entities())
    return Detector(
        (*own, presidio.patterns()),
        entities,
        names.true_cased,
        words=(context.find,),
        parted=tuple(module.find for module in parted),
        is_plain=plain.is_plain,
    )


def _back(reading: Reading, findings: Iterable[Finding]) -> list[Finding]:
    return [back for finding in findings if (back := reading.back(finding)) is not None]


def _pieces(text: str) -> Iterator[Piece]:
    """A text in overlapping pieces of bounded length, cut at white space where there is any."""
    start = 0
    while len(text) - start > PIECE:
        end = start + PIECE
        cut = max(text.rfind("\n", start + PIECE // 2, end), text.rfind(" ", end - OVERLAP, end))
        end = cut if cut > 0 else end
        yield text, start, text[start:end]
        start = max(end - OVERLAP, start + 1)
    yield text, start, text[start:]


def _batches(pieces: Iterable[Read]) -> Iterator[list[Read]]:
    """Pieces in their order, up to `BATCH_BYTES` each time; those of like length lie together."""
    batch: list[Read] = []
    size = 0
    for piece in pieces:
        if batch and size + 4 * len(piece[2]) > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(piece)
        size += 4 * len(piece[2])
    if batch:
        yield batch
