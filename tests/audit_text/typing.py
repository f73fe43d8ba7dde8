"""What hands make of a text: case, accents, punctuation and letters get lost, spans stay marked."""

from __future__ import annotations

import random
import re
import unicodedata

STYLES = ("tidy", "lower", "bare", "typos", "plain", "half")
"""`tidy` as written, `lower` without capitals, `bare` without capitals or punctuation, `typos` a
slip in one word of eight, in half of the texts in lower case, `plain` without capitals or
accents, `half` the last name of the text cut short."""

Part = tuple[str, str | None]

_FIXED = ("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "USER_NAME", "ID", "PASSPORT")
_MARKS = re.compile(r"[.,!?:;()¿¡]")
_WORD = re.compile(r"[^\W\d_]{4,}")
_SLIPS = 8  # one word in so many
_SHORTEST = 5  # a name that is cut short has at least so many letters, and loses one or two


def typed(rng: random.Random, parts: list[Part], style: str) -> list[Part]:
    """The parts as somebody types them in one of `STYLES`."""
    if style == "tidy":
        return parts
    if style == "typos":
        small = rng.random() < 0.5
        return [(_slipped(rng, t.lower() if small else t), k) for t, k in parts]
    if style == "half":
        return _cut(rng, [(text.lower(), kind) for text, kind in parts])
    low = [(text.lower(), kind) for text, kind in parts]
    if style == "plain":
        return [(_without_accents(text), kind) for text, kind in low]
    if style == "bare":
        return [(t if k in _FIXED else _MARKS.sub("", t), k) for t, k in low]
    return low


def _slipped(rng: random.Random, text: str) -> str:
    def slip(match: re.Match[str]) -> str:
        word = match[0]
        return _slip(rng, word) if rng.randrange(_SLIPS) == 0 else word

    return text if "@" in text else _WORD.sub(slip, text)


def _slip(rng: random.Random, word: str) -> str:
    place = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == 1:
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place] + word[place:]


def _cut(rng: random.Random, parts: list[Part]) -> list[Part]:
    names = [i for i, (t, k) in enumerate(parts) if k == "PERSON" and len(t) >= _SHORTEST]
    if not names:
        return parts
    text, kind = parts[names[-1]]
    return [
        (text[: -rng.choice((1, 2))], kind) if i == names[-1] else part
        for i, part in enumerate(parts)
    ]


def _without_accents(text: str) -> str:
    split = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in split if not unicodedata.combining(c)))
