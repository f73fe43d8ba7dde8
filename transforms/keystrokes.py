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
# Copy, save, zoom. In a terminal, and on some machines elsewhere, bold and italic move the caret.
_QUIET_COMMANDS = ("c", "s", "+", "-", "=", "0")
_STYLE_COMMANDS = ("b", "i")
# Undo and redo differ by application, and the others delete a line or a word in some of them.
# T opens a tab on some machines and turns two letters round on others.
_ERASING_COMMANDS = ("z", "y", "u", "k", "w", "h", "d", "l")
_CARET = ("ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End")
_RECALLING = ("ArrowUp", "ArrowDown", "PageUp", "PageDown")
# With Control a shell searches its history, goes up and down in it, or takes what it suggests.
_RECALLING_COMMANDS = ("r", "p", "n", "y", "e", "f")
_ENTERING_COMMANDS = ("j", "m", "o")
_SUGGESTED = ("ArrowRight", "End")
_TOLD = 4_000  # characters of a paste
_MASK = r"[•●∙◦⬤]|\*{3,}|\bREDACTED\b|<[A-Z][A-Z_]+>|\[[A-Z][A-Z_]+\]"
_ONLY_MASK = r"^\*{2,}$"
_DOUBLE_US = 600_000
_STILL_PX = 4

SHELL = ("terminal",)
"""Categories in which Tab completes a line, and up and down put another in its place."""
TERMINAL = (*SHELL, "remote", "other")
"""Categories in which a terminal may be at work: there some commands end a line or move in it."""
WRITING = ("documents", "editor", "presentation", "email", "design")
"""Categories in which Escape takes back nothing that was typed."""
CELLS = ("spreadsheet",)
"""Categories in which typing replaces what stood in the cell that the caret has come to."""
UNSEEN = "\ufffc"
"""Stands for text that may have come in, and that the keys do not tell."""


def operations(events: pl.DataFrame) -> pl.DataFrame:
    """Keeps the events that bear on a text and adds `op` (see `editing`), `inserted` and `told`.

    Input in order, with `run`, `focus`, `category` and those of `windows.placed`.
    `inserted` is null but for `insert` and `over`. `told` is what else came in, as far as that is
    known: the end of what was pasted, or `UNSEEN`; a line's end where one may have come with it.
    """
    held = events.with_columns(
        pl.col("mods").fill_null("").str.split("+").list.contains(name).alias(name)
        for name in _HELD
    ).with_row_index("_row")
    marked = held.join(_selecting(held), on="_row", how="left", maintain_order="left")
    operated = marked.with_columns(_operation().alias("op")).filter(pl.col("op") != "")
    text = pl.when(pl.col("type") == "compose").then("text").otherwise("key")
    puts = pl.col("op").is_in([ed.INSERT, ed.OVER])
    return operated.with_columns(pl.when(puts).then(text).alias("inserted"), _told().alias("told"))


def _told() -> pl.Expr:
    kind, key, char = pl.col("type"), pl.col("key"), pl.col("key").str.to_lowercase()
    follows = (pl.col("type").shift(-1) == "paste") & (pl.col("run").shift(-1) == pl.col("run"))
    control = pl.col("Control") & ~pl.col("Alt") & ~pl.col("Meta")
    plain = ~pl.any_horizontal("Shift", "Control", "Alt", "Meta")
    pastes = (pl.any_horizontal("Control", "Meta") & (char == "v")) | (
        (key == "Paste") | ((key == "Insert") & pl.col("Shift"))
    )
    completes = (key == "Tab") & _in(SHELL)
    recalls = (plain & (key.is_in(_RECALLING) | key.is_in(_SUGGESTED))) | completes
    commands = control & char.is_in(_RECALLING_COMMANDS)
    pressed = (kind == "mousedown") & pl.col("button").is_in(["right", "middle"])
    unseen = pressed | ((kind == "keydown") & (recalls | commands))
    return (
        pl.when(kind == "paste")
        .then(pl.col("text").fill_null(UNSEEN + "\n").str.tail(_TOLD))
        .when((kind == "keydown") & pastes & ~follows.fill_null(False))
        .then(pl.lit(UNSEEN + "\n"))
        .when((kind == "keydown") & control & char.is_in(_ENTERING_COMMANDS))
        .then(pl.lit("\n"))
        .when(unseen)
        .then(pl.lit(UNSEEN))
    )


