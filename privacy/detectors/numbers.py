"""Numbers that name something: cards and accounts by checksum, telephones by their shape."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy.findings import Finding

NAME = "numbers"

_DIGITS = re.compile(r"(?<![\d.])\d(?:[ .-]?\d){11,18}(?![\d])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_PHONE = re.compile(
    r"(?<![\w.])(?:\+|00)\d{1,3}[ .()/-]{0,2}(?:\(0\)[ .-]?)?\d(?:[ .()/-]{0,2}\d){5,13}(?!\w)"
    r"|(?<![\w.])(?:\(\d{2,5}\)|\d{2,5})(?:[ ./-]\d{2,5}){2,4}(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?!\w)"
    r"|(?<![\w.])\d{3}[-. ]\d{4}(?!\w)"
)
_DATE = re.compile(
    r"(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d\d"
)
_LONG = re.compile(r"(?<!\d)\d{6,}(?!\d)")
_IBAN_LENGTHS = range(15, 35)


def find(text: str) -> Iterator[Finding]:
    """The card, account, telephone and other long numbers in a text."""
    for match in _DIGITS.finditer(text):
        if luhn(match[0]):
            yield Finding(*match.span(), "CARD", 0.9, NAME)
    yield from _ibans(text)
    for match in _PHONE.finditer(text):
        kind = "DATE" if _DATE.fullmatch(match[0]) else "PHONE"
        yield Finding(*match.span(), kind, 0.5, NAME)
    for match in _LONG.finditer(text):
        yield Finding(*match.span(), "NUMBER", 0.3, NAME)


def _ibans(text: str) -> Iterator[Finding]:
    """The longest part of each candidate whose checksum holds, since words may follow it."""
    for match in _IBAN.finditer(text):
        candidate = match[0]
        for end in range(len(candidate), _IBAN_LENGTHS.start - 1, -1):
            whole = end == len(candidate) or not candidate[end].isalnum()
            if whole and candidate[end - 1].isalnum() and iban(candidate[:end]):
                yield Finding(match.start(), match.start() + end, "BANK", 1.0, NAME)
                break


def luhn(number: str) -> bool:
    """Whether the digits of a number satisfy Luhn's checksum (ISO/IEC 7812-1, annex B)."""
    digits = [int(character) for character in number if character.isdigit()]
    if len(digits) < 2 or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[::-2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """Whether a text, spaces and hyphens aside, satisfies the checksum of ISO 13616."""
    code = text.replace(" ", "").replace("-", "").upper()
    if len(code) not in _IBAN_LENGTHS or not code.isascii() or not code.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1
