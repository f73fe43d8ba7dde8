"""Where each released row came from, for the key-holder alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from etl import manifest, release, scratch, warehouse
from etl.errors import TacendaError, UsageError
from etl.project import Project
from etl.shards import Shard
from transforms.events import LINEAGE


def export(connection: duckdb.DuckDBPyConnection, folder: Path, out: Path) -> int:
    """Writes one release's lineage to a Parquet file (mode 0600) and gives its number of lines.

    Columns: shard, row, user_id, device_id, first_ts, last_ts, n_events; one line per source
    span, both ends included, times in microseconds since the Unix epoch. `row` counts from 0
    within the shard.
    """
    if out.exists():
        raise UsageError("the file exists already", where=str(out), todo="name another one")
    facts = manifest.read(folder)
    asked = [facts["dataset"], [shard["sha256"] for shard in facts["shards"]]]
    table = connection.execute(
        "SELECT shard, row, user_id, device_id, first_ts, last_ts, "
        "n_keyboard + n_mouse + n_other AS n_events FROM lake.lineage "
        "WHERE dataset = ? AND sha256 IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY shard, row, first_ts",
        asked,
    ).to_arrow_table()
    if not table.num_rows:
        raise TacendaError(
            "the warehouse knows no lineage of this release",
            where=f"{folder.parent.name}/{folder.name}",
            todo="name a release that this project built (see `tacenda status`)",
            undone="no file was written",
        )
    beside = out.with_name(f".{out.name}.part")
    _write(table, beside)
    beside.rename(out)
    return int(table.num_rows)


def stage(store: duckdb.DuckDBPyConnection, dataset: str, shard: Shard, rows: pl.DataFrame) -> None:
    """Puts into `scratch` where the rows of a new shard came from; rows in their order."""
    lines = rows.select(LINEAGE).with_row_index("row").cast({"row": pl.Int64})
    named = {"dataset": dataset, "sha256": shard.sha256, "shard": shard.file}
    frame = lines.with_columns(pl.lit(value).alias(name) for name, value in named.items())
    scratch.append(store, "scratch", "lineage", frame)


def rows(
    connection: duckdb.DuckDBPyConnection, dataset: str, shard: Shard, fresh: bool
) -> pl.DataFrame:
    """Where a shard's rows came from, in order: from `scratch` if `fresh`, else the warehouse."""
    table = "scratch.lineage" if fresh else "lake.lineage"
    return connection.execute(
        f"SELECT shard, row, {', '.join(LINEAGE)} FROM {table} "
        "WHERE dataset = ? AND sha256 = ? ORDER BY row",
        [dataset, shard.sha256],
    ).pl()


def keep(
    project: Project,
    store: duckdb.DuckDBPyConnection,
    dataset: str,
    shards: Sequence[Shard],
    fresh: Sequence[Shard],
) -> None:
    """Puts the lineage of `fresh` shards into the warehouse, and takes out that of shards gone.

    A shard is gone where no release that stands holds it, nor the one in the making. What lies
    there of a fresh one is replaced: equal bytes may have come from other spans before.
    """
    wanted = {shard.sha256 for shard in shards}
    stands = wanted | release.shard_files(project, dataset).keys()
    connection = warehouse.connect(project, write=True)
    try:
        known = {
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT sha256 FROM lake.lineage WHERE dataset = ?", [dataset]
            ).fetchall()
        }
        connection.execute("BEGIN")
        gone = (known - stands) | (known & {shard.sha256 for shard in fresh})
        if gone:
            connection.execute(
                "DELETE FROM lake.lineage WHERE dataset = ? "
                "AND sha256 IN (SELECT unnest(?::VARCHAR[]))",
                [dataset, sorted(gone)],
            )
        for shard in fresh:
            _insert(connection, store, dataset, shard)
        connection.execute("COMMIT")
    finally:
        connection.close()


def _insert(
    connection: duckdb.DuckDBPyConnection,
    store: duckdb.DuckDBPyConnection,
    dataset: str,
    shard: Shard,
) -> None:
    lines = rows(store, dataset, shard, fresh=True).with_columns(
        pl.lit(dataset).alias("dataset"), pl.lit(shard.sha256).alias("sha256")
    )
    connection.register("lines", lines.to_arrow())
    connection.execute("INSERT INTO lake.lineage BY NAME SELECT * FROM lines")
    connection.unregister("lines")


def _write(table: object, place: Path) -> None:
    import pyarrow.parquet as pq

    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        pq.write_table(table, file, compression="zstd")
