"""What attackers reach on public recordings of mice: raw, and as the rows that are released.

Balabit's and SapiMouse's folders are named by `TACENDA_BALABIT` and `TACENDA_SAPIMOUSE`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from etl import features
from privacy.attacks import linking, seen, who
from privacy.attacks.figures import Figure, Rows
from tests.large import mice
from transforms import clips, pads, pointer
from transforms.events import DAY_US
from transforms.grid import Grid

pytestmark = pytest.mark.audit

SEED = 1
SETS: dict[str, tuple[str, Callable[[Path], pl.DataFrame]]] = {
    "Balabit": ("TACENDA_BALABIT", mice.balabit),
    "SapiMouse": ("TACENDA_SAPIMOUSE", mice.sapimouse),
}


def _rows(lines: pl.DataFrame, matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Rows:
    """With the truth; the later days of each person are the later half."""
    day = pl.col("first_ts") // DAY_US
    days = pl.struct(day).rank("dense").over("user_id")
    late = lines.select(days > days.max().over("user_id") / 2).to_series().to_numpy()
    person = lines["user_id"].rank("dense").to_numpy().astype(np.int64) - 1
    return Rows(matrix, person, late)


def _told(name: str, what: str, figures: list[Figure]) -> None:
    for one in figures:
        print(  # noqa: T201
            f"{name}, {what}: {one.measure} {one.value:.2f} [{one.low:.2f}, {one.high:.2f}], "
            f"control {one.control:.2f}, {one.people} people, {one.rows} rows"
        )


@pytest.mark.parametrize("name", SETS)
def test_attackers_win_on_raw_clips_and_not_on_snippets(name: str) -> None:
    variable, read = SETS[name]
    frame = read(mice.place(variable))
    raw = clips.clips(frame)
    rank, error = who.who(_rows(raw, np.array(raw["features"].to_list(), np.float32)), SEED)
    _told(name, "raw", [rank, error])
    assert rank.low > 2 and error.high < 0.4
    grid = Grid()
    kept, _ = pads.without_pads(frame)
    made = pointer.snippets(kept, pointer.PointerParams(grid))
    known = features.published("pointer", grid.columns, grid.rows)
    rows = _rows(made, seen.snippets(features.encoded(made, known), grid.columns, grid.rows, 6))
    found = [*who.who(rows, SEED), linking.rows_of_one(rows, SEED), linking.bags_of_one(rows, SEED)]
    _told(name, "snippets", found)
    measured = {one.measure: one for one in found}
    assert measured[who.RANK_1].value <= 2.5 and measured[who.RANK_1].high <= 4
    assert measured[who.EQUAL_ERROR].value >= 0.4
    assert measured[linking.SINGLE].value <= 0.55
