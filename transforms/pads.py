"""Runs of clicks on a pad: digits of a PIN, readable at any useful grid, so they go."""

from __future__ import annotations

import polars as pl

from transforms.events import DAY_US, MOUSE

REACH_US = 4_000_000  # the next digit follows within this time
MARGIN_US = 2_000_000  # what the hand does right before and after tells as much
WIDTH, HEIGHT = 0.25, 0.45  # of the screen; a pad of digits is narrower and lower
SAME_PX = 10  # clicks nearer than this are at one place
REPEATED = 4  # so many clicks at one place may be a PIN of equal digits


def without_pads(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Removes mouse events around clicks on a pad, and says how many; input as from `with_focus`.

    Any three clicks in a row within a small area, at two places or more, each within four
    seconds of the one before and with no key or focus in between, count as a pad; so do four
    clicks at one place. A new run begins after each gap, so that nothing is joined across.
    """
    marked = frame.with_row_index("_row").join(
        _clicks(frame), on="_row", how="left", maintain_order="left"
    )
    on_pad = pl.col("ts").filter(pl.col("_pad")).len()
    if not marked.select(on_pad).item():
        return frame, 0
    hit = pl.when(pl.col("_pad")).then(pl.col("ts"))
    # By time, for sessions come in the order of their names, and one may follow another at once.
    near_to = ("user_id", "device_id", pl.col("ts") // DAY_US)
    before = hit.forward_fill().over(*near_to, order_by="ts")
    after = hit.backward_fill().over(*near_to, order_by="ts")
    near = (pl.col("ts") - before <= MARGIN_US) | (after - pl.col("ts") <= MARGIN_US)
    removed = pl.col("type").is_in(MOUSE) & near.fill_null(False)
    cut = marked.with_columns(removed.alias("_removed")).with_columns(
        pl.struct("run", pl.col("_removed").cum_sum()).rle_id().add(1).cast(pl.UInt32).alias("run")
    )
    kept = cut.filter(~pl.col("_removed")).drop("_row", "_pad", "_removed")
    return kept, frame.height - kept.height


def _clicks(frame: pl.DataFrame) -> pl.DataFrame:
    """`_row` and `_pad` of the presses that belong to a pad."""
    between = (pl.col("type").is_in(["keydown", "focus"])).cum_sum().alias("_block")
    presses = (
        frame.with_row_index("_row")
        .with_columns(between)
        .filter((pl.col("type") == "mousedown") & (pl.col("button") == "left"))
        .with_columns(
            (
                pl.any_horizontal(
                    pl.col(n).ne_missing(pl.col(n).shift(1)) for n in ("run", "_block")
                )
                | (pl.col("ts") - pl.col("ts").shift(1) > REACH_US)
            )
            .fill_null(True)
            .cum_sum()
            .alias("_chain")
        )
    )
    small = _window(3, spread=True) | _window(REPEATED, spread=False)
    ends = presses.with_columns(small.fill_null(False).alias("_three"))
    reach = [pl.col("_three").shift(-k).over("_chain").fill_null(False) for k in range(3)]
    four = _window(REPEATED, spread=False).fill_null(False)
    repeated = ends.with_columns(four.alias("_four"))
    reach.append(pl.col("_four").shift(-3).over("_chain").fill_null(False))
    return repeated.filter(pl.any_horizontal(reach)).select("_row", pl.lit(True).alias("_pad"))


def _window(size: int, *, spread: bool) -> pl.Expr:
    """Whether a press and the `size - 1` before it, of one chain, look like a pad."""
    x = [pl.col("x").shift(k).over("_chain") for k in range(size)]
    y = [pl.col("y").shift(k).over("_chain") for k in range(size)]
    wide = pl.max_horizontal(x) - pl.min_horizontal(x)
    high = pl.max_horizontal(y) - pl.min_horizontal(y)
    whole = x[-1].is_not_null()
    apart = (wide > SAME_PX) | (high > SAME_PX)
    if not spread:
        return whole & ~apart
    # Without a screen's size, one of common size is assumed.
    fits_w = wide <= WIDTH * pl.col("screen_w").fill_null(1920)
    fits_h = high <= HEIGHT * pl.col("screen_h").fill_null(1080)
    return whole & apart & fits_w & fits_h
