"""What can still be learned from a dataset that is about to leave, beside the raw recordings."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from etl import rawrows
from etl.features import Label, encoded, published
from etl.recipe import Recipe
from privacy import uses
from privacy.gates import Violation
from privacy.uses import Use

USE = "use"
MOST = 6_000  # steps or actions to learn from in each build, and to try


def measured(
    store: duckdb.DuckDBPyConnection, recipe: Recipe, known: pl.DataFrame, seed: int
) -> list[Use]:
    """Each use of a recipe's rows; `known` are rows as released, beside `user_id`.

    Learned from half of the people and tried on raw recordings of the others. Raises `TooFewError`
    where there is too little to tell.
    """
    people = known["user_id"].unique().sort().to_list()
    ways = rawrows.read(store, rawrows.PATHS, recipe.name, people)
    across, down = recipe.grid.columns, recipe.grid.rows
    exact = ways.with_columns((~pl.col("end").is_in(_NO_CLICK)).alias("click"))
    if recipe.transform == "pointer":
        return uses.snippets_use(_middles(known, recipe), exact, across, down, seed, MOST)
    raw = rawrows.read(store, rawrows.ACTS, recipe.name, people)
    shown = encoded(raw, published("actions", across, down)).with_columns(raw["user_id"])
    place = uses.misplaced(uses.clicked(exact), across, down)
    return [*uses.actions_use(known, shown, seed, MOST), place]


_NO_CLICK = ("none", "wheel")


def _middles(known: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Released snippets with the middles of their cells, in shares of the screen."""
    end = published("pointer", recipe.grid.columns, recipe.grid.rows)["end"]
    assert isinstance(end, Label)
    none = [end.names.index(name) for name in _NO_CLICK]
    return known.select(
        "user_id", _middle("x", recipe.grid.columns), _middle("y", recipe.grid.rows), "gap",
        (~pl.col("end").is_in(none)).alias("click"),
    )  # fmt: skip


def _middle(axis: str, cells: int) -> pl.Expr:
    return pl.col(axis).list.eval((pl.element().cast(pl.Float64) + 0.5) / cells)


def floors(recipe: Recipe) -> dict[str, float]:
    """How much must be left, by measure: the least share kept; a click's place, the most pixels.

    Rows of one point are a map of clicks: they foretell no way.
    """
    table = recipe.limits
    if recipe.transform == "pointer" and recipe.pointer.max_points == 1:
        return {uses.LANDING: table.landing, uses.CLICK: table.click_px}
    if recipe.transform == "pointer":
        return {uses.FORECAST: table.forecast, uses.CLICK: table.click_px}
    return {uses.NEXT: table.next_action, uses.CLICK: table.click_px}


def gate(recipe: Recipe, found: Sequence[Use], missing: str | None) -> list[Violation]:
    """A dataset from which too little can be learned does not leave: it would cost for nothing."""
    if recipe.transform == "typed_text":
        return []
    if missing is not None:
        return [Violation(USE, 1, f"could not check: {missing}")]
    known = {use.measure: use for use in found}
    out = []
    for measure, floor in floors(recipe).items():
        use = known.get(measure)
        if use is None:
            out.append(Violation(measure, 1, "could not check: there is no figure"))
        elif measure == uses.CLICK and not use.value <= floor:
            what = f"{use.value:.1f} px, more than the limit of {floor:g}"
            out.append(Violation(measure, use.rows, what))
        elif measure != uses.CLICK and not use.kept >= floor:
            what = f"{use.kept:.2f} of what raw recordings give, below the floor of {floor:g}"
            out.append(Violation(measure, use.rows, what))
    return out
