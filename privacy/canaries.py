"""Secrets planted with each build: they take the same road as people's events, and none arrives.

Everything that must not come out is typed by everyone on every day, so that nothing but the
rule in question holds it back; what too few people type, or on too few days, is planted as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from privacy import tape
from privacy.gates import Violation
from privacy.policy import Policy, default_policy
from privacy.registry import Exclusion, Exemption, Pause, Registries
from privacy.tape import COLUMNS, Tape
from privacy.terms import Terms

_DAY = 86_400_000_000
_START = 1_583_139_600_000_000  # a Monday, nine o'clock
FORBIDDEN_COLUMN = 58  # every mouse event that must not come out lies at or right of here

CONTROL = "please send the report before the meeting on monday"
SHARED = "plintering"  # enough people on enough days: comes out, so that the others mean something

NEEDLES: Mapping[str, tuple[str, ...]] = {
    "too few people": ("plorbing",),
    "too few days": ("trovelling",),
    "deleted text": ("vextering",),
    "text replaced by way of the mouse": ("selectaving",),
    "pasted text": ("pastorbing",),
    "a secure field": ("sekrivolting",),
    "a secure key's focus": ("maskenfolding",),
    "an excluded application": ("dorbling",),
    "an excluded title": ("crondling",),
    "an excluded address": ("portelvisking",),
    "a title": ("titelquorring",),
    "an address": ("adresquorring",),
    "a pause of the registry": ("pausemarreling",),
    "a pause in the stream": ("frolbing",),
    "the guard of a pause": ("guardening",),
    "an exempt person": ("exemptorelling",),
    "a person": ("jennifer", "whitfield"),
    "a person whom no list names": ("plorvane",),
    "a mail address": ("mkestrel", "quorbix"),
    "a phone number": ("55501742",),
    "a card number": ("4556737586899855",),
    "a bank account": ("de89370400440532013000",),
    "a key": ("akiaq7rz3mwxnt5kjh2p",),
    "a password": ("velqor!7731",),
    "a password of letters": ("velquorring",),
    "a password at a terminal": ("promptorelling",),
    "a path": ("mkestrel",),
    "a path of words": ("kestrelling",),
    "a handle": ("quorvexing",),
    "a street": ("quorbelling",),
    "a network address": ("10.44.17.203",),
    "a listed term": ("quorling", "quorlings"),
}

TERMS = Terms(never=("Quor Ling",))
"""The list of terms of a side run, in place of the project's own."""

_KINDS = {
    "HANDLE": "a handle",
    "PATH": "a path of words",
    "ADDRESS": "a street",
    "PASSWORD": "a password of letters",
}
"""What of the needles passes by its words alone, so that only a detector holds it back."""

# The last six are of words that everyone types: nothing but a detector or a list holds them back.
_SENTENCES = (
    "ask Jennifer Whitfield about the report",
    "write to mkestrel@quorbix.example today",
    "call me on +49 30 55501742 today",
    "the card is 4556 7375 8689 9855",
    "send it to DE89 3704 0044 0532 0130 00",
    "please set AWS_KEY=AKIAQ7RZ3MWXNT5KJH2P today",
    "my password is Velqor!7731",
    "open C:\\Users\\mkestrel\\plan.txt",
    "connect to 10.44.17.203 first",
    "ask Marwick Plorvane about the report",
    "my password is velquorring",
    "look in /home/kestrelling/plan first",
    "tell @quorvexing about it",
    "we live at 12 Quorbelling Street",
    "we are quorlings now",
)


@dataclass(frozen=True)
class Planted:
    """Events in canonical columns, and the registries that hold for them."""

    events: tuple[dict[str, object], ...]
    registries: Registries


