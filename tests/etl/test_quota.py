"""Of everyone as many rows as most have, of each mix alike."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.quota import even

Counts = dict[str, dict[str, int]]


def _rows(counts: Counts) -> pl.DataFrame:
    """So many rows of each person and mix, those of all people in turn."""
    made = [(n, user, mix) for user, own in counts.items() for mix, many in own.items()
            for n in range(many)]  # fmt: skip
    schema = {"n": pl.Int64, "user_id": pl.String, "mix": pl.String}
    return pl.DataFrame(sorted(made), schema=schema, orient="row")


def _kept(counts: Counts, sample: float) -> dict[str, int]:
    kept = even(_rows(counts), sample, 0.75)
    return dict(kept.group_by("user_id").len().iter_rows())


def _by_mix(counts: Counts, sample: float) -> dict[tuple[str, str], int]:
    kept = even(_rows(counts).with_columns(pl.col("mix").alias("own")), sample, 0.75)
    return {(user, mix): n for user, mix, n in kept.group_by("user_id", "own").len().iter_rows()}


@pytest.mark.parametrize(
    ("many", "sample", "expected"),
    [
        ([8, 8, 8, 8], 0.8, [6, 6, 6, 6]),
        ([8, 9, 50, 1000], 0.8, [7, 7, 7, 7]),  # three in four have nine
        ([2, 9, 50, 1000], 0.8, [2, 7, 7, 7]),
        ([1, 1, 1, 1], 0.8, [1, 1, 1, 1]),
        ([1, 1, 1, 40], 0.8, [1, 1, 1, 1]),
        ([5], 0.8, [4]),
        ([40, 3], 1.0, [3, 3]),
    ],
)
def test_what_three_in_four_have(many: list[int], sample: float, expected: list[int]) -> None:
    counts = {f"p{n}": {"c": own} for n, own in enumerate(many)}
    assert [_kept(counts, sample)[user] for user in counts] == expected


def test_each_mix_has_a_quota_of_its_own() -> None:
    counts: Counts = {f"p{n}": {"c": 10 * (n + 1), "s": 100 - 20 * n} for n in range(4)}
    found = _by_mix(counts, 1.0)
    assert [found[f"p{n}", "c"] for n in range(4)] == [10, 20, 20, 20]
    assert [found[f"p{n}", "s"] for n in range(4)] == [60, 60, 60, 40]


def test_a_mix_that_few_have_stays_away_but_for_who_has_nothing_else() -> None:
    counts: Counts = {"p0": {"c": 9, "d": 99}, "p1": {"c": 9}, "p2": {"c": 9}, "p3": {"d": 5}}
    found = _by_mix(counts, 1.0)
    assert found == {("p0", "c"): 9, ("p1", "c"): 9, ("p2", "c"): 9, ("p3", "d"): 1}


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"),
        st.dictionaries(st.sampled_from("xyz"), st.integers(1, 30), min_size=1),
        min_size=1,
    ),
    st.floats(0.1, 0.9),
)
def test_everyone_stays_in_the_order_given_and_nobody_stands_out(
    counts: Counts, sample: float
) -> None:
    rows = _rows(counts)
    kept = even(rows, sample, 0.75)
    assert kept.columns == ["n", "user_id"]
    assert set(kept["user_id"]) == set(counts)
    assert kept["n"].is_sorted()
    for (user, mix), n in _by_mix(counts, sample).items():
        as_many = sum(own.get(mix, 0) >= n for own in counts.values())
        assert as_many >= 0.75 * len(counts) or (n == 1 and _kept(counts, sample)[user] == 1)
