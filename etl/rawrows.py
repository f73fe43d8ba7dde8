"""Some rows of people that nothing defends, kept in the encrypted cache to compare with."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from etl import scratch
from etl.recipe import Recipe
from privacy.attacks.figures import TooFewError
from transforms import actions, clips, pointer
from transforms.actions import ActionParams
from transforms.events import DAY_US
from transforms.pointer import PointerParams

CLIPS, PATHS, ACTS = KINDS = ("raw clips", "raw paths", "raw actions")
"""Clips of the mouse as figures, ways with exact places, and actions one after the other."""

PER_DAY = 40  # ways, and rows of actions, of a person
_LONG = 100  # actions of a row


def of(
    frame: pl.DataFrame, unpadded: pl.DataFrame, recipes: Sequence[Recipe]
) -> dict[tuple[str, str], pl.DataFrame]:
    """By kind and dataset rows of each person's every day; from events in runs and focuses.

    `unpadded` is `frame` without what was done on pads, whose digits are nobody's to learn.
    """
    if not recipes:
        return {}
    moves = clips.some(clips.clips(frame))
    found = {(CLIPS, recipe.name): moves for recipe in recipes}
    for recipe in recipes:
        grid = recipe.pointer_params().grid
        found[PATHS, recipe.name] = middle(pointer.paths(unpadded, PointerParams(grid)))
        if recipe.transform == "actions":
            whole = ActionParams(grid, _LONG, skipped=0, gap_ms=recipe.actions.gap_ms)
            found[ACTS, recipe.name] = middle(actions.sequences(unpadded, whole))
    return found


def middle(rows: pl.DataFrame, most: int = PER_DAY) -> pl.DataFrame:
    """Of each person's UTC day the rows around its middle, so that one follows the other."""
    day = ("user_id", pl.col("first_ts") // DAY_US)
    n, place = pl.len().over(day), pl.int_range(pl.len()).over(day)
    ranked = rows.sort("user_id", "first_ts", "device_id", "last_ts")
    return ranked.filter((2 * place + 1 - n).cast(pl.Int64).abs() <= most)


def read(
    store: duckdb.DuckDBPyConnection, kind: str, dataset: str, people: Sequence[str]
) -> pl.DataFrame:
    """The rows of some people; raises `TooFewError` where none were kept."""
    table = f"{kind} {dataset}"
    if not scratch.has(store, "store", table):
        raise TooFewError(f"no {kind} to compare with")
    return store.execute(
        f'SELECT * FROM store."{table}" WHERE user_id IN (SELECT unnest(?::VARCHAR[])) '
        "ORDER BY user_id, first_ts, device_id, last_ts",
        [list(people)],
    ).pl()
