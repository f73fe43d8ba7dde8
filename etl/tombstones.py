"""Who was erased: keyed names alone, which nobody can turn back into an id without the key."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import duckdb

from etl import keys
from etl.project import Project
from privacy.pseudonyms import derive, normal_id

BEGUN, DONE = "begun", "done"


@dataclass(frozen=True)
class Tombstone:
    """One erasure: its keyed name, state, number, and when it began (microseconds)."""

    token: str
    state: str
    number: int
    erased_at: int


@dataclass(frozen=True)
class Erased:
    """Everybody who was erased; `text in erased` asks for any spelling of an id."""

    secret: bytes
    tokens: frozenset[str]

    def __contains__(self, text: str) -> bool:
        return bool(self.tokens) and _token(self.secret, text) in self.tokens

    def __bool__(self) -> bool:
        return bool(self.tokens)


def token(project: Project, user_id: str) -> str:
    """The keyed name that stands for a person, however the id is spelled."""
    return _token(derive(keys.read(project), "tombstone"), user_id)


def _token(secret: bytes, user_id: str) -> str:
    return hmac.new(secret, normal_id(user_id).encode(), hashlib.sha256).hexdigest()


def erased(connection: duckdb.DuckDBPyConnection, project: Project) -> Erased:
    """Everybody whose erasure has begun or ended."""
    rows = connection.execute("SELECT DISTINCT token FROM lake.tombstones").fetchall()
    return Erased(derive(keys.read(project), "tombstone"), frozenset(row[0] for row in rows))


def find(connection: duckdb.DuckDBPyConnection, named: str) -> Tombstone | None:
    """The tombstone of a keyed name, or None."""
    row = connection.execute(
        "SELECT token, state, number, erased_at FROM lake.tombstones WHERE token = ?", [named]
    ).fetchone()
    return Tombstone(*row) if row else None


def begin(
    connection: duckdb.DuckDBPyConnection, named: str, now: int, *, after: int = 0
) -> Tombstone:
    """The tombstone of a keyed name, set where there is none yet; its number is over `after`."""
    found = find(connection, named)
    if found is not None:
        return found
    row = connection.execute("SELECT coalesce(max(number), 0) FROM lake.tombstones").fetchone()
    made = Tombstone(named, BEGUN, max(int(row[0]) if row else 0, after) + 1, now)
    connection.execute(
        "INSERT INTO lake.tombstones VALUES (?, ?, ?, ?)",
        [made.token, made.state, made.number, made.erased_at],
    )
    return made


def finish(connection: duckdb.DuckDBPyConnection, named: str) -> None:
    """Notes that nothing of this person is left."""
    connection.execute("UPDATE lake.tombstones SET state = ? WHERE token = ?", [DONE, named])


def unfinished(connection: duckdb.DuckDBPyConnection) -> int:
    """How many erasures have begun and not ended; nothing may be built until they have."""
    row = connection.execute(
        "SELECT count(*) FROM lake.tombstones WHERE state = ?", [BEGUN]
    ).fetchone()
    return int(row[0]) if row else 0


def ended(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """The numbers of the erasures that have ended."""
    rows = connection.execute("SELECT number FROM lake.tombstones WHERE state = ?", [DONE])
    return [int(row[0]) for row in rows.fetchall()]
