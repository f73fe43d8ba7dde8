"""The first half of a build: everyone whose unit changed through consent, transforms, redaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import duckdb
import polars as pl

from etl import chunk, scratch, units, warehouse
from etl.chunk import Outcome
from etl.engines import local
from etl.plan import Chunk
from etl.project import Project
from etl.rules import Rules
from etl.units import Units

_NONE = dict.fromkeys(chunk.NOTES, 0)

Progress = Callable[[int, int, str], None]


@dataclass
class Gathered:
    """One dataset's counts at every arrow, over everyone; its rows lie in the store."""

    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)

    def of(self, kind: str) -> Counter[str]:
        return self.by_kind.get(kind, Counter())

    @property
    def matched(self) -> frozenset[int]:
        """Which of the project's own exclusions matched a focus, by their places."""
        return frozenset(int(place) for place in self.of("matched"))

    def counts(self) -> dict[str, Any]:
        """The counts for a manifest."""
        events, excluded, made = self.of("events")[""], self.of("excluded"), self.of("made")
        allowed = events - excluded.total()
        return {
            "events": events,
            "excluded": dict(sorted(excluded.items())),
            "allowed": allowed,
            "used": made["events_used"],
            "not_used": allowed - made["events_used"],
            "rows_made": made["rows_made"],
            "rows_kept": made["rows_kept"],
            "notes": dict(sorted({**_NONE, **self.of("note"), **self.notes}.items())),
            "found": dict(sorted(self.of("found").items())),
        }


_worker: dict[str, Any] = {}


def _start(project: Project, rules: Rules) -> None:
    """Opens the warehouse read-only in a worker."""
    _worker["connection"] = warehouse.connect(project, write=False, threads=1)
    _worker["rules"] = rules


def _work(task: Chunk) -> Outcome:
    return chunk.process(_worker["connection"], task, _worker["rules"])


def gather(
    project: Project,
    rules: Rules,
    tasks: Sequence[Chunk],
    wanted: Units,
    store: duckdb.DuckDBPyConnection,
    workers: int,
    progress: Progress,
) -> None:
    """Runs all chunks and puts their rows, words and counts into the store, in their order."""
    start = partial(_start, project, rules)
    events = 0
    try:
        outcomes = local.run(tasks, _work, workers=workers, start=start)
        for number, (task, outcome) in enumerate(zip(tasks, outcomes, strict=True), 1):
            take(store, outcome)
            if task.ends:
                units.done(store, wanted, task.users, task.datasets)
            events += outcome.total(task.datasets[0], "events").total()
            progress(number, len(tasks), f"{events:,} events")
    finally:
        connection = _worker.pop("connection", None)
        if connection is not None:
            connection.close()


def take(store: duckdb.DuckDBPyConnection, outcome: Outcome) -> None:
    """Puts what became of a chunk into the store."""
    for name, rows in outcome.rows.items():
        scratch.append(store, "store", f"rows {name}", rows)
    for name, words in outcome.words.items():
        scratch.append(store, "store", f"words {name}", words)
    for (kind, name), raw in outcome.raw.items():
        scratch.append(store, "store", f"{kind} {name}", raw)
    for name, counts in outcome.counts.items():
        table = _table(name, counts)
        scratch.append(store, "store", "counts", table)


def _table(dataset: str, counts: Mapping[tuple[str, str, str], int]) -> pl.DataFrame:
    rows = [(dataset, *key, n) for key, n in sorted(counts.items()) if n]
    names = {"dataset": pl.String, "user_id": pl.String, "kind": pl.String, "name": pl.String}
    return pl.DataFrame(rows, schema={**names, "n": pl.Int64}, orient="row")


def gathered(store: duckdb.DuckDBPyConnection, dataset: str) -> Gathered:
    """One dataset's counts over everyone in the store."""
    found: dict[str, Counter[str]] = {}
    for kind, name, n in store.execute(
        "SELECT kind, name, sum(n) FROM store.counts WHERE dataset = ? GROUP BY ALL ORDER BY ALL",
        [dataset],
    ).fetchall():
        found.setdefault(kind, Counter())[name] = int(n)
    return Gathered(found)
