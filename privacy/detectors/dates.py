"""Dates of birth: what stands after `born`, `geb.`, `née le`, and what is written like a date."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy.findings import Finding

NAME = "dates"

_BORN = (
    r"(?:born(?: on)?|birth ?da(?:y|te)(?: is)?|date of birth|d\.?o\.?b\.?"
    r"|geb\.?|geboren(?: am| op)?|geburtstag|geburtsdatum|geboortedatum|jahrgang"
    r"|n[ée]{1,2}e?(?:\(e\))? le|date de naissance|anniversaire"
    r"|nacid[oa](?: el)?|nac[ií] el|fecha de nacimiento|cumpleaños"
    r"|nat[oa](?: il)?|data di nascita|compleanno|nascid[oa](?: em| a)?|data de nascimento"
    r"|aniversário|verjaardag)"
)
_MONTH = (
    r"(?:jan(?:uar[yi]?|vier|eiro)?|janv|ene(?:ro)?|gen(?:naio)?|jän(?:ner)?|feb(?:ruar[yi]?|rero"
    r"|braio)?|f[ée]v(?:rier|ereiro)?|mar(?:ch|s|zo|ço|et)?|mär(?:z)?|maart|mrt|apr(?:il|ile)?"
    r"|avr(?:il)?|abr(?:il)?|ma[yijo]|mai[o]?|mayo|maggio|mei|jun[ei]?|juin|jun[hi]o|giu(?:gno)?"
    r"|jul[yi]?|juil(?:let)?|jul[hi]o|lug(?:lio)?|aug(?:ust|ustus)?|août|aout|ago(?:sto)?"
    r"|sep(?:t|tember|tembre|tiembre)?|set(?:tembre|embro)?|o[ck]t(?:ober|obre)?|ott(?:obre)?"
    r"|out(?:ubro)?|nov(?:ember|embre|iembre|embro)?|de[cz](?:ember|embre|embro)?|d[ée]c(?:embre)?"
    r"|dic(?:iembre|embre)?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|\.|º)?"
_YEAR = r"(?:\d{4}|'?\d{2})"
_DATE = (
    rf"(?:\d{{1,4}}[./ -]{{1,2}}\d{{1,2}}[./ -]{{1,2}}\d{{1,4}}"
    rf"|{_DAY}\s+(?:of\s+|de\s+|d')?{_MONTH}\.?(?:,?\s+(?:de\s+|del\s+)?{_YEAR})?"
    rf"|{_MONTH}\.?\s+{_DAY}(?:,?\s+{_YEAR})?|\d{{8}}|\d{{4}}|\d{{6}})"
)
_OF_BIRTH = re.compile(
    rf"(?<!\w){_BORN}(?:\s*(?:[:=]|(?:is|was|ist|est|es|è|é|on|in|im|the|am|el|il|le|op|em|nel|en)(?!\w))\s*"
    rf"|\s+){{1,3}}(?P<value>{_DATE})(?!\w)",
    re.IGNORECASE,
)
_CALENDAR = re.compile(
    rf"(?<![\w.])(?:{_DAY}\s+(?:of\s+|de\s+|d')?{_MONTH}\.?,?\s+(?:de\s+|del\s+)?\d{{4}}"
    rf"|{_MONTH}\.?\s+{_DAY},?\s+\d{{4}}"
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?!\w)",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")


def find(text: str) -> Iterator[Finding]:
    """The dates in a text that have a year, and those of somebody's birth with or without."""
    if not _DIGIT.search(text):
        return
    for match in _OF_BIRTH.finditer(text):
        yield Finding(*match.span("value"), "DATE", 0.9, f"{NAME}:birth")
    for match in _CALENDAR.finditer(text):
        yield Finding(*match.span(), "DATE", 0.6, NAME)
