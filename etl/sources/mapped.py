"""What a reader of a foreign format gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from transforms.events import SCHEMA


@dataclass(frozen=True)
class Mapped:
    """Canonical events, and the account of the source's own lines.

    `lines_read` = `mapped_lines` + quarantined + those without counterpart, which `unmapped`
    counts by name. `quarantined` holds (number of the line, from 1, and reason). One line may
    give several events.
    """

    events: pl.DataFrame
    lines_read: int
    mapped_lines: int
    quarantined: list[tuple[int, str]] = field(default_factory=list)
    unmapped: dict[str, int] = field(default_factory=dict)


def frame(
    events: Sequence[dict[str, Any]], user_id: str, device_id: str | None, session_id: str
) -> pl.DataFrame:
    """Canonical columns from partial events, in order of time; `seq` counts them from 0."""
    made = pl.DataFrame(list(events), schema=SCHEMA, infer_schema_length=None)
    return (
        made.sort("ts", maintain_order=True)
        .with_columns(
            pl.lit(user_id).alias("user_id"),
            pl.lit(device_id, pl.String).alias("device_id"),
            pl.lit(session_id).alias("session_id"),
            pl.int_range(pl.len(), dtype=pl.Int64).alias("seq"),
        )
        .select(SCHEMA.keys())
    )
