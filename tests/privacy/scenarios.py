"""Streams of events made to fall on the edges of the consent rules, and the way they are judged.

Times lie on a coarse lattice with a few offsets (a microsecond, the guard), so that events,
windows and focuses meet exactly again and again. `seq` numbers the events and is shuffled
against time: `ts` alone may decide about consent.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import duckdb
import polars as pl

from etl import consented as real_consented
from privacy import consent as real_consent
from privacy.registry import Exclusion, Exemption, Pause, Registries
from tests.privacy import oracle
from transforms.events import KEYBOARD, MOUSE, SCHEMA

BEGIN = 1_790_000_000_000_000
STEP, STEPS = 60_000_000, 960
GUARD = 2_000_000
OFFSETS = (0, 0, 1, -1, GUARD, -GUARD, GUARD - 1, GUARD + 1, -GUARD - 1, -GUARD + 1)

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
class Scenario:
    """A capture in canonical columns, its registries, and how often each trigger was made."""

    events: pl.DataFrame
    registries: Registries
    made: Counter[str]


@dataclass
class _Stream:
    """One person's events while they are being made."""

    rng: random.Random
    user: str
    devices: tuple[str | None, ...]
    rows: list[dict[str, Any]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)

    def add(self, ts: int, kind: str, device: str | None, **fields: Any) -> None:
        session = f"s{self.rng.randrange(2)}"
        row = {"user_id": self.user, "device_id": device, "session_id": session}
        self.rows.append({**row, "ts": ts, "type": kind, **fields})

    def focus(self, ts: int, device: str | None, place: Place, secure: bool | None = None) -> None:
        app, title, url = place
        self.add(ts, "focus", device, app=app, title=title, url=url, secure=secure)


def lattice(rng: random.Random, first: int = 0, last: int = STEPS) -> int:
    """A time that many others share or miss by a microsecond."""
    return BEGIN + rng.randrange(first, last) * STEP + rng.choice(OFFSETS)


Episode = Callable[[_Stream, int, "str | None"], None]


def _closed(one: _Stream, ts: int, device: str | None) -> None:
    one.add(ts, "pause", device)
    one.add(ts + one.rng.choice((1, STEP, 9 * STEP, 29 * STEP, 45 * STEP)), "resume", device)


def _double(one: _Stream, ts: int, device: str | None) -> None:
    one.add(ts, "pause", device)
    one.add(ts + 10 * STEP, "pause", device)
    if one.rng.random() < 0.5:
        one.add(ts + 20 * STEP, "resume", device)


def _elsewhere(one: _Stream, ts: int, device: str | None) -> None:
    one.add(ts, "pause", device)
    one.add(ts + 5 * STEP, "resume", one.rng.choice(one.devices))
    one.add(ts + 40 * STEP, "resume", device)


def _at_once(one: _Stream, ts: int, device: str | None) -> None:
    one.add(ts, "pause", device)
    one.add(ts, "resume", device)


def _hidden(one: _Stream, ts: int, device: str | None) -> None:
    one.focus(ts, device, one.rng.choice(HIDDEN))
    one.focus(ts + one.rng.choice((1, STEP, 7 * STEP)), device, one.rng.choice(SHOWN))


def _two_focuses(one: _Stream, ts: int, device: str | None) -> None:
    places = [one.rng.choice(HIDDEN), one.rng.choice(SHOWN)]
    one.rng.shuffle(places)
    for place in places:
        one.focus(ts, device, place)
    one.focus(ts + 8 * STEP, device, SHOWN[0])


def _secure_focus(one: _Stream, ts: int, device: str | None) -> None:
    flags: list[bool | None] = [True, one.rng.choice((None, True, False))]
    for secure in one.rng.sample(flags, one.rng.choice((1, 2))):
        one.focus(ts, device, one.rng.choice(SHOWN), secure=secure)
    one.focus(ts + 3 * STEP, device, one.rng.choice(SHOWN), secure=False)


def _secure_key(one: _Stream, ts: int, device: str | None) -> None:
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
    "focus": (lambda one, ts, device: one.focus(ts, device, one.rng.choice(SHOWN)), 12),
}


