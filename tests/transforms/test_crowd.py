"""Of a row so much is told as several people could have made."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import actions, crowd

LISTS = dict.fromkeys(("x", "y", "gap"), pl.List(pl.UInt8))
Path = list[int]


def _snippets(*rows: tuple[str, Path, str]) -> pl.DataFrame:
    """(person, cells of both axes, what ended it), with gaps of one bin."""
    made = [
        {"user_id": user, "x": path, "y": path, "gap": [0] + [1] * (len(path) - 1), "app": "chat",
         "end": end}
        for user, path, end in rows
    ]  # fmt: skip
    schema = {"user_id": pl.String, **LISTS, "app": pl.String, "end": pl.String}
    return pl.DataFrame(made, schema=schema)


def _kept(rows: pl.DataFrame, least: int) -> list[tuple[str, Path]]:
    kept = crowd.common(rows, crowd.snippets(6), least)
    assert kept.columns == rows.columns and kept.schema == rows.schema
    assert kept["gap"].list.first().to_list() == [0] * kept.height
    assert kept["gap"].list.len().to_list() == kept["x"].list.len().to_list()
    return list(kept.select("user_id", "x").iter_rows())


@pytest.mark.parametrize(
    ("least", "expected"),
    [
        (1, [("a", [1, 2, 3]), ("b", [9, 2, 3]), ("c", [7, 7, 3]), ("a", [1, 1])]),
        (2, [("a", [2, 3]), ("b", [2, 3]), ("c", [3])]),
        (3, [("a", [3]), ("b", [3]), ("c", [3])]),
        (4, []),
    ],
)
def test_points_go_until_so_many_people_made_the_like(
    least: int, expected: list[tuple[str, Path]]
) -> None:
    rows = _snippets(
        ("a", [1, 2, 3], "left"), ("b", [9, 2, 3], "left"), ("c", [7, 7, 3], "left"),
        ("a", [1, 1], "left"),
    )  # fmt: skip
    assert _kept(rows, least) == expected


def test_one_person_s_many_rows_are_no_crowd() -> None:
    assert _kept(_snippets(*[("a", [1, 2], "left")] * 9), 2) == []


def test_what_ended_a_row_must_be_alike() -> None:
    assert _kept(_snippets(("a", [1], "left"), ("b", [1], "right")), 2) == []


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.lists(st.integers(0, 2), min_size=1, max_size=4),
                  st.sampled_from(["left", "none"])),
        max_size=20,
    ),
    st.integers(1, 4),
)  # fmt: skip
def test_every_row_that_stays_has_a_crowd(rows: list[tuple[str, Path, str]], least: int) -> None:
    frame = _snippets(*rows)
    for user, path in _kept(frame, least):
        ends = {(u, e) for u, p, e in rows if p[-len(path):] == path}  # fmt: skip
        crowds = [{u for u, e in ends if e == end} for _, end in ends]
        assert any(len(people) >= least and user in people for people in crowds)


def _acted(user: str, *places: int | None, kinds: str = "click") -> dict[str, Any]:
    one = {"to_x": None, "to_y": None, "length": "none", "hotkey": "none", "app": "none", "gap": 1}
    told = [{**one, "action": kinds, "x": place, "y": place} for place in places]
    told[0]["gap"] = 0
    return {"user_id": user, "actions": told}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([_acted("a", 1, 2, 3), _acted("b", 1, 2, 3)], [[1, 2, 3]] * 2),
        ([_acted("a", 1, 2, 3), _acted("b", 1, 5, 3)], [[None, None, 3]] * 2),
        ([_acted("a", 1, 2, 3), _acted("b", 4, 5, 6)], [[None] * 3] * 2),
        ([_acted("a", 1, 2, 3), _acted("b", 2, 3)], [[2, 3]] * 2),
        ([_acted("a", 1, 2, 3), _acted("b", 9, 3)], [[None, 3]] * 2),
        ([_acted("a", 1, 2), _acted("b", 1, 2, kinds="drag")], []),
    ],
)
def test_places_go_first_and_then_actions(
    rows: list[dict[str, Any]], expected: list[list[int | None]]
) -> None:
    schema = {"user_id": pl.String(), "actions": pl.List(actions.ACTION)}
    frame = pl.DataFrame(rows, schema=schema)
    kept = crowd.common(frame, crowd.sequences(3), 2)
    assert kept.schema == frame.schema
    assert [[one["x"] for one in row] for row in kept["actions"]] == expected
    assert all(row[0]["gap"] == 0 for row in kept["actions"].to_list())