def _selecting(events: pl.DataFrame) -> pl.DataFrame:
    """`_row` of each press, and `_selects`: whether it may have selected something.

    It did not where it was single, without Shift, and let go at the same place. `_drags`: it may
    have been let go elsewhere.
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
    return presses.select("_row", selects.alias("_selects"), (~pl.col("_single")).alias("_drags"))


def _operation() -> pl.Expr:
    kind, key = pl.col("type"), pl.col("key")
    composed = pl.when(pl.col("text").fill_null("") == "").then(pl.lit(""))
    committed = composed.when(_masked("text")).then(pl.lit(ed.MASK))
    quiet = key.is_null() | key.is_in(_QUIET) | key.str.contains(_QUIET_STARTS)
    command = pl.any_horizontal("Control", "Alt", "Meta") & ~pl.col("AltGraph")
    insert = _either(pl.col("over"), ed.OVER, ed.INSERT)
    return (
        pl.when(kind == "mousedown")
        .then(_press())
        .when(kind == "paste")
        .then(_hole())
        .when(kind == "compose")
        .then(committed.otherwise(insert))
        .when((kind != "keydown") | quiet)
        .then(pl.lit(""))
        .when(_masked("key"))
        .then(pl.lit(ed.MASK))
        .when((key.str.len_chars() == 1) & ~command)
        .then(insert)
        .when(key.str.len_chars() == 1)
        .then(_command())
        .otherwise(_named())
    )


def _masked(name: str) -> pl.Expr:
    return pl.col(name).str.contains(_MASK) | pl.col(name).str.contains(_ONLY_MASK)


def _press() -> pl.Expr:
    return (
        pl.when(pl.col("button") == "right")
        .then(pl.lit(ed.MENU))
        .when(pl.col("_selects") & pl.col("_drags"))
        .then(pl.lit(ed.DRAG))
        .when(pl.col("_selects") | _in(CELLS))
        .then(pl.lit(ed.MARK))
        .otherwise(pl.lit(ed.LOST))
    )


def _command() -> pl.Expr:
    """A character with Control, Alt or Meta: from select all to what may do anything."""
    char = pl.col("key").str.to_lowercase()
    plain = ~pl.col("Alt")
    return (
        pl.when(plain & pl.col("Control") & (char == "c") & _in(TERMINAL))
        .then(pl.lit(ed.VOID))  # the line is given up
        .when(plain & char.is_in(_QUIET_COMMANDS) & ~(pl.col("Control") & _in(TERMINAL)))
        .then(pl.lit(""))
        .when(plain & char.is_in(_STYLE_COMMANDS) & ~pl.col("Control"))
        .then(pl.lit(""))
        .when(char == "a")
        .then(pl.lit(ed.ALL))
        .when(char == "x")
        .then(pl.lit(ed.CUT))
        .when(char == "v")
        .then(_hole())
        .when(char.is_in(_ERASING_COMMANDS) | ((char == "t") & (~pl.col("pc") | _in(TERMINAL))))
        .then(pl.lit(ed.GONE))
        .otherwise(pl.lit(ed.STRANGE))
    )


def _named() -> pl.Expr:
    """A key with a name. Words and lines end elsewhere on each platform, so few are followed."""
    key, shift = pl.col("key"), pl.col("Shift")
    return (
        pl.when(key == "Enter")
        .then(_end())
        .when(key == "Tab")
        .then(_tabbed())
        .when(key == "Backspace")
        .then(_erased_back())
        .when((key == "Delete") & shift)
        .then(pl.lit(ed.CUT))
        .when(key == "Delete")
        .then(_erased(ed.AHEAD, ed.AHEAD_WORD))
        .when(key == "Escape")
        .then(_either(_in(WRITING), ed.LINGER, ed.VOID))
        .when(key == "ContextMenu")
        .then(pl.lit(ed.MENU))
        .when(key.is_in(["Cut", "Clear", "Undo", "Redo", "EraseEof"]))
        .then(pl.lit(ed.GONE))
        .when((key == "Paste") | ((key == "Insert") & shift))
        .then(_hole())
        .when((key == "Copy") | (key == "Insert"))
        .then(pl.lit(""))  # what Insert does to the keys after it is told by `over`
        .otherwise(_moved())
    )


def _hole() -> pl.Expr:
    return _either(pl.col("over"), ed.GONE, ed.HOLE)


def _end() -> pl.Expr:
    return _either(pl.col("over"), ed.OVER_END, ed.END)


def _tabbed() -> pl.Expr:
    """To the next field, or one back, or to another window; or it puts something in."""
    more = pl.any_horizontal("Control", "Alt", "Meta")
    return (
        pl.when(more)
        .then(pl.lit(ed.LINGER))
        .when(pl.col("Shift"))
        .then(pl.lit(ed.MARK))
        .otherwise(pl.when(_in(SHELL)).then(_hole()).otherwise(_end()))
    )


def _moved() -> pl.Expr:
    """A key that moves the caret, or one that nothing is known of."""
    key, shift = pl.col("key"), pl.col("Shift")
    more = pl.any_horizontal("Control", "Alt", "Meta")
    away = (
        pl.when(shift | _in(CELLS))
        .then(pl.lit(ed.MARK))
        .otherwise(_either(more, ed.LINGER, ed.LOST))  # with these some machine does not move
    )
    moved_line = pl.col("Alt") & key.is_in(["ArrowUp", "ArrowDown"])
    arrow = key.is_in(["ArrowLeft", "ArrowRight"])
    near = ~more & ~_in(CELLS)
    return (
        pl.when(moved_line)
        .then(pl.lit(ed.STRANGE))
        .when(near & (key == "ArrowLeft"))
        .then(_either(shift, ed.SELECT_LEFT, ed.LEFT))
        .when(near & (key == "ArrowRight"))
        .then(_either(shift, ed.SELECT_RIGHT, ed.RIGHT))
        .when(near & (key == "Home"))
        .then(_either(shift, ed.SELECT_HOME, ed.HOME))
        .when(near & (key == "End"))
        .then(_either(shift, ed.SELECT_FINISH, ed.FINISH))
        .when(_in(SHELL) & key.is_in(_RECALLING))
        .then(pl.lit(ed.VOID))
        .when(arrow | key.is_in(_CARET))
        .then(away)
        .otherwise(pl.lit(ed.STRANGE))
    )


def _erased_back() -> pl.Expr:
    """A word goes with Control on some machines and with Alt on others."""
    held = [pl.col(name) for name in ("Shift", "Control", "Alt", "Meta")]
    alone = pl.sum_horizontal(held) == 1
    sure = (
        ~_in(TERMINAL)
        & alone
        & ((pl.col("pc") & pl.col("Control")) | (pl.col("mac") & pl.col("Alt")))
    )
    return pl.when(sure).then(pl.lit(ed.SURE_BACK_WORD)).otherwise(_erased(ed.BACK, ed.BACK_WORD))


def _erased(one: str, word: str) -> pl.Expr:
    """One character, a word, or what only some machine knows: there Alt with Backspace undoes."""
    control, shift = pl.col("Control"), pl.col("Shift")
    strange = pl.any_horizontal("Alt", "Meta") | (control & shift)
    return pl.when(strange).then(pl.lit(ed.GONE)).otherwise(_either(control, word, one))


def _in(categories: tuple[str, ...]) -> pl.Expr:
    return pl.col("category").is_in(categories)


def _either(condition: pl.Expr, then: str, otherwise: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(then)).otherwise(pl.lit(otherwise))
