"""Takes off the disk what was deleted: rows in data files, old snapshots, the catalog's free space.

DuckLake marks rows as deleted and keeps every snapshot; a database file keeps deleted blocks. The
caller holds the warehouse's lock and no connection to it.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from etl import warehouse
from etl.errors import TacendaError
from etl.project import Project

_NUMBERS = (
    "'tinyint', 'smallint', 'int8', 'int16', 'int32', 'int64', 'bigint', 'integer', 'float32', "
    "'float64', 'double'"
)


def clean(project: Project) -> None:
    """Leaves on the disk what the newest snapshot holds, and nothing else; safe to repeat."""
    with warehouse.writing(project) as connection:
        connection.execute("CALL ducklake_rewrite_data_files('lake', delete_threshold => 0)")
        # Not `now()`: a clock that went back would keep a snapshot. The newest is never expired.
        connection.execute(
            "CALL ducklake_expire_snapshots('lake', older_than => TIMESTAMPTZ '9000-01-01')"
        )
        connection.execute("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)")
    copy_catalog(project)
    warehouse.tidy(project)


def copy_catalog(project: Project) -> None:
    """Copies the catalog into a fresh file, which takes its place: free blocks stay behind."""
    file = warehouse.catalog_file(project)
    beside = file.with_name(f".{file.name}.part")
    beside.unlink(missing_ok=True)
    connection = warehouse.bare(project)
    try:
        for place, name in ((file, "old"), (beside, "fresh")):
            warehouse.attach_file(
                connection, place, name, warehouse.catalog_key(project), write=True
            )
        _narrow(connection)
        # The path that the catalog was made with may name somebody; it is given anew each time.
        connection.execute(
            "UPDATE old.ducklake_metadata SET value = 'data/' WHERE key = 'data_path'"
        )
        connection.execute("CHECKPOINT old")
        connection.execute("COPY FROM DATABASE old TO fresh")
        connection.execute("CHECKPOINT fresh")
        _compare(connection, project)
    finally:
        connection.close()
    _replace(beside, file)


def _narrow(connection: duckdb.DuckDBPyConnection) -> None:
    """Takes from the ranges of columns what no data file holds any more.

    DuckLake widens them with each insert and never narrows them, so that the least or greatest
    text of a column would stay after its row is gone.
    """
    connection.execute(
        "UPDATE old.ducklake_table_column_stats s SET min_value = r.least, max_value = r.greatest "
        "FROM (SELECT t.table_id, t.column_id, "
        f"CASE WHEN any_value(c.column_type) IN ({_NUMBERS}) "
        "THEN arg_min(f.min_value, TRY_CAST(f.min_value AS DOUBLE)) ELSE min(f.min_value) END "
        "AS least, "
        f"CASE WHEN any_value(c.column_type) IN ({_NUMBERS}) "
        "THEN arg_max(f.max_value, TRY_CAST(f.max_value AS DOUBLE)) ELSE max(f.max_value) END "
        "AS greatest FROM old.ducklake_table_column_stats t "
        "LEFT JOIN old.ducklake_file_column_stats f "
        "ON t.table_id = f.table_id AND t.column_id = f.column_id "
        "LEFT JOIN old.ducklake_column c ON t.table_id = c.table_id AND t.column_id = c.column_id "
        "GROUP BY t.table_id, t.column_id) r "
        "WHERE s.table_id = r.table_id AND s.column_id = r.column_id"
    )


def _compare(connection: duckdb.DuckDBPyConnection, project: Project) -> None:
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'old'"
    ).fetchall()
    for (table,) in tables:
        old, fresh = (
            connection.execute(f'SELECT count(*) FROM {name}."{table}"').fetchone()
            for name in ("old", "fresh")
        )
        if old != fresh:
            raise TacendaError(
                "the copy of the catalog is not equal to the catalog",
                where=str(warehouse.catalog_file(project)),
                todo="report this",
                undone="the old catalog stays in place",
            )


def _replace(beside: Path, file: Path) -> None:
    log = file.with_name(f"{file.name}.wal")
    if log.exists():  # it would be replayed into the copy
        raise TacendaError(
            "the catalog's log was not written back",
            where=str(log),
            todo="run this again",
            undone="the old catalog stays in place",
        )
    sync(beside)
    beside.replace(file)
    sync(file.parent)


def sync(path: Path) -> None:
    """Waits until a file, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
