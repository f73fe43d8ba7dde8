"""Of everyone as many rows as most have, of each mix alike, and no longer than others'."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.quota import by_chance, even, few_or_twice, known, level, whole

Counts = dict[str, dict[str, int]]
_COUNTS = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.dictionaries(st.sampled_from("xyz"), st.integers(1, 60), min_size=1),
    min_size=1,
)


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


@pytest.mark.parametrize(
    ("most", "expected"), [(None, [80, 80]), (1000, [80, 80]), (50, [50, 50]), (1, [1, 1])]
)
def test_no_more_than_some_rows_of_each_person(most: int | None, expected: list[int]) -> None:
    counts: Counts = {f"p{n}": {"c": 100} for n in range(2)}
    kept = even(_rows(counts), 0.8, 0.75, most)
    assert [kept.filter(user_id=user).height for user in counts] == expected
    rows = _rows(counts)
    chosen = by_chance(rows, _luck(rows, 1), 0.8, 0.75, most)
    assert chosen.group_by("user_id").len()["len"].max() <= max(expected)


@pytest.mark.parametrize(
    ("own", "most"), [([], 3), ([1, 1, 9], 3), ([2, 3, 4, 40], 7), ([10, 10, 25], 20)]
)
def test_nobody_has_more_than_a_few_rows_or_twice_the_middle_person_s(
    own: list[int], most: float
) -> None:
    assert few_or_twice(own) == most
    rows = _rows({f"p{n}": {"c": many} for n, many in enumerate(own)})
    left = level(rows)
    assert left["n"].is_sorted()
    assert sorted(left.group_by("user_id").len()["len"]) == sorted(min(n, most) for n in own)


@given(
    _COUNTS,
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


def _luck(rows: pl.DataFrame, seed: int) -> pl.Series:
    return pl.Series(1 - np.random.default_rng(seed).random(rows.height))


def _chosen(counts: Counts, sample: float, seed: int) -> pl.DataFrame:
    rows = _rows(counts).with_columns(pl.col("mix").alias("own"))
    return by_chance(rows, _luck(rows, seed), sample, 0.75)


def _of(chosen: pl.DataFrame, user: str, mix: str) -> int:
    return chosen.filter((pl.col("user_id") == user) & (pl.col("own") == mix)).height


def test_by_chance_each_mix_comes_as_often_with_everybody_in_the_long_run() -> None:
    counts: Counts = {f"p{n}": {"c": 20 * (n + 1), "s": 100 - 20 * n} for n in range(4)}
    found = [_chosen(counts, 0.5, seed) for seed in range(200)]
    often = [[float(np.mean([_of(one, f"p{n}", mix) for one in found])) for mix in "cs"]
             for n in range(4)]  # fmt: skip
    # Forty of c and sixty of s are common; the most is 50, which takes a little from the means.
    assert often[1] == pytest.approx([19, 28.5], abs=1.2)
    assert often[2] == pytest.approx([19, 28.5], abs=1.2)
    assert often[3] == pytest.approx([20, 20], abs=1.2)  # has but forty of s


def test_by_chance_early_rows_do_not_tell_of_which_kinds_the_late_ones_are() -> None:
    counts: Counts = {f"p{n}": {"c": 40, "s": 40} for n in range(4)}
    found = [_of(_chosen(counts, 0.5, seed), "p0", "c") for seed in range(100)]
    assert min(found) < 18 and max(found) > 22


@given(
    _COUNTS,
    st.floats(0.1, 0.9),
    st.integers(0, 9),
)
def test_by_chance_everyone_stays_in_the_order_given_and_nobody_stands_out(
    counts: Counts, sample: float, seed: int
) -> None:
    kept = _chosen(counts, sample, seed)
    assert kept.columns == ["n", "user_id", "own"]
    assert set(kept["user_id"]) == set(counts)
    assert kept["n"].is_sorted()
    place = int(np.ceil(0.75 * len(counts))) - 1
    common = [
        sorted((own.get(mix, 0) for own in counts.values()), reverse=True)[place] for mix in "xyz"
    ]
    assert kept.group_by("user_id").len()["len"].max() <= max(int(sum(common) * sample), 1)


def _long(counts: dict[str, dict[int, int]]) -> pl.DataFrame:
    made = [(user, "press", size) for user, own in counts.items() for size, many in own.items()
            for _ in range(many)]  # fmt: skip
    return pl.DataFrame(made, schema=["user_id", "mix", "size"], orient="row")


def test_of_long_rows_as_many_are_told_whole_as_the_middle_person_has() -> None:
    rows = _long({"a": {2: 100, 3: 4}, "b": {2: 50, 3: 4}, "c": {2: 10, 4: 9}})
    told = [rows.filter(whole(rows, pl.col("size"), _luck(rows, seed))) for seed in range(100)]
    often = pl.concat(told).group_by("user_id", "size").len()
    found = {(user, size): n / 100 for user, size, n in often.iter_rows()}
    assert found["a", 2] == pytest.approx(50, abs=2) and found["b", 2] == 50
    assert found["c", 2] == 10 and found["a", 3] == found["b", 3] == 4
    assert ("c", 4) not in found  # two in three have none


def test_an_application_has_its_name_where_nearly_all_have_a_row_in_it() -> None:
    users = [f"p{n}" for n in range(10)]
    apps = {"browser": users, "editor": users[:9], "chat": users[:8], "files": users[:1] * 9}
    made = [(user, app) for app, own in apps.items() for user in own]
    rows = pl.DataFrame(made, schema=["user_id", "app"], orient="row")
    told = known(rows)
    assert told["user_id"].equals(rows["user_id"])
    assert set(told["app"]) == {"browser", "editor", "other"}
    assert (told["app"] == "other").sum() == 8 + 9
