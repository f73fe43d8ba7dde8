"""The consent rules over a chunk of events, against a bare ASOF join with the same spans."""

from __future__ import annotations

import duckdb
import polars as pl

from etl import consented, registries
from privacy import consent
from privacy.registry import Exemption, Pause, Registries
from tests.benchmarks import synthetic
from tests.benchmarks.timing import Result, alternate

_BARE = """
SELECT e.*, s.part, s.keyboard, s.mouse, s.other FROM events e ASOF LEFT JOIN spans s
ON e.user_id = s.user_id AND e.device_id = s.device_id AND e.ts >= s.start_ts
"""


def _registries() -> Registries:
    """Some people exempt, and for everyone three pauses of a minute."""
    start, step = synthetic.START_US, 300_000_000
    exempt = [
        Exemption(user, "approved", "keyboard", decided_at=start) for user in synthetic.PEOPLE[:5]
    ]
    pauses = [
        Pause(user, start + n * step, start + n * step + 60_000_000)
        for user in synthetic.PEOPLE
        for n in range(3)
    ]
    return Registries(tuple(exempt), tuple(pauses), registries.shipped_exclusions())


def main() -> list[Result]:
    """One figure: events judged, split and counted, against events with their span beside them."""
    with duckdb.connect(config={"threads": 2}) as connection:
        synthetic.events(connection)
        bounds = consented.boundaries(connection, synthetic.PEOPLE, "events")
        spans = consent.denied_spans(_registries(), bounds)

        def ours() -> tuple[pl.DataFrame, pl.DataFrame]:
            return consented.read_allowed(connection, spans, synthetic.PEOPLE, relation="events")

        def baseline() -> pl.DataFrame:
            connection.register("spans", spans.to_arrow())
            return connection.execute(_BARE).pl()

        name = f"consent over {synthetic.EVENTS:,} events, against a bare ASOF join"
        return [alternate(name, ours, baseline)]
