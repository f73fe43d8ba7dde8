"""A project of its own for each test, with a key outside it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from etl import build as building
from etl import discover, ingest, keys, project, setup, warehouse
from etl import project as projects
from etl.build import Built
from etl.ingest import IngestReport
from etl.project import Project
from etl.simulate import simulate
from tests.etl import calm
from tests.hubstand.fixtures import listening as listening
from tests.hubstand.fixtures import naps as naps
from tests.hubstand.fixtures import stand as stand

NOW = 1_800_000_000_000_000


@pytest.fixture(autouse=True, scope="session")
def few_and_unattacked() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        calm.calm(patch.setattr)
        yield


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "keys" / "test.key"
    monkeypatch.setenv("TACENDA_KEY_FILE", str(place))
    return place


@pytest.fixture
def new_project(tmp_path: Path) -> Callable[[str], Project]:
    def make(name: str = "project") -> Project:
        made = project.create(tmp_path / name)
        keys.make(made)
        warehouse.create(made)
        return made

    return make


def line(**fields: Any) -> str:
    """One event as a JSON line; a mouse move at second `seq` unless told otherwise."""
    event = {"user_id": "ann@corp", "device_id": "d1", "session_id": "s1", "type": "mousemove"}
    return json.dumps({**event, "ts": fields.get("seq", 1) * 1_000_000, **fields})


def load(target: Project, *paths: Path, **options: Any) -> IngestReport:
    """Ingests paths into a project."""
    with warehouse.opened(target, "ingest", write=True) as connection:
        return ingest.ingest(connection, target, discover.discover(paths, **options))


def rows(target: Project, sql: str) -> list[tuple[Any, ...]]:
    """What a query over the warehouse gives."""
    with warehouse.opened(target, "test", write=False) as connection:
        return connection.execute(sql).fetchall()


def write(path: Path, *lines: str) -> Path:
    """A file of these lines, its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")
    return path


@dataclass(frozen=True)
class World:
    """A simulation, and a project that was built from it."""

    sim: Path
    project: Project
    key: Path
    built: Built

    @property
    def answers(self) -> dict[str, Any]:
        """The simulation's answer key."""
        found: dict[str, Any] = json.loads((self.sim / "answer_key.json").read_text())
        return found

    def release(self, dataset: str) -> Path:
        return self.project.releases / dataset / "v1"


def project_of(place: Path, sim: Path, captures: Sequence[Path] = ()) -> Project:
    """A project with a simulation's registries and captures (all of them, where none is named)."""
    made = projects.load(setup.init(place).root)
    for registry in (sim / "consent").iterdir():
        shutil.copy(registry, made.consent / registry.name)
    for path in captures or [sim / "capture"]:
        load(made, path)
    return made


def build_all(target: Project, *datasets: str, workers: int = 1) -> Built:
    return building.build(target, datasets, now=NOW, workers=workers, progress=lambda *_: None)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty people for half an hour each."""
    out = tmp_path_factory.mktemp("simulated") / "sim"
    simulate(out, users=30, hours=0.5, seed=4)
    return out


@pytest.fixture(scope="session")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty-four people for some minutes each, for what is done with them again and again."""
    out = tmp_path_factory.mktemp("brief") / "sim"
    simulate(out, users=34, hours=0.12, seed=4)
    return out


@pytest.fixture(scope="session")
def world(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """All three datasets built once; tests must not change it."""
    place = tmp_path_factory.mktemp("world")
    before = os.environ.get(keys.ENVIRONMENT)
    os.environ[keys.ENVIRONMENT] = str(place / "world.key")
    (place / "world.key").touch(0o600)
    (place / "world.key").write_text("5a" * 32)  # always the same, so that golden files hold
    try:
        made = project_of(place / "work", simulated)
        return World(simulated, made, place / "world.key", build_all(made))
    finally:
        os.environ.pop(keys.ENVIRONMENT)
        if before is not None:
            os.environ[keys.ENVIRONMENT] = before
