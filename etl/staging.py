"""One batch of capture files: staged, settled against the warehouse, loaded in a transaction."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

import duckdb
import polars as pl

from etl import dedupe, record, refusals
from etl.discover import Input
from etl.errors import TacendaError
from etl.record import Batch, Loaded
from etl.sources import agentnet, contract, inputlog, native
from etl.sources.mapped import Mapped
from etl.tombstones import Erased
from privacy.pseudonyms import normal_id
from transforms.events import SCHEMA, TYPES

_EVENTS = ", ".join(SCHEMA)
UNREADABLE = (OSError, EOFError, zlib.error, gzip.BadGzipFile, duckdb.Error)


def load(
    connection: duckdb.DuckDBPyConnection, fresh: Sequence[tuple[Input, str]], people: Erased
) -> Loaded:
    """Loads inputs with their digests; those at fault are left out whole and say why.

    What is of people who were erased is refused.
    """
    paths = [str(entry.path) for entry, _ in fresh]
    slow: set[str] = set()
    while True:
        batch = _stage(connection, [entry for entry, _ in fresh], slow)
        batch.refused = refusals.turn_away(connection, people, paths)
        spellings = _normalise(connection)
        misplaced = _drop_misplaced(connection)
        lines = record.count(connection, "stage")
        settled = dedupe.settle(connection)
        again = _without_lines(connection, settled.conflicting_paths) - slow
        if not again:
            break
        slow |= again
    connection.execute("BEGIN")
    try:
        changed = dedupe.set_aside(connection)
        loaded = record.record(connection, fresh, batch, lines, settled.duplicates, misplaced)
        record.people(connection, spellings)
        record.renew(connection, changed)
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # where DuckDB has ended the transaction already
            connection.execute("ROLLBACK")
        raise
    return loaded


def _stage(connection: duckdb.DuckDBPyConnection, inputs: Sequence[Input], slow: set[str]) -> Batch:
    native.create_stage(connection)
    batch = Batch()
    quick = [str(i.path) for i in inputs if i.format == "native" and str(i.path) not in slow]
    found = native.stage_quick(connection, quick)
    batch.unknown.update(found.unknown)
    for entry in inputs:
        path = str(entry.path)
        if entry.format != "native" or path in slow or path in found.faulty:
            _stage_one(connection, entry, batch)
    return batch


def _stage_one(connection: duckdb.DuckDBPyConnection, entry: Input, batch: Batch) -> None:
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


def _without_lines(connection: duckdb.DuckDBPyConnection, paths: frozenset[str]) -> set[str]:
    rows = connection.execute(
        "SELECT DISTINCT path FROM stage "
        "WHERE line IS NULL AND path IN (SELECT unnest(?::VARCHAR[]))",
        [sorted(paths)],
    ).fetchall()
    return {row[0] for row in rows if row[0].lower().endswith(native.SUFFIXES)}
