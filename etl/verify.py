"""A release checked again from its own files, by anyone, without a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from etl import attacked, checks, manifest, shards, useful
from etl.checks import Written
from etl.errors import RefusedError
from etl.features import published
from etl.recipe import Recipe
from etl.shards import Shard
from privacy import canaries, gates
from privacy.attacks.figures import Figure
from privacy.gates import CLEAN, GateResult, Violation
from privacy.uses import Use

GATES = ("columns", "values", "tokens", "people", "files", "statistics", "ids", "consent",
         "canaries", "sums", "recalled", "terms", "sequences", "alone", "shares",
         *attacked.GATES, "use")  # fmt: skip
"""What every release's manifest must say has passed."""


@dataclass(frozen=True)
class Verified:
    """A release whose every check passed."""

    dataset: str
    version: str
    rows: int
    results: tuple[GateResult, ...]


def verify(release: Path) -> Verified:
    """Checks digests, schema, words, people, planted secrets, sums and recorded verdicts.

    Raises `RefusedError` naming each check that did not pass, `TacendaError` where the release
    cannot be read at all.
    """
    facts = manifest.read(release)
    results = gates.run(
        [
            ("digests", lambda: _digests(release, facts)),
            ("verdicts", lambda: _verdicts(facts)),
            ("sums", lambda: sums(facts)),
            ("attacks", lambda: _attacks(facts)),
        ]
    )
    if all(result.verdict == CLEAN for result in results):
        results += _contents(release, facts)
    bad = [result for result in results if result.verdict != CLEAN]
    if bad:
        raise RefusedError(
            "the release did not pass: " + "; ".join(_said(result) for result in bad),
            where=str(release),
            todo="do not use or publish it; build it again",
            undone="nothing was changed",
        )
    return Verified(facts["dataset"], facts["version"], facts["counts"]["released"], results)


def _said(result: GateResult) -> str:
    found = ", ".join(f"{v.where}: {v.what}" for v in result.violations[:3])
    more = len(result.violations) - 3
    return f"{result.gate} ({found}{f', and {more} more' if more > 0 else ''})"


def _contents(release: Path, facts: Mapping[str, Any]) -> tuple[GateResult, ...]:
    try:
        written = restored(release, facts)
    except (KeyError, TypeError, ValueError, ValidationError, OSError) as error:
        reason = Violation("manifest", 1, f"could not check: {type(error).__name__}")
        return (GateResult("manifest", gates.UNCHECKED, (reason,)),)
    return checks.run(written, [("canaries", lambda: planted(written))])


def restored(release: Path, facts: Mapping[str, Any]) -> Written:
    """The dataset as its manifest describes it, ready for the gates."""
    recipe = Recipe.model_validate(facts["recipe"]["values"])
    features = published(recipe.transform, recipe.grid.columns, recipe.grid.rows)
    names = [one.name for one in fields(Shard)]
    made = tuple(Shard(**{name: shard[name] for name in names}) for shard in facts["shards"])
    words = (release / "review" / "words.txt").read_text(encoding="utf-8").split()
    return Written(release / "dataset", recipe, features, made, tuple(words))


def planted(written: Written) -> list[Violation]:
    """Whether any text that builds plant to test themselves is in the dataset."""
    found: list[Violation] = []
    for shard, rows in checks.batches(written, "canaries"):
        for name, kind in rows.schema.items():
            if kind == pl.String:
                found += canaries.texts(shard.file, rows[name], control=False)
    return found


def _digests(release: Path, facts: Mapping[str, Any]) -> list[Violation]:
    wanted: Mapping[str, str] = facts["files"]
    found = manifest.files(release)
    found.pop(manifest.FILE, None)
    out = [Violation(name, 1, "the file is missing") for name in wanted if name not in found]
    out += [Violation(name, 1, "a file that was not built") for name in found if name not in wanted]
    changed = [name for name in wanted if name in found and found[name] != wanted[name]]
    return out + [Violation(name, 1, "the file was changed") for name in changed]


def _verdicts(facts: Mapping[str, Any]) -> list[Violation]:
    said = {gate["gate"]: gate["verdict"] for gate in facts["gates"]}
    wrong = [name for name in GATES if said.get(name) != CLEAN]
    return [Violation("manifest", 1, f"the gate {name!r} is not recorded as passed")
            for name in wrong]  # fmt: skip


def _attacks(facts: Mapping[str, Any]) -> list[Violation]:
    """Whether the recorded figures of attackers and of use keep the recipe's limits."""
    recipe = Recipe.model_validate(facts["recipe"]["values"])
    released, raw = (
        tuple(Figure(**one) for one in facts["attacks"][name]) for name in ("released", "raw")
    )
    found = attacked.Attacks(released, raw)
    beyond = [one for name in attacked.GATES for one in attacked.gate(name, found, recipe)]
    return beyond + useful.gate(recipe, [Use(**one) for one in facts["uses"]], None)


def sums(facts: Mapping[str, Any]) -> list[Violation]:
    """Whether the counts at every arrow add up, none of them negative."""
    counts = facts["counts"]
    made = [Shard(**shard) for shard in facts["shards"]]
    cut = facts["recipe"]["values"]["vocabulary"]["sequences"]
    equal = {
        "events": counts["events"] == sum(counts["excluded"].values()) + counts["allowed"],
        "allowed events": counts["allowed"] == counts["used"] + counts["not_used"],
        "rows": counts["rows_made"] >= counts["rows_kept"] >= 0 <= counts["released"],
        # One text may leave as several sequences.
        "rows drawn": cut or counts["rows_kept"] >= counts["released"],
        "released rows": counts["released"] == sum(shard.rows for shard in made),
        "people": shards.people(made) <= counts["people"] <= sum(s.people for s in made),
        "signs": min(counts["used"], counts["not_used"], *counts["excluded"].values(), 0) >= 0,
    }
    return [
        Violation(name, 1, "the sums do not agree") for name, holds in equal.items() if not holds
    ]
