"""One text through detection, policy and allow-list, each step shown; nothing is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from etl import assemble, chunk, policyfile, recipe, release, setup, terms, warehouse
from etl.project import Project
from privacy import languages, vocabulary
from privacy.findings import Finding
from privacy.multilingual import UNTOLD
from privacy.policy import Policy, default_policy
from privacy.redact import redact
from privacy.terms import Terms


@dataclass(frozen=True)
class Tried:
    """A text before and after, what was found in it, and what the allow-list put in words' place.

    `language` is None where it is none that the recipe covers; `after` is None where the text is
    dropped, for that or by the policy. `replaced` holds (word, placeholder) pairs.
    """

    before: str
    language: str | None
    after: str | None
    findings: tuple[Finding, ...]
    replaced: tuple[tuple[str, str], ...]


def examine(
    texts: Sequence[str], policy: Policy, listed: Terms, lists: Mapping[str, frozenset[str]]
) -> Iterator[Tried]:
    """Each text as a build would leave it; `lists` are the words that may stand, by language."""
    covered = tuple(sorted(lists.keys() - {"", UNTOLD}))
    codes = languages.recognize(pl.Series(texts, dtype=pl.String), covered)
    for text, code, spans in zip(texts, codes, chunk.look(texts, listed), strict=True):
        left = redact(text, spans, policy)
        allowed = lists.get(code)
        if left is None or allowed is None:
            yield Tried(text, code if allowed is not None else None, None, spans, ())
            continue
        runs = re.findall(r"\s+|\S+", left)
        made = [vocabulary.admitted_chunk(run, allowed) for run in runs]
        replaced = tuple(
            (run, after)
            for run, after in zip(runs, made, strict=True)
            if run.strip() != after.strip()
        )
        yield Tried(text, code or UNTOLD, "".join(made).strip(), spans, replaced)


def rules(
    project: Project | None, dataset: str
) -> tuple[Policy, Terms, Mapping[str, frozenset[str]]]:
    """Policy, terms and words that may pass: a project's, or the defaults where there is none."""
    if project is None:
        shipped = recipe.load(setup.shipped_recipes() / dataset)
        return default_policy(), Terms(), assemble.allow_lists(shipped, ())
    (one,) = recipe.chosen(project.recipes, [dataset])
    with warehouse.opened(project, "try-redact", write=False) as connection:
        own = terms.load(connection)
    newest = release.newest(project, dataset)
    words = (newest / "review" / "words.txt").read_text(encoding="utf-8").split() if newest else ()
    return policyfile.of(project), own, assemble.allow_lists(one, [*words, *own.passing])
