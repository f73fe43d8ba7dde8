"""How many rows of each person are released: as many as most have, of each mix of kinds alike."""

from __future__ import annotations

import math

import polars as pl


def even(ranked: pl.DataFrame, sample: float, common: float) -> pl.DataFrame:
    """Of each person and `mix` as many rows, the first in the order given; `mix` is dropped.

    The share `common` of the shard's people have at least as many of that mix, of which the share
    `sample` is taken, so that neither how much somebody did nor what kind of work it was shows.
    Who has fewer gives what there is. Everyone keeps a row, so that as many people stand behind
    the shard as are in its group; of a mix that most have, where it can be.
    """
    kept = ranked.with_row_index("_place").join(
        _quotas(ranked, sample, common), on="mix", how="left", maintain_order="left"
    )
    own = pl.int_range(pl.len()).over("user_id", "mix", order_by="_place")
    first = pl.col("_place") + (pl.col("_quota") == 0) * ranked.height
    only = first == first.min().over("user_id")
    return kept.filter((own < pl.col("_quota")) | only).drop("mix", "_place", "_quota")


def _quotas(rows: pl.DataFrame, sample: float, common: float) -> pl.DataFrame:
    """For each `mix` how many rows of a person are released (`_quota`)."""
    last = max(math.ceil(common * rows["user_id"].n_unique()), 1) - 1
    least = pl.col("len").sort(descending=True).get(last, null_on_oob=True).fill_null(0)
    counted = rows.group_by("mix", "user_id").len().group_by("mix").agg(least.alias("most"))
    shown = (pl.col("most") * sample).floor().clip(pl.min_horizontal("most", 1))
    return counted.select("mix", shown.cast(pl.Int64).alias("_quota"))
