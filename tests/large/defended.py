"""Rows as a recipe would release them, from events that are at hand, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from etl import assemble, attacked, features, shards
from etl.recipe import Recipe
from privacy import pseudonyms, uses
from privacy.attacks import linking, who
from privacy.attacks.figures import Figure
from privacy.uses import Use
from transforms import actions, pads, pointer, thinning
from transforms.pointer import PointerParams

KEY = b"k" * 32
SEED = 1
_WHOLE = 10_000  # points or actions, more than a row can have


def candidates(frame: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """All rows that a recipe makes of events in runs and focuses, before any is drawn."""
    left, _ = pads.without_pads(frame)
    if recipe.transform == "pointer":
        made = thinning.unchained(pointer.snippets(left, recipe.pointer_params()), KEY)
        mix = pointer.mix()
    else:
        made, mix = actions.sequences(left, recipe.action_params()), actions.mix()
    return shards.identified(made).with_columns(mix.alias("mix"))


def released(rows: pl.DataFrame, recipe: Recipe, people: list[str] | None = None) -> pl.DataFrame:
    """The rows of some people as they would leave, as files hold them; `file` numbers these."""
    own = people or rows["user_id"].unique().to_list()
    parts = []
    for number, group in enumerate(pseudonyms.groups(KEY, own, recipe.k)):
        mine = rows.filter(pl.col("user_id").is_in(group))
        parts.append(drawn(mine, recipe, group).with_columns(pl.lit(number).alias("file")))
    return pl.concat(parts)


def drawn(rows: pl.DataFrame, recipe: Recipe, group: Sequence[str]) -> pl.DataFrame:
    """One file's rows, of a group of people who alone decide about its key."""
    key = pseudonyms.members_key(KEY, recipe.name, dict.fromkeys(group, ""))
    return shards.drawn(assemble.crowded(rows, recipe), key, recipe.sample)


def encoded(rows: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Rows as files hold them, with whose they are, when, and in which file."""
    known = features.published(recipe.transform, recipe.grid.columns, recipe.grid.rows)
    truth = rows.select("user_id", "first_ts", "file")
    return pl.concat([features.encoded(rows, known), truth], how="horizontal")


def attacks(rows: pl.DataFrame, recipe: Recipe) -> list[Figure]:
    """Who is it and same person, on released rows."""
    seen = encoded(rows, recipe)
    known = attacked.with_truth(seen, attacked.features(seen, recipe))
    return [*who.who(known, SEED), linking.rows_of_one(known, SEED),
            linking.bags_of_one(known, SEED)]  # fmt: skip


@dataclass(frozen=True)
class Halves:
    """What two models learn from, released and raw, and raw recordings of others to try them."""

    rows: pl.DataFrame
    raw: pl.DataFrame
    tried: pl.DataFrame


def _shuffled(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sample(fraction=1, shuffle=True, seed=SEED)


def _two(people: list[str]) -> pl.Expr:
    return pl.col("user_id").is_in(sorted(people)[::2])


def pointer_uses(frame: pl.DataFrame, rows: pl.DataFrame, recipe: Recipe) -> list[Use]:
    """Forecast, landing and place of clicks: half of the people are learned from."""
    raw = pointer.paths(pads.without_pads(frame)[0], PointerParams(recipe.pointer_params().grid))
    one = _two(raw["user_id"].unique().to_list())
    across, down = recipe.grid.columns, recipe.grid.rows
    middles = rows.filter(one).select(_middle("x", across), _middle("y", down), "gap", "end")
    tried = _shuffled(uses.steps(raw.filter(~one))).head(uses.MOST)
    learned = [_shuffled(uses.steps(part)) for part in (middles, raw.filter(one))]
    found = []
    if learned[0].height >= uses.LEAST:
        found.append(uses.forecast(*learned, tried, coarse(tried, across, down), SEED))
    clicks = [_clicks(part) for part in (middles, raw.filter(one), raw.filter(~one))]
    found.append(uses.landing(clicks[0], clicks[1], clicks[2], across, down))
    return [*found, uses.misplaced(_clicks(raw), across, down)]


def coarse(steps: pl.DataFrame, across: int, down: int) -> pl.DataFrame:
    """Exact steps as cells would show them."""
    parts = []
    for axis, cells in (("x", across), ("y", down)):
        here, before = (
            ((value * cells).floor().clip(0, cells - 1) + 0.5) / cells
            for value in (pl.col(axis), pl.col(axis) - pl.col(f"back_{axis}"))
        )
        parts += [here.alias(axis), (here - before).alias(f"back_{axis}")]
    return steps.with_columns(parts)


def action_uses(frame: pl.DataFrame, rows: pl.DataFrame, recipe: Recipe) -> list[Use]:
    """Which action follows: half of the people are learned from."""
    params = recipe.action_params()
    whole = actions.ActionParams(params.grid, _WHOLE, skipped=0, gap_ms=params.gap_ms)
    raw = actions.sequences(pads.without_pads(frame)[0], whole)
    one = _two(raw["user_id"].unique().to_list())
    known = features.published("actions", params.grid.columns, params.grid.rows)
    learned, undefended, tried = (
        _shuffled(uses.followed(features.encoded(part, known)))
        for part in (rows.filter(one), raw.filter(one), raw.filter(~one))
    )
    return [uses.next_action(learned, undefended, tried.head(uses.MOST), SEED)]


def _middle(axis: str, cells: int) -> pl.Expr:
    return pl.col(axis).list.eval((pl.element().cast(pl.Float64) + 0.5) / cells)


def _clicks(rows: pl.DataFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    pressed = ~pl.col("end").is_in(["none", "wheel"])
    last = (pl.col(axis).list.last() for axis in "xy")
    return rows.filter(pressed).select(*last).to_numpy()
