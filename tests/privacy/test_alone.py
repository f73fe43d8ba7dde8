"""The gate on rows that stand alone, against the code that decides what is told of a row."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.gates import alone
from transforms import crowd

CELLS = st.integers(0, 2)
GAPS = st.integers(0, 1)


@st.composite
def snippets(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for _ in range(draw(st.integers(1, 25))):
        n = draw(st.integers(1, 4))
        lists = {axis: draw(st.lists(CELLS, min_size=n, max_size=n)) for axis in "xy"}
        gaps = [0, *draw(st.lists(GAPS, min_size=n - 1, max_size=n - 1))]
        rows.append({"user_id": draw(st.sampled_from("abcd")), **lists, "gap": gaps, "app": 1,
                     "end": draw(st.integers(0, 1))})  # fmt: skip
    return rows


@st.composite
def acts(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for _ in range(draw(st.integers(1, 25))):
        told = [_act(draw, number) for number in range(draw(st.integers(2, 3)))]
        rows.append({"user_id": draw(st.sampled_from("abcd")), "actions": told})
    return rows


def _act(draw: st.DrawFn, number: int) -> dict[str, Any]:
    kind = draw(st.integers(0, 2))  # a click, typing, a drag that may end outside
    x, y = (draw(CELLS), draw(CELLS)) if kind != 1 else (None, None)
    to = draw(st.sampled_from([None, 1])) if kind == 2 else None
    gap = draw(GAPS) if number else 0
    return {"action": kind, "x": x, "y": y, "to_x": to, "to_y": to, "length": int(kind == 1),
            "hotkey": 0, "app": 0, "gap": gap}  # fmt: skip


_LISTS = dict.fromkeys(("x", "y", "gap"), pl.List(pl.UInt8))
_ACT = pl.Struct({
    "action": pl.Int64, "x": pl.UInt8, "y": pl.UInt8, "to_x": pl.UInt8, "to_y": pl.UInt8,
    "length": pl.Int64, "hotkey": pl.Int64, "app": pl.Int64, "gap": pl.UInt8,
})  # fmt: skip
SCHEMAS = {
    "pointer": {"user_id": pl.String, **_LISTS, "app": pl.Int64, "end": pl.Int64},
    "actions": {"user_id": pl.String, "actions": pl.List(_ACT)},
}
LEVELS = {"pointer": crowd.snippets(4), "actions": crowd.sequences(3)}


@given(st.one_of(st.tuples(st.just("pointer"), snippets()), st.tuples(st.just("actions"), acts())),
       st.integers(1, 4))  # fmt: skip
def test_what_a_crowd_made_passes_and_nothing_else(
    given_rows: tuple[str, list[dict[str, Any]]], least: int
) -> None:
    transform, rows = given_rows
    every = pl.DataFrame(rows, schema=SCHEMAS[transform], orient="row")
    kept = crowd.common(every, LEVELS[transform], least)
    assert alone.unlike(kept, every, transform, least) == 0
    whole = crowd.common(every, LEVELS[transform][:1], 1)
    found = alone.unlike(whole, every, transform, least)
    assert (found == 0) <= (kept.height == every.height)


@pytest.mark.parametrize(("users", "expected"), [("abc", 0), ("aab", 3), ("aaa", 3)])
def test_people_count_and_not_rows(users: str, expected: int) -> None:
    row = {"x": [1, 2], "y": [1, 2], "gap": [0, 1], "app": 0, "end": 1}
    every = pl.DataFrame([{"user_id": u, **row} for u in users], schema=SCHEMAS["pointer"])
    assert alone.unlike(every, every, "pointer", 3) == expected
