"""Streams of events made to fall on the edges of the consent rules.

Times lie on a coarse lattice with a few offsets (a microsecond, the guard), so that events,
windows and focuses meet exactly again and again; one time of it, the anchor, comes up more often:
midnight, a change of the clocks.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from privacy.registry import Exclusion
from transforms.events import KEYBOARD, MOUSE

STEP, STEPS = 60_000_000, 960
ANCHOR = STEPS // 2
DAYS = 1440 * STEP
ROUND = 2**29
"""In microseconds some nine minutes: times that are round for a computer."""
GUARD = 2_000_000

PEOPLE = {
    "ann@corp": ("ann@corp", "ANN@Corp", "  Ann@corp\t"),
    "zoë@corp": ("zoe\u0308@corp", "ZOË@CORP", "Zoe\u0308@Corp "),
    "strasse@corp": ("Straße@corp", "STRASSE@corp", "\u00a0straße@CORP"),
    "οδοσ": ("ΟΔΟΣ", "οδος", "Οδος "),
    "bob": ("Bob", "BOB", "bob\n"),
    "\u00e5sa": ("\u212bsa", "A\u030aSA", "Åsa"),
    "nobody's": ("Nobody's",),
    "kept": ("Kept", "KEPT "),
}
"""Person in canonical form -> how the registries write the same person."""
DEVICES: tuple[str | None, ...] = ("d1", "d2", "D1", None)

EXCLUSIONS = (
    Exclusion(app="*keepass*", reason="password manager"),
    Exclusion(app="loc?app", title="Lock*(1)"),
    Exclusion(title="*GEHEIME STRASSE*"),
    Exclusion(title="cafe\u0301.b"),
    Exclusion(url="vault.example.com"),
    Exclusion(url="intra.example/hr/*"),
    Exclusion(url="https://*.bank/pin=?"),
    Exclusion(title="*only zoe*", user_id=" ZOE\u0308@corp"),
    Exclusion(app="work*", user_id="KEPT", effect="keep_only"),
    Exclusion(url="docs.example", user_id="Kept ", effect="keep_only"),
)

Place = tuple[str | None, str | None, str | None]
HIDDEN: tuple[Place, ...] = (
    ("KeePassXC.exe", None, None),
    ("LockApp", "lock\nscreen (1)", None),
    ("browser", "Eine geheime Straße 5", None),
    ("editor", "CAFÉ.b", None),
    BOTH := ("Work bench", "geheime strasse", None),
    ("browser", None, "https://me:x@Vault.Example.com:8443/a?b=//c"),
    ("browser", None, "vault.example.com/login?next=https://elsewhere"),
    ("browser", None, "http://intra.example/hr/pay"),
    ("browser", None, "https://my.bank/pin=7"),
    ("editor", "for ONLY ZOE", None),
)
SHOWN: tuple[Place, ...] = (
    ("editor", "cafe.xb", None),
    ("editor", "caféxb", None),
    ("LockApp", "unlock (1)", None),
    ("LockApp", None, None),
    ("lockkapp", "Lock (1)", None),
    ("browser", None, "https://elsewhere/?u=vault.example.com"),
    ("browser", "hr", "https://intra.example/hr"),
    ("browser", None, "https://my.bank/pin=77"),
    (None, None, None),
    ("Work bench", "plan", None),
    ("browser", "page", "https://docs.example/a"),
)


@dataclass
class Stream:
    """One person's events while they are being made."""

    rng: random.Random
    user: str
    devices: tuple[str | None, ...]
    begin: int
    guard: int = GUARD
    rows: list[dict[str, Any]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)

    def add(self, ts: int, kind: str, device: str | None, **fields: Any) -> None:
        session = f"s{self.rng.randrange(2)}"
        row = {"user_id": self.user, "device_id": device, "session_id": session}
        self.rows.append({**row, "ts": ts, "type": kind, **fields})

    def focus(self, ts: int, device: str | None, place: Place, secure: bool | None = None) -> None:
        app, title, url = place
        self.add(ts, "focus", device, app=app, title=title, url=url, secure=secure)

    def offset(self) -> int:
        """A microsecond or the guard away from a time, or not at all."""
        sign, guard = self.rng.choice((1, -1)), self.guard
        return sign * self.rng.choice((0, 0, 1, guard, guard - 1, guard + 1))

    def lattice(self, first: int = 0, last: int = STEPS) -> int:
        """A time that many others share or miss by a microsecond."""
        ts = lattice(self.rng, self.begin, first, last)
        if self.rng.random() < 1 / 20:
            ts -= ts % ROUND
        return ts + self.offset()

    def shown(self) -> Place:
        """A place that may be seen; for who is seen in two places only, mostly one of these."""
        listed = self.user == "kept" and self.rng.random() < 0.6
        return self.rng.choice(SHOWN[-2:] if listed else SHOWN)

    def hidden(self) -> Place:
        """A place that may not be seen, not even where it is one of those two."""
        listed = self.user == "kept" and self.rng.random() < 0.5
        return BOTH if listed else self.rng.choice(HIDDEN)

    def device(self) -> str | None:
        """Mostly one that has a name: what names none holds on all, and would leave little."""
        named = [device for device in self.devices if device]
        return self.rng.choice(named) if named and self.rng.random() < 0.9 else None


def lattice(rng: random.Random, begin: int, first: int = 0, last: int = STEPS) -> int:
    """A whole minute, one time in twelve the anchor."""
    place = rng.randrange(first, last)
    if rng.random() < 1 / 12 and first <= ANCHOR < last:
        place = ANCHOR
    return begin + place * STEP


Episode = Callable[[Stream, int, "str | None"], None]


