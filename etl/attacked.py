"""What attackers make of a dataset that is about to leave, with the truth that only we have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from etl import scratch
from etl.checks import Written
from etl.recipe import Recipe
from etl.shards import Shard
from privacy.attacks import chains, figures, linking, seen, sides, who
from privacy.attacks.figures import Figure, Rows, TooFewError
from privacy.gates import Violation, attacked
from privacy.gates.attacked import Limit

PEOPLE, EACH = 60, 160  # attacked in each build at the most, and rows of each
CLIPS = 200  # raw ones, at the least
ALL = 1_000_000  # rows whose order is looked at, at the most
SEED = 1
WHO, SAME, CHAINS, SIDES = "who is it", "same person", "chains", "side doors"
GATES = (WHO, SAME, CHAINS, SIDES)
RAW = "raw clips"
MUST_WIN = {WHO: {who.RANK_1: 1.5}, SAME: {linking.SINGLE: 0.53}}
"""What attackers must reach on raw clips, at the lower end of the interval: one who cannot win
there says nothing by losing here."""


@dataclass(frozen=True)
class Attacks:
    """What attackers reached on the rows that would leave, and on the same people's raw clips.

    `missing` says by gate why there is no figure.
    """

    released: tuple[Figure, ...] = ()
    raw: tuple[Figure, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sought:
    """A dataset with the lineage of its rows: `source` gives that of a shard, row by row."""

    written: Written
    source: Callable[[Shard], pl.DataFrame]
    store: duckdb.DuckDBPyConnection


def attack(sought: Sought) -> Attacks:
    """Lets every attacker at the dataset; none for text, whose gates look at words.

    At most `PEOPLE` people of whole shards, `EACH` rows of each, in two halves by time; the raw
    clips are those of the same people. Seeded: the same dataset gives the same figures.
    """
    recipe = sought.written.recipe
    if recipe.transform == "typed_text":
        return Attacks()
    missing: dict[str, str] = {}
    try:
        known = _known(sought)
        rows = with_truth(known, features(known, recipe))
    except Exception as error:
        return Attacks(missing=dict.fromkeys(GATES, _why(error)))
    tries: dict[str, Callable[[], Sequence[Figure | None]]] = {
        WHO: lambda: who.who(rows, SEED),
        SAME: lambda: [linking.rows_of_one(rows, SEED), linking.bags_of_one(rows, SEED)],
        CHAINS: lambda: [chains.chained(_ends(known, recipe), SEED)],
        SIDES: lambda: _sides(sought),
    }
    released = [one for gate in GATES for one in _tried(gate, tries[gate], missing)]
    raw = _tried(RAW, lambda: _undefended(sought.store, recipe.name, known), missing)
    return Attacks(tuple(released), tuple(raw), missing)


def gate(name: str, found: Attacks, recipe: Recipe) -> list[Violation]:
    """What one gate says of what attackers reached."""
    if recipe.transform == "typed_text":
        return []
    if name in found.missing:
        return [Violation(name, 1, f"could not check: {found.missing[name]}")]
    beyond = attacked.beyond(found.released, limits(recipe)[name])
    if name not in MUST_WIN:
        return beyond
    if RAW in found.missing:
        return [*beyond, Violation(RAW, 1, f"could not check: {found.missing[RAW]}")]
    return [*beyond, *attacked.powerless(found.raw, MUST_WIN[name])]


def limits(recipe: Recipe) -> dict[str, list[Limit]]:
    """How far attackers may get, by gate."""
    table = recipe.limits
    return {
        WHO: [Limit(who.RANK_1, table.rank_1), Limit(who.EQUAL_ERROR, table.equal_error, True)],
        SAME: [Limit(linking.SINGLE, table.same_row), Limit(linking.BAGS, table.same_bag)],
        CHAINS: [Limit(chains.NEXT, table.chain, optional=True)],
        SIDES: [Limit(sides.ADJACENT, table.adjacent), Limit(sides.TIMED, table.timed)],
    }


def features(rows: pl.DataFrame, recipe: Recipe) -> seen.Matrix:
    """Released rows as an attacker sees them."""
    across, down = recipe.grid.columns, recipe.grid.rows
    if recipe.transform == "pointer":
        return seen.snippets(rows, across, down, recipe.pointer.max_points)
    return seen.sequences(rows, across, down)


def _tried(
    gate: str, attack: Callable[[], Sequence[Figure | None]], missing: dict[str, str]
) -> list[Figure]:
    """An attack's figures; none, and why, where too few people or rows are there, or it failed."""
    try:
        return [figures.rounded(one) for one in attack() if one is not None]
    except Exception as error:
        missing[gate] = _why(error)
        return []


