"""What a model can still learn from released rows, beside the same model on undefended ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from privacy.attacks import models
from privacy.attacks.figures import Floats, TooFewError

FORECAST = "next cell, px off"
LANDING = "where a click lands, bits"
NEXT = "next action, right at once"
CLICK = "place of a click, px off"
WIDE, HIGH = 1920, 1080  # the screen on which pixels are counted
LEAST = 100  # steps, clicks or actions, to learn from and to try
MOST = 20_000
_BLUR = 0.5  # clicks that every cell is given beforehand, so that none is impossible

Steps = pl.DataFrame
"""One line a step: `x`, `y` (shares of the screen), `back_x`, `back_y` (the step before; null where
there is none), `gap` (class of its time), `dx`, `dy` (the step), all shares of the screen."""


@dataclass(frozen=True)
class Use:
    """How well a task is done: learned from released rows, from raw ones, and without a model.

    `kept` is the released rows' share of what raw ones gain over no model (of distances their
    squares are compared, which such a model makes small), or of what they get right at all.
    """

    measure: str
    value: float
    raw: float
    naive: float
    kept: float
    rows: int


def _use(measure: str, value: float, raw: float, naive: float, rows: int, *, power: int = 1) -> Use:
    gain = raw**power - naive**power
    kept = (value**power - naive**power) / gain if gain else float("nan")
    return Use(measure, value, raw, naive, kept, rows)


def rounded(use: Use) -> Use:
    """To three digits after the point: what differs beyond may be the processor's."""
    numbers = ("value", "raw", "naive", "kept")
    return replace(use, **{name: round(getattr(use, name), 3) for name in numbers})


def snippets_use(
    rows: pl.DataFrame, raw: pl.DataFrame, across: int, down: int, seed: int, most: int = MOST
) -> list[Use]:
    """Forecast, landing and place of a click: learned from half of the people, tried on the others.

    No forecast where rows hold hardly any step.

    Both have user_id, x and y (lists of shares of the screen), gap (list) and `click` (whether it
    ended in one); `rows` are the released ones, of cells of `across` by `down`.
    """
    one = _half(raw)
    tried = _shuffled(steps(raw.filter(~one)), seed).head(most)
    learned = [_shuffled(steps(part.filter(one)), seed).head(most) for part in (rows, raw)]
    enough_steps = learned[0].height >= LEAST
    seen = coarse(tried, across, down)
    found = [forecast(learned[0], learned[1], tried, seen, seed)] if enough_steps else []
    clicks = [clicked(part) for part in (rows.filter(one), raw.filter(one), raw.filter(~one))]
    return [*found, landing(clicks[0], clicks[1], clicks[2], across, down),
            misplaced(clicked(raw), across, down)]  # fmt: skip


def actions_use(rows: pl.DataFrame, raw: pl.DataFrame, seed: int, most: int = MOST) -> list[Use]:
    """Which action follows: learned from half of the people, tried on the others.

    Both have user_id and `actions` as `followed` takes them, `raw` in rows of any length.
    """
    one = _half(raw)
    learned, undefended, tried = (
        _shuffled(followed(part), seed).head(most)
        for part in (rows.filter(one), raw.filter(one), raw.filter(~one))
    )
    return [next_action(learned, undefended, tried, seed)]


def _half(raw: pl.DataFrame) -> pl.Expr:
    return pl.col("user_id").is_in(raw["user_id"].unique().sort().to_list()[::2])


def _shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    return frame.sample(fraction=1, shuffle=True, seed=seed)


def clicked(rows: pl.DataFrame) -> Floats:
    """Where the rows that end in a click do so: (n, 2)."""
    last = (pl.col(axis).list.last() for axis in "xy")
    return rows.filter("click").select(*last).to_numpy()


def coarse(known: Steps, across: int, down: int) -> Steps:
    """Exact steps as cells would show them."""
    parts = []
    for axis, cells in (("x", across), ("y", down)):
        here, before = (
            ((value * cells).floor().clip(0, cells - 1) + 0.5) / cells
            for value in (pl.col(axis), pl.col(axis) - pl.col(f"back_{axis}"))
        )
        parts += [here.alias(axis), (here - before).alias(f"back_{axis}")]
    return known.with_columns(parts)


def enough(*given: pl.DataFrame) -> None:
    """Raises `TooFewError` where there is too little to learn from or to try."""
    for one in given:
        if one.height < LEAST:
            raise TooFewError(f"{one.height} steps or actions, where {LEAST} are needed")


def steps(rows: pl.DataFrame) -> Steps:
    """The steps of snippets or paths: columns x, y (lists of shares of the screen), gap (list)."""
    points = rows.select("x", "y", "gap").with_row_index("row").explode("x", "y", "gap")
    near = {f"{name}_{axis}": pl.col(axis).shift(by).over("row")
            for name, by in (("to", -1), ("from", 1)) for axis in "xy"}  # fmt: skip
    known = points.with_columns(value.alias(name) for name, value in near.items())
    return known.drop_nulls("to_x").select(
        "x",
        "y",
        (pl.col("x") - pl.col("from_x")).alias("back_x"),
        (pl.col("y") - pl.col("from_y")).alias("back_y"),
        "gap",
        (pl.col("to_x") - pl.col("x")).alias("dx"),
        (pl.col("to_y") - pl.col("y")).alias("dy"),
    )


