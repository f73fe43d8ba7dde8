"""The real command in a process of its own, and what a project holds afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
TACENDA = (sys.executable, "-m", "tests.etl.calm")


class Done(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


def environment(key: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    named = {"PYTHONPATH": str(ROOT), "TACENDA_KEY_FILE": str(key)}
    return {**os.environ, **named, **(more or {})}


def run(key: Path, *arguments: object, **more: str) -> Done:
    """Runs `tacenda` to its end."""
    command = [*TACENDA, *map(str, arguments)]
    done = subprocess.run(command, env=environment(key, more), capture_output=True, text=True)
    return Done(done.returncode, done.stdout, done.stderr)


def stopped(key: Path, seconds: float, sent: signal.Signals, *arguments: object) -> Done:
    """Runs `tacenda` and sends a signal after some seconds: SIGKILL to its workers too."""
    child = subprocess.Popen(
        [*TACENDA, *map(str, arguments)], env=environment(key), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    time.sleep(seconds)
    if child.poll() is None:
        send = os.killpg if sent == signal.SIGKILL else os.kill
        send(child.pid, sent)
    out, err = child.communicate()
    return Done(child.returncode, out, err)


def interrupted(key: Path, sign: str, *arguments: object) -> Done:
    """Runs `tacenda` and sends ctrl-C as soon as a line on stderr begins with `sign`."""
    child = subprocess.Popen(
        [*TACENDA, *map(str, arguments)], env=environment(key), text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stderr is not None
    said = []
    for line in child.stderr:
        said.append(line)
        if line.startswith(sign):
            child.send_signal(signal.SIGINT)
            break
    said += child.stderr.readlines()
    return Done(child.wait(), "", "".join(said))


def project(place: Path, key: Path, sim: Path | None = None) -> Path:
    """A new project; with a simulation, its registries."""
    assert run(key, "init", place).code == 0
    for registry in (sim / "consent").iterdir() if sim else ():
        shutil.copy(registry, place / "consent" / registry.name)
    return place
