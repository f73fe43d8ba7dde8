"""A project's whole life, each command killed at any moment and run again: it ends the same."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.etl.commands import project, run, stopped
from tests.etl.conftest import files_of

NOW = "2027-01-15T12:00:00Z"


class Life:
    """The commands of a life, and what they left when nothing disturbed them."""

    def __init__(self, place: Path, sim: Path) -> None:
        self.key, self.sim = place / "key", sim
        answers = json.loads((sim / "answer_key.json").read_text())
        out = {one["user_id"] for one in answers["excluded"]}
        named = {one["user_id"] for one in answers["exemptions"]}
        free = sorted({one["user_id"] for one in answers["people"]} - out - named)
        window = ("--from", "2026-09-09T00:00:00Z", "--to", "2026-09-10T00:00:00Z")
        self.commands: list[tuple[object, ...]] = [
            ("ingest", sim / "capture"),
            ("build", "--now", NOW),
            ("withdraw", free[0], "--now", NOW),
            ("withdraw", free[1], *window, "--now", NOW),
            ("erase", free[2], "--yes", "--now", NOW),
            ("prune", "--now", NOW),
            ("build", "--now", NOW),
        ]
        self.work = self.begun(place / "calm")
        self.seconds = []
        for command in self.commands:
            start = time.perf_counter()
            done = run(self.key, "-C", self.work, *command)
            assert done.code == 0, (command[0], done.err)
            self.seconds.append(time.perf_counter() - start)
        self.end = self.state(self.work)

    def begun(self, place: Path) -> Path:
        """A project that keeps recordings for some months, so that there is something to prune."""
        made = project(place, self.key, self.sim)
        config = made / "tacenda.toml"
        config.write_text(config.read_text() + "\n[consent]\nretention_days = 130\n")
        return made

    def told(self, work: Path, *command: object) -> Any:
        done = run(self.key, "-C", work, "--json", *command)
        assert done.code == 0, done.err
        return json.loads(done.out)

    def state(self, work: Path) -> dict[str, Any]:
        """Everything that a user can see of a project in the end, but for what names an instant."""
        status = self.told(work, "status", "--now", NOW)
        asked = self.told(work, "withdraw", "--list", "--now", NOW)
        files = {name: data for name, data in files_of(work / "releases").items()
                 if "/dataset/" in name}  # fmt: skip
        consent = files_of(work / "consent")
        erasures = sorted(path.name for path in (work / "erasures").iterdir())
        return {
            "counts": status["counts"], "releases": status["releases"], "asked": asked,
            "files": files, "consent": consent, "erasures": erasures,
        }  # fmt: skip


@pytest.fixture(scope="module")
def calm(brief: Path, tmp_path_factory: pytest.TempPathFactory) -> Life:
    return Life(tmp_path_factory.mktemp("life"), brief)


def live(life: Life, work: Path, kills: int, seed: int) -> None:
    """Lives a life in which commands are killed so many times in all."""
    dice = random.Random(seed)
    per_command = [0] * len(life.commands)
    order = dice.sample(range(len(per_command)), len(per_command))
    for number in range(kills):
        per_command[order[number % len(order)]] += 1
    for command, seconds, times in zip(life.commands, life.seconds, per_command, strict=True):
        for _ in range(times):
            moment = dice.uniform(0.2, seconds * 1.1)
            stopped(life.key, moment, signal.SIGKILL, "-C", work, *command)
        done = run(life.key, "-C", work, *command)
        assert done.code == 0, (command[0], done.err)


def check(life: Life, work: Path) -> None:
    found = life.state(work)
    for name, wanted in life.end.items():
        assert found[name] == wanted, name
    odd = (".building", "scratch", ".part", ".wal", ".gone")
    left = [path for path in work.rglob("*") if any(word in path.name for word in odd)]
    assert left == []


@pytest.mark.soak
def test_a_life_with_some_kills_ends_the_same(calm: Life, tmp_path: Path) -> None:
    work = calm.begun(tmp_path / "work")
    live(calm, work, kills=4, seed=1)
    check(calm, work)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(8))
def test_lives_with_two_hundred_kills_end_the_same(calm: Life, tmp_path: Path, seed: int) -> None:
    work = calm.begun(tmp_path / "work")
    live(calm, work, kills=25, seed=100 + seed)
    check(calm, work)
