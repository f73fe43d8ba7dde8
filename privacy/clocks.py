"""Clocks that go back (C22 of docs/consent.md): how far a window is to be widened."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from privacy.windows import PAUSE_US, Interval


@dataclass(frozen=True)
class Steps:
    """Steps back, each with the time around it that it comes near to; two orders, with sums."""

    begins: list[int]
    ends: list[int]
    begun: list[int]
    ended: list[int]


def steps(pairs: Iterable[Interval], over: int = 0) -> Steps:
    """Steps from a time before to an earlier one, ready to be asked; those of `over` or less fall.

    `begun[n]` is the sum of the n steps that begin first, `ended[n]` of those that end first.
    """
    near = []
    for before, after in pairs:
        jump = before - after
        if jump > over:
            reach = max(PAUSE_US, jump)
            near.append((after - reach, before + reach, jump))
    by_begin, by_end = sorted(near), sorted(near, key=lambda step: step[1])
    return Steps(
        [begin for begin, _, _ in by_begin],
        [end for _, end, _ in by_end],
        [0, *accumulate(jump for _, _, jump in by_begin)],
        [0, *accumulate(jump for _, _, jump in by_end)],
    )


def jumped(known: Steps, window: Interval) -> int:
    """The sum of the steps that come near a window: all but those wholly after or before it."""
    begun = known.begun[bisect.bisect_right(known.begins, window[1])]
    return begun - known.ended[bisect.bisect_left(known.ends, window[0])]
