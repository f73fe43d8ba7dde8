"""The header of a dataset's card: what `load_dataset` and the Hub read, in YAML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from etl.features import Feature, card_features
from etl.recipe import OTHER, Recipe
from etl.shards import Shard

_ORDER = ("train", "validation", "test")
_SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B",
          "1B<n<10B", "10B<n<100B", "100B<n<1T", "n>1T")  # fmt: skip
_TAGS = {
    "typed_text": ("typing",),
    "pointer": ("mouse", "pointing"),
    "actions": ("mouse", "gui-agents", "action-sequences"),
}
_ASKED = {
    "What I will use it for": "text",
    "I will try to recognize nobody in it": "checkbox",
    "I will move to the newest version when one appears, and delete the older one": "checkbox",
}
"""What whoever asks for access fills in."""


def splits(shards: Sequence[Shard]) -> dict[str, dict[str, Any]]:
    """Each split that has files, in the usual order: its files, bytes and rows."""
    found: dict[str, dict[str, Any]] = {}
    for name in sorted({shard.split for shard in shards}, key=_ORDER.index):
        own = [shard for shard in shards if shard.split == name]
        found[name] = {
            "files": [shard.file for shard in own],
            "num_bytes": sum(shard.bytes for shard in own),
            "num_examples": sum(shard.rows for shard in own),
        }
    return found


def tags(recipe: Recipe) -> list[str]:
    """What a dataset is found by."""
    return ["computer-use", "privacy", *_TAGS[recipe.transform]]


def header(
    recipe: Recipe, features: Mapping[str, Feature], shards: Sequence[Shard], terms: str
) -> str:
    """YAML, of which JSON is a part: each value is written as JSON on one line.

    `terms` are what whoever asks for access agrees to.
    """
    rows = sum(shard.rows for shard in shards)
    fields: dict[str, Any] = {
        "pretty_name": recipe.title,
        **_licence(recipe),
        **_texts(recipe),
        "size_categories": [_size(rows)],
        "source_datasets": ["original"],
        "tags": tags(recipe),
    }
    lines = [*_lines(fields), *asked(terms), *_lines(_loading(features, shards))]
    return "".join(f"{line}\n" for line in lines)


def asked(terms: str) -> list[str]:
    """The lines of a header that say what whoever asks for access agrees to, and fills in."""
    return _lines({"extra_gated_prompt": terms, "extra_gated_fields": _ASKED})


def _lines(fields: Mapping[str, Any]) -> list[str]:
    return [f"{name}: {json.dumps(value)}" for name, value in fields.items()]


def _licence(recipe: Recipe) -> dict[str, str]:
    if recipe.license != OTHER:
        return {"license": recipe.license}
    link = {"license_link": recipe.license_link} if recipe.license_link else {}
    return {"license": OTHER, "license_name": recipe.license_name, **link}


def _texts(recipe: Recipe) -> dict[str, Any]:
    if recipe.transform != "typed_text":
        return {"annotations_creators": ["no-annotation"]}
    languages = list(recipe.vocabulary.languages)
    return {
        "language": languages,
        "multilinguality": ["multilingual" if len(languages) > 1 else "monolingual"],
        "language_creators": ["found"],
        "annotations_creators": ["machine-generated"],
        "task_categories": ["text-generation"],
    }


def _size(rows: int) -> str:
    """The Hub's class of a number of rows."""
    place, top = 0, 1000
    while rows >= top and place < len(_SIZES) - 1:
        place, top = place + 1, top * 10
    return _SIZES[place]


def _loading(features: Mapping[str, Feature], shards: Sequence[Shard]) -> dict[str, Any]:
    """Where the rows of each split lie, and what they are."""
    size, found = sum(shard.bytes for shard in shards), splits(shards)
    files = [{"split": name, "path": one["files"]} for name, one in found.items()]
    info = {
        "features": card_features(features),
        "splits": [
            {"name": name, "num_bytes": one["num_bytes"], "num_examples": one["num_examples"]}
            for name, one in found.items()
        ],
        "download_size": size,
        "dataset_size": size,
    }
    return {
        "configs": [{"config_name": "default", "data_files": files}],
        "dataset_info": info,
    }
