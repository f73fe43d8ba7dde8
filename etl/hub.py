"""The one place that imports Hugging Face's `datasets`: a release loaded as its users will."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}


def sample(folder: Path, n: int, cache: Path) -> list[dict[str, Any]]:
    """The first `n` rows of a published folder's `train`, by `load_dataset`, labels as names.

    Nothing is fetched; the library keeps what it unpacks in `cache`.
    """
    os.environ.update({**_OFFLINE, "HF_HOME": str(cache)})
    datasets: Any = import_module("datasets")

    datasets.disable_progress_bars()
    loaded = datasets.load_dataset(str(folder), split="train", cache_dir=str(cache))
    rows = loaded.select(range(min(n, len(loaded))))
    return [_named(row, loaded.features) for row in rows]


def _named(value: Any, feature: Any) -> Any:
    """A value with each class label's number replaced by its name."""
    if hasattr(feature, "int2str"):
        return None if value is None else feature.int2str(value)
    if isinstance(value, dict):
        return {name: _named(part, feature[name]) for name, part in value.items()}
    if isinstance(value, list):
        inner = feature.feature if hasattr(feature, "feature") else feature[0]
        return [_named(part, inner) for part in value]
    return value
