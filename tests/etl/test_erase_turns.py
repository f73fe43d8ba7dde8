"""People of a simulation erased in turn: nothing of them is left, and the next version equals the
one of a project that never captured them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from etl import erase
from etl.simulate import simulate
from tests.etl import histories, leaver, remains
from tests.etl.conftest import NOW, build_all
from tests.etl.histories import History


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    histories.without_side_runs(monkeypatch)


def alone(given: list[str], user: str) -> list[str]:
    """Ids, devices, sessions and texts that stand in nobody else's lines."""
    own = [event for event in map(json.loads, given) if event["user_id"] == user]
    rest = "\n".join(
        str(value).lower()
        for event in map(json.loads, given)
        if event["user_id"] != user
        for value in event.values()
    )
    names = {str(e[n]) for e in own for n in ("user_id", "device_id", "session_id") if e.get(n)}
    texts = {e[n] for e in own for n in ("title", "url", "text") if len(e.get(n) or "") >= 10}
    return sorted(text for text in names | texts if text.lower() not in rest)


def in_turn(
    place: Path, sim: Path, seed: int, people: int, build_every: int, *datasets: str
) -> None:
    """Erases so many people, looks each time, and builds now and then."""
    rng = random.Random(seed)
    begun = histories.begun(place / "lived", sim / "consent")
    history = History(begun, sim, histories.pieces(sim))
    history.capture(list(history.todo))
    build_all(history.project, *datasets)
    gone: list[str] = []
    for number, user in enumerate(rng.sample(history.people, people), 1):
        wanted = alone(history.given, user)
        assert user in wanted
        gone += wanted
        erase.erase(history.project, user, now=NOW + number)
        assert remains.left(history.project, gone) == []
        assert leaver.sums(history.project) == (0, 0, 0)
        history.given = [one for one in history.given if json.loads(one)["user_id"] != user]
        if number % build_every == 0 or number == people:
            other = history.again(place / f"other-{number}")
            build_all(history.project, *datasets)
            build_all(other, *datasets)
            assert histories.newest(history.project) == histories.newest(other)


def test_two_people_are_erased_in_turn(tmp_path: Path) -> None:
    simulate(tmp_path / "sim", users=34, hours=0.12, seed=11)
    in_turn(tmp_path, tmp_path / "sim", 1, 2, 2, "pointer-snippets")


@pytest.mark.soak
def test_fifty_people_are_erased_in_turn(tmp_path: Path) -> None:
    simulate(tmp_path / "sim", users=80, hours=0.2, seed=12)
    in_turn(tmp_path, tmp_path / "sim", 2, 50, 10)
