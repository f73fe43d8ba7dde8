"""Rows of a group of people -> one Parquet shard, the same bytes for the same people and rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from etl.features import Feature, arrow_type, encoded
from privacy.pseudonyms import row_rank
from transforms.events import LINEAGE


@dataclass(frozen=True)
class Shard:
    """A written shard: its file name, people, rows, bytes and SHA-256."""

    file: str
    split: str
    people: int
    rows: int
    bytes: int
    sha256: str


def drawn(rows: pl.DataFrame, shard_key: bytes, sample: float) -> pl.DataFrame:
    """The rows that are released, in their keyed order; input in any order.

    Both depend on the shard's members and on what each row came from, on nothing else: another
    set of members draws all anew. Rows from one instant of one device are told apart by their
    published values. Everyone keeps a row, so that as many people stand behind the shard as are
    in its group.
    """
    payload = [name for name in rows.columns if name not in LINEAGE]
    digests = rows.select(pl.struct(payload).struct.json_encode()).to_series()
    sources = rows.select("user_id", "device_id", "first_ts", "last_ts").iter_rows()
    ranks = [
        row_rank(shard_key, *source, value) for source, value in zip(sources, digests, strict=True)
    ]
    keep = max(1, int(rows.height * sample))
    ranked = rows.with_columns(pl.Series("_rank", ranks, dtype=pl.Binary)).sort("_rank")
    place = pl.int_range(pl.len())
    own = place.over("user_id") == 0
    return ranked.filter((place < keep) | own).drop("_rank")


def write(
    folder: Path, file: str, split: str, rows: pl.DataFrame, features: Mapping[str, Feature]
) -> Shard:
    """Writes drawn rows, published columns alone, and says what was written.

    No statistics: a minimum or maximum of a text column would be a text.
    """
    schema = pa.schema([(name, arrow_type(feature)) for name, feature in features.items()])
    cast = encoded(rows, features).to_arrow().cast(schema).combine_chunks()
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        cast, path, compression="zstd", write_statistics=False, store_schema=False,
        row_group_size=10_000, data_page_version="2.0",
    )  # fmt: skip
    data = path.read_bytes()
    people = rows["user_id"].n_unique()
    digest = hashlib.sha256(data).hexdigest()
    return Shard(file, split, people, rows.height, len(data), digest)
