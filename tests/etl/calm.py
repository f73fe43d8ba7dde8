"""Builds of a few people in a moment: attackers who say that they lost, and a smaller least number.

Attackers need more rows than most tests make, and take seconds; `test_attacked` lets them try.
As a program it is the `tacenda` command in such a world.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from etl import attacked, recipe, undefended, useful
from etl.attacked import Attacks, Sought
from etl.recipe import Recipe
from privacy.attacks.figures import Figure
from privacy.uses import Use

PEOPLE, BEFORE = 20, 30
_load, _attack = recipe.load, attacked.attack


def _lost(measure: str, value: float) -> Figure:
    return Figure("made up", measure, "none", value, value, value, value, value, PEOPLE, 0)


def lost(sought: Sought) -> Attacks:
    """Figures that keep every limit by far."""
    own = sought.written.recipe
    if own.transform == "typed_text":
        return Attacks()
    limits = [one for gate in attacked.limits(own).values() for one in gate]
    released = tuple(_lost(one.measure, 0.5 if one.above else 0.0) for one in limits)
    wins = [measure for gate in undefended.MUST_WIN.values() for measure in gate]
    left = (Use(measure, 0.0, 0.0, 0.0, 1.0, 0) for measure in useful.floors(own))
    return Attacks(released, tuple(_lost(measure, 9.0) for measure in wins), tuple(left))


def fewer(folder: Path) -> Recipe:
    """A recipe as it is read, but for the least number of people where it is the default."""
    read = _load(folder)
    return read.model_copy(update={"min_people": PEOPLE}) if read.min_people == BEFORE else read


def calm(put: Callable[[Any, str, Any], None]) -> None:
    """Sets both: `put` as pytest's `monkeypatch.setattr`."""
    put(attacked, "attack", lost)
    put(recipe, "load", fewer)


def earnest(put: Callable[[Any, str, Any], None]) -> None:
    """Takes both back."""
    put(attacked, "attack", _attack)
    put(recipe, "load", _load)


if __name__ == "__main__":
    calm(setattr)
    from etl.__main__ import main

    main()
