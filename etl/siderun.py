"""The side run of each build: planted secrets through the same code, looked for at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb
import polars as pl

from etl import assemble, chunk, gather, scratch
from etl.plan import Chunk
from etl.project import Project
from etl.recipe import Recipe
from etl.rules import Rules
from privacy import canaries
from privacy.gates import Violation
from privacy.policy import Policy
from transforms.events import SCHEMA

_TABLE = "planted"


def run(project: Project, rules: Rules) -> dict[str, list[Violation]]:
    """Dataset -> what came out of what was planted, or should have and did not; empty is well.

    Each recipe has a side run of its own, because how many people are planted follows from it.
    One that cannot be made is a violation.
    """
    return {recipe.name: _checked(project, rules, recipe) for recipe in rules.recipes}


def _checked(project: Project, rules: Rules, recipe: Recipe) -> list[Violation]:
    try:
        return _one(project, rules, recipe)
    except Exception as error:
        # Its message may quote what it looked at, so only its kind is told.
        return [Violation("side run", 1, f"could not check: {type(error).__name__}")]


def _one(project: Project, rules: Rules, recipe: Recipe) -> list[Violation]:
    people = max(recipe.vocabulary.people, recipe.k)
    planted = canaries.plant(people, recipe.vocabulary.days)
    events = pl.DataFrame(planted.events, schema=SCHEMA, infer_schema_length=None)
    own = replace(rules, registries=planted.registries, recipes=(recipe,), relation=_TABLE,
                  terms=canaries.TERMS)  # fmt: skip
    with scratch.opened(project) as store:
        store.register(_TABLE, events.to_arrow())
        users = tuple(sorted(events["user_id"].unique()))
        gather.take(store, chunk.process(store, Chunk(users, datasets=(recipe.name,)), own))
        return _check(store, own, recipe)


def _check(store: duckdb.DuckDBPyConnection, rules: Rules, recipe: Recipe) -> list[Violation]:
    assemble.prepare(store, recipe, assemble.allowed_words(store, recipe), rules.key)
    made = assemble.groups(store, recipe, rules.key)
    # All that could be drawn: what was planted must not hang on which rows are.
    frames = [assemble.candidates(store, recipe, group) for group in made]
    if not frames:
        return [Violation("side run", 1, "could not check: nothing came out")]
    return look(recipe, frames, rules.policy)


def look(recipe: Recipe, frames: Sequence[pl.DataFrame], policy: Policy) -> list[Violation]:
    """Looks for what was planted in rows as they are released."""
    rows = pl.concat(frames)
    if recipe.transform == "typed_text":
        return canaries.texts("side run", rows["text"], control=True, policy=policy)
    if recipe.transform == "pointer":
        columns = rows["x"].explode()
    else:
        actions = rows.select(pl.col("actions").explode()).unnest("actions")
        columns = pl.concat([actions["x"], actions["to_x"]]).drop_nulls()
    return canaries.cells("side run", columns, recipe.grid.columns)
