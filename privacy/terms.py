"""Terms of a project's own: what must never pass, and which words a reviewer lets pass.

A term is looked for in any case, accent, spacing and usual inflection: of a text only letters and
digits count, folded, and a term stands where it begins and ends like a word. `Blue Heron` is found
in `blueherons`, `BLUE-HERON's` and `b l u e h e r o n`, not in `bluebell`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl
import regex

from privacy.detectors import noise
from privacy.findings import Finding

NAME, KIND = "terms", "TERM"
NEVER, PASS = "never", "pass"
SHORT = 4  # shorter terms have few endings, or too many other words would be taken for them
WEAK = frozenset({"PERSON", "PLACE", "ORG", "GROUP"})
"""Kinds that a name of a product or a team is often taken for: a word let pass is none of them."""

_FEW_ENDINGS = frozenset({"", "s"})
_ENDINGS_WORDS = """
s es n en ens e er ern em in innen i a o as os is us ed d ing ish er ers
"""
_ENDINGS = _FEW_ENDINGS | frozenset(_ENDINGS_WORDS.split())
_CHANGED = (
    ("y", "ies"),
    ("e", "ing"),
    ("a", "e"),
    ("o", "i"),
    ("e", "i"),
    ("z", "ces"),
)
"""Last letters that give way to an ending."""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})

_WILD = {"*": r"[^\s]*", "?": r"[^\s]"}
_LOOSE = r"[\W_]?"  # what may stand between the letters of a pattern
_SIGN = r"[\W_]"


@dataclass(frozen=True)
class Terms:
    """`never`: terms, or patterns with `*` and `?`; `passing`: words, folded, each let pass."""

    never: tuple[str, ...] = ()
    passing: frozenset[str] = frozenset()

    def digest(self, key: bytes) -> str:
        """HMAC-SHA-256, in hex, over both lists: it tells nothing to who lacks the key."""
        value = json.dumps([sorted(self.never), sorted(self.passing)]).encode()
        return hmac.digest(key, value, hashlib.sha256).hex()

    @cached_property
    def plain(self) -> dict[str, str]:
        """Folded forms of the terms without wildcards -> the folded term that each is a form of."""
        listed = [term for term in self.never if not _WILD.keys() & set(term)]
        spelled = [*listed, *(term.lower().translate(_UMLAUTS) for term in listed)]
        folded = {bare(term) for term in spelled} - {""}
        return {form: term for term in sorted(folded) for form in _forms(term)} | {
            term: term for term in folded
        }

    @cached_property
    def patterns(self) -> tuple[regex.Pattern[str], ...]:
        """The terms with wildcards, compiled."""
        return tuple(
            _compiled(term) for term in sorted(set(self.never)) if _WILD.keys() & set(term)
        )


def find(texts: Sequence[str], terms: Terms) -> list[tuple[Finding, ...]]:
    """What of the list of terms stands in each text, however it is read; most texts hold none."""
    if not terms.never:
        return [() for _ in texts]
    found = _written(texts, terms)
    again = [(row, reading) for row, text in enumerate(texts) for reading in noise.readings(text)]
    more = _written([reading.text for _, reading in again], terms)
    for (row, reading), spans in zip(again, more, strict=True):
        found[row] += [back for one in spans if (back := reading.back(one)) is not None]
    return [tuple(sorted(set(spans))) for spans in found]


def _written(texts: Sequence[str], terms: Terms) -> list[list[Finding]]:
    found: list[list[Finding]] = [[] for _ in texts]
    for row, hits in _candidates(texts, terms):
        found[row] += _plain(texts[row], hits, terms)
    for row, text in enumerate(texts) if terms.patterns else ():
        found[row] += _patterned(text, terms)
    return found


def let_pass(text: str, found: Sequence[Finding], terms: Terms) -> tuple[Finding, ...]:
    """Findings without those that are only words a reviewer lets pass, taken for a name."""
    if not terms.passing:
        return tuple(found)
    return tuple(
        one for one in found
        if one.kind not in WEAK or not _all_pass(text[one.start : one.end], terms)
    )  # fmt: skip


def _all_pass(text: str, terms: Terms) -> bool:
    words = [word.lower() for word in regex.findall(r"\p{L}+", text)]
    return bool(words) and all(word in terms.passing for word in words)


def bare(text: str) -> str:
    """The letters and digits of a text, folded: without case, accents and all that is between."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    return "".join(letter for _, letter in _letters(text))


