"""The native format into the staging tables: a quick road, and a slow one that knows lines.

The quick road reads many files at once with DuckDB's own reader, every field as raw JSON, so that
kinds can be told apart. A file in which it finds any fault is read again by the slow road, line
by line in blocks, which alone says what is wrong and where.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from etl.errors import TacendaError
from etl.sources import contract, lines
from transforms.events import SCHEMA

SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".jsonl.zst", ".ndjson.zst")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_BLOCK = pa.schema(
    [("number", pa.int64()), ("size", pa.int64()), ("text", pa.string()), ("fault", pa.string())]
)


class Quick(NamedTuple):
    """What the quick road found: the files to read slowly, and unknown fields by file."""

    faulty: set[str]
    unknown: dict[str, Counter[str]]


def create_stage(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the empty staging tables: `stage` for events, `stage_bad` for what broke a rule."""
    kinds = {"String": "VARCHAR", "Int64": "BIGINT", "Int32": "INTEGER", "Float64": "DOUBLE"}
    columns = ", ".join(f"{n} {kinds.get(str(t), 'BOOLEAN')}" for n, t in SCHEMA.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE stage ({columns}, path VARCHAR, line BIGINT)")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE stage_bad "
        "(path VARCHAR, line BIGINT, reason VARCHAR, bytes BIGINT, content VARCHAR)"
    )


def stage_quick(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> Quick:
    """Stages sound files at once; rows of files with any fault are taken out again."""
    if not files:
        return Quick(set(), {})
    named = [literal(file) for file in files]
    reader = "format = 'newline_delimited', ignore_errors = true, filename = true"
    try:
        keys = connection.execute(
            "SELECT filename, json_keys(json), count(*), max(strlen(json::VARCHAR)) "
            f"FROM read_json_objects(?, {reader}) GROUP BY ALL",
            [named],
        ).fetchall()
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE quick AS SELECT "
            f"{contract.select('raw.filename AS path')} "
            f"FROM read_json(?, columns = {contract.json_columns()}, {reader}) raw",
            [named],
        )
    except duckdb.Error:
        # One unreadable file spoils the batch: find out which by reading each alone.
        connection.execute("DROP TABLE IF EXISTS quick")
        if len(files) == 1:
            return Quick(set(files), {})
        return _merge([stage_quick(connection, [file]) for file in files])
    found = _read_keys(keys)
    faulty = connection.execute("SELECT DISTINCT path FROM quick WHERE fault IS NOT NULL")
    found.faulty.update(row[0] for row in faulty.fetchall())
    names = ", ".join(SCHEMA)
    connection.execute(
        f"INSERT INTO stage SELECT {names}, path, NULL FROM quick "
        "WHERE path NOT IN (SELECT unnest(?::VARCHAR[]))",
        [sorted(found.faulty)],
    )
    connection.execute("DROP TABLE quick")
    return found


def _merge(found: list[Quick]) -> Quick:
    merged = Quick(set(), {})
    for one in found:
        merged.faulty.update(one.faulty)
        merged.unknown.update(one.unknown)
    return merged


def _read_keys(rows: list[tuple[str, list[str] | None, int, int | None]]) -> Quick:
    found = Quick(set(), {})
    for path, keys, n, longest in rows:
        tally = found.unknown.setdefault(path, Counter())
        if keys is None or len(set(keys)) < len(keys) or (longest or 0) > contract.MAX_LINE:
            found.faulty.add(path)
            continue
        for name, count in unknown_fields(keys).items():
            tally[name] += count * n
    for path in found.faulty:
        found.unknown.pop(path, None)
    return found


def unknown_fields(keys: Sequence[str]) -> Counter[str]:
    """Names outside the contract, by name where the name is plain, else as `(other)`."""
    unknown = (key for key in keys if key not in contract.FIELDS)
    return Counter(key if _IDENTIFIER.fullmatch(key) else "(other)" for key in unknown)


def literal(file: str) -> str:
    """A path that DuckDB takes as it stands: `*`, `?` and `[` in it are no patterns."""
    return re.sub(r"([*?\[])", r"[\1]", file)


