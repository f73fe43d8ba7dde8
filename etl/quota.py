"""How many rows of each person are released, and how much they tell: as most people's would."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import polars as pl

MIDDLE = 0.5  # of people have as many long rows as anybody shows
FEW, TWICE = 3, 2  # rows that say nothing; times the middle person's that still do not
KNOWN = 0.9  # of people have a row in an application that is told by its name


def even(
    ranked: pl.DataFrame, sample: float, common: float, per_person: int | None = None
) -> pl.DataFrame:
    """Of each person and `mix` as many rows, the first in the order given; `mix` is dropped.

    The share `common` of the shard's people have at least as many of that mix, of which the share
    `sample` is taken, so that neither how much somebody did nor what kind of work it was shows;
    less where that would come to more than some `per_person` rows. Who has fewer gives what there
    is. Everyone keeps a row, so that as many people stand behind the shard as are in its group; of
    a mix that most have, where it can be.
    """
    most = _most(ranked, ["mix"], common)
    share = _share(most, sample, per_person)
    shown = (pl.col("_most") * share).floor().clip(pl.min_horizontal("_most", 1))
    quotas = most.select("mix", shown.cast(pl.Int64).alias("_quota"))
    kept = ranked.with_row_index("_place").join(quotas, on="mix", how="left", maintain_order="left")
    own = pl.int_range(pl.len()).over("user_id", "mix", order_by="_place")
    first = pl.col("_place") + (pl.col("_quota") == 0) * ranked.height
    only = first == first.min().over("user_id")
    return kept.filter((own < pl.col("_quota")) | only).drop("mix", "_place", "_quota")


def by_chance(
    rows: pl.DataFrame, luck: pl.Series, sample: float, common: float, per_person: int | None = None
) -> pl.DataFrame:
    """As `even`, but of each mix so many on average; for rows of which people have few of a mix.

    With a fixed number somebody's early rows would tell which kinds are left for the late ones.
    `luck`, one number in (0, 1] for each row, decides for each by itself. Nobody has more rows
    than the averages of all mixes come to, and those the luckiest ones (sequential Poisson
    sampling, Ohlsson 1998).
    """
    most = _most(rows, ["mix"], common)
    share = _share(most, sample, per_person)
    quota = int(int(most["_most"].sum()) * share)
    chance = (pl.col("_most") / pl.len().over("user_id", "mix")).clip(0, 1)
    counted = rows.with_columns(luck.alias("_luck")).join(
        most, on="mix", how="left", maintain_order="left"
    )
    score = pl.col("_luck") / chance
    turn = score.rank("ordinal").over("user_id")
    own = (score <= share) & (turn <= quota)
    return counted.filter(own | (turn == 1)).drop("mix", "_luck", "_most")


def whole(rows: pl.DataFrame, size: pl.Expr, luck: pl.Series) -> pl.Series:
    """Which rows are told whole: of each `mix` and `size` as many as the middle person has.

    How long rows are is how fast a hand is. Of who has more such rows chance leaves as many, by
    `luck` as in `by_chance`.
    """
    sized = rows.select("user_id", "mix", size.alias("_size"), luck.alias("_luck"))
    most = _most(sized, ["mix", "_size"], MIDDLE)
    counted = sized.join(most, on=["mix", "_size"], how="left", maintain_order="left")
    own = pl.len().over("user_id", "mix", "_size")
    return counted.select(pl.col("_luck") * own <= pl.col("_most")).to_series()


def known(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `app` told as `other` where not nearly all of the people have a row in it."""
    least = math.ceil(KNOWN * rows["user_id"].n_unique())
    enough = pl.col("user_id").n_unique().over("app") >= least
    return rows.with_columns(pl.when(enough).then("app").otherwise(pl.lit("other")).alias("app"))


def level(ranked: pl.DataFrame) -> pl.DataFrame:
    """Of nobody more rows than `few_or_twice` lets stand, the first in the order given."""
    own = ranked.group_by("user_id").len()["len"].to_list()
    return ranked.filter(pl.int_range(pl.len()).over("user_id") < int(few_or_twice(own)))


def few_or_twice(own: Sequence[int]) -> float:
    """How many rows one person may have in a file: three, or twice what the middle person has."""
    return max(float(FEW), TWICE * float(statistics.median(own or [0])))


def _share(most: pl.DataFrame, sample: float, per_person: int | None) -> float:
    """The share of what most people have that is taken of each."""
    if per_person is None:
        return sample
    return min(sample, per_person / max(int(most["_most"].sum()), 1))


def _most(rows: pl.DataFrame, kinds: list[str], share: float) -> pl.DataFrame:
    """Of each kind how many rows this share of people have at the least (`_most`)."""
    last = max(math.ceil(share * rows["user_id"].n_unique()), 1) - 1
    least = pl.col("len").sort(descending=True).get(last, null_on_oob=True).fill_null(0)
    counted = rows.group_by(*kinds, "user_id").len()
    return counted.group_by(kinds).agg(least.cast(pl.Int64).alias("_most"))
