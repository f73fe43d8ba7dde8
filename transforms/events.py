"""The shape of an event, and the stretches within which events may be joined."""

from __future__ import annotations

import polars as pl

DAY_US = 86_400_000_000

SCHEMA: dict[str, pl.DataType] = {
    "user_id": pl.String(),
    "device_id": pl.String(),
    "session_id": pl.String(),
    "ts": pl.Int64(),
    "seq": pl.Int64(),
    "type": pl.String(),
    "x": pl.Float64(),
    "y": pl.Float64(),
    "screen_w": pl.Int32(),
    "screen_h": pl.Int32(),
    "button": pl.String(),
    "dx": pl.Float64(),
    "dy": pl.Float64(),
    "key": pl.String(),
    "code": pl.String(),
    "mods": pl.String(),
    "repeat": pl.Boolean(),
    "secure": pl.Boolean(),
    "app": pl.String(),
    "title": pl.String(),
    "url": pl.String(),
    "text": pl.String(),
    "battery_pct": pl.Float64(),
    "cpu_pct": pl.Float64(),
    "net_bytes": pl.Float64(),
}
"""Canonical columns. `ts` counts microseconds since the Unix epoch; `mods` holds the
modifiers sorted and joined by `+` (null when none)."""

USED = tuple(
    name for name in SCHEMA if name not in ("code", "secure", "battery_pct", "cpu_pct", "net_bytes")
)
"""Columns that some transform reads; the others cost time and memory alone."""

KEYBOARD = ("keydown", "keyup", "paste", "compose")
MOUSE = ("mousemove", "mousedown", "mouseup", "wheel")
OTHER = ("focus", "pause", "resume", "telemetry")
TYPES = KEYBOARD + MOUSE + OTHER

LINEAGE = ("user_id", "device_id", "first_ts", "last_ts", "n_keyboard", "n_mouse", "n_other")
"""What every row of a transform carries beside what it publishes: whose it is, the span of
time it came from (both ends included), and how many events of each scope it was made of."""

_STREAM = ("user_id", "device_id", "session_id")


def in_order(events: pl.DataFrame) -> pl.DataFrame:
    """Sorts events as they happened: by `seq` in session days that have it throughout, else `ts`.

    Days (UTC) come one after the other, so that cutting between them changes nothing. Ties are
    broken by every remaining column, so that the same set of events has one order.
    """
    stream = [*_STREAM, "_day"]
    ordinal = (
        pl.when(pl.col("seq").is_null().any().over(stream))
        .then(pl.col("ts"))
        .otherwise(pl.col("seq"))
        .alias("_ordinal")
    )
    dated = events.with_columns(day().alias("_day")).with_columns(ordinal)
    return _sorted(dated, [*stream, "_ordinal"]).drop("_ordinal", "_day")


def _sorted(events: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Sorts by some columns, and only what is alike in these by the others of `SCHEMA`.

    Sorting all by every column takes several times the memory of the events.
    """
    ordered = events.sort(keys, nulls_last=True)
    again = ~_changed(*keys)
    alike = ordered.select(again | again.shift(-1, fill_value=False)).to_series()
    if not alike.any():
        return ordered
    numbered = ordered.with_row_index("_place")
    tied = numbered.filter(alike)
    rest = [name for name in SCHEMA if name not in keys and name in events.columns]
    by_all = tied.sort([*keys, *rest], nulls_last=True)
    return ordered[numbered["_place"].scatter(tied["_place"], by_all["_place"])]


def day(ts: str = "ts") -> pl.Expr:
    """The UTC day of a time stamp, as a number."""
    return pl.col(ts).floordiv(DAY_US)


def _changed(*names: str | pl.Expr) -> pl.Expr:
    values = [pl.col(name) if isinstance(name, str) else name for name in names]
    return pl.any_horizontal(value.ne_missing(value.shift(1)) for value in values)


def backward(events: pl.DataFrame) -> int:
    """How often a clock went back within a session. Input in order."""
    same = ~_changed(*_STREAM, day())
    back = (pl.col("ts") < pl.col("ts").shift(1)).fill_null(False)
    return int(events.select((same & back).sum()).item() or 0)


def with_runs(events: pl.DataFrame) -> pl.DataFrame:
    """Adds `run` (UInt32): events of different runs are never joined into one row.

    A run ends with the person, device, session, UTC day or `part` (the stretch between two
    removed spans, given by the consent step), and where the clock goes back. Input in order.
    """
    back = pl.col("ts") < pl.col("ts").shift(1)
    starts = _changed(*_STREAM, "part", "_day") | back.fill_null(False)
    return (
        events.with_columns(day().alias("_day"))
        .with_columns(starts.cum_sum().cast(pl.UInt32).alias("run"))
        .drop("_day")
    )


def with_focus(events: pl.DataFrame, categories: dict[str, str]) -> pl.DataFrame:
    """Adds `focus` (UInt32, a new number at each focus event and each run) and `category`.

    `categories` maps the case-folded base name of an application (`chrome`, without a path or
    `.exe`) to its category; unknown applications are `other`, and so is what comes before the
    first focus of a run, which says nothing about the runs after it. Input from `with_runs`.
    """
    is_focus = pl.col("type") == "focus"
    starts = is_focus | _changed("run")
    known = app_name(pl.col("app")).replace_strict(
        categories, default="other", return_dtype=pl.String
    )
    label = pl.when(is_focus).then(known.fill_null("other"))
    return events.with_columns(
        starts.cum_sum().cast(pl.UInt32).alias("focus"),
        label.forward_fill().over("run").fill_null("other").alias("category"),
    )


def app_name(app: pl.Expr) -> pl.Expr:
    """The application's base name: no folder, no `.exe` or `.app`, case folded, trimmed."""
    base = app.str.replace_all("\\", "/", literal=True).str.split("/").list.last()
    return base.str.strip_chars().str.to_lowercase().str.replace(r"\.(exe|app)$", "")