def stage_slow(connection: duckdb.DuckDBPyConnection, file: str) -> Counter[str]:
    """Stages one file line by line; lines that break a rule go to `stage_bad` with their number.

    Gives the unknown fields of the sound lines. Raises `TacendaError` where the file is UTF-16.
    """
    _refuse_utf16(Path(file))
    unknown: Counter[str] = Counter()
    for block in lines.read(Path(file)):
        table = pa.Table.from_pylist([line._asdict() for line in block], schema=_BLOCK)
        connection.register("block", table)
        _stage_block(connection, file)
        rows = connection.execute(
            "SELECT json_keys(content), count(*) FROM parsed WHERE fault IS NULL GROUP BY ALL"
        ).fetchall()
        for keys, n in rows:
            for name, count in unknown_fields(keys).items():
                unknown[name] += count * n
        connection.unregister("block")
    connection.execute("DROP TABLE IF EXISTS parsed")
    return unknown


def _stage_block(connection: duckdb.DuckDBPyConnection, file: str) -> None:
    sound = "json_valid(text) AND json_type(text) = 'OBJECT'"
    shape = (
        "CASE WHEN b.fault IS NOT NULL THEN b.fault "
        "WHEN NOT json_valid(text) THEN 'not JSON' "
        "WHEN json_type(text) != 'OBJECT' THEN 'not a JSON object' "
        "WHEN len(json_keys(text)) > len(list_distinct(json_keys(text))) THEN 'a field twice' END"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE parsed AS "
        f"SELECT {contract.select('number, size, shape, content')} FROM ("
        f"SELECT number, size, text AS content, {shape} AS shape, "
        f"unnest(json_transform(CASE WHEN {sound} THEN text END, '{contract.struct()}')) "
        "FROM block b) raw"
    )
    connection.execute("UPDATE parsed SET fault = shape WHERE shape IS NOT NULL")
    names = ", ".join(SCHEMA)
    connection.execute(
        f"INSERT INTO stage SELECT {names}, ?, number FROM parsed WHERE fault IS NULL", [file]
    )
    connection.execute(
        "INSERT INTO stage_bad SELECT ?, number, fault, size, content FROM parsed "
        "WHERE fault IS NOT NULL",
        [file],
    )


def _refuse_utf16(file: Path) -> None:
    with lines.stream(file) as opened:
        if opened.read(2) not in (b"\xff\xfe", b"\xfe\xff"):
            return
    raise TacendaError(
        "the file is UTF-16, not UTF-8",
        where=str(file),
        todo="convert it to UTF-8 and ingest it again",
        undone="nothing of this file was loaded",
    )


def stage_parquet(connection: duckdb.DuckDBPyConnection, file: str) -> Counter[str]:
    """Stages a Parquet file with the contract's columns; rows are numbered from 1."""
    named = literal(file)
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [named]).fetchall()
    kinds = {row[0]: row[1] for row in described}
    columns = ", ".join(_as_json(name, kinds.get(name)) for name in contract.FIELDS)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE parsed AS SELECT {contract.select('number, content')} FROM ("
        f"SELECT {columns}, file_row_number + 1 AS number, to_json(p) AS content "
        "FROM read_parquet(?, file_row_number = true) p) raw",
        [named],
    )
    names = ", ".join(SCHEMA)
    connection.execute(
        f"INSERT INTO stage SELECT {names}, ?, number FROM parsed WHERE fault IS NULL", [file]
    )
    connection.execute(
        "INSERT INTO stage_bad SELECT ?, number, fault, strlen(content::VARCHAR), content "
        "FROM parsed WHERE fault IS NOT NULL",
        [file],
    )
    connection.execute("DROP TABLE parsed")
    strangers = [name for name in kinds if name not in contract.FIELDS]
    unknown: Counter[str] = Counter()
    for name in strangers:
        quoted = name.replace('"', '""')
        row = connection.execute(f'SELECT count("{quoted}") FROM read_parquet(?)', [named])
        plain = name if _IDENTIFIER.fullmatch(name) else "(other)"
        unknown[plain] += int((row.fetchone() or (0,))[0])
    return unknown


def _as_json(name: str, kind: str | None) -> str:
    if kind is None:
        return f"NULL::JSON AS {name}"
    value = f"epoch_us({name})" if kind == "TIMESTAMP WITH TIME ZONE" else name
    return f"CASE WHEN {name} IS NOT NULL THEN to_json({value}) END AS {name}"
