"""The stand-in as tests are given it, with this process's client pointed at it and nowhere else."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.hubstand import Stand
from tests.hubstand.server import TOKEN


@pytest.fixture(scope="module")
def listening() -> Iterator[Stand]:
    with Stand() as stand:
        yield stand


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited before it tried again."""
    import huggingface_hub.utils._http as http

    naps: list[float] = []
    monkeypatch.setattr(http, "time", SimpleNamespace(**{**vars(time), "sleep": naps.append}))
    return naps


@pytest.fixture
def stand(
    listening: Stand, naps: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stand]:
    """The stand-in, empty, with the client of this process pointed at it and nowhere else."""
    import huggingface_hub.constants as constants

    reached: list[Any] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: Any) -> None:
        reached.append(address)
        connect(self, address)

    listening.reset()
    listening.start()
    for name, value in {"HF_TOKEN": TOKEN, "HF_HUB_OFFLINE": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(constants, "ENDPOINT", listening.url)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    monkeypatch.setattr(socket.socket, "connect", noted)
    # Each client reads all the world's certificates, for addresses that nobody asks for here.
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: None)
    yield listening
    assert {str(one[0]) for one in reached} <= {"127.0.0.1"}
    assert not listening.errors
