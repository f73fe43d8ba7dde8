"""What a model learns is measured where there is something to learn, and not where there is not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from privacy import uses
from privacy.attacks import models
from privacy.attacks.figures import TooFewError

LISTS = {"x": pl.List(pl.Float64), "y": pl.List(pl.Float64), "gap": pl.List(pl.Int64)}


@pytest.fixture(autouse=True)
def small_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_TREES", 20)


def _paths(seed: int, *, straight: bool) -> pl.DataFrame:
    """Ways of four points that go on as they began, or anywhere."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(400):
        start, step = rng.random(2), rng.normal(size=2) * 0.05
        steps = np.tile(step, (3, 1)) if straight else rng.normal(size=(3, 2)) * 0.05
        points = np.vstack([start, start + np.cumsum(steps, axis=0)])
        rows.append({"x": points[:, 0].tolist(), "y": points[:, 1].tolist(), "gap": [0, 1, 1, 1]})
    return pl.DataFrame(rows, schema=LISTS)


def test_the_steps_of_a_way() -> None:
    rows = pl.DataFrame({"x": [[0.0, 1.0, 3.0], [5.0]], "y": [[0.0, 0.0, 1.0], [5.0]],
                         "gap": [[0, 2, 3], [0]]}, schema=LISTS)  # fmt: skip
    assert uses.steps(rows).rows() == [
        (0.0, 0.0, None, None, 0, 1.0, 0.0),
        (1.0, 0.0, 1.0, 0.0, 2, 2.0, 1.0),
    ]


def test_a_forecast_gains_where_ways_go_on() -> None:
    learned, tried = (uses.steps(_paths(seed, straight=True)) for seed in (1, 2))
    told = uses.forecast(learned, learned, tried, tried, seed=1)
    assert told.raw < 0.8 * told.naive and told.kept == pytest.approx(1.0)
    nothing = uses.steps(_paths(3, straight=False))
    bad = uses.forecast(nothing, learned, tried, tried, seed=1)
    assert bad.kept < 0.5


def test_a_map_of_clicks_tells_where_others_click() -> None:
    rng = np.random.default_rng(1)
    near = [np.clip(rng.normal(0.3, 0.05, (500, 2)), 0, 0.99) for _ in range(3)]
    told = uses.landing(*near, 34, 19)
    assert told.value > 2 and 0.7 < told.kept < 1.3 and told.naive == 0
    even = uses.landing(rng.random((500, 2)), near[1], near[2], 34, 19)
    assert even.kept < 0.2


@pytest.mark.parametrize(("columns", "rows", "low", "high"), [(34, 19, 21, 24), (17, 9, 43, 50)])
def test_how_far_the_middle_of_a_cell_lies_from_a_click(
    columns: int, rows: int, low: float, high: float
) -> None:
    told = uses.misplaced(np.random.default_rng(1).random((20_000, 2)), columns, rows)
    assert low < told.value < high and told.raw == 0 and told.naive > 400


def _acted(seed: int, *, in_turn: bool) -> pl.DataFrame:
    """Rows of three actions: each kind follows the one before it, or any."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 4, (300, 3))
    if in_turn:
        kinds[:, 1:] = (kinds[:, :1] + [[1, 2]]) % 4
    rows = [[{"action": int(k), "x": 1, "y": 2, "app": 0} for k in row] for row in kinds]
    struct = pl.Struct({"action": pl.Int64, "x": pl.UInt8, "y": pl.UInt8, "app": pl.Int64})
    return pl.DataFrame({"actions": rows}, schema={"actions": pl.List(struct)})


def test_the_next_action_is_told_where_actions_follow_a_rule() -> None:
    known, tried = (uses.followed(_acted(seed, in_turn=True)) for seed in (1, 2))
    other = uses.followed(_acted(3, in_turn=False))
    told = uses.next_action(known, known, tried, seed=1)
    assert told.value > 0.95 and told.naive < 0.4 and told.kept == 1
    assert uses.next_action(other, known, tried, seed=1).kept < 0.6
    assert told.rows == 600


def test_what_came_before_an_action() -> None:
    rows = _acted(1, in_turn=True).head(1)
    one, two, three = (action["action"] for action in rows["actions"][0])
    found = uses.followed(rows)
    assert found.select("one", "two", "next").rows() == [(one, None, two), (two, one, three)]


def test_too_little_to_tell() -> None:
    few = uses.steps(_paths(1, straight=True).head(5))
    with pytest.raises(TooFewError):
        uses.forecast(few, few, few, few, seed=1)
