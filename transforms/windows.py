"""Which window each event went to, and which windows may be one under several titles."""

from __future__ import annotations

import polars as pl

from transforms.events import MOUSE, day

DEVICE = ("user_id", "device_id")
WINDOW = (*DEVICE, "_day", "_window")
NOWHERE = ""
# Signs that something is not saved or not read come and go in the title of one window.
_TITLE_MARKS = r"\(\d+\+?\)|[*•●∙◦⬤·]|\s"
_SWITCHING = ("Tab", "PageUp", "PageDown", "F4", "F6", "Enter", "`", *"tnowqpfg0123456789")
_STREAM = (*DEVICE, "session_id", "_day")


def placed(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `_day`, `_window`, `_blind` (no mouse was recorded that day), `over`, `pc` and `mac`.

    Before the first focus of a run the window is `NOWHERE`, which may be any. Windows of one
    application count as one where nothing shows that another was gone to: a title changes with
    what is typed. `over`: an odd number of times was Insert pressed in this application, so that
    typing may overwrite. `pc`, `mac`: the day's pastes prove the machine. Input in order.
    """
    is_focus = pl.col("type") == "focus"
    app = pl.col("app").fill_null("\1").str.to_lowercase()
    title = pl.col("title").fill_null("\1").str.replace_all(_TITLE_MARKS, "")
    page = pl.col("url").fill_null("\1").str.replace(r"#.*$", "")
    known = frame.with_columns(
        day().alias("_day"),
        pl.when(is_focus).then(app).alias("_app"),
        pl.when(is_focus).then(pl.concat_str(app, title, page, separator="\0")).alias("_window"),
    ).with_columns(
        pl.col("_app", "_window").forward_fill().over("run").fill_null(NOWHERE),
        pl.struct(_STREAM).rle_id().alias("_stream"),
    )
    told = known.join(_machines(known), on="_stream", how="left", maintain_order="left")
    return _united(_with_over(told).drop("_stream"))


def _machines(known: pl.DataFrame) -> pl.DataFrame:
    """What each stream tells of its device on its day, by `_stream`."""
    streams = known.group_by("_stream", maintain_order=True).agg(
        pl.col(*DEVICE, "_day").first(),
        pl.col("type").is_in(MOUSE).any().alias("_seen"),
        _pastes("Control").any().alias("_control"),
        _pastes("Meta").any().alias("_meta"),
    )
    whole = streams.with_columns(
        pl.col("_seen", "_control", "_meta").any().over(*DEVICE, "_day"),
    )
    control, meta = pl.col("_control"), pl.col("_meta")
    return whole.select(
        "_stream",
        (~pl.col("_seen")).alias("_blind"),
        (control & ~meta).alias("pc"),
        (meta & ~control).alias("mac"),
    )


def _pastes(mod: str) -> pl.Expr:
    """Whether a paste comes right after this modifier with V, which shows what machine it is."""
    key = (pl.col("key").str.to_lowercase() == "v") & (pl.col("mods") == mod)
    pressed = (pl.col("type") == "keydown") & key
    return (pressed & (pl.col("type").shift(-1) == "paste")).fill_null(False)


def _with_over(known: pl.DataFrame) -> pl.DataFrame:
    """Held down it may end either way, so that from there on either is possible."""
    down = (pl.col("type") == "keydown") & (pl.col("key") == "Insert") & pl.col("mods").is_null()
    pressed = known.with_columns(down.fill_null(False).alias("over"))
    if not pressed["over"].any():
        return pressed
    held = (pl.col("over") & pl.col("repeat").fill_null(False)).cum_max()
    odd = pl.col("over").cum_sum() % 2 == 1
    return pressed.with_columns((odd | held).over("_stream", "_app").alias("over"))


def _united(known: pl.DataFrame) -> pl.DataFrame:
    """Gives the windows of `_links` one name, the least of theirs."""
    links = _links(known)
    if not links.height:
        return known
    parents: dict[tuple[object, ...], tuple[object, ...]] = {}

    def root(one: tuple[object, ...]) -> tuple[object, ...]:
        while one in parents:
            above = parents[one]
            parents[one] = parents.get(above, above)  # so that long chains stay short
            one = above
        return one

    for user, device, date, before, after in links.rows():
        low, high = sorted((root((user, device, date, w)) for w in (before, after)), key=_name)
        if low != high:
            parents[high] = low
    schema = {name: known.schema[name] for name in WINDOW} | {"_united": pl.String()}
    named = [(*one, root(one)[-1]) for one in parents]
    renamed = pl.DataFrame(named, schema=schema, orient="row")
    joined = known.join(renamed, on=WINDOW, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.coalesce("_united", "_window").alias("_window")).drop("_united")


def _name(window: tuple[object, ...]) -> str:
    return str(window[-1])


def _links(known: pl.DataFrame) -> pl.DataFrame:
    """Pairs of windows, one after the other with no press or key between that leaves a window."""
    kind, mods = pl.col("type"), pl.col("mods").fill_null("")
    held = mods.str.contains(r"(^|\+)(Control|Alt|Meta)(\+|$)") & ~mods.str.contains("AltGraph")
    command = (kind == "keydown") & held
    switch = command & pl.col("key").str.to_lowercase().is_in([k.lower() for k in _SWITCHING])
    one = (kind == "keydown") & (pl.col("key").str.len_chars() == 1) & ~command
    typed = (kind == "compose") | one
    row = pl.int_range(pl.len())
    focuses = known.group_by("focus", maintain_order=True).agg(
        pl.col(*_STREAM, "_app", "_window").first(),
        row.filter(typed).max().fill_null(-1).alias("_typed"),
        row.filter(switch | (kind == "mousedown")).max().fill_null(-1).alias("_left"),
    )
    same = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(name).shift(1)) for name in (*_STREAM, "_app")
    )
    stayed = (pl.col("_typed") >= pl.col("_left")).shift(1)
    other = pl.col("_window") != pl.col("_window").shift(1)
    before = pl.col("_window").shift(1).alias("_before")
    return (
        focuses.with_columns(before, (same & stayed & other).alias("_linked"))
        .filter("_linked")
        .select(*DEVICE, "_day", "_before", "_window")
        .unique(maintain_order=True)
    )
