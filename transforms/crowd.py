"""Rows that several people could have made: each is told less of until so many made its like."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

Levels = Sequence[Sequence[pl.Expr]]
"""Ways to tell a row, the fullest first: each gives every column that is told."""


def snippets(most: int) -> Levels:
    """A snippet with ever fewer of its at most `most` points; the last one stays."""
    return [points(n) for n in range(most, 0, -1)]


def points(n: int | pl.Expr) -> list[pl.Expr]:
    """The last `n` points; the first of them has no time before it."""
    first = pl.int_range(pl.len()) == 0
    bare = pl.when(first).then(0).otherwise(pl.element()).cast(pl.UInt8)
    x, y = (pl.col(axis).list.tail(n) for axis in "xy")
    return [x, y, pl.col("gap").list.tail(n).list.eval(bare), pl.col("app", "end")]


def sequences(most: int) -> Levels:
    """A row of actions with ever fewer of its places, then of its actions; two at the least."""
    return [
        [_acted(n, placed)]
        for n in range(most, 1, -1)
        for placed in sorted({n, 1, 0}, reverse=True)
    ]


def _acted(n: int, placed: int) -> pl.Expr:
    """The last `n` actions, of which only the last `placed` have a place."""
    here = pl.int_range(pl.len()) >= pl.len() - placed
    first = pl.int_range(pl.len()) == 0
    field = pl.element().struct.field
    parts = {
        "action": field("action"),
        **{name: pl.when(here).then(field(name)) for name in ("x", "y", "to_x", "to_y")},
        **{name: field(name) for name in ("length", "hotkey", "app")},
        "gap": pl.when(first).then(0).otherwise(field("gap")).cast(pl.UInt8),
    }
    told = pl.struct(value.alias(name) for name, value in parts.items())
    return pl.col("actions").list.tail(n).list.eval(told)


def common(rows: pl.DataFrame, levels: Levels, least: int) -> pl.DataFrame:
    """Each row as full as at least `least` people (`user_id`) made one like it, in order.

    A row counts for its person at every level. What too few are like even at the last level is
    left out. Local recoding for k-anonymity, of people rather than rows (Sweeney 2002; LeFevre,
    DeWitt and Ramakrishnan 2006).
    """
    every = rows.with_row_index("_place")
    left, kept = every.select("_place"), []
    for level in levels:
        told = every.with_columns(level)
        values = told.select(level).columns
        made = told.group_by(values).agg(pl.col("user_id").n_unique().alias("_people"))
        shared = made.filter(pl.col("_people") >= least).select(values)
        enough = told.join(shared, on=values, how="semi", nulls_equal=True)
        enough = enough.join(left, on="_place", how="semi")
        kept.append(enough)
        left = left.join(enough, on="_place", how="anti")
    return pl.concat(kept).sort("_place").drop("_place")
