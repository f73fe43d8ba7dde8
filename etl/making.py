"""One dataset on its way from the store to its place: staged, checked, released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl import (
    assemble,
    bounds,
    card,
    checks,
    kept,
    lineage,
    manifest,
    marks,
    release,
    report,
    sequences,
    shards,
    timing,
    units,
    verify,
    warehouse,
)  # fmt: skip
from etl.assemble import Group
from etl.checks import Written
from etl.features import published
from etl.gather import Gathered
from etl.kept import Keeper
from etl.project import Project
from etl.recipe import Recipe
from etl.rules import Rules
from etl.shards import Shard
from etl.source import Source
from privacy.gates import CLEAN, GateResult, Violation, recount

BUILT, UNCHANGED, REFUSED = "built", "unchanged", "refused"


@dataclass(frozen=True)
class Job:
    """One recipe of a build, and the store that holds its rows."""

    project: Project
    rules: Rules
    recipe: Recipe
    source: Source
    store: duckdb.DuckDBPyConnection
    now: int

    @property
    def keeper(self) -> Keeper:
        people = self.source.units[self.recipe.name]
        return Keeper(self.store, self.project, self.recipe, people)


@dataclass(frozen=True)
class Part:
    """A shard of a dataset in the making, and why it was made anew (None: it was kept)."""

    group: Group
    shard: Shard
    keys: Mapping[str, str]
    why: str | None


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
    clock = timing.Stopwatch()
    try:
        words = assemble.allowed_words(job.store, job.recipe, job.rules.terms.passing)
        notes = assemble.prepare(job.store, job.recipe, words, job.rules.key)
        parts = _write(job, staged / "dataset", words)
        clock.lap("shards")
        counts = {
            **replace(gathered, notes={**gathered.notes, **notes}).counts(),
            "released": sum(part.shard.rows for part in parts),
            "people": len({user for part in parts for user in part.group.people}),
        }
        facts = _facts(job, parts, counts, words)
        results, seconds = _check(job, staged / "dataset", parts, words, facts, planted)
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


def _write(job: Job, folder: Path, words: Sequence[str]) -> list[Part]:
    """The dataset's files, kept or made anew, and its card; new lineage goes to `scratch`."""
    recipe, keeper = job.recipe, job.keeper
    features = published(recipe.transform, recipe.grid.columns, recipe.grid.rows)
    with warehouse.reading(job.project) as connection:
        known = kept.shards(keeper, connection)
    ids = units.digest(job.source.ids)
    may_pass = {
        part: units.digest(words if part != assemble.PLAIN else ()) for part in assemble.PARTS
    }
    parts: list[Part] = []
    for group in assemble.groups(job.store, recipe, job.rules.key):
        keys = keeper.keys(group, may_pass[group.part], ids)
        shard, place = known.get(keeper.inputs(group), (None, None))
        if shard and place and kept.copied(shard, place, folder):
            parts.append(Part(group, shard, keys, None))
            continue
        rows = assemble.rows_of(job.store, recipe, group)
        shard = shards.write(folder, group.file, group.split, group.part, rows, features)
        lineage.stage(job.store, recipe.name, shard, rows)
        parts.append(Part(group, shard, keys, kept.why(keeper, group)))
    made = [part.shard for part in parts]
    text = card.render(job.project.recipes / recipe.name, recipe, features, made, job.rules.policy)
    (folder / "README.md").write_text(text, encoding="utf-8")
    return parts


def _facts(
    job: Job, parts: Sequence[Part], counts: Mapping[str, Any], words: Sequence[str]
) -> dict[str, Any]:
    recipe = job.recipe
    facts: dict[str, Any] = {
        "dataset": recipe.name,
        "fingerprint": job.source.fingerprints[recipe.name],
        "recipe": {"digest": recipe.digest, "values": recipe.model_dump(mode="json")},
        "policy": {
            "digest": job.rules.policy.digest,
            "actions": dict(job.rules.policy.actions),
            "looser": dict(job.rules.policy.reasons),
        },
        "registries": dict(job.rules.registries.digests),
        "consent": job.project.settings.consent.shown(),
        "snapshot": job.source.snapshot,
        "versions": manifest.versions(),
        "shards": [asdict(part.shard) for part in parts],
        "counts": dict(counts),
    }
    if recipe.transform == "typed_text":
        terms = job.rules.terms
        facts["terms"] = {
            "never": len(terms.never),
            "let_pass": len(terms.passing),
            "digest": terms.digest(job.rules.key),
        }
        lists = assemble.allow_lists(recipe, ())
        common = len(frozenset[str]().union(*lists.values()))
        facts["words"] = {"common": common, "shared": len(words)}
    return facts


def _check(
    job: Job,
    folder: Path,
    parts: Sequence[Part],
    words: Sequence[str],
    facts: Mapping[str, Any],
    planted: Sequence[Violation],
) -> tuple[tuple[GateResult, ...], dict[str, float]]:
    recipe = job.recipe
    features = published(recipe.transform, recipe.grid.columns, recipe.grid.rows)
    passed = kept.passed(job.keeper, [(part.shard, part.keys) for part in parts])
    made = tuple(part.shard for part in parts)
    written = Written(folder, recipe, features, made, tuple(words), passed)
    return checks.timed(
        written,
        [
            ("ids", lambda: checks.ids(written, job.source.ids)),
            ("consent", lambda: _consent(job, parts, passed.get("consent", frozenset()))),
            ("canaries", lambda: [*planted, *verify.planted(written)]),
            ("sums", lambda: verify.sums(facts)),
            ("recalled", lambda: _recalled(job, folder)),
            ("terms", lambda: checks.listed(written, job.rules.terms)),
            ("sequences", lambda: _sequences(job, written)),
        ],
    )


def _consent(job: Job, parts: Sequence[Part], passed: frozenset[str]) -> list[Violation]:
    """Consent, counted again for each shard from where its rows came from."""
    out: list[Violation] = []
    open_parts = [part for part in parts if part.shard.file not in passed]
    with warehouse.reading(job.project) as connection:
        whose = {user for part in open_parts for user in part.group.people}
        bounds.load(job.store, connection, whose, job.rules.relation)
        for part in open_parts:
            shard, people = part.shard, part.group.people
            fresh = part.why is not None
            rows = lineage.rows(job.store if fresh else connection, job.recipe.name, shard, fresh)
            if rows.height != shard.rows:
                out.append(Violation(shard.file, 1, "could not check: lineage is missing"))
            known = bounds.of(job.store, people)
            out += recount.consent(shard.file, rows, job.rules.registries, known)
            strangers = rows.filter(~pl.col("user_id").is_in(people)).height
            if strangers:
                out.append(Violation(shard.file, strangers, "rows of people of another group"))
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
