"""Looks for what must not be there any more: in values, and in bytes of whatever kind.

Plain text is found whatever the case of its ASCII letters; ids also where they were written in
another way (UTF-16, hexadecimal, Base64, percent-encoded, with JSON's escapes).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import polars as pl

from privacy.pseudonyms import normal_id

NAMES = ("id", "device", "session")
SHORTEST = 6
"""An id shorter than this is looked for as a whole value alone: it stands in too much else."""
_REACH = 2048  # longer than any needle with what stands around it
_AROUND = 24
_DIGEST = re.compile(rb"[0-9a-f]{32,}")
_HEX = re.compile(rb"[0-9a-f]+")

Covers = Mapping[tuple[int, int], frozenset[bytes]]


@dataclass(frozen=True)
class Needle:
    """One text to look for, folded as it is looked for, and its kind."""

    kind: str
    text: str


@dataclass(frozen=True)
class Sought:
    """All that is looked for.

    `covers` holds for each needle what of other people holds it too (their own ids, a window's
    title that names the person): found within that, it is theirs. `whole` are ids as values.
    `named_by_others` counts the texts that others recorded and that name the person.
    """

    needles: tuple[Needle, ...]
    forms: tuple[bytes, ...] = ()
    exact: tuple[bytes, ...] = ()
    whole: frozenset[str] = frozenset()
    covers: Mapping[str, Covers] = field(default_factory=dict)
    named_by_others: int = 0

    @property
    def patterns(self) -> list[str]:
        return sorted({one.text for one in self.needles})


def fold(text: str) -> str:
    """A text as it is looked for: its ASCII letters in lower case, all else as it is."""
    return text.encode().lower().decode()


def sought(
    needles: Sequence[Needle],
    ids: Iterable[str],
    of_others: Iterable[str] = (),
    *,
    written: Iterable[str] = (),
) -> Sought:
    """What to look for: needles, ids as whole values, `written` ids in other encodings too."""
    texts = {one.text for one in needles if one.kind in NAMES}
    spelled = sorted({form for one in written for form in (one, one.lower(), one.upper())})
    return Sought(
        tuple(needles),
        tuple(sorted({form for one in spelled for form in _forms(one)})),
        tuple(sorted({form for one in spelled for form in _base64(one)})),
        frozenset(normal_id(one) for one in ids),
        _covers(texts, of_others),
    )


def _forms(text: str) -> Iterator[bytes]:
    """Other ways of writing a text in which the case of letters does not matter."""
    yield text.encode("utf-16-le").lower()
    yield text.encode("utf-16-be").lower()
    yield text.encode().hex().encode()
    plain = text.encode().lower()
    for other in (quote(text, safe=""), quote(text), json.dumps(text)[1:-1]):
        if other.encode().lower() != plain:
            yield other.encode().lower()


def _base64(text: str) -> Iterator[bytes]:
    """The middle of a text in Base64, for each place at which it may begin within three bytes."""
    raw = text.encode()
    for shift in range(3):
        start = (8 * shift + 5) // 6
        whole = (shift + len(raw)) * 8 // 6
        packed = base64.b64encode(bytes(shift) + raw + b"\0\0")[start:whole]
        if len(packed) >= SHORTEST:
            yield packed
            yield packed.replace(b"+", b"-").replace(b"/", b"_")


def _covers(texts: set[str], of_others: Iterable[str]) -> dict[str, Covers]:
    found: dict[str, dict[tuple[int, int], set[bytes]]] = {}
    wanted = [(text, text.encode()) for text in texts]
    for value in of_others:
        data = value.encode().lower()
        for text, needle in wanted:
            for place in _places(data, needle):
                start = max(0, place - _AROUND)
                around = data[start : place + len(needle) + _AROUND]
                spans = found.setdefault(text, {})
                spans.setdefault((place - start, len(around)), set()).add(around)
    return {
        text: {span: frozenset(values) for span, values in spans.items()}
        for text, spans in found.items()
    }


def _places(data: bytes, needle: bytes) -> Iterator[int]:
    place = data.find(needle)
    while place >= 0:
        yield place
        place = data.find(needle, place + 1)


def in_values(wanted: Sought, values: pl.Series, *, ids: bool = False) -> set[str]:
    """The kinds of what is found in a column of texts; with `ids`, it is one of people's ids."""
    values = values.drop_nulls().unique()
    kinds = {"id"} if ids and any(normal_id(v) in wanted.whole for v in values) else set()
    for value in values.filter(suspect(wanted, values)):
        kinds |= in_bytes(wanted, value.encode(), digests=True)
    return kinds


def suspect(wanted: Sought, values: pl.Series) -> pl.Series:
    """Which of these texts are worth a closer look."""
    patterns = [*wanted.patterns, *_texts(wanted.forms), *_texts(wanted.exact)]
    if not patterns:
        return pl.Series([False] * len(values), dtype=pl.Boolean)
    return values.str.contains_any(patterns, ascii_case_insensitive=True).fill_null(False)


def _texts(forms: Sequence[bytes]) -> Iterator[str]:
    for form in forms:
        try:
            yield form.decode()
        except UnicodeDecodeError:
            continue


def in_pieces(wanted: Sought, pieces: Iterable[bytes], *, digests: bool) -> set[str]:
    """The kinds of what is found in bytes that come piece by piece.

    With `digests`, digits that are looked for are not found within a longer number or a digest.
    """
    kinds: set[str] = set()
    held, seen = b"", 0
    for piece in pieces:
        held += piece
        if len(held) > 512 * _REACH:
            kinds |= in_bytes(wanted, held, seen, len(held) - _REACH, digests=digests)
            held, seen = held[-2 * _REACH :], _REACH
    return kinds | in_bytes(wanted, held, seen, len(held), digests=digests)


def in_bytes(
    wanted: Sought, data: bytes, start: int = 0, end: int | None = None, *, digests: bool
) -> set[str]:
    """The kinds of what begins in `data[start:end]`; what stands around it is looked at too."""
    end = len(data) if end is None else end
    low = data.lower()
    kinds = {"id"} if _any(low, wanted.forms) or _any(data, wanted.exact) else set()
    patterns = wanted.patterns
    if not patterns:
        return kinds
    # An unbroken byte of a needle never goes: what is not UTF-8 before it is replaced alone.
    text = pl.Series([low.decode("utf-8", "replace")])
    if not text.str.contains_any(patterns).any():
        return kinds
    for one in wanted.needles:
        if one.kind not in kinds and _stands(wanted, low, one.text, start, end, digests):
            kinds.add(one.kind)
    return kinds


def _any(data: bytes, forms: Sequence[bytes]) -> bool:
    return any(form in data for form in forms)


def _stands(wanted: Sought, data: bytes, text: str, start: int, end: int, digests: bool) -> bool:
    needle = text.encode()
    covers = wanted.covers.get(text, {})
    place = data.find(needle, start)
    while 0 <= place < end:
        covered = any(
            place >= before and data[place - before : place - before + length] in values
            for (before, length), values in covers.items()
        )
        if not covered and not (digests and _within_number(data, place, needle)):
            return True
        place = data.find(needle, place + 1)
    return False


def _within_number(data: bytes, place: int, needle: bytes) -> bool:
    """Whether digits that are looked for are a part of a longer number, or of a digest."""
    if not _HEX.fullmatch(needle):
        return False
    end = place + len(needle)
    if needle.isdigit() and (data[place - 1 : place].isdigit() or data[end : end + 1].isdigit()):
        return True
    start = max(0, place - 256)
    around = data[start : end + 256]
    return any(run.start() <= place - start < run.end() for run in _DIGEST.finditer(around))
