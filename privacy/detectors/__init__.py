"""All detectors behind one function: texts in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from privacy.findings import Finding

PIECE = 4_000  # code points that are looked at together: bounds memory, and a pattern's time
OVERLAP = 400  # longer than what is found by shape, keys aside
BATCH_BYTES = 64_000

Find = Callable[[str], Iterator[Finding]]
FindAll = Callable[[Sequence[str]], list[list[Finding]]]


@dataclass(frozen=True, slots=True)
class Detector:
    """Everything that looks for what must not be seen; made by `load`."""

    patterns: tuple[Find, ...]
    entities: FindAll
    cased: Callable[[str], str | None]

    def find(self, texts: Sequence[str]) -> list[tuple[Finding, ...]]:
        """Findings per text, sorted, in the order of the texts; equal texts are read once."""
        found: dict[str, tuple[Finding, ...]] = dict.fromkeys(texts, ())
        pieces = [(text, start, piece) for text in sorted(found) for start, piece in _pieces(text)]
        parts: dict[str, set[Finding]] = {text: set() for text in found}
        for batch in _batches(pieces):
            for (text, start, _), findings in zip(batch, self._find(batch), strict=True):
                parts[text].update(finding.moved(start) for finding in findings)
        for text, findings_of in parts.items():
            found[text] = tuple(sorted(findings_of))
        return [found[text] for text in texts]

    def _find(self, batch: list[tuple[str, int, str]]) -> list[list[Finding]]:
        texts = [piece for _, _, piece in batch]
        results = self.entities(texts)
        again = [(row, cased) for row, text in enumerate(texts) if (cased := self.cased(text))]
        for (row, _), more in zip(again, self.entities([t for _, t in again]), strict=True):
            results[row] += more
        for text, findings in zip(texts, results, strict=True):
            for find in self.patterns:
                findings += find(text)
        return results


def load() -> Detector:
    """Builds every detector, offline; raises where a part is missing, never leaves one out.

    Takes about two seconds, so once per process.
    """
    from privacy.detectors import addresses, identifiers, names, numbers, presidio, secrets

    own = (secrets.find, numbers.find, identifiers.find, addresses.find)
    return Detector((*own, presidio.patterns()), presidio.named_entities(), names.true_cased)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """A text in overlapping pieces of bounded length, cut at white space where there is any."""
    start = 0
    while len(text) - start > PIECE:
        end = start + PIECE
        cut = max(text.rfind("\n", start + PIECE // 2, end), text.rfind(" ", end - OVERLAP, end))
        end = cut if cut > 0 else end
        yield start, text[start:end]
        start = max(end - OVERLAP, start + 1)
    yield start, text[start:]


def _batches(pieces: list[tuple[str, int, str]]) -> Iterator[list[tuple[str, int, str]]]:
    """Pieces of like length together, so that little is padded, up to `BATCH_BYTES` each."""
    batch: list[tuple[str, int, str]] = []
    size = 0
    for piece in sorted(pieces, key=lambda piece: (len(piece[2]), piece)):
        if batch and size + 4 * len(piece[2]) > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(piece)
        size += 4 * len(piece[2])
    if batch:
        yield batch
