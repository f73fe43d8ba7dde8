"""What happens to one chunk of events: consent, transforms, detection, redaction.

The same code runs over people's events and over the planted ones of a side run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import duckdb
import polars as pl

from etl import assemble, consented, rawrows, remarks, shards, tables
from etl.plan import Chunk
from etl.recipe import Recipe
from etl.rules import Rules
from privacy import consent, detectors, findings, multilingual, prompts, vocabulary
from privacy import languages as recognized
from privacy import terms as own_terms
from privacy.findings import Finding
from privacy.redact import redact
from privacy.terms import Terms
from transforms import actions, events, pads, pointer, thinning, typed_text
from transforms.events import DAY_US

BACK, PAD, OUTSIDE = (
    "clock went back", "mouse events on a pad", "points outside the screen"
)  # fmt: skip
ASKED, FOREIGN, UNSURE = (
    "texts after a command that asks for a password", "texts in a language that is not covered",
    "texts of which it is not known what stood there",
)  # fmt: skip
WIDENED = "windows widened because a clock went back"
NOTES = (BACK, PAD, OUTSIDE, WIDENED, remarks.STRAY, ASKED, FOREIGN, UNSURE)

Counts = Counter[tuple[str, str, str]]
"""How often, by person, kind of count and name."""


@dataclass
class Outcome:
    """A chunk's rows and words by dataset, and the counts of every arrow by dataset.

    `raw`: by kind (see `rawrows`) and dataset some rows of the same people that nothing defends,
    for attackers to show what they can do, and for what is still of use to be compared with.
    """

    rows: dict[str, pl.DataFrame] = field(default_factory=dict)
    words: dict[str, pl.DataFrame] = field(default_factory=dict)
    raw: dict[tuple[str, str], pl.DataFrame] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)

    def total(self, dataset: str, kind: str) -> Counter[str]:
        """One kind of count over all people, by name."""
        found: Counter[str] = Counter()
        for (_, own, name), n in self.counts[dataset].items():
            if own == kind:
                found[name] += n
        return found


@cache
def detector() -> detectors.Detector:
    """All detectors, built once in each process."""
    return detectors.load()


def usable(
    connection: duckdb.DuckDBPyConnection, chunk: Chunk, rules: Rules
) -> tuple[pl.DataFrame, Counts]:
    """A chunk's events that consent allows, in order, in runs and focuses; and what was counted."""
    bounds = consented.boundaries(connection, chunk.users, rules.relation)
    allowed, excluded = consented.read_allowed(
        connection,
        consent.denied_spans(rules.registries, bounds),
        chunk.users,
        first_ts=chunk.first_ts,
        last_ts=chunk.last_ts,
        relation=rules.relation,
        columns=events.USED,
    )
    common: Counts = Counter()
    for user, reason, n in excluded.select("user_id", "reason", "n").iter_rows():
        common[user, "events", ""] += int(n)
        common[user, "excluded", reason] += int(n)
    for user, n in allowed.group_by("user_id").len().iter_rows():
        common[user, "events", ""] += int(n)
    if chunk.first_ts is None:  # a person's days come in several chunks, their boundaries in each
        common.update(_of_boundaries(bounds, rules))
    # One name for both, so that the unordered ones can go: they are as large.
    allowed = events.in_order(allowed)
    common.update(_noted(BACK, allowed, events.backward))
    return events.with_focus(events.with_runs(allowed), tables.applications()), common


def process(connection: duckdb.DuckDBPyConnection, chunk: Chunk, rules: Rules) -> Outcome:
    """Takes one chunk through every room up to redaction, for the datasets that it names."""
    frame, common = usable(connection, chunk, rules)
    # A click on a pad still moves the caret, so typed text is rebuilt from all that is allowed.
    unpadded, _ = pads.without_pads(frame)
    common.update(_noted(PAD, frame, len))
    common.subtract(_noted(PAD, unpadded, len))
    common.update(_noted(OUTSIDE, unpadded, pointer.outside))
    outcome = Outcome()
    for recipe in rules.recipes:
        if recipe.name in chunk.datasets:
            outcome.counts[recipe.name] = Counter(common)
            source = frame if recipe.transform == "typed_text" else unpadded
            _TRANSFORMS[recipe.transform](source, recipe, rules, outcome)
    moving = [
        recipe for recipe in rules.recipes
        if recipe.name in chunk.datasets and recipe.transform != "typed_text"
    ]  # fmt: skip
    outcome.raw = rawrows.of(frame, unpadded, moving)
    return outcome


