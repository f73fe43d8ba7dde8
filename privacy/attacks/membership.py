"""Was I in it: is somebody among those whose rows were released, told from their own recording."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from privacy.attacks import figures
from privacy.attacks.figures import INFERENCE, Figure, Flags, Floats, Ints

AUC = "AUC, in the release or not"
PEOPLE = 10  # of each kind, at the least


def member(scores: Sequence[Floats], inside: Flags, seed: int) -> Figure:
    """The area under the curve for people in the release against people who are not.

    `scores`: by attacker one score for each person, from the release and that person's recording
    alone, higher for those who are in it; the best attacker counts. The control gives the same
    people's membership at random. As in Shokri, Stronati, Song and Shmatikov (2017), without
    shadow models: here the rows themselves are released.
    """
    figures.enough(int(min(inside.sum(), (~inside).sum())), PEOPLE, "people of each kind")
    rng = np.random.default_rng([seed, 10])
    found = [_one(one, inside, rng.permutation(inside), seed) for one in scores]
    return figures.better([(one.value, one) for one in found])


def _one(scores: Floats, inside: Flags, shuffled: Flags, seed: int) -> Figure:
    def over(drawn: Ints) -> float:
        return figures.auc(scores[drawn], inside[drawn])

    low, high = figures.interval(len(scores), over, seed)
    value = figures.auc(scores, inside)
    return Figure("was I in it", AUC, INFERENCE, value, low, high,
                  figures.auc(scores, shuffled), 0.5, len(scores), len(scores))  # fmt: skip


def overlap(own: Ints, whose: Ints, released: Ints, people: int) -> list[Floats]:
    """Scores of people by how their rows meet those released, the patterns of both numbered.

    `own` and `whose`: the pattern of each row that somebody's recording would give, and that
    person's number. Attackers: the share of rows whose like is there; the same, rare ones counting
    more; the mean of how often the like is there against how often one's own rows have it.
    """
    top = int(max(own.max(initial=0), released.max(initial=0))) + 1
    there = np.bincount(released, minlength=top).astype(np.float64)
    mine = np.bincount(whose, minlength=people).astype(np.float64).clip(1)
    common = np.bincount(own, minlength=top).astype(np.float64)
    met = there[own] > 0
    rare = 1 / common[own].clip(1)
    return [
        np.bincount(whose, met, people) / mine,
        np.bincount(whose, met * rare, people) / np.bincount(whose, rare, people).clip(1e-9),
        np.bincount(whose, np.log1p(there[own]), people) / mine,
        np.bincount(whose, there[own] / common[own].clip(1), people) / mine,
    ]
