"""Pointer samples -> short bucketed snippets: where the pointer went before something happened."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from transforms import crowd, thinning
from transforms.events import LINEAGE
from transforms.grid import Grid, cell, gap_class, on_screen

_SAMPLES = ("mousemove", "mousedown", "wheel")
_SHARES = ("_share_x", "_share_y")
_ENDS = ("mousedown", "wheel")
BUTTONS = ("left", "right", "middle")
ENDS = ("none", *BUTTONS, "other", "wheel")


@dataclass(frozen=True)
class PointerParams:
    """How coarse snippets are; `rest_ms` without a sample ends one."""

    grid: Grid = field(default_factory=Grid)
    max_points: int = 6
    rest_ms: int = 2000


def outside(frame: pl.DataFrame) -> int:
    """How many samples lie on no screen of known size; they are left out, never moved."""
    samples = frame.filter(pl.col("type").is_in(_SAMPLES))
    return int(samples.select((~on_screen()).sum()).item() or 0)


def snippets(frame: pl.DataFrame, params: PointerParams) -> pl.DataFrame:
    """One row for each clip: the last few cells before it ended, and what ended it.

    Columns: x, y, gap (lists of UInt8 of equal length, at most `max_points`), app, end, the
    columns of `LINEAGE`, and `ordinal` for `thinning.unchained`. A clip ends with a press, a
    turn of the wheel (further turns at once are left out), a rest, a focus change or a run. Time
    is cut into bins from the clip's start; a bin stands for its last sample and is stamped with
    its end, so that no value holds
    anything from after its time stamp. `gap` is the class of the bins since the point before.
    """
    points = _points(frame, params)
    last = points.with_columns(
        (pl.col("_bin").shift(1).over("_clip")).alias("_before"),
        (pl.len().over("_clip") - pl.int_range(pl.len()).over("_clip")).alias("_left"),
    ).filter(pl.col("_left") <= params.max_points)
    first = pl.col("_left") == pl.col("_left").max().over("_clip")
    gap = pl.when(first).then(0).otherwise(gap_class(pl.col("_bin") - pl.col("_before")))
    rows = (
        last.with_columns(gap.cast(pl.UInt8).alias("gap"))
        .group_by("_clip", maintain_order=True)
        .agg(
            pl.col("x", "y", "gap"),
            pl.col("category").last().alias("app"),
            pl.col("_end").last().alias("end"),
            pl.col("user_id", "device_id").last(),
            pl.col("_start").first().alias("first_ts"),
            pl.col("_stop").last().alias("last_ts"),
            pl.col("_n").sum().cast(pl.Int64).alias("n_mouse"),
        )
        .with_columns(pl.lit(0, pl.Int64).alias("n_keyboard"), pl.lit(0, pl.Int64).alias("n_other"))
        .with_columns(thinning.ordinals())
    )
    return rows.filter(telling()).select("x", "y", "gap", "app", "end", *LINEAGE, "ordinal")


def telling() -> pl.Expr:
    """Whether a row says something: more than one point, or where a button was pressed."""
    return (pl.col("x").list.len() > 1) | ~pl.col("end").is_in(["none", "wheel"])


def mix() -> pl.Expr:
    """What a row ended in, in short: the same for rows that look alike."""
    pressed = pl.when(pl.col("end").is_in(["none", "wheel"])).then(pl.col("end"))
    return pressed.otherwise(pl.lit("press"))


def size() -> pl.Expr:
    """How long a row is: 1, 2 or 3 points, or more (4)."""
    return pl.col("x").list.len().clip(1, 4)


def shortened(rows: pl.DataFrame, whole: pl.Series) -> pl.DataFrame:
    """Rows that are not told whole with no more points than say something: a press' place alone."""
    least = pl.when(mix() == "press").then(1).otherwise(2)
    most = pl.when(pl.col("_whole")).then(pl.col("x").list.len()).otherwise(least)
    return rows.with_columns(whole.alias("_whole")).with_columns(crowd.points(most)).drop("_whole")


