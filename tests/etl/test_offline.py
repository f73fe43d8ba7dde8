"""No command opens a connection: every attempt to do so is an error here."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from etl import hub
from etl.cli import cli
from tests.etl.conftest import World


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    tried: list[str] = []

    def refuse(*arguments: Any, **options: Any) -> None:
        tried.append(str(arguments))
        raise OSError("the network is cut off")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    return tried


def test_nothing_tries(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_network: list[str]
) -> None:
    monkeypatch.setenv("TACENDA_KEY_FILE", str(world.key))
    work = tmp_path / "work"
    shutil.copytree(world.project.root, work, ignore=shutil.ignore_patterns("releases"))
    (work / "releases").mkdir()
    steps = (
        ["status"], ["build"], ["build", "--preview", "2"], ["verify", "typed-text/v1"],
        ["publish", "typed-text/v1", str(tmp_path / "out")],
        ["lineage", "typed-text/v1", "--out", str(tmp_path / "lineage.parquet")],
    )  # fmt: skip
    for step in steps:
        done = CliRunner().invoke(cli, ["-C", str(work), "--json", *step])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)
    assert hub.sample(tmp_path / "out", 1, tmp_path / "cache")
    assert no_network == []
