"""PINs clicked on pads of many layouts: where, when, and what rows show of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from privacy.attacks.typed import Entries
from transforms import actions, events, pointer
from transforms.events import SCHEMA
from transforms.grid import Grid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = Grid()
SCREENS = ((1366, 768), (1920, 1080), (2560, 1440))
EACH_US = 60_000_000  # an entry begins each minute, in a session of its own
WIDTH, HEIGHT = 0.25, 0.45  # of the screen, what a pad takes up at the most
STEP_PX = 25.0
JITTER = 0.15  # of a step: the deviation of clicks from the middle of a key
PRESSES = 4
RESTS = 0.8  # of keys that are pressed again at once, so many at the very same place
_HOLD_US = 80_000


def _rows(text: str) -> Floats:
    """The middles of the keys 0 to 9, and of OK, from rows of labels."""
    found = {c: (x, y) for y, row in enumerate(text.split()) for x, c in enumerate(row)}
    return np.array([found[c] for c in "0123456789*"], dtype=np.float64)


def _circle() -> Floats:
    """A dial with ten digits around, a step apart, and OK in the middle."""
    turn = np.arange(10) * 2 * np.pi / 10
    radius = 0.5 / np.sin(np.pi / 10)
    around = np.column_stack([np.cos(turn), np.sin(turn)]) * radius
    return np.vstack([around, np.zeros((1, 2))])


LAYOUTS = {
    "telephone": _rows("123 456 789 .0*"),
    "calculator": _rows("789 456 123 0.*"),
    "four across": _rows("1234 5678 90.*"),
    "two rows": _rows("12345. 67890*"),
    "one row": _rows("1234567890*"),
    "one column": _rows("1 2 3 4 5 6 7 8 9 0 *"),
    "dial": _circle(),
}
SHUFFLED, TURNED = "shuffled", "turned"
NAMES = (*LAYOUTS, SHUFFLED, TURNED)


@dataclass(frozen=True)
class Pads:
    """PINs (n, 4), presses (n, 5, the last of them OK's) and keys (n, 10) in pixels, and times."""

    pin: Ints
    x: Floats
    y: Floats
    key_x: Floats
    key_y: Floats
    ts: Ints
    width: Ints
    height: Ints


def clicked(name: str, n: int, seed: int, pin: Ints | None = None) -> Pads:
    """Entries of PINs on pads of one layout, anywhere, in any size that a pad can have.

    Times from one press to the next depend on the way, the hand and chance, from 0.2 to 3 s.
    """
    rng = np.random.default_rng([seed, NAMES.index(name)])
    pin = rng.integers(0, 10, (n, PRESSES)) if pin is None else pin
    keys = np.tile(LAYOUTS.get(name, LAYOUTS["telephone"]), (n, 1, 1))
    if name == SHUFFLED:
        order = rng.permuted(np.tile(np.arange(10), (n, 1)), axis=1)
        keys[:, :10] = LAYOUTS["telephone"][order]
    if name in (TURNED, "dial"):
        keys = _turned(keys, rng.uniform(0, 2 * np.pi, n))
    width, height = np.array(SCREENS)[rng.integers(0, len(SCREENS), n)].T
    low, size = keys.min(1), np.ptp(keys, axis=1) + 2 * 0.4  # clicks stay within their keys
    most = np.minimum(WIDTH * width / size[:, 0], HEIGHT * height / size[:, 1])
    step = np.exp(rng.uniform(np.log(np.minimum(STEP_PX, most)), np.log(most)))
    screen = np.column_stack([width, height])
    corner = rng.random((n, 2)) * (screen - size * step[:, None])
    middle = corner[:, None] + (keys - low[:, None] + 0.4) * step[:, None, None]
    pressed = np.column_stack([pin, np.full(n, 10)])
    off = np.clip(rng.normal(0, JITTER, (n, PRESSES + 1, 2)), -0.4, 0.4) * step[:, None, None]
    for k in range(1, PRESSES):  # for the same key again the hand mostly rests
        rests = (pressed[:, k] == pressed[:, k - 1]) & (rng.random(n) < RESTS)
        off[rests, k] = off[rests, k - 1]
    place = np.take_along_axis(middle, pressed[..., None], axis=1) + off
    return Pads(pin, place[..., 0], place[..., 1], middle[:, :10, 0], middle[:, :10, 1],
                _times(place / step[:, None, None], rng), width, height)  # fmt: skip


def _turned(keys: Floats, angle: Floats) -> Floats:
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = keys[..., 0], keys[..., 1]
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1)


def _times(place: Floats, rng: np.random.Generator) -> Ints:
    """When each press came (microseconds), by Fitts's law (1954) with noise."""
    n = len(place)
    way = np.hypot(*np.moveaxis(np.diff(place, axis=1), -1, 0))
    tempo, noise = rng.uniform(0.7, 4, (n, 1)), np.exp(rng.normal(0, 0.3, way.shape))
    gap = np.clip((0.25 + 0.2 * np.log2(1 + way)) * tempo * noise, 0.2, 3.0)
    start = 20_000 * events.DAY_US + np.arange(n)[:, None] * EACH_US + 5_000_000
    since = np.column_stack([np.zeros(n), np.cumsum(gap, axis=1)])
    return (start + since * 1_000_000).astype(np.int64)


