"""What happens to one chunk of events: consent, transforms, detection, redaction.

The same code runs over people's events and over the planted ones of a side run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import duckdb
import polars as pl

from etl import consented, remarks, tables
from etl.plan import Chunk
from etl.recipe import Recipe
from privacy import consent, detectors, findings, vocabulary
from privacy.policy import Policy
from privacy.redact import redact
from privacy.registry import Registries
from transforms import actions, events, pads, pointer, thinning, typed_text
from transforms.events import DAY_US

RELATION = "lake.events"


@dataclass(frozen=True)
class Rules:
    """Everything that decides what becomes of an event; `key` orders and thins out."""

    registries: Registries
    recipes: tuple[Recipe, ...]
    policy: Policy
    key: bytes
    relation: str = RELATION


@dataclass
class Outcome:
    """A chunk's rows by dataset, the words in them, and the counts of every arrow."""

    events: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    rows: dict[str, pl.DataFrame] = field(default_factory=dict)
    words: dict[str, pl.DataFrame] = field(default_factory=dict)
    made: dict[str, Counter[str]] = field(default_factory=dict)
    found: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    matched: frozenset[int] = frozenset()


@cache
def detector() -> detectors.Detector:
    """All detectors, built once in each process."""
    return detectors.load()


def process(connection: duckdb.DuckDBPyConnection, chunk: Chunk, rules: Rules) -> Outcome:
    """Takes one chunk through every room up to redaction."""
    bounds = consented.boundaries(connection, chunk.users, rules.relation)
    allowed, excluded = consented.read_allowed(
        connection,
        consent.denied_spans(rules.registries, bounds),
        chunk.users,
        first_ts=chunk.first_ts,
        last_ts=chunk.last_ts,
        relation=rules.relation,
    )
    outcome = Outcome(events=allowed.height + int(excluded["n"].sum() or 0))
    if chunk.first_ts is None:  # a person's days come in several chunks, their boundaries in each
        outcome.notes[remarks.STRAY] = consent.strays(bounds)
        outcome.matched = consent.matched(rules.registries.own_exclusions, bounds)
    for reason, n in excluded.select("reason", "n").iter_rows():
        outcome.excluded[reason] += int(n)
    ordered = events.in_order(allowed)
    outcome.notes["clock went back"] = events.backward(ordered)
    frame = events.with_focus(events.with_runs(ordered), tables.applications())
    # A click on a pad still moves the caret, so typed text is rebuilt from all that is allowed.
    unpadded, on_pads = pads.without_pads(frame)
    outcome.notes["mouse events on a pad"] = on_pads
    outcome.notes["points outside the screen"] = pointer.outside(unpadded)
    for recipe in rules.recipes:
        source = frame if recipe.transform == "typed_text" else unpadded
        _TRANSFORMS[recipe.transform](source, recipe, rules, outcome)
    return outcome


def _pointer(frame: pl.DataFrame, recipe: Recipe, rules: Rules, outcome: Outcome) -> None:
    params = recipe.pointer_params()
    made = pointer.snippets(frame, params)
    rows = thinning.unchained(made, rules.key)
    _keep(outcome, recipe, made, rows)


def _actions(frame: pl.DataFrame, recipe: Recipe, rules: Rules, outcome: Outcome) -> None:
    rows = actions.sequences(frame, recipe.action_params(), rules.key)
    _keep(outcome, recipe, rows, rows)


def _typed_text(frame: pl.DataFrame, recipe: Recipe, rules: Rules, outcome: Outcome) -> None:
    made = typed_text.segments(frame)
    found = detector().find(made["text"].to_list())
    for spans in found:
        outcome.found.update(findings.counts(spans))
    pairs = zip(made["text"], found, strict=True)
    texts = [redact(text, spans, rules.policy) for text, spans in pairs]
    rows = made.with_columns(pl.Series("text", texts, dtype=pl.String)).drop_nulls("text")
    _keep(outcome, recipe, made, rows)
    common = vocabulary.common_words(recipe.vocabulary.languages)
    uses = vocabulary.words_of(rows["text"], common, recipe.vocabulary.languages)
    whose = rows.select("user_id", (pl.col("first_ts") // DAY_US).alias("day")).with_row_index(
        "row"
    )
    outcome.words[recipe.name] = (
        uses.join(whose, on="row").select("token", "user_id", "day").unique().sort(pl.all())
    )


_TRANSFORMS: dict[str, Callable[[pl.DataFrame, Recipe, Rules, Outcome], None]] = {
    "typed_text": _typed_text,
    "pointer": _pointer,
    "actions": _actions,
}


def _keep(outcome: Outcome, recipe: Recipe, made: pl.DataFrame, rows: pl.DataFrame) -> None:
    used = rows.select(pl.sum_horizontal("n_keyboard", "n_mouse", "n_other").sum()).item()
    outcome.rows[recipe.name] = rows
    outcome.made[recipe.name] = Counter(
        rows_made=made.height, rows_kept=rows.height, events_used=int(used or 0)
    )
