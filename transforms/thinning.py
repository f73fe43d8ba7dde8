"""Which rows of a stretch are released, so that no two of them can be put together again."""

from __future__ import annotations

import hashlib

import polars as pl

from transforms.events import DAY_US


def unchained(rows: pl.DataFrame, key: bytes, ordinal: str = "ordinal") -> pl.DataFrame:
    """Keeps every other row, so that no two are neighbours, and drops the column `ordinal`.

    Neighbours are rows of one person, device and UTC day whose ordinals differ by one: the end
    of the one is the beginning of the other, so both together would be a longer path. Whether the
    even or the odd ones of a day stay cannot be foretold without the key, and nobody else's rows
    change it. Rows come in the order of person, device, day and ordinal.
    """
    day = (pl.col("first_ts") // DAY_US).alias("_day")
    names = ("user_id", "device_id", "_day")
    ordered = rows.with_columns(day).sort(*names, ordinal, nulls_last=True)
    days = ordered.select(names).unique(maintain_order=True)
    odd = [_odd(key, *one) for one in days.iter_rows()]
    coins = days.with_columns(pl.Series("_odd", odd, dtype=pl.Int64))
    tossed = ordered.join(coins, on=names, how="left", nulls_equal=True, maintain_order="left")
    return tossed.filter(pl.col(ordinal) % 2 == pl.col("_odd")).drop("_odd", "_day", ordinal)


def _odd(key: bytes, user: str, device: str | None, day: int) -> int:
    named = "\0".join([user, device or "", "" if device is None else "d", str(day)])
    return hashlib.blake2b(named.encode(), key=key[:64], digest_size=1).digest()[0] & 1


def ordinals() -> pl.Expr:
    """Numbers rows in order within a person, device and UTC day (Int64, from 0)."""
    day = pl.col("first_ts") // DAY_US
    return pl.int_range(pl.len(), dtype=pl.Int64).over("user_id", "device_id", day).alias("ordinal")
