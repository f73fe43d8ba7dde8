"""A project of its own for each test, with a key outside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl import discover, ingest, keys, project, warehouse
from etl.ingest import IngestReport
from etl.project import Project


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
        return ingest.ingest(connection, discover.discover(paths, **options))


def rows(target: Project, sql: str) -> list[tuple[Any, ...]]:
    """What a query over the warehouse gives."""
    with warehouse.opened(target, "test", write=False) as connection:
        return connection.execute(sql).fetchall()


def write(path: Path, *lines: str) -> Path:
    """A file of these lines, its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")
    return path
