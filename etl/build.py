"""The whole flow, composed: warehouse -> consent -> transforms -> redaction -> gates -> release."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from typing import Any

import duckdb

from etl import chunk, keys, locks, plan, recipe, registries, scratch, warehouse
from etl.chunk import Outcome, Rules
from etl.engines import local
from etl.errors import TacendaError
from etl.plan import Chunk
from etl.project import Project
from etl.recipe import Recipe
from privacy.policy import default_policy
from privacy.pseudonyms import derive

Progress = Callable[[int, int, str], None]


@dataclass
class Gathered:
    """What all chunks gave: the counts of every arrow; the rows lie in the scratch database."""

    events: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    made: dict[str, Counter[str]] = field(default_factory=dict)


def rules_for(project: Project, datasets: Sequence[str]) -> Rules:
    """Recipes, registries and policy of a build; raises before anything is read."""
    recipes = recipe.chosen(project.recipes, datasets)
    loaded = registries.load(project.consent)
    key = derive(_key(project), "order")
    return Rules(loaded, recipes, default_policy(), key)


def _key(project: Project) -> bytes:
    """The project's key; a plain project has one all the same, for order and groups."""
    return keys.read(project)


@contextmanager
def reading(project: Project) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection for a command that holds the lock already."""
    connection = warehouse.connect(project, write=False)
    try:
        yield connection
    finally:
        connection.close()


_worker: dict[str, Any] = {}


def start_worker(project: Project, rules: Rules) -> None:
    """Opens the warehouse read-only in a worker and makes every detector ready."""
    chunk.detector()
    _worker["connection"] = warehouse.connect(project, write=False, threads=1)
    _worker["rules"] = rules


def work(task: Chunk) -> Outcome:
    """One chunk in a worker that has been started."""
    return chunk.process(_worker["connection"], task, _worker["rules"])


def gather(
    project: Project,
    rules: Rules,
    tasks: Sequence[Chunk],
    store: duckdb.DuckDBPyConnection,
    workers: int,
    progress: Progress,
) -> Gathered:
    """Runs all chunks and puts their rows and words into the scratch database."""
    gathered = Gathered()
    start = partial(start_worker, project, rules)
    outcomes = local.run(tasks, work, workers=workers, start=start)
    for number, outcome in enumerate(outcomes, 1):
        gathered.events += outcome.events
        gathered.excluded.update(outcome.excluded)
        gathered.notes.update(outcome.notes)
        gathered.found.update(outcome.found)
        for name, rows in outcome.rows.items():
            gathered.made.setdefault(name, Counter()).update(outcome.made[name])
            scratch.append(store, f"rows {name}", rows)
        for name, words in outcome.words.items():
            scratch.append(store, f"words {name}", words)
        progress(number, len(tasks), f"{gathered.events:,} events")
    _close_worker()
    return gathered


def _close_worker() -> None:
    connection = _worker.pop("connection", None)
    if connection is not None:
        connection.close()
