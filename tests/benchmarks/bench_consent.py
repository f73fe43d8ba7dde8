"""The consent rules over a chunk of events, against a bare ASOF join with the same spans."""

from __future__ import annotations

import duckdb
import polars as pl

from etl import consented, registries
from privacy import consent
from privacy.registry import Exemption, Limits, Pause, Registries, Withdrawal, WorkingHours
from tests.benchmarks import synthetic
from tests.benchmarks.timing import Result, alternate

EVENTS = 3_000_000

# One event in fifty is a focus on a window of its own name, and in the middle of each session the
# clock goes back by five seconds.
_CAPTURE = """
CREATE TABLE capture AS SELECT * REPLACE (
    CASE WHEN seq % 50 = 5 THEN 'focus' ELSE type END AS type,
    CASE WHEN seq % 50 = 5 THEN 'window ' || seq || ' of ' || session_id END AS title,
    ts - CASE WHEN seq > 2500 THEN 5000000 ELSE 0 END AS ts
) FROM (SELECT * REPLACE (row_number() OVER (
    PARTITION BY user_id, device_id, session_id ORDER BY ts) AS seq) FROM events) ORDER BY ts
"""
_BARE = """
SELECT e.*, s.part, s.keyboard, s.mouse, s.other FROM capture e ASOF LEFT JOIN given s
ON e.user_id = s.user_id AND e.device_id = s.device_id AND e.ts >= s.start_ts
"""


def _registries() -> Registries:
    """Some people exempt, some who had an hour forgotten, and for everyone three pauses."""
    start, step = synthetic.START_US, 300_000_000
    people = synthetic.PEOPLE
    exempt = [Exemption(user, "approved", "keyboard", decided_at=start) for user in people[:5]]
    pauses = [
        Pause(user, start + n * step, start + n * step + 60_000_000)
        for user in people
        for n in range(3)
    ]
    asked = [Withdrawal(user, start + step, start + 4 * step) for user in people[5:10]]
    hours = WorkingHours("Europe/Berlin", tuple(range(7)), 0, 23 * 60)
    return Registries(
        tuple(exempt),
        tuple(pauses),
        registries.shipped_exclusions(),
        withdrawals=tuple(asked),
        limits=Limits(not_before=start, working_hours=(hours,)),
    )


def main() -> list[Result]:
    """One figure: all that decides read and decided, events split and counted, against the join."""
    with duckdb.connect(config={"threads": 2}) as connection:
        synthetic.events(connection, rows=EVENTS)
        connection.execute(_CAPTURE)
        known = _registries()

        def spans() -> pl.DataFrame:
            bounds = consented.boundaries(connection, synthetic.PEOPLE, "capture")
            return consent.denied_spans(known, bounds)

        def ours() -> tuple[pl.DataFrame, pl.DataFrame]:
            return consented.read_allowed(connection, spans(), synthetic.PEOPLE, relation="capture")

        given = spans().to_arrow()

        def baseline() -> pl.DataFrame:
            connection.register("given", given)
            return connection.execute(_BARE).pl()

        name = f"consent over {EVENTS:,} events, against a bare ASOF join"
        return [alternate(name, ours, baseline)]
