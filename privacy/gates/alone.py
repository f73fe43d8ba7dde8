"""A gate on rows that stand alone: could enough people of a file have made each of them.

Counted by plain tuples, one row after the other, so that it shares nothing with the code that
decided what is told of a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

Row = Mapping[str, Any]
Shape = tuple[Any, ...]
_PLACES = ("x", "y", "to_x", "to_y")


def unlike(rows: pl.DataFrame, every: pl.DataFrame, transform: str, least: int) -> int:
    """How many of the released rows fewer than `least` people could have made.

    `every`: all rows that could have been drawn, as they would be released, with `user_id`.
    """
    told, as_told = (_snippet_shape, _snippet) if transform == "pointer" else (_acts_shape, _acts)
    wanted = [(told(row), row) for row in rows.iter_rows(named=True)]
    makers = _makers({shape for shape, _ in wanted}, every.iter_rows(named=True), as_told)
    return sum(len(makers[shape, as_told(row, shape)]) < least for shape, row in wanted)


def _makers(
    shapes: set[Shape], every: Iterable[Row], as_told: Callable[[Row, Shape], Any]
) -> Mapping[tuple[Shape, Any], set[str]]:
    """Who could have made each row, told in each of the shapes."""
    found: defaultdict[tuple[Shape, Any], set[str]] = defaultdict(set)
    for row in every:
        for shape in shapes:
            told = as_told(row, shape)
            if told is not None:
                found[shape, told].add(row["user_id"])
    return found


def _snippet_shape(row: Row) -> Shape:
    return (len(row["x"]),)


def _snippet(row: Row, shape: Shape) -> Any:
    """The last so many points of a snippet, without the time before the first of them."""
    (n,) = shape
    if len(row["x"]) < n:
        return None
    gaps = row["gap"][-n:][1:]
    return (row["app"], row["end"], *row["x"][-n:], *row["y"][-n:], *gaps)


def _acts_shape(row: Row) -> Shape:
    """For each action whether its place is told."""
    return tuple(one["x"] is not None or one["to_x"] is not None for one in row["actions"])


def _acts(row: Row, shape: Shape) -> Any:
    """The last so many actions, with places where the shape has some."""
    n = len(shape)
    if len(row["actions"]) < n:
        return None
    told: list[Any] = []
    for number, (one, placed) in enumerate(zip(row["actions"][-n:], shape, strict=True)):
        told += [one[name] for name in ("action", "length", "hotkey", "app")]
        told += [one[name] for name in _PLACES] if placed else []
        told += [one["gap"]] if number else []
    return tuple(told)
