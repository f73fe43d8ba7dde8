"""What a project holds, in counts that name nobody, and the next sensible command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from etl import (
    build,
    copies,
    manifest,
    marks,
    moments,
    recipe,
    registries,
    release,
    source,
    tombstones,
    waiting,
)  # fmt: skip
from etl.copies import Copy
from etl.errors import TacendaError
from etl.marks import Mark, Marks
from etl.project import Project
from etl.waiting import Concern

_SHOWN = 20


@dataclass(frozen=True)
class Release:
    """One release: its state, why it waits, and where it was published and still is.

    `state` is current, stale (the warehouse has moved on), waiting, superseded, recalled or erased
    (the folder is gone: no rows). `words` say what there is to say about it, naming nobody.
    """

    dataset: str
    version: str
    rows: int
    state: str
    words: str
    waiting: Concern | None
    published_to: tuple[str, ...]


@dataclass(frozen=True)
class Status:
    """Counts of the warehouse, quarantine by reason, registries, releases, and what to do next.

    `copies` are those of releases that nobody should have any more.
    """

    counts: dict[str, int]
    quarantined: dict[str, int]
    registries: str
    releases: tuple[Release, ...]
    copies: tuple[Copy, ...]
    todo: str


_COUNTS = {
    "people": "SELECT count(DISTINCT user_id) FROM lake.sessions",
    "devices": "SELECT count(DISTINCT device_id) FROM lake.sessions",
    "sessions": "SELECT count(*) FROM (SELECT DISTINCT user_id, device_id, session_id "
    "FROM lake.sessions)",
    "events": "SELECT count(*) FROM lake.events",
    "files": "SELECT count(*) FROM lake.files",
    "lines": "SELECT coalesce(sum(lines), 0) FROM lake.files",
    "accepted": "SELECT coalesce(sum(accepted), 0) FROM lake.files",
    "duplicates": "SELECT coalesce(sum(duplicates), 0) FROM lake.files",
    "quarantined": "SELECT coalesce(sum(quarantined), 0) FROM lake.files",
    "erased": "SELECT coalesce(sum(erased), 0) FROM lake.files",
    "withdrawals": "SELECT count(*) FROM lake.requests WHERE kind = 'withdraw'",
    "people who withdrew": "SELECT count(DISTINCT user_id) FROM lake.requests "
    "WHERE kind = 'withdraw'",
}


def status(connection: duckdb.DuckDBPyConnection, project: Project, now: int) -> Status:
    """Looks at the warehouse, the registries and the releases; changes nothing."""
    counts = {name: _number(connection, sql) for name, sql in _COUNTS.items()}
    reasons = connection.execute(
        "SELECT reason, count(*) FROM lake.quarantine GROUP BY 1 ORDER BY 1"
    ).fetchall()
    sound, words = _registries(project)
    concerns = waiting.concerns(connection, project, now)
    marked = marks.derived(project, connection, concerns, now)
    fresh = _current(connection, project, now)
    releases = tuple(
        _release(project, dataset, mark, concerns.get((dataset, mark.version)), fresh)
        for dataset, found in marked.items()
        for mark in found.values()
    )
    gone = copies.withheld(marked)
    todo = _erasing(connection) or _next(project, counts["events"], sound, marked, fresh, gone)
    return Status(counts, {str(r): int(n) for r, n in reasons}, words, releases, gone, todo)


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _registries(project: Project) -> tuple[bool, str]:
    try:
        loaded = registries.load(project.consent)
    except TacendaError as error:
        return False, error.message()
    return True, (
        f"{len(loaded.exemptions)} exemptions, {len(loaded.pauses)} pauses, "
        f"{len(loaded.exclusions)} exclusions (shipped ones included)"
    )


def _erasing(connection: duckdb.DuckDBPyConnection) -> str:
    if not tombstones.unfinished(connection):
        return ""
    return "tacenda erase USER --yes (an erasure has begun and not ended)"


def _release(
    project: Project, dataset: str, mark: Mark, concern: Concern | None, fresh: frozenset[str]
) -> Release:
    rows = 0
    if mark.erased_at is None:
        facts: dict[str, Any] = manifest.read(project.releases / dataset / mark.version)
        rows = int(facts["counts"]["released"])
    state = mark.state
    if state == "released":
        state = "current" if dataset in fresh else "stale"
    words = "; ".join(filter(None, [_fate(mark), _concern(concern) if concern else ""]))
    return Release(dataset, mark.version, rows, state, words, concern, mark.copies)


def _fate(mark: Mark) -> str:
    if mark.erased_at is not None:
        return f"erased {moments.written(mark.erased_at)}"
    if mark.recalled is not None:
        return f"recalled {moments.written(mark.recalled['at'])}: {mark.recalled['reason']}"
    return f"superseded by {mark.superseded['by']}" if mark.superseded else ""


def _concern(concern: Concern) -> str:
    said = []
    if concern.since is not None:
        verb = "holds" if concern.known else "may hold (its lineage is not known)"
        people = f"{concern.people} {'person' if concern.people == 1 else 'people'} who asked"
        numbers = "request " if len(concern.numbers) == 1 else "requests "
        numbers += ", ".join(str(number) for number in concern.numbers[:_SHOWN])
        more = len(concern.numbers) - _SHOWN
        numbers += f" and {more} more" if more > 0 else ""
        since = moments.written(concern.since)
        said.append(f"{verb} rows of {people}, the first since {since} ({numbers})")
    if concern.retention:
        said.append("holds rows past their retention")
    return "; ".join(said)


def _current(connection: duckdb.DuckDBPyConnection, project: Project, now: int) -> frozenset[str]:
    """The datasets whose newest release is what would be built now; none where that is unknown."""
    try:
        rules = build.rules_for(project, connection, (), now)
        found = source.fingerprints(connection, project, rules)
    except TacendaError:
        return frozenset()
    return frozenset(name for name, one in found.items() if release.current(project, name) == one)


def _next(
    project: Project,
    events: int,
    sound: bool,
    marked: Mapping[str, Marks],
    fresh: frozenset[str],
    gone: Sequence[Copy],
) -> str:
    if not events:
        return "tacenda ingest PATH…"
    if not sound:
        return f"put both registries into {project.consent}, then: tacenda build"
    wanted = {
        folder.name for folder in project.recipes.glob("*/") if not _optional(project, folder)
    }
    held = set(copies.waiting(marked)) & wanted
    unchanged = sorted(name for name in held & fresh if _recalled(marked[name]))
    if unchanged:
        return f"change what led to the recall, then: tacenda build {' '.join(unchanged)}"
    stale = sorted((wanted - fresh) | held)
    after = [replace(one, by=None) if one.dataset in stale else one for one in gone]
    todo = copies.steps(stale, [one for one in after if one.by or one.dataset in stale])
    return ", then: ".join(todo) or _publish(marked)


def _optional(project: Project, folder: Path) -> bool:
    """Whether a recipe is built only where it is named; one that cannot be read counts as not."""
    try:
        return recipe.load(folder).optional and not (project.releases / folder.name).is_dir()
    except TacendaError:
        return False


def _recalled(found: Marks) -> bool:
    last = copies.newest(found)
    return last is not None and last.recalled is not None


def _publish(marked: Mapping[str, Marks]) -> str:
    """The first release that is nowhere yet, else the first there is."""
    last = [(dataset, found) for dataset, one in marked.items() if (found := copies.newest(one))]
    for dataset, mark in [*(one for one in last if not one[1].copies), *last]:
        return f"tacenda publish {dataset}/{mark.version} DEST"
    return "tacenda build"
