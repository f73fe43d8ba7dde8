"""Two pictures of made-up figures; as a program, on stdout."""

from __future__ import annotations

import sys
from pathlib import Path

from etl import pictures, recipe
from etl.attacked import Attacks
from privacy.attacks import linking, who
from privacy.attacks.figures import Figure

POINTER = recipe.load(Path(__file__).parents[2] / "datasets" / "pointer-snippets")
COUNTED = [("app", "chat", 12_345), ("app", "email", 812), ("end", "left", 13_157)]


def _figure(measure: str, value: float, naive: float) -> Figure:
    return Figure("who", measure, "r", value, value - 0.1, value + 0.1, naive, naive, 40, 900)


REACHED = Attacks(
    (
        _figure(who.RANK_1, 1.9, 1.0),
        _figure(who.EQUAL_ERROR, 0.46, 0.5),
        _figure(linking.SINGLE, 0.53, 0.5),
    ),
    (_figure(who.RANK_1, 14.25, 1.0),),
)


def drawn() -> str:
    """Both pictures, one after the other."""
    return pictures.composition(COUNTED) + pictures.attackers(POINTER, REACHED)


if __name__ == "__main__":
    sys.stdout.write(drawn())
