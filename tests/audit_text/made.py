"""Texts of people at work in seven languages, with every span that names somebody marked.

Frames (`frames/<language>.txt`), names and streets (`streets.txt`) are written by hand, apart from
every list that the detectors use. The detectors were tuned on texts with the names in `people.txt`;
those in `held.txt` were written afterwards. `blind.txt` and the frames in `blind` were written
before the rules about words that are names were changed, and looked at after. The same seed gives
the same texts.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.audit_text import values
from tests.audit_text.typing import STYLES, typed

HERE = Path(__file__).parent
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
HOME = {
    "en": ("english", "words", "american", "irish"),
    "de": ("german", "germanwords", "particles"),
    "fr": ("french", "frenchwords", "particles"),
    "es": ("spanish", "spanishwords", "basque_catalan"),
    "it": ("italian", "italianwords"),
    "nl": ("dutch", "dutchwords", "particles"),
    "pt": ("portuguese", "portuguesewords"),
}
KINDS = {
    "full": "PERSON",
    "given": "PERSON",
    "family": "PERSON",
    "email": "EMAIL_ADDRESS",
    "phone": "PHONE_NUMBER",
    "card": "CREDIT_CARD",
    "iban": "IBAN_CODE",
    "id": "ID",
    "passport": "PASSPORT",
    "user": "USER_NAME",
    "ip": "IP_ADDRESS",
    "address": "STREET_ADDRESS",
}

SLOT = re.compile(r"\{(\w+)\}")

Part = tuple[str, str | None]
"""A piece of a text and what kind of span it is, if any."""


@dataclass(frozen=True)
class People:
    given: tuple[str, ...]
    family: tuple[str, ...]


TUNED, HELD, BLIND = "people.txt", "held.txt", "blind.txt"
FRAMES, OTHER_FRAMES = "frames", "blind"


@cache
def people(file: str = TUNED) -> dict[str, People]:
    """Given and family names by culture."""
    found = {}
    for line in lines(HERE / file):
        culture, names = line.split(": ", 1)
        given, family = names.split(" / ")
        found[culture] = People(
            tuple(given.split()), tuple(family.split("|" if "|" in family else None))
        )
    return found


@cache
def frames(language: str, folder: str = FRAMES) -> tuple[str, ...]:
    """The sentences of a language, with slots in braces."""
    return tuple(line.replace("\\n", "\n") for line in lines(HERE / folder / f"{language}.txt"))


def lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            yield line


def texts(n: int, seed: int, file: str = TUNED, folder: str = FRAMES) -> list[dict[str, Any]]:
    """`n` rows as in the shared corpus, with `language`, `style`, and `culture` in each span.

    Half of the texts have names of the language's own country, half of any.
    """
    rng = random.Random(seed)
    turns = [(LANGUAGES[i % len(LANGUAGES)], STYLES[i % len(STYLES)]) for i in range(n)]
    return [_text(rng, language, style, file, folder) for language, style in turns]


def _text(rng: random.Random, language: str, style: str, file: str, folder: str) -> dict[str, Any]:
    names = people(file)
    home = [culture for culture in HOME[language] if culture in names]
    culture = rng.choice(home if rng.random() < 0.5 else sorted(names))
    parts: list[Part] = []
    chosen = rng.sample(frames(language, folder), 1 if rng.random() < 0.6 else 2)
    for frame in chosen:
        if parts:
            parts.append((rng.choice([" ", "\n", ". "]), None))
        parts += _filled(rng, frame, language, names[culture])
    text, spans = "", []
    for piece, kind in typed(rng, parts, style):
        if kind:
            spans.append(
                {
                    "start_position": len(text),
                    "end_position": len(text) + len(piece),
                    "entity_type": kind,
                    "entity_value": piece,
                    "culture": culture,
                }
            )
        text += piece
    return {"full_text": text, "spans": spans, "language": language, "style": style}


def _filled(rng: random.Random, frame: str, language: str, own: People) -> Iterator[Part]:
    for index, piece in enumerate(SLOT.split(frame)):
        if index % 2 == 0:
            if piece:
                yield piece, None
        elif piece in ("full", "given", "family"):
            yield _name(rng, piece, own), KINDS[piece]
        else:
            yield values.value(rng, piece, language, own.given, own.family), KINDS[piece]


def _name(rng: random.Random, slot: str, own: People) -> str:
    given, family = rng.choice(own.given), rng.choice(own.family)
    if slot != "full":
        return given if slot == "given" else family
    form = rng.random()
    if form < 0.1:
        return f"{family}, {given}"
    if form < 0.2:
        return f"{given[0]}. {family}"
    if form < 0.3:
        return f"{given} {rng.choice(own.given)[0]}. {family}"
    if form < 0.4:
        return f"{given} {rng.choice(own.given)} {family}"
    return f"{given} {family}"
