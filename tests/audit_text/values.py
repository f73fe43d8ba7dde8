"""Made-up values for the slots of the frames; checksums hold, nothing is anybody's."""

from __future__ import annotations

import random
import re
import string
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_PHONES = {
    "en": ("(###) ###-####", "07### ######", "+1 ### ### ####", "020 #### ####", "###-###-####"),
    "de": ("0#### ######", "+49 1## #######", "0##/#######", "+41 79 ### ## ##"),
    "fr": ("06 ## ## ## ##", "+33 6 ## ## ## ##", "01.##.##.##.##", "0#########"),
    "es": ("6## ### ###", "+34 9## ## ## ##", "9########", "+52 55 #### ####"),
    "it": ("3## #######", "+39 3## ### ####", "02 ########", "06-#######"),
    "nl": ("06-########", "+31 6 ########", "020 ### ## ##", "+32 4## ## ## ##"),
    "pt": ("9## ### ###", "+351 9########", "(##) 9####-####", "+55 ## 9#### ####"),
}
_IBANS = {"en": "GB", "de": "DE", "fr": "FR", "es": "ES", "it": "IT", "nl": "NL", "pt": "PT"}
_BBAN = {
    "GB": "WEST" + "#" * 14,
    "DE": "#" * 18,
    "FR": "#" * 23,
    "ES": "#" * 20,
    "IT": "X" + "#" * 22,
    "NL": "ABNA" + "#" * 10,
    "PT": "#" * 21,
}
_IDS = ("ORD-####-#####", "#4711######", "INC#######", "A-####/##", "KD-######", "TK##########")
_HOSTS = ("example.com", "example.org", "mail.example", "corp.example.net", "example.co.uk")


def value(
    rng: random.Random, slot: str, language: str, given: Sequence[str], family: Sequence[str]
) -> str:
    """A value of one kind: `email`, `phone`, `card`, `iban`, `id`, `passport`, `user`, `ip`,
    `address`; the names are what addresses of mail and users are made of."""
    if slot in ("email", "user"):
        one, other = _plain(rng.choice(given)), _plain(rng.choice(family))
        user = rng.choice(
            (f"{one}.{other}", f"{one[0]}{other}", f"{one}_{other[0]}", f"{one}{_digits(rng, 2)}")
        )
        return f"{user}@{rng.choice(_HOSTS)}" if slot == "email" else user
    if slot == "address":
        return _address(rng, language)
    if slot == "card":
        return _card(rng)
    if slot == "iban":
        return _iban(rng, _IBANS[language])
    if slot == "ip":
        return ".".join(str(rng.randrange(1, 255)) for _ in range(4))
    forms = {"phone": _PHONES[language], "id": _IDS, "passport": ("X########", "XX#######")}[slot]
    return _drawn(rng, rng.choice(forms))


def _plain(name: str) -> str:
    split = unicodedata.normalize("NFD", name.lower())
    return re.sub(r"[^a-z]", "", split) or "user"


def _digits(rng: random.Random, n: int) -> str:
    return "".join(rng.choice(string.digits) for _ in range(n))


def _drawn(rng: random.Random, form: str) -> str:
    table = {"#": string.digits, "X": string.ascii_uppercase}
    return "".join(rng.choice(table[c]) if c in table else c for c in form)


def _card(rng: random.Random) -> str:
    digits = "4" + _digits(rng, 14)
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(digits)]
    check = -sum(d - 9 if d > 9 else d for d in doubled) % 10
    whole = f"{digits}{check}"
    return whole if rng.random() < 0.5 else " ".join(whole[i : i + 4] for i in range(0, 16, 4))


def _iban(rng: random.Random, country: str) -> str:
    bban = _drawn(rng, _BBAN[country].replace("WEST", "\0").replace("ABNA", "\1"))
    bban = bban.replace("\0", "WEST").replace("\1", "ABNA")
    check = 98 - int("".join(str(int(c, 36)) for c in f"{bban}{country}00")) % 97
    whole = f"{country}{check:02}{bban}"
    return whole if rng.random() < 0.5 else " ".join(
        whole[i : i + 4] for i in range(0, len(whole), 4)
    )  # fmt: skip


@cache
def _streets() -> dict[str, tuple[list[str], list[str], list[str]]]:
    found = {}
    lines = (Path(__file__).parent / "streets.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if not line.startswith("# "):
            language, rest = line.split(": ", 1)
            streets, cities, ends = (part.split("|") for part in rest.split(" / "))
            found[language] = (streets, cities, ends)
    return found


def _address(rng: random.Random, language: str) -> str:
    streets, cities, ends = _streets()[language]
    street, city = rng.choice(streets), rng.choice(cities)
    code = _sized(rng, rng.choice(ends))
    street = _sized(rng, street)
    form = rng.randrange(4)
    if form == 0:
        return street
    if form == 1:
        return f"{street}, {city}"
    if language == "en":
        return f"{street}, {city} {code}"
    return f"{street}, {code} {city}" if form == 2 else f"{street}\n{code} {city}"


def _sized(rng: random.Random, form: str) -> str:
    """`#3` is a number of three digits, `##` two digits, `X` a letter."""
    form = re.sub(
        r"#([1-9])", lambda m: str(rng.randrange(1, 10)) + _digits(rng, int(m[1]) - 1), form
    )
    return re.sub(r"#|X", lambda m: _drawn(rng, m[0]), form)
