"""Which language a text is written in, by the commonest words of some forty.

Each word tells by how much more often one language has it than another (the logarithm of its
frequency, summed over the text); lost accents cost nothing, since words count without them too. No
model of letters: what has no common word has no language here.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

COVERED = ("en", "de", "fr", "es", "it", "nl", "pt")
"""The languages whose words a recipe may let pass."""

TOP = 4_000  # words of each language that tell it; more adds loans and names
_FLOOR = math.log(2e-6)  # what a word costs in a language whose list has it not
_LOST_ACCENT = 1.0  # a word without its accents is so much less telling
_MARGIN = 1.5  # how much likelier than covered ones a language must be for a text to be dropped
_NEAR = 5.0  # up to which a text may be English all the same
_LEAST = 2  # words that a list has, for a text to be called one of another language
_ENOUGH, _SHARE = 5, 0.3  # of so many words or more, a language must have at least this share
_WORDS, _LENGTH = 60, 2_000  # words and characters of a text that are looked at

_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_PLACEHOLDER = re.compile(r"<[A-Z]+>")
_UNSPACED = frozenset({"ja", "ko", "zh"})  # wordfreq needs a dictionary to cut these into words
_SCRIPTS = {
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "THAI": "th",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
}
OTHER = "und"
"""The code of a script that is in no table here."""


def recognize(texts: pl.Series, languages: tuple[str, ...] = COVERED) -> pl.Series:
    """The language code of each text (String): one of `languages`, or another that fits better.

    `""` where no word tells it, as in short texts, and for null. A text of letters that are not
    Latin is named by its script alone (`ru`, `zh`; `und` for a script that is in no table), if no
    word tells more. Placeholders count for nothing.
    """
    distinct = texts.drop_nulls().unique().sort()
    codes = pl.Series([_language(text, languages) for text in distinct], dtype=pl.String)
    return texts.replace_strict(distinct, codes, default="", return_dtype=pl.String).fill_null("")


@lru_cache(maxsize=1_024)
def language_of(text: str) -> str:
    """One text's language among those covered, as `recognize` gives it; for pieces of a text."""
    return _language(text, COVERED)


def _language(text: str, languages: tuple[str, ...]) -> str:
    words, scores, known = _read(text)
    if scores is None:
        return _by_script("".join(words))
    codes = _codes()
    best = len(codes) - 1 - int(scores[::-1].argmax())
    own = _places(languages)
    ours = own[int(scores[own].argmax())] if len(own) else best
    if not known[ours] or not len(own):
        return codes[best] if known[best] >= _LEAST else ""
    if scores[best] - scores[ours] > _MARGIN and known[best] >= _LEAST:
        return codes[best]
    if len(words) >= _ENOUGH and known[ours] < _SHARE * len(words):
        return _by_script("".join(words)) or OTHER
    return codes[ours]


@lru_cache(maxsize=1_024)
def may_be_english(text: str) -> bool:
    """Whether English is the language of a piece of text, or so near to it that it may be."""
    _, scores, known = _read(text)
    if scores is None:
        return True
    english = _codes().index("en")
    own = scores[english] if known[english] else 0.0
    return bool(scores.max() - own <= _NEAR)


def forget() -> None:
    """Drops what is kept of the texts read last, for measuring."""
    for kept in (language_of, may_be_english, _read):
        kept.cache_clear()


_Weights = np.ndarray[Any, np.dtype[np.float64]]


@lru_cache(maxsize=4_096)
def _read(text: str) -> tuple[list[str], _Weights | None, _Weights]:
    """A text's words, and by language (as `_codes` has them) logarithms of how likely each makes
    them (minus infinity for one that has none of them) and how many of them it has.

    The first is None where no language has any.
    """
    words = _words(text)
    rows = [row for word in words if (row := _row(word)) is not None]
    if not rows:
        return words, None, np.zeros(len(_codes()))
    scores, known = np.add.reduce(rows)
    scores[known == 0] = -np.inf
    return words, scores, known


@lru_cache(maxsize=20_000)
def _row(word: str) -> _Weights | None:
    """What a word adds to the scores of all languages, and to their counts."""
    told = _table().get(word.lower().replace("’", "'"))
    if told is None:
        return None
    row = np.zeros((2, len(_codes())))
    for code, weight in told.items():
        row[:, _codes().index(code)] = weight - _FLOOR, 1.0
    return row


@lru_cache(maxsize=1)
def _codes() -> tuple[str, ...]:
    """The languages that are told apart, in alphabetical order."""
    import wordfreq

    return tuple(sorted(set(wordfreq.available_languages("small")) - _UNSPACED))


@lru_cache(maxsize=64)
def _places(languages: tuple[str, ...]) -> list[int]:
    return [_codes().index(code) for code in languages if code in _codes()]


def _words(text: str) -> list[str]:
    return _LETTERS.findall(_PLACEHOLDER.sub(" ", text[:_LENGTH]))[:_WORDS]


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, float]]:
    """Word -> language -> logarithm of its frequency there."""
    table: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for code in _codes():
        plain: dict[str, float] = {}
        for word, weight in _common(code):
            table[word][code] = weight
            bare = without_accents(word)
            if bare != word:
                plain.setdefault(bare, weight - _LOST_ACCENT)
        for word, weight in plain.items():
            table[word].setdefault(code, weight)
    return dict(table)


def _common(code: str) -> list[tuple[str, float]]:
    """A language's commonest words that are nothing but letters, with log frequencies."""
    import wordfreq

    found: list[tuple[str, float]] = []
    buckets = wordfreq.get_frequency_list(code, "small")
    for centibels, bucket in enumerate(buckets):
        weight = -centibels * math.log(10) / 100
        found.extend((word, weight) for word in sorted(bucket) if _LETTERS.fullmatch(word))
        if len(found) >= TOP:
            break
    return found


def without_accents(word: str) -> str:
    """A word with the marks of its letters taken off: `café` is `cafe`."""
    split = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(c for c in split if not unicodedata.combining(c)))


def _by_script(letters: str) -> str:
    """What the first letter that is not Latin tells; `""` where there is none."""
    for letter in letters:
        if letter.isascii():
            continue
        script = unicodedata.name(letter, "").split(" ", 1)[0].split("-")[0]
        if script and script != "LATIN":
            return _SCRIPTS.get(script, OTHER)
    return ""
