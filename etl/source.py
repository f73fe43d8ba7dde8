"""What a build starts from: the warehouse's contents, its ids, units and fingerprints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import duckdb

from etl import cache, manifest, units, warehouse
from etl.project import Project
from etl.recipe import Recipe
from etl.rules import Rules
from etl.units import Unit, Units


@dataclass(frozen=True)
class Source:
    """The newest snapshot, every id in any spelling, and what each dataset depends on."""

    snapshot: int
    ids: tuple[str, ...]
    units: Units
    fingerprints: dict[str, str]


def look(connection: duckdb.DuckDBPyConnection, project: Project, rules: Rules) -> Source:
    """Reads what is needed of the warehouse besides its events."""
    found = connection.execute(
        "SELECT DISTINCT id FROM (SELECT user_id AS id FROM lake.sessions UNION ALL "
        "SELECT spelling FROM lake.people UNION ALL SELECT device_id FROM lake.sessions UNION ALL "
        "SELECT session_id FROM lake.sessions) WHERE id IS NOT NULL ORDER BY id"
    ).fetchall()
    known = units.units(connection, rules)
    return Source(
        warehouse.snapshot(connection),
        tuple(row[0] for row in found),
        known,
        _fingerprints(project, rules, known),
    )


def fingerprints(
    connection: duckdb.DuckDBPyConnection, project: Project, rules: Rules
) -> dict[str, str]:
    """Dataset -> a digest of all that decides what is in it: events, consent, rules, code, key."""
    return _fingerprints(project, rules, units.units(connection, rules))


def _fingerprints(project: Project, rules: Rules, known: Units) -> dict[str, str]:
    return {one.name: _fingerprint(project, one, rules, known[one.name]) for one in rules.recipes}


def _fingerprint(project: Project, one: Recipe, rules: Rules, people: Mapping[str, Unit]) -> str:
    card = project.recipes / one.name / "card.md"
    facts = {
        "people": sorted([user, *astuple(unit)] for user, unit in people.items()),
        "rules": units.rules_digest(rules, one),
        "card": manifest.digest(card) if card.exists() else "",
        "code": cache.code(),
    }
    return units.digest(facts)
