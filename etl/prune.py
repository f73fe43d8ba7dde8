"""Erases what is older than the project keeps (C24): out of the tables, the cache and the disk."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import duckdb

from etl import cache, compaction, holdings, locks, markfile, marks, warehouse
from etl.errors import TacendaError, UsageError, unforeseen
from etl.project import Project
from etl.waiting import RETENTION

_SESSION = ("user_id", "device_id", "session_id")

# What goes, made once for counting and for taking out.
_MARK = """
CREATE OR REPLACE TEMP TABLE older AS
    SELECT file_id, user_id, count(*) AS n FROM lake.events WHERE ts < $before GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE past AS
    SELECT file_id FROM lake.sessions GROUP BY file_id HAVING max(last_ts) < $before;
CREATE OR REPLACE TEMP TABLE marked AS
    SELECT rowid AS id, file_id FROM lake.quarantine WHERE file_id IN (SELECT file_id FROM past)
        OR TRY_CAST(TRY(json_extract_string(content, '$.ts')) AS BIGINT) < $before;
CREATE OR REPLACE TEMP TABLE lost AS
    SELECT file_id, sum(e)::BIGINT AS events, sum(q)::BIGINT AS quarantined FROM (
        SELECT file_id, sum(n) AS e, 0 AS q FROM older GROUP BY file_id
        UNION ALL SELECT file_id, 0, count(*) FROM marked GROUP BY file_id) GROUP BY file_id;
"""


@dataclass(frozen=True)
class Pruned:
    """What went, or would: rows by table, people concerned, releases that wait.

    `before` is the time (microseconds) that what is kept begins with; `releases` are (dataset,
    version).
    """

    before: int
    tables: dict[str, int] = field(default_factory=dict)
    people: int = 0
    releases: tuple[tuple[str, str], ...] = ()


def prune(project: Project, *, now: int, dry_run: bool = False) -> Pruned:
    """Erases what is older than `retention_days`; with `dry_run` only counts it.

    Raises `UsageError` where the project sets no such limit. Safe to repeat; one that was killed
    is ended by running it again.
    """
    before = project.settings.consent.limits(now).not_before
    if before is None:
        raise UsageError(
            "the project keeps everything: it sets no retention_days",
            where=str(project.root / "tacenda.toml"),
            todo="set retention_days under [consent], then run this again",
            undone="nothing was changed",
        )
    if dry_run:
        with warehouse.opened(project, "prune --dry-run", write=False) as connection:
            return _look(connection, project, before)
    with locks.held(project.warehouse, "prune", write=True):
        try:
            return _prune(project, before, now)
        except (OSError, duckdb.Error) as error:
            raise TacendaError(
                unforeseen(error).splitlines()[0],
                todo="mend that, then run `tacenda prune` again",
                undone="what is too old is not used any more, but was not all erased",
            ) from None


def _look(connection: duckdb.DuckDBPyConnection, project: Project, before: int) -> Pruned:
    _mark(connection, before)
    counts = {
        "events": "SELECT coalesce(sum(n), 0)::BIGINT FROM older",
        "quarantine": "SELECT count(*) FROM marked",
        "lineage": f"SELECT count(*) FROM lake.lineage WHERE first_ts < {before}",
    }
    found = {name: _number(connection, sql) for name, sql in counts.items()}
    people = _number(connection, "SELECT count(DISTINCT user_id) FROM older")
    releases = sorted(
        holdings.older(connection, project, before),
        key=lambda one: (one[0], markfile.number(one[1])),
    )
    tables = {name: n for name, n in found.items() if n}
    return Pruned(before, tables, people, tuple(releases))


def _mark(connection: duckdb.DuckDBPyConnection, before: int) -> None:
    for statement in _MARK.replace("$before", str(before)).split(";"):
        if statement.strip():
            connection.execute(statement)


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _prune(project: Project, before: int, now: int) -> Pruned:
    with warehouse.writing(project) as connection:
        found = _look(connection, project, before)
        for dataset, version in found.releases:
            marks.wait(project, dataset, version, RETENTION, now)
        rows = connection.execute("SELECT DISTINCT user_id FROM older ORDER BY 1").fetchall()
        cache.forget(project, *(row[0] for row in rows))
        take(connection, before)
    compaction.clean(project)
    return found


def take(connection: duckdb.DuckDBPyConnection, before: int) -> None:
    """Takes what `_mark` found out of the tables, in one transaction; sums of files still agree."""
    connection.execute("BEGIN")
    try:
        connection.execute("DELETE FROM lake.quarantine WHERE rowid IN (SELECT id FROM marked)")
        connection.execute(
            "INSERT INTO lake.revisions SELECT user_id, uuid()::VARCHAR "
            "FROM (SELECT DISTINCT user_id FROM older)"
        )
        connection.execute("DELETE FROM lake.events WHERE ts < ?", [before])
        connection.execute("DELETE FROM lake.lineage WHERE first_ts < ?", [before])
        _sums(connection)
        _sessions(connection, before)
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # where DuckDB has ended the transaction already
            connection.execute("ROLLBACK")
        raise


def _sums(connection: duckdb.DuckDBPyConnection) -> None:
    """Of a recording in a foreign format, whose lines are no events, all lines go with the last."""
    gone = (
        "CASE WHEN f.format IN ('native', 'parquet') THEN l.events "
        "WHEN l.events > 0 AND f.events = l.events THEN f.accepted ELSE 0 END"
    )
    connection.execute(
        "UPDATE lake.files f SET events = f.events - l.events, "
        f"accepted = f.accepted - {gone}, quarantined = f.quarantined - l.quarantined, "
        f"erased = f.erased + l.quarantined + {gone} "
        "FROM lost l WHERE f.file_id = l.file_id"
    )


def _sessions(connection: duckdb.DuckDBPyConnection, before: int) -> None:
    """The ranges of sessions that reach back too far, again; and who is not there any more."""
    names = ", ".join(_SESSION)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE again AS SELECT DISTINCT {names}, file_id "
        "FROM lake.sessions WHERE first_ts < ?",
        [before],
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ranges AS SELECT {names}, file_id, min(ts), max(ts), "
        f"min(seq), max(seq), count(*) FROM lake.events e SEMI JOIN again a "
        f"ON {_same('e', 'a')} AND e.file_id = a.file_id GROUP BY ALL"
    )
    connection.execute(
        "DELETE FROM lake.sessions s WHERE EXISTS "
        f"(SELECT 1 FROM again a WHERE {_same('s', 'a')} AND s.file_id = a.file_id)"
    )
    connection.execute("INSERT INTO lake.sessions SELECT * FROM ranges")
    connection.execute(
        f"DELETE FROM lake.conflicts c WHERE EXISTS (SELECT 1 FROM again a WHERE {_same('c', 'a')})"
        f" AND NOT EXISTS (SELECT 1 FROM lake.sessions s WHERE {_same('c', 's')})"
    )
    for table in ("people", "revisions"):
        connection.execute(
            f"DELETE FROM lake.{table} t WHERE user_id IN (SELECT user_id FROM again) "
            "AND NOT EXISTS (SELECT 1 FROM lake.sessions s WHERE s.user_id = t.user_id)"
        )


def _same(left: str, right: str) -> str:
    return " AND ".join(f"{left}.{n} IS NOT DISTINCT FROM {right}.{n}" for n in _SESSION)
