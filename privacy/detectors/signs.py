"""What a text must hold for a recognizer of Presidio's to find anything in it, told at once."""

from __future__ import annotations

import re

_DIALLED_DIGITS = 7
_DIALLED = re.compile(r"\d(?:[^A-WY-Za-wy-z]{0,5}\d){6}")  # `phonenumbers` takes an x as a sign
"""What every telephone number holds: seven digits with few signs between."""

NEEDS: dict[str, tuple[int, str]] = {
    "CREDIT_CARD": (12, ""),
    "US_BANK_NUMBER": (8, ""),
    "US_DRIVER_LICENSE": (2, ""),
    "US_ITIN": (9, ""),
    "US_PASSPORT": (8, ""),
    "US_SSN": (9, ""),
    "UK_NHS": (10, ""),
    "CRYPTO": (1, ""),
    "DATE_TIME": (1, ""),
    "EMAIL_ADDRESS": (0, "@"),
    "IBAN_CODE": (2, ""),
    "IP_ADDRESS": (0, ".:"),
    "MAC_ADDRESS": (0, ":-."),
    "MEDICAL_LICENSE": (7, ""),
    "UUID": (0, "-"),
    "URL": (0, "."),
}
"""How many digits a text must have for a recognizer to find anything, and one of which
characters; what is not named here is always asked."""

SIGNS = {
    entity: re.compile(sign, re.IGNORECASE)
    for entity, sign in {
        "CREDIT_CARD": r"\d{4}[- ]?\d{3}",
        "CRYPTO": r"\w{26}",
        "DATE_TIME": r"\d[-/.]\w|\w-\d",
        "IBAN_CODE": r"[^\W\d_]{2}[ -]?\d\d",
        "IP_ADDRESS": r"\d\.\d{1,3}\.\d|::|:[\da-f]{1,4}:",
        "MAC_ADDRESS": r"[\da-f]{2}[:-][\da-f]{2}[:-]|[\da-f]{4}\.[\da-f]{4}\.",
        "MEDICAL_LICENSE": r"\d{7}",
        "UK_NHS": r"\d{3}[- ]?\d{3}[- ]?\d{4}",
        "URL": r"\.\w",
        "US_BANK_NUMBER": r"\d{8}",
        "US_DRIVER_LICENSE": r"\d{6}|[^\W\d_]\d|\d[^\W\d_]|\]\d",
        "US_ITIN": r"9\d\d[- ]?\d\d",
        "US_PASSPORT": r"\d{8}",
        "US_SSN": r"\d{9}|\d{3}[-. ]\d\d|\d{5}-\d",
        "UUID": r"[\da-f]{8}-",
    }.items()
}
"""What else every match of a recognizer's holds, in a pattern that is much faster."""

TELLING = re.compile(r"[\d@.:-]")
"""What every one of those needs, so that a text without it is asked for nothing but the rest."""


def may_hold(entity: str, digits: int, text: str) -> bool:
    """Whether a recognizer could find something in a text with so many digits."""
    if entity == "PHONE_NUMBER":
        return digits >= _DIALLED_DIGITS and _DIALLED.search(text) is not None
    least, characters = NEEDS.get(entity, (0, ""))
    if digits < least:
        return False
    if characters and not any(map(text.__contains__, characters)):
        return False
    return entity not in SIGNS or SIGNS[entity].search(text) is not None
