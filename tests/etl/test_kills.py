"""Killed, interrupted, two at once: run again, a command ends as if nothing had happened."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.etl.commands import TACENDA, environment, interrupted, project, run, stopped
from tests.etl.conftest import files_of


class Undisturbed:
    """A project that was loaded and built in peace, and how long that took."""

    def __init__(self, place: Path, sim: Path) -> None:
        self.key, self.sim = place / "key", sim
        self.work = project(place / "work", self.key, sim)
        self.ingest_s = self._timed("ingest", sim / "capture")
        self.counts = counts(self.key, self.work)
        self.build_s = self._timed("build")
        self.datasets = datasets(self.work)

    def _timed(self, *arguments: object) -> float:
        start = time.perf_counter()
        done = run(self.key, "-C", self.work, *arguments)
        assert done.code == 0, done.err
        return time.perf_counter() - start


def counts(key: Path, work: Path) -> Any:
    return json.loads(run(key, "-C", work, "--json", "status").out)["counts"]


def datasets(work: Path) -> dict[str, bytes]:
    found = files_of(work / "releases") if (work / "releases").exists() else {}
    return {name: data for name, data in found.items() if "/dataset/" in name}


@pytest.fixture(scope="module")
def calm(brief: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("calm"), brief)


def kill_often(calm: Undisturbed, work: Path, times: int, seed: int) -> None:
    """Kills ingest and build so many times each, at any moment; then lets both end."""
    dice = random.Random(seed)
    for _ in range(times):
        moment = dice.uniform(0.2, calm.ingest_s)
        stopped(calm.key, moment, signal.SIGKILL, "-C", work, "ingest", calm.sim / "capture")
    assert run(calm.key, "-C", work, "ingest", calm.sim / "capture").code == 0
    assert counts(calm.key, work) == calm.counts
    for number in range(times):
        moment = dice.uniform(0.2, calm.build_s * 1.2)
        workers = 1 + number % 2
        stopped(calm.key, moment, signal.SIGKILL, "-C", work, "build", "--workers", workers)
    done = run(calm.key, "-C", work, "build")
    assert done.code == 0, done.err
    assert datasets(work) == calm.datasets
    left = [path for path in work.rglob("*") if ".building" in path.name or "scratch" in path.name]
    assert left == []


def test_killed_once_each(calm: Undisturbed, tmp_path: Path) -> None:
    kill_often(calm, project(tmp_path / "work", calm.key, calm.sim), times=1, seed=1)


@pytest.mark.soak
def test_killed_fifty_times(calm: Undisturbed, tmp_path: Path) -> None:
    kill_often(calm, project(tmp_path / "work", calm.key, calm.sim), times=50, seed=2)


@pytest.mark.parametrize("command", ["ingest", "build"])
def test_interrupted(calm: Undisturbed, tmp_path: Path, command: str) -> None:
    work = project(tmp_path / "work", calm.key, calm.sim)
    if command == "build":
        run(calm.key, "-C", work, "ingest", calm.sim / "capture")
    before = counts(calm.key, work)
    paths: list[object] = [calm.sim / "capture" if command == "ingest" else "pointer-snippets"]
    done = interrupted(calm.key, f"{command}: ", "-C", work, command, *paths)
    assert done.code == 130, done.err
    assert "interrupted" in done.err and "Traceback" not in done.err
    if command == "ingest":
        assert counts(calm.key, work) == before
    else:
        assert set(datasets(work).items()) <= set(calm.datasets.items())
    assert run(calm.key, "-C", work, command, *paths).code == 0


def test_a_second_command_waits_and_then_says_who_is_at_work(
    calm: Undisturbed, tmp_path: Path
) -> None:
    work = project(tmp_path / "work", calm.key, calm.sim)
    first = subprocess.Popen(
        [*TACENDA, "-C", str(work), "ingest", str(calm.sim / "capture")],
        env=environment(calm.key), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    lock = work / "warehouse" / "lock"
    for _ in range(1000):
        if b"ingest" in lock.read_bytes() and first.poll() is None:
            break
        time.sleep(0.005)
    first.send_signal(signal.SIGSTOP)  # holds its lock for as long as it takes to look
    hurried = run(calm.key, "-C", work, "ingest", calm.sim, TACENDA_LOCK_WAIT_S="0")
    first.send_signal(signal.SIGCONT)
    patient = run(calm.key, "-C", work, "ingest", calm.sim / "capture")
    assert first.wait() == 0
    assert hurried.code == 1 and "ingest" in hurried.err and "Traceback" not in hurried.err
    assert patient.code == 0
    assert counts(calm.key, work) == calm.counts
