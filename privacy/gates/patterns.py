"""Patterns of excluded windows, tried a second way; shares no code with the consent rules."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

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
    """Rules with their patterns made ready once, for many windows.

    Those that ask the same one value, of the same people and with the same effect, become one.
    """
    alike: defaultdict[tuple[Any, ...], list[tuple[str, ...]]] = defaultdict(list)
    for number, rule in enumerate(rules):
        asked = {
            n: one for n, one in enumerate((rule.app, rule.title, rule.url)) if one is not None
        }
        user = None if rule.user_id is None else fold(rule.user_id)
        alone = number if len(asked) != 1 else None
        key = (user, rule.effect == "keep_only", tuple(asked), alone)
        alike[key].append(tuple(map(_translated, asked.values())))
    return [
        Known(user, keeps, tuple(
            (n, re.compile("|".join(each)).match)
            for n, each in zip(asked, zip(*patterns, strict=True), strict=True)
        ))
        for (user, keeps, asked, _), patterns in alike.items()
    ]  # fmt: skip


def _translated(pattern: str) -> str:
    """As a regular expression; fnmatch knows classes in brackets, which these patterns do not."""
    return fnmatch.translate(_fold(pattern).replace("[", "[[]"))


def _addresses(url: str | None) -> list[str]:
    """An address, the same without its scheme, and its host."""
    if not url:
        return []
    bare = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", "", url)
    host = re.split(r"[/?#]", bare, maxsplit=1)[0].rsplit("@", 1)[-1]
    return [_fold(one) for one in (url, bare, re.sub(r":\d*$", "", host))]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
