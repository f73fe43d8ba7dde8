"""Runs of clicks on a pad: digits of a PIN, readable at any useful grid, so they go."""

from __future__ import annotations

import polars as pl

from transforms.events import DAY_US, MOUSE

REACH_US = 4_000_000  # the next digit follows within this time
MARGIN_US = 2_000_000  # what the hand does right before and after tells as much
WIDTH, HEIGHT = 0.25, 0.45  # of the screen; a pad of digits is narrower and lower
DRAG_PX = 25  # keys lie so far apart at least; a press released further off is no key's
DIGITS = 4  # of the shortest PIN


def without_pads(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Removes mouse events around clicks on a pad, and says how many; input as from `with_focus`.

    Any four presses of the left button in a row within a small area, at one place or several,
    each within four seconds of the one before and with no key, focus, drag or press of another
    button in between, count as a pad. Their shape is not asked for: most fours of other clicks
    lie on a lattice as well as a PIN does (docs/pads.md). A new run begins after each gap, so that
    nothing is joined across.
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
    numbered = frame.with_row_index("_row")
    between = (pl.col("type").is_in(["keydown", "focus"])).cum_sum().alias("_block")
    buttons = numbered.with_columns(between).filter(pl.col("type").is_in(["mousedown", "mouseup"]))
    left = (pl.col("type") == "mousedown") & (pl.col("button") == "left")
    other = (pl.col("type") == "mousedown") & pl.col("button").ne_missing("left")
    work = buttons.with_columns((left & _dragged()).alias("_drag")).with_columns(
        (other | pl.col("_drag")).cum_sum().alias("_work")
    )
    parted = ("run", "_block", "_work")
    presses = work.filter(left & ~pl.col("_drag")).with_columns(
        (
            pl.any_horizontal(pl.col(n).ne_missing(pl.col(n).shift(1)) for n in parted)
            | (pl.col("ts") - pl.col("ts").shift(1) > REACH_US)
        )
        .fill_null(True)
        .cum_sum()
        .alias("_chain")
    )
    ends = presses.with_columns(_within_a_pad().fill_null(False).alias("_end"))
    reach = [pl.col("_end").shift(-k).over("_chain").fill_null(False) for k in range(DIGITS)]
    return ends.filter(pl.any_horizontal(reach)).select("_row", pl.lit(True).alias("_pad"))


def _dragged() -> pl.Expr:
    """Whether the next event of a button, in one run, is its release further off."""
    to = {n: pl.col(n).shift(-1).over("run") for n in ("type", "button", "x", "y")}
    released = (to["type"] == "mouseup") & (to["button"] == pl.col("button"))
    way = pl.max_horizontal((to[n] - pl.col(n)).abs() for n in ("x", "y"))
    return (released & (way >= DRAG_PX)).fill_null(False)


def _within_a_pad() -> pl.Expr:
    """Whether a press and those before it, of one chain, lie as near together as a PIN's."""
    x = [pl.col("x").shift(k).over("_chain") for k in range(DIGITS)]
    y = [pl.col("y").shift(k).over("_chain") for k in range(DIGITS)]
    wide = pl.max_horizontal(x) - pl.min_horizontal(x)
    high = pl.max_horizontal(y) - pl.min_horizontal(y)
    # Without a screen's size, one of common size is assumed.
    fits_w = wide <= WIDTH * pl.col("screen_w").fill_null(1920)
    fits_h = high <= HEIGHT * pl.col("screen_h").fill_null(1080)
    return x[-1].is_not_null() & fits_w & fits_h