def forecast(released: Steps, raw: Steps, tried: Steps, seen: Steps, seed: int) -> Use:
    """How far off the next place is guessed, root mean square; without a model it does not change.

    `tried` are exact steps of other people than those learned from, `seen` the same as released
    rows would show them, line by line.
    """
    enough(released, raw, tried)
    truth = tried.select("dx", "dy").to_numpy()
    value = _pixels(_foretold(released, seen, seed) - truth)
    undefended = _pixels(_foretold(raw, tried, seed) - truth)
    return _use(FORECAST, value, undefended, _pixels(truth), tried.height, power=2)


def _foretold(known: Steps, tried: Steps, seed: int) -> Floats:
    learned = known.head(MOST)
    wanted = learned.select("dx", "dy").to_numpy()
    return models.foretold(models.regression(seed), _inputs(learned), wanted, _inputs(tried))


def _inputs(known: Steps) -> Floats:
    values = [pl.col(name).cast(pl.Float64).fill_null(-1)
              for name in ("x", "y", "back_x", "back_y", "gap")]  # fmt: skip
    return known.select(
        *values, pl.col("back_x").is_null().cast(pl.Float64).alias("first")
    ).to_numpy()


def _pixels(off: Floats) -> float:
    return float(np.sqrt(np.square(_distances(off)).mean()))


def landing(released: Floats, raw: Floats, tried: Floats, columns: int, rows: int) -> Use:
    """How well a map of clicks foretells where others click: bits a click beyond an even map.

    Places are shares of the screen (n, 2); the maps are of `columns` by `rows` cells.
    """
    enough(*(pl.DataFrame(one) for one in (released, raw, tried)))
    value, undefended = (_likely(known, tried, columns, rows) for known in (released, raw))
    return _use(LANDING, value, undefended, 0.0, len(tried))


def _likely(known: Floats, tried: Floats, columns: int, rows: int) -> float:
    size = columns * rows
    counts = np.bincount(_cells(known, columns, rows), minlength=size) + _BLUR
    return float(np.log2(counts / counts.sum() * size)[_cells(tried, columns, rows)].mean())


def _cells(places: Floats, columns: int, rows: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    x, y = (np.clip((places[:, n] * k).astype(np.int64), 0, k - 1)
            for n, k in enumerate((columns, rows)))  # fmt: skip
    return x * rows + y


def misplaced(exact: Floats, columns: int, rows: int) -> Use:
    """How far the middle of its cell lies from a click, the median; without any row: the screen's.

    `exact` places are shares of the screen (n, 2).
    """
    enough(pl.DataFrame(exact))
    size = np.array([columns, rows])
    middle = (np.floor(np.clip(exact, 0, 1 - 1e-9) * size) + 0.5) / size
    none = np.full_like(exact, 0.5)
    off, far = (float(np.median(_distances(guess - exact))) for guess in (middle, none))
    return _use(CLICK, off, 0.0, far, len(exact))


def _distances(off: Floats) -> Floats:
    across, down = (off * np.array([WIDE, HIGH])).T
    found: Floats = np.hypot(across, down)
    return found


def followed(rows: pl.DataFrame) -> pl.DataFrame:
    """For each action of a row but the first its kind (`next`), and what came before.

    `rows` has the list `actions` with parts action, x, y and app, kinds and applications as
    numbers. Columns: `one` and `two` (the kinds before, null where there is none), x, y, app, next.
    """
    each = rows.select("actions").with_row_index("row").explode("actions").unnest("actions")
    before = {name: pl.col(name).shift(1).over("row") for name in ("action", "x", "y", "app")}
    told = each.select(
        before["action"].alias("one"),
        pl.col("action").shift(2).over("row").alias("two"),
        *(before[name].alias(name) for name in ("x", "y", "app")),
        pl.col("action").alias("next"),
    )
    return told.drop_nulls("one")


def next_action(released: pl.DataFrame, raw: pl.DataFrame, tried: pl.DataFrame, seed: int) -> Use:
    """How often the likeliest next kind of action is the one that came; no model: the commonest.

    Input as from `followed`; `tried` is of other people than those learned from.
    """
    enough(released, raw, tried)
    truth = tried["next"].to_numpy()
    value, undefended = (
        float((_likeliest(known.head(MOST), tried, seed) == truth).mean())
        for known in (released, raw)
    )
    common = float((truth == np.bincount(raw["next"].to_numpy()).argmax()).mean())
    return Use(NEXT, value, undefended, common, value / undefended, len(truth))


def _likeliest(known: pl.DataFrame, tried: pl.DataFrame, seed: int) -> Floats:
    wanted = known["next"].to_numpy()
    return models.foretold(models.classification(seed), _before(known), wanted, _before(tried))


_KINDS = 16  # more than there are kinds of actions


def _before(known: pl.DataFrame) -> Floats:
    kinds = [
        np.eye(_KINDS + 1)[known[name].fill_null(_KINDS).to_numpy().astype(np.int64)]
        for name in ("one", "two")
    ]
    places = known.select(pl.col("x", "y", "app").cast(pl.Float64).fill_null(-1)).to_numpy()
    return np.concatenate([*kinds, places], axis=1)
