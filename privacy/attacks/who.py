"""Who is it: people known from other rows of theirs, defended in the same way, are recognized."""

from __future__ import annotations

import numpy as np

from privacy.attacks import figures, models
from privacy.attacks.figures import SINGLING_OUT, Figure, Floats, Ints, Rows

RANK_1, EQUAL_ERROR = "rank-1, times chance", "equal error rate"
TRAINED, TESTED = 80, 50  # rows of each person, at the most
PEOPLE, ROWS = 5, 100  # at the least
_KNOWN = 0.8  # of all people; the others show what is found where nobody is to be found
_FLOOR = 1e-4


def who(rows: Rows, seed: int) -> list[Figure]:
    """Rank-1 and equal error rate over a closed set, one row at a time.

    Trained on each person's earlier half and tried on the later one, by trees and by a linear
    model; the better of them counts. The control gives rows of people who were not trained on,
    each claimed to be somebody who was. Rank-1 is in times of chance, the naive guess always
    names whoever has the most rows. As in Antal and
    Egyed-Zsigmond, "Intrusion detection using mouse dynamics" (2019).
    """
    people = int(rows.person.max()) + 1
    known = np.sort(np.random.default_rng([seed, 4]).permutation(people)[: round(people * _KNOWN)])
    early = figures.of(rows, ~rows.late & np.isin(rows.person, known))
    late = figures.of(rows, rows.late)
    figures.enough(len(np.intersect1d(early.person, late.person)), PEOPLE, "people")
    figures.enough(int(np.isin(late.person, known).sum()), ROWS, "rows")
    train = figures.of(early, figures.chosen(early, TRAINED, seed))
    test = figures.of(late, figures.chosen(late, TESTED, seed))
    found = [_by(kind, train, test, seed) for kind in models.KINDS]
    return [
        figures.better([(one[0].value, one[0]) for one in found]),
        figures.better([(-one[1].value, one[1]) for one in found]),
    ]


def _by(kind: str, train: Rows, test: Rows, seed: int) -> tuple[Figure, Figure]:
    model = models.learned(kind, train.features, train.person, seed)
    classes = model.classes_
    chances = model.predict_proba(test.features)
    inside = np.isin(test.person, classes)
    own = np.searchsorted(classes, test.person[inside])
    hits = np.bincount(own, chances[inside].argmax(1) == own, len(classes))
    tries = np.bincount(own, minlength=len(classes))

    def over(drawn: Ints) -> float:
        return float(hits[drawn].sum() / max(tries[drawn].sum(), 1))

    low, high = figures.interval(len(classes), over, seed)
    strangers, claims = chances[~inside], _claims(test.person[~inside], len(classes))
    control = float(np.mean(strangers.argmax(1) == claims)) if len(claims) else 1 / len(classes)
    many, n = len(classes), int(inside.sum())
    value = over(np.arange(many))
    rank = Figure("who is it", RANK_1, SINGLING_OUT, value * many, low * many, high * many,
                  control * many, float(tries.max() / n * many), many, n)  # fmt: skip
    return rank, _verified(chances[inside], own, seed)


def _claims(strangers: Ints, known: int) -> Ints:
    """Somebody who is known, for each stranger the same."""
    return strangers * 7919 % known


def _verified(chances: Floats, own: Ints, seed: int) -> Figure:
    """Whether a row is of the person that it is claimed to be."""
    scores = np.log(chances + _FLOOR)
    scores -= scores.mean(0)  # some people are taken for everybody
    people = chances.shape[1]
    wanted = np.arange(people)[None, :] == own[:, None]
    flat, mark = scores.ravel(), wanted.ravel()
    row = np.repeat(own, people)

    def measure(drawn: Ints) -> float:
        weights = np.bincount(drawn, minlength=people).astype(np.float64)
        return figures.equal_error(flat, mark, weights[row])

    low, high = figures.interval(people, measure, seed)
    value = figures.equal_error(flat, mark)
    return Figure("who is it", EQUAL_ERROR, SINGLING_OUT, value, low, high, 0.5, 0.5, people,
                  len(own))  # fmt: skip
