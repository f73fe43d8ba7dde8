"""The folders of releases: built beside, then renamed; refusals; versions."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from etl import manifest, marks
from etl.errors import TacendaError, UsageError
from etl.project import Project
from privacy.gates import GateResult

_BUILDING = ".building-"


def sweep(project: Project) -> None:
    """Removes what builds that were killed left behind; only under the project's lock."""
    for left in project.releases.glob(f"*/{_BUILDING}*"):
        shutil.rmtree(left)
    for place in (*project.releases.glob("*/"), *project.refused.glob("*/")):
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()


def stage(project: Project, dataset: str) -> Path:
    """An empty folder with `dataset/` and `review/`, beside the dataset's releases."""
    folder = project.releases / dataset / f"{_BUILDING}{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("dataset", "review"):
        (folder / part).mkdir(parents=True)
    return folder


def versions(project: Project, dataset: str) -> list[int]:
    """The numbers of a dataset's releases, ascending."""
    return [marks.number(version) for version in marks.standing(project, dataset)]


def newest(project: Project, dataset: str) -> Path | None:
    """The folder of a dataset's newest release, or None."""
    found = versions(project, dataset)
    return project.releases / dataset / f"v{found[-1]}" if found else None


def shard_files(project: Project, dataset: str) -> dict[str, Path]:
    """Digest -> file, of every shard in a dataset's releases that stand."""
    found: dict[str, Path] = {}
    for number in versions(project, dataset):
        folder = project.releases / dataset / f"v{number}"
        with suppress(TacendaError):  # one that cannot be read has nothing that could be kept
            for shard in manifest.read(folder)["shards"]:
                found[shard["sha256"]] = folder / "dataset" / shard["file"]
    return found


def following(project: Project, dataset: str) -> str:
    """The version that the next release of a dataset will have; no number is given twice."""
    return f"v{max(map(marks.number, marks.read(project, dataset)), default=0) + 1}"


def current(project: Project, dataset: str) -> str | None:
    """The fingerprint of what the newest release stands for, or None."""
    try:
        facts = json.loads(_current_file(project, dataset).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    last = newest(project, dataset)
    named = isinstance(facts, dict) and last is not None and facts.get("version") == last.name
    return str(facts["fingerprint"]) if named else None


def set_current(project: Project, dataset: str, version: str, fingerprint: str) -> None:
    """Notes that a release is what would be built from the project as it stands."""
    place = _current_file(project, dataset)
    beside = place.with_name(f".{place.name}.part")
    beside.write_text(json.dumps({"version": version, "fingerprint": fingerprint}) + "\n")
    beside.replace(place)


def _current_file(project: Project, dataset: str) -> Path:
    return project.releases / dataset / "current.json"


def commit(project: Project, dataset: str, staged: Path, version: str) -> Path:
    """Gives a staged release its name, in one step, after all of it is on disk."""
    for path in sorted(staged.rglob("*")):
        if path.is_file():
            _sync(path)
    target = project.releases / dataset / version
    staged.rename(target)
    _sync(target.parent)
    return target


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def discard(staged: Path) -> None:
    """Removes a staged release, and the dataset's folder where nothing else lies in it."""
    shutil.rmtree(staged, ignore_errors=True)
    for folder in (staged.parent, staged.parent.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def refuse(
    project: Project, dataset: str, results: Sequence[GateResult], counts: Mapping[str, Any]
) -> Path:
    """Writes why a dataset was not released: gates, places, counts; never a value."""
    numbers = (p.name for p in (project.refused / dataset).glob("*") if p.name.isdigit())
    number = 1 + max((int(name) for name in numbers), default=0)
    folder = project.refused / dataset / str(number)
    folder.mkdir(parents=True)
    facts = {
        "dataset": dataset,
        "gates": [asdict(result) for result in results],
        "counts": dict(counts),
        "what_to_do": "read the gates that are not passed; nothing of this dataset was released",
    }
    place = folder / "refused.json"
    place.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return place


def resolve(root: Path, named: str) -> Path:
    """A release given as a path or as `<dataset>/<version>`; raises `UsageError` for neither."""
    match = re.fullmatch(r"([a-z][a-z0-9-]*)/(v[1-9][0-9]*)", named)
    inside = root / "releases" / named
    if match and inside.is_dir():
        return inside
    given = Path(named)
    if given.is_dir():
        return given.absolute()
    raise UsageError(
        "there is no such release",
        where=named,
        todo="name it as <dataset>/<version> or by its folder (see `tacenda status`)",
    )


def require_own(project: Project, folder: Path) -> None:
    """Raises `UsageError` where a release was not built by this project."""
    if folder.resolve().parent.parent != project.releases.resolve():
        raise UsageError(
            "this release is not of this project",
            where=str(folder),
            todo="name the project that built it with -C",
        )
