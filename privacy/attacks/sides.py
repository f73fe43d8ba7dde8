"""Side doors: what the order of rows and their numbers give away, whatever the rows hold."""

from __future__ import annotations

import numpy as np

from privacy.attacks import figures
from privacy.attacks.figures import LINKABILITY, SINGLING_OUT, Figure, Ints

ADJACENT, TIMED = "rows side by side of one person, times chance", "place against time"
LEAST = 100  # rows
_SHUFFLES = 50


def adjacent(person: Ints, file: Ints, seed: int) -> Figure:
    """How much more often than by chance two rows that stand side by side are by one person.

    Rows as the files hold them, file by file. Chance is what shuffled files show; the control is
    one of them. The interval is over pairs of rows.
    """
    figures.enough(len(person), LEAST, "rows")
    rng = np.random.default_rng([seed, 8])
    inside = file[1:] == file[:-1]
    same = (person[1:] == person[:-1])[inside]
    shuffled = [_same(person[_shuffled(file, rng)], inside) for _ in range(_SHUFFLES)]
    chance = float(np.mean(shuffled))
    if not chance:
        raise figures.TooFewError("no two rows of one person in a file")

    def over(drawn: Ints) -> float:
        return float(same[drawn].mean()) / chance

    low, high = figures.interval(len(same), over, seed)
    return Figure("side doors", ADJACENT, LINKABILITY, float(same.mean()) / chance, low, high,
                  shuffled[0] / chance, 1.0, len(np.unique(person)), len(person))  # fmt: skip


def timed(began: Ints, file: Ints, seed: int) -> Figure:
    """Whether rows stand in the order of time: Spearman's correlation within files, at its size.

    The interval is over rows, for it does not matter whose they are.
    """
    figures.enough(len(began), LEAST, "rows")
    place, time = _ranks(np.arange(len(began)), file), _ranks(began, file)

    def over(drawn: Ints) -> float:
        with np.errstate(invalid="ignore"):
            return float(abs(np.corrcoef(place[drawn], time[drawn])[0, 1]))

    low, high = figures.interval(len(began), over, seed)
    rng = np.random.default_rng([seed, 9])
    control = abs(float(np.corrcoef(rng.permutation(place), time)[0, 1]))
    value = over(np.arange(len(began)))
    return Figure("side doors", TIMED, SINGLING_OUT, value, low, high, control, 0.0, 0, len(began))


def _same(person: Ints, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    return float((person[1:] == person[:-1])[inside].mean())


def _shuffled(file: Ints, rng: np.random.Generator) -> Ints:
    """An order in which the rows of each file are shuffled; files stand one after the other."""
    return np.lexsort((rng.random(len(file)), file))


def _ranks(values: Ints, file: Ints) -> figures.Floats:
    """Ranks within each file, from 0 to 1."""
    order = np.lexsort((values, file))
    _, first, count = np.unique(file[order], return_index=True, return_counts=True)
    rank = (np.arange(len(file)) - np.repeat(first, count)) / np.repeat(
        np.maximum(count - 1, 1), count
    )
    found = np.empty(len(file))
    found[order] = rank
    return found