def _letters(text: str) -> Iterator[tuple[int, str]]:
    """(place in the text, folded letter or digit), one for each that a character gives."""
    for place, character in enumerate(text):
        if character.isascii():
            if character.isalnum():
                yield place, character.lower()
            continue
        for part in unicodedata.normalize("NFKD", character).casefold():
            if part.isalnum():
                yield place, part


def _forms(term: str) -> Iterator[str]:
    if len(term) >= SHORT:
        for last, ending in _CHANGED:
            if term.endswith(last):
                yield term[: -len(last)] + ending


def _candidates(texts: Sequence[str], terms: Terms) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold the letters of a term one after the other, and the forms that they hold."""
    forms = sorted(terms.plain)
    if not forms or not texts:
        return
    bared = pl.Series([bare(text) for text in texts], dtype=pl.String)
    rows = bared.str.contains_any(forms).arg_true()
    hits = bared.gather(rows).str.extract_many(forms, overlapping=True)
    for row, own in zip(rows, hits, strict=True):
        yield row, sorted(set(own))


def _plain(text: str, forms: Sequence[str], terms: Terms) -> Iterator[Finding]:
    letters = list(_letters(text))
    joined = "".join(letter for _, letter in letters)
    for form in forms:
        at = joined.find(form)
        while at >= 0:
            start, end = letters[at][0], letters[at + len(form) - 1][0] + 1
            if _begins(text, start) and _ends(text, end, terms.plain[form]):
                yield Finding(start, end, KIND, 1.0, NAME)
            at = joined.find(form, at + 1)


def _begins(text: str, start: int) -> bool:
    """Whether a word begins here: after no letter, or with a capital after a small one."""
    if start == 0 or not text[start - 1].isalnum():
        return True
    before, first = text[start - 1], text[start]
    return before.isdigit() != first.isdigit() or (before.islower() and first.isupper())


def _ends(text: str, end: int, term: str) -> bool:
    """Whether a word ends here, or after one of the usual endings."""
    stop = end
    while stop < len(text) and (text[stop].isalnum() or unicodedata.combining(text[stop])):
        stop += 1
    rest = text[end:stop]
    if rest and (rest[0].isdigit() != text[end - 1].isdigit() or _camel(text, end)):
        return True
    return bare(rest) in (_ENDINGS if len(term) >= SHORT else _FEW_ENDINGS)


def _camel(text: str, end: int) -> bool:
    return text[end - 1].islower() and text[end].isupper()


def _compiled(term: str) -> regex.Pattern[str]:
    """A pattern with `*` (any letters, digits and signs of a word) and `?` (one of them)."""
    parts = []
    for run in regex.findall(r"[*?]|[^\s*?]+|\s+", term.strip()):
        parts += [_WILD.get(run) or _LOOSE.join(map(_letter, run))]
    return regex.compile(r"(?<!\w)" + "".join(parts) + r"(?!\w)", regex.IGNORECASE)


def _letter(character: str) -> str:
    return regex.escape(bare(character)) or _SIGN


def _patterned(text: str, terms: Terms) -> Iterator[Finding]:
    places, flat = [], []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(part):
                places.append(place)
                flat.append(part)
    joined = "".join(flat)
    for pattern in terms.patterns:
        for match in pattern.finditer(joined):
            if match.end() > match.start():
                yield Finding(places[match.start()], places[match.end() - 1] + 1, KIND, 1.0, NAME)
