"""The whole flow, composed: warehouse -> consent -> transforms -> redaction -> gates -> release."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import duckdb

from etl import (
    gather,
    keys,
    locks,
    making,
    manifest,
    marks,
    plan,
    policyfile,
    recipe,
    registries,
    release,
    remarks,
    scratch,
    siderun,
    source,
    terms,
    timing,
    tombstones,
    units,
    warehouse,
)  # fmt: skip
from etl.errors import TacendaError
from etl.gather import Gathered, Progress
from etl.job import Job
from etl.making import REFUSED, UNCHANGED, DatasetResult
from etl.project import Project
from etl.recipe import Recipe
from etl.rules import Rules
from etl.source import Source
from privacy.pseudonyms import derive


@dataclass(frozen=True)
class Built:
    """One result for each recipe that was asked for, in the order of their names.

    `seconds` tells what the steps that all of them share took.
    """

    datasets: tuple[DatasetResult, ...]
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return any(one.verdict == REFUSED for one in self.datasets)


def rules_for(
    project: Project, connection: duckdb.DuckDBPyConnection, datasets: Sequence[str], now: int
) -> Rules:
    """Recipes, registries and policy of a build; raises before any event is read."""
    recipes = recipe.chosen(project.recipes, datasets, project.releases)
    loaded = registries.effective(project, connection, now)
    return Rules(
        loaded,
        recipes,
        policyfile.of(project),
        derive(keys.read(project), "order"),
        terms.load(connection),
    )


def build(
    project: Project, datasets: Sequence[str], *, now: int, workers: int, progress: Progress
) -> Built:
    """Builds one release for each recipe named (all, where none is), or says why not.

    A dataset that a gate refuses leaves nothing under `releases/`; the others are released all
    the same. What would be the same as the newest release makes nothing new, and of everything
    else only what depends on a change is made anew.
    """
    clock = timing.Stopwatch()
    with locks.held(project.warehouse, "build", write=True):
        _clear(project)
        with warehouse.reading(project) as connection:
            _require(connection, project)
            rules = rules_for(project, connection, datasets, now)
            marks.refresh(project, connection, now)
            found = source.look(connection, project, rules)
        same = [_unchanged(project, one, found) for one in rules.recipes]
        todo = tuple(one for one, old in zip(rules.recipes, same, strict=True) if old is None)
        done = [old for old in same if old is not None]
        clock.lap("look")
        if todo:
            own = replace(rules, recipes=todo)
            done += _build(project, own, found, now, workers, progress, clock)
    return Built(tuple(sorted(done, key=lambda one: one.dataset)), clock.seconds)


def _clear(project: Project) -> None:
    """Removes what killed builds left: half-made releases and spilled files."""
    release.sweep(project)
    shutil.rmtree(project.warehouse / "tmp", ignore_errors=True)


def _require(connection: duckdb.DuckDBPyConnection, project: Project) -> None:
    if tombstones.unfinished(connection):
        raise TacendaError(
            "an erasure has begun and not ended",
            where=str(project.root),
            todo="run `tacenda erase USER --yes` again for that person",
            undone="nothing was built",
        )
    if connection.execute("SELECT 1 FROM lake.events LIMIT 1").fetchone() is None:
        raise TacendaError(
            "the warehouse holds no events",
            where=str(project.warehouse),
            todo="run `tacenda ingest PATH…` first",
            undone="nothing was built",
        )


def _account(connection: duckdb.DuckDBPyConnection, gathered: Gathered) -> None:
    """What was kept of earlier builds and what is new must be all that there is, no more."""
    row = connection.execute("SELECT count(*) FROM lake.events").fetchone()
    if row is None or int(row[0]) != gathered.of("events").total():
        raise TacendaError(
            "the events that were counted are not those of the warehouse",
            todo="delete warehouse/cache.duckdb and build again; if it comes back, report it",
            undone="nothing was built",
        )


def _unchanged(project: Project, one: Recipe, found: Source) -> DatasetResult | None:
    """The newest release, where nothing that decides about it has changed since."""
    if release.current(project, one.name) != found.fingerprints[one.name]:
        return None
    place = release.newest(project, one.name)
    if place is None or place.name in marks.recalled_digests(project, one.name):
        return None
    facts = manifest.read(place)
    gates = tuple(making.gate(one) for one in facts["gates"])
    rows = facts["counts"]["released"]
    return DatasetResult(one.name, UNCHANGED, place.name, rows, place, gates, facts["counts"])


def _build(
    project: Project, rules: Rules, found: Source, now: int,
    workers: int, progress: Progress, clock: timing.Stopwatch,
) -> list[DatasetResult]:  # fmt: skip
    with scratch.opened(project, kept=True) as store:
        wanted = {one.name: found.units[one.name] for one in rules.recipes}
        stale = units.stale(store, wanted)
        with warehouse.reading(project) as connection:
            tasks = plan.chunks(connection, stale)
        gather.gather(project, rules, tasks, wanted, store, workers, progress)
        clock.lap("people")
        planted = siderun.run(project, rules)
        clock.lap("gate side run")
        made = []
        for one in rules.recipes:
            gathered = gather.gathered(store, one.name)
            with warehouse.reading(project) as connection:
                _account(connection, gathered)
                gathered.notes.update(
                    remarks.remarks(connection, rules.registries, gathered.matched)
                )
            job = Job(project, rules, one, found, store, now)
            made.append(making.make(job, gathered, planted[one.name]))
        clock.skip()
        return made
