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

_ENDLESS = re.compile(r"\S{250}")  # what is found unread
_LOWER, _CAPITALS = "a-zß-öø-ÿ", "A-ZÀ-ÖØ-Þ"
_PLAIN = re.compile(
    rf"(?:[{_CAPITALS}{_LOWER}][{_LOWER}]{{0,24}}(?![{_CAPITALS}{_LOWER}])"
    rf"|[ ,?!'\n]|\.(?![{_CAPITALS}{_LOWER}]))*"
)
_WORD = re.compile(f"[{_LOWER}]+")
_MOST = 3  # single letters, pairs of hex digits: four in a row are read as one
_LEAST_SPELLED = 3  # words for digits that are a number
_HEX = re.compile("(?<![a-z])[a-f]{2}(?![a-z])")
_ENCODED = re.compile("[a-f]{8}")

_SAID = [
    part
    for part in (*secrets.MAY_HOLD, *identifiers.MAY_LOG_IN, *desktop.MAY_CUE)
    if part.replace(" ", "").isalpha()
]
_BEGINNINGS = ("bic", "swift", *(part for part in _SAID if " " not in part))
"""What words begin with that secrets, logins and customers are said with."""
_WITHIN = ("word", "wort", "woord", "digo", "key", "token", "secret", "code", "phrase")
"""What such words may hold elsewhere: `apikey`, `Zugangspasswort`."""

_WHOLE_WORDS = """
www adduser basic bearer cd chdir computer corner host hostname iwctl machina machine mkdir netsh
nmcli pushd rechner rmdir server serveur servidor setx
"""
_WHOLE = frozenset(_WHOLE_WORDS.split()) | {part.split(" ")[0] for part in _SAID if " " in part}
"""Words that some pattern begins with, beside those that the patterns below know."""

_ALONE = (addresses.MAY_HOLD, desktop.LEGAL_WORD, spoken.MAY_ADDRESS, titles.HELD)
_NOTHING, _LETTER, _PAIR, _DIGIT, _TELLING = range(5)


def is_plain(text: str) -> bool:
    """Whether no pattern but those of `context` finds anything in a text, in no reading of it."""
    if not _PLAIN.fullmatch(text) or _ENDLESS.search(text):
        return False
    kinds = list(map(_kind, _WORD.findall(text.lower())))
    if not any(kinds):
        return True
    if _TELLING in kinds or kinds.count(_DIGIT) >= _LEAST_SPELLED:
        return False
    return kinds.count(_LETTER) <= _MOST and kinds.count(_PAIR) <= _MOST


@lru_cache(maxsize=65_536)
def _kind(word: str) -> int:
    """What a lower-case word of Latin letters may do for a pattern, with a capital or without."""
    if word in _WHOLE or word.startswith(_BEGINNINGS) or any(part in word for part in _WITHIN):
        return _TELLING
    cases = (word, word.capitalize())
    if any(pattern.search(one) for pattern in _ALONE for one in cases):
        return _TELLING
    if word in spoken.DIGITS:
        return _DIGIT
    if len(word) == 1:
        return _LETTER
    if _ENCODED.search(word):
        return _TELLING
    return _PAIR if _HEX.search(word) else _NOTHING