def plant(people: int, days: int) -> Planted:
    """Recordings of made-up people where `people` on `days` days make a word pass.

    There are two more people than needed, half again as many exempt ones, and one more day.
    """
    users = [f"canary-{number:03}" for number in range(people + 2)]
    exempt = [f"exempt-canary-{number:03}" for number in range(people + people // 2)]
    events: list[dict[str, object]] = []
    pauses: list[Pause] = []
    for day in range(days + 1):
        for number, user in enumerate(users):
            session = Tape(user, f"{user}-box", f"{user}-{day}", _START + day * _DAY)
            for act in _ACTS:
                act(session)
            _thresholds(session, number < people - 1, day < days - 1)
            pauses += _paused(session)
            events += session.events
        for user in exempt:
            session = Tape(user, f"{user}-box", f"{user}-{day}", _START + day * _DAY)
            _excluded_person(session)
            events += session.events
    rules = (
        Exclusion(app="canary vault*", reason="canary"),
        Exclusion(title="*canary ledger*", reason="canary"),
        Exclusion(url="*canary-portal.example*", reason="canary"),
    )
    standing = tuple(Exemption(user, "approved", "all", 0, 0) for user in exempt)
    return Planted(tuple(events), Registries(standing, tuple(pauses), rules))


def _work(session: Tape) -> None:
    """What may come out: the control sentence, the shared word, clicks on the left."""
    tape.focus(session, "winword", title=NEEDLES["a title"][0], url=NEEDLES["an address"][0])
    tape.line(session, CONTROL)
    tape.line(session, f"we are {SHARED} now")
    for column in (10, 34, 18, 42):
        tape.click(session, column, 12)
        tape.wait(session, 6)


def _sensitive(session: Tape) -> None:
    for sentence in _SENTENCES:
        tape.focus(session, "outlook", title="mail")
        tape.line(session, sentence)


def _unused(session: Tape) -> None:
    """Deleted, replaced and pasted text."""
    word = NEEDLES["deleted text"][0]
    tape.focus(session, "notepad", title="a")
    tape.write(session, word)
    for _ in word:
        tape.press(session, "Backspace")
    tape.focus(session, "notepad", title="b")
    tape.write(session, NEEDLES["text replaced by way of the mouse"][0])
    for _ in range(2):
        tape.click(session, 20, 20)
    tape.write(session, "fine")
    tape.focus(session, "notepad", title="c")
    tape.press(session, "v", mods="Control")
    tape.put(session, "paste", text=NEEDLES["pasted text"][0])
    tape.line(session, " it is")


def _hidden(session: Tape) -> None:
    """Secure fields, and windows that an exclusion names."""
    windows: tuple[tuple[str, dict[str, object], dict[str, object]], ...] = (
        ("a secure field", {"app": "chrome", "secure": True}, {}),
        ("an excluded application", {"app": "Canary Vault 3"}, {}),
        ("an excluded title", {"app": "chrome", "title": "The canary ledger - all"}, {}),
        ("an excluded address", {"app": "chrome", "url": "https://canary-portal.example/x"}, {}),
    )
    for kind, window, keys in windows:
        tape.focus(session, str(window["app"]), **{k: v for k, v in window.items() if k != "app"})
        tape.line(session, f"we are {NEEDLES[kind][0]} now", **keys)
        tape.click(session, 60, 30)
        tape.wait(session, 5)
    tape.focus(session, "chrome", title="form")
    tape.write(session, "we are " + NEEDLES["a secure key's focus"][0] + " now ")
    tape.press(session, "x", secure=True)
    tape.click(session, 61, 30)
    tape.focus(session, "winword")


def _asked(session: Tape) -> None:
    """A password that is like a word, after a command and after one from the shell's history."""
    tape.focus(session, "gnome-terminal", title="shell")
    tape.line(session, "sudo ls")
    tape.line(session, NEEDLES["a password at a terminal"][0])
    tape.line(session, "we are here now")
    for key in ("ArrowUp", "ArrowUp", "Enter"):
        tape.press(session, key)
    tape.line(session, NEEDLES["a password at a terminal"][0])


def _pad(session: Tape) -> None:
    """A number clicked on a pad at the edge."""
    tape.focus(session, "winword")
    tape.wait(session, 5)
    for column, row in ((60, 10), (62, 12), (61, 11), (60, 12), (62, 10), (61, 12)):
        tape.click(session, column, row)
    tape.wait(session, 5)


_ACTS: tuple[Callable[[Tape], None], ...] = (
    _work, _sensitive, _unused, _hidden, _asked, _pad, _work,
)  # fmt: skip


def _thresholds(session: Tape, few_people: bool, few_days: bool) -> None:
    tape.focus(session, "winword")
    if few_people:
        tape.line(session, f"we are {NEEDLES['too few people'][0]} now")
    if few_days:
        tape.line(session, f"we are {NEEDLES['too few days'][0]} now")


def _paused(session: Tape) -> list[Pause]:
    """A pause of the registry between its guards, then one in the stream."""
    tape.focus(session, "winword")
    tape.wait(session, 10)
    _in_guard(session)
    start = session.ts
    tape.line(session, f"we are {NEEDLES['a pause of the registry'][0]} now")
    tape.click(session, 62, 5)
    end = session.ts
    _in_guard(session)
    tape.wait(session, 10)
    tape.put(session, "pause")
    tape.put(session, "focus", app="winword")
    tape.line(session, f"we are {NEEDLES['a pause in the stream'][0]} now")
    tape.click(session, 62, 20)
    tape.put(session, "resume")
    return [Pause(session.user_id, start, end)]


def _in_guard(session: Tape) -> None:
    """Less than two seconds of typing and a click, in a window gone to after the pause."""
    tape.put(session, "focus", app="winword")
    tape.line(session, NEEDLES["the guard of a pause"][0])
    tape.click(session, 63, 8)


def _excluded_person(session: Tape) -> None:
    tape.focus(session, "winword")
    tape.line(session, f"we are {NEEDLES['an exempt person'][0]} now")
    for row in (3, 33, 9, 27, 15, 21):  # of a few in a row some are always in none of the rows
        tape.click(session, 61, row)
        tape.wait(session, 6)


def texts(
    where: str,
    values: Iterable[str],
    *,
    control: bool,
    policy: Policy | None = None,
) -> list[Violation]:
    """No planted text is in the values; with `control`, what may come out did.

    What a policy (None: the default) keeps or drops is not looked for.
    """
    rules = policy or default_policy()
    kept = {kind for name, kind in _KINDS.items() if rules.action(name) == "keep"}
    lines = [value.casefold() for value in values]
    # A line each with and without white space: a needle may come out spread over tokens.
    spread = ["".join(line.split()) for line in lines]
    out = []
    for kind, needles in NEEDLES.items():
        n = sum(any(x in a or x in b for x in needles) for a, b in zip(lines, spread, strict=True))
        if n and kind not in kept:
            out.append(Violation(where, n, f"planted text came out: {kind}"))
    if control and not any(CONTROL in line for line in lines):
        out.append(Violation(where, 1, "could not check: the control sentence did not come out"))
    if control and not any(SHARED in line for line in lines):
        out.append(Violation(where, 1, "could not check: the shared word did not come out"))
    return out


def cells(where: str, columns: pl.Series, width: int) -> list[Violation]:
    """No planted pointer is among the columns (0 to `width` - 1), and ordinary ones are."""
    edge = FORBIDDEN_COLUMN * width // COLUMNS
    n = int((columns >= edge).sum() or 0)
    out = [Violation(where, n, "planted pointer events came out")] if n else []
    if not int((columns < edge).sum() or 0):
        out.append(Violation(where, 1, "could not check: the control clicks did not come out"))
    return out
