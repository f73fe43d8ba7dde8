"""One recipe of a build, and the shards that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from etl.assemble import Group
from etl.features import Feature, published
from etl.kept import Keeper
from etl.project import Project
from etl.recipe import Recipe
from etl.rules import Rules
from etl.shards import Shard
from etl.source import Source


@dataclass(frozen=True)
class Job:
    """One recipe of a build, and the store that holds its rows."""

    project: Project
    rules: Rules
    recipe: Recipe
    source: Source
    store: duckdb.DuckDBPyConnection
    now: int

    @property
    def keeper(self) -> Keeper:
        people = self.source.units[self.recipe.name]
        return Keeper(self.store, self.project, self.recipe, people)

    @property
    def features(self) -> Mapping[str, Feature]:
        recipe = self.recipe
        return published(recipe.transform, recipe.grid.columns, recipe.grid.rows)


@dataclass(frozen=True)
class Part:
    """A shard of a dataset in the making, and why it was made anew (None: it was kept)."""

    group: Group
    shard: Shard
    keys: Mapping[str, str]
    why: str | None
