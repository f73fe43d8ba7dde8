"""Which staged events are already known, and which contradict each other.

Equal events are one event, in whatever files they lie. Events of one (person, device, session,
seq) that differ are all set aside, those loaded earlier too, so that the order in which files
arrive changes nothing. Works on the `stage` tables; never touches Python per event.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import duckdb

from transforms.events import SCHEMA

CONFLICT = "seq: another event has the same number"
_ALL = ", ".join(SCHEMA)
_SESSION = ("user_id", "device_id", "session_id")
_KEY = (*_SESSION, "seq")


@dataclass(frozen=True)
class Settled:
    """What was taken out of the stage, by path, and which old rows must go with it."""

    duplicates: Counter[str] = field(default_factory=Counter)
    conflicting_paths: frozenset[str] = frozenset()


def _same(left: str, right: str, names: tuple[str, ...]) -> str:
    return " AND ".join(f"{left}.{n} IS NOT DISTINCT FROM {right}.{n}" for n in names)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, int]]:
    return [(str(path), int(n)) for path, n in connection.execute(sql).fetchall()]


def settle(connection: duckdb.DuckDBPyConnection) -> Settled:
    """Removes duplicates from `stage` and lists conflicting sequence numbers in `clashes`.

    Leaves `old` (events of the warehouse that overlap in time or number) and `clashes` behind
    for `set_aside`.
    """
    duplicates = Counter(dict(_drop_repeated(connection)))
    _load_overlap(connection)
    duplicates.update(dict(_drop_known(connection)))
    _find_clashes(connection)
    paths = connection.execute(
        f"SELECT DISTINCT path FROM stage s SEMI JOIN clashes c ON {_same('s', 'c', _KEY)}"
    ).fetchall()
    return Settled(duplicates, frozenset(row[0] for row in paths))


def _drop_repeated(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT h FROM (SELECT hash({_ALL}) AS h "
        "FROM stage) GROUP BY h HAVING count(*) > 1"
    )
    if not _any(connection, "repeated"):
        return []
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE surplus AS SELECT id, path FROM (SELECT rowid AS id, path, "
        f"row_number() OVER (PARTITION BY {_ALL} ORDER BY path, line, rowid) AS nth "
        f"FROM stage SEMI JOIN repeated ON hash({_ALL}) = h) WHERE nth > 1"
    )
    return _delete_surplus(connection)


def _delete_surplus(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    counts = _rows(connection, "SELECT path, count(*) FROM surplus GROUP BY path")
    connection.execute("DELETE FROM stage WHERE rowid IN (SELECT id FROM surplus)")
    return counts


def _load_overlap(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ranges AS SELECT user_id, device_id, session_id, "
        "min(ts) AS first_ts, max(ts) AS last_ts, min(seq) AS first_seq, max(seq) AS last_seq, "
        "count(*) AS n FROM stage GROUP BY ALL"
    )
    overlap = (
        "(r.first_ts <= o.last_ts AND r.last_ts >= o.first_ts) OR "
        "(r.first_seq <= o.last_seq AND r.last_seq >= o.first_seq)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS SELECT r.user_id, r.device_id, r.session_id "
        f"FROM ranges r SEMI JOIN lake.sessions o ON {_same('r', 'o', _SESSION)} AND ({overlap})"
    )
    if _any(connection, "touched"):
        users = connection.execute("SELECT DISTINCT user_id FROM touched").fetchall()
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE old AS SELECT e.* FROM lake.events e "
            f"SEMI JOIN touched t ON {_same('e', 't', _SESSION)} "
            "WHERE user_id IN (SELECT unnest(?::VARCHAR[]))",
            [[row[0] for row in users]],
        )
    else:
        connection.execute("CREATE OR REPLACE TEMP TABLE old AS SELECT * FROM lake.events LIMIT 0")


def _drop_known(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    if not _any(connection, "old"):
        return []
    both = _same("s", "k", tuple(SCHEMA))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE surplus AS SELECT s.rowid AS id, s.path FROM stage s "
        f"SEMI JOIN old k ON s.user_id = k.user_id AND s.ts = k.ts AND {both}"
    )
    return _delete_surplus(connection)


def _find_clashes(connection: duckdb.DuckDBPyConnection) -> None:
    """`clashes`: the sequence numbers for which differing events exist, new or known before."""
    key = ", ".join(_KEY)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE clashes AS SELECT {key} FROM stage s SEMI JOIN "
        f"(SELECT hash({key}) AS h FROM stage WHERE seq IS NOT NULL GROUP BY h "
        f"HAVING count(*) > 1) ON hash({key}) = h WHERE seq IS NOT NULL "
        "GROUP BY ALL HAVING count(*) > 1"
    )
    for known in ("old", "lake.conflicts"):
        if _any(connection, known):
            connection.execute(
                f"INSERT INTO clashes SELECT DISTINCT {', '.join(f's.{n}' for n in _KEY)} "
                f"FROM stage s SEMI JOIN {known} k ON s.user_id = k.user_id AND s.seq = k.seq "
                f"AND {_same('s', 'k', _KEY)} ANTI JOIN clashes c ON {_same('s', 'c', _KEY)}"
            )


def set_aside(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Moves clashing events from `stage` to `stage_bad`, and those loaded before to quarantine.

    Runs inside the transaction that loads the rest. Gives the people who lost events by it.
    """
    if not _any(connection, "clashes"):
        return []
    clash = f"SEMI JOIN clashes c ON {_same('s', 'c', _KEY)}"
    record = f"to_json(struct_pack({', '.join(f'{n} := {n}' for n in SCHEMA)}))::VARCHAR"
    connection.execute(
        f"INSERT INTO stage_bad SELECT path, line, '{CONFLICT}', strlen({record}), {record} "
        f"FROM stage s {clash}"
    )
    connection.execute(f"DELETE FROM stage WHERE rowid IN (SELECT s.rowid FROM stage s {clash})")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE outdone AS SELECT s.* FROM old s {clash}")
    connection.execute(
        f"INSERT INTO lake.quarantine SELECT file_id, NULL, '{CONFLICT}', strlen({record}), "
        f"{record} FROM outdone"
    )
    connection.execute(
        f"DELETE FROM lake.events e WHERE EXISTS (SELECT 1 FROM outdone c "
        f"WHERE e.user_id = c.user_id AND e.seq = c.seq AND {_same('e', 'c', _KEY)})"
    )
    connection.execute(
        "UPDATE lake.files f SET accepted = accepted - o.n, events = events - o.n, "
        "quarantined = quarantined + o.n "
        "FROM (SELECT file_id, count(*) AS n FROM outdone GROUP BY file_id) o "
        "WHERE f.file_id = o.file_id"
    )
    connection.execute(
        "INSERT INTO lake.conflicts SELECT * FROM clashes c "
        f"ANTI JOIN lake.conflicts k ON {_same('c', 'k', _KEY)}"
    )
    lost = connection.execute("SELECT DISTINCT user_id FROM outdone").fetchall()
    return [row[0] for row in lost]


def _any(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    row = connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()
    return bool(row and row[0])
