"""Events -> editing operations: what each key, paste and press of a button does to a text."""

from __future__ import annotations

import polars as pl

from transforms import editing as ed

_HELD = ("Shift", "Control", "Alt", "AltGraph", "Meta")
_QUIET = (
    *_HELD, "CapsLock", "NumLock", "ScrollLock", "Fn", "FnLock", "Hyper", "Super", "Symbol",
    "Dead", "Process", "Compose", "Unidentified", "PrintScreen",
)  # fmt: skip
_QUIET_STARTS = r"^(Audio|Media|Brightness|Keyboard|Mic)"
_QUIET_COMMANDS = ("c", "s", "b", "i", "+", "-", "=", "0")
# Undo and redo differ by application, and the others delete a line or a word in some of them.
_ERASING_COMMANDS = ("z", "y", "u", "k", "w", "h", "d", "l")
_FAR = ("ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End")
_MASKS = r"^(?:[•●∙◦⬤]+|\*{2,}|REDACTED|<[A-Z_]+>|\[[A-Z_]+\])$"
_DOUBLE_US = 600_000
_STILL_PX = 4


def operations(events: pl.DataFrame) -> pl.DataFrame:
    """Keeps the events that bear on a text and adds `op` (see `editing`) and `inserted`.

    Input in order, with `run` and `focus`. `inserted` is null but for `insert`.
    """
    held = events.with_columns(
        pl.col("mods").fill_null("").str.split("+").list.contains(name).alias(name)
        for name in _HELD
    ).with_row_index("_row")
    marked = held.join(_selecting(held), on="_row", how="left", maintain_order="left")
    operated = marked.with_columns(_operation().alias("op")).filter(pl.col("op") != "")
    text = pl.when(pl.col("type") == "compose").then("text").otherwise("key")
    return operated.with_columns(pl.when(pl.col("op") == ed.INSERT).then(text).alias("inserted"))


def _selecting(events: pl.DataFrame) -> pl.DataFrame:
    """`_row` of each press, and `_selects`: whether it may have selected something.

    It did not where it was single, without Shift, and let go at the same place.
    """
    buttons = events.filter(pl.col("type").is_in(["mousedown", "mouseup"]))
    up = (pl.col("type").shift(-1) == "mouseup") & (pl.col("run").shift(-1) == pl.col("run"))
    still = pl.all_horizontal(
        (pl.col(axis).shift(-1) - pl.col(axis)).abs() <= _STILL_PX for axis in ("x", "y")
    )
    presses = buttons.with_columns((up & still).fill_null(False).alias("_single")).filter(
        pl.col("type") == "mousedown"
    )
    again = (pl.col("ts") - pl.col("ts").shift(1)).abs() <= _DOUBLE_US
    selects = ~pl.col("_single") | pl.col("Shift") | again.fill_null(False)
    return presses.select("_row", selects.alias("_selects"))


def _operation() -> pl.Expr:
    kind, key = pl.col("type"), pl.col("key")
    press = (
        pl.when(pl.col("button") == "right")
        .then(pl.lit(ed.MENU))
        .when(pl.col("_selects"))
        .then(pl.lit(ed.MARK))
        .otherwise(pl.lit(ed.LOST))
    )
    composed = pl.when(pl.col("text").fill_null("") == "").then(pl.lit(""))
    committed = composed.when(pl.col("text").str.contains(_MASKS)).then(pl.lit(ed.HOLE))
    quiet = key.is_null() | key.is_in(_QUIET) | key.str.contains(_QUIET_STARTS)
    command = pl.any_horizontal("Control", "Alt", "Meta") & ~pl.col("AltGraph")
    return (
        pl.when(kind == "mousedown")
        .then(press)
        .when(kind == "paste")
        .then(pl.lit(ed.HOLE))
        .when(kind == "compose")
        .then(committed.otherwise(pl.lit(ed.INSERT)))
        .when((kind != "keydown") | quiet)
        .then(pl.lit(""))
        .when((key.str.len_chars() == 1) & ~command)
        .then(pl.when(key.str.contains(_MASKS)).then(pl.lit(ed.HOLE)).otherwise(pl.lit(ed.INSERT)))
        .when(key.str.len_chars() == 1)
        .then(_command())
        .otherwise(_named())
    )


def _command() -> pl.Expr:
    """A character with Control, Alt or Meta: from select all to what may do anything."""
    char = pl.col("key").str.to_lowercase()
    return (
        pl.when(char.is_in(_QUIET_COMMANDS))
        .then(pl.lit(""))
        .when(char == "a")
        .then(pl.lit(ed.MARK))
        .when(char == "x")
        .then(pl.lit(ed.CUT))
        .when(char == "v")
        .then(pl.lit(ed.HOLE))
        .when(char.is_in(_ERASING_COMMANDS))
        .then(pl.lit(ed.GONE))
        .otherwise(pl.lit(ed.LOST))
    )


def _named() -> pl.Expr:
    """A key with a name. Words and lines end elsewhere on each platform, so few are followed."""
    key, shift = pl.col("key"), pl.col("Shift")
    by_word = pl.any_horizontal("Control", "Alt")
    more = pl.any_horizontal("Control", "Alt", "Meta")
    sideways = key.is_in(["ArrowLeft", "ArrowRight"])
    far = key.is_in(_FAR) | (sideways & more)
    step = pl.when(key == "ArrowLeft").then(_either(shift, ed.SELECT_LEFT, ed.LEFT))
    erased = pl.when(pl.col("Meta")).then(pl.lit(ed.GONE))
    return (
        pl.when(key.is_in(["Enter", "Tab"]))
        .then(_either(more & (key == "Tab"), ed.LOST, ed.END))
        .when(key == "Backspace")
        .then(erased.otherwise(_either(by_word, ed.BACK_WORD, ed.BACK)))
        .when((key == "Delete") & shift)
        .then(pl.lit(ed.CUT))
        .when(key == "Delete")
        .then(erased.otherwise(_either(by_word, ed.AHEAD_WORD, ed.AHEAD)))
        .when(far)
        .then(_either(shift, ed.MARK, ed.LOST))
        .when(sideways)
        .then(step.otherwise(_either(shift, ed.SELECT_RIGHT, ed.RIGHT)))
        .when(key.is_in(["Cut", "Clear", "Undo", "Redo", "EraseEof"]))
        .then(pl.lit(ed.GONE))
        .when((key == "Paste") | ((key == "Insert") & shift))
        .then(pl.lit(ed.HOLE))
        .when((key == "Copy") | ((key == "Insert") & more))
        .then(pl.lit(""))
        .when(key == "Insert")
        .then(pl.lit(ed.MARK))  # what is typed from here on may be written over something
        .otherwise(pl.lit(ed.LOST))
    )


def _either(condition: pl.Expr, then: str, otherwise: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(then)).otherwise(pl.lit(otherwise))
