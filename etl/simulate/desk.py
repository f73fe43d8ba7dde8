"""The desk where one session happens: its clock, what was recorded so far, and what was true."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from etl.simulate.dice import Decks, Dice
from etl.simulate.people import Hand, Person, Session


class Move(NamedTuple):
    """One stroke of the mouse: `n` samples, one in each step of the device from `start` on."""

    start: int
    x0: float
    y0: float
    x1: float
    y1: float
    n: int
    bend: float
    lean: float
    jitter: float


@dataclass
class Field:
    """Text being written: characters, the caret, and whether a replay of the keys gives it.

    `simple`: nothing but characters, Enter and Backspace. `exact`: no click, paste of unknown
    text or undo has left the caret or the text to guesswork.
    """

    focus_ts: int
    part: int = 0
    chars: list[str] = field(default_factory=list)
    caret: int = 0
    anchor: int | None = None
    simple: bool = True
    exact: bool = True
    first_ts: int | None = None
    last_ts: int = 0


@dataclass
class Truth:
    """What the answer key will say of one person; times in microseconds since the epoch."""

    secrets: list[dict[str, Any]] = field(default_factory=list)
    sentences: list[dict[str, Any]] = field(default_factory=list)
    fields: list[dict[str, Any]] = field(default_factory=list)
    pads: list[dict[str, Any]] = field(default_factory=list)
    focuses: list[dict[str, Any]] = field(default_factory=list)
    pauses: list[dict[str, Any]] = field(default_factory=list)
    behaviours: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class Desk:
    """One person in one session: where everything that happens is put down."""

    person: Person
    session: Session
    dice: Dice
    decks: Decks
    truth: Truth
    clock: int
    x: float
    y: float
    typed: Field
    due: int
    hand: Hand
    ts: list[int] = field(default_factory=list)
    tails: list[str] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    mods: tuple[str, ...] = ()
    secure_keys: bool = False
    last_up: int = 0
    aim: int = 0
    opened: bool = False
    last_code: str = ""


def sit_down(person: Person, session: Session, dice: Dice, decks: Decks, truth: Truth) -> Desk:
    """An empty desk at the start of a session, the mouse in the middle of the screen."""
    x, y = session.device.screen_w / 2, session.device.screen_h / 2
    start = session.start
    return Desk(person, session, dice, decks, truth, start, x, y, Field(start), start, person.hand)


@lru_cache(maxsize=100_000)
def tail(type: str, *fields: tuple[str, object]) -> str:
    """A line from its `type` on: the fields in the order given."""
    return json.dumps(dict((("type", type), *fields)), ensure_ascii=False, separators=(",", ":"))[
        1:
    ]


def put(desk: Desk, ts: int, type: str, *fields: tuple[str, object]) -> None:
    """Puts one event down."""
    desk.ts.append(ts)
    desk.tails.append(tail(type, *fields))
    desk.counts[type] += 1


def wait(desk: Desk, low: float, high: float) -> None:
    """Lets between `low` and `high` microseconds pass."""
    desk.clock += int(desk.dice.between(low, high))


def rest(desk: Desk) -> None:
    """The pause that this person makes between two things; now and then a long one."""
    length = desk.hand.rest * (4 if desk.dice.chance(0.08) else 1)
    wait(desk, 0.3 * length, 1.5 * length)


def focus(
    desk: Desk, app: str, title: str = "", url: str = "", *, secure: bool = False, out: bool = False
) -> None:
    """Brings a window to the front; `out` where nobody should see it. A new field begins."""
    close_field(desk)
    desk.clock = max(desk.clock, desk.last_up) + 1_000
    given = (("app", app), ("title", title), ("url", url))
    fields: Sequence[tuple[str, object]] = [(name, value) for name, value in given if value]
    put(desk, desk.clock, "focus", *fields, *([("secure", True)] if secure else []))
    desk.truth.focuses.append(
        {
            "device_id": desk.session.device.device_id,
            "ts": desk.clock,
            "secure": secure,
            "excluded": out,
            **dict(given),
        }
    )
    desk.typed = Field(desk.clock)


def close_field(desk: Desk, *, next_part: bool = False) -> None:
    """Notes the text that the field ended as, where any was typed."""
    done = desk.typed
    if done.chars:
        desk.truth.fields.append(
            {
                "user_id": desk.person.user_id,
                "device_id": desk.session.device.device_id,
                "focus_ts": done.focus_ts,
                "part": done.part,
                "first_ts": done.first_ts,
                "last_ts": done.last_ts,
                "text": "".join(done.chars),
                "simple": done.simple,
                "exact": done.exact,
            }
        )
    desk.typed = Field(done.focus_ts, done.part + 1 if next_part else done.part)


def note_secret(desk: Desk, kind: str, text: str, where: str, ts: int | None = None) -> None:
    """Notes a secret; `where`: field, secure, pasted, pad, excluded, title, url."""
    desk.truth.secrets.append(
        {
            "user_id": desk.person.user_id,
            "device_id": desk.session.device.device_id,
            "ts": desk.clock if ts is None else ts,
            "kind": kind,
            "text": text,
            "where": where,
        }
    )
