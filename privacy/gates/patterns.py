"""Patterns of excluded windows, tried a second way; shares no code with the consent rules."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from privacy.registry import Exclusion

_Match = Callable[[str], re.Match[str] | None]


def fold(text: str) -> str:
    """An id of a person as it is compared."""
    return _fold(text.strip())


class Known(NamedTuple):
    """A rule made ready: whose it is (None: everybody's), and what is asked of which value."""

    user: str | None
    keeps: bool
    asked: tuple[tuple[int, _Match], ...]


def barred(
    user: str, app: str | None, title: str | None, url: str | None, rules: Sequence[Known]
) -> bool:
    """Whether a window is one that nobody should see, or that nothing lists; `rules` as `ready`."""
    values = ([_fold(app)] if app else [], [_fold(title)] if title else [], _addresses(url))
    keeps = kept = False
    for rule in rules:
        if rule.user is not None and rule.user != user:
            continue
        keeps = keeps or rule.keeps
        if all(any(map(like, values[n])) for n, like in rule.asked):
            if not rule.keeps:
                return True
            kept = True
    return keeps and not kept


def ready(rules: Iterable[Exclusion]) -> list[Known]:
    """Rules with their patterns made ready once, for many windows."""
    return [
        Known(
            None if rule.user_id is None else fold(rule.user_id),
            rule.effect == "keep_only",
            tuple((n, _like(one)) for n, one in enumerate((rule.app, rule.title, rule.url))
                  if one is not None),
        )
        for rule in rules
    ]  # fmt: skip


def _like(pattern: str) -> _Match:
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
