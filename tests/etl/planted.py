"""Canaries: values of fifteen kinds that nobody has, among what people type every day."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from etl.simulate import secrets
from privacy import tape
from privacy.tape import Tape
from tests.etl.prompted import COMMON, PROMPTS, WORDS, asked
from tests.etl.ways import WAYS, plain

_HEADS = (
    "quorb", "velkr", "drimz", "zastr", "plovn", "krunz", "fyndr", "jolkv", "wexbr", "brisk",
    "tarvq", "nolgr",
)  # fmt: skip
_TAILS = (
    "andrik", "ulvane", "ixter", "omblad", "ekvor", "yndell", "urzan", "ofting", "ardrup", "ivonk",
)  # fmt: skip
_ACCENTS = str.maketrans("aeou", "áèöü")

LEADS = (
    "please send the report to {s} before the meeting",
    "we have to talk about {s} with the team tomorrow",
    "bitte schick den Bericht noch heute an {s} und ruf mich dann an",
    "merci de envoyer le dossier pour {s} avant la fin de la semaine",
    "por favor manda el informe de {s} antes de la reunión",
    "per favore manda il documento di {s} prima della riunione",
    "kun je het verslag over {s} voor de vergadering sturen",
    "por favor envia o documento de {s} antes da reunião",
    "{s}",
)
"""What stands around a canary, in seven languages, and nothing at all."""


@dataclass(frozen=True)
class Canary:
    """A value, the way in which it is typed, and the parts of it that must not come out."""

    kind: str
    way: str
    text: str
    tokens: tuple[str, ...]


def word(n: int) -> str:
    """A name that is no word of any language; another one for each number below 2,400."""
    head, tail = _HEADS[n % 12], _TAILS[n // 12 % 10]
    made = head + "aeiou"[n // 120 % 5] + "lmnr"[n // 600 % 4] + tail
    return (made.translate(_ACCENTS) if n % 3 == 0 else made).capitalize()


def _digits(rng: random.Random, n: int) -> str:
    return "".join(rng.choice(string.digits) for _ in range(n))


def _person(rng: random.Random, n: int) -> tuple[str, ...]:
    names = word(4 * n), word(4 * n + 1)
    return " ".join(names), *names


def _email(rng: random.Random, n: int) -> tuple[str, ...]:
    names = plain(word(4 * n)), plain(word(4 * n + 1))
    return f"{names[0]}.{names[1]}@{names[1]}.example", *names


def _phone(rng: random.Random, n: int) -> tuple[str, ...]:
    first, last = _digits(rng, 4), _digits(rng, 4)
    return f"+49 30 {first} {last}", first + last


def _card(rng: random.Random, n: int) -> tuple[str, ...]:
    number = "411111" + _digits(rng, 9)
    number += secrets.luhn_digit(number)
    return " ".join(number[at : at + 4] for at in range(0, 16, 4)), number


def _iban(rng: random.Random, n: int) -> tuple[str, ...]:
    account = _digits(rng, 18)
    return secrets.iban("DE", account), account


def _national(rng: random.Random, n: int) -> tuple[str, ...]:
    number = _digits(rng, 8)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[int(number) % 23]}", number


def _password(rng: random.Random, n: int) -> tuple[str, ...]:
    made = f"{word(4 * n)}{rng.choice('!#$%&')}{_digits(rng, 3)}"
    return made, made[:-4]


def _key(rng: random.Random, n: int) -> tuple[str, ...]:
    body = "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(24))
    return f"ghp_{body}", body


def _street(rng: random.Random, n: int) -> tuple[str, ...]:
    street, town = word(4 * n), word(4 * n + 1)
    return f"{rng.randrange(2, 99)} {street} Street, {_digits(rng, 5)} {town}", street, town


def _path(rng: random.Random, n: int) -> tuple[str, ...]:
    user = plain(word(4 * n))
    return f"C:\\Users\\{user}\\plan.txt" if n % 2 else f"/home/{user}/plan", user


def _host(rng: random.Random, n: int) -> tuple[str, ...]:
    if n % 2:
        name = plain(word(4 * n))
        return f"{name}-db.corp.local", name
    numbers = [str(rng.randrange(100, 255)) for _ in range(4)]
    return ".".join(numbers), "".join(numbers)


def _order(rng: random.Random, n: int) -> tuple[str, ...]:
    number = _digits(rng, 9)
    return f"ORD-{number}", number


def _deal(rng: random.Random, n: int) -> tuple[str, ...]:
    customer, deal = word(4 * n), word(4 * n + 1)
    return f"customer {customer} Labs, deal {deal}", customer, deal


def _birth(rng: random.Random, n: int) -> tuple[str, ...]:
    parts = f"{rng.randrange(1, 29):02}", f"{rng.randrange(1, 13):02}", f"{1901 + n % 99}"
    return ".".join(parts), "".join(parts)


KINDS: dict[str, Callable[[random.Random, int], tuple[str, ...]]] = {
    "a person": _person,
    "a mail address": _email,
    "a phone number": _phone,
    "a card number": _card,
    "a bank account": _iban,
    "a national number": _national,
    "a password": _password,
    "a key": _key,
    "a street": _street,
    "a user in a path": _path,
    "a host": _host,
    "an order": _order,
    "a customer and a deal": _deal,
    "a date of birth": _birth,
}
"""Kind -> a value and its tokens. The fifteenth is `COMMON`, which everyone types."""


_DAYS = 8  # on which one person repeats a canary
_APPS = ("winword", "outlook", "slack", "chrome", "code", "excel", "notepad")


def canaries(n: int, seed: int, ways: Sequence[str] = tuple(WAYS)) -> list[Canary]:
    """So many, each kind by each way in turn; those that everyone types are not among them."""
    rng = random.Random(seed)
    pairs = [(kind, way) for way in ways for kind in KINDS]
    made = []
    for number in range(n):
        kind, way = pairs[number % len(pairs)]
        text, *tokens = KINDS[kind](rng, number)
        made.append(Canary(kind, way, text, tuple(tokens)))
    return made


def planted(
    people: int, days: int, seeds: Sequence[Canary], start: int, control: str
) -> list[dict[str, object]]:
    """The events of so many people who each type a common line a day, and the canaries among them.

    They also give `WORDS` to commands at a terminal, each time in another of `PROMPTS`.
    """
    day = 86_400_000_000
    tapes = {
        (who, on): Tape(f"planted-{who:02}", f"box-{who:02}", f"s{who}-{on}", start + on * day)
        for who in range(people)
        for on in range(days)
    }
    for (who, _), session in tapes.items():
        tape.focus(session, "winword", title=f"plan {who}")
        tape.line(session, control)
        tape.click(session, 10, 12)
    for number, one in enumerate(seeds):
        many = one.way == "on many days"
        for on in range(min(days, _DAYS)) if many else (number % days,):
            _plant(tapes[number % people, on], number, one)
    for number in range(max(people, len(PROMPTS))):
        for later, secret in enumerate(WORDS):
            asked(tapes[number % people, (number + later) % days], number, secret)
    return [event for session in tapes.values() for event in session.events]


def _plant(session: Tape, number: int, one: Canary) -> None:
    prompt = one.way == "at a prompt"
    app = "gnome-terminal" if prompt else _APPS[number % len(_APPS)]
    tape.focus(session, app, title=f"window {number}")
    before, _, after = LEADS[number % len(LEADS)].partition("{s}")
    WAYS[one.way](session, before, one.text, after)
    tape.wait(session, 3)


def words() -> list[Canary]:
    """The passwords that everyone types."""
    return [Canary(COMMON, "at a prompt", one, (one,)) for one in WORDS]


def forms(one: Canary) -> Iterator[str]:
    """The texts that must not come out of a canary: its parts, as they are and without accents."""
    for token in one.tokens:
        yield from {token, plain(token), plain(token)[::-1], token.casefold()}
