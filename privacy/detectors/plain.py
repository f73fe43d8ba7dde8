"""Texts in which no pattern can find anything: plain words, and none that a pattern needs.

Most of what people type is words, and nearly every pattern needs a digit, a sign, or one of a few
hundred words. What is told here holds for every detector but `context` and the tagger, and for
other readings of a text; the tests hold them to it. Whoever changes a pattern so that it finds
plain words adds what it needs.
"""

from __future__ import annotations

import re
from functools import lru_cache

from privacy.detectors import addresses, desktop, identifiers, secrets, spoken, titles

_LONGEST = 249  # shorter than what is found unread for being endless
_PLAIN = re.compile(r"(?:[A-Za-z][a-z]{0,14}(?![A-Za-z])|[ ,?!'\n]|\.(?![A-Za-z]))*")
_WORD = re.compile("[a-z]+")
_MOST = 3  # single letters, pairs of hex digits: four in a row are read as one
_LEAST_SPELLED = 3  # words for digits that are a number
_HEX = re.compile("[a-f]{2}|[a-f]{8,}")

_PARTS = frozenset(
    first
    for part in (
        *secrets.MAY_HOLD, *identifiers.MAY_LOG_IN, *desktop.MAY_CUE,
    )
    if (first := part.split(" ")[0]).isascii() and first.isalpha()
)  # fmt: skip
"""Parts of words that secrets, logins and customers are said with; of several words, the first."""

_WHOLE_WORDS = """
www basic bearer bic cd chdir computer corner host hostname machina machine mkdir pushd rechner
rmdir server serveur servidor swift
"""
_WHOLE = frozenset(_WHOLE_WORDS.split())
"""Words that some pattern begins with, beside those that the patterns below know."""

_ALONE = (addresses.MAY_HOLD, desktop.LEGAL_WORD, spoken.MAY_ADDRESS, titles.HELD)
_NOTHING, _LETTER, _PAIR, _DIGIT, _TELLING = range(5)


def is_plain(text: str) -> bool:
    """Whether no pattern but those of `context` finds anything in a text, in no reading of it."""
    if len(text) > _LONGEST or not _PLAIN.fullmatch(text):
        return False
    kinds = list(map(_kind, _WORD.findall(text.lower())))
    if not any(kinds):
        return True
    if _TELLING in kinds or kinds.count(_DIGIT) >= _LEAST_SPELLED:
        return False
    return kinds.count(_LETTER) <= _MOST and kinds.count(_PAIR) <= _MOST


@lru_cache(maxsize=65_536)
def _kind(word: str) -> int:
    """What a lower-case word of ASCII letters may do for a pattern."""
    if word in _WHOLE or any(part in word for part in _PARTS):
        return _TELLING
    cases = (word, word.upper(), word.capitalize())
    if any(pattern.search(one) for pattern in _ALONE for one in cases):
        return _TELLING
    if word in spoken.DIGITS:
        return _DIGIT
    if len(word) == 1:
        return _LETTER
    if _HEX.fullmatch(word):
        return _PAIR if len(word) == 2 else _TELLING
    return _NOTHING
