"""Each consent rule broken on purpose: the comparison with the second implementation must see it.

A rule is broken by replacing a piece of the source and compiling the modules afresh; a piece that
the source no longer holds fails the test, so that the table in `breaks.py` cannot go stale.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from tests.privacy import scenarios
from tests.privacy.breaks import BREAKS, MODULES, Break, C, E
from tests.privacy.scenarios import Scenario

HISTORIES = (
    43,
    12,
    33,
    4,
    3,
    28,
    20,
    24,
    32,
    7,
    47,
    38,
    29,
    13,
    76,
    1,
    73,
    104,
    130,
    9,
    30,
    81,
    10,
    6,
)
"""Of some two hundred, so many that each break shows in one of them, the most telling first."""
EACH = 500
REAL = {name: importlib.import_module(name) for name in MODULES}


@contextmanager
def compiled(broken: Break | None) -> Iterator[dict[str, ModuleType]]:
    """The three modules compiled afresh, one of them with a rule broken; put back afterwards."""
    made: dict[str, ModuleType] = {}
    try:
        for name, real in REAL.items():
            source = Path(str(real.__file__)).read_text(encoding="utf-8")
            if broken and broken.module == name:
                assert broken.old in source, "the source no longer holds this piece"
                source = source.replace(broken.old, broken.new)
            made[name] = ModuleType(name)
            install(name, made[name])
            exec(compile(source, f"<{name}, one rule broken>", "exec"), made[name].__dict__)
        yield made
    finally:
        for name, real in REAL.items():
            install(name, real)


def install(name: str, module: ModuleType) -> None:
    """Makes `import` and `from … import` find a module of this name."""
    sys.modules[name] = module
    room, _, short = name.partition(".")
    setattr(sys.modules[room], short, module)


@cache
def known(seed: int) -> tuple[Scenario, list[str | None], int]:
    """A history, its verdicts and its stray resumes as the second implementation has them."""
    scenario = scenarios.history(seed, EACH)
    strays = sum(person.strays for person in scenario.people.values())
    return scenario, scenarios.expected(scenario), strays


def difference(seed: int, modules: dict[str, ModuleType]) -> str | None:
    """What differs from the second implementation first, or None."""
    scenario, wanted, strays = known(seed)
    got = scenarios.judged(scenario, modules[C], modules[E])
    if got["reason"].to_list() != wanted:
        return "reasons"
    if scenarios.wrong_parts(scenario, got):
        return "parts"
    users = scenario.events["user_id"].unique().to_list()
    bounds = modules[E].boundaries(scenarios.desk(), users, "capture")
    return None if modules[C].strays(bounds) == strays else "stray resumes"


def test_unbroken_there_is_no_difference() -> None:
    with compiled(None) as modules:
        assert [difference(seed, modules) for seed in HISTORIES] == [None] * len(HISTORIES)


@pytest.mark.parametrize("broken", BREAKS, ids=lambda one: f"{one.rule} {one.says}")
def test_a_broken_rule_is_seen(broken: Break) -> None:
    with compiled(broken) as modules:
        seen = any(difference(seed, modules) for seed in HISTORIES)
    assert seen, "nobody would notice"


def test_every_rule_that_decides_is_broken_once() -> None:
    numbers = {int(one.rule[1:]) for one in BREAKS}
    # C19 decides about no event: it reports registry rows that nothing in the capture answers to.
    # C26 decides before anything is loaded.
    assert numbers == set(range(1, 26)) - {19}
    assert len({(one.rule, one.says) for one in BREAKS}) == len(BREAKS)


def test_the_page_of_the_rules_says_how_many_breaks_there_are() -> None:
    page = Path(__file__).parents[2] / "docs" / "consent.md"
    assert f"**{len(BREAKS)} breaks**" in page.read_text(encoding="utf-8")
