"""A table of events made up by a query, for benchmarks that need many and no more than that."""

from __future__ import annotations

import duckdb

from transforms.events import SCHEMA

EVENTS, USERS = 1_500_000, 60
START_US = 1_767_225_600_000_000
PEOPLE = tuple(f"user{n:03d}@corp" for n in range(USERS))

_TYPES = {"String": "VARCHAR", "Int64": "BIGINT", "Int32": "INTEGER", "Float64": "DOUBLE",
          "Boolean": "BOOLEAN"}  # fmt: skip
# Each person's events are 200 ms apart: moves along a sine, now and then a press, a turn of the
# wheel or a key, a focus change every 100 s, and here and there a pause and a secure field.
_FILLED = {
    "user_id": "format('user{:03d}@corp', n % {users})",
    "device_id": "'d' || (n % {users})",
    "session_id": "'s' || (n // {users} // 5000)",
    "ts": f"{START_US} + (n // {{users}}) * 200000 + h % 150000",
    "type": "CASE WHEN h % 20000 = 7 THEN 'pause' WHEN h % 1000 = 8 THEN 'resume' "
    "WHEN h % 500 = 5 THEN 'focus' WHEN h % 100 = 3 THEN 'mousedown' WHEN h % 100 = 4 "
    "THEN 'wheel' WHEN h % 10 < 2 THEN 'keydown' ELSE 'mousemove' END",
    "x": "960 + 900 * sin(n / {users} / 40) + h % 7",
    "y": "540 + 500 * cos(n / {users} / 60) + h % 5",
    "screen_w": "1920",
    "screen_h": "1080",
    "button": "CASE WHEN h % 100 = 3 THEN 'left' END",
    "key": "CASE WHEN h % 10 < 2 THEN chr(97 + (h % 26)::INT) END",
    "secure": "CASE WHEN h % 20000 = 1 THEN true END",
    "app": "CASE WHEN h % 10000 = 5 THEN 'keepassxc' WHEN h % 500 = 5 THEN 'chrome.exe' END",
}


def events(connection: duckdb.DuckDBPyConnection, *, rows: int = EVENTS) -> None:
    """Makes the table `events` in the canonical columns; the same each time."""
    columns = ", ".join(
        f"CAST({_FILLED.get(name, 'NULL')} AS {_TYPES[str(kind)]}) AS {name}"
        for name, kind in SCHEMA.items()
    ).replace("{users}", str(USERS))
    connection.execute(
        f"CREATE TABLE events AS SELECT {columns} FROM "
        f"(SELECT range AS n, (hash(range) % 1000000)::BIGINT AS h FROM range({rows})) ORDER BY ts"
    )
