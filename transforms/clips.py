"""Raw mouse clips as figures: what an attacker sees in a recording that nobody has defended."""

from __future__ import annotations

import math

import polars as pl

from transforms.events import DAY_US, LINEAGE
from transforms.grid import on_screen

CLIP_US = 8_000_000
LEAST = 30  # samples, below which a clip tells little
PAUSE_US = 100_000
PER_DAY = 8
DIRECTIONS = 8

FEATURES = (
    "samples", "step_low", "step_mid", "step_high", "speed_mean", "speed_sd", "speed_mid",
    "speed_high", "speed_most", "change_mean", "change_sd", "turn_mean", "turn_sd", "curve_mid",
    "curve_high", "straight", "path", "pauses", "paused", "x_mean", "y_mean", "x_sd", "y_sd",
    "x_least", "x_most", "y_least", "y_most", "x_last", "y_last", "presses", "hold",
    *(f"way_{n}" for n in range(DIRECTIONS)),
)  # fmt: skip
"""The figures of a clip: times in milliseconds, ways in screen heights, speeds in those a second,
turns in radians, places in shares of the screen."""


def clips(frame: pl.DataFrame) -> pl.DataFrame:
    """One row for each eight seconds of a run in which the mouse moved much.

    Columns: `features` (Float32, in the order of `FEATURES`) and those of `LINEAGE`. Input as
    from `with_focus`. Speeds, pauses, curvature, area and places are those by which people are
    told apart (Antal and Egyed-Zsigmond 2019; Zheng, Paloski and Wang 2011).
    """
    samples = frame.filter(
        pl.col("type").is_in(["mousemove", "mousedown", "mouseup"]) & on_screen()
    )
    window = (pl.col("ts") - pl.col("ts").first().over("run")) // CLIP_US
    cut = samples.with_columns(window.alias("_window")).with_columns(
        pl.struct("run", "_window").rle_id().alias("_clip")
    )
    moved = cut.with_columns(
        (pl.col("x") / pl.col("screen_w")).alias("_x"),
        (pl.col("y") / pl.col("screen_h")).alias("_y"),
        *_steps(),
    ).with_columns(*_changes())
    rows = moved.group_by("_clip", maintain_order=True).agg(*_figures(), *_lineage())
    enough = rows.filter(pl.col("samples") >= LEAST)
    values = [pl.col(name).fill_nan(0).fill_null(0).cast(pl.Float32) for name in FEATURES]
    return enough.select(pl.concat_list(values).alias("features"), *LINEAGE)


def some(made: pl.DataFrame, most: int = PER_DAY) -> pl.DataFrame:
    """At most so many of a person's clips on each UTC day, evenly over it."""
    day = ("user_id", pl.col("first_ts") // DAY_US)
    ranked = made.sort("user_id", "first_ts", "device_id", "last_ts")
    n, place = pl.len().over(day), pl.int_range(pl.len()).over(day)
    return ranked.filter(place * most // n != (place - 1) * most // n)


def _steps() -> list[pl.Expr]:
    """From the sample before, in the same clip: time, way, direction; and how long a press held."""
    high = pl.col("screen_h")
    dx, dy = pl.col("x").diff() / high, pl.col("y").diff() / high
    released = (pl.col("type") == "mouseup") & (pl.col("type").shift(1) == "mousedown")
    inside = pl.col("_clip") == pl.col("_clip").shift(1)
    steps = {
        "_dt": pl.col("ts").diff() / 1_000,
        "_way": (dx**2 + dy**2).sqrt(),
        "_angle": pl.arctan2(dy, dx),
        "_hold": pl.when(released).then(pl.col("ts").diff() / 1_000),
    }
    return [pl.when(inside).then(value).alias(name) for name, value in steps.items()]


def _changes() -> list[pl.Expr]:
    speed = pl.col("_way") * 1_000 / pl.col("_dt").clip(1)
    moving = pl.col("_way") > 0
    both = moving & moving.shift(1)
    turn = (pl.col("_angle") - pl.col("_angle").shift(1)).sin()
    same = pl.col("_clip") == pl.col("_clip").shift(1)
    return [
        pl.when(moving).then(speed).alias("_speed"),
        pl.when(same).then((speed - speed.shift(1)).abs()).alias("_change"),
        pl.when(both & same).then(turn).alias("_turn"),
        pl.when(both & same).then(turn.abs() / pl.col("_way").clip(1e-4)).alias("_curve"),
        pl.when(moving)
        .then(((pl.col("_angle") / (2 * math.pi) + 1) % 1 * DIRECTIONS).floor())
        .alias("_direction"),
    ]


def _figures() -> list[pl.Expr]:
    dt, speed = pl.col("_dt"), pl.col("_speed")
    net = (
        (pl.col("x").last() - pl.col("x").first()) ** 2
        + (pl.col("y").last() - pl.col("y").first()) ** 2
    ).sqrt() / pl.col("screen_h").first()
    paused = dt.filter(dt * 1_000 >= PAUSE_US)
    found = {
        "samples": pl.len(),
        "step_low": dt.quantile(0.1), "step_mid": dt.median(), "step_high": dt.quantile(0.9),
        "speed_mean": speed.mean(), "speed_sd": speed.std(), "speed_mid": speed.median(),
        "speed_high": speed.quantile(0.9), "speed_most": speed.max(),
        "change_mean": pl.col("_change").mean(), "change_sd": pl.col("_change").std(),
        "turn_mean": pl.col("_turn").abs().mean(), "turn_sd": pl.col("_turn").std(),
        "curve_mid": pl.col("_curve").median(), "curve_high": pl.col("_curve").quantile(0.9),
        "straight": net / pl.col("_way").sum().clip(1e-9), "path": pl.col("_way").sum(),
        "pauses": paused.len(), "paused": paused.sum(),
        "x_mean": pl.col("_x").mean(), "y_mean": pl.col("_y").mean(),
        "x_sd": pl.col("_x").std(), "y_sd": pl.col("_y").std(),
        "x_least": pl.col("_x").min(), "x_most": pl.col("_x").max(),
        "y_least": pl.col("_y").min(), "y_most": pl.col("_y").max(),
        "x_last": pl.col("_x").last(), "y_last": pl.col("_y").last(),
        "presses": (pl.col("type") == "mousedown").sum(), "hold": pl.col("_hold").mean(),
    }  # fmt: skip
    ways = {f"way_{n}": (pl.col("_direction") == n).mean() for n in range(DIRECTIONS)}
    return [value.alias(name) for name, value in {**found, **ways}.items()]


def _lineage() -> list[pl.Expr]:
    return [
        pl.col("user_id", "device_id").first(),
        pl.col("ts").first().alias("first_ts"),
        pl.col("ts").last().alias("last_ts"),
        pl.lit(0, pl.Int64).alias("n_keyboard"),
        pl.len().cast(pl.Int64).alias("n_mouse"),
        pl.lit(0, pl.Int64).alias("n_other"),
    ]
