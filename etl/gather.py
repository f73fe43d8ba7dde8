"""The first half of a build: every chunk through consent, transforms and redaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import duckdb

from etl import chunk, scratch, warehouse
from etl.chunk import Outcome, Rules
from etl.engines import local
from etl.plan import Chunk
from etl.project import Project

Progress = Callable[[int, int, str], None]


@dataclass
class Gathered:
    """What all chunks gave: the counts of every arrow; the rows lie in the scratch database."""

    events: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    made: dict[str, Counter[str]] = field(default_factory=dict)
    matched: set[int] = field(default_factory=set)

    def counts(self, dataset: str) -> dict[str, Any]:
        """One dataset's counts at every arrow, for its manifest."""
        made = self.made.get(dataset, Counter())
        allowed = self.events - self.excluded.total()
        return {
            "events": self.events,
            "excluded": dict(sorted(self.excluded.items())),
            "allowed": allowed,
            "used": made["events_used"],
            "not_used": allowed - made["events_used"],
            "rows_made": made["rows_made"],
            "rows_kept": made["rows_kept"],
            "notes": dict(sorted(self.notes.items())),
            "found": dict(sorted(self.found.items())),
        }


_worker: dict[str, Any] = {}


def _start(project: Project, rules: Rules) -> None:
    """Opens the warehouse read-only in a worker and makes every detector ready."""
    if any(recipe.transform == "typed_text" for recipe in rules.recipes):
        chunk.detector()
    _worker["connection"] = warehouse.connect(project, write=False, threads=1)
    _worker["rules"] = rules


def _work(task: Chunk) -> Outcome:
    return chunk.process(_worker["connection"], task, _worker["rules"])


def gather(
    project: Project,
    rules: Rules,
    tasks: Sequence[Chunk],
    store: duckdb.DuckDBPyConnection,
    workers: int,
    progress: Progress,
) -> Gathered:
    """Runs all chunks and puts their rows and words into the scratch database, in their order."""
    gathered = Gathered()
    start = partial(_start, project, rules)
    try:
        outcomes = local.run(tasks, _work, workers=workers, start=start)
        for number, outcome in enumerate(outcomes, 1):
            _take(gathered, outcome, store)
            progress(number, len(tasks), f"{gathered.events:,} events")
    finally:
        connection = _worker.pop("connection", None)
        if connection is not None:
            connection.close()
    return gathered


def _take(gathered: Gathered, outcome: Outcome, store: duckdb.DuckDBPyConnection) -> None:
    gathered.events += outcome.events
    gathered.excluded.update(outcome.excluded)
    gathered.notes.update(outcome.notes)
    gathered.found.update(outcome.found)
    gathered.matched.update(outcome.matched)
    for name, rows in outcome.rows.items():
        gathered.made.setdefault(name, Counter()).update(outcome.made[name])
        scratch.append(store, f"rows {name}", rows)
    for name, words in outcome.words.items():
        scratch.append(store, f"words {name}", words)
