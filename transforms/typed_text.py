"""Key events -> the text as it stood: exact, or in pieces where the caret was lost."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from transforms import editing, keystrokes
from transforms.events import MOUSE, day

EXACT, PIECES = "exact", "pieces"
_STREAM = ("user_id", "device_id")
_KEEP = (*_STREAM, "ts", "type", "focus", "category", "op", "inserted", "_day", "_window", "_blind")
_ERASING = (
    editing.BACK, editing.AHEAD, editing.BACK_WORD, editing.AHEAD_WORD, editing.CUT, editing.GONE,
    editing.SELECT_LEFT, editing.SELECT_RIGHT,
)  # fmt: skip

SEGMENT: dict[str, pl.DataType] = {
    "text": pl.String(),
    "kind": pl.String(),
    "app": pl.String(),
    "user_id": pl.String(),
    "device_id": pl.String(),
    "first_ts": pl.Int64(),
    "last_ts": pl.Int64(),
    "n_keyboard": pl.Int64(),
    "n_mouse": pl.Int64(),
    "n_other": pl.Int64(),
}


def segments(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per field of one focus: what stood in it when it was left.

    Columns as `SEGMENT`, `app` being the application's category. A field ends with Enter, Tab, a
    focus change or a run. Pieces stand on lines of their own. What may have been deleted later,
    at a place of the same window that the keys do not tell, is left out, and so is every text
    with a deletion where no mouse was recorded, which could have selected anything.
    """
    found = _replayed(_fields(_operations(frame)))
    # By time, not by place: sessions stand in the order of their names.
    reaching = pl.when("_reached").then("first_ts").max().over(*_STREAM, "_day", "_window")
    later = (pl.col("first_ts") < reaching).fill_null(False)
    gone = later | (pl.col("_blind") & pl.col("_erased"))
    blank = pl.col("text").str.strip_chars() == ""
    return found.filter(~gone & ~blank).select(
        pl.col(name).cast(dtype) for name, dtype in SEGMENT.items()
    )


def _operations(frame: pl.DataFrame) -> pl.DataFrame:
    """Operations in order, with the window they went to, and whether the mouse is known there."""
    names = [pl.col(name).fill_null("\1") for name in ("app", "title", "url")]
    window = pl.when(pl.col("type") == "focus").then(pl.concat_str(names, separator="\0"))
    known = frame.with_columns(
        day().alias("_day"),
        window.forward_fill().over(*_STREAM, "session_id", day()).fill_null("").alias("_window"),
    ).with_columns((~pl.col("type").is_in(MOUSE)).all().over(*_STREAM, "_day").alias("_blind"))
    bearing = known.filter(
        pl.col("type").is_in(["keydown", "compose", "paste", "mousedown", "mouseup"])
    )
    return keystrokes.operations(bearing).select(_KEEP)


def _fields(operations: pl.DataFrame) -> pl.DataFrame:
    """One row per field, with the lists `op` and `inserted`; runs of insertions are one."""
    ended = pl.col("op").shift(1) == editing.END
    field = (
        ended.fill_null(False) | pl.col("focus").ne_missing(pl.col("focus").shift(1))
    ).cum_sum()
    numbered = operations.with_columns(field.alias("_field"))
    insert = pl.col("op") == editing.INSERT
    joined = numbered.with_columns(
        pl.struct("_field", pl.when(insert).then(-1).otherwise(pl.int_range(pl.len())))
        .rle_id()
        .alias("_stroke")
    )
    strokes = joined.group_by("_stroke", maintain_order=True).agg(
        pl.col(*_STREAM, "_day", "_window", "_blind", "category", "op", "_field").first(),
        pl.col("inserted").str.join("").alias("inserted"),
        pl.col("ts").min().alias("first_ts"),
        pl.col("ts").max().alias("last_ts"),
        pl.col("type").is_in(["keydown", "compose"]).sum().alias("n_keyboard"),
    )
    return strokes.group_by("_field", maintain_order=True).agg(
        pl.col(*_STREAM, "_day", "_window", "_blind").first(),
        pl.col("category").first().alias("app"),
        pl.col("op", "inserted"),
        pl.col("first_ts").min(),
        pl.col("last_ts").max(),
        pl.col("n_keyboard").sum(),
        pl.col("op").is_in(_ERASING).any().alias("_erased"),
    )


def _replayed(fields: pl.DataFrame) -> pl.DataFrame:
    """Adds `text`, `kind` and `_reached`; only fields with more than typing are replayed."""
    ops = pl.col("op")
    plain = (ops.list.first() == editing.INSERT) & (
        (ops.list.len() == 1) | ((ops.list.len() == 2) & (ops.list.last() == editing.END))
    )
    split = fields.with_columns(plain.alias("_plain"))
    texts = split["inserted"].list.first().to_list()
    kinds = [EXACT] * len(texts)
    reached = [False] * len(texts)
    edited = split.select("op", "inserted").rows()
    for row in (~split["_plain"]).arg_true():
        texts[row], kinds[row], reached[row] = _text(*edited[row])
    return fields.with_columns(
        pl.Series("text", texts, dtype=pl.String),
        pl.Series("kind", kinds, dtype=pl.String),
        pl.Series("_reached", reached, dtype=pl.Boolean),
        pl.lit(0).alias("n_mouse"),
        pl.lit(0).alias("n_other"),
    )


def _text(ops: Sequence[str], inserted: Sequence[str]) -> tuple[str, str, bool]:
    state = editing.replay(zip(ops, inserted, strict=True))
    exact = not (state.lost or state.reached) and len(state.pieces) == 1
    return "\n".join(state.pieces), EXACT if exact else PIECES, state.reached
