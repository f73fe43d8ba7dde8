"""Key events -> the text as it stood: exact, in pieces where the caret was lost, or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from transforms import editing, fields
from transforms.editing import Replayed
from transforms.keystrokes import UNSEEN
from transforms.windows import DEVICE, NOWHERE, WINDOW

EXACT, PIECES, UNKNOWN = "exact", "pieces", "unknown"

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

FOLLOWS = ("follows", "follows_2", "follows_3", "follows_4", "follows_5", "follows_6")
WITHIN = "within"
CONTEXT: dict[str, pl.DataType] = dict.fromkeys((*FOLLOWS, WITHIN), pl.String())
"""`FOLLOWS`: the lines before, the nearest first, that were ended by Enter in the same window on
the same day, whatever became of them; null where there were fewer. `WITHIN`: what of the text's own
line was sent before its end, as pasted lines are; null where nothing was. With what was pasted, and
`keystrokes.UNSEEN` where something may stand that is not known. They are never published."""

# At the end of a line they may take what a shell suggests; elsewhere they only move.
_SUGGESTING = (editing.RIGHT, editing.FINISH)
# A recorder that hides each key by a star leaves as many as there were keys.
_STARS = r"\s*\*{4,}\s*"
_REPLAYED = {
    "_row": pl.UInt32(),
    "_text": pl.String(),
    "_exact": pl.Boolean(),
    "_masked": pl.Boolean(),
    "_reached": pl.Boolean(),
    "_voided": pl.Boolean(),
    "_trace": pl.String(),
}


def segments(frame: pl.DataFrame, *, sighted: bool = False, one_line: bool = False) -> pl.DataFrame:
    """One row per field of one focus: what stood in it when it was left.

    Columns as `SEGMENT` and `CONTEXT`; `app` is the application's category. The rest as `judged`,
    without what is unknown.
    """
    made = judged(frame, sighted=sighted, one_line=one_line)
    return made.filter(pl.col("kind") != UNKNOWN)


def judged(frame: pl.DataFrame, *, sighted: bool = False, one_line: bool = False) -> pl.DataFrame:
    """As `segments`, and also what was typed but is not used: `unknown`, its `text` null.

    A field ends with Enter, Tab, a focus change or a run. Pieces stand on lines of their own.
    What may have been deleted later, at a place of the same window that the keys do not tell, is
    not used, and neither is a text with a deletion where no mouse was recorded, which could have
    selected anything. `sighted` takes it from the source that only keys moved the caret;
    `one_line` also that each focus is a field of one line, empty at first.
    """
    found = _lined(_replayed(fields.fields(frame), one_line=one_line))
    unseen = pl.col("_blind") & pl.col("_erased") & ~pl.lit(sighted or one_line)
    text = pl.col("_text").str.replace_all(_STARS, "\n").str.strip_chars("\n")
    starred = pl.col("_text").str.contains(_STARS)
    blank = text.str.strip_chars() == ""
    only_stars = pl.col("_text").str.strip_chars().str.contains(r"^\*{2,}$")
    lost = (blank & (pl.col("_masked") | starred | pl.col("_reached"))) | only_stars
    unknown = pl.col("_put") & (lost | (~blank & (_gone() | unseen)))
    kind = (
        pl.when(unknown)
        .then(pl.lit(UNKNOWN))
        .otherwise(
            pl.when(pl.col("_exact") & ~starred).then(pl.lit(EXACT)).otherwise(pl.lit(PIECES))
        )
    )
    told = _following(found).with_columns(
        pl.when(~unknown).then(text).alias("text"),
        kind.alias("kind"),
        pl.lit(0).alias("n_mouse"),
        pl.lit(0).alias("n_other"),
    )
    return told.filter(unknown | ~blank).select(
        pl.col(name).cast(dtype) for name, dtype in (SEGMENT | CONTEXT).items()
    )


def _lined(found: pl.DataFrame) -> pl.DataFrame:
    """Adds `_line`: how many lines were sent before in the same window."""
    timed = found.sort("first_ts", "_row")
    sent = pl.col("_sent").cum_sum() - pl.col("_sent")
    return timed.with_columns(sent.over(WINDOW).alias("_line")).sort("_row")


def _gone() -> pl.Expr:
    """Whether something was deleted later that may have been this.

    Later by time, not by place: sessions stand in the order of their names.
    """
    nowhere = pl.col("_window") == NOWHERE
    reached, voided = pl.col("_reached"), pl.col("_voided")
    here = _last(reached, *WINDOW)
    anywhere = _last(reached | voided, *DEVICE, "_day")
    unplaced = _last((reached | voided) & nowhere, *DEVICE, "_day")
    emptied = _last(voided, *WINDOW, "_line")
    placed = pl.max_horizontal(here, unplaced, emptied)
    return (pl.col("first_ts") < pl.when(nowhere).then(anywhere).otherwise(placed)).fill_null(False)


def _last(where: pl.Expr, *over: str) -> pl.Expr:
    return pl.when(where).then("first_ts").max().over(over)


def _replayed(found: pl.DataFrame, *, one_line: bool) -> pl.DataFrame:
    """Adds `_text`, `_exact`, `_masked`, `_reached`; only what is more than typing is replayed."""
    ops = pl.col("op")
    plain = (
        (ops.list.first() == editing.INSERT)
        & ((ops.list.len() == 1) | ((ops.list.len() == 2) & (ops.list.last() == editing.END)))
        & ~pl.col("_marked")
    )
    numbered = found.with_row_index("_row").with_columns(plain.alias("_plain"))
    edited = numbered.filter(~pl.col("_plain")).select(
        "_row", "op", "inserted", "told", "_marked", "_opened"
    )
    texts = pl.DataFrame(_texts(edited, one_line), schema=_REPLAYED, orient="row")
    joined = numbered.join(texts, on="_row", how="left", maintain_order="left")
    typed = pl.when("_plain").then(pl.col("inserted").list.first()).otherwise("_text")
    return joined.with_columns(
        typed.alias("_text"),
        pl.when("_plain").then(typed).otherwise("_trace").alias("_trace"),
        pl.col("_exact").fill_null(True),
        pl.col("_masked", "_reached", "_voided").fill_null(False),
    )


def _texts(
    edited: pl.DataFrame, one_line: bool
) -> Iterator[tuple[int, str, bool, bool, bool, bool, str]]:
    for row, ops, inserted, told, marked, opened in edited.iter_rows():
        whole = one_line and opened
        one = editing.replay(zip(ops, inserted, strict=True), marked=marked, whole=whole)
        trace = _trace(one, inserted)
        if any(told) or editing.MASK in ops or len(one.pieces) > 1:
            pairs = list(_with_told(ops, inserted, told))
            seen = editing.replay(pairs, marked=marked, whole=whole)
            trace = _trace(seen, [text for _, text in pairs])
        yield row, "\n".join(one.pieces), one.exact, one.masked, one.reached, one.voided, trace


def _trace(one: Replayed, inserted: Iterable[str | None]) -> str:
    """A field as it may be read by detectors: with what may have been deleted, below the rest."""
    if one.reached:
        raw = "".join(text or "" for text in inserted)
        return "\n".join(["\n".join(one.pieces), raw])
    return f"{UNSEEN}\n".join(one.pieces)


def _with_told(
    ops: list[str], inserted: list[str | None], told: list[str | None]
) -> Iterator[tuple[str, str | None]]:
    """The operations with what is told put in where it came in, or may have.

    Without the end of the field: what asks for a password is sent whole, wherever the caret is.
    """
    after = (*ops[1:], editing.END)
    for op, text, other, following in zip(ops, inserted, told, after, strict=True):
        if op not in (editing.HOLE, editing.MASK, *editing.ENDING):
            yield op, text
        if op == editing.MASK:
            yield editing.INSERT, UNSEEN
        elif other and (op not in _SUGGESTING or following in editing.ENDING):
            yield editing.INSERT, other


def _following(found: pl.DataFrame) -> pl.DataFrame:
    """Adds the columns of `CONTEXT`, in the order given.

    A line is what was typed in one window from one Enter to the next.
    """
    timed = found.sort(*WINDOW, "first_ts", "_row", nulls_last=True)
    ends = pl.col("_entered").fill_null(False).cast(pl.Int64)
    placed = timed.with_columns(pl.struct(*WINDOW, ends.cum_sum() - ends).rle_id().alias("_group"))
    lines = _lines(placed)
    sent = lines.filter("_counted")["_line"]
    told = placed.with_columns(lines[WITHIN].gather(placed["_group"]))
    for n, name in enumerate(FOLLOWS, 1):
        place = (lines["_before"] - n).gather(placed["_group"])
        known = place >= lines["_least"].gather(placed["_group"])
        told = told.with_columns(
            sent.gather(place.set(~known, None)).alias(name)
            if sent.len()
            else pl.lit(None, pl.String).alias(name)
        )
    return told.sort("_row")


def _lines(placed: pl.DataFrame) -> pl.DataFrame:
    """One row per line: its text, whether it counts, how many that do stand before, `WITHIN`."""
    # After some text a Tab may have put more of it in; before any it only goes somewhere.
    completed = pl.col("_completed") & pl.col("_trace").str.contains(r"\S")
    trace = pl.col("_trace").fill_null("") + pl.when(completed).then(pl.lit(UNSEEN)).otherwise(
        pl.lit("")
    )
    ended = pl.col("told").list.join("").str.contains("\n", literal=True)
    lines = placed.group_by("_group", maintain_order=True).agg(
        pl.col(*WINDOW).first(),
        trace.str.join("").alias("_line"),
        pl.col("_entered").any(),
        ended.any().alias("_ended"),
    )
    counted = (pl.col("_entered") & pl.col("_line").str.contains(r"\S")).fill_null(False)
    numbered = lines.with_columns(
        counted.alias("_counted"),
        (counted.cast(pl.Int64).cum_sum() - counted.cast(pl.Int64)).alias("_before"),
        pl.when("_ended").then(pl.col("_line").str.replace(r"\n[^\n]*$", "")).alias(WITHIN),
    )
    return numbered.with_columns(pl.col("_before").min().over(WINDOW).alias("_least"))
