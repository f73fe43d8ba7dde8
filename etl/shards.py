"""Rows of a group of people -> one Parquet shard, the same bytes for the same people and rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from etl import quota
from etl.features import Feature, arrow_type, encoded
from privacy.pseudonyms import derive, row_rank
from transforms import pointer
from transforms.events import LINEAGE

GROUP = 10_000  # rows of a row group


@dataclass(frozen=True)
class Shard:
    """A written shard: its file name, split, part of the rows, people, rows, bytes, SHA-256.

    `alone` counts the rows that were left out because too few people could have made them.
    """

    file: str
    split: str
    part: str
    people: int
    rows: int
    bytes: int
    sha256: str
    alone: int = 0


def people(made: Iterable[Shard], split: str | None = None) -> int:
    """How many people stand behind shards at the least: one has rows in several parts, perhaps."""
    sums: dict[tuple[str, str], int] = {}
    for shard in made:
        if split in (None, shard.split):
            at = shard.split, shard.part
            sums[at] = sums.get(at, 0) + shard.people
    splits = {name for name, _ in sums}
    return sum(max(n for (name, _), n in sums.items() if name == one) for one in splits)


def drawn(
    rows: pl.DataFrame,
    shard_key: bytes,
    sample: float,
    common: float = 1.0,
    per_person: int | None = None,
) -> pl.DataFrame:
    """The rows that are released, in their keyed order; input in any order.

    Both depend on the shard's key and on each row's `id`, on nothing else: other members, or other
    rows of theirs, draw all anew. Rows with a `mix` are drawn evenly, as many as the share `common`
    of people have, some snippets told of their last point alone (see `quota`), or `per_person`; of
    others the share `sample`. Everyone keeps a row, so that as many people stand behind the shard
    as are in its group.
    """
    ranked = _ranked(rows, shard_key)
    if "mix" in rows.columns:
        # Of who has many rows the first are taken, so that without a new order they lie in front.
        evened = _even(ranked, shard_key, sample, common, per_person)
        return _ranked(evened, derive(shard_key, "order"))
    keep = max(1, int(rows.height * sample))
    place = pl.int_range(pl.len())
    own = place.over("user_id") == 0
    return ranked.filter((place < keep) | own)


def _even(
    ranked: pl.DataFrame, key: bytes, sample: float, common: float, per_person: int | None
) -> pl.DataFrame:
    """As many rows of everyone, and snippets no longer than others'."""
    if "end" not in ranked.columns:
        luck = _luck(ranked, derive(key, "rows"))
        return quota.by_chance(ranked, luck, sample, common, per_person)
    whole = quota.whole(ranked, pointer.size(), _luck(ranked, derive(key, "points")))
    return quota.even(pointer.shortened(ranked, whole), sample, common, per_person)


def leveled(rows: pl.DataFrame, shard_key: bytes) -> pl.DataFrame:
    """Drawn rows, in their order, without those by which somebody has far more than most."""
    ranked = _ranked(rows.with_row_index("_place"), derive(shard_key, "level"))
    return quota.level(ranked).sort("_place").drop("_place")


def _luck(rows: pl.DataFrame, key: bytes) -> pl.Series:
    """For each row an even number in (0, 1], keyed by its `id`."""
    found = [(int.from_bytes(row_rank(key, one)[:6], "big") + 1) / 2**48 for one in rows["id"]]
    return pl.Series(found, dtype=pl.Float64)


def _ranked(rows: pl.DataFrame, key: bytes) -> pl.DataFrame:
    ranks = [row_rank(key, one) for one in rows["id"]]
    return rows.with_columns(pl.Series("_rank", ranks, dtype=pl.Binary)).sort("_rank").drop("_rank")


def identified(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `id` (String): a digest of what a row came from and of what it holds.

    Rows from one instant of one device are told apart by their values.
    """
    payload = [name for name in rows.columns if name not in LINEAGE]
    values = rows.select(pl.struct(payload).struct.json_encode()).to_series()
    sources = rows.select("user_id", "device_id", "first_ts", "last_ts").iter_rows()
    ids = [
        hashlib.blake2b(repr((*source, value)).encode(), digest_size=16).hexdigest()
        for source, value in zip(sources, values, strict=True)
    ]
    return rows.with_columns(pl.Series("id", ids, dtype=pl.String))


def write(
    folder: Path, file: str, split: str, part: str, rows: pl.DataFrame,
    features: Mapping[str, Feature],
) -> Shard:  # fmt: skip
    """Writes drawn rows, published columns alone, and says what was written.

    No statistics: a minimum or maximum of a text column would be a text.
    """
    schema = pa.schema([(name, arrow_type(feature)) for name, feature in features.items()])
    cast = encoded(rows, features).to_arrow().cast(schema).combine_chunks()
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        cast, path, compression="zstd", write_statistics=False, store_schema=False,
        row_group_size=GROUP, data_page_version="2.0",
    )  # fmt: skip
    data = path.read_bytes()
    people = rows["user_id"].n_unique()
    digest = hashlib.sha256(data).hexdigest()
    return Shard(file, split, part, people, rows.height, len(data), digest)
