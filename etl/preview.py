"""A look at what a build would do, on a few people: rows before and after, for the key-holder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from etl import assemble, build, chunk, locks, scratch, warehouse
from etl.chunk import Outcome
from etl.errors import TacendaError
from etl.features import said
from etl.plan import Chunk
from etl.project import Project
from etl.recipe import Recipe
from etl.rules import Rules
from privacy.pseudonyms import person_token
from transforms import typed_text
from transforms.events import LINEAGE

PEOPLE, EVENTS = 12, 200_000


@dataclass(frozen=True)
class Preview:
    """One dataset: how many people were looked at, counts of every arrow, (before, after) rows."""

    dataset: str
    people: int
    counts: dict[str, int]
    rows: tuple[tuple[str, str], ...]


def preview(project: Project, datasets: Sequence[str], n: int, *, now: int) -> list[Preview]:
    """Takes a few people through every arrow and shows `n` rows of each dataset.

    People are taken in a keyed order, up to twelve or some 200,000 events. Nothing is written.
    """
    with locks.held(project.warehouse, "preview", write=False), warehouse.reading(project) as lake:
        rules = build.rules_for(project, lake, datasets, now)
        task = _sample(lake, rules)
        after = chunk.process(lake, task, rules)
        typed = any(one.transform == "typed_text" for one in rules.recipes)
        texts = _texts_of(lake, task, rules) if typed else None
    with scratch.opened(project) as store:
        for name, words in after.words.items():
            scratch.append(store, "store", f"words {name}", words)
        return [_preview(store, one, texts, after, len(task.users), n) for one in rules.recipes]


def _texts_of(lake: duckdb.DuckDBPyConnection, task: Chunk, rules: Rules) -> pl.DataFrame:
    frame, _ = chunk.usable(lake, task, rules)
    return chunk.texts(typed_text.segments(frame), rules)[0]


def _sample(lake: duckdb.DuckDBPyConnection, rules: Rules) -> Chunk:
    people = lake.execute("SELECT user_id, count(*) FROM lake.events GROUP BY user_id").fetchall()
    if not people:
        raise TacendaError("the warehouse holds no events", todo="run `tacenda ingest PATH…` first")
    chosen: list[str] = []
    size = 0
    for user, events in sorted(people, key=lambda row: person_token(rules.key, row[0])):
        if chosen and (size + events > EVENTS or len(chosen) == PEOPLE):
            break
        chosen.append(user)
        size += events
    return Chunk(tuple(sorted(chosen)), datasets=tuple(one.name for one in rules.recipes))


def _preview(
    store: duckdb.DuckDBPyConnection,
    recipe: Recipe,
    texts: pl.DataFrame | None,
    after: Outcome,
    people: int,
    n: int,
) -> Preview:
    counts = {
        "events": after.total(recipe.name, "events").total(),
        **{f"excluded: {r}": n for r, n in sorted(after.total(recipe.name, "excluded").items())},
        **after.total(recipe.name, "made"),
    }
    if texts is not None and recipe.transform == "typed_text":
        pairs = _texts(store, recipe, chunk.in_language(texts.head(n), recipe))
    else:
        rows = after.rows[recipe.name].drop("id")
        payload = [name for name in rows.columns if name not in (*LINEAGE, "part")]
        pairs = [
            (_source(row), str(said({p: row[p] for p in payload})))
            for row in rows.head(n).to_dicts()
        ]
    return Preview(recipe.name, people, counts, tuple(pairs))


def _texts(
    store: duckdb.DuckDBPyConnection, recipe: Recipe, shown: pl.DataFrame
) -> list[tuple[str, str]]:
    lists = assemble.allow_lists(recipe, assemble.allowed_words(store, recipe))
    rows = shown.select("language", pl.col("redacted").alias("text"))
    after = assemble.admitted(rows, lists).fill_null("(dropped)")
    return list(zip(shown["text"].to_list(), after.to_list(), strict=True))


def _source(row: dict[str, Any]) -> str:
    events = row["n_keyboard"] + row["n_mouse"] + row["n_other"]
    return f"{events} events in {(row['last_ts'] - row['first_ts']) / 1e6:.1f} s"
