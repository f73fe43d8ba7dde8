"""What the same attackers reach on the same people's rows where nothing defends them."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import polars as pl

from etl import rawrows
from privacy.attacks import chains, figures, linking, seen, sides, who
from privacy.attacks.chains import Ends
from privacy.attacks.figures import Figure

CLIPS = 200  # at the least

MUST_WIN = {
    "who is it": {who.RANK_1: 1.5},
    "same person": {linking.SINGLE: 0.53},
    "chains": {chains.NEXT: 0.6},
    "side doors": {sides.ADJACENT: 2.0, sides.TIMED: 0.25},
}
"""What attackers must reach here, by gate, at the lower end of the interval: one who cannot win
there says nothing by losing on what is released."""


def reached(
    store: duckdb.DuckDBPyConnection, dataset: str, people: Sequence[str], seed: int
) -> list[Figure]:
    """Who is it and same person on raw clips, chains and side doors on exact ways as recorded.

    Raises `TooFewError` where there is too little to tell.
    """
    clips = rawrows.read(store, rawrows.CLIPS, dataset, people)
    figures.enough(clips.height, CLIPS, rawrows.CLIPS)
    rows = seen.with_truth(clips, np.array(clips["features"].to_list(), dtype=np.float32))
    ways = rawrows.read(store, rawrows.PATHS, dataset, people)
    chained = chains.chained(ends(ways), seed)
    return [
        *who.who(rows, seed),
        linking.rows_of_one(rows, seed),
        *([chained] if chained else []),
        *_in_order(ways, seed),
    ]


def _in_order(ways: pl.DataFrame, seed: int) -> list[Figure]:
    """Rows as a recorder leaves them: one person's after another's, and each by time."""
    by_time = ways.sort("first_ts")["first_ts"].to_numpy()
    person = ways["user_id"].rank("dense").cast(pl.Int64).to_numpy()
    one_file = np.zeros(ways.height, dtype=np.int64)
    return [sides.adjacent(person, one_file, seed), sides.timed(by_time, one_file, seed)]


def ends(rows: pl.DataFrame) -> Ends:
    """Where and when rows begin and end: columns x and y (lists of shares of the screen).

    `file`, where there is one, numbers the file that a row stands in.
    """
    places = rows.select(
        pl.col("x").list.first().alias("x0"), pl.col("y").list.first().alias("y0"),
        pl.col("x").list.last().alias("x1"), pl.col("y").list.last().alias("y1"),
    ).cast(pl.Float64).fill_null(float("nan"))  # fmt: skip
    known = rows if "file" in rows.columns else rows.with_columns(pl.lit(0).alias("file"))
    stream = known.select(pl.struct("user_id", "device_id").rank("dense")).to_series()
    return Ends(
        places.select("x0", "y0").to_numpy(),
        places.select("x1", "y1").to_numpy(),
        *(one.cast(pl.Int64).to_numpy()
          for one in (known["file"], stream, known["first_ts"], known["last_ts"])),
    )  # fmt: skip
