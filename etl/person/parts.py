"""The pieces of a person's page: text made safe, numbers that name their fact, times, tables."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from typing import Any

_LONG = 20
_WIDE = 5
_SMALLEST = 0.005
# What is not seen, or turns the direction of writing; joiners, which some scripts need, may stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_NO_CHARACTER = re.compile("[\x80-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def safe(value: object) -> str:
    """Any text as HTML that shows what it holds: nothing of it acts, nothing of it hides.

    Controls are shown by their pictures, other marks that are not seen by their number, and what
    no document may hold as U+FFFD.
    """
    return html.escape(_UNSEEN.sub(_seen, str(value)), quote=True)


def _seen(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd" if _NO_CHARACTER.match(found.group()) else f"[U+{code:04X}]"


def said(value: str | None, nothing: str = "(empty)") -> str:
    """A text that was captured or written by somebody, kept apart from what stands around it."""
    if value is None or not value.strip():
        return quiet(nothing)
    return f'<span class="said" dir="auto">{safe(value)}</span>'


def quiet(words: str) -> str:
    """Words of the page's own where there is nothing to show."""
    return f'<span class="quiet">{safe(words)}</span>'


class Figures:
    """The facts, read by dotted path: a number shown always says which fact it is."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts

    def value(self, path: str) -> Any:
        """What stands at a path such as `captured.days.0.events`."""
        found: Any = self.facts
        for step in path.split("."):
            found = found[int(step)] if isinstance(found, Sequence) else found[step]
        return found

    def number(self, path: str, unknown: str = "not known") -> str:
        """The number at a path, with its raw value beside it; some words where it is None."""
        value = self.value(path)
        shown = quiet(unknown) if value is None else safe(written(value))
        raw = html.escape(json.dumps(value), quote=True)
        return f'<span class="number" data-fact="{path}" data-value="{raw}">{shown}</span>'

    def numbers(self, path: str, names: Iterable[str], unknown: str = "not known") -> list[str]:
        """The numbers of these names below a path."""
        return [self.number(f"{path}.{name}", unknown) for name in names]


def counted(name: str, value: int) -> str:
    """A number that is no fact itself but was counted from the facts; named, with its raw value."""
    return f'<span class="number" data-derived="{name}" data-value="{value}">{value:,}</span>'


def written(value: float) -> str:
    """A number as people read it: thousands apart, two decimals unless it is whole by its type."""
    if isinstance(value, int):
        return f"{value:,}"
    if 0 < abs(value) < _SMALLEST:
        return "under 0.01" if value > 0 else "above -0.01"
    return f"{value:,.2f}"


def instant(text: str | None) -> datetime | None:
    """A time in UTC, or None where there is none, it cannot be read, or it stands for no end."""
    try:
        moment = datetime.fromisoformat(text or "")
        if 1 < moment.year < 9999:
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except ValueError:
        pass
    return None


def calendar_day(text: str) -> date | None:
    """A day of the calendar, or None where the text is none."""
    moment = instant(text)
    return moment.date() if moment else None


def day(text: str) -> str:
    """A day as people read it, or the text as it stands where it is no day."""
    known = calendar_day(text)
    return day_of(known) if known else said(text, "no day known")


def day_of(known: date) -> str:
    """A day with its weekday, marked up as a date."""
    return f'<time datetime="{known.isoformat()}">{day_words(known)}</time>'


def day_words(known: date) -> str:
    """A day with its weekday, as plain words."""
    return f"{known:%a} {known.day} {known:%b} {known.year}"


def moment(text: str | None) -> str:
    """A time to the second, marked up, or the text as it stands where it is no time."""
    known = instant(text)
    if known is None:
        return said(text, "no time known")
    return f'<time datetime="{known:%Y-%m-%dT%H:%M:%SZ}">{moment_words(known)}</time>'


def moment_words(known: datetime) -> str:
    """A day and a time, with seconds where there are any."""
    return f"{day_words(known.date())}, {clock(known)}"


def clock(known: datetime) -> str:
    """The time of a day, with seconds where there are any."""
    return f"{known:%H:%M:%S}" if known.second else f"{known:%H:%M}"


def table(
    name: str, caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str
) -> str:
    """A table in a region that scrolls by itself; `empty` in its stead where there is no row.

    A column whose name starts with `#` holds numbers; the first cell of a row is its header. The
    cells are HTML.
    """
    numeric = [column.startswith("#") for column in columns]
    body = [_row(row, numeric) for row in rows]
    if not body:
        return f'<p class="quiet">{safe(empty)}</p>'
    heads = "".join(
        f'<th scope="col"{_class(number)}>{safe(column.lstrip("#"))}</th>'
        for column, number in zip(columns, numeric, strict=True)
    )
    sizes = [("long", len(body) > _LONG), ("wide", len(columns) >= _WIDE)]
    kind = " ".join(["table", *(size for size, holds in sizes if holds)])
    return (
        f'<div class="{kind}" role="region" aria-labelledby="{name}-caption" tabindex="0">'
        f'<table><caption id="{name}-caption">{safe(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody></table></div>"
    )


def _row(cells: Sequence[str], numeric: Sequence[bool]) -> str:
    first, *rest = cells
    others = "".join(
        f"<td{_class(number)}>{cell}</td>" for cell, number in zip(rest, numeric[1:], strict=True)
    )
    return f'<tr><th scope="row">{first}</th>{others}</tr>'


def _class(number: bool) -> str:
    return ' class="figure"' if number else ""


def tiles(pairs: Iterable[tuple[str, str]]) -> str:
    """A few numbers side by side, each under its name; the numbers are HTML."""
    inner = "".join(f"<div><dt>{safe(name)}</dt><dd>{number}</dd></div>" for name, number in pairs)
    return f'<dl class="tiles">{inner}</dl>'


def cards(items: Iterable[str]) -> str:
    """A list of things of several lines each; the items are HTML."""
    return f'<ul class="cards">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def rule_words(rules: Sequence[str]) -> str:
    """The rules by their numbers, or that none is named."""
    if not rules:
        return quiet("no rule named")
    return " ".join(f'<span class="rule" dir="auto">{safe(rule)}</span>' for rule in rules)


def scope_words(scopes: Sequence[str]) -> str:
    """Which kinds of events are meant; nothing where all are."""
    if len(scopes) > 2:
        return ""
    return f"{' and '.join(map(safe, scopes))} only"


def prose(text: str) -> str:
    """Words that somebody wrote, with what stands between backticks as a command."""
    pieces = safe(text).split("`")
    return "".join(
        f"<code>{piece}</code>"
        if place % 2 and place + 1 < len(pieces)
        else ("`" * (place % 2) + piece)
        for place, piece in enumerate(pieces)
    )


@cache
def stylesheet() -> str:
    """The page's style sheet, which goes into the page itself."""
    return resources.files("etl.person").joinpath("page.css").read_text(encoding="utf-8")
