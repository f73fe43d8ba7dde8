"""Rows as a recipe would release them, from events that are at hand, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from etl import assemble, attacked, features, quota, shards
from etl.recipe import Recipe
from privacy import pseudonyms, uses
from privacy.attacks import linking, seen, who
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
    known = quota.known(rows) if recipe.transform == "pointer" else rows
    return assemble.released(known, recipe, key)[0]


def encoded(rows: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Rows as files hold them, with whose they are, when, and in which file."""
    known = features.published(recipe.transform, recipe.grid.columns, recipe.grid.rows)
    truth = rows.select("user_id", "first_ts", "file")
    return pl.concat([features.encoded(rows, known), truth], how="horizontal")


def attacks(rows: pl.DataFrame, recipe: Recipe) -> list[Figure]:
    """Who is it and same person, on released rows."""
    shown = encoded(rows, recipe)
    known = seen.with_truth(shown, attacked.features(shown, recipe))
    return [*who.who(known, SEED), linking.rows_of_one(known, SEED),
            linking.bags_of_one(known, SEED)]  # fmt: skip


def pointer_uses(frame: pl.DataFrame, rows: pl.DataFrame, recipe: Recipe) -> list[Use]:
    """Forecast, landing and place of clicks."""
    raw = pointer.paths(pads.without_pads(frame)[0], PointerParams(recipe.pointer_params().grid))
    across, down = recipe.grid.columns, recipe.grid.rows
    click = (~pl.col("end").is_in(["none", "wheel"])).alias("click")
    middles = rows.select("user_id", _middle("x", across), _middle("y", down), "gap", click)
    return uses.snippets_use(middles, raw.with_columns(click), across, down, SEED)


def action_uses(frame: pl.DataFrame, rows: pl.DataFrame, recipe: Recipe) -> list[Use]:
    """Which action follows."""
    params = recipe.action_params()
    whole = actions.ActionParams(params.grid, _WHOLE, skipped=0, gap_ms=params.gap_ms)
    raw = actions.sequences(pads.without_pads(frame)[0], whole)
    known = features.published("actions", params.grid.columns, params.grid.rows)
    both = (features.encoded(part, known).with_columns(part["user_id"]) for part in (rows, raw))
    return uses.actions_use(*both, SEED)


def _middle(axis: str, cells: int) -> pl.Expr:
    return pl.col(axis).list.eval((pl.element().cast(pl.Float64) + 0.5) / cells)
