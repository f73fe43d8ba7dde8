"""Patterns of excluded windows, tried a second way; shares no code with the consent rules."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from privacy.registry import Exclusion

_Match = Callable[[str], re.Match[str] | None] | None


def fold(text: str) -> str:
    """An id of a person as it is compared."""
    return _fold(text.strip())


def barred(
    user: str, app: str | None, title: str | None, url: str | None, rules: tuple[Exclusion, ...]
) -> bool:
    """Whether a window is one that nobody should see, or that nothing lists."""
    values = ([_fold(app)] if app else [], [_fold(title)] if title else [], _addresses(url))
    hits = keeps = kept = False
    for rule, patterns in _patterns(rules):
        if rule.user_id is not None and fold(rule.user_id) != user:
            continue
        found = all(p is None or any(map(p, v)) for p, v in zip(patterns, values, strict=True))
        hits = hits or (found and rule.effect == "drop")
        keeps = keeps or rule.effect == "keep_only"
        kept = kept or (found and rule.effect == "keep_only")
    return hits or (keeps and not kept)


@lru_cache(maxsize=4)
def _patterns(rules: tuple[Exclusion, ...]) -> list[tuple[Exclusion, tuple[_Match, ...]]]:
    return [(rule, tuple(map(_like, (rule.app, rule.title, rule.url)))) for rule in rules]


def _like(pattern: str | None) -> _Match:
    if pattern is None:
        return None
    # fnmatch knows classes in brackets, which these patterns do not.
    return re.compile(fnmatch.translate(_fold(pattern).replace("[", "[[]"))).match


def _addresses(url: str | None) -> list[str]:
    """An address, the same without its scheme, and its host."""
    if not url:
        return []
    bare = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", "", url)
    host = re.split(r"[/?#]", bare, maxsplit=1)[0].rsplit("@", 1)[-1]
    return [_fold(one) for one in (url, bare, re.sub(r":\d*$", "", host))]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
