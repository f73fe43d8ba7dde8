"""What the oracle takes for the same person, and which texts a pattern describes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

Event = dict[str, Any]
Row = Any
"""A registry's row: anything that has its columns as attributes."""


@cache
def same(name: str) -> str:
    """Two ids are one person's where this is equal: trimmed, NFC and case folded."""
    text = unicodedata.normalize("NFC", name.strip())
    return unicodedata.normalize("NFC", text.casefold())


def hidden(focus: Event, rules: Sequence[Row]) -> bool:
    """Whether the registry leaves out what a focus shows."""
    keep = [rule for rule in rules if rule.effect == "keep_only"]
    if any(shows(focus, rule) for rule in rules if rule.effect == "drop"):
        return True
    return bool(keep) and not any(shows(focus, rule) for rule in keep)


def shows(focus: Event, rule: Row) -> bool:
    """Whether everything that a row gives is what the focus shows."""
    if rule.app is not None and not like(rule.app, focus["app"]):
        return False
    if rule.title is not None and not like(rule.title, focus["title"]):
        return False
    return rule.url is None or any(like(rule.url, text) for text in addresses(focus["url"]))


def addresses(url: str | None) -> list[str]:
    """The address, with and without its scheme, and the host."""
    if url is None:
        return []
    scheme, mark, rest = url.partition("://")
    if not mark or any(char in "/?#" for char in scheme):
        rest = url
    host = rest
    for char in "/?#":
        host = host.split(char)[0]
    host = host.split("@")[-1]
    return [url, rest, host.split(":")[0]]


@cache
def like(pattern: str, value: str | None) -> bool:
    """Whether a pattern with `*` and `?` describes a whole value; one that is absent is not."""
    if value is None:
        return False
    wanted, text = same_text(pattern), same_text(value)
    places = after_stars(wanted, {0})
    for char in text:
        stay = {place for place in places if wanted[place : place + 1] == "*"}
        on = {place + 1 for place in places if wanted[place : place + 1] in ("?", char)}
        places = after_stars(wanted, stay | on)
    return len(wanted) in places


def after_stars(pattern: str, places: set[int]) -> set[int]:
    """Places in a pattern, and those reached by letting a `*` stand for nothing."""
    found = set(places)
    for place in places:
        while pattern[place : place + 1] == "*":
            place += 1
            found.add(place)
    return found


def same_text(text: str) -> str:
    """Text as patterns see it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
