"""The simulation as a whole: people, files, registries and the answer key."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from etl.errors import UsageError
from etl.simulate import key as keys
from etl.simulate import people, registries, session
from etl.simulate.desk import Truth
from etl.simulate.pauses import Pause, plan
from etl.simulate.people import Person
from etl.simulate.render import Clock, session_lines, stray_lines

_PER_FILE = (1, 3, 1, 2)  # people in one file, in turn
_ZIP_LEVEL = 1

Output = BinaryIO | gzip.GzipFile


@dataclass(frozen=True)
class SimulationReport:
    """How much was made: people, events and files of events."""

    people: int
    events: int
    files: int


def simulate(
    out: Path,
    *,
    users: int,
    hours: float,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> SimulationReport:
    """Makes up `users` people who work `hours` hours each, and writes what was captured.

    Writes `capture/` (JSON Lines, some files gzipped), `consent/` (CSV) and, last,
    `answer_key.json` into `out`. The same arguments give the same lines
    everywhere, and the same bytes wherever zlib packs alike. `progress` is called with people
    done and people in all. Raises `UsageError` for a folder that holds something
    and for numbers that make no sense.
    """
    _check(out, users, hours, seed)
    key = keys.empty(users, hours, seed)
    given = registries.roles(seed, users)
    everybody: list[tuple[Person, str | None, list[Pause]]] = []
    taken: dict[str, int] = {}
    for folder in (out / "capture", out / "consent"):
        folder.mkdir(parents=True, exist_ok=True)
    files = _files(users)
    for number, members in enumerate(files):
        with _opened(out / "capture", number) as file:
            for index in members:
                person = people.person(seed, index, hours, taken)
                pauses = plan(person)
                truth = _write_person(file, person, seed, pauses, _clock(number))
                keys.add(key, person, given.get(index), pauses, truth)
                everybody.append((person, given.get(index), pauses))
                if progress:
                    progress(index + 1, users)
    registries.write(out / "consent", seed, everybody)
    text = json.dumps(key, ensure_ascii=False, indent=1)
    (out / "answer_key.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return SimulationReport(users, sum(key["counts"].values()), len(files))


def _check(out: Path, users: int, hours: float, seed: int) -> None:
    if users < 1 or not 0 < hours <= 10_000 or seed < 0:
        raise UsageError(
            "users must be 1 or more, hours above 0 and at most 10,000, the seed 0 or more",
            undone="nothing was made",
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            "the folder holds something already",
            where=str(out),
            todo="name an empty or a new folder",
            undone="nothing was made",
        )


def _files(users: int) -> list[range]:
    """Whose events lie in which file."""
    found: list[range] = []
    start = 0
    while start < users:
        end = min(users, start + _PER_FILE[len(found) % len(_PER_FILE)])
        found.append(range(start, end))
        start = end
    return found


def _clock(number: int) -> Clock:
    return Clock(integer=number % 2 == 0, local=number % 4 == 1)


@contextmanager
def _opened(folder: Path, number: int) -> Iterator[Output]:
    """A new file of events; every third is gzipped, without name or time in its header."""
    name = folder / f"events-{number:04d}.jsonl"
    if number % 3 != 1:
        with name.open("wb") as plain:
            yield plain
        return
    with (
        name.with_suffix(".jsonl.gz").open("wb") as raw,
        gzip.GzipFile("", "wb", _ZIP_LEVEL, raw, mtime=0) as zipped,
    ):
        yield zipped


def _write_person(
    file: Output, person: Person, seed: int, pauses: list[Pause], clock: Clock
) -> Truth:
    truth = Truth()
    for desk in session.work(person, seed, pauses, truth):
        file.write(session_lines(desk, clock))
    file.write(stray_lines(person, pauses, truth, clock))
    return truth
