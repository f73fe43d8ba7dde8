"""What builds made of each person's events, kept encrypted so that the next one can reuse it.

A file of its own beside the catalog, with a key of its own. It may be deleted at any time: a build
then makes everything anew and ends with the same bytes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import duckdb

from etl import keys, warehouse
from etl.project import Project
from privacy.pseudonyms import derive

_TABLES = """
CREATE TABLE {db}.made_by (code VARCHAR);
CREATE TABLE {db}.units (
    dataset VARCHAR, user_id VARCHAR, events VARCHAR, consent VARCHAR, rules VARCHAR
);
CREATE TABLE {db}.counts (dataset VARCHAR, user_id VARCHAR, kind VARCHAR, name VARCHAR, n BIGINT);
CREATE TABLE {db}.shards (
    dataset VARCHAR, sha256 VARCHAR, inputs VARCHAR, file VARCHAR, split VARCHAR, part VARCHAR,
    people BIGINT, rows BIGINT, bytes BIGINT, alone BIGINT
);
CREATE TABLE {db}.members (
    dataset VARCHAR, sha256 VARCHAR, user_id VARCHAR, events VARCHAR, consent VARCHAR,
    rules VARCHAR
);
CREATE TABLE {db}.verdicts (dataset VARCHAR, sha256 VARCHAR, gate VARCHAR, key VARCHAR);
"""
_CODE = ("transforms", "privacy", "etl")


def place(project: Project) -> Path:
    """The cache's file, whether it is there or not."""
    return project.warehouse / "cache.duckdb"


def drop(project: Project) -> None:
    """Deletes the cache; the next build makes everything anew."""
    file = place(project)
    for path in (file, file.with_name(file.name + ".wal"), file.with_name(f".{file.name}.part")):
        path.unlink(missing_ok=True)


def attach(connection: duckdb.DuckDBPyConnection, project: Project, name: str) -> None:
    """Attaches the cache; one that does not open, or was made by other code, begins anew."""
    try:
        _attach(connection, project, place(project), name)
        made_by = connection.execute(f"SELECT code FROM {name}.made_by").fetchall()
        sound = made_by == [(code(),)]
    except duckdb.Error:
        sound = False
    if sound:
        return
    connection.execute(f"DETACH DATABASE IF EXISTS {name}")
    drop(project)
    _attach(connection, project, place(project), name)
    create(connection, name)


def create(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Makes the cache's tables in an empty database; those of rows and words come with the rows."""
    connection.execute("BEGIN")
    connection.execute(_TABLES.format(db=name))
    connection.execute(f"INSERT INTO {name}.made_by VALUES (?)", [code()])
    connection.execute("COMMIT")


def _attach(connection: duckdb.DuckDBPyConnection, project: Project, file: Path, name: str) -> None:
    key = f" (ENCRYPTION_KEY '{secret(project)}')" if project.encrypted else ""
    connection.execute(f"ATTACH '{str(file).replace(chr(39), chr(39) * 2)}' AS {name}{key}")


def secret(project: Project) -> str:
    """The key of the cache's file, as DuckDB is given it."""
    return derive(keys.read(project), "cache").hex()


def forget(project: Project, *users: str) -> None:
    """Takes people out of the cache, free space included: what is left is copied to a new file."""
    file = place(project)
    if not file.exists():
        return
    beside = file.with_name(f".{file.name}.part")
    beside.unlink(missing_ok=True)
    connection = warehouse.bare(project)
    try:
        attach(connection, project, "store")
        for table in _of_people(connection):
            connection.execute(
                f'DELETE FROM store."{table}" WHERE user_id IN (SELECT unnest(?::VARCHAR[]))',
                [list(users)],
            )
        _attach(connection, project, beside, "fresh")
        connection.execute("COPY FROM DATABASE store TO fresh")
    except duckdb.Error:
        connection.close()
        drop(project)
        return
    finally:
        connection.close()
    file.with_name(file.name + ".wal").unlink(missing_ok=True)
    beside.replace(file)


def _of_people(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "SELECT DISTINCT table_name FROM duckdb_columns() "
        "WHERE database_name = 'store' AND column_name = 'user_id' ORDER BY 1"
    ).fetchall()
    return [row[0] for row in found]


@cache
def code() -> str:
    """A digest of every source and table of the packages: what other code made is not reused."""
    digest = hashlib.sha256()
    for room in _CODE:
        for path, file in _files(resources.files(room), room):
            digest.update(f"{path}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _files(folder: Traversable, name: str) -> list[tuple[str, Traversable]]:
    found = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        path = f"{name}/{entry.name}"
        if entry.is_dir() and entry.name not in ("__pycache__", "recipes"):
            found += _files(entry, path)
        elif entry.name.endswith((".py", ".csv", ".txt", ".sql", ".json")):
            found.append((path, entry))
    return found
