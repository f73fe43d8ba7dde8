"""Rows of people -> shards over groups of them: admitted, drawn, written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl import scratch, shards
from etl.features import Feature
from etl.recipe import Recipe
from etl.shards import Shard
from privacy import pseudonyms, vocabulary
from transforms.events import LINEAGE

_CONSONANTS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
_PEOPLE = 50  # whose texts are admitted at a time


@dataclass(frozen=True)
class Group:
    """People whose rows stand in one shard, and that shard's key."""

    split: str
    people: tuple[str, ...]
    key: bytes

    @property
    def file(self) -> str:
        """The shard's name, of its key alone: it tells nothing and stays with its people.

        Of consonants, so that it never looks like somebody's number or name.
        """
        digest = pseudonyms.derive(self.key, "file").hex()[:12]
        return f"data/{self.split}-{digest.translate(_CONSONANTS)}.parquet"


def _has(store: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = store.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = 'scratch' AND table_name = ?", [table]
    )
    return found.fetchone() is not None


def allowed_words(store: duckdb.DuckDBPyConnection, recipe: Recipe) -> tuple[str, ...]:
    """The words, beyond the common ones, that enough people typed on enough days; sorted."""
    if not _has(store, f"words {recipe.name}"):
        return ()
    found = store.execute(
        f'SELECT token FROM scratch."words {recipe.name}" GROUP BY token '
        "HAVING count(DISTINCT user_id) >= ? AND count(DISTINCT day) >= ? ORDER BY token",
        [recipe.vocabulary.people, recipe.vocabulary.days],
    ).fetchall()
    return tuple(row[0] for row in found)


def allow_list(recipe: Recipe, shared: Sequence[str]) -> frozenset[str]:
    """Every word that may stand in the dataset."""
    return vocabulary.common_words(recipe.vocabulary.languages) | frozenset(shared)


def prepare(store: duckdb.DuckDBPyConnection, recipe: Recipe, allowed: frozenset[str]) -> None:
    """Makes the table of rows that may be drawn: of texts those with a word left, admitted.

    Groups are made of the people in it, so that none of them counts for rows that cannot leave.
    """
    name = recipe.name
    if recipe.transform != "typed_text" or not _has(store, f"rows {name}"):
        if _has(store, f"rows {name}"):
            store.execute(f'ALTER TABLE scratch."rows {name}" RENAME TO "ready {name}"')
        return
    people = _people(store, f"rows {name}")
    for start in range(0, len(people), _PEOPLE):
        rows = _of(store, f"rows {name}", people[start : start + _PEOPLE])
        texts = admitted(rows["text"], allowed)
        kept = rows.with_columns(texts.alias("text")).filter(_worded(pl.col("text")))
        scratch.append(store, f"ready {name}", kept)


def _people(store: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    found = store.execute(f'SELECT DISTINCT user_id FROM scratch."{table}" ORDER BY 1')
    return [row[0] for row in found.fetchall()]


def _of(store: duckdb.DuckDBPyConnection, table: str, people: Sequence[str]) -> pl.DataFrame:
    return store.execute(
        f'SELECT * FROM scratch."{table}" WHERE list_contains(?, user_id)', [list(people)]
    ).pl()


def groups(store: duckdb.DuckDBPyConnection, recipe: Recipe, key: bytes) -> list[Group]:
    """The groups of everyone who has rows in the dataset, by split and by name of their shard."""
    if not _has(store, f"ready {recipe.name}"):
        return []
    people = _people(store, f"ready {recipe.name}")
    split = recipe.split
    made = [
        Group(name, members, pseudonyms.members_key(key, recipe.name, members))
        for name, users in pseudonyms.splits(
            key, people, split.shares(), split.from_people, recipe.k
        ).items()
        for members in pseudonyms.groups(key, users, recipe.k)
    ]
    return sorted(made, key=lambda group: group.file)


def rows_of(store: duckdb.DuckDBPyConnection, recipe: Recipe, group: Group) -> pl.DataFrame:
    """A group's rows as they are released: sampled, in their keyed order."""
    rows = _of(store, f"ready {recipe.name}", group.people)
    return shards.drawn(rows, group.key, recipe.sample)


def admitted(texts: pl.Series, allowed: frozenset[str]) -> pl.Series:
    """Texts as they leave: every word allowed, without white space at the ends."""
    return vocabulary.admit(texts, allowed).str.strip_chars()


def _worded(text: pl.Expr) -> pl.Expr:
    """Whether a text holds a letter besides its placeholders."""
    return text.str.replace_all(r"<[A-Z]+>", "").str.contains(r"\p{L}")


def written(
    store: duckdb.DuckDBPyConnection,
    recipe: Recipe,
    made: Sequence[Group],
    features: Mapping[str, Feature],
    folder: Path,
) -> Iterator[tuple[Group, Shard, pl.DataFrame]]:
    """Writes a dataset's shards one after the other, each with the lineage of its rows in order."""
    for group in made:
        rows = rows_of(store, recipe, group)
        shard = shards.write(folder, group.file, group.split, rows, features)
        yield group, shard, rows.select(LINEAGE)
