"""A person's rows in the warehouse: counted, then taken out in one transaction.

The sums of files still agree afterwards: a line that went is counted as `erased`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import duckdb
import polars as pl

from etl import refusals, requests, search
from etl.refusals import unescaped
from etl.search import Sought
from etl.tombstones import Erased
from privacy.pseudonyms import normal_id

_BATCH = 500  # lines, of at most 16 MB each
_QUOTED_ID = r'"user_id"\s*:\s*"((?:[^"\\]|\\.)*)"'
HIDDEN = "(erased)"
_MARKED = {"id": pl.Int64(), "file_id": pl.Int64()}
_SHOWN = (
    ("files", "path", "digest"),
    ("tallies", "name", "'(other)'"),
    ("requests", "reason", f"'{HIDDEN}'"),
    ("requests", "request_id", "NULL"),
    ("terms", "term", "''"),
    ("terms", "reason", f"'{HIDDEN}'"),
)


def tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the warehouse whose rows name a person."""
    rows = connection.execute(
        "SELECT DISTINCT table_name FROM duckdb_columns() "
        "WHERE database_name = 'lake' AND column_name = 'user_id' ORDER BY 1"
    ).fetchall()
    return [row[0] for row in rows]


def counted(connection: duckdb.DuckDBPyConnection, user: str, wanted: Sought) -> dict[str, int]:
    """How many rows each table holds of a person; tables that hold none are left out."""
    found = {name: _count(connection, name, user) for name in tables(connection)}
    mark(connection, user, wanted)
    for name, table in (("quarantine", "marked"), ("files", "gone")):
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        found[name] = int(row[0]) if row else 0
    return {name: n for name, n in sorted(found.items()) if n}


def _count(connection: duckdb.DuckDBPyConnection, table: str, user: str) -> int:
    row = connection.execute(
        f"SELECT count(*) FROM lake.{table} WHERE user_id = ?", [user]
    ).fetchone()
    return int(row[0]) if row else 0


def mark(connection: duckdb.DuckDBPyConnection, user: str, wanted: Sought) -> None:
    """Makes the temporary tables `marked` (quarantined lines), `lost` (by file) and `gone` (files).

    A quarantined line is theirs where it names them, holds a text of theirs alone, or lies in a
    file that nobody else's events came from. A file is gone where nothing of it stays.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE own AS SELECT file_id FROM lake.sessions "
        "GROUP BY file_id HAVING bool_and(user_id = $user)",
        {"user": user},
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE marked AS SELECT rowid AS id, file_id FROM lake.quarantine "
        "WHERE file_id IN (SELECT file_id FROM own)"
    )
    theirs = [row for batch in _quarantined(connection) for row in _theirs(batch, user, wanted)]
    frame = pl.DataFrame(theirs, schema=_MARKED, orient="row")
    connection.register("theirs", frame.to_arrow())
    connection.execute("INSERT INTO marked SELECT id, file_id FROM theirs")
    connection.unregister("theirs")
    _sum_up(connection, user)


def _quarantined(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    reader = connection.execute(
        "SELECT rowid AS id, file_id, content FROM lake.quarantine "
        "WHERE content IS NOT NULL AND file_id NOT IN (SELECT file_id FROM own)"
    )
    while rows := reader.fetchmany(_BATCH):
        yield pl.DataFrame(rows, schema={**_MARKED, "content": pl.String()}, orient="row")


def _theirs(batch: pl.DataFrame, user: str, wanted: Sought) -> list[tuple[int, int]]:
    """The lines that name a person, in any spelling, or hold what is looked for."""
    lines = batch["content"]
    near = batch.filter(lines.str.contains(_QUOTED_ID) | search.suspect(wanted, lines))
    return [
        (number, file_id)
        for number, file_id, line in near.iter_rows()
        if _names(line, user) or search.in_bytes(wanted, line.encode(), digests=True)
    ]


def _names(line: str, user: str) -> bool:
    return any(normal_id(unescaped(one)) == user for one in re.findall(_QUOTED_ID, line))


def _sum_up(connection: duckdb.DuckDBPyConnection, user: str) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE lost AS SELECT file_id, sum(e)::BIGINT AS events, "
        "sum(q)::BIGINT AS quarantined FROM (SELECT file_id, count(*) AS e, 0 AS q "
        "FROM lake.events WHERE user_id = $user GROUP BY file_id UNION ALL "
        "SELECT file_id, 0, count(*) FROM marked GROUP BY file_id) GROUP BY file_id",
        {"user": user},
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE gone AS SELECT file_id FROM own UNION "
        "SELECT file_id FROM lost l JOIN lake.files f USING (file_id) "
        "WHERE f.accepted = l.events AND f.quarantined = l.quarantined"
    )


def take(connection: duckdb.DuckDBPyConnection, user: str, wanted: Sought, people: Erased) -> None:
    """Takes a person's rows out of every table, in one transaction; safe to repeat."""
    connection.execute("BEGIN")
    try:
        mark(connection, user, wanted)
        connection.execute("DELETE FROM lake.quarantine WHERE rowid IN (SELECT id FROM marked)")
        connection.execute(
            "UPDATE lake.files f SET accepted = accepted - l.events, events = f.events - l.events, "
            "quarantined = f.quarantined - l.quarantined, "
            "erased = erased + l.events + l.quarantined FROM lost l WHERE f.file_id = l.file_id"
        )
        for table in ("tallies", "files"):
            connection.execute(f"DELETE FROM lake.{table} WHERE file_id IN (SELECT * FROM gone)")
        requests.forget(connection, user)  # keeps their numbers, which others may refer to
        for table in tables(connection):
            connection.execute(f"DELETE FROM lake.{table} WHERE user_id = ?", [user])
        _hide(connection, wanted, people)
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # where DuckDB has ended the transaction already
            connection.execute("ROLLBACK")
        raise


def _hide(connection: duckdb.DuckDBPyConnection, wanted: Sought, people: Erased) -> None:
    """Takes a person's id out of what stays: paths of files, names of fields, words of requests."""

    for table, column, instead in _SHOWN:
        rows = connection.execute(f"SELECT DISTINCT {column} FROM lake.{table}").fetchall()
        if found := [row[0] for row in rows if row[0] and names(row[0], wanted, people)]:
            connection.execute(
                f"UPDATE lake.{table} SET {column} = {instead} "
                f"WHERE {column} IN (SELECT unnest(?::VARCHAR[]))",
                [found],
            )


def names(text: str, wanted: Sought, people: Erased) -> bool:
    """Whether a few words, or a path, name the person or hold what is looked for."""
    return refusals.names(people, text) or bool(
        search.in_bytes(wanted, text.encode(), digests=True)
    )
