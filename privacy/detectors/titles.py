"""Descriptions that single one person out: a title, a department and a place together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy.detectors import names
from privacy.findings import Finding

NAME = "titles"

_TITLE = (
    r"(?:heads?|chiefs?|director|manager|vice president|vp|president|lead(?:er)?"
    r"|chair(?:man|woman)?"
    r"|secretary|assistant|intern|partner|controller|treasurer|c[efitmo]o|ciso|engineer|lawyer"
    r"|accountant|nurse|doctor|teacher|receptionist|supervisor"
    r"|leiter(?:in)?|chef(?:in|fe)?|abteilungsleiter(?:in)?|geschäftsführer(?:in)?|vorstand"
    r"|vorsitzende[rn]?|direktor(?:in)?|assistent(?:in)?|praktikant(?:in)?"
    r"|directeur|directrice|responsable|président[e]?|stagiaire|adjoint[e]?|gérant[e]?"
    r"|director[ae]?|jef[ae]|gerente|presidente|becari[oa]|encargad[oa]"
    r"|direttore|direttrice|capo|responsabile|stagista"
    r"|hoofd|directrice|voorzitter|teamleider|stagiair[e]?"
    r"|diretor[a]?|chefe|estagiári[oa])"
)
_OF = (
    r"(?:of|for|der|des|vom|von|für|du|de la|de l'|des|de|del|de los|della|del|dell'|di|van de"
    r"|van het|van|da|do|das|dos|in)"
)
_IN = r"(?:in|at|from|for|en|à|au|a|ad|te|bij|em|no|na|aus|am)"
_SITE = (
    r"(?:office|branch|site|plant|store|school|hospital|campus|warehouse|büro|niederlassung"
    r"|filiale|standort|werk|bureau|agence|oficina|sucursal|sede|ufficio|kantoor|vestiging"
    r"|escritório|filial)"
)
_ARTICLE = r"(?:(?:the|our|a|der|die|dem|den|das|la|le|el|il|het|de|o|a|los)\s+)?"
_WORDS = r"[^\W\d_][\w'’-]*"

HELD = re.compile(rf"(?<!\w){_TITLE}(?!\w)", re.IGNORECASE)
_THERE = re.compile(
    rf"(?<!\w){_TITLE}(?:\s+{_OF}\s+{_ARTICLE}{_WORDS}(?:\s+(?:and|und|et|y|e|en|&)\s+{_WORDS})?"
    rf"|\s+(?!(?:is|was|are|were|will|has|had)\b){_WORDS})?\s+{_IN}\s+{_ARTICLE}(?P<place>{_WORDS}(?:\s+{_WORDS})?)",
    re.IGNORECASE,
)
_OF_SITE = re.compile(
    rf"(?<!\w){_TITLE}\s+{_OF}\s+{_ARTICLE}(?P<place>{_WORDS}(?:\s+{_WORDS})?)\s+{_SITE}(?!\w)"
    rf"|(?<!\w)(?P<first>{_WORDS})\s+{_SITE}(?:'s|’s)?\s+{_TITLE}\s+{_OF}\s+{_ARTICLE}{_WORDS}",
    re.IGNORECASE,
)
_SITES = re.compile(rf"\s+{_SITE}(?!\w)", re.IGNORECASE)


def find(text: str) -> Iterator[Finding]:
    """Who holds a title in a department at a place, each as a whole."""
    if not HELD.search(text):
        return
    for match in _THERE.finditer(text):
        end = _end(text, match)
        if end:
            yield Finding(match.start(), end, "PERSON", 0.6, NAME)
    for match in _OF_SITE.finditer(text):
        if any(_is_place(word) for word in (match["place"] or match["first"]).split()):
            yield Finding(*match.span(), "PERSON", 0.6, NAME)


def _end(text: str, match: re.Match[str]) -> int:
    """Where the description ends: behind its place and what kind of site it is; 0 for no place."""
    start, end = match.span("place")
    words = list(re.finditer(_WORDS, match["place"]))
    places = [start + word.end() for word in words if _is_place(word[0])]
    if site := _SITES.match(text, start + words[0].end()) or _SITES.match(text, end):
        return site.end() if places or words[0][0][0].isupper() else 0
    return places[-1] if places else 0


def _is_place(word: str) -> bool:
    """Whether a word is more of a place than a word."""
    folded = word.lower()
    return names.listed_as(folded) == "PLACE" and names.is_struck(folded)
