"""Which releases hold rows of a person: by lineage, window, scope, and the steps of clocks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from etl import holdings
from etl.holdings import Holding
from etl.project import Project
from privacy.registry import Withdrawal
from tests.etl.conftest import line, load, write
from tests.etl.releases import SECOND, Line, copied, first, pretend, row, within


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return first(tmp_path_factory.mktemp("made"))


@pytest.fixture
def project(made: Project, tmp_path: Path, key_file: Path) -> Project:
    return copied(made, tmp_path / "project", key_file)


def held(target: Project, *asked: Withdrawal) -> list[list[tuple[str, str, int | None]]]:
    found = within(target, holdings.of_many, target, asked)
    return [[(one.dataset, one.version, one.rows) for one in own] for own in found]


def window(start: int | None, end: int | None, scope: str = "all", user: str = "ann") -> Withdrawal:
    times = (None if moment is None else moment * SECOND for moment in (start, end))
    return Withdrawal(user, *times, scope)


def test_a_release_is_named_with_its_rows_and_shards(project: Project) -> None:
    pretend(project, "typed-text", "v1", {"a": [row("ann"), row("bob")], "b": [row("ann")]})
    pretend(project, "typed-text", "v2", {"a": [row("ann"), row("bob")], "c": [row("bob")]})
    pretend(project, "pointer-snippets", "v10", {"a": [row("ann")] * 3})
    pretend(project, "pointer-snippets", "v9", {"d": [row("bob")]})
    assert within(project, holdings.of, project, " ANN ") == [
        Holding("pointer-snippets", "v10", 3, 1),
        Holding("typed-text", "v1", 2, 2),
        Holding("typed-text", "v2", 1, 1),
    ]
    assert within(project, holdings.of, project, "zoe") == []


# A row of seconds 100 to 110, both included, against a window with its guard of two seconds.
EDGES = {
    "ends before": (0, 98, False),
    "ends with the guard on the first": (0, 99, True),
    "within": (104, 105, True),
    "begins with the guard at the last": (112, 200, True),
    "begins after": (113, 200, False),
    "from, for good": (112, None, True),
    "from later, for good": (113, None, False),
    "since ever": (None, 99, True),
    "since ever, too early": (None, 98, False),
    "a whole exit": (None, None, True),
}


def test_a_window_counts_with_its_guard(project: Project) -> None:
    pretend(project, "typed-text", "v1", {"a": [row("ann")]})
    found = held(project, *(window(start, end) for start, end, _ in EDGES.values()))
    seen = {name: bool(own) for name, own in zip(EDGES, found, strict=True)}
    assert seen == {name: counts for name, (_, _, counts) in EDGES.items()}


def test_a_scope_counts_rows_that_used_it(project: Project) -> None:
    lines = [row("ann", keyboard=0), row("ann", mouse=0), row("ann", mouse=0)]
    pretend(project, "typed-text", "v1", {"a": [*lines, row("ann", keyboard=0, mouse=0)]})
    for scope, n in {"all": 4, "keyboard": 2, "mouse": 1}.items():
        assert held(project, window(None, None, scope)) == [[("typed-text", "v1", n)]]


def test_what_cannot_be_known_counts(project: Project) -> None:
    pretend(project, "typed-text", "v1", {"a": [row("bob")], "b": 2})
    pretend(project, "typed-text", "v2", {"a": [row("bob")]})
    pretend(project, "typed-text", "v3", {"a": [row("bob")]})
    (project.releases / "typed-text" / "v3" / "review" / "manifest.json").write_text("{}")
    unknown = [("typed-text", "v1", None), ("typed-text", "v3", None)]
    assert held(project, window(0, 1), window(None, None, user="bob")) == [
        unknown, [("typed-text", "v1", None), ("typed-text", "v2", 1), ("typed-text", "v3", None)]
    ]  # fmt: skip
    assert within(project, holdings.older, project, 0) == {(d, v) for d, v, _ in unknown}
    assert within(project, holdings.older, project, 100 * SECOND + 1) == {
        ("typed-text", version) for version in ("v1", "v2", "v3")
    }


def test_a_release_without_rows_is_known(project: Project) -> None:
    pretend(project, "typed-text", "v1", {})
    pretend(project, "typed-text", "v2", {"a": []})
    assert held(project, window(None, None)) == [[]]


def test_a_clock_that_went_back_widens_the_window_on_its_device(
    project: Project, tmp_path: Path
) -> None:
    events = [
        line(user_id="ann", seq=1, ts=400 * SECOND),
        line(user_id="ann", seq=2, ts=100 * SECOND),
    ]
    load(project, write(tmp_path / "a.jsonl", *events))
    lines = [row("ann", 500, 510), row("ann", 500, 510, device="d2"), row("bob", 500, 510)]
    pretend(project, "typed-text", "v1", {"a": lines})
    asked = window(200, 210), window(200, 210, "mouse"), window(200, 210, user="bob")
    assert held(project, *asked) == [[("typed-text", "v1", 1)], [("typed-text", "v1", 1)], []]
    assert held(project, window(1_000_000, 1_000_010)) == [[]]


def test_together_no_row_counts_twice(project: Project) -> None:
    pretend(project, "typed-text", "v1", {"a": [row("ann"), row("ann", 300, 310), row("bob")]})
    asked = [window(None, None), window(100, 110), window(None, None, user="bob")]
    assert within(project, holdings.together, project, asked) == [Holding("typed-text", "v1", 3, 1)]
    assert within(project, holdings.together, project, []) == []


def by_hand(lines: Sequence[Line], asked: Withdrawal) -> int:
    found = 0
    for user, _, begin, last, keyboard, mouse, _ in lines:
        touched = all([
            user == asked.user_id.strip().lower(),
            asked.end is None or begin < asked.end + 2 * SECOND,
            asked.start is None or last >= asked.start - 2 * SECOND,
            {"all": 1, "keyboard": keyboard, "mouse": mouse}[asked.scope],
        ])  # fmt: skip
        found += touched
    return found


def drawn(rng: random.Random) -> tuple[list[Line], list[Withdrawal]]:
    lines = [
        row(
            rng.choice("abc"), rng.randrange(20), rng.randrange(20, 40), rng.choice(("d1", None)),
            rng.randrange(2), rng.randrange(2),
        )
        for _ in range(60)
    ]  # fmt: skip
    starts = [rng.randrange(60) for _ in range(300)]
    asked = [
        window(
            rng.choice((start, None)), rng.choice((start + rng.randrange(1, 20), None)),
            rng.choice(("all", "keyboard", "mouse")), rng.choice(("a", " B", "c", "d")),
        )
        for start in starts
    ]  # fmt: skip
    return lines, asked


@pytest.mark.parametrize("seed", range(2))
def test_counts_are_those_of_a_count_by_hand(project: Project, seed: int) -> None:
    lines, asked = drawn(random.Random(seed))
    pretend(project, "typed-text", "v1", {"x": lines[:25], "y": lines[25:]})
    found = [own[0][2] if own else 0 for own in held(project, *asked)]
    assert found == [by_hand(lines, one) for one in asked]
    assert 0 in found and len(set(found)) > 10
