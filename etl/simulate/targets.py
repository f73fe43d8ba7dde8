"""Where an application is used: a few places to press and to read, the same for everybody."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import NamedTuple

from etl.simulate.dice import Dice

Place = tuple[float, float]

OPENING = 2
"""The first so many controls open something that is then read: the list's entries."""

_ROUTINE = 0.5  # times that the place beside the last one on the list comes next
_APPS = 1_000  # a path of its own beside those of people


class Targets(NamedTuple):
    """Places as shares of the screen: buttons and lists, and where the content stands."""

    controls: tuple[Place, ...]
    content: tuple[Place, ...]


@lru_cache
def of(app: str) -> Targets:
    """The targets of an application, drawn from its name alone: a path and `.exe` do not count.

    Two entries of a list on the left, three buttons of a toolbar, a button that confirms, and
    three parts of the content.
    """
    name = app.replace("\\", "/").rpartition("/")[2].casefold().removesuffix(".exe")
    dice = Dice(_APPS, zlib.crc32(name.encode()))
    toolbar = [(0.04 + 0.3 * (n + dice.uniform()), dice.between(0.03, 0.1)) for n in range(3)]
    entries = [(dice.between(0.04, 0.16), 0.2 + 0.3 * (n + dice.uniform())) for n in range(2)]
    confirm = (dice.between(0.6, 0.9), dice.between(0.8, 0.94))
    content = [(dice.between(0.3, 0.8), 0.2 + 0.2 * (n + dice.uniform())) for n in range(3)]
    return Targets((*entries, *toolbar, confirm), tuple(content))


def following(last: int, n: int, dice: Dice) -> int:
    """Which of `n` places comes after the last: the next by routine, else rather an early one."""
    if dice.chance(_ROUTINE):
        return (last + 1) % n
    return int(dice.uniform() * dice.uniform() * n)
