"""Datasets of a fixed simulation with a fixed key, byte for byte as they were.

Those without text: which words a language model finds may differ in the last bit by processor.
`TACENDA_GOLDEN=write` writes the digests anew; look at what changed before you commit them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from etl import manifest
from tests.etl.conftest import World

GOLDEN = Path(__file__).parent / "golden" / "datasets.json"
DATASETS = ("desktop-actions", "pointer-snippets")


def test_datasets_are_as_they_were(world: World) -> None:
    found = {name: manifest.files(world.release(name) / "dataset") for name in DATASETS}
    if os.environ.get("TACENDA_GOLDEN") == "write":
        GOLDEN.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")
    assert found == json.loads(GOLDEN.read_text())
