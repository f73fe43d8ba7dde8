"""Many simulated people, and the recipes of mouse and actions that are tried on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from etl import chunk, plan, recipe, registries, rules, setup, warehouse
from etl.project import Project
from etl.recipe import Recipe
from etl.simulate import simulate
from privacy.policy import default_policy
from tests.etl.conftest import NOW, project_of
from tests.large import defended

NAMES = ("pointer-snippets", "pointer-snippets-strict", "desktop-actions", "desktop-actions-strict")
STRICT = NAMES[1::2]
MEMBERS, MORE = 300, 100  # as many are not in a release; consent takes some of those beyond
HOURS, SEED = 0.75, 21
Frames = Callable[[], Iterator[pl.DataFrame]]


def shipped(name: str) -> Recipe:
    return recipe.load(setup.shipped_recipes() / name)


def made(place: Path) -> Project:
    """A project with the recordings of more than twice as many people as there are members."""
    simulate(place / "sim", users=2 * MEMBERS + MORE, hours=HOURS, seed=SEED)
    return project_of(place / "work", place / "sim")


def frames(project: Project, most: int) -> Frames:
    """Events of so many people that consent allows, of twenty at a time."""

    def read() -> Iterator[pl.DataFrame]:
        with warehouse.reading(project) as connection:
            loaded = registries.effective(project, connection, NOW)
            own = rules.Rules(loaded, (), default_policy(), defended.KEY)
            found = connection.execute("SELECT DISTINCT user_id FROM lake.events ORDER BY 1")
            users = [row[0] for row in found.fetchall()][:most]
            for start in range(0, len(users), 20):
                part = plan.Chunk(tuple(users[start : start + 20]))
                yield chunk.usable(connection, part, own)[0]

    return read