def _people(frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    for (user,), own in frame.group_by("user_id", maintain_order=True):
        yield str(user), own


def _of_boundaries(bounds: pl.DataFrame, rules: Rules) -> Counts:
    found: Counts = Counter()
    for user, own in _people(bounds):
        found[user, "note", remarks.STRAY] += consent.strays(own)
        for place in consent.matched(rules.registries.own_exclusions, own):
            found[user, "matched", str(place)] += 1
    for user, n in consent.widened(rules.registries, bounds).items():
        found[user, "note", WIDENED] += n
    return found


def _noted(what: str, frame: pl.DataFrame, count: Callable[[pl.DataFrame], int]) -> Counts:
    return Counter({(user, "note", what): count(own) for user, own in _people(frame)})


def _pointer(frame: pl.DataFrame, recipe: Recipe, rules: Rules, outcome: Outcome) -> None:
    made = pointer.snippets(frame, recipe.pointer_params())
    rows = thinning.unchained(made, rules.key)
    _count(outcome.counts[recipe.name], made, rows)
    identified = shards.identified(rows).with_columns(pointer.mix().alias("mix"))
    outcome.rows[recipe.name] = assemble.whole(identified)


def _actions(frame: pl.DataFrame, recipe: Recipe, rules: Rules, outcome: Outcome) -> None:
    rows = actions.sequences(frame, recipe.action_params())
    _count(outcome.counts[recipe.name], rows, rows)
    identified = shards.identified(rows).with_columns(actions.mix().alias("mix"))
    outcome.rows[recipe.name] = assemble.whole(identified)


def _typed_text(frame: pl.DataFrame, recipe: Recipe, rules: Rules, outcome: Outcome) -> None:
    counts = outcome.counts[recipe.name]
    judged = typed_text.judged(frame)
    unsure = pl.col("kind") == typed_text.UNKNOWN
    typed, found = texts(judged.filter(~unsure), rules)
    made = in_language(typed, recipe)
    for what, dropped in (
        (UNSURE, judged.filter(unsure)),
        (ASKED, made.filter("asked")),
        (FOREIGN, made.filter(pl.col("language").is_null())),
    ):
        for user, n in dropped.group_by("user_id").len().iter_rows():
            counts[user, "note", what] += n
    for user, spans in zip(made["user_id"], found, strict=True):
        for kind, n in findings.counts(spans).items():
            counts[user, "found", kind] += n
    rows = made.drop("text").rename({"redacted": "text"}).drop_nulls("text")
    rows = rows.select(*typed_text.SEGMENT, "language")
    _count(counts, made, rows)
    uses = _uses(rows, recipe, rules.terms)
    whose = rows.select("user_id", (pl.col("first_ts") // DAY_US).alias("day")).with_row_index(
        "row"
    )
    outcome.words[recipe.name] = (
        uses.join(whose, on="row").select("token", "user_id", "day").unique().sort(pl.all())
    )
    outcome.rows[recipe.name] = assemble.parted(shards.identified(rows), uses["row"], recipe)


def _uses(rows: pl.DataFrame, recipe: Recipe, terms: Terms) -> pl.DataFrame:
    """Words (`token`, `row`) that k people would have to share, or that a reviewer lets pass."""
    languages = recipe.vocabulary.languages
    uses = multilingual.words_of_each(rows["text"], rows["language"], languages)
    return pl.concat([uses, vocabulary.listed_in(rows["text"], terms.passing)]).unique()


def in_language(made: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Adds the `language` of each text; null, and `redacted` too, where the recipe covers it not.

    It is told from the text as it was typed, since what is redacted has fewer words.
    """
    languages = recipe.vocabulary.languages
    code = pl.col("language")
    told = made.with_columns(recognized.recognize(made["text"], languages).alias("language"))
    known = pl.when(code == "").then(pl.lit(multilingual.UNTOLD)).when(code.is_in(languages))
    spoken = told.with_columns(known.then(code).alias("language"))
    return spoken.with_columns(pl.when(code.is_not_null()).then("redacted").alias("redacted"))


def texts(made: pl.DataFrame, rules: Rules) -> tuple[pl.DataFrame, list[tuple[Finding, ...]]]:
    """What was typed, with `redacted` beside `text` (null: dropped), and what was found in each.

    Input as from `typed_text.segments`. `asked` says that a text may be a password that a command
    asked for, and was dropped so.

    The words that pass are decided later, over everyone.
    """
    # Detectors take seconds to load, which somebody who typed nothing should not cost.
    found = look(made["text"].to_list(), rules.terms) if made.height else []
    pairs = zip(made["text"], found, strict=True)
    after = [redact(text, spans, rules.policy) for text, spans in pairs]
    lines = (made[name] for name in typed_text.FOLLOWS)
    asked = prompts.hidden(made["app"], *lines, within=made[typed_text.WITHIN], text=made["text"])
    redacted = made.with_columns(
        pl.Series("redacted", after, dtype=pl.String), asked.alias("asked")
    ).drop(*typed_text.CONTEXT)
    return redacted.with_columns(
        pl.when(~pl.col("asked")).then("redacted").alias("redacted")
    ), found


def look(texts: Sequence[str], terms: Terms) -> list[tuple[Finding, ...]]:
    """What the detectors and the project's own list of terms find in each text."""
    listed = own_terms.find(texts, terms)
    return [
        (*own_terms.let_pass(text, spans, terms), *listed_spans)
        for text, spans, listed_spans in zip(texts, detector().find(texts), listed, strict=True)
    ]


_TRANSFORMS: dict[str, Callable[[pl.DataFrame, Recipe, Rules, Outcome], None]] = {
    "typed_text": _typed_text,
    "pointer": _pointer,
    "actions": _actions,
}


def _count(counts: Counts, made: pl.DataFrame, rows: pl.DataFrame) -> None:
    used = pl.sum_horizontal("n_keyboard", "n_mouse", "n_other").sum()
    for user, n in made.group_by("user_id").len().iter_rows():
        counts[user, "made", "rows_made"] += n
    for user, n, events_used in rows.group_by("user_id").agg(pl.len(), used.alias("u")).iter_rows():
        counts[user, "made", "rows_kept"] += n
        counts[user, "made", "events_used"] += int(events_used or 0)
