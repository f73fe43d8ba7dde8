"""Postal addresses outside English: street, number, and what belongs to them up to the city.

A street's word (`rue`, `-straat`, `calle`) with a number near it, a box, or a number followed by a
postcode begins an address; it reaches back over what streets are called by and on over floors,
postcode and city, until a word that is common in the text's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy.detectors import names
from privacy.detectors import street_words as words
from privacy.findings import Finding
from privacy.languages import COVERED

NAME = "streets"


_ENDING = re.compile(
    r"(?:[^\W\d_]{2,30}|(?:[^\W\d_]{1,20}-){1,3})(?:stra(?:ss|ß)e|str|gasse|weg|platz|allee|damm|ufer|kamp|hof|ring|graben|steig"
    r"|chaussee|markt|tor|straat|laan|plein|gracht|kade|dijk|dreef|steenweg|hof|singel|pad|wal"
    r"|heuvel|markt|baan|lei|vest|plantsoen|kwartier|weide|park)"
)
_STRONG = re.compile(
    r"(?:[^\W\d_]{2,30}|(?:[^\W\d_]{1,20}-){1,3})(?:stra(?:ss|ß)e|str|gasse|weg|platz|allee|damm|ufer|chaussee|straat|laan|plein"
    r"|gracht|kade|steenweg|dreef|dijk)"
)
_BOXES = re.compile(
    r"\b(?:postfach|postbus|casella postale|caixa postal|apartado(?: de correos| postal)?"
    r"|boîte postale|boite postale|b\.?p\.?|c\.?p\.?|apdo\.?)\s*(?:n[.º°]?\s*)?\d[\d ]{0,8}",
    re.IGNORECASE,
)
_CODED = re.compile(
    r"(?<![\w.,])\d{1,4}[a-z]?(?:[/-]\d{1,4}[a-z]?)?(?:[ ,]+[^\W\d_]{1,3}(?=[ ,\n]))?[ ]?[,\n ][ ]?"
    r"(?:(?:[a-z]{1,2}-|cp |cep )?\d{5}(?:-\d{3})?|\d{4}-\d{3}|\d{4} ?[a-z]{2}(?![^\W\d_])"
    r"|[a-z]{1,2}-\d{4}"
    r"|\d{4}(?= [^\W\d_]{3,}))(?!\w)",
    re.IGNORECASE,
)
"""A house number and a postcode: `12, 75011`, `hs 1012 AB`, `80-1 D-20095`."""

_TOKEN = re.compile(r"[^\s,;:()\n]+|[,;:()\n]")
_NUMBER = re.compile(
    r"(?:n[.º°]?)?[1-9]\d{0,4}(?:[.]?[ºª°])?[a-z]?(?:[/-]\d{0,4}[a-z]?)*"
    r"|br-\d+|\d+[eè]m?e?|[ivx]{2,4}"
)
_DIGIT_BEFORE = re.compile(r"[+\d)][ ./-]?$")
_DIGIT_AFTER = re.compile(r"[ ./-]?\d")
_CODE = re.compile(r"(?:[a-z]{1,2}-)?\d{4,5}(?:-\d{3})?|\d{4}[a-z]{2}", re.IGNORECASE)
_REACH = 80  # characters that are looked back over
_LEFT, _NAME, _RIGHT = 3, 6, 9
_COMMON = 2e-5  # frequency from which a word ends an address after its number

Token = tuple[int, int, str]


def find(text: str, language: str) -> Iterator[Finding]:
    """The addresses in a text that is in `language`, not English."""
    for match in _BOXES.finditer(text):
        yield _found(match.start(), _end(text, match.end(), language))
    for match in _CODED.finditer(text):
        if _is_dialled(text, match, language):
            continue
        start = _start(text, match.start(), language, named=False)
        yield _found(start, _end(text, match.end(), language))
    tokens = [(m.start(), m.end(), m[0].lower().rstrip(".")) for m in _TOKEN.finditer(text)]
    for index in range(len(tokens)):
        number = _numbered(tokens, index)
        if number is not None:
            first = min(index, number)
            last = max(index, number)
            start = _start(text, tokens[first][0], language, named=True)
            yield _found(start, _end(text, _named(text, tokens, index, last, language), language))


def _is_dialled(text: str, match: re.Match[str], language: str) -> bool:
    """Whether what looks like a number and a postcode is part of a longer number, or Dutch."""
    if re.search(r"[+\d)][ ./-]?$", text[: match.start()]) or re.match(
        r"[ ./-]?\d", text[match.end() :]
    ):
        return True
    return language != "nl" and re.search(r"\d{4} ?[a-z]{2}$", match[0], re.IGNORECASE) is not None


def _found(start: int, end: int) -> Finding:
    return Finding(start, end, "ADDRESS", 0.6, NAME)


def _numbered(tokens: list[Token], index: int) -> int | None:
    """The place of the house number of the street whose word this is, if it is one."""
    word = tokens[index][2]
    before = word in words.BEFORE or word.startswith(("c/", "r/"))
    if not before and not _ENDING.fullmatch(word) and word not in words.ALONE:
        return None
    if index and before and _is_number(tokens[index - 1][2]):
        following = tokens[index + 1][2] if index + 1 < len(tokens) else ""
        if word not in words.WEAK or following in ("de", "du", "des"):
            return index - 1
    if index > 1 and tokens[index - 2][2].isdigit() and tokens[index - 1][2] in (",", "bis", "ter"):
        return index - 2
    reach = _NAME if before else 2
    for place in range(index + 1, min(index + 1 + reach, len(tokens))):
        following = tokens[place][2]
        if _is_number(following) and not (following.isalpha() and place == index + 1):
            if any(_STRONG.fullmatch(t[2]) for t in tokens[index + 1 : place]):
                return None  # that word is the street's
            if word in words.GERMAN and index + 1 < place < index + 4:
                return None if any(t[2].isdigit() for t in tokens[place + 1 : place + 2]) else place
            called = place > index + 2 and tokens[index + 1][2] in words.LEADING
            known = _is_street(word, before) or (called and word in words.CALLED)
            return place if known or _is_coded(tokens, place, word) else None
        if following in ("\n", ";", ":", "(", ")") or (following == "," and not before):
            return None
    return None


def _is_street(word: str, before: bool) -> bool:
    """Whether a word is hardly anything else than a street's."""
    if word in words.WEAK:
        return False
    return before or word in words.ALONE or _STRONG.fullmatch(word) is not None


