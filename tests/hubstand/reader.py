"""Somebody who loads datasets from a stand-in: a process of its own, for `datasets` is slow to
import and reads the Hub's address once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Loaded:
    """What a load gave: its number of rows, the sum of `x`, the values of `shard`; or an error."""

    rows: int = 0
    total: int = 0
    shards: tuple[str, ...] = ()
    error: str = ""


class Reader:
    """Asks the process, which keeps no cache from one load to the next."""

    def __init__(self, url: str, token: str, home: Path) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HF_")},
            "HF_ENDPOINT": url,
            "HF_TOKEN": token,
            "HF_HOME": str(home),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "PYTHONPATH": str(ROOT),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hubstand.reader"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment, cwd=ROOT, text=True,
        )  # fmt: skip
        self.reached: set[str] = set()

    def load(self, repo: str, revision: str | None = None, streaming: bool = False) -> Loaded:
        """Loads the split `train`; `reached` gathers the addresses that it connected to."""
        assert self._process.stdin is not None and self._process.stdout is not None
        ask = {"path": repo, "revision": revision, "streaming": streaming}
        self._process.stdin.write(json.dumps(ask) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        self.reached |= set(told.pop("reached"))
        return Loaded(**{**told, "shards": tuple(told.get("shards", ()))})

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def main() -> None:
    """Answers a line for each line; what the libraries print goes to stderr."""
    reached: list[str] = []
    sys.addaudithook(lambda event, args: reached.append(event_address(args))
                     if event == "socket.connect" else None)  # fmt: skip
    out, sys.stdout = sys.stdout, sys.stderr
    home = Path(os.environ["HF_HOME"])
    for line in sys.stdin:
        reached.clear()
        told = _load(json.loads(line), home)
        shutil.rmtree(home, ignore_errors=True)
        out.write(json.dumps({**told, "reached": sorted(set(reached))}) + "\n")
        out.flush()


def event_address(args: tuple[Any, ...]) -> str:
    address = args[1]
    return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)


def _load(ask: dict[str, Any], home: Path) -> dict[str, Any]:
    import huggingface_hub

    import datasets

    huggingface_hub.HfFileSystem.clear_instance_cache()
    try:
        loaded: Any = datasets.load_dataset(**ask, split="train", cache_dir=str(home / "loaded"))
        parts = list(loaded.with_format("arrow").iter(batch_size=10_000))
    except Exception as error:
        return {"error": type(error).__name__}
    rows = pa.concat_tables(pa.table(part) for part in parts)
    total, shards = pc.sum(rows["x"]).as_py(), sorted(set(rows["shard"].to_pylist()))
    return {"rows": len(rows), "total": total, "shards": shards}


if __name__ == "__main__":
    main()
