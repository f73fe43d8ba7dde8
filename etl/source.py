"""What a build starts from: the warehouse's contents, its ids, and fingerprints by dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import duckdb

from etl import manifest, warehouse
from etl.chunk import Rules
from etl.project import Project
from etl.recipe import Recipe


@dataclass(frozen=True)
class Source:
    """The newest snapshot, every id in any spelling, and what each dataset depends on."""

    snapshot: int
    ids: tuple[str, ...]
    fingerprints: dict[str, str]


def look(connection: duckdb.DuckDBPyConnection, project: Project, rules: Rules) -> Source:
    """Reads what is needed of the warehouse besides its events."""
    found = connection.execute(
        "SELECT DISTINCT id FROM (SELECT user_id AS id FROM lake.sessions UNION ALL "
        "SELECT spelling FROM lake.people UNION ALL SELECT device_id FROM lake.sessions UNION ALL "
        "SELECT session_id FROM lake.sessions) WHERE id IS NOT NULL ORDER BY id"
    ).fetchall()
    return Source(
        warehouse.snapshot(connection),
        tuple(row[0] for row in found),
        fingerprints(connection, project, rules),
    )


def fingerprints(
    connection: duckdb.DuckDBPyConnection, project: Project, rules: Rules
) -> dict[str, str]:
    """Dataset -> a digest of all that decides what is in it: captures, rules, code, key."""
    digests = connection.execute("SELECT digest FROM lake.files ORDER BY digest").fetchall()
    common = {
        "captures": [row[0] for row in digests],
        "registries": rules.registries.digests,
        "policy": rules.policy.digest,
        "tables": _tables(),
        "versions": manifest.versions(),
        "key": hashlib.sha256(rules.key).hexdigest(),
    }
    return {one.name: _fingerprint(project, one, common) for one in rules.recipes}


def _fingerprint(project: Project, one: Recipe, common: Mapping[str, object]) -> str:
    card = project.recipes / one.name / "card.md"
    own = {"recipe": one.digest, "card": manifest.digest(card) if card.exists() else ""}
    text = json.dumps({**common, **own}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _tables() -> dict[str, str]:
    folder = resources.files("privacy") / "data"
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
