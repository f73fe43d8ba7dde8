"""Kept lists of people's names: the census of the United States, and some eighty countries'.

The census is in the package `names`, with how many bear each name. The others are the lists that
`faker` draws from, given and family names by country; they say who is called what somewhere, not
how often.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping, Set
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from privacy.languages import without_accents

_BORNE = 2e-5
_GIVEN = ("dist.male.first", "dist.female.first")
_AMERICAN = frozenset({"en", "en_US"})  # the census says the same, and how often
_LETTERS = re.compile(r"[^\W\d_]+")
_LISTS = re.compile(r"(?!language_)\w*names(?:_\w+)?|last_name_unisex")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})

_FIRST_WORDS = """
aaron abdul abdullah adrian ahmad ahmed aisha alain alan albert alberto alejandro aleksandr
alessandra alessandro alessia alex alexander alexandra alexandre alexis alfonso alfred alfredo ali
alice alicia alison alvarez alves amanda amelia amy ana anderson andrea andreas andrei andres andrew
andré andrés andy angela anita anna anne annie anthony antoine anton antonio antónio araújo arthur
arturo astrid barbara beatriz benedikt benjamin benoît bernard bernd bernhard bernie beth boris
brandon brian bruno bryan caio camila camille carl carla carlo carlos carol carolina caroline
catherine cesar charles charlie charlotte chavez chen chloe chris christian christina christine
christoph christophe christopher chuck chávez clara clarke claude claudia claudio colin craig
cristian cristiano cristina cunha cuomo cynthia césar damien daniel daniela daniele danny darren
dave david davide davis deborah denis dennis derek devin diana diego dieter dietrich dmitri dominik
dominique donald doris dorothy doug douglas duncan díaz ed eddie edgar eduard eduardo edward eleanor
elena elias elizabeth ellen elliott elsa emil emilia emily emma enrico enrique eric erica erich erik
ernesto ethan eugene eva evan evans evelyn fabian fabio fatima federico felipe fernanda fernandes
fernando fernández ferreira filip filippo fiona florian francesca francis francisco franco frank
franz françois fred freddie frederick friedrich fritz frédéric fábio gabriel gabriela gabriele
garcia garcía garry gary gavin geoff georg george georges gerald gerard gerhard giacomo gilbert
gilles giorgio giovanna giovanni giulia giulio giuseppe glenn gomez gonzalez gonzález gordon graham
greg gregory guido guillaume guillermo gustavo gutiérrez gérard gómez günter günther hannah hans
harald harold harry harvey hassan heather heidi heinrich heinz helen helena helga helmut hendrik
henri henrik henrique henry herbert hermann hernandez hernández holger horst howard hugh hugo
hussein ian ibrahim igor ingrid irene isaac isabel isabella ivan jack jackie jackson jacob jacques
jaime jake jakob james jamie jan jana jane janet jason javier jean jeff jeffrey jennifer jenny
jeremy jerry jesse jessica jesus jesús jim jimmy joachim joan joanna joe joel johan johann johanna
johannes john johnny johnson jonas jonathan jones jordi jorge josef josep joseph josh joshua josé
joão juan juana judith julia julian julie julien juliet julio julius jörg jürgen kai karen karin
karl kate katherine kathleen kathy katie keith kelly ken kenneth kerry kevin khan kim kimberly klaus
koen konrad kristen kurt kyle lara lars laura lauren laurent lawrence leah lena leon leonard
leonardo leopold leslie lewis liam lily lisa lisbeth liz lopez lorenzo louis louise luca lucas lucia
lucy luigi luis luisa luiz lukas luke luís lydia lópez maarten macri manfred manuel manuela mara
marcel marcelo marco marcos marcus margaret maria mariana marie mario marion markus martha martin
martina martinez martín martínez mary mathias mathieu matt matteo matthew matthias matthieu maurice
mauro max maximilian megan mehmet melissa mendes mendoza meyer michael michel michele michelle
miguel mika mike mikhail mohamed mohammad mohammed monica monika morales moreira morgan moritz moses
moss muhammad murphy mário müller nadia nancy natalia natalie nathan neil nelson nicholas nick
nicola nicolas nicole nigel nikolai nina noah nora norman olaf oleg oliveira oliver olivia olivier
omar oscar otto owen pablo pamela paolo patricia patrick paul paula pauline paulo pedro perez pete
peter petra phil philip philipp philippe phillip piero pierre piet pieter pietro pérez rachel rafael
ralf ralph ramirez ramon ramos ramón raphael raul rebecca reinhard renate renato rené ricardo
riccardo richard rob robert roberta roberto robin rodrigo rodriguez rodríguez roger roland ronald
rosa ross rudolf ruiz russell ruth ryan sally salvador sam samantha samuel sanchez sandra sara sarah
sean sebastian sergei sergio silva silvia simon simone smith sofia sophia sophie souza stefan
stefania stefano stephanie stephen steve steven stuart susan susanna suárez sven sylvia sánchez
sébastien sérgio tania tanja taylor ted teresa theo theresa thierry thomas tiago tim timothy tina
tobias todd tom tomas tommy tony torres trevor ulrich ulrike ursula uwe valentina valeria vanessa
veronica vicente victor victoria vincent vincenzo virginia vittorio vladimir walter wang wendy
werner wilhelm willem william williams wilson wolfgang xavier yves yvonne zhang zoe álvarez álvaro
"""
FIRST = frozenset(_FIRST_WORDS.split())
"""Names that a hand picked out of the commonest 20,000 words of seven languages because next to
nobody means anything else by them, however often they are written (`juan`, `müller`)."""


@lru_cache(maxsize=1)
def census() -> Mapping[str, float]:
    """Lower-cased census name -> the greatest of its shares among men's, women's, family names.

    The lists give three decimals of a per cent, so that a rare name's share is 0.
    """
    shares: dict[str, float] = {}
    for file in (*_GIVEN, "dist.all.last"):
        for name, share in _counted(file):
            shares[name] = max(shares.get(name, 0.0), share)
    return MappingProxyType(shares)


@lru_cache(maxsize=1)
def census_given() -> Mapping[str, float]:
    """As `census`, of men's and women's given names alone."""
    shares: dict[str, float] = {}
    for file in _GIVEN:
        for name, share in _counted(file):
            shares[name] = max(shares.get(name, 0.0), share)
    return MappingProxyType(shares)


def _counted(file: str) -> Iterator[tuple[str, float]]:
    table = resources.files("names") / file
    for line in table.read_text(encoding="ascii").splitlines():
        name, per_cent, *_ = line.lower().split()
        yield name, float(per_cent) / 100


@lru_cache(maxsize=1)
def listed() -> frozenset[str]:
    """Every lower-cased word of a listed name, also as it is typed without its accents."""
    return _typed(FIRST | {word for words in _countries() for word in words}) | set(census())


@lru_cache(maxsize=1)
def given() -> frozenset[str]:
    """Of `listed`, given names: they stand alone in a sentence more often than others."""
    counted = {name for file in _GIVEN for name, share in _counted(file) if share > _BORNE}
    lists = _countries("first|middle|given")
    return _typed({word for words in lists for word in words}) | counted


@lru_cache(maxsize=1)
def borne() -> frozenset[str]:
    """Of `listed`, those that more than two in 100,000 Americans or people elsewhere bear.

    The census lists nearly every noun of English as somebody's family name.
    """
    american = {name for name, share in census().items() if share > _BORNE}
    return _typed(FIRST | {word for words in _countries() for word in words}) | american


def _typed(names: Set[str]) -> frozenset[str]:
    """Names with one s for ß, and also without accents, and with umlauts written out."""
    found = {name.replace("ß", "ss") for name in names}
    plain = {without_accents(name) for name in found}
    return frozenset(found | plain | {name.translate(UMLAUTS) for name in found})


def _kept() -> list[str]:
    """The names in this package's own list."""
    text = (resources.files("privacy") / "data" / "names.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return [word for line in lines for word in _LETTERS.findall(line) if len(word) > 1]


def _countries(kind: str = "") -> Iterator[list[str]]:
    """The words of each country's lists of a kind, and the package's own; some give a weight to
    each name, which is left."""
    import faker.providers.person as countries

    if not kind:
        yield _kept()
    for country in pkgutil.iter_modules(countries.__path__):
        if country.name in _AMERICAN:
            continue
        module = importlib.import_module(f"{countries.__name__}.{country.name}")
        for attribute in sorted(vars(module.Provider)):
            if _LISTS.fullmatch(attribute) and re.search(kind, attribute):
                for name in _flat(getattr(module.Provider, attribute)):
                    yield [word for word in _LETTERS.findall(name.lower()) if len(word) > 1]


def _flat(value: Any) -> Iterator[str]:
    """The strings in a list, or in a list of lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple, set, dict)):
        for item in value:
            yield from _flat(item)
