"""Chains: can rows that followed one another be put together again to a longer path."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from privacy.attacks import figures
from privacy.attacks.figures import LINKABILITY, Figure, Floats, Ints

NEXT = "AUC, a row and the next"
SOON_US = 60_000_000
LEAST = 100  # rows that another followed


class Ends(NamedTuple):
    """Where and when rows begin and end, with the truth.

    `first` and `last`: places in shares of the screen (n, 2), not a number where there is none.
    `file`: the file that a row stands in. `stream`: whose it is, on which device. `began`,
    `ended`: microseconds.
    """

    first: Floats
    last: Floats
    file: Ints
    stream: Ints
    began: Ints
    ended: Ints


def chained(ends: Ends, seed: int) -> Figure | None:
    """How far a row that began where another ended gives away that it followed it.

    The area under the curve of nearness, for the next row of the same person within a minute
    against any other row of the same file. None where too few rows followed another to tell,
    since then there is nothing to put together. Linking by end points as in de Montjoye, Hidalgo,
    Verleysen and Blondel (2013).
    """
    one, other = _followers(ends)
    if len(one) < LEAST:
        return None
    rng = np.random.default_rng([seed, 7])
    strangers = _drawn(ends.file, one, rng)
    near, far = _near(ends, one, other), _near(ends, one, strangers)
    scores = np.concatenate([near, far])
    wanted = np.repeat([True, False], len(one))
    turned = figures.auc(
        np.concatenate([_near(ends, one, _drawn(ends.file, one, rng)), far]), wanted
    )

    streams, whose = np.unique(ends.stream[one], return_inverse=True)
    people = len(streams)

    def over(drawn: Ints) -> float:
        weights = np.bincount(drawn, minlength=people).astype(np.float64)
        return figures.auc(scores, wanted, np.tile(weights[whose], 2))

    low, high = figures.interval(people, over, seed)
    return Figure("chains", NEXT, LINKABILITY, figures.auc(scores, wanted),
                  low, high, turned, 0.5, people, len(one))  # fmt: skip


def _followers(ends: Ends) -> tuple[Ints, Ints]:
    """Places of rows and of those that followed them soon, in the same stream."""
    order = np.lexsort((ends.ended, ends.began, ends.stream))
    order = order[~np.isnan(ends.first[order, 0]) & ~np.isnan(ends.last[order, 0])]
    here, then = order[:-1], order[1:]
    gap = ends.began[then] - ends.ended[here]
    follows = (ends.stream[here] == ends.stream[then]) & (gap < SOON_US)
    follows &= ends.file[here] == ends.file[then]
    return here[follows], then[follows]


def _drawn(file: Ints, one: Ints, rng: np.random.Generator) -> Ints:
    """For each row any row of its file."""
    order = np.argsort(file, kind="stable")
    names, first, count = np.unique(file[order], return_index=True, return_counts=True)
    at = np.searchsorted(names, file[one])
    return order[first[at] + (rng.random(len(one)) * count[at]).astype(np.int64)]


def _near(ends: Ends, one: Ints, other: Ints) -> Floats:
    gap = ends.first[other] - ends.last[one]
    return -np.nan_to_num(np.hypot(gap[:, 0] * 16 / 9, gap[:, 1]), nan=9.0)
