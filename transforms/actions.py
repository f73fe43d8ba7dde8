"""Events -> click, drag, scroll, type, hotkey, switch: what was done, coarsely, in short rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from transforms.events import LINEAGE
from transforms.grid import Grid, cell, gap_class, on_screen

CLICK_US = 500_000  # a second press this soon at the same place makes a double click
NEAR_PX = 8
DRAG_PX = 10
SCROLL_US = 1_000_000

ACTIONS = (
    "click", "double_click", "triple_click", "right_click", "middle_click", "drag",
    "scroll_up", "scroll_down", "scroll_left", "scroll_right", "type", "hotkey", "switch",
)  # fmt: skip
_FAMILIES = {
    "click": "c", "double_click": "m", "triple_click": "m", "right_click": "r",
    "middle_click": "r", "drag": "d", "scroll_up": "u", "scroll_down": "s", "scroll_left": "h",
    "scroll_right": "h", "type": "k", "hotkey": "k", "switch": "w",
}  # fmt: skip
LENGTHS = ("none", "1-16", "17-64", "65+")
HOTKEYS = (
    "none", "enter", "tab", "escape", "mod+a", "mod+c", "mod+f", "mod+n", "mod+o", "mod+p",
    "mod+s", "mod+t", "mod+v", "mod+w", "mod+x", "mod+y", "mod+z", "mod+tab", "mod+shift+t",
    "alt+tab", "alt+f4",
)  # fmt: skip
"""Combinations by what they do: `mod` is Control, or Command on a Mac, which would set its few
owners apart; Command and Tab is `alt+tab`, Control and Tab `mod+tab`."""
_MEANT = {
    **{f"{held}{name[3:]}": name for name in HOTKEYS if name.startswith("mod")
       for held in ("ctrl", "meta")},
    "meta+tab": "alt+tab", "meta+shift+z": "mod+y", "meta+q": "alt+f4",
}  # fmt: skip

ACTION = pl.Struct(
    {
        "action": pl.String(), "x": pl.UInt8(), "y": pl.UInt8(),
        "to_x": pl.UInt8(), "to_y": pl.UInt8(), "length": pl.String(),
        "hotkey": pl.String(), "app": pl.String(), "gap": pl.UInt8(),
    }
)  # fmt: skip


@dataclass(frozen=True)
class ActionParams:
    """How coarse actions are, how many a row holds, and how many are left out after each row.

    Times are told in bins of `gap_ms`: the rhythm of work names people like that of a hand.
    """

    grid: Grid = field(default_factory=Grid)
    max_actions: int = 3
    min_actions: int = 2
    skipped: int = 2
    gap_ms: int = 2000


def sequences(frame: pl.DataFrame, params: ActionParams) -> pl.DataFrame:
    """Rows of at most `max_actions` actions of one run, with `skipped` left out between two rows.

    Columns: actions (a list of `ACTION`), and those of `LINEAGE`. `gap` is the class of the time
    from the start of the action before, 0 for a row's first. Of typing only a class of its length
    is told; of keys only well-known combinations. What is left out keeps one row from beginning
    where another ends.
    """
    items = _merged(_items(frame, params.grid))
    place = pl.int_range(pl.len()).over("run")
    step = params.max_actions + params.skipped
    cut = items.with_columns((place // step).alias("_row")).filter(
        place % step < params.max_actions
    )
    since = (pl.col("ts") - pl.col("ts").shift(1).over("run", "_row")) // (params.gap_ms * 1000)
    timed = cut.with_columns(gap_class(since.fill_null(0)).alias("gap"))
    return (
        timed.group_by("run", "_row", maintain_order=True)
        .agg(
            pl.struct(*ACTION.to_schema()).alias("actions"),
            pl.col("user_id", "device_id").first(),
            pl.col("ts").min().alias("first_ts"),
            pl.col("_stop").max().alias("last_ts"),
            *(pl.col(name).sum().cast(pl.Int64) for name in LINEAGE[4:]),
        )
        .filter(pl.col("actions").list.len() >= params.min_actions)
        .select(pl.col("actions").cast(pl.List(ACTION)), *LINEAGE)
    )


def mix() -> pl.Expr:
    """Of which kinds the `actions` of a row are, in short: the same for rows that look alike."""
    kind = pl.element().struct.field("action").replace_strict(_FAMILIES, return_dtype=pl.String)
    return pl.col("actions").list.eval(kind).list.unique().list.sort().list.join("")


_ITEM = ("run", "focus", "user_id", "device_id", "ts", "_stop", "action", "x", "y", "to_x", "to_y",
         "_px", "_py", "_chars", "hotkey", "app", *LINEAGE[4:])  # fmt: skip


def _items(frame: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    """One row per press, turn, inserted character, hotkey and switch, in order."""
    numbered = frame.with_row_index("_order")
    parts = [_presses(numbered, grid), _turns(numbered, grid), _keys(numbered), _switches(numbered)]
    return pl.concat([part.select("_order", *_ITEM) for part in parts]).sort("_order")


def _blank(**columns: pl.Expr) -> list[pl.Expr]:
    """The columns of an item that this kind of item does not fill."""
    empty: dict[str, pl.Expr] = {
        **{name: pl.lit(None, pl.UInt8) for name in ("x", "y", "to_x", "to_y")},
        **{name: pl.lit(None, pl.Float64) for name in ("_px", "_py")},
        "_chars": pl.lit(0, pl.UInt32),
        "hotkey": pl.lit("none"),
        "app": pl.lit("none"),
        "_stop": pl.col("ts"),
        **{name: pl.lit(0, pl.Int64) for name in LINEAGE[4:]},
    }
    return [expression.alias(name) for name, expression in {**empty, **columns}.items()]


def _presses(frame: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    """Each press with the release that follows it: a click, or a drag where they lie apart."""
    hand = ("run", "button")
    buttons = frame.filter(
        pl.col("type").is_in(["mousedown", "mouseup"])
        & pl.col("button").is_in(["left", "right", "middle"])
    )
    paired = buttons.with_columns(
        (pl.col("type").shift(-1).over(hand) == "mouseup").fill_null(False).alias("_up"),
        *(pl.col(n).shift(-1).over(hand).alias(f"_to_{n}") for n in ("x", "y", "ts")),
    )
    down = paired.filter((pl.col("type") == "mousedown") & on_screen())
    moved = (pl.col("_to_x") - pl.col("x")) ** 2 + (pl.col("_to_y") - pl.col("y")) ** 2
    left = pl.col("button") == "left"
    drag = pl.col("_up") & left & (moved >= DRAG_PX**2)
    landed = pl.col("_drag") & on_screen("_to_x", "_to_y")  # a drag's end may lie outside
    named = pl.when(left).then(pl.lit("click")).otherwise(pl.col("button") + "_click")
    return down.with_columns(drag.fill_null(False).alias("_drag")).with_columns(
        pl.when(pl.col("_drag")).then(pl.lit("drag")).otherwise(named).alias("action"),
        *_blank(
            x=cell("x", grid),
            y=cell("y", grid),
            to_x=pl.when(landed).then(cell("_to_x", grid)),
            to_y=pl.when(landed).then(cell("_to_y", grid)),
            _px=pl.col("x"),
            _py=pl.col("y"),
            _stop=pl.when(pl.col("_up")).then(pl.col("_to_ts")).otherwise(pl.col("ts")),
            n_mouse=1 + pl.col("_up").cast(pl.Int64),
        ),
    )


def _turns(frame: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    dx, dy = pl.col("dx").fill_null(0), pl.col("dy").fill_null(0)
    upright = pl.when(dy < 0).then(pl.lit("scroll_up")).otherwise(pl.lit("scroll_down"))
    across = pl.when(dx < 0).then(pl.lit("scroll_left")).otherwise(pl.lit("scroll_right"))
    turned = frame.filter((pl.col("type") == "wheel") & ((dx != 0) | (dy != 0)) & on_screen())
    return turned.with_columns(
        pl.when(dy.abs() >= dx.abs()).then(upright).otherwise(across).alias("action"),
        *_blank(x=cell("x", grid), y=cell("y", grid), n_mouse=pl.lit(1, pl.Int64)),
    )


def _keys(frame: pl.DataFrame) -> pl.DataFrame:
    """Inserted characters, and well-known combinations; no other key is told of."""
    mods = pl.col("mods").fill_null("")
    held = [mods.str.split("+").list.contains(name) for name in ("Control", "Alt", "Meta")]
    command = pl.any_horizontal(held) & ~mods.str.contains("AltGraph", literal=True)
    shift = mods.str.split("+").list.contains("Shift")
    names = ("ctrl+", "alt+", "meta+")
    prefix = [
        pl.when(h).then(pl.lit(n)).otherwise(pl.lit("")) for h, n in zip(held, names, strict=True)
    ]
    shifted = pl.when(shift & command).then(pl.lit("shift+")).otherwise(pl.lit(""))
    pressed = pl.concat_str([*prefix, shifted, pl.col("key").str.to_lowercase()])
    combination = pressed.replace_strict(_MEANT, default=pressed)
    composed = pl.col("type") == "compose"
    one = (pl.col("key").str.len_chars() == 1) & ~command & (pl.col("type") == "keydown")
    chars = pl.when(composed).then(pl.col("text").str.len_chars()).when(one).then(1).otherwise(0)
    known = combination.is_in(HOTKEYS[1:]) & ~pl.col("repeat").fill_null(False)
    return (
        frame.filter(pl.col("type").is_in(["keydown", "compose"]))
        .with_columns(
            chars.fill_null(0).cast(pl.UInt32).alias("_n"),
            pl.when(known.fill_null(False)).then(combination).alias("_hot"),
        )
        .filter((pl.col("_n") > 0) | pl.col("_hot").is_not_null())
        .with_columns(
            pl.when(pl.col("_n") > 0)
            .then(pl.lit("type"))
            .otherwise(pl.lit("hotkey"))
            .alias("action"),
            *_blank(
                _chars=pl.col("_n"),
                hotkey=pl.when(pl.col("_n") > 0).then(pl.lit("none")).otherwise(pl.col("_hot")),
                n_keyboard=pl.lit(1, pl.Int64),
            ),
        )
    )


def _switches(frame: pl.DataFrame) -> pl.DataFrame:
    focus = frame.filter(pl.col("type") == "focus")
    changed = pl.col("category").ne_missing(pl.col("category").shift(1).over("run"))
    return focus.filter(changed).with_columns(
        pl.lit("switch").alias("action"),
        *_blank(app=pl.col("category"), n_other=pl.lit(1, pl.Int64)),
    )


def _merged(items: pl.DataFrame) -> pl.DataFrame:
    """Presses at one place as double and triple clicks, turns and characters as one action."""
    before = {n: pl.col(n).shift(1) for n in ("run", "focus", "action", "ts", "_px", "_py")}
    same = pl.all_horizontal(pl.col(n) == before[n] for n in ("run", "action"))
    soon = pl.col("ts") - before["ts"]
    near = (
        (pl.col("_px") - before["_px"]) ** 2 + (pl.col("_py") - before["_py"]) ** 2
    ) <= NEAR_PX**2
    clicks = pl.col("action").str.ends_with("click") & near & (soon <= CLICK_US)
    turns = pl.col("action").str.starts_with("scroll") & (soon <= SCROLL_US)
    typing = (pl.col("action") == "type") & (pl.col("focus") == before["focus"])
    joins = (same & (clicks | turns | typing)).fill_null(False)
    first = (
        "run",
        "user_id",
        "device_id",
        "ts",
        "action",
        "x",
        "y",
        "to_x",
        "to_y",
        "hotkey",
        "app",
    )
    return (
        items.with_columns((~joins).cum_sum().alias("_action"))
        .group_by("_action", maintain_order=True)
        .agg(
            pl.col(first).first(),
            pl.col("_stop").max(),
            pl.len().alias("_presses"),
            pl.col("_chars", *LINEAGE[4:]).sum(),
        )
        .with_columns(_click_name().alias("action"), _length().alias("length"))
    )


def _click_name() -> pl.Expr:
    left, n = pl.col("action") == "click", pl.col("_presses")
    return (
        pl.when(left & (n == 2))
        .then(pl.lit("double_click"))
        .when(left & (n > 2))
        .then(pl.lit("triple_click"))
        .otherwise(pl.col("action"))
    )


def _length() -> pl.Expr:
    n = pl.col("_chars")
    short = pl.when(n == 0).then(pl.lit("none")).when(n <= 16).then(pl.lit("1-16"))
    return short.when(n <= 64).then(pl.lit("17-64")).otherwise(pl.lit("65+"))
