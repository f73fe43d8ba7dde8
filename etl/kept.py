"""What a build may keep of earlier ones: shards whose inputs are the same, verdicts that hold."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl import cache, manifest, release, scratch, units
from etl.assemble import Group
from etl.project import Project
from etl.recipe import Recipe
from etl.shards import Shard
from etl.units import Unit

PER_SHARD = ("columns", "values", "tokens", "ids", "consent", "canaries", "statistics",
             "alone")  # fmt: skip
"""The gates that look at one shard after the other, so that a verdict can stay with a shard."""


@dataclass(frozen=True)
class Keeper:
    """One dataset's part of the store, for a build of it."""

    store: duckdb.DuckDBPyConnection
    project: Project
    recipe: Recipe
    people: Mapping[str, Unit]

    def inputs(self, group: Group) -> str:
        """A digest of everything that a shard's bytes depend on."""
        made_by = [self.recipe.digest, cache.code(), manifest.versions()]
        return units.digest([group.key.hex(), group.content, made_by])

    def keys(self, group: Group, words: str, ids: str) -> dict[str, str]:
        """Gate -> a digest of what its verdict about a shard depends on, besides its bytes.

        `words` and `ids` are digests of the words that may stand in it and of all known ids.
        """
        made_by = [self.recipe.digest, cache.code(), manifest.versions()]
        members = [[user, *astuple(self.people[user])] for user in group.people]
        own = {"tokens": words, "ids": ids, "consent": members, "alone": members}
        return {gate: units.digest([made_by, own.get(gate)]) for gate in PER_SHARD}


def shards(keeper: Keeper, connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[Shard, Path]]:
    """Inputs -> the shard that was made of them, and its file in a release that stands.

    Only shards of which the warehouse knows where their rows came from.
    """
    name = keeper.recipe.name
    known = {
        row[0]
        for row in connection.execute(
            "SELECT DISTINCT sha256 FROM lake.lineage WHERE dataset = ?", [name]
        ).fetchall()
    }
    places = release.shard_files(keeper.project, name)
    found = keeper.store.execute(
        "SELECT inputs, file, split, part, people, rows, bytes, sha256, alone FROM store.shards "
        "WHERE dataset = ? ORDER BY ALL",
        [name],
    ).fetchall()
    return {
        inputs: (shard, places[shard.sha256])
        for inputs, *facts in found
        if (shard := Shard(*facts)).sha256 in places and shard.sha256 in known
    }


def copied(shard: Shard, source: Path, folder: Path) -> bool:
    """Copies a shard into a release in the making; False where it is not what it was."""
    target = folder / shard.file
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except OSError:
        return False
    return manifest.digest(target) == shard.sha256


def passed(
    keeper: Keeper, made: Iterable[tuple[Shard, Mapping[str, str]]]
) -> dict[str, frozenset[str]]:
    """Gate -> the files of shards that it passed in an earlier build, by what it depends on."""
    known = set(
        keeper.store.execute(
            "SELECT sha256, gate, key FROM store.verdicts WHERE dataset = ?", [keeper.recipe.name]
        ).fetchall()
    )
    found: dict[str, set[str]] = {}
    for shard, keys in made:
        for gate, key in keys.items():
            if (shard.sha256, gate, key) in known:
                found.setdefault(gate, set()).add(shard.file)
    return {gate: frozenset(files) for gate, files in found.items()}


def remember(keeper: Keeper, made: Sequence[tuple[Group, Shard, Mapping[str, str]]]) -> None:
    """Puts a release's shards, their people's units and their verdicts into the store.

    Only after every gate passed; what was known of other shards goes.
    """
    tables: dict[str, list[dict[str, object]]] = {"shards": [], "members": [], "verdicts": []}
    for group, shard, keys in made:
        named = {"dataset": keeper.recipe.name, "sha256": shard.sha256}
        tables["shards"].append({**asdict(shard), **named, "inputs": keeper.inputs(group)})
        tables["members"] += [
            {**named, "user_id": user, **asdict(keeper.people[user])} for user in group.people
        ]
        tables["verdicts"] += [{**named, "gate": gate, "key": key} for gate, key in keys.items()]
    keeper.store.execute("BEGIN")
    for table, rows in tables.items():
        keeper.store.execute(f"DELETE FROM store.{table} WHERE dataset = ?", [keeper.recipe.name])
        scratch.append(keeper.store, "store", table, pl.DataFrame(rows, infer_schema_length=None))
    keeper.store.execute("COMMIT")


def why(keeper: Keeper, group: Group) -> str:
    """Why a shard is made anew, against the one of the last release that had most of its people."""
    near = keeper.store.execute(
        "SELECT sha256 FROM store.members JOIN store.shards USING (dataset, sha256) "
        "WHERE dataset = ? AND part = ? AND user_id IN (SELECT unnest(?::VARCHAR[])) "
        "GROUP BY sha256 ORDER BY count(*) DESC, sha256 LIMIT 1",
        [keeper.recipe.name, group.part, list(group.people)],
    ).fetchone()
    if near is None:
        return "nothing is known of such a shard in an earlier release"
    before = {
        user: Unit(*digests)
        for user, *digests in keeper.store.execute(
            "SELECT user_id, events, consent, rules FROM store.members "
            "WHERE dataset = ? AND sha256 = ?",
            [keeper.recipe.name, near[0]],
        ).fetchall()
    }
    return _difference(before, {user: keeper.people[user] for user in group.people})


def _difference(before: Mapping[str, Unit], now: Mapping[str, Unit]) -> str:
    both = before.keys() & now.keys()
    parts = {
        "joined": len(now.keys() - both),
        "left": len(before.keys() - both),
        "with other events": sum(before[u].events != now[u].events for u in both),
        "with another consent": sum(before[u].consent != now[u].consent for u in both),
    }
    said = [f"{n} {'person' if n == 1 else 'people'} {what}" for what, n in parts.items() if n]
    if any(before[u].rules != now[u].rules for u in both):
        said.append("the recipe, the policy, the code or a model changed")
    return "; ".join(said) or "other words pass than before"
