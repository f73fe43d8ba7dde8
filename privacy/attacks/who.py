"""Who is it: people known from other rows of theirs, defended in the same way, are recognized."""

from __future__ import annotations

import numpy as np

from privacy.attacks import figures, models
from privacy.attacks.figures import SINGLING_OUT, Figure, Flags, Floats, Ints, Rows

RANK_1, EQUAL_ERROR = "rank-1, times chance", "equal error rate"
TRAINED, TESTED = 80, 50  # rows of each person, at the most
PEOPLE, ROWS = 5, 100  # at the least
_KNOWN = 0.8  # of all people; the others show what is found where nobody is to be found
_FLOOR = 1e-4


def who(rows: Rows, seed: int) -> list[Figure]:
    """Rank-1 and equal error rate over a closed set, one row at a time.

    Trained on each person's earlier half and tried on the later one, by trees and by a linear
    model; the better of them counts. Only people of the row's file are guessed. The control gives
    rows of people who were not trained on, each claimed to be somebody who was. Rank-1 is in times
    of chance, the naive guess always names whoever has the most rows. As in Antal and
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
    file = _files(train, test)
    possible = file[classes][None, :] == file[test.person][:, None]
    chances = np.where(possible, model.predict_proba(test.features), 0)
    inside = np.isin(test.person, classes)
    own = np.searchsorted(classes, test.person[inside])
    many = len(classes)
    hits = np.bincount(own, chances[inside].argmax(1) == own, many)
    tries = np.bincount(own, minlength=many)
    blind = np.bincount(own, 1 / possible[inside].sum(1), many)

    def over(drawn: Ints) -> float:
        return float(hits[drawn].sum() / max(blind[drawn].sum(), 1e-9))

    low, high = figures.interval(many, over, seed)
    strange = ~inside & possible.any(1)
    strangers, claims = chances[strange], _claims(test.person[strange], possible[strange])
    control = float((strangers.argmax(1) == claims).sum()) if len(claims) else 1.0
    expected = float((1 / possible[strange].sum(1)).sum()) if len(claims) else 1.0
    rank = Figure("who is it", RANK_1, SINGLING_OUT, over(np.arange(many)), low, high,
                  control / expected, float(tries.max() / blind.sum()), many, len(own))  # fmt: skip
    return rank, _verified(chances[inside], possible[inside], own, seed)


def _files(train: Rows, test: Rows) -> Ints:
    """The file of each person of both."""
    people = int(max(train.person.max(), test.person.max())) + 1
    found = np.zeros(people, dtype=np.int64)
    for rows in (train, test):
        own = figures.files(rows)
        found[rows.person] = own[rows.person]
    return found


def _claims(strangers: Ints, possible: Flags) -> Ints:
    """Somebody who is known, of the same file, for each stranger always the same."""
    order = np.argsort(~possible, axis=1, kind="stable")
    claimed: Ints = order[np.arange(len(strangers)), strangers * 7919 % possible.sum(1)]
    return claimed


def _verified(chances: Floats, possible: Flags, own: Ints, seed: int) -> Figure:
    """Whether a row is of the person that it is claimed to be."""
    scores = np.log(chances + _FLOOR)
    counted = np.maximum(possible.sum(0), 1)
    scores -= np.where(possible, scores, 0).sum(0) / counted  # some are taken for everybody
    people = chances.shape[1]
    wanted = np.arange(people)[None, :] == own[:, None]
    flat, mark = scores[possible], wanted[possible]
    row = np.broadcast_to(own[:, None], possible.shape)[possible]
    # In order once, so that the sort of each draw has nothing left to do.
    order = np.argsort(-flat, kind="stable")
    flat, mark, row = flat[order], mark[order], row[order]

    def measure(drawn: Ints) -> float:
        weights = np.bincount(drawn, minlength=people).astype(np.float64)
        return figures.equal_error(flat, mark, weights[row])

    low, high = figures.interval(people, measure, seed)
    value = figures.equal_error(flat, mark)
    return Figure("who is it", EQUAL_ERROR, SINGLING_OUT, value, low, high, 0.5, 0.5, people,
                  len(own))  # fmt: skip
