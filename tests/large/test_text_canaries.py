"""Five hundred canaries through twelve ways of typing: none in a release, in any encoding."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import polars as pl
import pytest

from etl import keys, moments
from etl.build import Built
from etl.project import Project
from etl.simulate import simulate
from privacy import tape
from privacy.canaries import CONTROL
from tests.etl import calm, planted, sought
from tests.etl.conftest import build_all, load, project_of, write
from tests.etl.prompted import PROMPTS, WORDS

pytestmark = pytest.mark.audit

PEOPLE, DAYS, BACKGROUND = 50, 10, 60
START = moments.parse("2026-09-07T08:00:00Z")
DATASETS = ("desktop-actions", "pointer-snippets", "typed-text", "typed-text-strict")
CANARIES = (*planted.canaries(499, seed=6), *planted.words()[:1])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Built]]:
    place = tmp_path_factory.mktemp("canaries")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(place / "key"))
        calm.calm(patch.setattr)  # people who do nothing but type canaries are easy to tell apart
        (place / "key").touch(0o600)
        (place / "key").write_text("5a" * 32)  # always the same digests
        simulate(place / "sim", users=BACKGROUND, hours=0.5, seed=6)
        project = project_of(place / "work", place / "sim")
        typed = planted.planted(PEOPLE, DAYS, CANARIES[:-1], START, CONTROL)
        load(project, write(place / "log.jsonl", *map(json.dumps, tape.logged(typed))))
        yield project, build_all(project, *DATASETS)


def test_five_hundred_of_fifteen_kinds_by_twelve_ways() -> None:
    assert len(CANARIES) == len({one.text for one in CANARIES}) == 500
    assert len({one.kind for one in CANARIES}) == 15
    ways = Counter(one.way for one in CANARIES)
    assert len(ways) == 12 and min(ways.values()) > 30
    assert PEOPLE == 50 < len(PROMPTS)


def test_every_dataset_is_released(made: tuple[Project, Built]) -> None:
    project, done = made
    assert [one.dataset for one in done.datasets] == list(DATASETS)
    assert not done.refused
    for name in DATASETS[2:]:
        rows = pl.read_parquet(project.releases / name / "v1" / "dataset" / "data")
        assert CONTROL in set(rows["text"])


def test_no_canary_stands_in_any_release(made: tuple[Project, Built]) -> None:
    project, _ = made
    seen = sought.found(project.releases, [*CANARIES, *planted.words()])
    assert [(where, one.kind, one.way) for where, one in seen] == []


def test_no_password_of_a_terminal_is_in_any_row(made: tuple[Project, Built]) -> None:
    project, _ = made
    for name in DATASETS[2:]:
        rows = pl.read_parquet(project.releases / name / "v1" / "dataset" / "data")
        text = rows["text"].str.to_lowercase()
        assert not any(text.str.contains(word, literal=True).any() for word in WORDS)
