"""Cells and classes of gaps, at their edges."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.frames import frame, move
from transforms.grid import GAPS, Grid, cell, gap_class, on_screen

SIZES = st.integers(1, 8000)


def _cell(axis: str, value: float, grid: Grid, size: int) -> int:
    at = frame([{**move(0, 0, 0, screen_w=size, screen_h=size), axis: value}])
    return int(at.select(cell(axis, grid)).item())


@pytest.mark.parametrize(
    ("axis", "value", "expected"),
    [
        ("x", 0, 0),
        ("x", 29.999, 0),
        ("x", 30, 1),
        ("x", 1889.9, 62),
        ("x", 1890, 63),
        ("x", 1919.99, 63),
        ("y", 0, 0),
        ("y", 53.3, 0),
        ("y", 53.4, 1),
        ("y", 1919, 35),
    ],
)
def test_the_cell_of_a_place(axis: str, value: float, expected: int) -> None:
    assert _cell(axis, value, Grid(64, 36), 1920) == expected


def test_a_cell_can_be_named_and_is_eight_bits() -> None:
    made = frame([move(0, 100, 100)]).select(cell("x", Grid(32, 18), "column"))
    assert made.schema == {"column": pl.UInt8()}
    assert made.item() == 5


@pytest.mark.parametrize(
    ("x", "y", "width", "height", "expected"),
    [
        (0, 0, 640, 360, True),
        (639.9, 359.9, 640, 360, True),
        (640, 0, 640, 360, False),
        (0, 360, 640, 360, False),
        (-0.1, 0, 640, 360, False),
        (0, -1, 640, 360, False),
        (None, 0, 640, 360, False),
        (0, None, 640, 360, False),
        (1, 1, None, 360, False),
        (1, 1, 640, None, False),
        (1, 1, 0, 0, False),
    ],
)
def test_what_is_on_the_screen(
    x: float | None, y: float | None, width: int | None, height: int | None, expected: bool
) -> None:
    rows = frame([move(0, x, y, screen_w=width, screen_h=height)])
    assert rows.select(on_screen()).item() is expected


@pytest.mark.parametrize(
    ("bins", "expected"),
    [(-3, 0), (0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (15, 4), (16, 5), (31, 5),
     (32, 6), (63, 6), (64, 7), (127, 7), (128, 8), (255, 8), (256, 8), (10**12, 8)],
)  # fmt: skip
def test_the_class_of_a_gap(bins: int, expected: int) -> None:
    made = pl.DataFrame({"bins": [bins]}).select(gap_class(pl.col("bins")))
    assert made.item() == expected
    assert made.dtypes == [pl.UInt8()]


@given(st.lists(st.integers(-10, 2**40), min_size=2))
def test_a_longer_gap_is_never_of_a_lower_class(bins: list[int]) -> None:
    classes = pl.DataFrame({"bins": sorted(bins)}).select(gap_class(pl.col("bins")))
    assert classes.to_series().is_sorted()
    expected = [min(max(n, 0).bit_length(), GAPS) for n in sorted(bins)]
    assert classes.to_series().to_list() == expected


@given(SIZES, st.sampled_from([Grid(64, 36), Grid(), Grid(1, 1), Grid(256, 144)]), st.data())
def test_cells_grow_with_the_place_and_reach_both_ends(
    size: int, grid: Grid, data: st.DataObject
) -> None:
    places = st.floats(0, size, exclude_max=True, allow_subnormal=False)
    x = sorted(data.draw(st.lists(places, min_size=1)))
    rows = frame([move(0, value, 0, screen_w=size) for value in x])
    cells = rows.select(cell("x", grid)).to_series()
    assert cells.is_sorted()
    assert cells.null_count() == 0
    assert int(cells[-1]) < grid.columns
    for value, got in zip(x, cells, strict=True):
        assert abs(got - value * grid.columns / size + 0.5) <= 0.5 + 1e-9
