"""Rows that are kept can never be put together again."""

from __future__ import annotations

import itertools

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.frames import START_US
from transforms.events import DAY_US
from transforms.thinning import ordinals, unchained

KEY, OTHER = b"one key", b"another key"
Row = tuple[str, str | None, int, int]

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob"]),
        st.sampled_from([None, "d1", "d2"]),
        st.integers(0, 1),
        st.integers(0, 12),
    ),
    unique=True,
)
SCHEMA = {
    "user_id": pl.String(),
    "device_id": pl.String(),
    "first_ts": pl.Int64(),
    "ordinal": pl.Int64(),
}


def _frame(rows: list[Row]) -> pl.DataFrame:
    """(person, device, day, ordinal) as rows of one second each."""
    full = [(u, d, START_US + day * DAY_US + n * 1_000_000, n) for u, d, day, n in rows]
    return pl.DataFrame(full, schema=SCHEMA, orient="row")


def _kept(rows: list[Row], key: bytes = KEY) -> set[Row]:
    made = unchained(_frame(rows), key)
    assert made.columns == ["user_id", "device_id", "first_ts"]
    since = [(u, d, ts - START_US) for u, d, ts in made.iter_rows()]
    return {(u, d, ts // DAY_US, ts % DAY_US // 1_000_000) for u, d, ts in since}


def _neighbours(row: Row) -> set[Row]:
    return {(*row[:3], row[3] - 1), (*row[:3], row[3] + 1)}


@given(ROWS)
def test_no_two_kept_rows_are_neighbours(rows: list[Row]) -> None:
    kept = _kept(rows)
    assert kept <= set(rows)
    assert not any(_neighbours(row) & kept for row in kept)


@given(ROWS)
def test_a_row_without_neighbours_stays(rows: list[Row]) -> None:
    alone = {row for row in rows if not _neighbours(row) & set(rows)}
    assert alone <= _kept(rows)


@given(ROWS)
def test_some_row_of_every_stretch_stays(rows: list[Row]) -> None:
    kept = _kept(rows)
    for row in rows:
        stretch = {row}
        while more := {n for r in stretch for n in _neighbours(r) & set(rows)} - stretch:
            stretch |= more
        assert stretch & kept


@given(ROWS)
def test_nobody_elses_rows_change_which_are_kept(rows: list[Row]) -> None:
    for who in ("ann", "bob"):
        own = [row for row in rows if row[0] == who]
        assert _kept(own) == {row for row in _kept(rows) if row[0] == who}


@given(ROWS.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_order_of_rows_does_not_matter(pair: tuple[list[Row], list[Row]]) -> None:
    given_order, another = (unchained(_frame(rows), KEY) for rows in pair)
    assert given_order.equals(another)


def test_the_key_decides_which() -> None:
    rows: list[Row] = [("ann", "d1", 0, n) for n in range(3000)]
    one, other = _kept(rows), _kept(rows, OTHER)
    assert one != other
    assert _kept(rows) == one
    assert all(900 <= len(kept) <= 1100 for kept in (one, other))


@pytest.mark.parametrize(
    "other",
    [("bob", "d1", 0, 1), ("ann", "d2", 0, 1), ("ann", None, 0, 1), ("ann", "d1", 1, 1),
     ("ann", "d1", 0, 2)],
)  # fmt: skip
def test_rows_of_another_person_device_or_day_are_no_neighbours(other: Row) -> None:
    assert len(_kept([("ann", "d1", 0, 0), other])) == 2


def test_rows_of_one_instant_are_not_both_kept() -> None:
    twice = _frame([("ann", "d1", 0, 0), ("ann", "d1", 0, 1)]).with_columns(first_ts=START_US)
    assert unchained(twice, KEY).height == 0


def test_a_long_key_and_no_rows_are_fine() -> None:
    assert _kept([], b"k" * 500) == set()


@given(ROWS)
def test_ordinals_count_within_person_device_and_day(rows: list[Row]) -> None:
    ordered = sorted(rows, key=lambda row: (row[2], row[0], row[1] or "", row[3]))
    numbers = _frame(ordered).drop("ordinal").with_columns(ordinals())["ordinal"].to_list()
    for _, group in itertools.groupby(zip(ordered, numbers, strict=True), lambda p: p[0][:3]):
        found = [number for _, number in group]
        assert found == list(range(len(found)))
