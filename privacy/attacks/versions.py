"""Two versions: whose rows are gone from the next one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from privacy.attacks import figures
from privacy.attacks.figures import INFERENCE, Figure, Floats, Ints

LEFT = "who left, times chance"
LEAST = 20  # departures


def gone(own: Ints, whose: Ints, before: Ints, after: Ints, people: int) -> Floats:
    """For each person how much more of what they did stands in the version before than after.

    `own` and `whose`: the pattern of each row that somebody's recording would give, and whose it
    is; `before` and `after`: the patterns of the two versions of their file. The mean over a
    person's patterns, each by how rare it is among all.
    """
    top = int(max(one.max(initial=0) for one in (own, before, after))) + 1
    was, still = (np.bincount(one, minlength=top) > 0 for one in (before, after))
    rare = 1 / np.bincount(own, minlength=top)[own]
    lost = was[own].astype(np.float64) - still[own]
    total = np.bincount(whose, rare, people).clip(1e-9)
    found: Floats = np.bincount(whose, lost * rare, people) / total
    return found


def left(scores: Sequence[Floats], leavers: Sequence[int], seed: int) -> Figure:
    """How often the member with the highest score is the one who left, in times of chance.

    `scores`: for each departure one score for each member of the file before it; `leavers`: the
    place of who left. The control takes any member for the one who left. The interval is over
    departures. A differencing attack as in Dwork and Roth (2014), section 1.
    """
    figures.enough(len(leavers), LEAST, "departures")
    rng = np.random.default_rng([seed, 13])
    hits = np.array([float(one.argmax() == who) for one, who in zip(scores, leavers, strict=True)])
    chance = np.array([1 / len(one) for one in scores])
    anyone = np.array([float(one.argmax() == rng.integers(len(one))) for one in scores])

    def over(drawn: Ints) -> float:
        return float(hits[drawn].sum() / chance[drawn].sum())

    low, high = figures.interval(len(hits), over, seed)
    people = int(sum(len(one) for one in scores))
    return Figure("two versions", LEFT, INFERENCE, over(np.arange(len(hits))), low, high,
                  float(anyone.sum() / chance.sum()), 1.0, people, len(hits))  # fmt: skip
