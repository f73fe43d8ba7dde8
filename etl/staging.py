"""One batch of capture files: staged, settled against the warehouse, loaded in a transaction."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import duckdb
import polars as pl

from etl import dedupe
from etl.discover import Input
from etl.errors import TacendaError
from etl.sources import agentnet, contract, inputlog, native
from etl.sources.mapped import Mapped
from privacy.pseudonyms import normal_id
from transforms.events import SCHEMA, TYPES

_EVENTS = ", ".join(SCHEMA)
UNREADABLE = (OSError, EOFError, zlib.error, gzip.BadGzipFile, duckdb.Error)


@dataclass(frozen=True)
class FileResult:
    """What became of one file: lines = accepted + duplicates + quarantined + unmapped."""

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
    fault: TacendaError | None = None


@dataclass(frozen=True)
class Loaded:
    """A batch's files, quarantine reasons, and tallies of what was dropped, by kind and name."""

    files: tuple[FileResult, ...]
    reasons: Counter[str]
    tallies: Counter[tuple[str, str]]


@dataclass
class _Batch:
    """What staging gathers on its way."""

    mapped: dict[str, Mapped] = field(default_factory=dict)
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    faults: dict[str, TacendaError] = field(default_factory=dict)


def load(connection: duckdb.DuckDBPyConnection, fresh: Sequence[tuple[Input, str]]) -> Loaded:
    """Loads inputs with their digests; those at fault are left out whole and say why."""
    slow: set[str] = set()
    while True:
        batch = _stage(connection, [entry for entry, _ in fresh], slow)
        spellings = _normalise(connection)
        misplaced = _drop_misplaced(connection)
        lines = _count(connection, "stage")
        settled = dedupe.settle(connection)
        again = _without_lines(connection, settled.conflicting_paths) - slow
        if not again:
            break
        slow |= again
    connection.execute("BEGIN")
    try:
        dedupe.set_aside(connection)
        loaded = _record(connection, fresh, batch, lines, settled.duplicates, misplaced)
        _insert_people(connection, spellings)
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # where DuckDB has ended the transaction already
            connection.execute("ROLLBACK")
        raise
    return loaded


def _stage(
    connection: duckdb.DuckDBPyConnection, inputs: Sequence[Input], slow: set[str]
) -> _Batch:
    native.create_stage(connection)
    batch = _Batch()
    quick = [str(i.path) for i in inputs if i.format == "native" and str(i.path) not in slow]
    found = native.stage_quick(connection, quick)
    batch.unknown.update(found.unknown)
    for entry in inputs:
        path = str(entry.path)
        if entry.format != "native" or path in slow or path in found.faulty:
            _stage_one(connection, entry, batch)
    return batch


def _stage_one(connection: duckdb.DuckDBPyConnection, entry: Input, batch: _Batch) -> None:
    path = str(entry.path)
    try:
        if entry.format == "native":
            batch.unknown[path] = native.stage_slow(connection, path)
        elif entry.format == "parquet":
            batch.unknown[path] = native.stage_parquet(connection, path)
        else:
            batch.mapped[path] = _stage_mapped(connection, entry)
    except TacendaError as error:
        batch.faults[path] = error
    except UNREADABLE as error:
        batch.faults[path] = unreadable(path, error)
    if path in batch.faults:
        for table in ("stage", "stage_bad"):
            connection.execute(f"DELETE FROM {table} WHERE path = ?", [path])


def unreadable(path: str, error: BaseException) -> TacendaError:
    """The error for a file that ends too early, is no such format, or cannot be read."""
    if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile) or "Truncated" in str(error):
        what, todo = "the file ends too early or is damaged", "copy it again from where it came"
    elif isinstance(error, duckdb.Error):
        what, todo = "the file is not of its format", "copy it again, or say another --format"
    else:
        reason = getattr(error, "strerror", None) or type(error).__name__
        what, todo = f"the file cannot be read: {reason}", "mend that, then ingest it again"
    return TacendaError(what, where=path, todo=todo, undone="nothing of this file was loaded")


def _stage_mapped(connection: duckdb.DuckDBPyConnection, entry: Input) -> Mapped:
    read: Callable[..., Mapped] = agentnet.read if entry.format == "agentnet" else inputlog.read
    mapped = read(entry.path, user_id=entry.user_id, device_id=entry.device_id)
    connection.register("mapped", mapped.events.to_arrow())
    connection.execute(
        f"INSERT INTO stage SELECT {_EVENTS}, ?, NULL FROM mapped", [str(entry.path)]
    )
    connection.unregister("mapped")
    bad = pl.DataFrame(
        mapped.quarantined, schema={"n": pl.Int64, "reason": pl.String}, orient="row"
    )
    connection.register("bad", bad.to_arrow())
    connection.execute(
        "INSERT INTO stage_bad SELECT ?, n, reason, NULL, NULL FROM bad", [str(entry.path)]
    )
    connection.unregister("bad")
    return mapped


