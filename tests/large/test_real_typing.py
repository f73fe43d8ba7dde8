"""Text rebuilt from real keystrokes, against what was submitted. Counts are printed, no text."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import polars as pl
import pytest

from etl.errors import TacendaError
from etl.sources import inputlog
from tests.large import aalto
from transforms import events, typed_text

pytestmark = pytest.mark.audit

Shared = Callable[[str], Path]


def lacks(sentence: aalto.Sentence) -> bool:
    """Whether the log has too few keys for the text, however they are read."""
    length = 0
    for event in aalto.events_of(sentence):
        key = event.get("key") or ""
        length += len(key) == 1
        length -= length > 0 and key in ("Backspace", "Delete")
    return length < len(sentence.text)


def kind_of_mismatch(sentence: aalto.Sentence, made: str) -> str:
    """Why a text marked exact is not the one that was submitted, as far as the log tells."""
    keys = Counter(event.get("key") for event in aalto.events_of(sentence))
    text = sentence.text
    if lacks(sentence):
        return "keys are missing"
    if made.strip() == text.strip():
        return "blanks at an end"
    if made.lower() == text.lower():
        return "capitals: Shift or Caps Lock is not in the log"
    if any(key and key.startswith(("Arrow", "Home", "End", "PageD")) for key in keys):
        return "the caret was moved, partly by steps that are not in the log"
    if sorted(made) == sorted(text):
        return "the same letters in another order: two keys at once, or the mouse moved the caret"
    if len(made) > len(text):
        return "something was deleted that no key deleted: a repeat, or a selection by mouse"
    return "some letters differ: a key of another layout, or one missing and one too many"


@pytest.fixture
def samples() -> Path:
    """The folder of Aalto's 136 million keystrokes, or of some of its files."""
    given = os.environ.get("TACENDA_AALTO")
    if not given or not any(Path(given).glob("*.txt")):
        pytest.skip("TACENDA_AALTO names no folder with Aalto's keystroke files")
    return Path(given)


def test_aalto_s_sentences(samples: Path) -> None:
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    given = aalto.sentences(samples)
    while batch := list(islice(given, 2_000)):
        made = rebuilt(batch)
        for sentence in batch:
            kind, text = made.get((sentence.user, sentence.section), ("nothing", ""))
            counts["sentences"] += 1
            counts[kind] += 1
            if kind == typed_text.EXACT and not lacks(sentence):
                counts["exact, no key missing"] += 1
                counts["equal"] += text == sentence.text
            if kind == typed_text.EXACT and text != sentence.text:
                kinds[kind_of_mismatch(sentence, text)] += 1
    exact = counts["exact"] / counts["sentences"]
    equal = counts["equal"] / counts["exact, no key missing"]
    told = [f"Aalto: {exact:.2%} exact, {equal:.2%} of those without a missing key equal"]
    told += [f"{n:8d}  {name}" for name, n in (counts + kinds).most_common()]
    sys.stdout.write("\n".join(["", *told, ""]))
    assert exact >= 0.80 and equal >= 0.97


def rebuilt(batch: Sequence[aalto.Sentence]) -> dict[tuple[str, str], tuple[str, str]]:
    """Kind and text by participant and sentence; a sentence of several rows is in pieces."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    made = typed_text.judged(aalto.frame(batch), one_line=True)
    for user, section, kind, text in made.select(
        "user_id", "device_id", "kind", "text"
    ).iter_rows():
        place = (user, section)
        found[place] = (typed_text.PIECES, "") if place in found else (kind, text or "")
    return found


def common(one: str, other: str) -> int:
    """How long the longest text is that stands in both in the same order; by bits, as is usual."""
    places: dict[str, int] = {}
    for n, char in enumerate(one):
        places[char] = places.get(char, 0) | 1 << n
    full = (1 << len(one)) - 1
    row = full
    for char in other:
        hit = row & places.get(char, 0)
        row = ((row + hit) | (row - hit)) & full
    return len(one) - row.bit_count()


def essay(log: Path) -> pl.DataFrame:
    """What is made of a log where the source answers for the mouse.

    It does not, as it is read now: these writers also clicked, and the log tells so only by the
    place of each key in the document. So this measures what trusting it would cost.
    """
    read = inputlog.read(log, user_id="u", device_id="d").events
    parted = read.with_columns(pl.lit(0, pl.Int64).alias("part"))
    framed = events.with_focus(events.with_runs(events.in_order(parted)), {})
    return typed_text.segments(framed, sighted=True)


def test_inputlog_s_essays(shared_data: Shared) -> None:
    counts: Counter[str] = Counter()
    for log in sorted(shared_data("inputlog").glob("*.idfx")):
        try:
            made = essay(log)
        except TacendaError:
            counts["logs refused"] += 1
            continue
        final = log.with_name(log.name.replace("_il_", "_ft_")).with_suffix(".txt")
        text = final.read_text(encoding="utf-8-sig")
        typed = "".join(made.sort("first_ts")["text"]).replace("\n", "")
        counts["logs"] += 1
        counts["characters of final texts"] += len(text)
        counts["characters of segments"] += len(typed)
        counts["of them in the final text, in that order"] += common(typed, text)
    told = [f"{n:8d}  {name}" for name, n in counts.items()]
    sys.stdout.write("\n".join(["", "Inputlog:", *told, ""]))
    share = counts["of them in the final text, in that order"] / counts["characters of segments"]
    assert (counts["logs"], counts["logs refused"]) == (9, 1)
    assert share >= 0.90 and counts["characters of segments"] > 8_000


def test_inputlog_s_essays_are_not_trusted_by_default(shared_data: Shared) -> None:
    for log in sorted(shared_data("inputlog").glob("*_1.idfx"))[:3]:
        read = inputlog.read(log, user_id="u", device_id="d").events
        parted = read.with_columns(pl.lit(0, pl.Int64).alias("part"))
        framed = events.with_focus(events.with_runs(events.in_order(parted)), {})
        made = typed_text.judged(framed)
        assert set(made["kind"]) <= {typed_text.UNKNOWN}
