"""Chance for the simulator: the same on every machine, from one seed and a path of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

_BATCH = 4096


class Dice:
    """Draws for one path of numbers under a seed.

    Everything is made of uniform doubles by plain arithmetic: libm's sines and logarithms differ
    in their last digit between machines. Scalars come from batches, ten times as fast.
    """

    def __init__(self, seed: int, *path: int) -> None:
        self.generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *path])))
        self._batch: list[float] = []

    def uniform(self) -> float:
        """A number in [0, 1)."""
        if not self._batch:
            self._batch = self.generator.random(_BATCH).tolist()
        return self._batch.pop()

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return int(self.uniform() * n)

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.uniform()

    def whole(self, low: float, high: float) -> int:
        """A whole number in [low, high)."""
        return int(low + (high - low) * self.uniform())

    def chance(self, share: float) -> bool:
        """True in this share of calls."""
        return self.uniform() < share

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[int(self.uniform() * len(choices))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in another order."""
        left = list(items)
        for last in range(len(left) - 1, 0, -1):
            other = int(self.uniform() * (last + 1))
            left[last], left[other] = left[other], left[last]
        return left

    def string(self, alphabet: str, n: int) -> str:
        """`n` characters of the alphabet."""
        return "".join(self.pick(alphabet) for _ in range(n))


class Decks:
    """Draws without replacement: each item comes once before any comes again.

    A person so goes through all common words in a few hundred, as a year of typing would.
    """

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._left: dict[str, list[str]] = {}

    def stack(self, name: str, items: Sequence[str]) -> None:
        """Puts items on top: the next draws give them in this order."""
        self._left.setdefault(name, []).extend(reversed(items))

    def draw(self, name: str, items: Sequence[str]) -> str:
        """The next of `items`, which are always the same for one name."""
        left = self._left.get(name)
        if not left:
            left = self._left[name] = self._dice.shuffled(items)
        return left.pop()
