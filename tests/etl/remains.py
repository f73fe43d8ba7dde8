"""An independent search of a project's folder: every file opened, decrypted and looked through.

Shares no code with the search that an erasure makes, but for the reader of DuckDB's files, whose
cipher tells by itself whether what it gave is right.
"""

from __future__ import annotations

import base64
import gzip
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow as pa

from etl import blocks, keys, warehouse
from etl.project import Project
from privacy.pseudonyms import derive


def spelled(text: str) -> set[bytes]:
    """A text in every way of writing that is looked for, in lower case where case is free."""
    raw = text.encode()
    found = {raw, text.encode("utf-16-le"), raw.hex().encode(), quote(text, safe="").encode()}
    return {one.lower() for one in found}


def packed(text: str) -> set[bytes]:
    """The Base64 of a text as it may stand within a longer one; the case of letters counts."""
    out = set()
    for before in range(3):
        for after in range(3):
            whole = base64.b64encode(b"?" * before + text.encode() + b"?" * after)
            out.add(whole[4 if before else 0 : len(whole) - (4 if after else 0)].rstrip(b"="))
    return {one for one in out if len(one) > 5}


def left(project: Project, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Each place where one of these texts still stands, and the text."""
    forms = {text: (spelled(text), packed(text)) for text in texts}
    found = []
    for place, data in contents(project):
        low = data.lower()
        for text, (free, strict) in forms.items():
            if any(one in low for one in free) or any(one in data for one in strict):
                found.append((place, text))
    return found


def contents(project: Project) -> Iterator[tuple[str, bytes]]:
    """Every name and every file's bytes, decrypted, uncompressed, and as values."""
    connection = warehouse.bare(project)
    try:
        _attach(connection, project, "catalog", "warehouse")
        rows = connection.execute(
            "SELECT path, encryption_key FROM catalog.ducklake_data_file UNION ALL "
            "SELECT path, encryption_key FROM catalog.ducklake_delete_file"
        )
        opened = {Path(path).name: key for path, key in rows.fetchall()}
        for path in sorted(project.root.rglob("*")):
            name = str(path.relative_to(project.root))
            yield name, name.encode()
            if path.is_file():
                for data in _opened(connection, project, path, opened.get(path.name)):
                    yield name, data
    finally:
        connection.close()


def _opened(
    connection: duckdb.DuckDBPyConnection, project: Project, path: Path, key: str | None
) -> Iterator[bytes]:
    raw = path.read_bytes()
    yield raw
    if path.suffix == ".duckdb":
        purpose = "warehouse" if path.stem == "catalog" else path.stem
        secret = derive(keys.read(project), purpose).hex()
        yield blocks.decrypted(path, secret)
        yield blocks.decrypted_wal(path, secret)
        if path.stem != "catalog":
            _attach(connection, project, path.stem, purpose)
        yield from _tables(connection, path.stem)
    elif path.suffix == ".parquet":
        yield _values(connection, path, key)
    elif raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    elif raw[:4] == b"\x28\xb5\x2f\xfd":
        yield pa.input_stream(str(path), compression="zstd").read()


def _attach(
    connection: duckdb.DuckDBPyConnection, project: Project, name: str, purpose: str
) -> None:
    secret = derive(keys.read(project), purpose).hex()
    key = f", ENCRYPTION_KEY '{secret}'" if project.encrypted else ""
    path = project.warehouse / f"{name}.duckdb"
    connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY{key})")


def _tables(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[bytes]:
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [name]
    ).fetchall()
    for (table,) in tables:
        rows = connection.execute(f'SELECT COLUMNS(*)::VARCHAR FROM {name}."{table}"').fetchall()
        yield "\n".join(map(str, itertools.chain.from_iterable(rows))).encode()


def _values(connection: duckdb.DuckDBPyConnection, path: Path, key: str | None) -> bytes:
    """Every value of a Parquet file, each on a line of its own."""
    option = f", encryption_config = {{footer_key_value: from_base64('{key}')}}" if key else ""
    rows = connection.execute(f"SELECT * FROM read_parquet('{path}'{option})").fetchall()
    return "\n".join(map(str, itertools.chain.from_iterable(rows))).encode()
