"""Postal addresses, taken whole: from the first number to the end of what belongs to it.

A word that streets are called by (`road`, `rue`, `-straße`), or one for a part of a house
(`apt`, `suite`), beside a number is an anchor. From there an address reaches back to its first
number and on, over short lines too, until a word that no address holds. Places and names in
it that no list has are what would be left otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from privacy.detectors import streets
from privacy.findings import Finding
from privacy.languages import COVERED, language_of, may_be_english

NAME = "addresses"

# The street suffixes of the United States Postal Service (Publication 28, appendix C1).
_SUFFIXES_WORDS = """
alley annex arcade ave avenue av bayou beach bend bluff bottom blvd boulevard branch bridge
brook burg bypass camp canyon cape causeway center circle cliff club common corner course court
ct cove creek crescent cres crest crossing crossroad curve dale dam divide dr drive estate
expressway extension fall ferry field flat ford forest forge fork fort freeway garden gateway
glen green grove harbor haven heights highway hwy hill hollow inlet island isle junction key
knoll lake land landing lane ln light loaf lock lodge loop mall manor meadow mews mill mission
motorway mount mountain neck orchard oval overpass park parkway pkwy pass passage path pike pine
place pl plain plaza point port prairie radial ramp ranch rapid rest ridge river rd road route
row rue run shoal shore skyway spring spur sq square station stravenue stream st str street
summit terrace throughway trace track trafficway trail tunnel turnpike underpass union valley
via viaduct view village ville vista walk wall way well close gate gardens hof quay wharf yard
"""
_SUFFIXES = frozenset(_SUFFIXES_WORDS.split())
_PREFIXES_WORDS = """
rue via calle avenida avda avenue boulevard piazza piazzale plaza rua chemin impasse cite cité
strada viale corso largo praça praca travessa ulica ul aleja al place rond-point paseo carrer
camino carretera ctra contrada vicolo quai allée allee route strasse straße οδός λεωφόρος
postbox pobox psc apo fpo dpo
"""
_PREFIXES = frozenset(_PREFIXES_WORDS.split())
_ENDINGS = re.compile(
    r"\w{3,}(?:stra(?:ss|ß)e|str|gasse|weg|platz|allee|damm|ufer|gat[ae]n?|väg(?:en)?|veg(?:en)?"
    r"|vej(?:en)?|gade|gate|katu|kuja|tie|polku|straat|laan|plein|gracht|kade|dreef|utca|köz)"
)
_AFTER_NAME_WORDS = """
utca út útja u tér tere körút kapu tee tn mnt maantee puiestee
"""
_AFTER_NAME = frozenset(_AFTER_NAME_WORDS.split())
_UNITS_WORDS = """
apt apartment suite ste unit flat floor fl room rm box bldg building lot trlr
"""
_UNITS = frozenset(_UNITS_WORDS.split())
_PARTICLES_WORDS = """
de do da du des di del della dei la le les el los las al the of
"""
_PARTICLES = frozenset(_PARTICLES_WORDS.split())

_STOPS_WORDS = """
a about after again all also am an and any are as ask at be because been before between but by
can cannot could did do does down during each every for from get give got had has have he her
here him his how i if in into is it its just last later let like many may me might more most
much must my near need never next no not now of on one only or other our out over please same
see send she should since so some soon than that the their them then there they this to today
tomorrow tonight too until up us was we were what when where which while who why will with would
yes yesterday yet you your minute minutes hour hours day days week weeks month months year years
people times percent km miles per
"""
_STOPS = frozenset(_STOPS_WORDS.split())
_LEFT, _RIGHT, _SHORT_LINE, _LINES = 5, 12, 4, 5

MAY_HOLD = re.compile(r"\d|corner of|street|road|avenue|\bave?\b|\bul\b", re.IGNORECASE)
_TOKEN = re.compile(r"\S+")
_EDGE = "\"'()[]{}<>.,;:!?*>|"
_SENTENCE_END = re.compile(r"[.?!;]['\")]*$")
_CORNER = re.compile(
    r"\bcorner of\s+(?:[\w.'-]+\s+){1,6}?and\s+[\w.'-]+(?:\s+(?!and\b)[\w.'-]+){0,2}", re.IGNORECASE
)
_SAID = re.compile(
    r"\b(?:address(?:es)?(?: is| are|:)|(?:live[sd]?|living|located|reside[sd]?|residing) (?:at|in)"
    r"|moved to|drops? (?:you|me|us) off at|deliver(?:ed)? (?:it )?to)\s+"
    r"(?=[^\n.?!]{0,40}\d)(?P<value>\S+)",
    re.IGNORECASE,
)

_POSTCODE = re.compile(
    r",\s*[a-z]{2,3}\s+(?:[\w()]+\s+){0,3}?\d{4,6}(?:-\d{3,4})?\b"  # , CO 80302
    r"|\b(?:zip|post(?:al)?)(?: ?code)?(?: is|:)?\s+\w*\d\w*(?:[ -]\w{2,4}\b)?"
    r"|\b[a-z]{1,2}\d[a-z\d]? \d[a-z]{2}\b",  # EC1A 1BB
    re.IGNORECASE,
)

_ELSEWHERE = frozenset(COVERED) - {"en"}  # `streets` knows these; English is tried on the rest

Token = tuple[int, int, str]


def find(text: str) -> Iterator[Finding]:
    """The addresses in a text, each as one finding or as several that overlap."""
    if not MAY_HOLD.search(text):
        return
    language = language_of(text)
    if language in _ELSEWHERE:
        yield from streets.find(text, language)
        if not may_be_english(text):
            return
    tokens = [(m.start(), m.end(), m[0].strip(_EDGE).lower()) for m in _TOKEN.finditer(text)]
    for index in range(len(tokens)):
        if _is_anchor(tokens, index):
            yield _finding(text, tokens, index, 0.7)
    for pattern in (_CORNER, _POSTCODE):
        for match in pattern.finditer(text):
            yield Finding(*match.span(), "ADDRESS", 0.6, NAME)
    starts = {match.start("value") for match in _SAID.finditer(text)}
    for index, token in enumerate(tokens):
        if token[0] in starts:
            yield _finding(text, tokens, index, 0.5)


def _finding(text: str, tokens: list[Token], index: int, score: float) -> Finding:
    first, last = _first(tokens, index), _last(text, tokens, index)
    return Finding(tokens[first][0], tokens[last][1], "ADDRESS", score, NAME)


def _is_number(word: str) -> bool:
    return word[:1].isdigit() or (word[1:2].isdigit() and word[0] in "#n")


def _is_anchor(tokens: list[Token], index: int) -> bool:
    kind = _kind(tokens[index][2])
    if not kind:
        return False
    following = [token[2] for token in tokens[index + 1 : index + _LEFT]]
    if kind == "unit":
        return bool(following) and _is_number(following[0])
    if kind == "street":
        return _number_before(tokens, index) or any(map(_is_number, following))
    return _number_before(tokens, index) and not _is_number(tokens[index - 1][2])


@lru_cache(maxsize=65_536)
def _kind(word: str) -> str:
    """What a word is to an address: a `unit`, a `street` by itself, its `last` word, or nothing."""
    if word in _UNITS:
        return "unit"
    if word in _PREFIXES or _ENDINGS.fullmatch(word) or word in _AFTER_NAME:
        return "street"
    return "last" if word in _SUFFIXES or word.removesuffix("s") in _SUFFIXES else ""


def _number_before(tokens: list[Token], index: int) -> bool:
    return _is_number(tokens[_first(tokens, index)][2])


def _first(tokens: list[Token], index: int) -> int:
    """The leftmost number that is reached without a word no address holds."""
    best, position = index, index - 1
    while position >= max(index - _LEFT, 0):
        word = tokens[position][2]
        if word in _STOPS and word not in _PARTICLES:
            break
        if _is_number(word):
            best = position
        position -= 1
    return best


def _last(text: str, tokens: list[Token], index: int) -> int:
    """The last token before a word that no address holds, a sentence's end or a long line."""
    last, lines = index, 0
    named = tokens[index][2] in _PREFIXES
    for position in range(index + 1, min(index + 1 + _RIGHT, len(tokens))):
        start, _, word = tokens[position]
        if word in _STOPS and not (named and word in _PARTICLES and position <= index + 3):
            break
        gap = text[tokens[position - 1][1] : start]
        if "\n" in gap:
            lines += 1
            if lines > _LINES or _words_in_line(text, start) > _SHORT_LINE:
                break
        elif _SENTENCE_END.search(text, tokens[position - 1][0], tokens[position - 1][1]) and (
            tokens[position - 1][2] not in _UNITS | _SUFFIXES | _PREFIXES | _AFTER_NAME
        ):
            break
        last = position
    return last


def _words_in_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text[start : end if end >= 0 else len(text)].split())