def paths(frame: pl.DataFrame, params: PointerParams) -> pl.DataFrame:
    """Whole clips with exact places, for what could be learned from a recording without defence.

    Columns: x, y (lists of shares of the screen), gap (as in `snippets`), end, and those of
    `LINEAGE`.
    """
    points = _points(frame, params).with_columns(
        pl.col("_bin").shift(1).over("_clip").alias("_before")
    )
    gap = gap_class((pl.col("_bin") - pl.col("_before")).fill_null(0))
    return (
        points.with_columns(gap.alias("gap"))
        .group_by("_clip", maintain_order=True)
        .agg(
            pl.col("_share_x").alias("x"),
            pl.col("_share_y").alias("y"),
            pl.col("gap"),
            pl.col("_end").last().alias("end"),
            pl.col("user_id", "device_id").last(),
            pl.col("_start").first().alias("first_ts"),
            pl.col("_stop").last().alias("last_ts"),
            pl.col("_n").sum().cast(pl.Int64).alias("n_mouse"),
        )
        .with_columns(pl.lit(0, pl.Int64).alias(name) for name in ("n_keyboard", "n_other"))
        .select("x", "y", "gap", "end", *LINEAGE)
    )


def _points(frame: pl.DataFrame, params: PointerParams) -> pl.DataFrame:
    """Points in order: a bin's last sample, where its cell differs from that of the bin before."""
    samples = frame.filter(pl.col("type").is_in(_SAMPLES) & on_screen())
    # The wheel turns many times in one place: only a first turn ends a clip.
    turning = (pl.col("type") == "wheel") & (pl.col("type").shift(1) == "wheel")
    soon = (pl.col("ts") - pl.col("ts").shift(1)) < params.rest_ms * 1000
    samples = samples.filter(~(turning & soon & ~_cut()).fill_null(False))
    starts = (
        _cut()
        | pl.col("type").shift(1).is_in(_ENDS)
        | (pl.col("ts") - pl.col("ts").shift(1) >= params.rest_ms * 1000)
    )
    binned = samples.with_columns(
        starts.fill_null(True).cum_sum().alias("_clip"),
        cell("x", params.grid),
        cell("y", params.grid),
        _end().alias("_end"),
        (pl.col("x") / pl.col("screen_w")).alias("_share_x"),
        (pl.col("y") / pl.col("screen_h")).alias("_share_y"),
    ).with_columns(
        ((pl.col("ts") - pl.col("ts").first().over("_clip")) // params.grid.bin_us).alias("_bin")
    )
    values = binned.group_by("_clip", "_bin", maintain_order=True).agg(
        pl.col("x", "y", "category", "_end", "user_id", "device_id", *_SHARES).last(),
        pl.col("ts").first().alias("_start"),
        pl.col("ts").last().alias("_stop"),
        pl.len().alias("_n"),
    )
    # A point where the cell changes stands for the bins until the next one.
    moved = pl.any_horizontal(pl.col(n).ne_missing(pl.col(n).shift(1)) for n in ("_clip", "x", "y"))
    return (
        values.with_columns(moved.cum_sum().alias("_point"))
        .group_by("_clip", "_point", maintain_order=True)
        .agg(
            pl.col("x", "y", "_bin", "user_id", "device_id", "category", "_start").first(),
            pl.col("_end", "_stop", *_SHARES).last(),
            pl.col("_n").sum(),
        )
    )


def _cut() -> pl.Expr:
    return pl.any_horizontal(pl.col(n).ne_missing(pl.col(n).shift(1)) for n in ("run", "focus"))


def _end() -> pl.Expr:
    button = (
        pl.when(pl.col("button").is_in(BUTTONS)).then(pl.col("button")).otherwise(pl.lit("other"))
    )
    return (
        pl.when(pl.col("type") == "mousedown")
        .then(button)
        .when(pl.col("type") == "wheel")
        .then(pl.lit("wheel"))
        .otherwise(pl.lit("none"))
    )
