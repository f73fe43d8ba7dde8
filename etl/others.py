"""What other people's data holds: found there, a text is not left behind by somebody erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import polars as pl

from etl import cache, registryrows, warehouse
from etl.project import Project

CONTENT = ("app", "title", "url", "text")
_TEXT = "VARCHAR"


def texts(
    connection: duckdb.DuckDBPyConnection, project: Project, user: str, but: Iterable[Path] = ()
) -> Iterator[pl.Series]:
    """Every text that is somebody else's: columns of rows that name another person, the rows of
    releases (`but` those that hold this person's), registries, lists of terms, recipes.
    """
    yield from _of_tables(connection, "lake", user)
    yield from _of_cache(connection, project, user)
    for folder in sorted(set(project.releases.glob("*/v*")) - set(but)):
        for file in sorted(folder.rglob("*.parquet")):
            yield from columns(connection, file)
        for file in sorted(folder.glob("review/*.txt")):
            yield pl.Series([file.read_text(encoding="utf-8")])
    struck = registryrows.struck(project, user)
    yield pl.Series([one for each in struck for one in each.others], dtype=pl.String)
    for column in ("term", "reason"):
        yield _series(connection, f"SELECT DISTINCT {column} AS v FROM lake.terms", [])
    recipes = (path for path in sorted(project.recipes.rglob("*")) if path.is_file())
    cards = [path.read_text(encoding="utf-8", errors="replace") for path in recipes]
    yield pl.Series(cards, dtype=pl.String)


def _of_tables(
    connection: duckdb.DuckDBPyConnection, database: str, user: str
) -> Iterator[pl.Series]:
    """The texts of every table whose rows name a person, of the rows that name somebody else."""
    named = connection.execute(
        "SELECT table_name, list(column_name ORDER BY column_name) FILTER (data_type LIKE ?) "
        "FROM duckdb_columns() WHERE database_name = ? GROUP BY table_name "
        "HAVING bool_or(column_name = 'user_id') ORDER BY 1",
        [f"%{_TEXT}%", database],
    ).fetchall()
    for table, found in named:
        for column in found:
            yield _series(
                connection,
                f'SELECT DISTINCT "{column}"::VARCHAR AS v FROM {database}."{table}" '
                "WHERE user_id != ?",
                [user],
            ).alias(column if table == "events" else table)


def _of_cache(
    connection: duckdb.DuckDBPyConnection, project: Project, user: str
) -> Iterator[pl.Series]:
    if not cache.place(project).exists():
        return
    secret = cache.secret(project) if project.encrypted else None
    with suppress(duckdb.Error):  # one that does not open is dropped before the proof
        warehouse.attach_file(connection, cache.place(project), "kept", secret)
        yield from _of_tables(connection, "kept", user)
    connection.execute("DETACH DATABASE IF EXISTS kept")


def columns(
    connection: duckdb.DuckDBPyConnection, file: Path, key: str | None = None
) -> Iterator[pl.Series]:
    """The distinct texts of each column of a Parquet file that holds texts; `key` opens it.

    Series carry the names of their columns.
    """
    options = f", encryption_config => {{footer_key_value: from_base64('{key}')}}" if key else ""
    source = f"read_parquet('{warehouse.quoted(file)}'{options})"
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    for name, kind, *_ in described:
        if _TEXT in kind or "BLOB" in kind:
            column = '"' + name.replace('"', '""') + '"'
            sql = f"SELECT DISTINCT {column}::VARCHAR AS v FROM {source}"
            yield _series(connection, sql, []).alias(name)


def _series(connection: duckdb.DuckDBPyConnection, sql: str, given: Sequence[object]) -> pl.Series:
    return connection.execute(sql, list(given)).pl()["v"].cast(pl.String).drop_nulls()
