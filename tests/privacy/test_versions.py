"""Who left is told where their rows are theirs alone, and not where everybody makes them."""

from __future__ import annotations

import numpy as np
import pytest

from privacy.attacks import versions
from privacy.attacks.figures import Figure, TooFewError

PEOPLE, ROWS = 12, 30


def _departures(patterns: int, number: int = 60) -> Figure:
    """Files of twelve people whose rows are of so many patterns; everyone's are drawn anew."""
    rng = np.random.default_rng(4)
    whose = np.repeat(np.arange(PEOPLE), ROWS)
    scores, leavers = [], []
    for _ in range(number):
        own = rng.integers(0, patterns, len(whose))
        who = int(rng.integers(PEOPLE))
        before, after = (rng.random(len(own)) < 0.5 for _ in range(2))
        after &= whose != who
        scores.append(versions.gone(own, whose, own[before], own[after], PEOPLE))
        leavers.append(who)
    return versions.left(scores, leavers, seed=1)


def test_rows_of_one_s_own_give_the_leaver_away() -> None:
    told = _departures(100_000)
    assert told.low > 6 and told.control < 3


def test_rows_of_everybody_do_not() -> None:
    assert _departures(6).low < 2


def test_too_few_departures_to_tell() -> None:
    with pytest.raises(TooFewError):
        _departures(10, number=5)
