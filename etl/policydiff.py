"""What two policies make of the same texts: of made-up ones in words, of people's in counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from etl import chunk, plan, tryredact
from etl.build import rules_for
from etl.project import Project
from privacy import multilingual
from privacy.examples import EXAMPLES
from privacy.findings import KINDS, Finding
from privacy.policy import Policy
from privacy.pseudonyms import derive
from privacy.redact import redact
from privacy.terms import Terms
from transforms import typed_text

_PLACEHOLDER = re.compile(r"<[A-Z]+>")
_CHUNK_EVENTS = 20_000
DROPPED = "texts dropped whole"

Found = tuple[str, tuple[Finding, ...]]
"""A text and what was found in it."""


@dataclass(frozen=True)
class Change:
    """A made-up text and what each policy leaves of it; None where it drops it."""

    text: str
    old: str | None
    new: str | None


def lines(old: Policy, new: Policy) -> list[tuple[str, str, str]]:
    """The kinds of which the policies make something else: (kind, action, action)."""
    both = [(kind, old.action(kind), new.action(kind)) for kind in sorted(KINDS)]
    return [line for line in both if line[1] != line[2]]


def examples(old: Policy, new: Policy) -> list[Change]:
    """The made-up texts that the policies leave differently, the allow-list of English behind."""
    lists = multilingual.allow_lists(("en",))
    sides = (tryredact.examine(EXAMPLES, one, Terms(), lists) for one in (old, new))
    made = [Change(a.before, a.after, b.after) for a, b in zip(*sides, strict=True)]
    return [one for one in made if one.old != one.new]


def sample(
    project: Project, connection: duckdb.DuckDBPyConnection, now: int, texts: int, seed: int
) -> list[Found]:
    """Up to so many texts that consent allows, of people drawn by a keyed order, with findings."""
    rules = rules_for(project, connection, (), now)
    typed = [one for one in rules.recipes if one.transform == "typed_text"]
    if not typed:
        return []
    people = [row[0] for row in connection.execute(
        "SELECT DISTINCT user_id FROM lake.events ORDER BY user_id").fetchall()]  # fmt: skip
    drawn = sorted(people, key=lambda user: derive(rules.key, f"policy\0{seed}\0{user}"))
    found: list[Found] = []
    for user in drawn:
        for task in plan.chunks(connection, {user: (typed[0].name,)}, limit=_CHUNK_EVENTS):
            frame, _ = chunk.usable(connection, task, rules)
            made, spans = chunk.texts(typed_text.segments(frame), rules)
            found += zip(made["text"], spans, strict=True)
            if len(found) >= texts:
                return found[:texts]
    return found


def counts(found: Sequence[Found], policy: Policy) -> dict[str, int]:
    """What a policy does to texts: how many it drops, and how many placeholders of each sort."""
    tally: Counter[str] = Counter()
    for text, spans in found:
        left = redact(text, spans, policy)
        if left is None:
            tally[DROPPED] += 1
        else:
            tally.update(_PLACEHOLDER.findall(left))
    return dict(sorted(tally.items()))
