"""Secrets that nobody has: valid in form, from ranges set aside for tests where there are any."""

from __future__ import annotations

import string
from collections.abc import Callable

from etl.simulate import words
from etl.simulate.dice import Dice

_BINS = ("411111", "400005", "401288", "510510", "555555", "222300", "378282", "601111")
_BANKS = {"DE": 18, "NL": 0, "GB": 0, "ES": 20, "BE": 12}
_DIGITS = string.digits


def secret(dice: Dice, kind: str) -> str:
    """A fresh secret of one kind, as a person would type it."""
    return _MAKERS[kind](dice)


def invented(dice: Dice) -> str:
    """A name of three syllables that is no English word."""
    return dice.pick(words.START) + dice.pick(words.MIDDLE) + dice.pick(words.END)


def surname(dice: Dice) -> str:
    """A surname: from the list, or made up, in equal parts."""
    return dice.pick(words.LAST) if dice.chance(0.5) else invented(dice)


def luhn_digit(digits: str) -> str:
    """The digit that makes a card number valid."""
    doubled = [int(d) * (2 - at % 2) for at, d in enumerate(reversed(digits))]
    return str(-sum(n - 9 if n > 9 else n for n in doubled) % 10)


def iban(country: str, account: str) -> str:
    """An IBAN with valid check digits."""
    as_number = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    return f"{country}{98 - int(as_number) % 97:02d}{account}"


def _card(dice: Dice) -> str:
    prefix = dice.pick(_BINS)
    n = 15 if prefix.startswith("3") else 16
    number = prefix + dice.string(_DIGITS, n - 7)
    number += luhn_digit(number)
    if dice.chance(0.5):
        return number
    return " ".join(number[at : at + 4] for at in range(0, n, 4))


def _iban(dice: Dice) -> str:
    country = dice.pick(tuple(_BANKS))
    letters = {"NL": "ABNA", "GB": "BARC"}.get(country, "")
    account = letters + dice.string(_DIGITS, {"NL": 10, "GB": 14}.get(country, _BANKS[country]))
    return iban(country, account)


def _phone(dice: Dice) -> str:
    last = dice.string(_DIGITS, 3)
    french = f"+33 6 39 98 {last[:2]} {last[1:]}"
    british, german = f"+44 7700 900{last}", f"+49 30 23125{last}"
    return dice.pick((british, german, f"(212) 555-01{last[1:]}", french))


def _password(dice: Dice) -> str:
    letters = dice.string(string.ascii_letters, dice.whole(6, 10))
    made = letters + dice.string(_DIGITS, 2) + dice.string("!#$%&*+?", 2)
    return "".join(dice.shuffled(made))


def _api_key(dice: Dice) -> str:
    body = dice.string(string.ascii_letters + _DIGITS, 24)
    return dice.pick(("sk_test_", "ghp_", "tok-", "")) + body + dice.string(_DIGITS, 2)


def _person(dice: Dice) -> str:
    return f"{dice.pick(words.FIRST)} {surname(dice)}"


def _email(dice: Dice) -> str:
    host = dice.pick(("mail.example", "example.com", "example.org"))
    return f"{dice.pick(words.FIRST)}.{surname(dice)}{dice.below(90) + 10}@{host}".lower()


def _address(dice: Dice) -> str:
    street = dice.pick(("Lane", "Street", "Road", "Avenue"))
    town = f"{invented(dice)} {dice.string(_DIGITS, 5)}"
    return f"{dice.whole(2, 290)} {invented(dice)} {street}, {town}"


def _user(dice: Dice) -> str:
    return f"{dice.pick(string.ascii_lowercase)}{surname(dice).lower()}{dice.below(90) + 10}"


def _code(dice: Dice) -> str:
    return f"{invented(dice)[:4].upper()}-{dice.string('123456789', 4)}"


_MAKERS: dict[str, Callable[[Dice], str]] = {
    "person": _person,
    "email": _email,
    "phone": _phone,
    "card": _card,
    "iban": _iban,
    "address": _address,
    "password": _password,
    "pin": lambda dice: dice.string(_DIGITS, dice.whole(4, 7)),
    "api_key": _api_key,
    "path_user": _user,
    "customer": lambda dice: f"{invented(dice)} {dice.pick(('GmbH', 'Ltd', 'Textiles', 'Labs'))}",
    "customer_code": _code,
    "ticket": lambda dice: f"{dice.pick(('OPS', 'HELP', 'REQ'))}-{dice.string('123456789', 5)}",
    "deal": invented,
}
KINDS = tuple(_MAKERS)
