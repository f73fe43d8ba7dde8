"""What a person typed, as it stood and as it would leave, by the code that builds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import polars as pl

from etl import assemble, chunk, consented, marks, moments, plan, tables
from etl.errors import TacendaError
from etl.person import reasons
from etl.plan import Chunk
from etl.project import Project
from etl.recipe import Recipe
from etl.rules import Rules
from privacy import consent
from privacy.registry import Limits, Registries
from transforms import events, typed_text
from transforms.events import DAY_US, KEYBOARD, MOUSE

# What was typed in these is not put together for anyone, its author included.
_KEPT = {"pause", "pause_in_stream", "excluded_window", "secure"}
_NOTHING = (
    "no word of it may leave, or it holds something for which a whole text is dropped, "
    "such as a private key"
)


@dataclass
class Judged:
    """How many events were removed, by (reason, scope), and the typed texts in order of time."""

    removed: Counter[tuple[str, str]] = field(default_factory=Counter)
    texts: list[dict[str, Any]] = field(default_factory=list)


def typed_recipes(rules: Rules) -> tuple[Recipe, ...]:
    """The recipes that make datasets of typed text."""
    return tuple(one for one in rules.recipes if one.transform == "typed_text")


def vocabulary(project: Project, recipe: Recipe) -> dict[str, Any]:
    """The words beyond the common ones that may leave: of the newest release, but recalled ones."""
    known = marks.read(project, recipe.name)
    sound = [one for one in marks.standing(project, recipe.name) if not known[one].recalled]
    if not sound:
        return {"dataset": recipe.name, "version": None, "shared": []}
    place = project.releases / recipe.name / sound[-1] / "review" / "words.txt"
    try:
        words = place.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        raise TacendaError(
            "the words of the newest release cannot be read",
            where=str(place),
            todo="run `tacenda verify` on that release",
            undone="no page was written",
        ) from None
    return {"dataset": recipe.name, "version": sound[-1], "shared": words}


def judged(
    connection: duckdb.DuckDBPyConnection,
    user: str,
    rules: Rules,
    shared: Mapping[str, Sequence[str]],
) -> Judged:
    """Takes a person's events through consent, and their texts through the rest of a build.

    `shared` holds each dataset's words beyond the common ones. Texts that consent leaves out are
    shown as they stood, but for those in pauses, excluded windows and secure fields, which are not
    rebuilt at all.
    """
    rules = replace(rules, recipes=typed_recipes(rules))
    names = tuple(one.name for one in rules.recipes)
    found = Judged()
    for part in plan.chunks(connection, {user: names}):
        _add(connection, part, rules, shared, found)
    found.texts.sort(key=_order)
    return found


def _order(one: Mapping[str, Any]) -> tuple[int, str, str]:
    return moments.parse(one["at"]), one["device"] or "", one["dataset"]


def _add(
    connection: duckdb.DuckDBPyConnection,
    part: Chunk,
    rules: Rules,
    shared: Mapping[str, Sequence[str]],
    found: Judged,
) -> None:
    bounds = consented.boundaries(connection, part.users)
    spans = consent.denied_spans(rules.registries, bounds)
    allowed, removed = _read(connection, spans, part)
    for reason, kind, n in removed.select("reason", "type", "n").iter_rows():
        found.removed[reason, _scope(kind)] += n
    if not rules.recipes:
        return
    typed, _ = chunk.texts(typed_text.segments(_framed(allowed)), rules)
    left = pl.DataFrame(schema=typed_text.SEGMENT)
    if set(removed["reason"]) - _KEPT:
        lifted, _ = _read(connection, consent.denied_spans(_lifted(rules.registries), bounds), part)
        left = _left_out(lifted, spans)
    for recipe in rules.recipes:
        found.texts += _facts(_paired(typed, recipe, shared[recipe.name]), recipe.name)
        found.texts += _facts(left, recipe.name)


def _read(
    connection: duckdb.DuckDBPyConnection, spans: pl.DataFrame, part: Chunk
) -> tuple[pl.DataFrame, pl.DataFrame]:
    return consented.read_allowed(
        connection, spans, part.users, first_ts=part.first_ts, last_ts=part.last_ts
    )


def _scope(kind: str) -> str:
    return "keyboard" if kind in KEYBOARD else "mouse" if kind in MOUSE else "other"


def _framed(allowed: pl.DataFrame) -> pl.DataFrame:
    ordered = events.with_runs(events.in_order(allowed))
    return events.with_focus(ordered, tables.applications())


def _lifted(registries: Registries) -> Registries:
    """The registries without what leaves texts out that their author may well see."""
    guard = Limits(guard_us=registries.limits.guard_us)
    return replace(registries, exemptions=(), withdrawals=(), limits=guard)


def _left_out(lifted: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """The texts in what consent alone leaves out, with the `reason`, cut where consent cuts."""
    device = pl.col("device_id").fill_null("\0").alias("_device")
    when = spans.select(
        device, "start_ts", pl.col("part").alias("_part"), pl.col("keyboard").alias("reason")
    ).sort("start_ts")
    own = _marked(lifted.with_columns(device), when, "ts")
    out = own.filter(pl.col("reason").is_not_null()).drop("part").rename({"_part": "part"})
    made = typed_text.segments(_framed(out.select(lifted.columns))).with_columns(device)
    told = _marked(made, when, "first_ts")
    return told.with_columns(pl.lit(None, pl.String).alias("after"))


def _marked(frame: pl.DataFrame, spans: pl.DataFrame, ts: str) -> pl.DataFrame:
    """Adds to what stands at a time of a device what consent says of that time."""
    return frame.sort(ts).join_asof(
        spans, left_on=ts, right_on="start_ts", by="_device", check_sortedness=False
    )


def _paired(typed: pl.DataFrame, recipe: Recipe, shared: Sequence[str]) -> pl.DataFrame:
    """Texts with what would leave of them: `after`, null where nothing would."""
    numbered = chunk.in_language(typed, recipe).with_row_index("_row")
    redacted = numbered.drop("text").rename({"redacted": "text"}).drop_nulls("text")
    after = assemble.final(redacted, recipe, shared).select("_row", pl.col("text").alias("after"))
    return numbered.join(after, on="_row", how="left", maintain_order="left")


def _facts(texts: pl.DataFrame, dataset: str) -> list[dict[str, Any]]:
    return [_fact(row, dataset) for row in texts.to_dicts()]


def _fact(row: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    reason = row.get("reason")
    why = reasons.words(reason) if reason else _NOTHING if row["after"] is None else ""
    at = moments.written(row["first_ts"])
    return {
        "dataset": dataset,
        "day": moments.written(row["first_ts"] // DAY_US * DAY_US)[:10],
        "at": at,
        "device": row["device_id"],
        "app": row["app"],
        "before": row["text"],
        "after": row["after"],
        "why": why,
        "rules": list(reasons.rules(reason)) if reason else [],
    }
