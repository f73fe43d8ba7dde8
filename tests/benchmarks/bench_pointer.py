"""Pointer snippets, against bare SQL that makes cells, bins and lists of them on the same frame."""

from __future__ import annotations

import duckdb
import polars as pl

from etl import tables
from tests.benchmarks import synthetic
from tests.benchmarks.timing import Result, alternate
from transforms import events
from transforms.pointer import PointerParams, snippets

# Clips are stretches of eight seconds here, which need no look at the sample before.
_BARE = """
WITH cells AS (
    SELECT user_id, run, focus, ts, ts // 8000000 AS clip, ts % 8000000 // 250000 AS bin,
        floor(x * 64 / screen_w)::UTINYINT AS x, floor(y * 36 / screen_h)::UTINYINT AS y
    FROM frame WHERE type IN ('mousemove', 'mousedown', 'wheel')
        AND x >= 0 AND x < screen_w AND y >= 0 AND y < screen_h
), bins AS (
    SELECT user_id, run, focus, clip, bin, arg_max(x, ts) AS x, arg_max(y, ts) AS y
    FROM cells GROUP BY ALL
)
SELECT user_id, run, focus, clip, list(x ORDER BY bin) AS x, list(y ORDER BY bin) AS y,
    list(bin ORDER BY bin) AS bins
FROM bins GROUP BY user_id, run, focus, clip
"""


def _frame(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    synthetic.events(connection)
    rows = connection.execute("SELECT *, 0::BIGINT AS part FROM events").pl()
    return events.with_focus(events.with_runs(events.in_order(rows)), tables.applications())


def main() -> list[Result]:
    """One figure: the transform as a build calls it, and the query with its result as a frame."""
    with duckdb.connect(config={"threads": 2}) as connection:
        frame = _frame(connection)
        connection.register("frame", frame.to_arrow())

        def ours() -> pl.DataFrame:
            return snippets(frame, PointerParams())

        def baseline() -> pl.DataFrame:
            return connection.execute(_BARE).pl()

        name = f"snippets of {frame.height:,} events, against cells and bins in SQL"
        return [alternate(name, ours, baseline)]
