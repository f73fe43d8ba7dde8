"""A dataset's card: what `load_dataset` reads, then what people read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from etl import cardhead
from etl.errors import TacendaError
from etl.features import Feature
from etl.recipe import OTHER, Recipe
from etl.shards import Shard
from privacy.attacks.figures import Figure
from privacy.policy import Policy
from privacy.uses import Use

Counted = Sequence[tuple[str, str, int]]
"""(column, name of a class, how many): what the picture of a dataset shows."""

_PART = re.compile(r"^@@ (\w+)\n", re.MULTILINE)
_ALIKE = (
    "Everyone counts about alike, whoever did more or less, so that how often something stands "
    "here is not how often it happened."
)
_UNLIKE = "Whoever typed more has more rows."


def render(
    folder: Path,
    recipe: Recipe,
    features: Mapping[str, Feature],
    shards: Sequence[Shard],
    policy: Policy,
    attacks: Sequence[Figure] = (),
    counted: Counted = (),
    against: str = "",
    uses: Sequence[Use] = (),
) -> str:
    """The card's text: a header made here, and the recipe's `card.md` with its figures filled in.

    Parts that datasets share are filled in like figures (`datasheet.txt`). What the policy does
    less than the default stands at its end, with the reasons. `counted` and `against` are what its
    pictures show, for whoever cannot see them.

    Nothing in it names a version, date, path or machine.
    """
    own = parts()
    figures = {
        **_figures(recipe, shards),
        "terms": own["terms"],
        "attacks": reached(attacks),
        "uses": learned(uses),
        "against": against,
        "counted": "actions" if recipe.transform == "actions" else "rows",
        "counts": ", ".join(f"{column} {name} {n:,}" for column, name, n in counted),
    }
    shared = {name: Template(text).substitute(figures) for name, text in own.items()}
    body = _body(folder / "card.md", {**figures, **shared})
    head = f"---\n{cardhead.header(recipe, features, shards, own['terms'])}---\n\n"
    return head + body + (_loosened(policy) if recipe.transform == "typed_text" else "")


def _figures(recipe: Recipe, shards: Sequence[Shard]) -> dict[str, str]:
    text = recipe.transform == "typed_text"
    return {
        "title": recipe.title,
        "rows": f"{sum(shard.rows for shard in shards):,}",
        "k": str(recipe.k),
        "min_people": str(recipe.min_people),
        "per_person": str(recipe.repeats.per_person),
        "overall": str(recipe.repeats.overall),
        "words_people": str(recipe.vocabulary.people),
        "words_days": str(recipe.vocabulary.days),
        "languages": ", ".join(recipe.vocabulary.languages),
        "columns": str(recipe.grid.columns),
        "grid_rows": str(recipe.grid.rows),
        "bin_ms": str(recipe.grid.bin_ms),
        "max_points": str(recipe.pointer.max_points),
        "max_actions": str(recipe.actions.max_actions),
        "skipped_actions": _counted(recipe.actions.skipped, "action was", "actions were"),
        "gap_ms": f"{recipe.actions.gap_ms:,}",
        "like": str(recipe.like),
        "at_most": str(recipe.per_person or ""),
        "sample": f"{recipe.sample:.0%}",
        "common": f"{recipe.common:.0%}",
        "splits": _split_words(cardhead.splits(shards), recipe),
        "licence": _licence(recipe),
        "contact": recipe.contact,
        "alike": _UNLIKE if text else _ALIKE,
        "removed_too": ", and so is what passed because of them" if text else "",
    }


def _counted(n: int, one: str, more: str) -> str:
    return f"one {one}" if n == 1 else f"{n} {more}"


def _licence(recipe: Recipe) -> str:
    if recipe.license != OTHER:
        return f"The licence is `{recipe.license}`."
    link = f" ({recipe.license_link})" if recipe.license_link else ""
    return (
        f"The licence is none of the well-known ones but `{recipe.license_name}`{link}: whoever "
        "published this says who may use it, and it is passed on to nobody else."
    )


@cache
def parts() -> dict[str, str]:
    """What cards share, by name, each without the empty lines around it."""
    text = (resources.files("etl") / "datasheet.txt").read_text(encoding="utf-8")
    _, *found = _PART.split(text)
    return {name: part.strip() for name, part in zip(found[::2], found[1::2], strict=True)}


def sections(card: str) -> dict[str, str]:
    """What stands under each heading of a card; under "" what stands before the first."""
    body = card.split("---\n\n", 1)[-1]
    first, *others = re.split(r"^## (.+)\n", body, flags=re.MULTILINE)
    named = zip(others[::2], others[1::2], strict=True)
    return {"": first.strip(), **{name: text.strip() for name, text in named}}


def reached(attacks: Sequence[Figure]) -> str:
    """What attackers reached, as a table in Markdown."""
    lines = ["| attack | measure | reached | 95 % interval | nobody to find | people, rows |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {one.attack} | {one.measure} | {one.value:.2f} | {one.low:.2f} to {one.high:.2f} "
        f"| {one.control:.2f} | {one.people}, {one.rows:,} |"
        for one in attacks
    ]
    return "\n".join(lines)


def learned(uses: Sequence[Use]) -> str:
    """What can still be learned, as a table in Markdown."""
    lines = [
        "| task | these rows | raw recordings | no model | share kept |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.measure} | {one.value:.2f} | {one.raw:.2f} | {one.naive:.2f} | {one.kept:.2f} |"
        for one in uses
    ]
    return "\n".join(lines)


def _loosened(policy: Policy) -> str:
    if not policy.reasons:
        return ""
    lines = [f"- {kind}, `{policy.action(kind)}`: {why}" for kind, why in policy.reasons]
    title = "## Where the policy does less than Tacenda's default, and why"
    return "\n".join(["", title, *lines, ""])


def _body(place: Path, figures: Mapping[str, str]) -> str:
    try:
        return Template(place.read_text(encoding="utf-8")).substitute(figures)
    except (OSError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise TacendaError(
            "the recipe's card.md cannot be used",
            where=f"{place}: {type(error).__name__} {error if isinstance(error, KeyError) else ''}",
            todo="mend it; a literal $ is written $$",
            undone="this dataset was not built",
        ) from None


def _split_words(splits: Mapping[str, Any], recipe: Recipe) -> str:
    if len(splits) > 1:
        return "Train, validation and test hold different people."
    return (
        "There is one split, `train`: with fewer than "
        f"{recipe.split.from_people} people, a split of its own would show too few of them."
    )
