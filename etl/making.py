"""One dataset on its way from the scratch database to its place: staged, checked, released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl import (
    assemble,
    card,
    checks,
    consented,
    manifest,
    release,
    report,
    scratch,
    verify,
    warehouse,
)  # fmt: skip
from etl.assemble import Group
from etl.checks import Written
from etl.chunk import Rules
from etl.features import published
from etl.gather import Gathered
from etl.project import Project
from etl.recipe import Recipe
from etl.shards import Shard
from etl.source import Source
from privacy import vocabulary
from privacy.gates import CLEAN, GateResult, Violation, recount
from transforms.events import LINEAGE

BUILT, UNCHANGED, REFUSED = "built", "unchanged", "refused"


@dataclass(frozen=True)
class Job:
    """One recipe of a build, and the scratch database that holds its rows."""

    project: Project
    rules: Rules
    recipe: Recipe
    source: Source
    store: duckdb.DuckDBPyConnection

    @property
    def lineage(self) -> str:
        """The scratch table of where each written row came from."""
        return f"lineage {self.recipe.name}"


@dataclass(frozen=True)
class DatasetResult:
    """What became of one recipe: its release or refusal, and every gate's verdict."""

    dataset: str
    verdict: str
    version: str | None
    rows: int
    place: Path
    gates: tuple[GateResult, ...]
    counts: Mapping[str, Any]


def gate(facts: Mapping[str, Any]) -> GateResult:
    """A verdict as a manifest holds it."""
    found = tuple(Violation(**violation) for violation in facts["violations"])
    return GateResult(facts["gate"], facts["verdict"], found)


def make(job: Job, gathered: Gathered, planted: Sequence[Violation]) -> DatasetResult:
    """Stages a dataset, puts it before every gate, and then releases or refuses it."""
    name = job.recipe.name
    staged = release.stage(job.project, name)
    try:
        shared = assemble.allowed_words(job.store, job.recipe)
        assemble.prepare(job.store, job.recipe, assemble.allow_list(job.recipe, shared))
        groups = assemble.groups(job.store, job.recipe, job.rules.key)
        written = _write(job, staged / "dataset", groups, shared)
        counts = {
            **gathered.counts(name),
            "released": sum(shard.rows for shard in written.shards),
            "people": written.people,
        }
        facts = _facts(job, written, counts, shared)
        results = _check(job, written, groups, facts, planted)
        if all(result.verdict == CLEAN for result in results):
            return _release(job, staged, facts, results, shared)
    finally:
        release.discard(staged)
    place = release.refuse(job.project, name, results, counts)
    return DatasetResult(name, REFUSED, None, 0, place, results, counts)


def _write(job: Job, folder: Path, groups: Sequence[Group], shared: Sequence[str]) -> Written:
    """The dataset's files; the lineage of their rows goes to the scratch database."""
    recipe = job.recipe
    features = published(recipe.transform, recipe.grid.columns, recipe.grid.rows)
    allowed = assemble.allow_list(recipe, shared)
    shards: list[Shard] = []
    for group, shard, lineage in assemble.written(job.store, recipe, groups, features, folder):
        shards.append(shard)
        numbered = lineage.with_row_index("row").with_columns(
            pl.col("row").cast(pl.Int64), pl.lit(group.file).alias("shard")
        )
        scratch.append(job.store, job.lineage, numbered)
    text = card.render(job.project.recipes / recipe.name, recipe, features, shards)
    (folder / "README.md").write_text(text, encoding="utf-8")
    people = sum(shard.people for shard in shards)
    return Written(folder, recipe, features, tuple(shards), allowed, people)


def _facts(
    job: Job, written: Written, counts: Mapping[str, Any], shared: Sequence[str]
) -> dict[str, Any]:
    recipe = job.recipe
    facts: dict[str, Any] = {
        "dataset": recipe.name,
        "fingerprint": job.source.fingerprints[recipe.name],
        "recipe": {"digest": recipe.digest, "values": recipe.model_dump(mode="json")},
        "policy": {"digest": job.rules.policy.digest, "actions": dict(job.rules.policy.actions)},
        "registries": dict(job.rules.registries.digests),
        "snapshot": job.source.snapshot,
        "versions": manifest.versions(),
        "shards": [asdict(shard) for shard in written.shards],
        "counts": dict(counts),
    }
    if recipe.transform == "typed_text":
        common = len(vocabulary.common_words(recipe.vocabulary.languages))
        facts["words"] = {"common": common, "shared": len(shared)}
    return facts


