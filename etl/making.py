"""One dataset on its way from the store to its place: staged, checked, released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from etl import (
    assemble,
    card,
    croissant,
    documents,
    judge,
    kept,
    lineage,
    manifest,
    marks,
    pictures,
    recorded,
    release,
    report,
    shards,
    timing,
    units,
    warehouse,
)  # fmt: skip
from etl.attacked import Attacks
from etl.gather import Gathered
from etl.job import Job, Part
from privacy.gates import CLEAN, GateResult, Violation

BUILT, UNCHANGED, REFUSED = "built", "unchanged", "refused"


@dataclass(frozen=True)
class DatasetResult:
    """What became of one recipe: its release or refusal, every gate's verdict, every shard's why.

    `shards` are (file, why it was made anew or None) of what was built; `seconds` what took how
    long, by step and gate.
    """

    dataset: str
    verdict: str
    version: str | None
    rows: int
    place: Path
    gates: tuple[GateResult, ...]
    counts: Mapping[str, Any]
    shards: tuple[tuple[str, str | None], ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


def gate(facts: Mapping[str, Any]) -> GateResult:
    """A verdict as a manifest holds it."""
    found = tuple(Violation(**violation) for violation in facts["violations"])
    return GateResult(facts["gate"], facts["verdict"], found)


def make(job: Job, gathered: Gathered, planted: Sequence[Violation]) -> DatasetResult:
    """Stages a dataset, puts it before every gate, and then releases or refuses it."""
    name = job.recipe.name
    staged = release.stage(job.project, name)
    folder = staged / "dataset"
    clock = timing.Stopwatch()
    try:
        words = assemble.allowed_words(job.store, job.recipe, job.rules.terms.passing)
        notes = assemble.prepare(job.store, job.recipe, words, job.rules.key)
        with warehouse.reading(job.project) as connection:
            parts, left_out = _write(job, connection, folder, words)
            clock.lap("shards")
            written = judge.written(job, folder, parts, words)
            reached = judge.attack(job, connection, written, parts)
            clock.lap("attacks")
            _describe(job, folder, parts, reached)
            clock.lap("card")
            noted = replace(gathered, notes={**gathered.notes, **notes})
            counts = _counts(noted, parts, left_out)
            facts = recorded.facts(job, parts, counts, words, reached)
            results, seconds = judge.verdicts(
                job, connection, written, parts, reached, facts, planted
            )
        clock.seconds.update(seconds)
        clock.skip()
        if all(result.verdict == CLEAN for result in results):
            done = _release(job, staged, facts, results, words, parts)
            clock.lap("release")
            whys = tuple((part.shard.file, part.why) for part in parts)
            return replace(done, shards=whys, seconds=clock.seconds)
    finally:
        release.discard(staged)
    place = release.refuse(job.project, name, results, counts)
    return DatasetResult(name, REFUSED, None, 0, place, results, counts, seconds=clock.seconds)


def _counts(gathered: Gathered, parts: Sequence[Part], left_out: int) -> dict[str, Any]:
    """The counts at every arrow, those of the rows that are in the shards with them.

    `left_out`: rows of groups of which there is no shard.
    """
    rowless = sum(len(part.group.people) - part.shard.people for part in parts)
    return {
        **gathered.counts(),
        "released": sum(part.shard.rows for part in parts),
        "alone": sum(part.shard.alone for part in parts) + left_out,
        "people": len({user for part in parts for user in part.group.people}) - rowless,
    }


def _write(
    job: Job, connection: duckdb.DuckDBPyConnection, folder: Path, words: Sequence[str]
) -> tuple[list[Part], int]:
    """The dataset's shards, kept or made anew; new lineage goes to `scratch`.

    Of a group without rows there is no shard; the second value counts what stood alone in these.
    """
    recipe, keeper = job.recipe, job.keeper
    known = kept.shards(keeper, connection)
    ids = units.digest(job.source.ids)
    may_pass = {
        part: units.digest(words if part != assemble.PLAIN else ()) for part in assemble.PARTS
    }
    parts: list[Part] = []
    left_out = 0
    for group in assemble.groups(job.store, recipe, job.rules.key):
        keys = keeper.keys(group, may_pass[group.part], ids)
        shard, place = known.get(keeper.inputs(group), (None, None))
        if shard and place and kept.copied(shard, place, folder):
            parts.append(Part(group, shard, keys, None))
            continue
        rows, alone = assemble.rows_of(job.store, recipe, group)
        if rows.is_empty():
            left_out += alone
            continue
        made = shards.write(folder, group.file, group.split, group.part, rows, job.features)
        shard = replace(made, alone=alone)
        lineage.stage(job.store, recipe.name, shard, rows)
        parts.append(Part(group, shard, keys, kept.why(keeper, group)))
    return parts, left_out


def _describe(job: Job, folder: Path, parts: Sequence[Part], reached: Attacks) -> None:
    """What lies beside the rows: card, metadata, and pictures of the rows and of attackers."""
    made, recipe, policy = [part.shard for part in parts], job.recipe, job.rules.policy
    counted = pictures.counts(folder, job.features, made)
    text = card.render(
        job.project.recipes / recipe.name, recipe, job.features, made, policy, reached.released,
        counted, pictures.in_words(recipe, reached), reached.uses,
    )  # fmt: skip
    drawn = {
        documents.CARD: text,
        documents.METADATA: croissant.render(recipe, job.features, made, text),
        documents.COMPOSITION: pictures.composition(counted),
    }
    if documents.ATTACKERS in documents.names(recipe):
        drawn[documents.ATTACKERS] = pictures.attackers(recipe, reached)
    for name, said in drawn.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(said, encoding="utf-8")


def _release(
    job: Job,
    staged: Path,
    facts: dict[str, Any],
    results: tuple[GateResult, ...],
    words: Sequence[str],
    parts: Sequence[Part],
) -> DatasetResult:
    """Writes the review, the lineage, and then the release's name; nothing new if nothing is."""
    name, project = job.recipe.name, job.project
    last = release.newest(project, name)
    same = last and manifest.files(staged / "dataset") == manifest.files(last / "dataset")
    rows, counts = facts["counts"]["released"], facts["counts"]
    known = [(part.group, part.shard, part.keys) for part in parts]
    shards_made = [part.shard for part in parts]
    fresh = [part.shard for part in parts if part.why is not None]
    if same and last:
        lineage.keep(project, job.store, name, shards_made, fresh)
        kept.remember(job.keeper, known)
        release.set_current(project, name, last.name, facts["fingerprint"])
        return DatasetResult(name, UNCHANGED, last.name, rows, last, results, counts)
    version = release.following(project, name)
    facts |= {"version": version, "gates": [asdict(result) for result in results]}
    review = staged / "review"
    (review / "words.txt").write_text("".join(f"{w}\n" for w in words), encoding="utf-8")
    (review / "report.md").write_text(report.render(facts), encoding="utf-8")
    manifest.write(staged, {**facts, "files": manifest.files(staged)})
    lineage.keep(project, job.store, name, shards_made, fresh)
    place = release.commit(project, name, staged, version)
    marks.supersede(project, name, by=version, now=job.now)
    release.set_current(project, name, version, facts["fingerprint"])
    kept.remember(job.keeper, known)
    return DatasetResult(name, BUILT, version, rows, place, results, counts)
