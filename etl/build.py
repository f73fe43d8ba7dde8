"""The whole flow, composed: warehouse -> consent -> transforms -> redaction -> gates -> release."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb

from etl import (
    keys,
    locks,
    making,
    manifest,
    plan,
    recipe,
    registries,
    release,
    remarks,
    scratch,
    siderun,
    source,
    warehouse,
)  # fmt: skip
from etl.chunk import Rules
from etl.errors import TacendaError
from etl.gather import Progress, gather
from etl.making import REFUSED, UNCHANGED, DatasetResult, Job
from etl.project import Project
from etl.recipe import Recipe
from etl.source import Source
from privacy.policy import default_policy
from privacy.pseudonyms import derive


@dataclass(frozen=True)
class Built:
    """One result for each recipe that was asked for, in the order of their names."""

    datasets: tuple[DatasetResult, ...]

    @property
    def refused(self) -> bool:
        return any(one.verdict == REFUSED for one in self.datasets)


def rules_for(
    project: Project, connection: duckdb.DuckDBPyConnection, datasets: Sequence[str], now: int
) -> Rules:
    """Recipes, registries and policy of a build; raises before any event is read."""
    recipes = recipe.chosen(project.recipes, datasets)
    loaded = registries.effective(project, connection, now)
    return Rules(loaded, recipes, default_policy(), derive(keys.read(project), "order"))


def build(
    project: Project, datasets: Sequence[str], *, now: int, workers: int, progress: Progress
) -> Built:
    """Builds one release for each recipe named (all, where none is), or says why not.

    A dataset that a gate refuses leaves nothing under `releases/`; the others are released all
    the same. What would be the same as the newest release makes nothing new.
    """
    with locks.held(project.warehouse, "build", write=True):
        _clear(project)
        with reading(project) as connection:
            rules = rules_for(project, connection, datasets, now)
            found = source.look(connection, project, rules)
            tasks = plan.chunks(connection)
        if not tasks:
            raise TacendaError(
                "the warehouse holds no events",
                where=str(project.warehouse),
                todo="run `tacenda ingest PATH…` first",
                undone="nothing was built",
            )
        same = [_unchanged(project, one, found) for one in rules.recipes]
        todo = tuple(one for one, old in zip(rules.recipes, same, strict=True) if old is None)
        done = [old for old in same if old is not None]
        if todo:
            done += _build(project, replace(rules, recipes=todo), tasks, found, workers, progress)
    return Built(tuple(sorted(done, key=lambda one: one.dataset)))


def _clear(project: Project) -> None:
    """Removes what killed builds left: half-made releases and spilled files."""
    release.sweep(project)
    shutil.rmtree(project.warehouse / "tmp", ignore_errors=True)


@contextmanager
def reading(project: Project) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection for a command that holds the lock already."""
    connection = warehouse.connect(project, write=False)
    try:
        yield connection
    finally:
        connection.close()


def _unchanged(project: Project, one: Recipe, found: Source) -> DatasetResult | None:
    """The newest release, where nothing that decides about it has changed since."""
    if release.current(project, one.name) != found.fingerprints[one.name]:
        return None
    place = release.newest(project, one.name)
    if place is None:
        return None
    facts = manifest.read(place)
    gates = tuple(making.gate(one) for one in facts["gates"])
    rows = facts["counts"]["released"]
    return DatasetResult(one.name, UNCHANGED, place.name, rows, place, gates, facts["counts"])


def _build(
    project: Project, rules: Rules, tasks: Sequence[plan.Chunk], found: Source,
    workers: int, progress: Progress,
) -> list[DatasetResult]:  # fmt: skip
    with scratch.opened(project) as store:
        gathered = gather(project, rules, tasks, store, workers, progress)
        with reading(project) as connection:
            known = remarks.remarks(connection, rules.registries, gathered.matched)
        gathered.notes.update(known)
        planted = siderun.run(project, rules)
        return [
            making.make(Job(project, rules, one, found, store), gathered, planted[one.name])
            for one in rules.recipes
        ]
