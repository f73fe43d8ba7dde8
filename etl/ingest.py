"""Capture files into the warehouse, batch by batch; one batch is one transaction.

Killed at any moment and run again, it ends as if never killed: a batch is there or it is not,
and a file that was loaded is known by its digest.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from etl import staging, tombstones
from etl.discover import FOREIGN, Discovery, Input
from etl.errors import TacendaError, UsageError
from etl.project import Project
from etl.record import FileResult
from etl.sources import lines
from etl.tombstones import Erased

BATCH_BYTES = 512 * 1024 * 1024
BATCH_FILES = 200
_BLOCK = 1024 * 1024
_PACKED = 8  # how much larger a compressed log is than its file, roughly
_COMPRESSED = (".gz", ".zst")

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class IngestReport:
    """All files in the order of their paths, and what was dropped or set aside, by name."""

    files: tuple[FileResult, ...]
    reasons: dict[str, int] = field(default_factory=dict)
    tallies: dict[tuple[str, str], int] = field(default_factory=dict)
    ignored: int = 0

    def total(self, name: str) -> int:
        """The sum of one count (`lines`, `accepted`, …) over all files."""
        return sum(int(getattr(file, name)) for file in self.files)

    @property
    def faults(self) -> tuple[TacendaError, ...]:
        return tuple(file.fault for file in self.files if file.fault is not None)


def ingest(
    connection: duckdb.DuckDBPyConnection,
    project: Project,
    found: Discovery,
    progress: Progress = lambda done, total, what: None,
) -> IngestReport:
    """Loads every input that can be read; one at fault is reported and the others are loaded.

    What is of people who were erased is refused, and a recording of theirs as a whole.
    `progress` is called with bytes done, bytes in all, and the name of the file at hand.
    """
    people = tombstones.erased(connection, project)
    _refuse_recordings(found, people)
    results = [FileResult(str(path), fault=fault) for path, fault in found.faults]
    reasons: Counter[str] = Counter()
    tallies: Counter[tuple[str, str]] = Counter()
    total, done = sum(entry.size for entry in found.inputs), 0
    for batch in _batches(found.inputs):
        progress(done, total, batch[0].path.name)
        fresh, twins, settled = _sort_out(connection, batch)
        results += settled
        if fresh:
            loaded = staging.load(connection, fresh, people)
            results += loaded.files
            reasons.update(loaded.reasons)
            tallies.update(loaded.tallies)
        results += [_as_known(connection, entry, digest) for entry, digest in twins]
        done += sum(entry.size for entry in batch)
    progress(total, total, "")
    return IngestReport(
        tuple(sorted(results, key=lambda result: result.path)),
        dict(sorted(reasons.items())),
        dict(sorted(tallies.items())),
        len(found.ignored),
    )


def _refuse_recordings(found: Discovery, people: Erased) -> None:
    for entry in found.inputs:
        if entry.format in FOREIGN and entry.user_id is not None and entry.user_id in people:
            raise UsageError(
                "the person that --user names was erased, and stays out",
                where=str(entry.path),
                todo="leave this recording out, or name somebody else with --user",
                undone="nothing was loaded",
            )


def _batches(inputs: Sequence[Input]) -> Iterator[list[Input]]:
    batch: list[Input] = []
    size = 0
    for entry in sorted(inputs, key=lambda one: str(one.path)):
        weight = entry.size * (_PACKED if entry.path.suffix in _COMPRESSED else 1)
        if batch and (size + weight > BATCH_BYTES or len(batch) >= BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += weight
    if batch:
        yield batch


def _sort_out(
    connection: duckdb.DuckDBPyConnection, batch: Sequence[Input]
) -> tuple[list[tuple[Input, str]], list[tuple[Input, str]], list[FileResult]]:
    """Splits a batch into new inputs and twins of these, with digests, and what is settled."""
    digests: list[tuple[Input, str]] = []
    settled: list[FileResult] = []
    for entry in batch:
        try:
            digests.append((entry, _digest(entry)))
        except staging.UNREADABLE as error:
            fault = staging.unreadable(str(entry.path), error)
            settled.append(FileResult(str(entry.path), fault=fault))
    known = _known(connection, [digest for _, digest in digests])
    fresh: dict[str, Input] = {}
    twins: list[tuple[Input, str]] = []
    for entry, digest in digests:
        if digest in known:
            settled.append(_as_known(connection, entry, digest))
        elif digest in fresh:
            twins.append((entry, digest))
        else:
            fresh[digest] = entry
    return [(entry, digest) for digest, entry in fresh.items()], twins, settled


def _digest(entry: Input) -> str:
    """SHA-256 of a file, or of a recording's files in order; a compressed file is read through.

    DuckDB's reader takes a cut archive for a whole one, so that is found out here.
    """
    path = entry.path
    files = sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256(f"{entry.user_id}\0{entry.device_id}\0".encode())
    if entry.user_id is None:
        digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                digest.update(block)
    if path.suffix in _COMPRESSED:
        _read_through(path)
    return digest.hexdigest()


def _read_through(path: Path) -> None:
    with lines.stream(path) as opened:
        while opened.read(_BLOCK):
            pass


def _known(connection: duckdb.DuckDBPyConnection, digests: Sequence[str]) -> frozenset[str]:
    found = connection.execute(
        "SELECT digest FROM lake.files WHERE digest IN (SELECT unnest(?::VARCHAR[]))",
        [list(digests)],
    ).fetchall()
    return frozenset(row[0] for row in found)


def _as_known(connection: duckdb.DuckDBPyConnection, entry: Input, digest: str) -> FileResult:
    """The sums of a file that was loaded before: its sound lines are all duplicates now."""
    row = connection.execute(
        "SELECT lines, quarantined, unmapped, erased FROM lake.files WHERE digest = ?", [digest]
    ).fetchone()
    if row is None:
        # Its twin in the same batch could not be loaded, for a reason that holds for both.
        fault = TacendaError("the file is equal to one at fault", where=str(entry.path))
        return FileResult(str(entry.path), digest, fault=fault)
    total, bad, unmapped, gone = row
    return FileResult(
        str(entry.path), digest, entry.format, entry.size, total, 0,
        total - bad - unmapped - gone, bad, unmapped, erased=gone,
    )  # fmt: skip
