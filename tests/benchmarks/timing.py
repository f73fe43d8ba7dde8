"""Medians of alternating runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

ROUNDS = 5

Result = tuple[str, float, float]


def alternate(
    name: str, ours: Callable[[], object], baseline: Callable[[], object], rounds: int = ROUNDS
) -> Result:
    """Runs both in turn and gives (name, median seconds of ours, of the baseline)."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for place, run in enumerate((ours, baseline)):
            start = time.perf_counter()
            run()
            taken[place].append(time.perf_counter() - start)
    return name, statistics.median(taken[0]), statistics.median(taken[1])
