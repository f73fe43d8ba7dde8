"""Two states of the registries: what goes and comes, against judging every event twice."""

from __future__ import annotations

import csv
import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from etl import consentdiff, consented, holdings, keys, moments, registries, requests, warehouse
from etl import project as projects
from etl.cli import cli
from etl.consentdiff import Diff
from etl.consenttable import ConsentTable
from etl.errors import TacendaError, UsageError
from etl.holdings import Holding
from etl.project import Project
from etl.requests import Ask
from privacy import consent
from privacy.pseudonyms import normal_id
from privacy.registry import Exclusion, Exemption, Pause, Registries
from tests.etl.conftest import NOW, line, load, write
from tests.privacy import scenarios
from tests.privacy.scenarios import Scenario
from transforms.events import KEYBOARD, MOUSE, SCHEMA

TIMES = ("requested_at", "decided_at", "start", "end")


HEAD = {
    "exemptions": "user_id,status",
    "pauses": "user_id,start,end",
    "exclusions": "app,user_id,reason",
}
FIRST = 1_790_000_000_000_000


def event(user: str, n: int, **more: Any) -> str:
    return line(user_id=user, seq=n, ts=FIRST + n * 60_000_000, **more)


CAPTURE = [event(user, n) for user in ("ann", "bob", "eve", "zoe") for n in range(1, 11)]
CAPTURE += [event("eve", 11, type="focus", app="qqapp"), event("eve", 12)]


def registry(folder: Path, name: str, rows: Sequence[Any]) -> None:
    """Rows as a CSV file of the registry of that name."""
    kind = {"exemptions": Exemption, "pauses": Pause, "exclusions": Exclusion}[name]
    columns = [one.name for one in fields(kind) if one.name != "row"]
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            cells = [getattr(row, column) for column in columns]
            pairs = zip(columns, cells, strict=True)
            writer.writerow(
                [moments.written(v) if c in TIMES and v is not None else v for c, v in pairs]
            )


def state(folder: Path, known: Registries) -> Path:
    """A folder with these registries."""
    registry(folder, "exemptions", known.exemptions)
    registry(folder, "pauses", known.pauses)
    registry(folder, "exclusions", known.own_exclusions)
    return folder


def changed(rng: random.Random, known: Registries, other: Registries) -> Registries:
    """Some rows gone and some come, in another order; sometimes exclusions for everybody too."""
    kept: dict[str, Any] = {}
    for name in ("exemptions", "pauses"):
        rows = [row for row in getattr(known, name) if rng.random() < 0.7]
        rows += [row for row in getattr(other, name) if rng.random() < 0.5]
        kept[name] = tuple(rng.sample(rows, len(rows)))
    exclusions = list(known.exclusions)
    if rng.random() < 0.6:
        exclusions = rng.sample(exclusions, len(exclusions) - rng.choice((0, 1, 2)))
    return Registries(ordered(kept["exemptions"]), kept["pauses"], tuple(exclusions))


def ordered(rows: Sequence[Exemption]) -> tuple[Exemption, ...]:
    """The rows whose times no other row of that person and scope has: others are refused."""

    def key(row: Exemption) -> tuple[Any, ...]:
        return normal_id(row.user_id), row.scope, consent.decided(row)

    return tuple({key(row): row for row in rows}.values())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two projects: one without events, one of the four people below."""
    base = tmp_path_factory.mktemp("diff")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(keys.ENVIRONMENT, str(base / "test.key"))
        for name in ("work", "small"):
            made = projects.create(base / name)
            keys.make(made)
            warehouse.create(made)
        load(made, write(base / "capture.jsonl", *CAPTURE))
    return base


@pytest.fixture
def target(place: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv(keys.ENVIRONMENT, str(place / "test.key"))
    return projects.load(place / "work")


@pytest.fixture
def small(place: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of four people, which tests must not change."""
    monkeypatch.setenv(keys.ENVIRONMENT, str(place / "test.key"))
    return projects.load(place / "small")


