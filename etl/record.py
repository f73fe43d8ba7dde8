"""What a staged batch leaves in the warehouse: events, quarantine, sums by file, tallies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import duckdb
import polars as pl

from etl.discover import Input
from etl.errors import TacendaError
from etl.refusals import Refused
from etl.sources.mapped import Mapped
from transforms.events import SCHEMA

_EVENTS = ", ".join(SCHEMA)


@dataclass(frozen=True)
class FileResult:
    """What became of one file.

    lines = accepted + duplicates + quarantined + unmapped + erased, the last being lines of people
    who were erased, refused on arrival.
    """

    path: str
    digest: str = ""
    format: str = ""
    bytes: int = 0
    lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    unmapped: int = 0
    events: int = 0
    erased: int = 0
    fault: TacendaError | None = None


@dataclass(frozen=True)
class Loaded:
    """A batch's files, quarantine reasons, and tallies of what was dropped, by kind and name."""

    files: tuple[FileResult, ...]
    reasons: Counter[str]
    tallies: Counter[tuple[str, str]]


@dataclass
class Batch:
    """What staging gathered of each path: foreign files, unknown fields, faults, refusals."""

    mapped: dict[str, Mapped] = field(default_factory=dict)
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    faults: dict[str, TacendaError] = field(default_factory=dict)
    refused: Refused = field(default_factory=Refused)


def count(connection: duckdb.DuckDBPyConnection, table: str) -> Counter[str]:
    """Rows of a staging table by path."""
    return Counter(
        dict(connection.execute(f"SELECT path, count(*) FROM {table} GROUP BY path").fetchall())
    )


def record(
    connection: duckdb.DuckDBPyConnection,
    fresh: Sequence[tuple[Input, str]],
    batch: Batch,
    lines: Counter[str],
    duplicates: Counter[str],
    misplaced: dict[str, Counter[str]],
) -> Loaded:
    """Puts a staged batch into the warehouse, in the caller's transaction, and accounts for it."""
    row = connection.execute("SELECT coalesce(max(file_id), 0) FROM lake.files").fetchone()
    number = int(row[0]) if row else 0
    accepted, bad = count(connection, "stage"), count(connection, "stage_bad")
    results = []
    tallies: Counter[tuple[str, str]] = Counter()
    rows: list[tuple[int, str, str, int]] = []
    ids: list[tuple[str, int]] = []
    for entry, digest in fresh:
        path = str(entry.path)
        result = FileResult(path, digest, entry.format, entry.size, fault=batch.faults.get(path))
        if result.fault is None:
            number += 1
            ids.append((path, number))
            result = _sums(result, batch, lines[path], accepted[path], duplicates[path], bad[path])
            for (kind, name), n in _tallies(batch, misplaced, path).items():
                tallies[(kind, name)] += n
                rows.append((number, kind, name, n))
        results.append(result)
    _insert(connection, results, ids, rows, batch.refused.paths)
    reasons = Counter(
        dict(connection.execute("SELECT reason, count(*) FROM stage_bad GROUP BY 1").fetchall())
    )
    shown = (replace(one, path=_recorded(one, batch.refused.paths)) for one in results)
    return Loaded(tuple(shown), reasons, tallies)


def _recorded(result: FileResult, hidden: frozenset[str]) -> str:
    """A file's path as it is kept: its digest where the path names somebody who was erased."""
    return result.digest if result.path in hidden else result.path


