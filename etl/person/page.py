"""A person's page: what was captured of them and what became of it, in one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from etl.person import sections, texts, timeline
from etl.person.parts import Figures, moment, safe, said, stylesheet

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_EXEMPT = {
    frozenset({"keyboard"}): "Your keyboard is left out of everything.",
    frozenset({"mouse"}): "Your mouse is left out of everything.",
    frozenset({"keyboard", "mouse"}): "Your keyboard and your mouse are left out of everything.",
}
_SECTIONS: tuple[tuple[str, str, Callable[[Figures], str]], ...] = (
    ("captured", "What was captured of you", sections.captured),
    ("left-out", "What was left out, and by which rule", sections.left_out),
    ("windows", "Your pauses, and what else was in force", timeline.render),
    ("typed", "What you typed, and what would leave", texts.render),
    ("releases", "Which releases hold rows of yours", sections.releases),
    ("cost", "What the recorder cost you", sections.cost),
    ("requests", "What you asked for", sections.requests),
    ("how", "How to ask", sections.how),
)
_DOCUMENT = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>What was recorded of {person}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<h1>What was recorded of {name}</h1>
<p class="quiet">Made on {made_at}. All times are UTC.</p>
</header>
<main id="main" tabindex="-1">
<section id="summary" aria-labelledby="summary-title">
<h2 id="summary-title">In short</h2>
{summary}
</section>
<nav aria-label="On this page"><ol>{links}</ol></nav>
{sections}
</main>
<footer>
<p>This file stands alone: it holds no program and asks no network for anything. The JSON file that
came with it holds the same facts. Both hold what you typed: keep them where only you can read
them.</p>
</footer>
</body>
</html>
"""


def render(facts: Mapping[str, Any]) -> str:
    """The facts about a person as one HTML document, without script and without any request.

    Every value is escaped. Every number says in `data-fact` where it stands among the facts and in
    `data-value` what it is, as JSON; one that was counted here says so in `data-derived`.
    """
    figures = Figures(facts)
    written = "\n".join(
        f'<section id="{name}" aria-labelledby="{name}-title">'
        f'<h2 id="{name}-title">{title}</h2>\n{write(figures)}\n</section>'
        for name, title, write in _SECTIONS
    )
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title, _ in _SECTIONS)
    return _DOCUMENT.format(
        policy=_POLICY,
        person=safe(facts["person"]),
        style=stylesheet(),
        name=said(facts["person"], "a person without a name"),
        made_at=moment(facts["made_at"]),
        summary="\n".join(f"<p>{sentence}</p>" for sentence in _summary(figures)),
        links=links,
        sections=written,
    )


def _summary(figures: Figures) -> Iterator[str]:
    facts = figures.facts
    if facts["erased"]:
        yield _erased(figures)
    scopes = frozenset(facts["exempt"])
    if "all" in scopes:
        yield "<strong>You are exempt: everything of yours is left out.</strong>"
    elif scopes:
        yield f"<strong>{_exempt_words(scopes)}</strong>"
    if not facts["captured"]["events"]:
        yield "<strong>Nothing was captured of you.</strong>"
    else:
        yield (
            f"{figures.number('captured.events')} events were captured of you, over "
            f"{figures.number('captured.hours')} hours. {_used(figures)}"
        )
    yield _held(facts)


def _erased(figures: Figures) -> str:
    gone = figures.facts["erased"]
    when = moment(gone["at"])
    if gone["state"] != "done":
        return (
            f"<strong>An erasure of what was captured of you began on {when} and has not "
            "ended.</strong> Until it has, nothing is built."
        )
    return (
        f"<strong>What was captured of you was erased on {when}.</strong> What is kept is a keyed "
        "mark, so that you stay out of what is captured later. Nobody can turn it back into your "
        "name without the project's key."
    )


def _exempt_words(scopes: frozenset[str]) -> str:
    known = _EXEMPT.get(scopes)
    return known or f"You are left out of: {', '.join(map(safe, sorted(scopes)))}."


def _used(figures: Figures) -> str:
    if not figures.facts["used"]:
        return "<strong>None of them may be used in datasets.</strong>"
    if not figures.facts["left_out"]:
        return f"All of them, {figures.number('used')}, may be used in datasets."
    return f"Of these events {figures.number('used')} may be used in datasets."


def _held(facts: Mapping[str, Any]) -> str:
    holding = [one for one in facts["releases"] if one["rows"] != 0]
    if not holding:
        return "No release holds a row of yours."
    link = '<a href="#releases">which ones, and where they went</a>'
    if all(one["state"] == "recalled" for one in holding):
        return f"Only releases that were recalled hold rows of yours: {link}."
    return f"There are releases that hold rows of yours: {link}."
