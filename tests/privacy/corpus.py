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
        "STREET_ADDRESS",
        "GPE",
        "NRP",
        "CREDIT_CARD",
        "PHONE_NUMBER",
        "EMAIL_ADDRESS",
        "ZIP_CODE",
        "DOMAIN_NAME",
        "IBAN_CODE",
        "US_SSN",
        "IP_ADDRESS",
        "US_DRIVER_LICENSE",
    }
)
"""Kinds of the corpus's spans; names of organisations (often common words: `Lending Club`,
`Here`) are counted apart. `TITLE`, `AGE` and `DATE_TIME` identify nobody without a digit."""

_GENERIC_WORDS = """
a an the of and or in on at to for by with from new de do du la le al el
mr mrs ms miss dr prof sir st street streets avenue road lane drive way court square park corner
apt suite box po unit floor building number house country city town united states
inc incorporated ltd llc co company corp corporation group partners associates technologies
"""
GENERIC = frozenset(_GENERIC_WORDS.split())
"""What tells nobody anything when it alone is left of a name or an address."""

_WORD = re.compile(r"[^\W\d_]+")


@dataclass
class Measured:
    """Spans by kind: all, those that leave a word, a telling word, those covered whole."""

    spans: Counter[str] = field(default_factory=Counter)
    leaving: Counter[str] = field(default_factory=Counter)
    leaking: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    words: int = 0
    lost: int = 0

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
    rows: Sequence[dict[str, Any]], found: Sequence[Sequence[Finding]], allowed: frozenset[str]
) -> Measured:
    """What is left of each marked span, and which words outside the spans are lost."""
    result = Measured()
    for row, findings in zip(rows, found, strict=True):
        text = row["full_text"]
        covered = _mask(text, ((f.start, f.end) for f in findings))
        spans = [(s["start_position"], s["end_position"], s["entity_type"]) for s in row["spans"]]
        kept = [
            (m.start(), m.end(), set() if any(covered[slice(*m.span())]) else _left(m[0], allowed))
            for m in re.finditer(r"\S+", text)
        ]
        for start, end, kind in spans:
            words = {word.lower() for word in _WORD.findall(text[start:end])}
            left = {w for a, b, ws in kept if a < end and b > start for w in ws & words}
            result.spans[kind] += 1
            result.leaving[kind] += bool(left)
            result.leaking[kind] += bool(left - GENERIC)
            result.covered[kind] += all(covered[i] or text[i].isspace() for i in range(start, end))
        marked = _mask(text, ((start, end) for start, end, _ in spans))
        outside = [ws for a, b, ws in kept if not any(marked[a:b]) and _WORD.search(text[a:b])]
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
