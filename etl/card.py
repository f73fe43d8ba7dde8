"""A dataset's card: what `load_dataset` reads, then what people read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from etl.errors import TacendaError
from etl.features import Feature, card_features
from etl.recipe import Recipe
from etl.shards import Shard
from privacy.attacks.figures import Figure
from privacy.policy import Policy

_ORDER = ("train", "validation", "test")


def render(
    folder: Path,
    recipe: Recipe,
    features: Mapping[str, Feature],
    shards: Sequence[Shard],
    policy: Policy,
    attacks: Sequence[Figure] = (),
) -> str:
    """The card's text: a header made here, and the recipe's `card.md` with its figures filled in.

    What the policy does less than the default stands at its end, with the reasons.

    Nothing in it names a version, date, path or machine.
    """
    splits = _splits(shards)
    figures = {
        "title": recipe.title,
        "rows": f"{sum(shard.rows for shard in shards):,}",
        "k": str(recipe.k),
        "min_people": str(recipe.min_people),
        "per_person": str(recipe.repeats.per_person),
        "overall": str(recipe.repeats.overall),
        "words_people": str(recipe.vocabulary.people),
        "words_days": str(recipe.vocabulary.days),
        "languages": ", ".join(recipe.vocabulary.languages),
        "columns": str(recipe.grid.columns),
        "grid_rows": str(recipe.grid.rows),
        "bin_ms": str(recipe.grid.bin_ms),
        "max_points": str(recipe.pointer.max_points),
        "max_actions": str(recipe.actions.max_actions),
        "skipped_actions": _counted(recipe.actions.skipped, "action was", "actions were"),
        "gap_ms": f"{recipe.actions.gap_ms:,}",
        "like": str(recipe.like),
        "sample": f"{recipe.sample:.0%}",
        "splits": _split_words(splits, recipe),
        "attacks": reached(attacks),
    }
    body = _body(folder / "card.md", figures)
    head = f"---\n{_header(recipe, features, splits, shards)}---\n\n"
    return head + body + (_loosened(policy) if recipe.transform == "typed_text" else "")


def _counted(n: int, one: str, more: str) -> str:
    return f"one {one}" if n == 1 else f"{n} {more}"


def reached(attacks: Sequence[Figure]) -> str:
    """What attackers reached, as a table in Markdown."""
    lines = ["| attack | measure | reached | 95 % interval | nobody to find | people, rows |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {one.attack} | {one.measure} | {one.value:.2f} | {one.low:.2f} to {one.high:.2f} "
        f"| {one.control:.2f} | {one.people}, {one.rows:,} |"
        for one in attacks
    ]
    return "\n".join(lines)


def _loosened(policy: Policy) -> str:
    if not policy.reasons:
        return ""
    lines = [f"- {kind}, `{policy.action(kind)}`: {why}" for kind, why in policy.reasons]
    title = "## Where the policy does less than Tacenda's default, and why"
    return "\n".join(["", title, *lines, ""])


def _body(place: Path, figures: Mapping[str, str]) -> str:
    try:
        return Template(place.read_text(encoding="utf-8")).substitute(figures)
    except (OSError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise TacendaError(
            "the recipe's card.md cannot be used",
            where=f"{place}: {type(error).__name__} {error if isinstance(error, KeyError) else ''}",
            todo="mend it; a literal $ is written $$",
            undone="this dataset was not built",
        ) from None


def _splits(shards: Sequence[Shard]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name in sorted({shard.split for shard in shards}, key=_ORDER.index):
        own = [shard for shard in shards if shard.split == name]
        found[name] = {
            "files": [shard.file for shard in own],
            "num_bytes": sum(shard.bytes for shard in own),
            "num_examples": sum(shard.rows for shard in own),
        }
    return found


def _split_words(splits: Mapping[str, Any], recipe: Recipe) -> str:
    if len(splits) > 1:
        return "Train, validation and test hold different people."
    return (
        "There is one split, `train`: with fewer than "
        f"{recipe.split.from_people} people, a split of its own would show too few of them."
    )


def _header(
    recipe: Recipe,
    features: Mapping[str, Feature],
    splits: Mapping[str, Mapping[str, Any]],
    shards: Sequence[Shard],
) -> str:
    """YAML, of which JSON is a part: each value is written as JSON on one line or as a list."""
    size = sum(shard.bytes for shard in shards)
    info = {
        "features": card_features(features),
        "splits": [
            {"name": name, "num_bytes": s["num_bytes"], "num_examples": s["num_examples"]}
            for name, s in splits.items()
        ],
        "download_size": size,
        "dataset_size": size,
    }
    files = [{"split": name, "path": split["files"]} for name, split in splits.items()]
    header: dict[str, Any] = {
        "pretty_name": recipe.title,
        "language": list(recipe.vocabulary.languages),
        "tags": ["computer-use", "privacy"],
        "configs": [{"config_name": "default", "data_files": files}],
        "dataset_info": info,
    }
    if recipe.transform != "typed_text":
        del header["language"]
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in header.items())