def fill(target: Project, scenario: Scenario) -> None:
    """Makes the scenario's events and requests all that the warehouse holds."""
    with warehouse.opened(target, "test", write=True) as connection:
        for table in ("events", "requests"):
            connection.execute(f"DELETE FROM lake.{table}")
        connection.register("made", scenario.events.to_arrow())
        connection.execute(f"INSERT INTO lake.events BY NAME SELECT {', '.join(SCHEMA)} FROM made")
        requests.add(connection, [Ask(one) for one in scenario.registries.withdrawals], NOW)


def shifted(scenario: Scenario, old: Registries, new: Registries) -> Counter[tuple[Any, ...]]:
    """By judging every event twice: (person, scope, before, after) where these differ."""
    asked, limits = scenario.registries.withdrawals, scenario.registries.limits
    before, after = (
        scenarios.judged(
            replace(scenario, registries=replace(one, withdrawals=asked, limits=limits))
        )["reason"]
        for one in (old, new)
    )
    found: Counter[tuple[Any, ...]] = Counter()
    ordered = scenario.events.sort(scenario.key)
    for user, kind, one, two in zip(
        ordered["user_id"], ordered["type"], before, after, strict=True
    ):
        scope = "keyboard" if kind in KEYBOARD else "mouse" if kind in MOUSE else "other"
        if one != two:
            found[user, scope, one, two] += 1
    return found