def _closed(one: Stream, ts: int, device: str | None) -> None:
    one.add(ts, "pause", device)
    one.add(ts + one.rng.choice((1, STEP, 9 * STEP, 29 * STEP, 45 * STEP)), "resume", device)


def _double(one: Stream, ts: int, device: str | None) -> None:
    one.add(ts, "pause", device)
    one.add(ts + 10 * STEP, "pause", device)
    if one.rng.random() < 0.5:
        one.add(ts + 20 * STEP, "resume", device)


def _elsewhere(one: Stream, ts: int, device: str | None) -> None:
    one.add(ts, "pause", device)
    one.add(ts + 5 * STEP, "resume", one.rng.choice(one.devices))
    one.add(ts + 40 * STEP, "resume", device)


def _at_once(one: Stream, ts: int, device: str | None) -> None:
    one.add(ts, "pause", device)
    one.add(ts, "resume", device)


def _hidden(one: Stream, ts: int, device: str | None) -> None:
    one.focus(ts, device, one.hidden())
    one.focus(ts + one.rng.choice((1, STEP, 7 * STEP)), device, one.shown())


def _two_focuses(one: Stream, ts: int, device: str | None) -> None:
    places = [one.hidden(), one.shown()]
    one.rng.shuffle(places)
    for place in places:
        one.focus(ts, device, place)
    one.focus(ts + 8 * STEP, device, SHOWN[0])


def _secure_focus(one: Stream, ts: int, device: str | None) -> None:
    flags: list[bool | None] = [True, one.rng.choice((None, True, False))]
    for secure in one.rng.sample(flags, one.rng.choice((1, 2))):
        one.focus(ts, device, one.shown(), secure=secure)
    one.focus(ts + 3 * STEP, device, one.shown(), secure=False)


def _secure_key(one: Stream, ts: int, device: str | None) -> None:
    one.focus(ts, device, SHOWN[0])
    one.add(ts + 2 * STEP, one.rng.choice(KEYBOARD), device, secure=True)
    one.focus(ts + 4 * STEP, device, SHOWN[1], secure=one.rng.choice((None, False)))


EPISODES: dict[str, tuple[Episode, int]] = {
    "pause and resume": (_closed, 3),
    "second pause": (_double, 2),
    "pause without resume": (lambda one, ts, device: one.add(ts, "pause", device), 1),
    "stray resume": (lambda one, ts, device: one.add(ts, "resume", device), 2),
    "resume of another device": (_elsewhere, 2),
    "pause and resume at once": (_at_once, 1),
    "excluded focus": (_hidden, 9),
    "two focuses at once": (_two_focuses, 4),
    "secure focus": (_secure_focus, 4),
    "secure key": (_secure_key, 3),
    "secure key anywhere": (lambda one, ts, device: one.add(ts, "paste", device, secure=True), 1),
    "focus": (lambda one, ts, device: one.focus(ts, device, one.shown()), 12),
}


def tell(one: Stream, edges: Sequence[int], n: int) -> None:
    """Episodes that decide, clocks that go back, and events around everything that they made."""
    rng = one.rng
    names = list(EPISODES)
    weights = [weight for _, weight in EPISODES.values()]
    for name in rng.choices(names, weights, k=rng.choice((3, 9, 18, 30)) * min(n, 500) // 500 + 1):
        one.made[name] += 1
        EPISODES[name][0](one, one.lattice(rng.choice((0, STEPS // 2))), one.device())
    around = [*edges, *(row["ts"] for row in one.rows)]
    shifts = [0, 0, 0, *clocks(one, around)]
    far = rng.choice(((0,), (*(0,) * 30, 1, 1, 2, 3, 9, 170, 366)))
    while len(one.rows) < n:
        ts = one.lattice() if rng.random() < 0.4 else rng.choice(around) + one.offset()
        kind = rng.choice((*KEYBOARD, *MOUSE, "telemetry"))
        ts += rng.choice((1, -1)) * rng.choice(shifts)
        ts += rng.choice((1, -1)) * rng.choice(far) * DAYS
        one.add(ts, kind, rng.choice(one.devices), secure=rng.choice((None, False)))
    del one.rows[n:]


BACK = (1, STEP // 2, STEP, 7 * STEP, 30 * STEP, 30 * STEP + 1, 47 * STEP, 300 * STEP)


def clocks(one: Stream, around: Sequence[int]) -> list[int]:
    """Clocks that go back near to what decides, or as far as still counts as near; by how much."""
    rng = one.rng
    jumps = []
    for number in range(rng.choice((0, 0, 1, 2, 3))):
        back = rng.choice((*BACK, one.guard, one.guard + 1, one.guard - 1))
        far = max(30 * STEP, back)
        before = rng.choice(around) + rng.choice((-far, far + back, 0, 100 * STEP))
        before += rng.choice((0, 0, 1, -1))
        device = one.device()
        for ts in (before, before - back):
            one.add(ts, "telemetry", device)
            one.rows[-1]["session_id"] = f"back {number}"
        jumps.append(back)
        one.made["clock that goes back"] += 1
    return [*jumps, sum(jumps)]


def numbered(rng: random.Random, rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows of each session in the order in which they happened: that of time, but where a
    clock goes back.
    """
    sessions: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        sessions.setdefault((row["user_id"], row["device_id"], row["session_id"]), []).append(row)
    for (_, _, name), own in sessions.items():
        if not name.startswith("back"):
            own.sort(key=lambda row: int(row["ts"]))
            if len(own) > 3 and rng.random() < 0.04:
                place = rng.randrange(len(own) - 2)
                own[place : place + 2] = own[place + 1], own[place]
    return list(sessions.values())
