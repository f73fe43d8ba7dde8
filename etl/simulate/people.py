"""Who works: names, hands, machines, hours and habits, each person from their own chance."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from etl.simulate import secrets, words
from etl.simulate.dice import Dice

MONDAY_US = 1_788_739_200_000_000  # 2026-09-07T00:00Z
HOUR_US = 3_600_000_000
_DAY_US = 24 * HOUR_US
_DAYS = 4  # at least, however short the hours: a word must be typed on several days
_LONGEST_H = 6.0
_UNLIKE = 0.33  # of the windows, in which somebody points otherwise than usually

_SCREENS = ((1366, 768), (1536, 864), (1920, 1080), (1920, 1200), (2560, 1440), (3840, 2160))
_STEPS_US = (8_000, 10_000, 10_000, 10_000, 16_000)
_ZONES = (-300, -240, 0, 0, 60, 60, 120, 120, 180, 330)  # minutes east of Greenwich
_APPS: dict[str, tuple[str, ...]] = {
    "documents": ("WINWORD.EXE", "C:\\Program Files\\Office\\WINWORD.EXE", "soffice"),
    "email": ("OUTLOOK.EXE", "thunderbird"),
    "chat": ("slack.exe", "Teams.exe", "Slack"),
    "browser": ("chrome.exe", "firefox", "msedge.exe", "/Applications/Safari.app"),
    "spreadsheet": ("EXCEL.EXE", "soffice"),
    "editor": ("Code.exe", "notepad.exe", "pycharm64.exe"),
    "terminal": ("WindowsTerminal.exe", "gnome-terminal", "iTerm2"),
    "presentation": ("POWERPNT.EXE", "Keynote"),
    "files": ("explorer.exe", "Finder"),
}


@dataclass(frozen=True)
class Hand:
    """How somebody moves and types; times in microseconds."""

    key_gap: int
    key_hold: int
    typo: float
    rollover: float
    move_base: int
    move_slope: int  # per square root of a pixel
    curve: float  # bend, as a share of the distance
    lean: float  # above 0: strokes are fastest in their first half
    jitter: float  # pixels
    missed: float  # share of strokes that overshoot and are corrected
    rest: int
    click: int


@dataclass(frozen=True)
class Device:
    """One machine: its main screen, and a second monitor to the left (-1), none, or right.

    `step_us`: from one sample of the mouse to the next.
    """

    device_id: str
    screen_w: int
    screen_h: int
    monitor: int
    fractional: bool
    step_us: int


@dataclass(frozen=True)
class Session:
    """One log-in as planned, in microseconds since the epoch; the last window may run over."""

    device: Device
    session_id: str
    start: int
    end: int


@dataclass(frozen=True)
class Person:
    """One person, with what is theirs alone and what two colleagues share."""

    index: int
    user_id: str
    first: str
    last: str
    zone_minutes: int
    hand: Hand
    devices: tuple[Device, ...]
    sessions: tuple[Session, ...]
    apps: dict[str, str]
    rare: tuple[str, ...]
    own: dict[str, str]
    shared: dict[str, tuple[str, ...]]


def person(seed: int, index: int, hours: float, taken: dict[str, int]) -> Person:
    """Makes one person up; `taken` counts user ids already given, and is added to."""
    dice = Dice(seed, index, 1)
    first, last = dice.pick(words.FIRST), secrets.surname(dice)
    zone = dice.pick(_ZONES)
    devices = _devices(dice, 2 if index % 3 == 1 else 1)
    return Person(
        index=index,
        user_id=_user_id(first, last, taken),
        first=first,
        last=last,
        zone_minutes=zone,
        hand=_hand(dice),
        devices=devices,
        sessions=_sessions(dice, devices, hours, zone),
        apps={category: dice.pick(choices) for category, choices in _APPS.items()},
        rare=tuple(dice.shuffled(words.RARE)[:3]),
        own={kind: secrets.secret(dice, kind) for kind in secrets.KINDS},
        shared=_shared(Dice(seed, index // 3, 2)),
    )


def _shared(dice: Dice) -> dict[str, tuple[str, ...]]:
    kinds = ("customer", "customer_code", "deal", "person")
    return {kind: tuple(secrets.secret(dice, kind) for _ in range(3)) for kind in kinds}


def _user_id(first: str, last: str, taken: dict[str, int]) -> str:
    name = f"{first}.{last}".lower()
    taken[name] = taken.get(name, 0) + 1
    number = str(taken[name]) if taken[name] > 1 else ""
    return f"{name}{number}@corp.example"


def _hand(dice: Dice) -> Hand:
    return Hand(
        key_gap=dice.whole(95_000, 240_000),
        key_hold=dice.whole(60_000, 125_000),
        typo=dice.between(0.01, 0.04),
        rollover=dice.between(0.02, 0.3),
        move_base=dice.whole(50_000, 340_000),
        move_slope=dice.whole(4_000, 22_000),
        curve=dice.between(-0.25, 0.3),
        lean=dice.between(-0.8, 0.95),
        jitter=dice.between(0.05, 2.5),
        missed=dice.between(0.0, 0.45),
        rest=dice.whole(150_000, 1_500_000),
        click=dice.whole(40_000, 190_000),
    )


def at_work(hand: Hand, dice: Dice) -> Hand:
    """The hand in one window: in some it moves as anybody's might (a hurry, a phone at the ear).

    Real clips are of two kinds, those that give their person away and those that tell little.
    """
    if not dice.chance(_UNLIKE):
        return hand
    return replace(
        _hand(dice),
        key_gap=hand.key_gap,
        key_hold=hand.key_hold,
        typo=hand.typo,
        rollover=hand.rollover,
    )


def _devices(dice: Dice, n: int) -> tuple[Device, ...]:
    def one() -> Device:
        width, height = dice.pick(_SCREENS)
        return Device(
            device_id=f"{dice.pick(('LT', 'WS', 'MB'))}-{dice.string('0123456789ABCDEF', 6)}",
            screen_w=width,
            screen_h=height,
            monitor=dice.pick((-1, 0, 0, 1)),
            fractional=dice.chance(0.25),
            step_us=dice.pick(_STEPS_US),
        )

    return tuple(one() for _ in range(n))


def _sessions(
    dice: Dice, devices: tuple[Device, ...], hours: float, zone: int
) -> tuple[Session, ...]:
    """Equal shares of the hours on working days; a second machine takes half of each day's."""
    days = max(_DAYS, math.ceil(hours / _LONGEST_H))
    share = int(hours * HOUR_US) // days // len(devices)
    first_day, overlap = dice.below(3), dice.chance(0.5)
    made = []
    for day in range(first_day, first_day + days):
        morning = MONDAY_US + (day + day // 5 * 2) * _DAY_US - zone * 60_000_000
        start = morning + dice.whole(8.0 * HOUR_US, 10.0 * HOUR_US)
        for device in devices:
            made.append(Session(device, dice.string("0123456789abcdef", 16), start, start + share))
            start += share // 2 if overlap else share + dice.whole(60e6, 600e6)
    return tuple(made)
