"""What a withdrawal costs: files made anew, others' rows that change, time against a full build."""

from __future__ import annotations

import os
import random
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from etl import keys, release, warehouse
from etl.build import Built
from etl.project import Project
from etl.simulate import simulate
from tests.etl import histories
from tests.etl.conftest import build_all
from tests.etl.histories import DATASETS, HOUR

pytestmark = pytest.mark.audit

PEOPLE, HOURS, ASKED = 250, 1.6, 12
OVER_ALL = ("gate side run", "gate ids", "gate people", "gate files", "gate sums", "gate recalled")
"""What looks at a whole release or build, timed apart."""


@dataclass(frozen=True)
class Base:
    """A built project, its people who are not excluded, and how long the build took."""

    project: Project
    people: list[str]
    seconds: float


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    place = tmp_path_factory.mktemp("withdrawals")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(place / "key"))
        simulate(place / "sim", users=PEOPLE, hours=HOURS, seed=21)
        made = histories.begun(place / "work", place / "sim" / "consent")
        histories.load(made, place / "sim" / "capture")
        start = time.perf_counter()
        built = build_all(made, workers=1)
        seconds = time.perf_counter() - start
        assert not built.refused
        with warehouse.opened(made, "test", write=False) as connection:
            found = connection.execute("SELECT DISTINCT user_id FROM lake.lineage ORDER BY 1")
            people = [row[0] for row in found.fetchall()]
        yield Base(made, people, seconds)


def _copy(base: Base, place: Path) -> Project:
    shutil.copytree(base.project.root, place)
    return Project(place, base.project.settings)


def _hour(target: Project, user: str, rng: random.Random) -> int:
    with warehouse.opened(target, "test", write=False) as connection:
        found = connection.execute(
            "SELECT DISTINCT ts // 60000000 FROM lake.events WHERE user_id = ? ORDER BY 1", [user]
        ).fetchall()
    return int(rng.choice(found)[0]) * 60_000_000


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "dataset" / "data").iterdir()}


def _rewritten(target: Project, dataset: str) -> float:
    """The share of a new version's bytes that the one before does not have."""
    new = release.newest(target, dataset)
    assert new is not None
    if new.name == "v1":
        return 0.0
    before, after = _files(new.parent / "v1"), _files(new)
    fresh = [data for name, data in after.items() if before.get(name) != data]
    return sum(map(len, fresh)) / sum(map(len, after.values()))


def _texts(target: Project, version: str, leaver: str) -> Counter[tuple[object, ...]]:
    """Others' rows of typed-text, with where they came from."""
    folder = target.releases / "typed-text" / version / "dataset"
    with warehouse.opened(target, "test", write=False) as connection:
        lines = connection.execute(
            "SELECT DISTINCT shard, row, user_id, device_id, first_ts FROM lake.lineage "
            "WHERE dataset = 'typed-text'"
        ).pl()
    found: Counter[tuple[object, ...]] = Counter()
    for path in sorted((folder / "data").iterdir()):
        rows = pl.read_parquet(path).with_row_index("row").cast({"row": pl.Int64})
        own = lines.filter(pl.col("shard") == f"data/{path.name}")
        joined = rows.join(own, on="row").filter(pl.col("user_id") != leaver)
        found.update(joined.select("user_id", "device_id", "first_ts", "text").iter_rows())
    return found


def _rest(built: Built, seconds: float) -> float:
    """Seconds of a build without what looks at everything."""
    apart = [built.seconds, *(one.seconds for one in built.datasets)]
    return seconds - sum(own.get(name, 0.0) for own in apart for name in OVER_ALL)


def test_what_a_withdrawal_costs(base: Base, tmp_path: Path) -> None:
    rng = random.Random(5)
    bytes_: dict[str, list[float]] = {name: [] for name in DATASETS}
    unchanged, rest = [], []
    for number in range(ASKED):
        target = _copy(base, tmp_path / f"p{number}")
        user = rng.choice(base.people)
        start = None if number % 2 else _hour(target, user, rng)
        begun = time.perf_counter()
        histories.ask(target, [(user, start, start and start + HOUR, "all")])
        built = build_all(target)
        rest.append(_rest(built, time.perf_counter() - begun))
        assert not built.refused
        for name in DATASETS:
            bytes_[name].append(_rewritten(target, name))
        newest = release.newest(target, "typed-text")
        assert newest is not None
        old, new = _texts(target, "v1", user), _texts(target, newest.name, user)
        unchanged.append((old & new).total() / old.total())
        shutil.rmtree(target.root)
    for name, shares in bytes_.items():
        print(name, "rewritten", statistics.mean(shares), max(shares))  # noqa: T201
    print("others' texts unchanged", statistics.mean(unchanged), min(unchanged))  # noqa: T201
    print("full build", base.seconds, "rest", statistics.median(rest), max(rest))  # noqa: T201
    for name in ("desktop-actions", "pointer-snippets"):
        assert statistics.mean(bytes_[name]) <= 0.10 and max(bytes_[name]) <= 0.25
    assert statistics.mean(bytes_["typed-text"]) <= 0.20
    assert statistics.mean(unchanged) >= 0.99
    assert statistics.median(rest) <= 0.20 * base.seconds


def test_new_events_of_a_few_people_cost_little(base: Base, tmp_path: Path) -> None:
    """Of one person in a hundred; the bytes are those of a build from nothing."""
    simulate(tmp_path / "sim", users=PEOPLE, hours=HOURS, seed=21)
    more = histories.pieces(tmp_path / "sim")
    users = base.people[:: len(base.people) // 2][:2]
    later = [
        histories.moved(line, 90 * histories.DAY)
        for (user, _), lines in more.items()
        if user in users
        for line in lines[:1500]
    ]
    assert later
    target = _copy(base, tmp_path / "more")
    histories.ingest(target, later)
    begun = time.perf_counter()
    built = build_all(target)
    rest = _rest(built, time.perf_counter() - begun)
    print("full build", base.seconds, "rest after new events", rest)  # noqa: T201
    assert rest <= 0.20 * base.seconds
    before = histories.newest(target)
    (target.warehouse / "cache.duckdb").unlink()
    shutil.rmtree(target.releases)
    assert not build_all(target).refused
    assert histories.newest(target) == before


def test_a_thousand_requests_among_ten_thousand_people(tmp_path: Path) -> None:
    """In one file; the next build costs at most 1.2 full ones."""
    os.environ.setdefault(keys.ENVIRONMENT, str(tmp_path / "key"))
    simulate(tmp_path / "sim", users=10_000, hours=0.02, seed=3)
    made = histories.begun(tmp_path / "work", tmp_path / "sim" / "consent")
    histories.load(made, tmp_path / "sim" / "capture")
    begun = time.perf_counter()
    assert not build_all(made).refused
    full = time.perf_counter() - begun
    with warehouse.opened(made, "test", write=False) as connection:
        found = connection.execute("SELECT DISTINCT user_id FROM lake.events ORDER BY 1").fetchall()
    people = [row[0] for row in found]
    begun = time.perf_counter()
    histories.ask(made, [(user, None, None, "all") for user in people[::10]])
    assert not build_all(made).refused
    again = time.perf_counter() - begun
    print(f"full {full:.1f} s, after {len(people[::10])} requests {again:.1f} s")  # noqa: T201
    assert again <= 1.2 * full
