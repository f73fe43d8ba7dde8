"""The texts with marked spans that detection is measured on, and how it is measured."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from privacy.findings import Finding
from privacy.vocabulary import admitted_chunk

FILE = Path("presidio-research") / "synth_dataset_v2.json"

IDENTIFYING = frozenset(
    {
        "PERSON",
        "CREDIT_CARD",
        "PHONE_NUMBER",
        "EMAIL_ADDRESS",
        "IBAN_CODE",
        "US_SSN",
        "IP_ADDRESS",
        "US_DRIVER_LICENSE",
        "ID",
        "PASSPORT",
        "USER_NAME",
    }
)
"""Kinds of spans that lead to one person by themselves."""

ADDRESS = frozenset({"STREET_ADDRESS"})

QUASI = frozenset(
    {"ORGANIZATION", "GPE", "NRP", "DATE_TIME", "TITLE", "AGE", "ZIP_CODE", "DOMAIN_NAME"}
)
"""Kinds that lead to somebody only beside others; many of them are common words (`Here`)."""

_GENERIC_WORDS = """
a an the of and or in on at to for by with from new
de do du des da dos la le les lo al el van der den ter von zu zum zur di del della dalla bin ben d o
y e und et mc
mr mrs ms miss dr prof sir st jr sr
street streets avenue road lane drive way court square park corner close row hill gardens terrace
rue allee allée place chemin route boulevard quai impasse cours square
strasse straße str platz weg ring am an der dem den unter
calle avenida plaza paseo camino carretera via piazza piazzale corso viale vicolo largo strada
rua travessa praça praca estrada alameda straat laan plein
apt appt apto suite box po bp cp postfach postbus unit floor flat building number house
og stock etage étage bis ter esq piso scala casa bloco bloque lote
country city town united states north south east west
inc incorporated ltd llc co company corp corporation group partners associates technologies
"""
GENERIC = frozenset(_GENERIC_WORDS.split())
"""What tells nobody anything when it alone is left of a name or an address."""

_WORD = re.compile(r"[^\W\d_]+")
_PLAIN = re.compile(r"\D*[^\W\d_]\D*")


@dataclass
class Measured:
    """Spans by kind: all, those that leave a word, a telling word, those covered whole."""

    spans: Counter[str] = field(default_factory=Counter)
    leaving: Counter[str] = field(default_factory=Counter)
    leaking: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    words: int = 0
    lost: int = 0
    leaks: list[tuple[int, int, str]] = field(default_factory=list)
    """Row, place among its spans, and kind of each span that leaves a telling word."""

    def leak_rate(self, kinds: frozenset[str]) -> float:
        return sum(self.leaking[k] for k in kinds) / sum(self.spans[k] for k in kinds)


def location(name: Path) -> Path:
    """Where a shared file would be."""
    default = Path(__file__).parents[2].parent / "shared" / "data"
    return Path(os.environ.get("TACENDA_TEST_DATA", default)) / name


def shared(name: Path) -> Path:
    """A shared file; skips where it is absent, fails instead where `CI` is `true`."""
    path = location(name)
    if not path.exists():
        message = f"the shared test data is not there: {name}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


def samples(*, lower: bool = False) -> list[dict[str, Any]]:
    """The corpus's rows: `full_text` and `spans`; lower-cased where that keeps the length."""
    rows: list[dict[str, Any]] = json.loads(shared(FILE).read_text(encoding="utf-8"))
    if not lower:
        return rows
    return [
        {**row, "full_text": low}
        for row in rows
        if len(low := row["full_text"].lower()) == len(row["full_text"])
    ]


def measure(
    rows: Sequence[dict[str, Any]],
    found: Sequence[Sequence[Finding]],
    allowed: frozenset[str] | Sequence[frozenset[str]],
) -> Measured:
    """What is left of each marked span, and which words outside the spans are lost.

    `allowed` is one list of words for all rows or one for each. Tokens with a digit in them are no
    words, and not counted as lost.
    """
    result = Measured()
    lists = [allowed] * len(rows) if isinstance(allowed, frozenset) else allowed
    for number, (row, findings, words_of) in enumerate(zip(rows, found, lists, strict=True)):
        text = row["full_text"]
        covered = _mask(text, ((f.start, f.end) for f in findings))
        spans = [(s["start_position"], s["end_position"], s["entity_type"]) for s in row["spans"]]
        kept = [
            (m.start(), m.end(), set() if any(covered[slice(*m.span())]) else _left(m[0], words_of))
            for m in re.finditer(r"\S+", text)
        ]
        for place, (start, end, kind) in enumerate(spans):
            words = {word.lower() for word in _WORD.findall(text[start:end])}
            left = {w for a, b, ws in kept if a < end and b > start for w in ws & words}
            result.spans[kind] += 1
            result.leaving[kind] += bool(left)
            result.leaking[kind] += bool(left - GENERIC)
            result.leaks += [(number, place, kind)] if left - GENERIC else []
            result.covered[kind] += all(covered[i] or text[i].isspace() for i in range(start, end))
        marked = _mask(text, ((start, end) for start, end, _ in spans))
        outside = [ws for a, b, ws in kept if not any(marked[a:b]) and _PLAIN.fullmatch(text[a:b])]
        result.words += len(outside)
        result.lost += sum(not words for words in outside)
    return result


def _mask(text: str, spans: Iterator[tuple[int, int]]) -> bytearray:
    mask = bytearray(len(text))
    for start, end in spans:
        mask[start:end] = b"\1" * (end - start)
    return mask


def _left(chunk: str, allowed: frozenset[str]) -> set[str]:
    bare = re.sub(r"<[A-Z]+>", " ", admitted_chunk(chunk, allowed))
    return {word.lower() for word in _WORD.findall(bare)}
