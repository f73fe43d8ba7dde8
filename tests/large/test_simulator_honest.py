"""Simulated people are about as hard to tell apart by their raw mouse clips as real ones.

Balabit's and SapiMouse's folders are named by `TACENDA_BALABIT` and `TACENDA_SAPIMOUSE`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest

from etl.simulate import simulate
from privacy.attacks import figures, who
from privacy.attacks.figures import Figure, Rows
from tests.large import mice
from transforms import clips
from transforms.events import DAY_US, MOUSE, SCHEMA

pytestmark = pytest.mark.audit

FACTOR = 1.5


class Like(NamedTuple):
    """A set and what is made to be like it: as many people, and as many clips of each half."""

    variable: str
    read: Callable[[Path], pl.DataFrame]
    people: int
    hours: float
    early: int
    late: int
    seeds: range  # of simulations
    draws: range  # of the real people and clips


LIKE = {
    "Balabit": Like("TACENDA_BALABIT", mice.balabit, 10, 2.5, 80, 50, range(101, 113), range(1, 6)),
    "SapiMouse": Like(
        "TACENDA_SAPIMOUSE", mice.sapimouse, 60, 0.75, 22, 7, range(101, 107), range(1, 6)
    ),
}


def _captured(folder: Path) -> pl.DataFrame:
    """The mouse events of a simulation."""
    return mice.ready(pl.concat([_read(file) for file in sorted(folder.iterdir())]))


def _read(file: Path) -> pl.DataFrame:
    data = file.read_bytes()
    text = gzip.decompress(data) if file.suffix == ".gz" else data
    read = pl.read_ndjson(text, infer_schema_length=None).filter(pl.col("type").is_in(MOUSE))
    if read["ts"].dtype == pl.String:
        time = pl.col("ts").str.to_datetime(time_unit="us", time_zone="UTC")
        read = read.with_columns(time.dt.epoch("us"))
    names = set(read.columns) - {"mods"}
    return read.select(
        (pl.col(name) if name in names else pl.lit(None)).cast(kind).alias(name)
        for name, kind in SCHEMA.items()
    )


def _rows(made: pl.DataFrame) -> Rows:
    """With the truth; the later days of each person are the later half."""
    day = (pl.col("first_ts") // DAY_US).rank("dense").over("user_id")
    late = made.select(day > day.max().over("user_id") / 2).to_series().to_numpy()
    person = made["user_id"].rank("dense").to_numpy().astype(np.int64) - 1
    return Rows(np.array(made["features"].to_list(), np.float32), person, late)


def _attacked(made: pl.DataFrame, like: Like, seed: int) -> list[Figure]:
    """Both figures of as many people, with at most as many clips of each half of each person."""
    names = made["user_id"].unique().sort().to_numpy()
    drawn = np.random.default_rng(seed).permutation(len(names))[: like.people]
    rows = _rows(made.filter(pl.col("user_id").is_in(names[drawn].tolist())))
    kept = [
        places[figures.chosen(figures.of(rows, places), most, seed)]
        for places, most in (
            (np.flatnonzero(~rows.late), like.early),
            (np.flatnonzero(rows.late), like.late),
        )
    ]
    some: Rows = figures.of(rows, np.sort(np.concatenate(kept)))
    assert int(some.person.max()) + 1 == like.people
    return who.who(some, seed)


@pytest.mark.parametrize("name", LIKE)
def test_simulated_people_are_as_hard_to_tell_apart_as_real_ones(name: str, tmp_path: Path) -> None:
    like = LIKE[name]
    recorded = clips.clips(like.read(mice.place(like.variable)))
    real = [_attacked(recorded, like, seed) for seed in like.draws]
    made = []
    for seed in like.seeds:
        out = tmp_path / str(seed)
        simulate(out, users=like.people, hours=like.hours, seed=seed)
        made.append(_attacked(clips.clips(_captured(out / "capture")), like, seed))
    for at, measure in enumerate((who.RANK_1, who.EQUAL_ERROR)):
        of_real, of_made = ([one[at].value for one in found] for found in (real, made))
        ratio = float(np.mean(of_made) / np.mean(of_real))
        print(  # noqa: T201
            f"{name}, {measure}: real {_told(of_real)}, simulated {_told(of_made)}, "
            f"ratio {ratio:.2f}"
        )
        assert 1 / FACTOR <= ratio <= FACTOR, measure


def _told(values: list[float]) -> str:
    return f"{np.mean(values):.3f} [{min(values):.3f}, {max(values):.3f}]"
