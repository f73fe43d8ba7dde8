"""Which words of a language are common enough for the allow-list, by how often they are written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

COMMON, COMMON_ALONE = 20_000, 25_000
RANKS = ((6, 20_000), (7, 25_000), (9, 40_000), (11, 60_000), (99, 100_000))
"""Up to how many letters a word may be how rare, if it is akin to a common one: the longer it is,
the less often it is somebody's name or a slip."""

_STEM, _ENDING = 5, 3  # letters that words which are akin share, and those they may differ by
_COMPOUNDING = frozenset({"de", "nl"})
_PART = 4  # letters of the shorter part of a compound
_LINKS = ("", "s", "en", "es")


@lru_cache(maxsize=16)
def ranked(language: str, *, alone: bool) -> tuple[str, ...]:
    """The words of a language that are common enough, names among them; more where it is alone."""
    import wordfreq

    top = wordfreq.top_n_list(language, RANKS[-1][1])
    common = COMMON_ALONE if alone else COMMON
    return (*top[:common], *_akin(top, common, language))


def _akin(top: list[str], common: int, language: str) -> Iterator[str]:
    """Rarer words, the longer the rarer, that begin as a common one (`spediamo`, `spedire`).

    In German and Dutch also those that two common ones make. A name hardly ever does either.
    """
    base = frozenset(top[:common])
    starts = {
        word[:size]
        for word in base
        for size in range(max(_STEM, len(word) - _ENDING - 1), len(word) + 1)
    }
    for rank, word in enumerate(top[common:], common):
        if rank < next(most for size, most in RANKS if len(word) <= size) and (
            any(word[:size] in starts for size in range(max(_STEM, len(word) - _ENDING), len(word)))
            or (language in _COMPOUNDING and _is_compound(word, base))
        ):
            yield word


def _is_compound(word: str, base: frozenset[str]) -> bool:
    """Whether a word is two words side by side, with or without an `s` or `en` between them."""
    return any(
        word[cut:] in base and any(word[:cut].removesuffix(link) in base for link in _LINKS)
        for cut in range(_PART, len(word) - _PART + 1)
    )