def _is_coded(tokens: list[Token], place: int, word: str) -> bool:
    """Whether a postcode or a city's comma follows a number; a compound needs less."""
    if _ENDING.fullmatch(word):
        return True
    near = [token[2] for token in tokens[place + 1 : place + 4]]
    return any(_CODE.fullmatch(one) for one in near)


def _is_number(word: str) -> bool:
    return bool(_NUMBER.fullmatch(word)) and not (word.isalpha() and len(word) < 2)


def _named(text: str, tokens: list[Token], index: int, last: int, language: str) -> int:
    """Where a street's name ends that follows its word and number (`12 rue des lilas`)."""
    end, own = tokens[last][1], 0
    if last > index:
        return end
    for _, stop, word in tokens[index + 1 : index + 1 + _NAME]:
        if word in (",", ";", ":", "(", ")", "\n"):
            break
        if word not in words.SMALL:
            if own and _is_common(word, language):
                break
            own += 1
        if word in words.SMALL and own and _is_common_small(text, stop):
            break
        end = stop
    return end


def _is_common_small(text: str, end: int) -> bool:
    """Whether nothing but a plain end follows a small word."""
    return not text[end:].strip()


def _start(text: str, start: int, language: str, *, named: bool) -> int:
    """Back over what a street is called by, to a common word or the start of the line.

    Where the street's word is known already (`named`), over `alter`, `unter den` and the like.
    """
    line = text[max(text.rfind("\n", 0, start) + 1, start - _REACH) : start]
    before = list(re.finditer(r"[^\s,]+", line))[-_LEFT:]
    best = start
    for match in reversed(before):
        word = match[0].lower().rstrip(".")
        if line[match.end() :].lstrip()[:1] == ",":
            break
        known = word in words.SMALL or word in words.BEFORE or _ENDING.fullmatch(word)
        if word in words.GRAMMAR or (not known and (named or _is_common(word, language))):
            break
        best = start - len(line) + match.start()
    return best


def _end(text: str, end: int, language: str) -> int:
    """On over floors, postcode and city: to a common word or the end of a sentence."""
    near = text[max(end - _REACH, 0) : end]
    capital = near != near.lower()
    cities = 0
    for match in list(_TOKEN.finditer(text, end, min(len(text), end + 120)))[:_RIGHT]:
        word = match[0].lower().rstrip(".")
        if word in (";", ":", "(", ")"):
            break
        if word in (",", "\n"):
            continue
        if re.search(r"[.!?]\s*$", text[end : match.start()]) and cities:
            break
        if not _belongs(text, match, language):
            known = capital and match[0][0].isupper()
            if cities == 3 or not (known or _is_city(text, end, match, language, cities)):
                break
            cities += 1
        end = match.end()
        if re.search(r"[.!?]$", match[0]) and cities:
            break
    return end


def _belongs(text: str, match: re.Match[str], language: str) -> bool:
    """Whether a word is part of an address whatever it is called: a number, a floor, `de la`."""
    word = match[0].lower().rstrip(".")
    if _is_number(word) or _CODE.fullmatch(word) or word in words.TAIL or _is_letter(word):
        return True
    return word in words.SMALL and _goes_on(text, match.end(), language)


def _is_city(text: str, end: int, match: re.Match[str], language: str, cities: int) -> bool:
    """Whether a word is a city's, or no common one; `end` is where the address ends before it."""
    word = match[0].lower().rstrip(".")
    if not _is_common(word, language):
        return True
    return cities == 0 and word in names.place_shares() and _follows(text, end, match.start())


def _is_letter(word: str) -> bool:
    """Whether a word is the letter of a door or a stair, and no word of a language."""
    return len(word) == 1 and word not in "aeioyuàéèê"


def _follows(text: str, end: int, start: int) -> bool:
    """Whether a city's place is here: after a postcode, a comma or the end of a line."""
    return bool(_CODE.search(text[max(end - 9, 0) : end]) or re.search(r"[,\n]", text[end:start]))


def _goes_on(text: str, end: int, language: str) -> bool:
    """Whether a small word is followed by one that may be of an address."""
    match = _TOKEN.match(text, end + 1)
    if match is None:
        return False
    word = match[0].lower().rstrip(".")
    return not _is_common(word, language) and word.isalpha()


def _is_common(word: str, language: str) -> bool:
    frequency = names.frequencies(language if language in COVERED else "en").get(word, 0.0)
    return frequency >= _COMMON and word not in words.TAIL
