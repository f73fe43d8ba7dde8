"""What is recorded of a dataset: how it came to be, and what attackers reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from etl import assemble, manifest
from etl.attacked import Attacks
from etl.job import Job, Part


def facts(
    job: Job,
    parts: Sequence[Part],
    counts: Mapping[str, Any],
    words: Sequence[str],
    reached: Attacks,
) -> dict[str, Any]:
    """What a manifest says of a dataset, before its version and verdicts are known."""
    recipe = job.recipe
    found: dict[str, Any] = {
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
        "attacks": {
            "released": [asdict(one) for one in reached.released],
            "raw": [asdict(one) for one in reached.raw],
        },
        "uses": [asdict(one) for one in reached.uses],
    }
    if recipe.transform == "typed_text":
        terms = job.rules.terms
        found["terms"] = {
            "never": len(terms.never),
            "let_pass": len(terms.passing),
            "digest": terms.digest(job.rules.key),
        }
        lists = assemble.allow_lists(recipe, ())
        common = len(frozenset[str]().union(*lists.values()))
        found["words"] = {"common": common, "shared": len(words)}
    return found
