"""Where and when, coarsely: screen cells, and gaps in steps of log2."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

GAPS = 8


@dataclass(frozen=True)
class Grid:
    """How many columns and rows the screen is cut into, and how long a time bin is."""

    columns: int = 34
    rows: int = 19
    bin_ms: int = 250

    @property
    def bin_us(self) -> int:
        return self.bin_ms * 1000


def on_screen(x: str = "x", y: str = "y") -> pl.Expr:
    """Whether a point lies on a screen of known size; unknown counts as outside."""
    wide = (pl.col(x) >= 0) & (pl.col(x) < pl.col("screen_w"))
    high = (pl.col(y) >= 0) & (pl.col(y) < pl.col("screen_h"))
    return (wide & high).fill_null(False)


def cell(axis: str, grid: Grid, name: str | None = None) -> pl.Expr:
    """The cell of a coordinate on the screen (UInt8): columns for x, rows for y, from 0."""
    horizontal = axis.endswith("x")
    size = pl.col("screen_w") if horizontal else pl.col("screen_h")
    count = grid.columns if horizontal else grid.rows
    scaled = (pl.col(axis) * count / size).floor().clip(0, count - 1)
    return scaled.cast(pl.UInt8, strict=False).alias(name or axis)


def gap_class(bins: pl.Expr) -> pl.Expr:
    """The class of a gap (UInt8): 0 for less than a bin, else 1 + floor(log2(bins)), up to 8."""
    at_least_one = bins.clip(1, 2**GAPS).cast(pl.Float64)
    # A hair above the power of two, so that the logarithm of 2^n never falls below n.
    steps = 1 + ((at_least_one + 1e-9).log(2)).floor()
    return pl.when(bins >= 1).then(steps.clip(1, GAPS)).otherwise(0).cast(pl.UInt8)
