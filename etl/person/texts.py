"""The section of a person's page that holds what they typed, before and after side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from etl.person.parts import Figures, clock, counted, day, instant, rule_words, safe, said

TEXTS = 1000
"""How many typed texts the page shows, the latest first; all are in the JSON file."""

_PLACEHOLDER = re.compile(r"&lt;[A-Z]+&gt;")


def render(figures: Figures) -> str:
    """What was typed beside what would leave, by day, the latest first."""
    texts = figures.facts["typed"]
    shown = texts[-TEXTS:][::-1]
    intro = [f"<p>{sentence}</p>" for sentence in _typed_words(figures)]
    if not shown:
        return "\n".join([*intro, '<p class="quiet">There is no text to show.</p>'])
    intro.insert(0, _how_many(len(shown), len(texts)))
    several = len({one["dataset"] for one in texts}) > 1
    days = [
        f'<h3>{day(name)}</h3>\n<ol class="pairs">\n'
        + "\n".join(f"<li>{_pair(one, several)}</li>" for one in own)
        + "\n</ol>"
        for name, own in groupby(shown, key=lambda one: one["day"])
    ]
    return "\n".join([*intro, *days])


def _how_many(shown: int, texts: int) -> str:
    latest = ", the latest" if shown < texts else ""
    return (
        f"<p>{counted('typed.shown', shown)} of {counted('typed', texts)} texts that you typed "
        f"stand here{latest}. All of them are in the JSON file.</p>"
    )


def _typed_words(figures: Figures) -> Iterator[str]:
    vocabularies = figures.facts["vocabulary"]
    if not vocabularies:
        yield "This project makes no dataset of typed text."
        return
    yield (
        "Your texts are put together from your keys, as they stood in the end. Beside each stands "
        "what would leave: words that are neither common nor shared by enough people are replaced. "
        "What you typed in a pause, in a window that nobody should see or in a field that hides it "
        "is not put together at all, so it is not here. Nor is what you deleted or pasted."
    )
    for n, one in enumerate(vocabularies):
        name = safe(one["dataset"])
        if one["version"] is None:
            yield f"There is no release of {name} yet: only common words are let through here."
        else:
            yield (
                "Let through are the common words and, beyond them, the "
                f"{figures.number(f'vocabulary.{n}.shared')} that the newest release names "
                f"({name}/{safe(one['version'])}). The next one may name others."
            )
    yield (
        "A release holds only a part of the texts that may leave, drawn by lot, and tests may hold "
        "all of it back."
    )


def _pair(one: Mapping[str, Any], several: bool) -> str:
    if one["after"] is None:
        after = "<dd><strong>Nothing of it would leave.</strong></dd>"
    else:
        after = f'<dd dir="auto">{_marked(said(one["after"]))}</dd>'
    return (
        f"<dl><div><dt>You typed: {_place(one, several)}</dt>"
        f'<dd dir="auto">{said(one["before"])}</dd></div>'
        f"<div><dt>Would leave:</dt>{after}</div></dl>{_why(one)}"
    )


def _place(one: Mapping[str, Any], several: bool) -> str:
    at = instant(one["at"])
    parts = [clock(at) if at else "", safe(one["app"] or "")]
    parts.append(f"in {safe(one['dataset'])}" if several else "")
    return ", ".join(part for part in parts if part)


def _why(one: Mapping[str, Any]) -> str:
    if not one["why"]:
        return ""
    rules = f" {rule_words(one['rules'])}" if one["rules"] else ""
    return f'<p class="note">Because {safe(one["why"])}.{rules}</p>'


def _marked(text: str) -> str:
    """What was replaced, set apart."""
    return _PLACEHOLDER.sub(lambda found: f'<span class="gone">{found.group()}</span>', text)