def events(seed: int, n: int) -> Scenario:
    """A capture of `n` events of all `PEOPLE`, shuffled, with registries to match."""
    rng = random.Random(seed)
    made: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    exemptions, pauses = list[Exemption](), list[Pause]()
    for number, user in enumerate(PEOPLE):
        devices = rng.choice([DEVICES, DEVICES, ("d1", None), ("d1", "d2"), ("d2",), (None,)])
        one = _Stream(rng, user, devices, made=made)
        own = _pauses(one)
        pauses += own
        exemptions += _exemptions(one)
        edges = [t for row in own for t in (row.start, row.end or row.start + 30 * STEP)]
        _fill(one, edges, n // len(PEOPLE) + (number < n % len(PEOPLE)))
        rows += one.rows
    for shuffled in (rows, exemptions, pauses):
        rng.shuffle(shuffled)
    frame = pl.DataFrame(rows, schema=SCHEMA).with_columns(
        seq=pl.Series(rng.sample(range(len(rows)), len(rows)), dtype=pl.Int64)
    )
    registries = Registries(tuple(exemptions), tuple(pauses), EXCLUSIONS)
    return Scenario(frame, registries, made)


def _fill(one: _Stream, edges: list[int], n: int) -> None:
    """Episodes that decide, and events around everything that they made."""
    rng = one.rng
    names = list(EPISODES)
    weights = [weight for _, weight in EPISODES.values()]
    for name in rng.choices(names, weights, k=rng.choice((3, 9, 18, 30))):
        # What names no device holds on all of them; much of it would leave nothing to judge.
        named = [device for device in one.devices if device]
        device = rng.choice(named) if named and rng.random() < 0.9 else None
        one.made[name] += 1
        EPISODES[name][0](one, lattice(rng, rng.choice((0, STEPS // 2))), device)
    edges += [row["ts"] for row in one.rows]
    while len(one.rows) < n:
        ts = lattice(rng) if rng.random() < 0.5 else rng.choice(edges) + rng.choice(OFFSETS)
        kind = rng.choice((*KEYBOARD, *MOUSE, "telemetry"))
        one.add(ts, kind, rng.choice(one.devices), secure=rng.choice((None, False)))
    del one.rows[n:]


def _written(one: _Stream) -> str:
    return one.rng.choice(PEOPLE[one.user])


def _pauses(one: _Stream) -> list[Pause]:
    """Rows of the pauses registry: with and without end or device, too long, of a lost device."""
    rows = []
    for _ in range(one.rng.choice((0, 1, 2, 4))):
        start = lattice(one.rng)
        length = one.rng.choice((None, 1, STEP, 11 * STEP, 30 * STEP, 30 * STEP + 1, 100 * STEP))
        device = one.rng.choice((*one.devices, None, "d9"))
        rows.append(Pause(_written(one), start, start + length if length else None, device))
        one.made["row without end"] += length is None
        one.made["row over 30 minutes"] += (length or 0) > 30 * STEP
        one.made["row of a device never captured"] += device not in (None, *one.devices)
        one.made["row for one device"] += device in one.devices and device is not None
        one.made["row for all devices"] += device is None
    return rows


def _exemptions(one: _Stream) -> list[Exemption]:
    """Some people's exemptions: several rows for a scope, of which only the latest counts."""
    rng = one.rng
    rows: list[Exemption] = []
    for scope in ("all", "keyboard", "mouse"):
        times = rng.sample(range(100), 8) if rng.random() < 0.3 else []
        for place in range(rng.choice((1, 2, 3)) if times else 0):
            status = rng.choice(("pending", "approved", "denied", "withdrawn", "denied"))
            decided = rng.choice((times[place], None))
            # Requested in another order than decided, so that only one of the two can count.
            requested = times[4 + place] if decided is None else 1000 - times[place]
            rows.append(Exemption(_written(one), status, scope, requested, decided))
            one.made[f"{status} {scope}"] += 1
        one.made["several rows for a scope"] += sum(row.scope == scope for row in rows) > 1
    return rows


def judged(
    scenario: Scenario,
    consent: ModuleType | Any = real_consent,
    consented: ModuleType | Any = real_consented,
) -> pl.DataFrame:
    """What the rules in use decide: `seq`, `reason` and `part` of every event, by `seq`."""
    users = scenario.events["user_id"].unique().sort().to_list()
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("capture", scenario.events.to_arrow())
        bounds = consented.boundaries(connection, users, "capture")
        spans = consent.denied_spans(scenario.registries, bounds)
        consented._judge(connection, spans, users, None, None, "capture")
        return connection.execute("SELECT seq, reason, part FROM judged ORDER BY seq").pl()


def expected(scenario: Scenario) -> list[str | None]:
    """What the second implementation decides, in order of `seq`."""
    given = scenario.registries
    rows = scenario.events.sort("seq").to_dicts()
    return oracle.judge(rows, given.exemptions, given.pauses, given.exclusions)


def wrong_parts(scenario: Scenario, verdicts: pl.DataFrame) -> int:
    """How many pairs of used events are joined across a window, or parted without one."""
    given = scenario.registries
    known = oracle.people(
        scenario.events.to_dicts(), given.exemptions, given.pauses, given.exclusions
    )
    used = scenario.events.join(verdicts.filter(pl.col("reason").is_null()), on="seq")
    return sum(
        len(oracle.wrong_parts(stream.sort("ts").to_dicts(), known[str(user)]))
        for (user, _), stream in used.group_by("user_id", "device_id")
    )
