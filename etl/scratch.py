"""Where a build keeps intermediate rows: an encrypted file whose key lives in memory alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import polars as pl

from etl import warehouse
from etl.project import Project


@contextmanager
def opened(project: Project) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database `scratch` beside the warehouse's spill; gone afterwards.

    Its key is made anew and never written down, so that what a killed build leaves behind cannot
    be read by anyone.
    """
    connection = warehouse.bare(project)
    place = project.warehouse / "tmp" / f"scratch-{secrets.token_hex(8)}.duckdb"
    key = f" (ENCRYPTION_KEY '{secrets.token_hex(32)}')" if project.encrypted else ""
    try:
        connection.execute(f"ATTACH '{str(place).replace(chr(39), chr(39) * 2)}' AS scratch{key}")
        yield connection
    finally:
        connection.close()
        for left in (place, place.with_name(place.name + ".wal")):
            left.unlink(missing_ok=True)


def append(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Adds rows to a scratch table, which the first rows make."""
    connection.register("incoming", frame.to_arrow())
    exists = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = 'scratch' AND table_name = ?", [table]
    ).fetchone()
    if exists:
        connection.execute(f'INSERT INTO scratch."{table}" BY NAME SELECT * FROM incoming')
    else:
        connection.execute(f'CREATE TABLE scratch."{table}" AS SELECT * FROM incoming')
    connection.unregister("incoming")
