"""What attackers make of a dataset that is about to leave, with the truth that only we have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import polars as pl

from etl import undefended, useful
from etl.checks import Written
from etl.recipe import Recipe
from etl.shards import Shard
from privacy import uses
from privacy.attacks import chains, figures, linking, seen, sides, who
from privacy.attacks.figures import Figure, TooFewError
from privacy.gates import Violation, attacked
from privacy.gates.attacked import Limit
from privacy.uses import Use

PEOPLE, EACH = 60, 160  # attacked in each build, and rows of each at the most
ENOUGH = 2_000  # rows; where so many people have fewer, more are attacked
ALL = 1_000_000  # rows whose order is looked at, at the most
SEED = 1
WHO, SAME, CHAINS, SIDES = "who is it", "same person", "chains", "side doors"
GATES = (WHO, SAME, CHAINS, SIDES)
RAW = "raw recordings"


@dataclass(frozen=True)
class Attacks:
    """What attackers reached on the rows that would leave, and on the same people's raw recordings.

    `uses`: what can still be learned. `missing` says by gate why there is no figure.
    """

    released: tuple[Figure, ...] = ()
    raw: tuple[Figure, ...] = ()
    uses: tuple[Use, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sought:
    """A dataset with the lineage of its rows: `source` gives that of a shard, row by row."""

    written: Written
    source: Callable[[Shard], pl.DataFrame]
    store: duckdb.DuckDBPyConnection


def attack(sought: Sought) -> Attacks:
    """Lets every attacker at the dataset; none for text, whose gates look at words.

    `PEOPLE` people of whole shards, at most `EACH` rows of each, in two halves by time; more people
    where these have fewer than `ENOUGH` rows. The raw clips are those of so many of them. Seeded:
    the same dataset gives the same figures.
    """
    recipe = sought.written.recipe
    if recipe.transform == "typed_text":
        return Attacks()
    missing: dict[str, str] = {}
    try:
        known = _known(sought)
        rows = seen.with_truth(known, features(known, recipe))
    except Exception as error:
        return Attacks(missing=dict.fromkeys((*GATES, useful.USE), _why(error)))
    tries: dict[str, Callable[[], Sequence[Figure | None]]] = {
        WHO: lambda: who.who(rows, SEED),
        SAME: lambda: [linking.rows_of_one(rows, SEED), linking.bags_of_one(rows, SEED)],
        CHAINS: lambda: [chains.chained(undefended.ends(_shares(known, recipe)), SEED)],
        SIDES: lambda: _sides(sought),
    }
    released = [one for gate in GATES for one in _tried(gate, tries[gate], missing)]
    people = known["user_id"].unique(maintain_order=True).head(2 * PEOPLE).sort().to_list()
    raw = _tried(RAW, lambda: undefended.reached(sought.store, recipe.name, people, SEED), missing)
    return Attacks(tuple(released), tuple(raw), tuple(_used(sought, known, missing)), missing)


def _used(sought: Sought, known: pl.DataFrame, missing: dict[str, str]) -> list[Use]:
    """What can still be learned; none, and why, where that could not be measured."""
    try:
        found = useful.measured(sought.store, sought.written.recipe, known, SEED)
        return [uses.rounded(one) for one in found]
    except Exception as error:
        missing[useful.USE] = _why(error)
        return []


def gate(name: str, found: Attacks, recipe: Recipe) -> list[Violation]:
    """What one gate says of what attackers reached."""
    if recipe.transform == "typed_text":
        return []
    if name in found.missing:
        return [Violation(name, 1, f"could not check: {found.missing[name]}")]
    beyond = attacked.beyond(found.released, limits(recipe)[name])
    if RAW in found.missing:
        return [*beyond, Violation(RAW, 1, f"could not check: {found.missing[RAW]}")]
    return [*beyond, *attacked.powerless(found.raw, undefended.MUST_WIN[name])]


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
        if len(people) >= PEOPLE and sum(part.height for part in parts) >= ENOUGH:
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


def _shares(known: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Rows with their places in shares of the screen."""
    x, y = _axes(recipe)
    across, down = recipe.grid.columns, recipe.grid.rows
    return known.select(
        *(value.cast(pl.List(pl.Float64)).list.eval(pl.element() / cells).alias(axis)
          for axis, value, cells in (("x", x, across), ("y", y, down))),
        "user_id", "device_id", "file", "first_ts", "last_ts",
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