def _check(
    job: Job,
    written: Written,
    groups: Sequence[Group],
    facts: Mapping[str, Any],
    planted: Sequence[Violation],
) -> tuple[GateResult, ...]:
    return checks.run(
        written,
        [
            ("ids", lambda: checks.ids(written, job.source.ids)),
            ("consent", lambda: _consent(job, groups)),
            ("canaries", lambda: [*planted, *verify.planted(written)]),
            ("sums", lambda: verify.sums(facts)),
        ],
    )


def _consent(job: Job, groups: Sequence[Group]) -> list[Violation]:
    """Consent, counted again for each shard from where its rows came from."""
    connection = warehouse.connect(job.project, write=False)
    try:
        out: list[Violation] = []
        for group in groups:
            rows = _lineage(job, group.file)
            bounds = consented.boundaries(connection, group.people, job.rules.relation)
            out += recount.consent(group.file, rows, job.rules.registries, bounds)
            strangers = rows.filter(~pl.col("user_id").is_in(group.people)).height
            if strangers:
                out.append(Violation(group.file, strangers, "rows of people of another group"))
        return out
    finally:
        connection.close()


def _lineage(job: Job, file: str) -> pl.DataFrame:
    columns = ", ".join(("shard", "row", *LINEAGE))
    return job.store.execute(
        f'SELECT {columns} FROM scratch."{job.lineage}" WHERE shard = ? ORDER BY row', [file]
    ).pl()


def _release(
    job: Job,
    staged: Path,
    facts: dict[str, Any],
    results: tuple[GateResult, ...],
    shared: Sequence[str],
) -> DatasetResult:
    """Writes the review, the lineage, and then the release's name; nothing new if nothing is."""
    name, project = job.recipe.name, job.project
    last = release.newest(project, name)
    if last and manifest.files(staged / "dataset") == manifest.files(last / "dataset"):
        release.set_current(project, name, last.name, facts["fingerprint"])
        rows = facts["counts"]["released"]
        return DatasetResult(name, UNCHANGED, last.name, rows, last, results, facts["counts"])
    version = release.following(project, name)
    facts |= {"version": version, "gates": [asdict(result) for result in results]}
    review = staged / "review"
    (review / "words.txt").write_text("".join(f"{w}\n" for w in shared), encoding="utf-8")
    (review / "report.md").write_text(report.render(facts), encoding="utf-8")
    manifest.write(staged, {**facts, "files": manifest.files(staged)})
    _keep_lineage(job, facts["shards"])
    place = release.commit(project, name, staged, version)
    release.set_current(project, name, version, facts["fingerprint"])
    rows = facts["counts"]["released"]
    return DatasetResult(name, BUILT, version, rows, place, results, facts["counts"])


def _keep_lineage(job: Job, shards: Sequence[Mapping[str, Any]]) -> None:
    """Puts the lineage of shards into the warehouse, where it does not lie there already."""
    name = job.recipe.name
    connection = warehouse.connect(job.project, write=True)
    try:
        known = connection.execute(
            "SELECT DISTINCT sha256 FROM lake.lineage WHERE dataset = ?", [name]
        ).fetchall()
        connection.execute("BEGIN")
        for shard in shards:
            if (shard["sha256"],) in known:
                continue
            rows = _lineage(job, shard["file"]).with_columns(
                dataset=pl.lit(name), sha256=pl.lit(shard["sha256"])
            )
            connection.register("rows", rows.to_arrow())
            connection.execute("INSERT INTO lake.lineage BY NAME SELECT * FROM rows")
            connection.unregister("rows")
        connection.execute("COMMIT")
    finally:
        connection.close()