def _normalise(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Turns each spelling of a person's id into the one that registries are matched by."""
    rows = connection.execute("SELECT DISTINCT user_id FROM stage ORDER BY 1").fetchall()
    pairs = [(normal_id(row[0]), row[0]) for row in rows]
    changed = [pair for pair in pairs if pair[0] != pair[1]]
    if changed:
        frame = pl.DataFrame(changed, schema=["user_id", "spelling"], orient="row").to_arrow()
        connection.register("spelled", frame)
        connection.execute(
            "UPDATE stage SET user_id = p.user_id FROM spelled p WHERE stage.user_id = p.spelling"
        )
        connection.unregister("spelled")
    return pairs


def _drop_misplaced(connection: duckdb.DuckDBPyConnection) -> dict[str, Counter[str]]:
    """Empties fields on types that they do not belong to, and counts them by path."""
    fields = [n for n, (_, types) in contract.FIELDS.items() if len(types) < len(TYPES)]
    counts = ", ".join(f"count({name}) AS {name}" for name in fields)
    rows = connection.execute(f"SELECT path, type, {counts} FROM stage GROUP BY ALL").fetchall()
    tally: dict[str, Counter[str]] = {}
    for path, kind, *present in rows:
        for name, n in zip(fields, present, strict=True):
            if n and kind not in contract.FIELDS[name][1]:
                tally.setdefault(path, Counter())[name] += n
    for name in sorted({name for counter in tally.values() for name in counter}):
        allowed = contract.listed(contract.FIELDS[name][1])
        connection.execute(f"UPDATE stage SET {name} = NULL WHERE type NOT IN ({allowed})")
    return tally


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> Counter[str]:
    return Counter(
        dict(connection.execute(f"SELECT path, count(*) FROM {table} GROUP BY path").fetchall())
    )


def _without_lines(connection: duckdb.DuckDBPyConnection, paths: frozenset[str]) -> set[str]:
    rows = connection.execute(
        "SELECT DISTINCT path FROM stage WHERE line IS NULL AND list_contains(?::VARCHAR[], path)",
        [sorted(paths)],
    ).fetchall()
    return {row[0] for row in rows if row[0].lower().endswith(native.SUFFIXES)}


def _record(
    connection: duckdb.DuckDBPyConnection,
    fresh: Sequence[tuple[Input, str]],
    batch: _Batch,
    lines: Counter[str],
    duplicates: Counter[str],
    misplaced: dict[str, Counter[str]],
) -> Loaded:
    row = connection.execute("SELECT coalesce(max(file_id), 0) FROM lake.files").fetchone()
    number = int(row[0]) if row else 0
    accepted, bad = _count(connection, "stage"), _count(connection, "stage_bad")
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
    _insert(connection, results, ids, rows)
    reasons = Counter(
        dict(connection.execute("SELECT reason, count(*) FROM stage_bad GROUP BY 1").fetchall())
    )
    return Loaded(tuple(results), reasons, tallies)


def _sums(
    result: FileResult, batch: _Batch, staged: int, accepted: int, duplicates: int, bad: int
) -> FileResult:
    mapped = batch.mapped.get(result.path)
    if mapped is None:
        total = accepted + duplicates + bad
        filled = replace(
            result, lines=total, accepted=accepted, duplicates=duplicates, quarantined=bad
        )
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
    parts = filled.accepted + filled.duplicates + filled.quarantined + filled.unmapped
    if filled.lines != parts or filled.unmapped < 0:
        raise TacendaError(
            "the sums of a file do not agree",
            where=result.path,
            todo="report this; the file was not loaded",
            undone="this batch of files was not loaded",
        )
    return replace(filled, events=accepted)


def _tallies(
    batch: _Batch, misplaced: dict[str, Counter[str]], path: str
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
    for path, number in ids:
        one = by_path[path]
        connection.execute(
            "INSERT INTO lake.files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                number,
                path,
                one.digest,
                one.format,
                one.bytes,
                one.lines,
                one.accepted,
                one.duplicates,
                one.quarantined,
                one.unmapped,
                one.events,
            ],
        )
    if tallies:
        connection.executemany("INSERT INTO lake.tallies VALUES (?, ?, ?, ?)", list(tallies))


def _insert_people(connection: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[str, str]]) -> None:
    frame = pl.DataFrame(pairs, schema={"user_id": pl.String, "spelling": pl.String}, orient="row")
    connection.register("pairs", frame.to_arrow())
    connection.execute(
        "INSERT INTO lake.people SELECT * FROM pairs p ANTI JOIN lake.people k "
        "ON p.user_id = k.user_id AND p.spelling = k.spelling"
    )
    connection.unregister("pairs")
