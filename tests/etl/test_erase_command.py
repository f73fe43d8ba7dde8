"""`tacenda erase` and `tacenda prune` as commands: exit codes, words, JSON, kills at any moment."""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl import keys
from etl import project as projects
from etl.project import Project
from tests.etl import leaver, remains
from tests.etl.commands import Done, project, run, stopped
from tests.etl.conftest import write
from tests.etl.test_faults import _may_mount, on_a_full_disk
from tests.etl.test_prune import aged


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "key"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, key: Path) -> Path:
    place = tmp_path_factory.mktemp("command")
    made = project(place / "work", key)
    capture = write(place / "in.jsonl", *leaver.hers(), *leaver.of(leaver.BOB))
    assert run(key, "-C", made, "ingest", capture).code == 0
    return made


def told(done: Done, code: int, words: str) -> None:
    assert done.code == code and words in done.err, done.err
    assert "What to do:" in done.err and "Not done:" in done.err


def test_a_person_is_erased_step_by_step(key: Path, work: Path) -> None:
    """Wrong use, a look, without `--yes`, with it, and again."""
    told(run(key, "-C", work, "erase", "nobody@corp", "--yes"), 2, "nothing is known of a person")
    looked = run(key, "-C", work, "--json", "erase", leaver.ANN, "--dry-run")
    assert looked.code == 0
    assert json.loads(looked.out)["tables"]["events"] == len(leaver.hers())
    asked = run(key, "-C", work, "erase", leaver.ANN)
    told(asked, 2, "this cannot be undone")
    assert "events" in asked.out
    done = run(
        key, "-C", work, "--json", "erase", leaver.ANN, "--yes", "--now", "2027-01-15T08:00:00Z"
    )
    facts = json.loads(done.out)
    assert done.code == 0 and not facts["before"]
    certificate = json.loads(Path(facts["certificate"]).read_text())
    assert certificate["ended"] == "2027-01-15T08:00:00Z" and Path(facts["page"]).exists()
    again = run(key, "-C", work, "erase", leaver.ANN, "--yes")
    assert again.code == 0 and "erased before" in again.err
    refused = run(key, "-C", work, "--json", "ingest", work.parent / "in.jsonl")
    assert json.loads(refused.out)["totals"]["erased"] == len(leaver.hers())


def test_pruning_needs_a_limit(key: Path, work: Path) -> None:
    told(run(key, "-C", work, "prune"), 2, "retention_days")
    told(run(key, "-C", work, "prune", "--dry-run"), 2, "retention_days")


@pytest.mark.skipif(not _may_mount(), reason="no file system can be mounted here")
def test_a_full_disk_is_told(tmp_path: Path, key: Path, work: Path) -> None:
    command = f"erase {leaver.BOB} --yes"
    done = on_a_full_disk(tmp_path / "disk", key, work, command)
    told(done, 1, "the disk is full")


class Undisturbed:
    """A project before and after a command that nobody disturbed, and how long that took."""

    def __init__(self, place: Path, before: Project, *command: str) -> None:
        self.before, self.key, self.command = before, place / "key", command
        done = leaver.copied(before, place / "done")
        start = time.perf_counter()
        assert run(self.key, "-C", done.root, *command).code == 0
        self.seconds = time.perf_counter() - start
        self.state = leaver.state(done)


@pytest.fixture(scope="module", params=["erase", "prune"])
def calm(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Undisturbed]:
    place = tmp_path_factory.mktemp("calm")
    now = "2027-01-15T08:00:00Z"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(place / "key"))
        if request.param == "erase":
            made = leaver.filled(place)
            yield Undisturbed(place, made, "erase", leaver.ANN, "--yes", "--now", now)
        else:
            yield Undisturbed(place, aged(place), "prune", "--now", now)


def kill_often(calm: Undisturbed, place: Path, times: int, seed: int) -> None:
    """Kills a command again and again, each time somewhere else, then lets it end."""
    dice = random.Random(seed)
    work = leaver.copied(calm.before, place / "work")
    for _ in range(times):
        moment = dice.uniform(0.3, 1.0) * calm.seconds
        stopped(calm.key, moment, signal.SIGKILL, "-C", work.root, *calm.command)
    done = run(calm.key, "-C", work.root, *calm.command)
    assert done.code == 0, done.err
    assert leaver.state(work) == calm.state
    if calm.command[0] == "erase":
        assert remains.left(projects.load(work.root), leaver.GONE) == []


def test_killed_a_few_times_it_ends_as_if_never_killed(
    calm: Undisturbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(keys.ENVIRONMENT, str(calm.key))
    kill_often(calm, tmp_path, times=2, seed=1)


@pytest.mark.soak
def test_killed_often_it_ends_as_if_never_killed(
    calm: Undisturbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(keys.ENVIRONMENT, str(calm.key))
    for seed in range(8):
        kill_often(calm, tmp_path / str(seed), times=5, seed=seed)
