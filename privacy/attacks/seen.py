"""What an attacker makes of released rows: figures of places, ways, pauses and kinds."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from privacy.attacks.figures import Rows

Matrix = NDArray[np.float32]

_AREAS = (8, 4)


def with_truth(known: pl.DataFrame, matrix: NDArray[np.float32]) -> Rows:
    """Rows as attackers see them, with whose they are and whether of the later half of those.

    `known`: columns user_id and first_ts, and `file` where there are several.
    """
    late = pl.col("first_ts") > pl.col("first_ts").median().over("user_id")
    truth = known.select(pl.col("user_id").rank("dense").cast(pl.Int64) - 1, late.alias("late"))
    file = known["file"].cast(pl.Int64).to_numpy() if "file" in known.columns else None
    return Rows(matrix, truth["user_id"].to_numpy(), truth["late"].to_numpy(), file)


def snippets(rows: pl.DataFrame, columns: int, height: int, most: int) -> Matrix:
    """One line for each row of pointer-snippets as released: `app`, `x`, `y`, `gap`, `end`.

    Cells and gaps from the last on, steps, ways, turns, area and n-grams of cells; the grid is
    `columns` by `height` cells, a row has at most `most` points.
    """
    x, y, gap = (_last(rows[name], most) for name in ("x", "y", "gap"))
    there = x >= 0
    both = there[:, 1:] & there[:, :-1]
    dx, dy = (np.where(both, np.diff(one, axis=1), 0) for one in (x, y))
    step = np.hypot(dx / columns * 16 / 9, dy / height)
    way, n = step.sum(1), there.sum(1)
    pause = np.where(gap < 0, 0, gap)
    angle = np.arctan2(dy, dx)
    turn = np.where(both[:, 1:] & both[:, :-1], np.sin(np.diff(angle, axis=1)), 0)
    first = most - n
    lines = np.arange(len(n))
    net_x, net_y = x[:, -1] - x[lines, first], y[:, -1] - y[lines, first]
    net = np.hypot(net_x / columns * 16 / 9, net_y / height)
    single = [n, way, net, net / np.maximum(way, 1e-6), pause.sum(1), pause.max(1),
              way / np.maximum(pause.sum(1), 1), net_x, net_y]  # fmt: skip
    kinds = [_one_hot(rows[name]) for name in ("app", "end")]
    areas = _area(x[:, -1] / columns, y[:, -1] / height)
    return _matrix([x, y, gap, dx, dy, step, turn, np.column_stack(single), areas, *kinds])


def sequences(rows: pl.DataFrame, columns: int, height: int) -> Matrix:
    """One line for each row of desktop-actions as released: the list `actions`.

    How often each kind, pair of kinds, length, hotkey, application and gap comes, where, and how
    far apart; the grid is `columns` by `height` cells.
    """
    each = rows.select("actions").with_row_index("row").explode("actions").unnest("actions")
    row = each["row"].to_numpy()
    n = rows.height
    kinds = each["action"].to_numpy().astype(np.int64)
    counts = [
        _counted(row, each[name].fill_null(0).to_numpy().astype(np.int64), n)
        for name in ("action", "length", "hotkey", "app", "gap")
    ]
    same = row[1:] == row[:-1]
    top = int(kinds.max()) + 1
    pairs = _counted(row[1:][same], (kinds[:-1] * top + kinds[1:])[same], n, top * top)
    x = each["x"].cast(pl.Float64).to_numpy() / columns
    y = each["y"].cast(pl.Float64).to_numpy() / height
    placed = ~np.isnan(x)
    areas = np.where(placed, _areas(np.nan_to_num(x), np.nan_to_num(y)), 0)
    where = _counted(row[placed], areas[placed], n, _AREAS[0] * _AREAS[1])
    ways = _places(row[placed], x[placed], y[placed], n)
    long = np.bincount(row, minlength=n)[:, None].astype(np.float64)
    return _matrix([*counts, pairs, where, ways, long])


def _last(values: pl.Series, most: int) -> NDArray[np.float64]:
    """A list's last values, from the right; -1 where it has fewer."""
    parts = [values.list.get(-1 - k, null_on_oob=True) for k in reversed(range(most))]
    return np.column_stack([one.cast(pl.Float64).fill_null(-1).to_numpy() for one in parts])


def _one_hot(values: pl.Series) -> NDArray[np.float64]:
    numbers = values.to_numpy().astype(np.int64)
    made: NDArray[np.float64] = np.eye(int(numbers.max()) + 1)[numbers]
    return made


def _areas(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    across, down = (
        np.clip(v * k, 0, k - 1).astype(np.int64) for v, k in zip((x, y), _AREAS, strict=True)
    )
    return across * _AREAS[1] + down


def _area(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.eye(_AREAS[0] * _AREAS[1])[_areas(x, y)]


def _counted(
    row: NDArray[np.int64], value: NDArray[np.int64], rows: int, most: int | None = None
) -> NDArray[np.float64]:
    """How often each value comes in each row."""
    size = most or int(value.max(initial=0)) + 1
    return np.bincount(row * size + value, minlength=rows * size).reshape(rows, size).astype(float)


def _places(
    row: NDArray[np.int64], x: NDArray[np.float64], y: NDArray[np.float64], rows: int
) -> NDArray[np.float64]:
    """Mean, spread and mean step of the places of each row; 0 where it has none."""
    n = np.maximum(np.bincount(row, minlength=rows), 1)
    same = row[1:] == row[:-1] if len(row) else np.zeros(0, dtype=np.bool_)
    step = np.hypot(np.diff(x) * 16 / 9, np.diff(y))[same] if len(row) else np.zeros(0)
    steps = np.bincount(row[1:][same], step, rows) / n
    parts = [steps]
    for value in (x, y):
        mean = np.bincount(row, value, rows) / n
        square = np.bincount(row, value**2, rows) / n
        parts += [mean, np.sqrt(np.maximum(square - mean**2, 0))]
    return np.column_stack(parts)


def _matrix(parts: list[NDArray[np.float64]]) -> Matrix:
    return np.concatenate(parts, axis=1).astype(np.float32)