def _why(error: Exception) -> str:
    """Why there is no figure: of what failed only its kind, for its message may quote rows."""
    return str(error) if isinstance(error, TooFewError) else type(error).__name__


def _known(sought: Sought) -> pl.DataFrame:
    """Rows of some people as released, beside whose they are and when; `file` numbers the shard.

    A shard's rows stand in an order that tells nothing, so that the first are as good as any.
    """
    parts: list[pl.DataFrame] = []
    people: set[str] = set()
    for number, shard in enumerate(sought.written.shards):
        if len(people) >= PEOPLE:
            break
        rows = pl.read_parquet(sought.written.folder / shard.file)
        source = sought.source(shard).drop("shard", "row")
        both = pl.concat([rows, source], how="horizontal")
        place = pl.int_range(pl.len()).over("user_id")
        own = both.with_columns(pl.lit(number).alias("file")).filter(place < EACH)
        parts.append(own)
        people.update(own["user_id"])
    figures.enough(len(people), 1, "people")
    return pl.concat(parts)


def with_truth(known: pl.DataFrame, matrix: NDArray[np.float32]) -> Rows:
    """Rows as attackers see them, with whose they are and whether of the later half of those.

    `known`: columns user_id and first_ts, and `file` where there are several.
    """
    late = pl.col("first_ts") > pl.col("first_ts").median().over("user_id")
    truth = known.select(pl.col("user_id").rank("dense").cast(pl.Int64) - 1, late.alias("late"))
    file = known["file"].cast(pl.Int64).to_numpy() if "file" in known.columns else None
    return Rows(matrix, truth["user_id"].to_numpy(), truth["late"].to_numpy(), file)


def _undefended(
    store: duckdb.DuckDBPyConnection, dataset: str, known: pl.DataFrame
) -> Sequence[Figure]:
    """What the same attackers reach on raw clips of the same people."""
    table = f"clips {dataset}"
    if not scratch.has(store, "store", table):
        raise TooFewError("no raw clips to compare with")
    people = known["user_id"].unique().sort().to_list()
    clips = store.execute(
        f'SELECT user_id, first_ts, features FROM store."{table}" '
        "WHERE user_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL",
        [people],
    ).pl()
    figures.enough(clips.height, CLIPS, "raw clips")
    rows = with_truth(clips, np.array(clips["features"].to_list(), dtype=np.float32))
    return [*who.who(rows, SEED), linking.rows_of_one(rows, SEED)]


def _ends(known: pl.DataFrame, recipe: Recipe) -> chains.Ends:
    across, down = recipe.grid.columns, recipe.grid.rows
    x, y = _axes(recipe)
    places = known.select(
        (x.list.first() / across).alias("x0"), (y.list.first() / down).alias("y0"),
        (x.list.last() / across).alias("x1"), (y.list.last() / down).alias("y1"),
    ).cast(pl.Float64).fill_null(float("nan"))  # fmt: skip
    stream = known.select(pl.struct("user_id", "device_id").rank("dense")).to_series()
    return chains.Ends(
        places.select("x0", "y0").to_numpy(),
        places.select("x1", "y1").to_numpy(),
        *(one.cast(pl.Int64).to_numpy()
          for one in (known["file"], stream, known["first_ts"], known["last_ts"])),
    )  # fmt: skip


def _axes(recipe: Recipe) -> tuple[pl.Expr, pl.Expr]:
    if recipe.transform == "pointer":
        return pl.col("x"), pl.col("y")
    x, y = (
        pl.col("actions").list.eval(pl.element().struct.field(axis)).alias(axis) for axis in "xy"
    )
    return x, y


def _sides(sought: Sought) -> Sequence[Figure]:
    """The order of all rows, shard by shard."""
    parts: list[pl.DataFrame] = []
    for number, shard in enumerate(sought.written.shards):
        if sum(part.height for part in parts) >= ALL:
            break
        source = sought.source(shard).select("user_id", "first_ts")
        parts.append(source.with_columns(pl.lit(number).cast(pl.Int64).alias("file")))
    all_rows = pl.concat(parts)
    person = all_rows["user_id"].rank("dense").cast(pl.Int64).to_numpy()
    file, began = all_rows["file"].to_numpy(), all_rows["first_ts"].to_numpy()
    return [sides.adjacent(person, file, SEED), sides.timed(began, file, SEED)]
