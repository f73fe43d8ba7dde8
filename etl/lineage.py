"""Where each released row came from, for the key-holder alone."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from etl import manifest
from etl.errors import TacendaError, UsageError


def export(connection: duckdb.DuckDBPyConnection, release: Path, out: Path) -> int:
    """Writes one release's lineage to a Parquet file (mode 0600) and gives its number of lines.

    Columns: shard, row, user_id, device_id, first_ts, last_ts, n_events; one line per source
    span, both ends included, times in microseconds since the Unix epoch. `row` counts from 0
    within the shard.
    """
    if out.exists():
        raise UsageError("the file exists already", where=str(out), todo="name another one")
    facts = manifest.read(release)
    asked = [facts["dataset"], [shard["sha256"] for shard in facts["shards"]]]
    table = connection.execute(
        "SELECT shard, row, user_id, device_id, first_ts, last_ts, "
        "n_keyboard + n_mouse + n_other AS n_events FROM lake.lineage "
        "WHERE dataset = ? AND list_contains(?, sha256) ORDER BY shard, row, first_ts",
        asked,
    ).to_arrow_table()
    if not table.num_rows:
        raise TacendaError(
            "the warehouse knows no lineage of this release",
            where=f"{release.parent.name}/{release.name}",
            todo="name a release that this project built (see `tacenda status`)",
            undone="no file was written",
        )
    beside = out.with_name(f".{out.name}.part")
    _write(table, beside)
    beside.rename(out)
    return int(table.num_rows)


def _write(table: object, place: Path) -> None:
    import pyarrow.parquet as pq

    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        pq.write_table(table, file, compression="zstd")
