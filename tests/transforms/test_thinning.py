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
def test_of_two_neighbours_one_stays(rows: list[Row]) -> None:
    kept = _kept(rows)
    assert all(row in kept or not _neighbours(row) & set(rows) - kept for row in rows)


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
    rows: list[Row] = [(f"p{n}", None, 0, place) for n in range(400) for place in (0, 1)]
    one, other = _kept(rows), _kept(rows, OTHER)
    assert _kept(rows) == one
    assert len(one) == len(other) == 400
    assert 150 <= len(one & other) <= 250
    assert all(150 <= sum(row[3] for row in kept) <= 250 for kept in (one, other))


@pytest.mark.parametrize("other", [("bob", "d1", 0), ("ann", "d2", 0), ("ann", None, 0),
                                   ("ann", "d1", 1)])  # fmt: skip
def test_each_person_device_and_day_has_a_coin_of_its_own(
    other: tuple[str, str | None, int],
) -> None:
    fell = set()
    for number in range(40):
        key = str(number).encode()
        kept = _kept([("ann", "d1", 0, 0), (*other, 0)], key)
        fell.add((("ann", "d1", 0, 0) in kept, (*other, 0) in kept))
    assert len(fell) == 4


def test_a_long_key_and_no_rows_are_fine() -> None:
    assert _kept([], b"k" * 500) == set()


@given(ROWS)
def test_ordinals_count_within_person_device_and_day(rows: list[Row]) -> None:
    ordered = sorted(rows, key=lambda row: (row[2], row[0], row[1] or "", row[3]))
    numbers = _frame(ordered).drop("ordinal").with_columns(ordinals())["ordinal"].to_list()
    for _, group in itertools.groupby(zip(ordered, numbers, strict=True), lambda p: p[0][:3]):
        found = [number for _, number in group]
        assert found == list(range(len(found)))
