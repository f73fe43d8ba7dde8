"""Releases that were never built: a manifest, and where the rows of their shards came from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from etl import keys, warehouse
from etl import project as projects
from etl.cli import cli
from etl.errors import TacendaError
from etl.project import Project

Line = tuple[str, str | None, int, int, int, int, int]
"""Person, device, first and last time, events of the keyboard, of the mouse, and others."""

SECOND = 1_000_000

_LINEAGE = {
    "dataset": pl.String(), "sha256": pl.String(), "shard": pl.String(), "row": pl.Int64(),
    "user_id": pl.String(), "device_id": pl.String(), "first_ts": pl.Int64(),
    "last_ts": pl.Int64(), "n_keyboard": pl.Int64(), "n_mouse": pl.Int64(), "n_other": pl.Int64(),
}  # fmt: skip


def row(user: str, first: int = 100, last: int = 110, device: str | None = "d1",
        keyboard: int = 1, mouse: int = 1, other: int = 1) -> Line:  # fmt: skip
    """One row of a release, by where it came from; times in seconds."""
    return user, device, first * SECOND, last * SECOND, keyboard, mouse, other


def pretend(
    target: Project, dataset: str, version: str, shards: Mapping[str, Sequence[Line] | int]
) -> Path:
    """A release of these shards (digest -> rows; a number: rows without lineage)."""
    folder = target.releases / dataset / version
    (folder / "review").mkdir(parents=True)
    (folder / "dataset" / "data").mkdir(parents=True)
    listed = []
    for digest, lines in shards.items():
        file = f"data/{digest}.parquet"
        (folder / "dataset" / file).write_text(digest)
        listed.append({
            "sha256": digest, "file": file, "rows": lines if isinstance(lines, int) else len(lines)
        })  # fmt: skip
        if not isinstance(lines, int):
            _lineage(target, dataset, digest, lines)
    facts = {
        "format": 1, "dataset": dataset, "version": version, "shards": listed,
        "counts": {"released": sum(one["rows"] for one in listed)},
        "files": {f"dataset/{one['file']}": one["sha256"] for one in listed},
    }  # fmt: skip
    (folder / "review" / "manifest.json").write_text(json.dumps(facts))
    return folder


def _lineage(target: Project, dataset: str, digest: str, lines: Sequence[Line]) -> None:
    with warehouse.opened(target, "test", write=True) as connection:
        known = connection.execute(
            "SELECT 1 FROM lake.lineage WHERE dataset = ? AND sha256 = ?", [dataset, digest]
        ).fetchone()
        if known is None and lines:
            rows = [(dataset, digest, "x", number, *one) for number, one in enumerate(lines)]
            frame = pl.DataFrame(rows, schema=_LINEAGE, orient="row")
            connection.register("lines", frame.to_arrow())
            connection.execute("INSERT INTO lake.lineage BY NAME SELECT * FROM lines")


def first(place: Path) -> Project:
    """An empty project with its key beside it, to be copied by `copied`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(place / "key"))
        made = projects.create(place / "project")
        keys.make(made)
        warehouse.create(made)
    return made


def copied(made: Project, place: Path, key: Path) -> Project:
    """A project of its own, as another was, with the same key."""
    shutil.copytree(made.root, place)
    key.parent.mkdir(parents=True)
    shutil.copy(made.root.parent / "key", key)
    return projects.load(place)


def within(target: Project, function: Callable[..., Any], *arguments: Any, write: bool = False,
           **named: Any) -> Any:  # fmt: skip
    """What a function of a connection gives, run as a command would."""
    with warehouse.opened(target, "test", write=write) as connection:
        return function(connection, *arguments, **named)


def command(target: Project, *arguments: object) -> tuple[int, str, str]:
    """A command of this process: its exit code, results, and words or the error's message."""
    done = CliRunner().invoke(cli, ["-C", str(target.root), *map(str, arguments)])
    if isinstance(done.exception, TacendaError):
        return done.exception.exit_code, done.stdout, done.exception.message()
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def shown(target: Project, *arguments: object) -> Any:
    """What a command gives as JSON."""
    done = CliRunner().invoke(cli, ["-C", str(target.root), "--json", *map(str, arguments)])
    return json.loads(done.stdout)


def asked(target: Project) -> list[tuple[Any, ...]]:
    """Every row of `lake.requests`."""
    with warehouse.opened(target, "test", write=False) as connection:
        return connection.execute("SELECT * FROM lake.requests ORDER BY number").fetchall()
