"""The main job from end to end, on people that it makes up: what `tacenda demo` runs."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl import build, discover, hub, ingest, keys, moments, publish, setup, show, verify, warehouse
from etl import project as projects
from etl.console import Console
from etl.errors import UsageError
from etl.project import Project
from etl.simulate import simulate
from etl.targets import chosen

USERS, HOURS, SEED = 44, 2.0, 1


@dataclass(frozen=True)
class Demo:
    """What the demo left behind: the published folders, and some rows of each as loaded."""

    folder: Path
    published: dict[str, Path]
    rows: dict[str, list[dict[str, Any]]]


def run(folder: Path, console: Console, workers: int) -> Demo:
    """Makes people up, builds, verifies, publishes and loads what they typed and did.

    Everything lies in `folder`, the key too (in a folder of its own beside the project), because
    nothing of it is worth keeping; a real project's key lies elsewhere.
    """
    _clear(folder)
    _say(console, 1, f"make up {USERS} people at work, their pauses and exemptions")
    report = simulate(folder / "sim", users=USERS, hours=HOURS, seed=SEED)
    console.say(f"      {report.events:,} events in {report.files} files: {folder / 'sim'}")
    project = _project(folder, console)
    _say(console, 3, "ingest: load the capture logs, line by line accounted for")
    with warehouse.opened(project, "demo", write=True) as connection:
        found = discover.discover([folder / "sim" / "capture"])
        loaded = ingest.ingest(connection, project, found)
    console.say(f"      {loaded.total('accepted'):,} lines accepted of {loaded.total('lines'):,}")
    _say(console, 4, "build: consent, transforms, redaction, allow-list, gates")
    with console.progress("build") as progress:
        built = build.build(project, (), now=moments.clock(), workers=workers, progress=progress)
    show.build(console, built)
    published = {}
    for done in built.datasets:
        _say(console, 5, f"verify and publish {done.dataset}/{done.version}")
        release = project.releases / done.dataset / str(done.version)
        verify.verify(release)
        published[done.dataset] = folder / "published" / done.dataset
        publish.publish(release, chosen.target(published[done.dataset]), now=moments.clock())
    _say(console, 6, "load them as anyone would: datasets.load_dataset(FOLDER)")
    rows = {name: hub.sample(place, 3, folder / "cache") for name, place in published.items()}
    return Demo(folder, published, rows)


def _say(console: Console, step: int, words: str) -> None:
    console.say(f"[{step}/6] {words}")


def _clear(folder: Path) -> None:
    """Removes what an earlier demo left; refuses a folder that holds anything else."""
    marker = folder / ".tacenda-demo"
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise UsageError(
            "the folder holds something that no demo made",
            where=str(folder),
            todo="name an empty or a new folder",
            undone="nothing was made or removed",
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    marker.touch()


def _project(folder: Path, console: Console) -> Project:
    _say(console, 2, "init: a project with an encrypted warehouse; its key lies outside it")
    os.environ[keys.ENVIRONMENT] = str((folder / "key" / "demo.key").absolute())
    made = setup.init(folder / "work")
    for registry in sorted((folder / "sim" / "consent").iterdir()):
        shutil.copy(registry, made.root / "consent" / registry.name)
    return projects.load(made.root)
