"""Same person: are two rows, or two bags of rows, by one person, whoever that is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from privacy.attacks import figures, models
from privacy.attacks.figures import LINKABILITY, Figure, Flags, Floats, Ints, Rows

SINGLE, BAGS = "AUC, single rows", "AUC, bags of ten"
BAG = 10
_BAGS, _OF_HALF = 6, 0.7  # of each person and half, and what share of it a bag may hold
PEOPLE, PAIRED = 10, 40  # people with early and late rows, and pairs, at the least
PAIRS = 40  # of each person and kind, at the most


def rows_of_one(rows: Rows, seed: int) -> Figure:
    """Two single rows, one early and one late: the area under the curve, for unseen people.

    Half of the people are learned from and the other half tried, then the other way round. The
    control does the same with people who do not exist, the early rows of one and the late rows of
    another. Only people of one file are set against each other. After the verification task of
    Antal and Denes-Fazakas (2019).
    """
    return _better("same person", SINGLE, rows, seed)


def bags_of_one(rows: Rows, seed: int) -> Figure:
    """Two bags of ten rows, as `rows_of_one`; of fewer where most people have hardly more."""
    half = rows.person * 2 + rows.late
    most = float(np.quantile(np.unique(half, return_counts=True)[1], 0.25))
    size = min(max(int(most * _OF_HALF), 2), BAG)
    return _better("same person", BAGS, bagged(rows, seed, size), seed)


def bagged(rows: Rows, seed: int, size: int = BAG) -> Rows:
    """Bags of `size` rows of one person and half: means and spreads of their features.

    Where most people have rows for few bags the rows are drawn again for more, so that one lucky
    bag of somebody does not decide.
    """
    half = rows.person * 2 + rows.late
    each = np.unique(half, return_counts=True)[1] // size
    rounds = max(1, _BAGS // max(int(np.median(each)), 1))
    drawn = [_bags(rows, np.random.default_rng([seed, 5, n]), size) for n in range(rounds)]
    places = np.concatenate(drawn)
    values = rows.features[places]
    features = np.concatenate([values.mean(1), values.std(1)], axis=1)
    return figures.of(rows, places[:, 0])._replace(features=features)


def _bags(rows: Rows, rng: np.random.Generator, size: int) -> Ints:
    """The places of rows, one line a bag of one person and half; no row is in two of them."""
    order = rng.permutation(len(rows.person))
    ordered = order[np.lexsort((rows.late[order], rows.person[order]))]
    half = rows.person[ordered] * 2 + rows.late[ordered]
    _, first, count = np.unique(half, return_index=True, return_counts=True)
    rank = np.arange(len(half)) - np.repeat(first, count)
    whole = rank < np.repeat(count // size * size, count)
    return ordered[whole].reshape(-1, size)


def _better(attack: str, measure: str, rows: Rows, seed: int) -> Figure:
    found = [_by(kind, attack, measure, rows, seed) for kind in models.KINDS]
    return figures.better([(one.value, one) for one in found])


def _by(kind: str, attack: str, measure: str, rows: Rows, seed: int) -> Figure:
    both = np.intersect1d(rows.person[rows.late], rows.person[~rows.late])
    figures.enough(len(both), PEOPLE, "people")
    rows, people = _numbered(rows, both), len(both)
    scores, wanted, whose = _scored(kind, rows, people, seed)
    figures.enough(len(scores), PAIRED, "pairs")

    def over(drawn: Ints) -> float:
        weights = np.bincount(drawn, minlength=people).astype(np.float64)
        return figures.auc(scores, wanted, weights[whose])

    low, high = figures.interval(people, over, seed)
    value, nobody = figures.auc(scores, wanted), _nobody(kind, rows, people, seed)
    return Figure(attack, measure, LINKABILITY, value, low, high, nobody, 0.5, people, len(scores))


def _numbered(rows: Rows, people: Ints) -> Rows:
    """The rows of some people, who are numbered anew from 0."""
    own = figures.of(rows, np.isin(rows.person, people))
    return own._replace(person=np.searchsorted(people, own.person).astype(np.int64))


def _nobody(kind: str, rows: Rows, people: int, seed: int) -> float:
    """The same for people put together from the early rows of one and the late ones of another."""
    shifted = np.where(rows.late, _next(figures.files(rows))[rows.person], rows.person)
    scores, wanted, _ = _scored(kind, rows._replace(person=shifted), people, seed)
    return figures.auc(scores, wanted)


def _next(file: Ints) -> Ints:
    """For each person the next of the same file, the first after the last."""
    order = np.argsort(file, kind="stable")
    after = np.roll(order, -1)
    _, first, count = np.unique(file[order], return_index=True, return_counts=True)
    after[first + count - 1] = order[first]
    found = np.empty_like(order)
    found[order] = after
    return found


def _scored(kind: str, rows: Rows, people: int, seed: int) -> tuple[Floats, Flags, Ints]:
    """Scores of the pairs of both folds, whether they are of one person, whose the first is."""
    one, other = _folds(kind, rows, people, seed)
    scores, wanted, whose = (np.concatenate(both) for both in zip(one, other, strict=True))
    return scores, wanted, whose


def _folds(kind: str, rows: Rows, people: int, seed: int) -> Iterator[tuple[Floats, Flags, Ints]]:
    """Scores of pairs, whether they are of one person, and whose the first is."""
    one, other = figures.halves(people, seed)
    for known, unseen in ((one, other), (other, one)):
        train, trained, _ = _pairs(rows, known, seed)
        test, tested, whose = _pairs(rows, unseen, seed + 1)
        model = models.learned(kind, train, trained.astype(np.int64), seed)
        yield model.predict_proba(test)[:, 1], tested, whose


def _pairs(rows: Rows, people: Ints, seed: int) -> tuple[NDArray[np.float32], Flags, Ints]:
    """Pairs of an early and a late row: as many of one person as of two of the same file."""
    rng = np.random.default_rng([seed, 6])
    firsts, seconds, whose = [], [], []
    late = {p: np.flatnonzero((rows.person == p) & rows.late) for p in people.tolist()}
    early = {p: np.flatnonzero((rows.person == p) & ~rows.late) for p in people.tolist()}
    file = figures.files(rows)
    there = [p for p in people.tolist() if len(late[p]) and len(early[p])]
    for p in there:
        many = min(PAIRS, len(early[p]), len(late[p]))
        near = [q for q in there if q != p and file[q] == file[p]]
        if not near:
            continue
        others = rng.choice(near, many)
        for q_rows in (
            rng.choice(late[p], many, replace=False),
            np.array([rng.choice(late[int(q)]) for q in others], dtype=np.int64),
        ):
            firsts.append(rng.choice(early[p], many, replace=False))
            seconds.append(q_rows)
            whose.append(np.full(many, p))
    figures.enough(len(firsts), 1, "people with others in their file")
    wanted = np.concatenate([np.full(len(one), n % 2 == 0) for n, one in enumerate(firsts)])
    a, b = rows.features[np.concatenate(firsts)], rows.features[np.concatenate(seconds)]
    pair = np.concatenate([np.abs(a - b), a + b, np.minimum(a, b)], axis=1)
    return pair.astype(np.float32), wanted, np.concatenate(whose)
