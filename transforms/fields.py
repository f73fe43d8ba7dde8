"""Operations -> fields: what belongs to one text, and where something may be selected in it."""

from __future__ import annotations

import polars as pl

from transforms import editing, keystrokes, windows
from transforms.windows import DEVICE, WINDOW

_KEEP = (
    *WINDOW, "ts", "type", "key", "focus", "category", "op", "inserted", "told", "_blind",
    "mods",
)  # fmt: skip
# Here Tab puts something in; elsewhere it goes to another field and selects all of it.
_TAB_INSERTS = ("editor", "remote")
_AWAY = (
    editing.LOST, editing.LINGER, editing.STRANGE, editing.MARK, editing.DRAG, editing.MENU,
    editing.GONE, editing.VOID, editing.ALL,
)  # fmt: skip
_STARTS = ("_marked", "_selects", "_opened")
_BEARING = ("keydown", "compose", "paste", "mousedown", "mouseup")


def fields(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per field, with the lists `op`, `inserted` and `told`; runs of insertions are one.

    Beside them `_put` (whether anything but blanks was put in), `_erased`, `_entered` (ended by
    Enter), `_sent` (by Enter alone), `_completed` (ended by Tab), `_opened` (the first of its
    focus), `_marked` (something may be selected at its start), `_blind`, and the window's columns.
    """
    placed = windows.placed(frame).filter(pl.col("type").is_in(_BEARING))
    return _returned(_grouped(_numbered(keystrokes.operations(placed).select(_KEEP))))


def _returned(found: pl.DataFrame) -> pl.DataFrame:
    """Marks also what begins in a window that was left with something selected."""
    here = pl.col("_selected").forward_fill().shift(1).over(WINDOW).fill_null(False)
    reached = pl.col("_tabbed").shift(1).over(WINDOW).fill_null(False) & pl.col("_opened")
    some = pl.col("_selected").fill_null(False).any().over(*DEVICE, "_day")
    anywhere = (pl.col("_window") == windows.NOWHERE) & some
    # A Tab that passes something by may have come round to the first field again.
    passed = pl.col("_selects") & ~pl.col("_put").shift(1) & ~pl.col("_opened")
    before = pl.when("_put").then("first_ts").min().over(WINDOW) < pl.col("first_ts")
    marked = pl.col("_marked") | here | anywhere | ((passed | reached) & before).fill_null(False)
    return found.with_columns(marked.alias("_marked"))


def _numbered(operations: pl.DataFrame) -> pl.DataFrame:
    """Adds `_field`, and `_marked` on what begins at a place that was typed at before."""
    elsewhere = pl.col("focus").ne_missing(pl.col("focus").shift(1)).fill_null(True)
    ended = pl.col("op").is_in(editing.ENDING).shift(1, fill_value=False)
    tabbed = ended & (pl.col("key").shift(1) == "Tab") & ~elsewhere
    cell = pl.col("category").is_in(keystrokes.CELLS)
    selects = (tabbed & ~pl.col("category").is_in(_TAB_INSERTS)) | (cell & (ended | elsewhere))
    puts = pl.col("op").is_in([editing.INSERT, editing.OVER])
    chained = operations.with_columns(
        (ended | elsewhere).cum_sum().alias("_field"),
        (pl.col("op").is_in(_AWAY) | elsewhere).cum_sum().alias("_chain"),
        selects.alias("_selects"),
        elsewhere.alias("_opened"),
        pl.when(puts).then("ts").min().over(*WINDOW).alias("_first_put"),
    )
    before = pl.col("_first_put") < pl.col("ts").min().over("_chain")
    return chained.with_columns((pl.col("_selects") & before).fill_null(False).alias("_marked"))


def _grouped(numbered: pl.DataFrame) -> pl.DataFrame:
    own = pl.int_range(pl.len(), dtype=pl.Int64)
    run = (
        pl.when(pl.col("op") == editing.INSERT)
        .then(-1)
        .when(pl.col("op") == editing.OVER)
        .then(-2)
        .otherwise(own)
    )
    joined = numbered.with_columns(pl.struct("_field", run.alias("_run")).rle_id().alias("_stroke"))
    strokes = joined.group_by("_stroke", maintain_order=True).agg(
        pl.col(
            *WINDOW, *_STARTS, "_blind", "category", "op", "told", "key", "mods", "_field"
        ).first(),
        pl.when(pl.col("inserted").is_not_null().any()).then(pl.col("inserted").str.join("")),
        pl.col("ts").min().alias("first_ts"),
        pl.col("ts").max().alias("last_ts"),
        pl.col("type").is_in(["keydown", "compose"]).sum().alias("n_keyboard"),
    )
    ended, key = pl.col("op").last().is_in(editing.ENDING), pl.col("key").last()
    entered = ended & (key == "Enter")
    moves = ended & (key == "Tab") & ~pl.col("category").last().is_in(_TAB_INSERTS)
    last = pl.col("op").filter(~pl.col("op").is_in(editing.LINGERING)).last()
    put = pl.col("inserted").str.contains(r"\S") | (pl.col("op") == editing.MASK)
    return strokes.group_by("_field", maintain_order=True).agg(
        pl.col(*WINDOW, *_STARTS, "_blind").first(),
        pl.col("category").first().alias("app"),
        pl.col("op", "inserted", "told"),
        pl.col("first_ts").min(),
        pl.col("last_ts").max(),
        pl.col("n_keyboard").sum(),
        pl.col("op").is_in(editing.ERASING).any().alias("_erased"),
        put.any().alias("_put"),
        last.is_in(editing.SELECTING).alias("_selected"),
        moves.fill_null(False).alias("_tabbed"),
        entered.alias("_entered"),
        (ended & (key == "Tab")).fill_null(False).alias("_completed"),
        (entered & pl.col("mods").last().is_null()).alias("_sent"),
    )
