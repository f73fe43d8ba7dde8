"""What an attack comes to: a figure with its interval, beside a control and the naive guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SINGLING_OUT, LINKABILITY, INFERENCE = "singling out", "linkability", "inference"
"""The three risks by which regulators judge whether data is anonymous (Article 29 Working Party,
opinion 05/2014)."""

DRAWS = 200
LEVEL = 0.95

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Figure:
    """One attack's result.

    `low` and `high` end a 95 % interval, over people drawn again with replacement unless the
    attack says otherwise. `control` is the
    same attack where it cannot have an answer to find, `naive` the guess of somebody who has seen
    no row. `people` and `rows` say how many were attacked.
    """

    attack: str
    measure: str
    risk: str
    value: float
    low: float
    high: float
    control: float
    naive: float
    people: int
    rows: int


def rounded(figure: Figure) -> Figure:
    """To three digits after the point: what differs beyond may be the processor's."""
    numbers = ("value", "low", "high", "control", "naive")
    return replace(figure, **{name: round(getattr(figure, name), 3) for name in numbers})


class TooFewError(ValueError):
    """There are too few people or rows for a figure to mean anything."""


class Rows(NamedTuple):
    """Rows as an attacker sees them, with the truth.

    `features`: one line a row, finite. `person`: whose it is, people numbered from 0. `late`:
    whether it is of the later half of what that person did. `file`: the number of the file it
    stands in, all of a person's rows in one, which everybody sees (None: one file).
    """

    features: NDArray[np.float32]
    person: Ints
    late: Flags
    file: Ints | None = None


def enough(found: int, least: int, what: str) -> None:
    """Raises `TooFewError` where there are fewer than needed."""
    if found < least:
        raise TooFewError(f"{found} {what}, where {least} are needed")


def interval(people: int, measure: Callable[[Ints], float], seed: int) -> tuple[float, float]:
    """A 95 % interval of a measure of people, by bootstrap (Efron 1979).

    `measure` is given numbers of people, from 0, some of them more than once.
    """
    rng = np.random.default_rng([seed, 1])
    drawn = [measure(rng.integers(0, people, people)) for _ in range(DRAWS)]
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(np.asarray(drawn, dtype=np.float64), [tail, 1 - tail])
    return float(low), float(high)


def auc(scores: Floats, wanted: Flags, weights: Floats | None = None) -> float:
    """The chance that one that is wanted scores higher than one that is not; ties count half.

    Not a number where one of the two kinds is missing.
    """
    weight = np.ones(len(scores)) if weights is None else weights
    _, place = np.unique(scores, return_inverse=True)
    yes = np.bincount(place, weight * wanted)
    no = np.bincount(place, weight * ~wanted)
    total = yes.sum() * no.sum()
    below = np.cumsum(no) - no
    return float((yes * (below + no / 2)).sum() / total) if total else float("nan")


def equal_error(scores: Floats, wanted: Flags, weights: Floats | None = None) -> float:
    """The rate at which as many that are wanted are missed as others are taken for them."""
    weight = np.ones(len(scores)) if weights is None else weights
    order = np.argsort(-scores, kind="stable")
    yes = np.cumsum((weight * wanted)[order])
    no = np.cumsum((weight * ~wanted)[order])
    if not len(scores) or not yes[-1] or not no[-1]:
        return float("nan")
    last = np.append(np.diff(scores[order]) != 0, True)  # within a tie there is no threshold
    missed, taken = 1 - yes[last] / yes[-1], no[last] / no[-1]
    at = int(np.argmin(np.abs(missed - taken)))
    return float((missed[at] + taken[at]) / 2)


def chosen(rows: Rows, each: int, seed: int) -> Ints:
    """The places of at most `each` rows of every person, drawn without looking."""
    rng = np.random.default_rng([seed, 2])
    order = rng.permutation(len(rows.person))
    drawn = order[np.argsort(rows.person[order], kind="stable")]
    whose = rows.person[drawn]
    _, first, count = np.unique(whose, return_index=True, return_counts=True)
    rank = np.arange(len(whose)) - np.repeat(first, count)
    return np.sort(drawn[rank < each])


def of(rows: Rows, places: Ints | Flags) -> Rows:
    """Some of the rows."""
    file = None if rows.file is None else rows.file[places]
    return Rows(rows.features[places], rows.person[places], rows.late[places], file)


def files(rows: Rows) -> Ints:
    """The file of each person, by number."""
    found = np.zeros(int(rows.person.max(initial=-1)) + 1, dtype=np.int64)
    if rows.file is not None:
        found[rows.person] = rows.file
    return found


def halves(people: int, seed: int) -> tuple[Ints, Ints]:
    """Everyone's number in one of two halves, drawn without looking."""
    order = np.random.default_rng([seed, 3]).permutation(people)
    return np.sort(order[: people // 2]), np.sort(order[people // 2 :])


def better(found: Sequence[tuple[float, Figure]]) -> Figure:
    """Of several attackers the one that got furthest."""
    return max(found, key=lambda one: one[0])[1]
