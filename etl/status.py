"""What a project holds, in counts that name nobody, and the next sensible command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from etl import build, manifest, registries, release, source
from etl.errors import TacendaError
from etl.project import Project


@dataclass(frozen=True)
class Release:
    """One release in the project's folder, and whether the warehouse has moved on since."""

    dataset: str
    version: str
    rows: int
    current: bool


@dataclass(frozen=True)
class Status:
    """Counts of the warehouse, quarantine by reason, registries, releases, and what to do next."""

    counts: dict[str, int]
    quarantined: dict[str, int]
    registries: str
    releases: tuple[Release, ...]
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
}


def status(connection: duckdb.DuckDBPyConnection, project: Project, now: int) -> Status:
    """Looks at the warehouse, the registries and the releases; changes nothing."""
    counts = {name: _number(connection, sql) for name, sql in _COUNTS.items()}
    reasons = connection.execute(
        "SELECT reason, count(*) FROM lake.quarantine GROUP BY 1 ORDER BY 1"
    ).fetchall()
    sound, words = _registries(project)
    releases = _releases(connection, project, now)
    todo = _next(project, counts["events"], sound, releases)
    return Status(counts, {str(r): int(n) for r, n in reasons}, words, releases, todo)


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


def _releases(
    connection: duckdb.DuckDBPyConnection, project: Project, now: int
) -> tuple[Release, ...]:
    fresh = _current(connection, project, now)
    found = []
    for folder in sorted(project.releases.glob("*/v*"), key=_order):
        facts: dict[str, Any] = manifest.read(folder)
        dataset = folder.parent.name
        newest = release.newest(project, dataset) == folder
        current = newest and dataset in fresh
        found.append(Release(dataset, folder.name, int(facts["counts"]["released"]), current))
    return tuple(found)


def _current(connection: duckdb.DuckDBPyConnection, project: Project, now: int) -> frozenset[str]:
    """The datasets whose newest release is what would be built now; none where that is unknown."""
    try:
        rules = build.rules_for(project, connection, (), now)
        found = source.fingerprints(connection, project, rules)
    except TacendaError:
        return frozenset()
    return frozenset(name for name, one in found.items() if release.current(project, name) == one)


def _order(folder: Any) -> tuple[str, int]:
    return folder.parent.name, int(folder.name[1:]) if folder.name[1:].isdigit() else 0


def _next(project: Project, events: int, sound: bool, releases: Sequence[Release]) -> str:
    if not events:
        return "tacenda ingest PATH…"
    if not sound:
        return f"put both registries into {project.consent}, then: tacenda build"
    newest = {release.dataset: release for release in releases}
    wanted = {folder.name for folder in project.recipes.iterdir() if folder.is_dir()}
    stale = sorted(n for n in wanted if n not in newest or not newest[n].current)
    if stale:
        return "tacenda build " + " ".join(stale)
    last = sorted(newest)[0]
    return f"tacenda publish {last}/{newest[last].version} DEST"
