"""Small projects with a history: captures that arrive bit by bit, requests, registries, builds."""

from __future__ import annotations

import csv
import gzip
import json
import random
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from etl import manifest, moments, release, setup, siderun, warehouse
from etl import project as projects
from etl.project import Project
from tests.etl.conftest import NOW, build_all, files_of, load

DATASETS = ("desktop-actions", "pointer-snippets", "typed-text")
HOUR = 3600 * 1_000_000
DAY = 24 * HOUR

Piece = tuple[str, str]
"""A person and a day."""


def pieces(sim: Path) -> dict[Piece, list[str]]:
    """A simulation's lines by person and day, in their order."""
    found: dict[Piece, list[str]] = defaultdict(list)
    for path in sorted((sim / "capture").iterdir()):
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        for line in text.splitlines():
            event = json.loads(line)
            found[event["user_id"], str(moment(line) // DAY)].append(line)
    return dict(found)


def without_side_runs(patch: pytest.MonkeyPatch) -> None:
    """Leaves the planted secrets out, which depend on no capture and take most of a small build."""
    patch.setattr(siderun, "run", lambda project, rules: {one.name: [] for one in rules.recipes})


@dataclass
class History:
    """A project, all that was given to it so far, and what is still to come."""

    project: Project
    sim: Path
    todo: dict[Piece, list[str]]
    given: list[str] = field(default_factory=list)
    withdrawals: list[tuple[str, int | None, int | None, str]] = field(default_factory=list)

    @property
    def people(self) -> list[str]:
        return sorted({user for user, _ in pieces(self.sim)})

    def capture(self, taken: Iterable[Piece]) -> None:
        """Ingests some of what is still to come."""
        lines = [line for piece in sorted(taken) for line in self.todo.pop(piece)]
        ingest(self.project, lines)
        self.given += lines

    def withdraw(
        self, user: str, start: int | None = None, end: int | None = None, scope: str = "all"
    ) -> None:
        self.withdrawals.append((user, start, end, scope))
        ask(self.project, [self.withdrawals[-1]])

    def again(self, place: Path, keep: Callable[[str], bool] = lambda user: True) -> Project:
        """The same from nothing, without the people who are not kept; not built yet."""
        made = begun(place, self.project.consent)
        shutil.rmtree(made.recipes)
        shutil.copytree(self.project.recipes, made.recipes)
        ingest(made, [line for line in self.given if keep(json.loads(line)["user_id"])])
        return made


def begun(place: Path, consent: Path) -> Project:
    """A new project with the registries of a folder."""
    made = projects.load(setup.init(place).root)
    for registry in consent.iterdir():
        shutil.copy(registry, made.consent / registry.name)
    return made


def ingest(target: Project, lines: list[str]) -> None:
    if not lines:
        return
    place = target.root.parent / f"{target.root.name}-{len(list(target.root.parent.iterdir()))}"
    place.with_suffix(".jsonl").write_text("".join(f"{line}\n" for line in lines))
    load(target, place.with_suffix(".jsonl"))


def ask(target: Project, rows: Iterable[tuple[str, int | None, int | None, str]]) -> None:
    """Puts withdrawals into a warehouse, whatever the command makes of them."""
    with warehouse.opened(target, "test", write=True) as connection:
        found = connection.execute("SELECT coalesce(max(number), 0) FROM lake.requests").fetchone()
        number = int(found[0]) if found else 0
        for user, start, end, scope in rows:
            number += 1
            connection.execute(
                "INSERT INTO lake.requests VALUES "
                "(?, 'withdraw', NULL, ?, ?, ?, ?, ?, NULL, NULL, '')",
                [number, NOW, user.casefold(), start, end, scope],
            )


def exempt(target: Project, user: str, status: str, scope: str, day: int) -> None:
    """Adds a row to the exemptions, later than any before it."""
    _append(target.consent / "exemptions.csv", {
        "user_id": user, "status": status, "scope": scope,
        "requested_at": f"2027-01-{1 + day:02}T00:00:00Z",
    })  # fmt: skip


def pause(target: Project, user: str, start: str, end: str) -> None:
    _append(target.consent / "pauses.csv", {"user_id": user, "start": start, "end": end})


def _append(file: Path, row: dict[str, str]) -> None:
    with file.open(newline="") as opened:
        header = next(csv.reader(opened))
    with file.open("a", newline="") as opened:
        csv.writer(opened).writerow([row.get(name, "") for name in header])


def newest(target: Project) -> dict[str, dict[str, bytes] | None]:
    """The files of each dataset's newest release, or None where there is none."""
    places = {name: release.newest(target, name) for name in DATASETS}
    return {name: files_of(place / "dataset") if place else None for name, place in places.items()}


def facts(target: Project, dataset: str) -> dict[str, object]:
    place = release.newest(target, dataset)
    assert place is not None
    return manifest.read(place)


def lived(place: Path, sim: Path, seed: int, steps: int) -> History:
    """A project after a random history, its last build done."""
    rng = random.Random(seed)
    history = History(begun(place, sim / "consent"), sim, pieces(sim))
    history.capture(rng.sample(sorted(history.todo), int(len(history.todo) * 0.7)))
    build_all(history.project)
    for step in range(steps):
        rng.choice(_STEPS)(history, rng, step)
        if rng.random() < 0.6:
            build_all(history.project, workers=rng.choice((1, 1, 2)))
    build_all(history.project)
    return history


def _capture(history: History, rng: random.Random, step: int) -> None:
    if history.todo:
        history.capture(rng.sample(sorted(history.todo), min(len(history.todo), 3)))


def _withdraw(history: History, rng: random.Random, step: int) -> None:
    history.withdraw(rng.choice(history.people), scope=rng.choice(("all", "keyboard", "mouse")))


def _withdraw_hour(history: History, rng: random.Random, step: int) -> None:
    start = moment(rng.choice(history.given)) - rng.choice((0, HOUR))
    history.withdraw(rng.choice(history.people), start, start + rng.choice((HOUR, DAY)))


def _exempt(history: History, rng: random.Random, step: int) -> None:
    status = rng.choice(("approved", "denied", "pending"))
    exempt(history.project, rng.choice(history.people), status, rng.choice(("all", "mouse")), step)


def _pause(history: History, rng: random.Random, step: int) -> None:
    start = moment(rng.choice(history.given))
    span = (moments.written(start), moments.written(start + HOUR // 2))
    pause(history.project, rng.choice(history.people), *span)


def _recipe(history: History, rng: random.Random, step: int) -> None:
    file = history.project.recipes / rng.choice(DATASETS) / "recipe.toml"
    text = file.read_text()
    file.write_text(text.replace("k = 10", "k = 11") if "k = 10" in text else text + "\n# \n")


_STEPS = (_capture, _capture, _withdraw, _withdraw_hour, _withdraw_hour, _exempt, _pause, _recipe)


def moment(line: str) -> int:
    """The time of an event's line, in microseconds."""
    ts = json.loads(line)["ts"]
    return ts if isinstance(ts, int) else moments.parse(ts)


def moved(line: str, by: int) -> str:
    """The same event so many microseconds later, in another session."""
    event = json.loads(line)
    later = {"ts": moment(line) + by, "session_id": f"{event.get('session_id')}-later"}
    return json.dumps({**event, **later})