@pytest.mark.parametrize("seed", range(8))
def test_what_differs_is_what_two_judgements_of_every_event_differ_in(
    target: Project, place: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    scenario = scenarios.history(seed, 400)
    fill(target, scenario)
    other = scenarios.history(seed + 1000, 200).registries
    old = replace(scenario.registries, exemptions=ordered(scenario.registries.exemptions))
    new = changed(rng, old, other)
    folders = state(place / "old", old), state(place / "new", new)
    monkeypatch.setattr(ConsentTable, "limits", lambda self, now: scenario.registries.limits)
    if seed % 2:  # one person at a time
        monkeypatch.setattr(consentdiff, "EVENTS", 1)
    found = asked(target, *folders)
    shipped = registries.shipped_exclusions()
    sides = [replace(one, exclusions=(*shipped, *one.exclusions)) for one in (old, new)]
    wanted = shifted(scenario, *sides)
    assert {(s.user, s.scope, s.before, s.after): s.events for s in found.shifts} == wanted
    back = asked(target, *reversed(folders))
    assert {(s.user, s.scope, s.after, s.before): s.events for s in back.shifts} == wanted
    assert back.total(removed=True) == _by(wanted, before=True)
    assert found.total(removed=True) == _by(wanted, before=False)


def _by(wanted: Counter[tuple[Any, ...]], *, before: bool) -> Counter[str]:
    """What is removed on one side alone, by reason."""
    found: Counter[str] = Counter()
    for (_, _, one, two), n in wanted.items():
        here, there = (one, two) if before else (two, one)
        if here and not there:
            found[here] += n
    return found


def asked(target: Project, old: Path, new: Path) -> Diff:
    with warehouse.opened(target, "test", write=False) as connection:
        return consentdiff.diff(target, connection, old, new, NOW)


def test_the_same_registries_in_another_order_and_format_differ_in_nothing(
    target: Project, place: Path
) -> None:
    scenario = scenarios.history(5, 50)
    fill(target, scenario)
    known = replace(scenario.registries, exemptions=ordered(scenario.registries.exemptions))
    one = state(place / "one", known)
    two = state(place / "two", replace(
        known, pauses=known.pauses[::-1],
        exclusions=tuple(replace(row, user_id=row.user_id and f" {row.user_id.upper()} ")
                         for row in known.exclusions),
    ))  # fmt: skip
    pl.read_csv(two / "exemptions.csv", infer_schema=False).write_parquet(
        two / "exemptions.parquet"
    )
    (two / "exemptions.csv").unlink()
    found = asked(target, one, two)
    assert (found.rows, found.shifts, found.concerned, found.judged) == ((), (), 0, 0)


def folder(place: Path, **rows: Sequence[str]) -> Path:
    place.mkdir()
    for name, head in HEAD.items():
        write(place / f"{name}.csv", head, *rows.get(name, ()))
    return place


def run(target: Project, *folders: Path, as_json: bool = False) -> Result:
    options = ["-C", str(target.root), *(["--json"] if as_json else [])]
    arguments = ["consent", "--diff", *map(str, folders), "--now", "2027-01-15T08:00:00Z"]
    return CliRunner().invoke(cli, [*options, *arguments])


def told(target: Project, *folders: Path) -> dict[str, Any]:
    done = run(target, *folders, as_json=True)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


MINUTES = "2026-09-21T14:16:00Z,2026-09-21T14:19:00Z"  # holds three of the events above


def test_rows_people_and_events_are_named(small: Project, tmp_path: Path) -> None:
    old = folder(
        tmp_path / "a", exemptions=["bob,approved", "gus,denied"], pauses=[f"ANN,{MINUTES}"]
    )
    new = folder(
        tmp_path / "b", exemptions=["gus,denied", " Zoe,pending", "una,pending"],
        exclusions=["qqapp,eve,qqreason"],
    )  # fmt: skip
    found = told(small, old, new)
    rows = [(*one.values(),) for one in found["rows"]]
    assert sorted(rows) == sorted(
        (change, place, registry, user)
        for registry, change, user, place in [
            ("exemptions", "removed", "bob", "exemptions.csv, line 2"),
            ("exemptions", "added", "zoe", "exemptions.csv, line 3"),
            ("exemptions", "added", "una", "exemptions.csv, line 4"),
            ("pauses", "removed", "ann", "pauses.csv, line 2"),
            ("exclusions", "added", "eve", "exclusions.csv, line 2"),
        ]
    )
    people = {one["user"]: (one["newly_removed"], one["newly_used"]) for one in found["people"]}
    assert people == {"ann": (0, 3), "bob": (0, 10), "eve": (2, 0), "zoe": (10, 0)}
    sums = found["totals"]
    assert (sums["newly_removed"], sums["newly_used"], sums["other_reason"]) == (12, 13, 0)
    assert sums["removed_by"] == {"excluded_window": 2, "exempt": 10}
    assert sums["used_by"] == {"exempt": 10, "pause": 3}
    assert (sums["people"], sums["concerned"], sums["judged"]) == (4, 5, 42)
    assert sums["everybody"] is False


def test_a_row_that_stands_twice_goes_once(small: Project, tmp_path: Path) -> None:
    row = f"ann,{MINUTES}"
    old = folder(tmp_path / "a", pauses=[row, row.upper(), row])
    new = folder(tmp_path / "b", pauses=[row])
    found = told(small, old, new)
    assert [(one["change"], one["place"]) for one in found["rows"]] == [
        ("removed", "pauses.csv, line 3"), ("removed", "pauses.csv, line 4"),
    ]  # fmt: skip
    assert found["people"] == [] and found["totals"]["rows"]["pauses"]["removed"] == 2


def test_the_first_lines_name_nobody_and_no_pattern_is_shown(
    small: Project, tmp_path: Path
) -> None:
    old = folder(tmp_path / "a", exemptions=["bob,approved"])
    new = folder(tmp_path / "b", exclusions=["qqapp,,qqreason"])
    done = run(small, old, new)
    assert done.exit_code == 0
    head = done.stdout.split("Rows by person")[0]
    assert "2 events would be removed that are used, 10 used that are removed" in head
    assert "4 people with 42 events were looked at, because a row for everybody differs" in head
    assert not re.search(r"\b(ann|bob|eve|zoe)\b", head)
    assert "bob" in done.stdout and "qq" not in done.stdout
    assert "qq" not in json.dumps(told(small, old, new))


def test_another_reason_is_neither_removed_nor_used(small: Project, tmp_path: Path) -> None:
    old = folder(tmp_path / "a", pauses=[f"ann,{MINUTES}"])
    new = folder(tmp_path / "b", pauses=[f"ann,{MINUTES}"], exemptions=["ann,approved"])
    sums = told(small, old, new)["totals"]
    assert (sums["newly_removed"], sums["newly_used"], sums["other_reason"]) == (7, 0, 3)


def test_only_the_people_whose_rows_differ_are_looked_at(
    small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = folder(tmp_path / "a", exemptions=["ann,approved"])
    new = folder(tmp_path / "b", exemptions=["ann,approved", "bob,approved"])
    seen: list[str] = []
    real = consented.boundaries

    def boundaries(connection: Any, users: Sequence[str], *more: Any) -> pl.DataFrame:
        seen.extend(users)
        return real(connection, users, *more)

    monkeypatch.setattr(consented, "boundaries", boundaries)
    assert told(small, old, new)["totals"]["newly_removed"] == 10
    assert "bob" in seen and set(seen) == {"bob"}


BROKEN: list[tuple[str, str | None, str]] = [
    ("pauses", None, "the registry of pauses is missing"),
    ("exemptions", "user_id,status\nann,maybe\n", "status is none of"),
    ("exclusions", "app,user_id\n,ann\n", "a pattern is required"),
]


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(("name", "text", "says"), BROKEN)
def test_a_broken_side_shows_no_result(
    small: Project, tmp_path: Path, side: int, name: str, text: str | None, says: str
) -> None:
    folders = [folder(tmp_path / one) for one in ("a", "b")]
    file = folders[side] / f"{name}.csv"
    file.unlink() if text is None else file.write_text(text)
    for as_json in (False, True):
        done = run(small, *folders, as_json=as_json)
        error = done.exception
        assert isinstance(error, TacendaError) and not isinstance(error, UsageError)
        assert error.exit_code == 1 and says in str(error) and str(file) in str(error)
        assert "Not done: nothing was compared" in str(error)
        assert done.stdout == ""


@pytest.mark.parametrize("rows", [{"exemptions": ["ann,approved"]}, {"pauses": [f"ann,{MINUTES}"]}])
def test_events_that_go_missing_stop_the_comparison(
    small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: dict[str, list[str]]
) -> None:
    folders = folder(tmp_path / "a"), folder(tmp_path / "b", **rows)
    real = consent.denied_spans
    monkeypatch.setattr(
        consent, "denied_spans",
        lambda known, bounds: real(known, bounds).filter(pl.col("start_ts") > 0),
    )  # fmt: skip
    done = run(small, *folders)
    assert isinstance(done.exception, TacendaError) and "went missing" in str(done.exception)
    assert done.stdout == ""


def test_releases_with_rows_of_whom_it_concerns_are_named(
    small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {
        "ann": [Holding("text", "v1", 3, 1), Holding("text", "v2", 5, 2)],
        "bob": [Holding("text", "v2", 1, 1), Holding("clicks", "v1", None, None)],
    }
    asked: list[str] = []

    def of_many(connection: Any, project: Any, withdrawals: Sequence[Any]) -> list[list[Holding]]:
        asked.extend(one.user_id for one in withdrawals)
        return [held[one.user_id] for one in withdrawals]

    monkeypatch.setattr(holdings, "of_many", of_many)
    old = folder(tmp_path / "a", exemptions=["ann,approved", "gus,approved", "eve,denied"])
    new = folder(tmp_path / "b", exemptions=["bob,approved"])
    found = told(small, old, new)
    assert asked == ["ann", "bob"]  # not whose rows differ without an event that does
    assert found["releases"] == [
        {"release": "clicks/v1", "people": "not known"},
        {"release": "text/v1", "people": 1},
        {"release": "text/v2", "people": 2},
    ]
    assert "text/v2" in run(small, old, new).stdout
