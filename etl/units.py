"""What decides about one person's rows in one dataset: a unit is made anew where that changed."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import polars as pl

from etl import cache, manifest, rawrows, scratch
from etl.recipe import Recipe
from etl.rules import Rules
from privacy.pseudonyms import normal_id
from privacy.registry import Limits, Registries


@dataclass(frozen=True)
class Unit:
    """Digests of a person's events, of all that consent knows of them, and of every other rule."""

    events: str
    consent: str
    rules: str


Units = dict[str, dict[str, Unit]]
"""Dataset -> person -> unit."""


def units(connection: duckdb.DuckDBPyConnection, rules: Rules) -> Units:
    """The units of everyone who was ever captured, in the order of their ids."""
    people = connection.execute(
        "SELECT user_id, sha256(string_agg(token, chr(0) ORDER BY token)) FROM lake.revisions "
        "GROUP BY user_id ORDER BY user_id"
    ).fetchall()
    consent = _Consent(rules.registries, _ranges(connection))
    known = {user: (str(events), consent.digest(user)) for user, events in people}
    found: Units = {}
    for recipe in rules.recipes:
        own = rules_digest(rules, recipe)
        found[recipe.name] = {user: Unit(*digests, own) for user, digests in known.items()}
    return found


def rules_digest(rules: Rules, recipe: Recipe) -> str:
    """What decides about everybody's rows alike: recipe, policy, key, code and models."""
    return digest(
        [
            recipe.digest,
            rules.policy.digest,
            rules.terms.digest(rules.key),
            hashlib.sha256(rules.key).hexdigest(),
            cache.code(),
            manifest.versions(),
        ]
    )


def digest(value: Any) -> str:
    """SHA-256, in hex, of a value's JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _ranges(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Person -> the times between which all their events lie."""
    found = connection.execute(
        "SELECT user_id, min(first_ts), max(last_ts) FROM lake.sessions GROUP BY user_id"
    ).fetchall()
    return {user: (first, last) for user, first, last in found}


class _Consent:
    """The registries' rows by person, so that each person's digest is found without a search."""

    def __init__(self, registries: Registries, ranges: Mapping[str, tuple[int, int]]) -> None:
        self.ranges = ranges
        self.limits = registries.limits
        self.rows: dict[str, list[list[object]]] = defaultdict(list)
        everybody: list[list[object]] = []
        for kind in ("exemptions", "pauses", "withdrawals", "exclusions"):
            for row in getattr(registries, kind):
                facts = {k: v for k, v in asdict(row).items() if k not in ("row", "reason")}
                named = facts.pop("user_id")
                whose = everybody if named is None else self.rows[normal_id(named)]
                whose.append([kind, json.dumps(facts, sort_keys=True)])
        self.everybody = digest(sorted(map(json.dumps, everybody)))

    def digest(self, user: str) -> str:
        own = sorted({json.dumps(row) for row in self.rows.get(user, [])})
        return digest([self.everybody, own, _limits(self.limits, self.ranges.get(user))])


def _limits(limits: Limits, span: tuple[int, int] | None) -> dict[str, object]:
    """What the project sets, as far as it can matter to events of this span."""
    facts = asdict(limits)
    first, last = span or (0, 0)
    if limits.not_before is None or first >= limits.not_before:
        facts["not_before"] = None
    if limits.not_from is None or last < limits.not_from:
        facts["not_from"] = None
    return facts


def stale(store: duckdb.DuckDBPyConnection, wanted: Units) -> dict[str, tuple[str, ...]]:
    """Person -> datasets to make anew; what the store holds of these, and of people gone, goes."""
    todo: dict[str, list[str]] = defaultdict(list)
    for dataset, people in wanted.items():
        known = _known(store, dataset)
        old = [user for user, unit in people.items() if known.get(user) != unit]
        for user in old:
            todo[user].append(dataset)
        _forget(store, dataset, {*old, *(known.keys() - people.keys())})
    return {user: tuple(datasets) for user, datasets in sorted(todo.items())}


def _known(store: duckdb.DuckDBPyConnection, dataset: str) -> dict[str, Unit]:
    found = store.execute(
        "SELECT user_id, events, consent, rules FROM store.units WHERE dataset = ?", [dataset]
    ).fetchall()
    return {user: Unit(*digests) for user, *digests in found}


def _forget(store: duckdb.DuckDBPyConnection, dataset: str, users: Iterable[str]) -> None:
    """Takes people's rows of one dataset out of the store, and what a killed build left of them."""
    tables = ["units", "counts"]
    own = [f"{kind} {dataset}" for kind in ("rows", "words", *rawrows.KINDS)]
    tables += [table for table in own if scratch.has(store, "store", table)]
    people = sorted(users)
    for table in tables if people else ():
        only = "" if table.endswith(f" {dataset}") else f" AND dataset = '{dataset}'"
        store.execute(
            f'DELETE FROM store."{table}" WHERE user_id IN (SELECT unnest(?::VARCHAR[])){only}',
            [people],
        )


def done(
    store: duckdb.DuckDBPyConnection, wanted: Units, users: Sequence[str], datasets: Sequence[str]
) -> None:
    """Notes that people's rows in some datasets are all in the cache now."""
    rows = [
        (dataset, user, unit.events, unit.consent, unit.rules)
        for dataset in datasets
        for user in users
        if (unit := wanted[dataset].get(user)) is not None
    ]
    if rows:
        names = ["dataset", "user_id", "events", "consent", "rules"]
        scratch.append(store, "store", "units", pl.DataFrame(rows, schema=names, orient="row"))
