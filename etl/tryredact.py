"""One text through detection, policy and allow-list, each step shown; nothing is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etl import assemble, chunk, policyfile, recipe, release, setup, terms, warehouse
from etl.project import Project
from privacy import vocabulary
from privacy.findings import Finding
from privacy.policy import Policy, default_policy
from privacy.redact import redact
from privacy.terms import Terms


@dataclass(frozen=True)
class Tried:
    """A text before and after, what was found in it, and what the allow-list put in words' place.

    `after` is None where the policy drops the text. `replaced` holds (word, placeholder) pairs.
    """

    before: str
    after: str | None
    findings: tuple[Finding, ...]
    replaced: tuple[tuple[str, str], ...]


def examine(
    texts: Sequence[str], policy: Policy, listed: Terms, allowed: frozenset[str]
) -> Iterator[Tried]:
    """Each text as a build would leave it, were these the only texts; `allowed` words pass."""
    for text, spans in zip(texts, chunk.look(texts, listed), strict=True):
        left = redact(text, spans, policy)
        if left is None:
            yield Tried(text, None, spans, ())
            continue
        runs = re.findall(r"\s+|\S+", left)
        made = [vocabulary.admitted_chunk(run, allowed) for run in runs]
        replaced = tuple(
            (run, after)
            for run, after in zip(runs, made, strict=True)
            if run.strip() != after.strip()
        )
        yield Tried(text, "".join(made).strip(), spans, replaced)


def rules(project: Project | None, dataset: str) -> tuple[Policy, Terms, frozenset[str]]:
    """Policy, terms and words that may pass: a project's, or the defaults where there is none."""
    if project is None:
        languages = recipe.load(setup.shipped_recipes() / dataset).vocabulary.languages
        return default_policy(), Terms(), vocabulary.common_words(languages)
    (one,) = recipe.chosen(project.recipes, [dataset])
    with warehouse.opened(project, "try-redact", write=False) as connection:
        own = terms.load(connection)
    newest = release.newest(project, dataset)
    words = (newest / "review" / "words.txt").read_text(encoding="utf-8").split() if newest else ()
    return policyfile.of(project), own, assemble.allow_list(one, words) | own.passing
