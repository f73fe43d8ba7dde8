"""Which rows of a stretch are released, so that no two of them can be put together again."""

from __future__ import annotations

import hashlib

import polars as pl

from transforms.events import DAY_US


def unchained(rows: pl.DataFrame, key: bytes, ordinal: str = "ordinal") -> pl.DataFrame:
    """Keeps rows no two of which are neighbours, and drops the column `ordinal`.

    Neighbours are rows of one person, device and UTC day whose ordinals differ by one: the end
    of the one is the beginning of the other, so both together would be a longer path. A row
    stays where its keyed rank is lower than those of its neighbours: about a third do, which ones
    cannot be foretold without the key, and nobody else's rows change it.
    """
    day = (pl.col("first_ts") // DAY_US).alias("_day")
    names = ("user_id", "device_id", "first_ts")
    ranks = [_rank(key, *row) for row in rows.select(names).iter_rows()]
    ranked = rows.with_columns(pl.Series("_rank", ranks, dtype=pl.UInt64), day).sort(
        "user_id", "device_id", "_day", ordinal, nulls_last=True
    )
    lower = pl.lit(True)
    for step in (1, -1):
        near = pl.all_horizontal(
            pl.col(name).eq_missing(pl.col(name).shift(step))
            for name in ("user_id", "device_id", "_day")
        )
        next_to = (pl.col(ordinal) - pl.col(ordinal).shift(step)) == step
        beaten = pl.col("_rank").shift(step) <= pl.col("_rank")
        lower = lower & ~(near & next_to & beaten).fill_null(False)
    return ranked.filter(lower).drop("_rank", "_day", ordinal)


def _rank(key: bytes, user: str, device: str | None, first_ts: int) -> int:
    named = "\0".join([user, device or "", "" if device is None else "d", str(first_ts)])
    return int.from_bytes(hashlib.blake2b(named.encode(), key=key[:64], digest_size=8).digest())


def ordinals() -> pl.Expr:
    """Numbers rows in order within a person, device and UTC day (Int64, from 0)."""
    day = pl.col("first_ts") // DAY_US
    return pl.int_range(pl.len(), dtype=pl.Int64).over("user_id", "device_id", day).alias("ordinal")