def frame(pads: Pads, *, confirmed: bool = True, moves: int = 0) -> pl.DataFrame:
    """The events of entries as a transform takes them, with OK or not.

    `moves`: how many samples of the way to each press, and away from the last, there are.
    """
    n, many = len(pads.pin), PRESSES + confirmed
    x, y, ts = pads.x[:, :many], pads.y[:, :many], pads.ts[:, :many]
    parts = [_events(pads, "mousedown", x, y, ts), _events(pads, "mouseup", x, y, ts + _HOLD_US)]
    far = np.column_stack([np.full(n, 0.5) * pads.width, np.full(n, 0.5) * pads.height])
    path_x = np.column_stack([far[:, 0], x, far[:, 0]])
    path_y = np.column_stack([far[:, 1], y, far[:, 1]])
    when = np.column_stack([ts[:, 0] - 900_000, ts, ts[:, -1] + 900_000])
    for k in range(moves):
        share = (k + 1) / (moves + 1)
        way_x, way_y, way = (one[:, :-1] + np.diff(one, axis=1) * share
                             for one in (path_x, path_y, when))  # fmt: skip
        parts.append(_events(pads, "mousemove", way_x, way_y, way))
    parted = pl.concat(parts).with_columns(pl.lit(0, pl.Int64).alias("part"))
    return events.with_focus(events.with_runs(events.in_order(parted)), {})


def _events(pads: Pads, kind: str, x: Floats, y: Floats, ts: NDArray[Any]) -> pl.DataFrame:
    many = x.shape[1]
    made = pl.DataFrame(
        {
            "x": x.ravel(), "y": y.ravel(), "ts": ts.ravel(),
            "session_id": np.repeat(np.arange(len(x)), many),
            "screen_w": np.repeat(pads.width, many), "screen_h": np.repeat(pads.height, many),
        }
    ).with_columns(
        pl.lit("ann").alias("user_id"), pl.lit("d").alias("device_id"), pl.lit(kind).alias("type"),
        pl.lit(None if kind == "mousemove" else "left").alias("button"),
    )  # fmt: skip
    whole = (pl.col(c) if c in made.columns else pl.lit(None).alias(c) for c in SCHEMA)
    return made.select(one.cast(kind_) for one, kind_ in zip(whole, SCHEMA.values(), strict=True))


def shown(left: pl.DataFrame, pads: Pads) -> Entries:
    """What rows of both datasets show of each press, before neighbours are thinned out.

    Places are the middles of cells, in pixels. Rows are matched to entries by their time, which
    they do not show: a stronger attacker than there can be.
    """
    x, y = (np.full(pads.pin.shape, np.nan) for _ in "xy")
    for entry, press, at_x, at_y in (_of_actions(left), _of_snippets(left, pads)):
        ours = press < PRESSES
        x[entry[ours], press[ours]] = (at_x[ours] + 0.5) / GRID.columns * pads.width[entry[ours]]
        y[entry[ours], press[ours]] = (at_y[ours] + 0.5) / GRID.rows * pads.height[entry[ours]]
    return Entries(x, y, pads.key_x, pads.key_y, pads.pin)


def paused(left: pl.DataFrame, pads: Pads) -> Ints:
    """The class of the gap that desktop-actions show before each digit but the first (n, 3).

    -1 where no row shows it; double clicks, which show none, are classes of their own.
    """
    rows = actions.sequences(left, actions.ActionParams(GRID, 12, min_actions=1, skipped=0))
    again = pl.col("action").replace_strict(
        {"double_click": 2, "triple_click": 3}, default=1, return_dtype=pl.Int64
    )
    each = rows.select(_entry().alias("entry"), "actions").explode("actions").unnest("actions")
    each = each.drop_nulls("x").select("entry", "gap", pl.int_ranges(again).alias("again"))
    each = each.explode("again").with_columns(pl.int_range(pl.len()).over("entry").alias("press"))
    ours = each.filter(pl.col("press").is_between(1, PRESSES - 1))
    gap = ours.select(
        pl.when(pl.col("again") > 0).then(100).otherwise(pl.col("gap").cast(pl.Int64))
    )
    found = np.full((len(pads.pin), PRESSES - 1), -1, dtype=np.int64)
    found[ours["entry"].to_numpy(), ours["press"].to_numpy() - 1] = gap.to_series().to_numpy()
    return found


def _entry() -> pl.Expr:
    return (pl.col("last_ts") - 20_000 * events.DAY_US) // EACH_US


def _of_actions(left: pl.DataFrame) -> tuple[Ints, Ints, Ints, Ints]:
    """Entry, number and cell of each press that desktop-actions show."""
    rows = actions.sequences(left, actions.ActionParams(GRID, 12, min_actions=1, skipped=0))
    times = pl.col("action").replace_strict(
        {"double_click": 2, "triple_click": 3}, default=1, return_dtype=pl.Int64
    )
    each = rows.select(_entry().alias("entry"), "actions").explode("actions").unnest("actions")
    each = each.drop_nulls("x").select("entry", "x", "y", pl.int_ranges(times).alias("again"))
    each = each.explode("again").with_columns(pl.int_range(pl.len()).over("entry").alias("press"))
    return _columns(each)


def _of_snippets(left: pl.DataFrame, pads: Pads) -> tuple[Ints, Ints, Ints, Ints]:
    """Entry, number and cell of each press that ends one of pointer-snippets."""
    rows = pointer.snippets(left, pointer.PointerParams(GRID))
    ended = rows.filter(pl.col("end") == "left").select(
        _entry().alias("entry"), pl.col("last_ts"), pl.col("x", "y").list.last()
    )
    entry = ended["entry"].to_numpy()
    away = np.abs(pads.ts[entry] - ended["last_ts"].to_numpy()[:, None])
    press = away.argmin(axis=1) if len(entry) else np.zeros(0, np.int64)
    return _columns(ended.with_columns(pl.Series("press", press, dtype=pl.Int64)))


def _columns(found: pl.DataFrame) -> tuple[Ints, Ints, Ints, Ints]:
    entry, press, x, y = (
        found[n].to_numpy().astype(np.int64) for n in ("entry", "press", "x", "y")
    )
    return entry, press, x, y
