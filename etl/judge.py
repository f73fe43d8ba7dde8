"""A dataset in the making before every gate, those too that need the project to judge it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl import (
    assemble,
    attacked,
    bounds,
    checks,
    features,
    kept,
    lineage,
    manifest,
    marks,
    quota,
    sequences,
    useful,
    verify,
)  # fmt: skip
from etl.attacked import Attacks
from etl.checks import Written
from etl.job import Job, Part
from etl.shards import Shard
from privacy.gates import GateResult, Violation, alone, recount


def written(job: Job, folder: Path, parts: Sequence[Part], words: Sequence[str]) -> Written:
    """The dataset as it lies in its folder, with the verdicts that still hold."""
    passed = kept.passed(job.keeper, [(part.shard, part.keys) for part in parts])
    made = tuple(part.shard for part in parts)
    return Written(folder, job.recipe, job.features, made, tuple(words), passed)


def attack(
    job: Job, connection: duckdb.DuckDBPyConnection, made: Written, parts: Sequence[Part]
) -> Attacks:
    """What attackers reach on the dataset."""
    by_file = {part.shard.file: part for part in parts}

    def source(shard: Shard) -> pl.DataFrame:
        return _lineage(job, connection, by_file[shard.file])

    return attacked.attack(attacked.Sought(made, source, job.store))


def _lineage(job: Job, connection: duckdb.DuckDBPyConnection, part: Part) -> pl.DataFrame:
    """Where the rows of a shard came from, whether it was made anew or kept."""
    fresh = part.why is not None
    return lineage.rows(job.store if fresh else connection, job.recipe.name, part.shard, fresh)


def verdicts(
    job: Job,
    connection: duckdb.DuckDBPyConnection,
    made: Written,
    parts: Sequence[Part],
    reached: Attacks,
    facts: Mapping[str, Any],
    planted: Sequence[Violation],
) -> tuple[tuple[GateResult, ...], dict[str, float]]:
    """Every gate's verdict, and what took how long."""
    attacks = [(name, partial(attacked.gate, name, reached, job.recipe)) for name in attacked.GATES]
    return checks.timed(
        made,
        [
            ("ids", lambda: checks.ids(made, job.source.ids)),
            ("consent", lambda: _consent(job, connection, made, parts)),
            ("canaries", lambda: [*planted, *verify.planted(made)]),
            ("sums", lambda: verify.sums(facts)),
            ("recalled", lambda: _recalled(job, made.folder)),
            ("terms", lambda: checks.listed(made, job.rules.terms)),
            ("sequences", lambda: _sequences(job, made)),
            ("alone", lambda: _alone(job, made, parts)),
            ("shares", lambda: _shares(job, connection, parts)),
            *attacks,
            ("use", lambda: useful.gate(job.recipe, reached.uses, reached.missing.get("use"))),
        ],
    )


def _consent(
    job: Job, connection: duckdb.DuckDBPyConnection, made: Written, parts: Sequence[Part]
) -> list[Violation]:
    """Consent, counted again for each shard from where its rows came from."""
    out: list[Violation] = []
    passed = made.passed.get("consent", frozenset())
    open_parts = [part for part in parts if part.shard.file not in passed]
    whose = {user for part in open_parts for user in part.group.people}
    bounds.load(job.store, connection, whose, job.rules.relation)
    for part in open_parts:
        shard, people = part.shard, part.group.people
        rows = _lineage(job, connection, part)
        if rows.height != shard.rows:
            out.append(Violation(shard.file, 1, "could not check: lineage is missing"))
        known = bounds.of(job.store, people)
        out += recount.consent(shard.file, rows, job.rules.registries, known)
        strangers = rows.filter(~pl.col("user_id").is_in(people)).height
        if strangers:
            out.append(Violation(shard.file, strangers, "rows of people of another group"))
    return out


def _alone(job: Job, made: Written, parts: Sequence[Part]) -> list[Violation]:
    """Where a recipe asks for it, so many people of a file could have made each of its rows.

    What could have been made is told anew from the rows before any was left out.
    """
    if job.recipe.like == 1:
        return []
    out: list[Violation] = []
    for part in parts:
        if part.shard.file not in made.passed.get("alone", frozenset()):
            rows = pl.read_parquet(made.folder / part.shard.file)
            could = assemble.candidates(job.store, job.recipe, part.group)
            every = features.encoded(could, job.features).with_columns(could["user_id"])
            n = alone.unlike(rows, every, job.recipe.transform, job.recipe.like)
            what = "rows like which too few people made one"
            out += [Violation(part.shard.file, n, what)] if n else []
    return out


def _shares(
    job: Job, connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]
) -> list[Violation]:
    """Nobody has far more rows in a file than most: how much somebody did would name them."""
    if job.recipe.transform == "typed_text":
        return []
    out: list[Violation] = []
    for part in parts:
        rows = _lineage(job, connection, part)
        own = rows.group_by("user_id").len()["len"].to_list()
        if not own:
            out.append(Violation(part.shard.file, 1, "could not check: lineage is missing"))
            continue
        most = quota.few_or_twice(own)
        more = sum(n > most for n in own)
        what = f"people with up to {max(own)} rows, where {most:g} may be"
        out += [Violation(part.shard.file, more, what)] if more else []
    return out


def _sequences(job: Job, written: Written) -> list[Violation]:
    """Where a recipe asks for it, each text is one that k people typed."""
    if not job.recipe.vocabulary.sequences:
        return []
    texts = {text for _, rows in checks.batches(written, "sequences") for text in rows["text"]}
    ready = assemble.admitted_view(job.recipe)
    return sequences.recounted(job.store, ready, "dataset", texts, job.recipe.k)


def _recalled(job: Job, folder: Path) -> list[Violation]:
    """The same data as that of a recalled release does not leave again, whatever its card says."""
    files = manifest.data(manifest.files(folder))
    return [
        Violation("dataset", 1, f"the same files as those of {version}, which was recalled")
        for version, digests in marks.recalled_digests(job.project, job.recipe.name).items()
        if manifest.data(digests) == files
    ]
