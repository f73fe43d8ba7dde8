"""A look at what a build would do, on a few people: rows before and after, for the key-holder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import polars as pl

from etl import assemble, build, chunk, locks, scratch
from etl.chunk import Outcome
from etl.errors import TacendaError
from etl.features import said
from etl.plan import Chunk
from etl.project import Project
from etl.recipe import Recipe
from privacy.findings import KINDS
from privacy.policy import Policy
from privacy.pseudonyms import person_token
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
    keep = Policy(tuple((kind, "keep") for kind in KINDS))
    with locks.held(project.warehouse, "preview", write=False), build.reading(project) as lake:
        rules = build.rules_for(project, lake, datasets, now)
        task = _sample(lake, rules.key)
        after = chunk.process(lake, task, rules)
        before = chunk.process(lake, task, replace(rules, policy=keep))
    with scratch.opened(project) as store:
        for name, words in after.words.items():
            scratch.append(store, f"words {name}", words)
        return [_preview(store, one, before, after, len(task.users), n) for one in rules.recipes]


def _sample(lake: duckdb.DuckDBPyConnection, key: bytes) -> Chunk:
    people = lake.execute("SELECT user_id, count(*) FROM lake.events GROUP BY user_id").fetchall()
    if not people:
        raise TacendaError("the warehouse holds no events", todo="run `tacenda ingest PATH…` first")
    chosen: list[str] = []
    size = 0
    for user, events in sorted(people, key=lambda row: person_token(key, row[0])):
        if chosen and (size + events > EVENTS or len(chosen) == PEOPLE):
            break
        chosen.append(user)
        size += events
    return Chunk(tuple(sorted(chosen)))


def _preview(
    store: duckdb.DuckDBPyConnection,
    recipe: Recipe,
    before: Outcome,
    after: Outcome,
    people: int,
    n: int,
) -> Preview:
    counts = {
        "events": after.events,
        **{f"excluded: {reason}": count for reason, count in sorted(after.excluded.items())},
        **after.made[recipe.name],
    }
    rows = after.rows[recipe.name]
    if recipe.transform == "typed_text":
        pairs = _texts(store, recipe, before.rows[recipe.name], rows, n)
    else:
        payload = [name for name in rows.columns if name not in LINEAGE]
        pairs = [
            (_source(row), str(said({p: row[p] for p in payload})))
            for row in rows.head(n).to_dicts()
        ]
    return Preview(recipe.name, people, counts, tuple(pairs))


def _texts(
    store: duckdb.DuckDBPyConnection, recipe: Recipe, raw: pl.DataFrame, rows: pl.DataFrame, n: int
) -> list[tuple[str, str]]:
    allowed = assemble.allow_list(recipe, assemble.allowed_words(store, recipe))
    shown = raw.join(
        rows.select(*LINEAGE[:4], "text"),
        on=LINEAGE[:4], how="left", nulls_equal=True, suffix="_after", maintain_order="left",
    ).head(n)  # fmt: skip
    after = assemble.admitted(shown["text_after"].fill_null("(dropped)"), allowed)
    return list(zip(shown["text"].to_list(), after.to_list(), strict=True))


def _source(row: dict[str, Any]) -> str:
    events = row["n_keyboard"] + row["n_mouse"] + row["n_other"]
    return f"{events} events in {(row['last_ts'] - row['first_ts']) / 1e6:.1f} s"
