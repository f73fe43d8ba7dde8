"""Text rebuilt from random editing histories, against an editor that knows what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import polars as pl
import pytest

from tests.transforms import editor_model
from tests.transforms.editor_model import CATEGORIES, LETTERS, Editor
from transforms import events, typed_text

_ALL = set(LETTERS)


def frame(editors: Iterable[tuple[int, Editor]]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for seed, editor in editors:
        whose = {"user_id": f"u{seed}", "device_id": "d", "session_id": "s"}
        own = [*editor.events, {"ts": 86_000_000_000, "type": "mousemove", "x": 1.0, "y": 1.0}]
        rows += [{**whose, "seq": n, **event} for n, event in enumerate(own)]
    made = pl.DataFrame(rows, schema=events.SCHEMA, infer_schema_length=None)
    parted = made.with_columns(pl.lit(0, pl.Int64).alias("part"))
    return events.with_focus(events.with_runs(events.in_order(parted)), CATEGORIES)


def wrong(editor: Editor, rows: pl.DataFrame) -> str | None:
    """What is wrong with the rows made of a history; None where all is right."""
    kept = {one.text[0] for one in editor.standing() if one.ts is not None}
    for text, kind, first, last in rows.select("text", "kind", "first_ts", "last_ts").iter_rows():
        if not _letters(text) <= kept:
            return "what was deleted came out"
        stood = editor.left_at(last)
        own = "".join(c.text for c in stood if c.ts is not None and first <= c.ts <= last)
        if kind == typed_text.EXACT and text != own:
            return "exact, but not what stood there"
        places = {char: n for n, char in enumerate(own)}
        for line in text.split("\n"):
            order = [places.get(char, -1) for char in line if char in _ALL]
            if order != sorted(order) or -1 in order:
                return "a piece that did not stand there"
    return None


def _letters(text: str) -> set[str]:
    return set(text) & _ALL


def check(seeds: range) -> Counter[str]:
    """Checks histories and counts what became of them."""
    made = [(seed, editor_model.history(seed)) for seed in seeds]
    counts: Counter[str] = Counter()
    for one_line in (False, True):
        some = [pair for pair in made if (pair[1].kind == "line") == one_line]
        if not some:
            continue
        rows = typed_text.judged(frame(some), one_line=one_line)
        counts.update(rows["kind"].to_list())
        used = rows.filter(pl.col("kind") != typed_text.UNKNOWN)
        parts = used.partition_by("user_id", as_dict=True)
        for seed, editor in some:
            own = parts.get((f"u{seed}",))
            fault = wrong(editor, own) if own is not None else None
            assert fault is None, f"history {seed} ({editor.kind}, {editor.platform}): {fault}"
            counts[editor.kind] += 1
    return counts


@pytest.mark.parametrize("start", range(0, 600, 200))
def test_histories(start: int) -> None:
    counts = check(range(start, start + 200))
    assert min(counts[kind] for kind in editor_model.KINDS) > 10
    assert counts["exact"] > 30 and counts["pieces"] > 30


@pytest.mark.audit
@pytest.mark.parametrize("start", range(1_000, 101_000, 5_000))
def test_many_histories(start: int) -> None:
    for first in range(start, start + 5_000, 500):
        check(range(first, first + 500))
