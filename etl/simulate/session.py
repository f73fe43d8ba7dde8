"""One session from log-in to log-out: windows one after the other, and the mouse between."""

from __future__ import annotations

from collections.abc import Iterator

from etl.simulate import pointer, scenes
from etl.simulate.budget import behind
from etl.simulate.desk import Desk, Truth, close_field, put, rest, sit_down
from etl.simulate.dice import Decks, Dice
from etl.simulate.pauses import Pause
from etl.simulate.people import Person, at_work

_WINDOW_US = 60_000_000
_REPORT_US = 90_000_000
_MOST_ROUNDS = 40


def work(person: Person, seed: int, pauses: list[Pause], truth: Truth) -> Iterator[Desk]:
    """The person's sessions, one by one, each with everything that was captured in it."""
    dice = Dice(seed, person.index, 5)
    decks = Decks(dice)
    ring = [scenes.SPECIAL[(person.index + n) % len(scenes.SPECIAL)] for n in range(2)]
    decks.stack("scene", ["documents", ring[0], "email", ring[1], "chat", "browser"])
    for session in person.sessions:
        desk = sit_down(person, session, dice, decks, truth)
        _day(desk, pauses)
        _telemetry(desk)
        _pauses(desk, pauses)
        truth.counts.update(desk.counts)
        yield desk


def _day(desk: Desk, pauses: list[Pause]) -> None:
    session = desk.session
    length = session.end - session.start
    windows = max(2, round(length / _WINDOW_US))
    for n in range(windows):
        desk.due = session.start + length * (n + 1) // windows
        begin = session.start + length * n // windows + desk.dice.below(500_000)
        desk.clock = max(desk.clock + 1_000, begin)
        for pause in pauses:
            if pause.quiet and pause.start <= desk.clock < pause.until:
                desk.clock = pause.until + 1_000
        desk.hand = at_work(desk.person.hand, desk.dice)
        scenes.play(desk, desk.decks.draw("scene", scenes.DECK))
        _mouse(desk)
    if desk.dice.chance(0.5):
        scenes.lock(desk)
    close_field(desk)


def _mouse(desk: Desk) -> None:
    """Moves, clicks and scrolls until the mouse has done its share of the time so far."""
    for _ in range(_MOST_ROUNDS):
        lags = [behind(desk, sort) for sort in ("moves", "clicks", "wheel")]
        if not any(lags):
            return
        rest(desk)
        moves, clicks, wheel = lags
        reads = pointer.turns_to_content(desk) or (wheel and not clicks)
        if moves:
            pointer.wander(desk, content=reads)
        pointer.act(desk, clicks=clicks and not reads, wheel=reads)


def _telemetry(desk: Desk) -> None:
    session, dice = desk.session, desk.dice
    drain = dice.whole(40, 100) / 400  # per cent of the battery, from one report to the next
    for ts in range(session.start + _REPORT_US // 3, session.end, _REPORT_US):
        cost, sent = round(dice.between(0.1, 4.0), 1), dice.whole(500, 90_000)
        battery = round(drain * (1 + dice.below(2)), 2)
        put(
            desk, ts, "telemetry",
            ("battery_pct", battery), ("cpu_pct", cost), ("net_bytes", sent),
        )  # fmt: skip


def _pauses(desk: Desk, pauses: list[Pause]) -> None:
    """Puts the pauses of this machine down; those of every machine belong to no session."""
    session = desk.session
    for pause in pauses:
        here = pause.device_id == session.device.device_id
        if pause.in_stream and here and session.start <= pause.start <= session.end:
            put(desk, pause.start, "pause")
            if pause.end is not None:
                put(desk, pause.end, "resume")
