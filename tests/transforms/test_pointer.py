"""Snippets of the pointer's path, worked out by hand and by a slow reference."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms import reference
from tests.transforms.frames import (
    DAY_MS,
    START_US,
    Event,
    down,
    focus,
    frame,
    key,
    move,
    ms_of,
    prepared,
    streams,
    up,
    wheel,
)
from transforms.events import LINEAGE
from transforms.grid import Grid
from transforms.pointer import PointerParams, mix, outside, shortened, size, snippets

Path = list[tuple[int, int]]
FINE = Grid(64, 36)

PARAMS = st.builds(
    PointerParams,
    st.sampled_from([FINE, Grid(), Grid(64, 36, 500)]),
    st.integers(1, 8),
    st.sampled_from([500, 2000, 10_000]),
)


def _made(rows: list[Event], params: PointerParams | None = None) -> list[dict[str, Any]]:
    return snippets(prepared(rows), params or PointerParams(FINE)).to_dicts()


def _paths(rows: list[Event], params: PointerParams | None = None) -> list[Path]:
    """The columns and gaps of each snippet; a cell is 10 wide, a bin 250 ms."""
    return [list(zip(row["x"], row["gap"], strict=True)) for row in _made(rows, params)]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([(0, 5), (250, 15)], [(0, 0), (1, 1)]),
        ([(0, 5), (249, 15), (250, 25)], [(1, 0), (2, 1)]),
        ([(0, 5), (100, 95), (200, 15), (499, 25)], [(1, 0), (2, 1)]),
        ([(0, 5), (500, 15), (1750, 25)], [(0, 0), (1, 2), (2, 3)]),
        ([(0, 5), (250, 6), (500, 9), (750, 15)], [(0, 0), (1, 2)]),
        ([(0, 5), (250, 15), (500, 5)], [(0, 0), (1, 1), (0, 1)]),
        ([(100, 5), (349, 15), (350, 25)], [(1, 0), (2, 1)]),
        ([(0, 5), (1999, 15)], [(0, 0), (1, 3)]),
    ],
    ids=["two bins", "the last of a bin", "what lies within a bin is not told", "gaps in log2",
         "standing in one cell", "there and back", "bins from the start of the clip", "no rest"],
)  # fmt: skip
def test_cells_and_gaps(samples: list[tuple[int, float]], expected: Path) -> None:
    assert _paths([move(ms, x) for ms, x in samples]) == [expected]


def test_a_snippet_in_full() -> None:
    rows = [focus(0, "chrome"), move(100, 5, 5), move(400, 25, 38), down(700, 26, 39)]
    assert _made(rows) == [
        {
            "x": [0, 2], "y": [0, 3], "gap": [0, 1], "app": "browser", "end": "left",
            "user_id": "ann", "device_id": "d1", "first_ts": START_US + 100_000,
            "last_ts": START_US + 700_000, "n_keyboard": 0, "n_mouse": 3, "n_other": 0,
            "ordinal": 0,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("last", "end"),
    [
        (down(250, 15, button="left"), "left"),
        (down(250, 15, button="right"), "right"),
        (down(250, 15, button="middle"), "middle"),
        (down(250, 15, button="x1"), "other"),
        (down(250, 15, button=None), "other"),
        (wheel(250, x=15), "wheel"),
        (move(250, 15), "none"),
    ],
)
def test_what_ended_a_snippet(last: Event, end: str) -> None:
    made = _made([move(0, 5), last, move(500, 25), move(1000, 35)])
    expected = [([0, 1], end), ([2, 3], "none")]
    assert [(row["x"], row["end"]) for row in made] == (
        expected if end != "none" else [([0, 1, 2, 3], "none")]
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([wheel(300 * n) for n in range(1, 9)], [[3, 0]]),
        ([wheel(300), wheel(2299), move(2400, 15), wheel(2700)], [[3, 0], [1, 0]]),
        ([wheel(300), wheel(2300), move(2400, 15)], [[3, 0]]),
        ([wheel(300), wheel(600), down(900, 25), move(1200, 15)], [[3, 0], [2]]),
        ([wheel(300), wheel(600, x=700), move(900, 15), move(1200, 25)], [[3, 0], [1, 2]]),
    ],
)
def test_turns_of_the_wheel_one_after_another_are_one(
    rows: list[Event], expected: list[list[int]]
) -> None:
    assert [row["x"] for row in _made([move(0, 35), *rows])] == expected


@pytest.mark.parametrize(
    ("then", "clips"),
    [
        ([], 1),
        ([key(600, "a"), up(601, 300)], 1),
        ([focus(600, "chrome")], 2),
        ([{"part": 1}], 2),
        ([{"session_id": "s2"}], 2),
        ([{"device_id": "d2"}], 2),
        ([{"user_id": "bob"}], 2),
        ([{"shift": 1500}], 2),
        ([{"shift": 1499}], 1),
        ([{"shift": DAY_MS}], 2),
    ],
)
def test_what_a_snippet_never_crosses(then: list[Event], clips: int) -> None:
    first, second = [move(0, 5), move(500, 15)], [move(1000, 25), move(1500, 35)]
    extra = [one for one in then if "type" in one]
    for change in (one for one in then if "type" not in one):
        shift = change.pop("shift", 0) * 1000
        second = [{**one, **change, "ts": one["ts"] + shift} for one in second]
    made = _made([*first, *second, *extra])
    paths = [row["x"] for row in made]
    assert paths == ([[0, 1, 2, 3]] if clips == 1 else [[0, 1], [2, 3]])


def test_a_clock_that_goes_back_ends_a_snippet() -> None:
    stamps = [(0, 5), (600, 15), (500, 25), (900, 35)]
    rows = [move(ms, x, seq=n) for n, (ms, x) in enumerate(stamps)]
    assert [row["x"] for row in _made(rows)] == [[0, 1], [2, 3]]


def test_only_the_last_points_are_kept_with_their_own_span() -> None:
    rows = [move(300 * n, 5 + 10 * n) for n in range(10)]
    for most in (1, 2, 6, 10):
        (row,) = _made([*rows, down(2701, 95)], PointerParams(FINE, max_points=most))
        assert row["x"] == list(range(10 - most, 10))
        assert row["gap"][0] == 0
        assert (ms_of(row["first_ts"]), row["n_mouse"]) == (300 * (10 - most), most + 1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [([move(0, 5)], []), ([move(0, 5), move(900, 6)], []), ([down(0, 5)], [[0]]),
     ([wheel(0)], []), ([move(0, 15), wheel(900)], [[1, 0]]), ([up(0, 5)], []),
     ([key(0, "a"), focus(1, "code")], [])],
)  # fmt: skip
def test_a_single_point_tells_something_only_with_an_end(
    rows: list[Event], expected: list[list[int]]
) -> None:
    assert [row["x"] for row in _made(rows)] == expected


def test_snippets_are_numbered_even_where_one_tells_nothing() -> None:
    rows = [down(0, 5), move(100, 5), down(5000, 15), down(DAY_MS, 25)]
    assert [row["ordinal"] for row in _made(rows)] == [0, 2, 0]


@pytest.mark.parametrize(
    "place",
    [{"x": -1}, {"x": 640}, {"x": 2000}, {"y": -0.5}, {"y": 360}, {"x": None}, {"y": None},
     {"screen_w": None}, {"screen_h": None}],
)  # fmt: skip
def test_points_outside_are_counted_and_left_out(place: Event) -> None:
    rows = [move(0, 305, 205), {**move(250, 315, 205), **place}, move(500, 325, 205)]
    assert outside(prepared(rows)) == 1
    (row,) = _made(rows)
    assert (row["x"], row["y"], row["gap"]) == ([30, 32], [20, 20], [0, 2])
    assert row["n_mouse"] == 2


def test_only_samples_count_as_outside() -> None:
    rows = [up(0, -1), key(1, "a"), focus(2, "code"), wheel(3, x=-1), down(4, -1), move(5, 5)]
    assert outside(prepared(rows)) == 2
    assert outside(prepared([])) == 0


def test_no_events_give_the_same_columns() -> None:
    empty, full = snippets(prepared([]), PointerParams()), prepared([down(0, 5)])
    assert empty.height == 0
    assert empty.schema == snippets(full, PointerParams()).schema
    assert empty.columns == ["x", "y", "gap", "app", "end", *LINEAGE, "ordinal"]
    assert empty.schema["gap"] == pl.List(pl.UInt8())


@given(streams(), PARAMS)
def test_snippets_are_those_of_the_slow_reference(rows: list[Event], params: PointerParams) -> None:
    events = prepared(rows)
    assert snippets(events, params).to_dicts() == reference.snippets(events.to_dicts(), params)


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 639)), min_size=2, max_size=30),
    st.integers(1, 20),
)
def test_no_point_holds_anything_from_after_its_stamp(
    steps: list[tuple[int, int]], bins: int
) -> None:
    ms, rows = 0, [move(0, 5)]
    for step, x in steps:
        ms += step
        rows.append(move(ms, x))
    known = [row for row in rows if row["ts"] < START_US + bins * 250_000]
    params = PointerParams(FINE, max_points=100)
    for path in _paths(known, params):
        assert [path] == [whole[: len(path)] for whole in _paths(rows, params)]


@given(streams())
def test_lists_are_of_one_length_and_only_on_the_grid(rows: list[Event]) -> None:
    for row in _made(rows):
        assert 1 <= len(row["x"]) == len(row["y"]) == len(row["gap"]) <= 6
        assert max(row["x"]) < 64 and max(row["y"]) < 36 and max(row["gap"]) <= 8


@given(streams(), st.integers(-50, 700), st.integers(-50, 400))
def test_samples_outside_change_no_snippet_but_its_count(rows: list[Event], x: int, y: int) -> None:
    out = [move(ms_of(row["ts"]) + 0.1, x, y, part=row["part"]) for row in rows[:3]]
    inside = 0 <= x < 640 and 0 <= y < 360
    assert (_made(rows) == _made([*rows, *out])) or inside
    assert outside(frame(out)) == (0 if inside else len(out))


def test_the_mix_of_a_row_is_what_it_ended_in() -> None:
    ends = ["left", "other", "wheel", "none"]
    mixed = pl.DataFrame({"end": ends}).select(mix()).to_series().to_list()
    assert mixed == ["press", "press", "wheel", "none"]


def test_a_row_that_is_not_told_whole_says_where_it_ended_and_little_more() -> None:
    ways = {"x": [[1, 2, 3]] * 4, "y": [[4, 5, 6]] * 4, "gap": [[0, 7, 8]] * 4, "app": ["chat"] * 4}
    lists = dict.fromkeys(("x", "y", "gap"), pl.List(pl.UInt8))
    rows = pl.DataFrame({**ways, "end": ["left", "wheel", "none", "left"]}, schema_overrides=lists)
    told = shortened(rows, pl.Series([False, False, False, True]))
    assert told["x"].to_list() == [[3], [2, 3], [2, 3], [1, 2, 3]]
    assert told["gap"].to_list() == [[0], [0, 8], [0, 8], [0, 7, 8]]
    assert told.columns == rows.columns
    assert told.select(size()).to_series().to_list() == [1, 2, 2, 3]
