"""Where a build keeps rows: `store`, which may outlast it, and `scratch`, which never does."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from etl import cache, warehouse
from etl.project import Project


@contextmanager
def opened(project: Project, *, kept: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the databases `store` (the cache where `kept`) and `scratch`, encrypted.

    The key of what is gone afterwards is made anew and never written down, so that what a killed
    build leaves behind cannot be read by anyone.
    """
    connection = warehouse.bare(project)
    places: list[Path] = []
    try:
        places.append(_attach(connection, project, "scratch"))
        if kept:
            cache.attach(connection, project, "store")
        else:
            places.append(_attach(connection, project, "store"))
            cache.create(connection, "store")
        yield connection
    finally:
        connection.close()
        for place in places:
            for left in (place, place.with_name(place.name + ".wal")):
                left.unlink(missing_ok=True)


def _attach(connection: duckdb.DuckDBPyConnection, project: Project, name: str) -> Path:
    place = project.warehouse / "tmp" / f"{name}-{secrets.token_hex(8)}.duckdb"
    key = f" (ENCRYPTION_KEY '{secrets.token_hex(32)}')" if project.encrypted else ""
    connection.execute(f"ATTACH '{str(place).replace(chr(39), chr(39) * 2)}' AS {name}{key}")
    return place


def has(connection: duckdb.DuckDBPyConnection, database: str, table: str) -> bool:
    """Whether a table is there."""
    found = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND table_name = ?",
        [database, table],
    )
    return found.fetchone() is not None


def append(
    connection: duckdb.DuckDBPyConnection, database: str, table: str, frame: pl.DataFrame
) -> None:
    """Adds rows to a table, which the first rows make."""
    connection.register("incoming", frame.to_arrow())
    if has(connection, database, table):
        connection.execute(f'INSERT INTO {database}."{table}" BY NAME SELECT * FROM incoming')
    else:
        connection.execute(f'CREATE TABLE {database}."{table}" AS SELECT * FROM incoming')
    connection.unregister("incoming")