def _sums(
    result: FileResult, batch: Batch, staged: int, accepted: int, duplicates: int, bad: int
) -> FileResult:
    mapped, erased = batch.mapped.get(result.path), batch.refused.lines[result.path]
    if mapped is None:
        total = accepted + duplicates + bad + erased
        filled = replace(
            result, lines=total, accepted=accepted, duplicates=duplicates, quarantined=bad,
            erased=erased,
        )  # fmt: skip
    else:
        # One source line may give several events or none: lines and events are counted apart.
        known = accepted == 0 and staged > 0
        filled = replace(
            result,
            lines=mapped.lines_read,
            accepted=0 if known else mapped.mapped_lines,
            duplicates=mapped.mapped_lines if known else 0,
            quarantined=len(mapped.quarantined),
            unmapped=mapped.lines_read - mapped.mapped_lines - len(mapped.quarantined),
        )
    kept = filled.accepted + filled.duplicates
    parts = kept + filled.quarantined + filled.unmapped + filled.erased
    if filled.lines != parts or filled.unmapped < 0:
        raise TacendaError(
            "the sums of a file do not agree",
            where=result.path,
            todo="report this; the file was not loaded",
            undone="this batch of files was not loaded",
        )
    return replace(filled, events=accepted)


def _tallies(
    batch: Batch, misplaced: dict[str, Counter[str]], path: str
) -> Counter[tuple[str, str]]:
    mapped = batch.mapped.get(path)
    parts = {
        "unknown field": batch.unknown.get(path, Counter()),
        "misplaced field": misplaced.get(path, Counter()),
        "no counterpart": Counter(mapped.unmapped) if mapped else Counter(),
    }
    return Counter({(kind, name): n for kind, part in parts.items() for name, n in part.items()})


def _insert(
    connection: duckdb.DuckDBPyConnection,
    results: Sequence[FileResult],
    ids: Sequence[tuple[str, int]],
    tallies: Sequence[tuple[int, str, str, int]],
    hidden: frozenset[str],
) -> None:
    named = pl.DataFrame(ids, schema={"path": pl.String, "file_id": pl.Int64}, orient="row")
    connection.register("ids", named.to_arrow())
    connection.execute(
        f"INSERT INTO lake.events SELECT {_EVENTS}, file_id FROM stage JOIN ids USING (path)"
    )
    connection.execute(
        "INSERT INTO lake.quarantine SELECT file_id, line, reason, bytes, content "
        "FROM stage_bad JOIN ids USING (path)"
    )
    connection.execute(
        "INSERT INTO lake.sessions SELECT user_id, device_id, session_id, file_id, min(ts), "
        "max(ts), min(seq), max(seq), count(*) FROM stage JOIN ids USING (path) GROUP BY ALL"
    )
    connection.unregister("ids")
    by_path = {result.path: result for result in results}
    _append(connection, "files", [_row(number, by_path[path], hidden) for path, number in ids])
    _append(connection, "tallies", tallies)


def _row(number: int, one: FileResult, hidden: frozenset[str]) -> tuple[object, ...]:
    return (
        number, _recorded(one, hidden), one.digest, one.format, one.bytes, one.lines,
        one.accepted, one.duplicates, one.quarantined, one.unmapped, one.events, one.erased,
    )  # fmt: skip


def _append(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Inserts rows by one statement: each statement makes a file of its own in the warehouse."""
    if rows:
        frame = pl.DataFrame(rows, orient="row", infer_schema_length=None)
        connection.register("appended", frame.to_arrow())
        connection.execute(f"INSERT INTO lake.{table} SELECT * FROM appended")
        connection.unregister("appended")


def people(connection: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[str, str]]) -> None:
    """Adds (id, spelling) pairs that are not known yet."""
    frame = pl.DataFrame(pairs, schema={"user_id": pl.String, "spelling": pl.String}, orient="row")
    connection.register("pairs", frame.to_arrow())
    connection.execute(
        "INSERT INTO lake.people SELECT * FROM pairs p ANTI JOIN lake.people k "
        "ON p.user_id = k.user_id AND p.spelling = k.spelling"
    )
    connection.unregister("pairs")


def renew(connection: duckdb.DuckDBPyConnection, users: Sequence[str]) -> None:
    """Notes that the events of these people have changed, and of everybody in `stage`."""
    connection.execute(
        "INSERT INTO lake.revisions SELECT user_id, uuid()::VARCHAR FROM (SELECT user_id "
        "FROM stage UNION SELECT unnest(?::VARCHAR[])) changed(user_id)",
        [list(users)],
    )
