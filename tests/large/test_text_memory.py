"""Peak memory of a build beside one person whose text is larger than any that people type."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from etl.simulate import simulate
from tests.large.test_memory import LIMIT_MB, peak_mb
from transforms.events import DAY_US, SCHEMA

pytestmark = pytest.mark.soak

MIB = 2**20
START = 1_789_000_000_000_000 // DAY_US * DAY_US
WORDS = "we typed these common words again and again "


def _pasted() -> pl.DataFrame:
    return pl.DataFrame({"type": "paste", "text": WORDS * (10 * MIB // len(WORDS))})


def _composed() -> pl.DataFrame:
    return pl.DataFrame({"type": ["compose"] * 10_000, "text": [(WORDS * 25)[:1_050]] * 10_000})


def _typed() -> pl.DataFrame:
    """One segment, all of it on one day, which is the least that a batch holds."""
    return pl.DataFrame({"type": "keydown", "key": list(WORDS) * (MIB // len(WORDS))})


def _lines() -> pl.DataFrame:
    """A million lines of three characters on 25 days, each sent by Enter."""
    keys = pl.DataFrame({"type": "keydown", "key": ["n", "o", "w", "Enter"] * 1_000_000})
    return keys.with_columns((pl.int_range(pl.len()) * 25 // pl.len() * DAY_US).alias("ts"))


CASES: dict[str, Callable[[], pl.DataFrame]] = {
    "pasted at once": _pasted,
    "composed in pieces": _composed,
    "a million keys in one day": _typed,
    "a million lines": _lines,
}


def _native(made: pl.DataFrame) -> pl.DataFrame:
    """Someone's events as a capture log holds them: one in 80 ms, or as many as a day holds."""
    step = min(80_000, DAY_US * 9 // 10 // made.height)
    if "ts" not in made.columns:
        made = made.with_columns(pl.lit(0).alias("ts"))
    within = pl.int_range(pl.len()).over("ts") * step
    number = pl.int_range(pl.len())
    return made.with_columns(
        (START + pl.col("ts") + within).alias("ts"),
        pl.lit("zoe@corp").alias("user_id"),
        pl.lit("z-1").alias("device_id"),
        pl.lit("s-1").alias("session_id"),
        number.alias("seq"),
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("text")
    simulate(place / "sim", users=40, hours=1.5, seed=5)
    peak_mb(place, "init", "work")
    for registry in (place / "sim" / "consent").iterdir():
        shutil.copy(registry, place / "work" / "consent" / registry.name)
    peak_mb(place, "-C", "work", "ingest", "sim/capture")
    return place


@pytest.mark.parametrize("case", CASES)
def test_memory_is_bounded_by_the_batch_whatever_is_typed(
    base: Path, tmp_path: Path, case: str
) -> None:
    place = tmp_path / "case"
    shutil.copytree(base, place)
    made = _native(CASES[case]())
    assert set(made.columns) <= set(SCHEMA)
    made.write_parquet(place / "much.parquet")
    loaded = peak_mb(place, "-C", "work", "ingest", "much.parquet")
    built = peak_mb(place, "-C", "work", "build", "--workers", "1")
    print(f"{case}: ingest {loaded:.0f} MB, build {built:.0f} MB")  # noqa: T201
    assert max(loaded, built) < LIMIT_MB
