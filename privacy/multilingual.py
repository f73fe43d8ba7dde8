"""The allow-list for texts in several languages: each by the words of its own.

With the words of all languages in one list, a name in one would pass as a word of another (`luce`
in an English text). So a text's language decides which words may stand in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import polars as pl

from privacy import vocabulary
from privacy.vocabulary import common_words, may_pass, violations, words_of

UNTOLD = "und"
"""What a text too short to tell its language is published as."""


def allow_lists(
    languages: tuple[str, ...], shared: Iterable[str] = ()
) -> Mapping[str, frozenset[str]]:
    """Which words may stand in a text, by its language: its own common ones, and English ones.

    English only where it is declared too. Of `shared`, the words of k people, those that are
    no more of a name than a word in that language, and those that are in none: these can only be
    there because a reviewer lets them pass. `""` and `UNTOLD`, of texts too short to tell, are as
    the first language.
    """
    words = tuple(shared)
    pairs = {spoken(language, languages) for language in languages}
    listed = frozenset(w for w in words if not any(may_pass(w, pair) for pair in pairs))
    lists = {}
    for language in languages:
        both = spoken(language, languages)
        own = common_words(both)
        more = listed | {w for w in words if w not in own and may_pass(w, both)}
        lists[language] = own | more if more else own
    first = lists[languages[0]]
    return MappingProxyType({**lists, "": first, UNTOLD: first})


def spoken(language: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages whose words may stand in a text of one: it and English, if that is declared."""
    own = languages[0] if language in ("", UNTOLD) else language
    return (own, "en") if own != "en" and "en" in languages else (own,)


def admit_each(
    texts: pl.Series, codes: pl.Series, lists: Mapping[str, frozenset[str]]
) -> pl.Series:
    """`admit` for texts in several languages, given each one's code; null where no list has it."""
    rows = pl.DataFrame({"text": texts, "code": codes}).with_row_index("row")
    parts = [
        own.with_columns(vocabulary.admit(own["text"], lists[code]).alias("text"))
        for (code,), own in rows.group_by("code", maintain_order=True)
        if code in lists
    ]
    done = pl.concat(parts).select("row", "text") if parts else rows.head(0).select("row", "text")
    joined = rows.select("row").join(done, on="row", how="left", maintain_order="left")
    return joined["text"].rename(texts.name)


def words_of_each(texts: pl.Series, codes: pl.Series, languages: tuple[str, ...]) -> pl.DataFrame:
    """`words_of` for texts in several languages: beyond the common words of each one's own."""
    rows = pl.DataFrame({"text": texts, "code": codes}).with_row_index("row")
    found = [words_of(pl.Series([], dtype=pl.String))]
    for (code,), own in rows.group_by("code", maintain_order=True):
        if code in ("", UNTOLD) or code in languages:
            both = spoken(str(code), languages)
            words = words_of(own["text"], common_words(both), both)
            places = own["row"].cast(pl.UInt32).gather(words["row"])
            found.append(words.with_columns(places.alias("row")))
    return pl.concat(found).sort("row", "token")


def violations_each(
    texts: pl.Series, codes: pl.Series, lists: Mapping[str, frozenset[str]], show: int = 10
) -> tuple[int, tuple[int, ...]]:
    """`violations` for texts in several languages; a text of a language without a list is one."""
    total, rows = 0, set[int]()
    frame = pl.DataFrame({"text": texts, "code": codes}).with_row_index("row")
    for (code,), own in frame.group_by("code", maintain_order=True):
        allowed = lists.get(str(code)) if code is not None else None
        if allowed is None:
            found, places = own.height, tuple(range(own.height))
        else:
            found, places = violations(own["text"], allowed, show)
        total += found
        rows.update(own["row"].gather(list(places)))
    return total, tuple(sorted(rows)[:show])
