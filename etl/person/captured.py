"""What was captured of one person and what it cost them, counted by the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from etl import moments
from privacy.pseudonyms import normal_id
from transforms.events import DAY_US, KEYBOARD, MOUSE, SCHEMA

_MINUTE_US = 60_000_000


def _floor(unit: int) -> str:
    """SQL for whole units since the epoch; times before it round down too."""
    return f"(ts - ((ts % {unit} + {unit}) % {unit})) // {unit}"


def _bytes(name: str) -> str:
    """SQL for the size of one value: a text in UTF-8, one byte a yes or no, eight a number."""
    kind = str(SCHEMA[name])
    size = f"strlen({name})" if kind == "String" else "1" if kind == "Boolean" else "8"
    return f"CASE WHEN {name} IS NULL THEN 0 ELSE {size} END"


def _any_of(types: tuple[str, ...]) -> str:
    return f"type IN ({', '.join(repr(one) for one in types)})"


_MEASURES = {
    "events": "count(*)",
    "hours": f"count(DISTINCT {_floor(_MINUTE_US)}) / 60",
    "megabytes": f"sum({' + '.join(_bytes(name) for name in SCHEMA)}) / 1e6",
}
_SCOPES = {
    "keyboard": f"count(*) FILTER ({_any_of(KEYBOARD)})",
    "mouse": f"count(*) FILTER ({_any_of(MOUSE)})",
    "other": f"count(*) FILTER (NOT {_any_of((*KEYBOARD, *MOUSE))})",
}
_COST = {
    "reports": "count(*)",
    "battery_pct": "sum(battery_pct)",
    "cpu_pct": "avg(cpu_pct)",
    "net_megabytes": "sum(net_bytes) / 1e6",
}


def captured(connection: duckdb.DuckDBPyConnection, user: str) -> dict[str, Any]:
    """Events, hours and megabytes of a person: in all, and by day, kind and device.

    An hour is sixty minutes of the clock in each of which there was an event. Megabytes are those
    of the values before compression. `set_aside` counts the lines in quarantine that name them.
    """
    total, days = _MEASURES | _SCOPES, _floor(DAY_US)
    (whole,) = _select(connection, user, total)
    if not whole["events"]:
        whole["megabytes"] = 0.0
    return whole | {
        "set_aside": _set_aside(connection, user),
        "days": [_dated(one) for one in _select(connection, user, total, day=days)],
        "kinds": list(_select(connection, user, _MEASURES, type="type")),
        "devices": list(_select(connection, user, total, device="device_id")),
    }


def cost(connection: duckdb.DuckDBPyConnection, user: str) -> dict[str, Any]:
    """What the recorder said that it cost itself: in all, by day and by device.

    Each report says what was used since the one before it: battery and network are summed, the
    processor's share is a mean. None stands where no report said anything.
    """
    own = "type = 'telemetry'"
    (whole,) = _select(connection, user, _COST, only=own)
    days = _select(connection, user, _COST, only=own, day=_floor(DAY_US))
    return whole | {
        "days": [_dated(one) for one in days],
        "devices": list(_select(connection, user, _COST, only=own, device="device_id")),
    }


def _select(
    connection: duckdb.DuckDBPyConnection,
    user: str,
    measures: dict[str, str],
    only: str = "true",
    **group: str,
) -> Iterator[dict[str, Any]]:
    columns = ", ".join(f"{sql} AS {name}" for name, sql in (group | measures).items())
    by = "GROUP BY 1 ORDER BY 1 NULLS FIRST" if group else ""
    found = connection.execute(
        f"SELECT {columns} FROM lake.events WHERE user_id = ? AND {only} {by}", [user]
    )
    for row in found.fetchall():
        yield dict(zip(group | measures, row, strict=True))


def _dated(one: dict[str, Any]) -> dict[str, Any]:
    return one | {"day": moments.written(one["day"] * DAY_US)[:10]}


def _set_aside(connection: duckdb.DuckDBPyConnection, user: str) -> int:
    named = connection.execute(
        "SELECT content ->> '$.user_id', count(*) FROM lake.quarantine "
        "WHERE json_valid(content) GROUP BY 1"
    ).fetchall()
    return sum(n for name, n in named if name is not None and normal_id(name) == user)
