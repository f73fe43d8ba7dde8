"""Builds by increments: never a stale byte, nothing made anew without need, a world without."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from etl import cache, keys, moments
from etl.project import Project
from etl.simulate import simulate
from tests.etl import histories
from tests.etl.conftest import build_all
from tests.etl.histories import DAY, HOUR, History


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty people for some minutes each, over several days."""
    out = tmp_path_factory.mktemp("small") / "sim"
    simulate(out, users=34, hours=0.12, seed=11)
    return out


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    histories.without_side_runs(monkeypatch)


def _as_from_nothing(place: Path, sim: Path, seed: int) -> None:
    lived = histories.lived(place / "lived", sim, seed, steps=4)
    again = lived.again(place / "again")
    histories.ask(again, lived.withdrawals)
    build_all(again)
    assert histories.newest(lived.project) == histories.newest(again)


@pytest.mark.parametrize("seed", range(1))
def test_a_build_by_increments_is_one_from_nothing(tmp_path: Path, small: Path, seed: int) -> None:
    _as_from_nothing(tmp_path, small, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_builds_by_increments_are_ones_from_nothing(
    tmp_path: Path, small: Path, seed: int
) -> None:
    _as_from_nothing(tmp_path, small, seed)


def _built(place: Path, sim: Path) -> History:
    """A project with all of a simulation's events, built once."""
    made = History(histories.begun(place / "asked", sim / "consent"), sim, histories.pieces(sim))
    made.capture(list(made.todo))
    build_all(made.project)
    return made


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory, small: Path) -> list[tuple[Path, History]]:
    """Ten projects that were built, each with a key of its own."""
    made = []
    for _ in range(10):
        place = tmp_path_factory.mktemp("built")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(keys.ENVIRONMENT, str(place / "key"))
            histories.without_side_runs(patch)
            made.append((place, _built(place, small)))
    return made


def _without(place: Path, sim: Path, asked: History, seed: int) -> None:
    """After somebody asked, in a project that was built before: what it would be without them."""
    rng = random.Random(seed)
    user = rng.choice(asked.people)
    if rng.random() < 0.5:
        asked.withdraw(user)
        other = asked.again(place / "other", lambda one: one != user)
    else:
        own = [line for line in asked.given if f'"{user}"' in line]
        start = histories.moment(rng.choice(own)) // 1_000_000 * 1_000_000
        end = start + rng.choice((HOUR // 12, HOUR, DAY))
        asked.withdraw(user, start, end)
        other = asked.again(place / "other")
        histories.pause(other, user, *map(moments.written, (start, end)))
    build_all(asked.project)
    build_all(other)
    assert histories.newest(asked.project) == histories.newest(other)


@pytest.mark.parametrize("seed", range(1, 2))
def test_the_next_version_is_that_of_a_world_without(
    tmp_path: Path, small: Path, seed: int
) -> None:
    _without(tmp_path, small, _built(tmp_path, small), seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 300))
def test_many_next_versions_are_those_of_a_world_without(
    tmp_path: Path,
    small: Path,
    ten: list[tuple[Path, History]],
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place, built = ten[seed % len(ten)]
    monkeypatch.setenv(keys.ENVIRONMENT, str(place / "key"))
    shutil.copytree(built.project.root, tmp_path / "asked")
    project = Project(tmp_path / "asked", built.project.settings)
    _without(tmp_path, small, replace(built, project=project, withdrawals=[]), seed)


def test_only_what_depends_on_a_leaver_is_made_anew(tmp_path: Path, small: Path) -> None:
    history = History(histories.begun(tmp_path / "p", small / "consent"), small,
                      histories.pieces(small))  # fmt: skip
    history.capture(list(history.todo))
    first = build_all(history.project)
    assert all(why for one in first.datasets for _, why in one.shards)
    excluded = {line.split(",")[0] for line in (history.project.consent / "exemptions.csv").open()}
    user = next(user for user in history.people if user not in excluded)
    history.withdraw(user)
    second = build_all(history.project)
    for one in second.datasets:
        whys = [why for _, why in one.shards if why]
        assert whys and any("1 person left" in why for why in whys), one.dataset
    pointer = next(one for one in second.datasets if one.dataset == "pointer-snippets")
    # A project's key may put all of so few people into one group.
    assert len(pointer.shards) == 1 or any(why is None for _, why in pointer.shards)


@pytest.mark.parametrize(
    "fault",
    ["cut", "of other code"]
    + [pytest.param(other, marks=pytest.mark.soak) for other in ("gone", "of another key")],
)
def test_a_cache_that_is_no_use_is_begun_anew(
    tmp_path: Path, small: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(histories.begun(tmp_path / "p", small / "consent"), small,
                      histories.pieces(small))  # fmt: skip
    history.capture(list(history.todo))
    build_all(history.project, "pointer-snippets")
    before = histories.newest(history.project)
    place = cache.place(history.project)
    if fault == "gone":
        place.unlink()
    elif fault == "cut":
        place.write_bytes(place.read_bytes()[:9000])
    elif fault == "of another key":
        monkeypatch.setattr(cache, "secret", lambda project: "ab" * 32)
    else:
        monkeypatch.setattr(cache, "code", lambda: "other")
    (history.project.releases / "pointer-snippets" / "current.json").unlink()
    again = build_all(history.project, "pointer-snippets")
    assert [one.verdict for one in again.datasets] == ["unchanged"]
    assert histories.newest(history.project) == before


def test_a_shard_that_was_changed_since_is_not_kept(tmp_path: Path, small: Path) -> None:
    history = History(histories.begun(tmp_path / "p", small / "consent"), small,
                      histories.pieces(small))  # fmt: skip
    history.capture(list(history.todo))
    build_all(history.project, "pointer-snippets")
    before = histories.newest(history.project)["pointer-snippets"]
    assert before is not None
    folder = history.project.releases / "pointer-snippets" / "v1" / "dataset" / "data"
    for shard in folder.iterdir():
        shard.write_bytes(shard.read_bytes()[:-1] + b"?")
    (folder.parent.parent.parent / "current.json").unlink()
    again = build_all(history.project, "pointer-snippets")
    assert [one.version for one in again.datasets] == ["v2"]
    assert histories.newest(history.project)["pointer-snippets"] == before
