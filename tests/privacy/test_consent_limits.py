"""C21 to C25 by themselves: asked afterwards, clocks that go back, what the project sets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from privacy.registry import Limits, Withdrawal, WorkingHours
from tests.privacy import cases, scenarios
from tests.privacy.cases import (
    ONLY,
    OUT,
    SECOND,
    STREAM,
    US,
    VAULT,
    Case,
    Probe,
    app,
    at,
    exemption,
    pause,
)  # fmt: skip

HOUR, MINUTE, DAY = 3_600, 60, 86_400
GUARD = 2
ASKED, OLD, YOUNG, OFF = "withdrawn", "retention", "cooling_off", "working_hours"


def asked(start: int | None = None, end: int | None = None, scope: str = "all") -> Withdrawal:
    """What `ann` wants forgotten, in seconds."""
    first, last = (None if second is None else second * SECOND for second in (start, end))
    return Withdrawal(" ANN ", first, last, scope)


def back(a: float, b: float, device: str | None = "d1", name: str = "back") -> list[dict[str, Any]]:
    """A clock that showed one time and then an earlier one, in a session of its own."""
    shown = [at(second, "telemetry", device, session_id=name) for second in (a, b)]
    return [{**event, "seq": n} for n, event in enumerate(shown)]


def around(start: float, end: float, reason: str, device: str | None = "d1") -> list[Probe]:
    """A window that begins and ends exactly here."""
    return [
        (start - US, None, device), (start, reason, device),
        (end - US, reason, device), (end, None, device),
    ]  # fmt: skip


ROW = pause(10_000, 10_100)
FIRST, LAST = 10_000 - GUARD, 10_100 + GUARD
HALF = 30 * MINUTE

CASES: dict[str, Case] = {
    "C21 a whole exit": (
        [asked()],
        [],
        [(0, ASKED), (9e6, ASKED, "d2"), (5, ASKED, None, "telemetry"), (5, ASKED, "d1", "focus")],
    ),
    "C21 a window, with the guard, on every device and on none": (
        [asked(100, 3_700)],
        [],
        [probe for device in ("d1", "d2", None) for probe in around(98, 3_702, ASKED, device)],
    ),
    "C21 no start: back for ever": (
        *([asked(None, 500)], []),
        [(0, ASKED), (502 - US, ASKED), (502, None)],
    ),
    "C21 no end: on for ever": ([asked(500)], [], [(498 - US, None), (498, ASKED), (9e6, ASKED)]),
    "C21 the keyboard alone": (
        [asked(scope="keyboard")],
        [],
        [
            *((5.0, ASKED, "d1", kind) for kind in ("keydown", "keyup", "paste", "compose")),
            *((5.0, None, "d1", kind) for kind in ("mousemove", "wheel", "focus", "telemetry")),
        ],
    ),
    "C21 the mouse alone, for a while": (
        [asked(100, 200, "mouse")],
        [],
        [
            *((198.0, ASKED, "d1", kind) for kind in ("mousemove", "mouseup", "wheel")),
            *((198.0, None, "d1", kind) for kind in ("keyup", "focus", "resume")),
            (203, None, "d1", "wheel"),
        ],
    ),
    "C21 somebody else": ([Withdrawal("ann2")], [], [(0, None)]),
    "C6 C21 a longer guard": (
        [asked(1_000, 1_100), pause(2_000, 2_100), Limits(guard_us=60 * SECOND)],
        [at(3_000, "pause"), at(3_100, "resume")],
        [*around(940, 1_160, ASKED), *around(1_940, 2_160, "pause"), *around(2_940, 3_160, STREAM)],
    ),
    "C22 a step back widens a row on both sides": (
        [ROW],
        back(10_050, 10_040),
        [*around(FIRST - 10, LAST + 10, "pause"), *around(FIRST, LAST, "pause", "d2")],
    ),
    "C22 several steps by their sum": (
        [ROW],
        [*back(10_050, 10_040), *back(9_000, 8_995, name="b"), *back(10_200, 10_100, "d2")],
        [*around(FIRST - 15, LAST + 15, "pause"), *around(FIRST - 115, LAST + 115, "pause", None)],
    ),
    "C22 a step of the guard is none for a pause": (
        *([ROW], back(10_050, 10_050 - GUARD)),
        around(FIRST, LAST, "pause"),
    ),
    "C22 a step of more than the guard": (
        *([ROW], back(10_050, 10_048 - US)),
        around(FIRST - 2 - US, LAST + 2 + US, "pause"),
    ),
    "C22 a step before it, just near": (
        *([ROW], back(10_000 - HALF, 8_190)),
        around(FIRST - 10, LAST + 10, "pause"),
    ),
    "C22 a step before it, just not near": (
        *([ROW], back(10_000 - HALF - US, 8_190 - US)),
        around(FIRST, LAST, "pause"),
    ),
    "C22 a step after it, just near": (
        *([ROW], back(11_910, 10_100 + HALF)),
        around(FIRST - 10, LAST + 10, "pause"),
    ),
    "C22 a step after it, just not near": (
        *([ROW], back(11_910 + US, 10_100 + HALF + US)),
        around(FIRST, LAST, "pause"),
    ),
    "C22 a step of more than 30 minutes is near from as far": (
        *([ROW], back(8_000, 6_000)),
        around(FIRST - 2_000, LAST + 2_000, "pause"),
    ),
    "C22 a step of more than 30 minutes, just not near": (
        *([ROW], back(8_000 - US, 6_000 - US)),
        around(FIRST, LAST, "pause"),
    ),
    "C22 without numbers there is no step, nor from one session to another": (
        [ROW],
        [
            at(10_050, "telemetry"), at(10_040, "telemetry"),
            at(10_050, "telemetry", session_id="a", seq=1),
            at(10_040, "telemetry", session_id="b", seq=2),
        ],
        around(FIRST, LAST, "pause"),
    ),
    "C22 an event without a number between them hides no step": (
        [ROW],
        [*back(10_050, 10_040), at(10_045, "telemetry", session_id="back")],
        around(FIRST - 10, LAST + 10, "pause"),
    ),
    "C22 numbers may be missing, and decide whatever stands first": (
        [ROW],
        [at(10_040, "telemetry", seq=70), at(10_050, "telemetry", seq=7)],
        around(FIRST - 10, LAST + 10, "pause"),
    ),
    "C22 a step of what names no device counts for each": (
        [ROW],
        back(10_050, 10_040, None),
        [*around(FIRST - 10, LAST + 10, "pause"), *around(FIRST - 10, LAST + 10, "pause", "d2")],
    ),
    "C22 a row for one device as it falls on events without one": (
        [pause(10_000, 10_100, "d1")],
        back(10_050, 10_040, "d2"),
        [*around(FIRST, LAST, "pause"), *around(FIRST - 10, LAST + 10, "pause", None)],
    ),
    "C22 a pause in the capture": (
        [],
        [at(10_000, "pause"), at(10_100, "resume"), *back(10_050, 10_040)],
        around(FIRST - 10, LAST + 10, STREAM),
    ),
    "C22 a pause without a device, by the steps of all": (
        [],
        [at(10_000, "pause", None), at(10_100, "resume", None), *back(10_050, 10_040, "d2")],
        [*around(FIRST - 10, LAST + 10, STREAM), *around(FIRST - 10, LAST + 10, STREAM, None)],
    ),
    "C22 a row without an end, at the end that it has": (
        *([pause(10_000)], back(13_610, 13_600)),
        around(FIRST - 10, 10_000 + HALF + GUARD + 10, "pause"),
    ),
    "C22 a row without an end, where a resume ends it": (
        [pause(10_000)],
        [at(15_000, "resume"), *back(16_810, 16_800)],
        around(FIRST - 10, 15_000 + GUARD + 10, "pause"),
    ),
    "C22 what was asked afterwards": (
        [asked(10_000, 10_100), asked(None, 500), asked(50_000)],
        [*back(10_050, 10_040), *back(1_000, 900, name="b"), *back(60_000, 59_000, name="c")],
        [
            *around(FIRST - 10, LAST + 10, ASKED),
            *((602 - US, ASKED), (602, None)),
            *((50_000 - 1_002 - US, None), (50_000 - 1_002, ASKED)),
        ],
    ),
    "C22 an excluded focus, by any step and without a guard": (
        [VAULT],
        [app(10_000, "vault"), app(10_100, "x"), *back(10_050, 10_050 - US)],
        around(10_000 - US, 10_100 + US, OUT),
    ),
    "C22 a focus without a device, by the steps of all": (
        [VAULT],
        [app(10_000, "vault", None), app(10_100, "x", None), *back(10_050, 10_049, "d2")],
        [*around(9_999, 10_101, OUT), *around(9_999, 10_101, OUT, "d3")],
    ),
    "C22 each focus by itself": (
        [VAULT],
        [app(10_000, "vault"), app(20_000, "vault"), app(20_100, "x"), *back(10_050, 10_049)],
        around(9_999, 20_100, OUT),
    ),
    "C22 a focus to the end of the capture": (
        *([VAULT], [app(10_000, "vault"), *back(90_000, 89_000)]),
        [(9_000 - US, None), (9_000, OUT), (95_000, OUT)],
    ),
    "C22 a secure focus": (
        [],
        [app(10_000, "x"), at(10_050, "paste", secure=True), app(10_100, "x"), *back(8_300, 8_200)],
        [*around(9_900, 10_200, "secure"), (10_150, None, "d1", "telemetry")],
    ),
    "C22 what comes before a first focus": (
        *([ONLY], [app(5_000, "work"), *back(4_000, 3_000)]),
        [(0, OUT), (6_000 - US, OUT), (6_000, None)],
    ),
    "C22 what the project sets is not widened": (
        [Limits(not_from=10_100 * SECOND, not_before=10_000 * SECOND)],
        back(10_050, 10_040),
        [(10_000 - US, OLD), (10_000, None), (10_100 - US, None), (10_100, YOUNG)],
    ),
    "C23 what is too young": (
        [Limits(not_from=100 * SECOND)],
        [],
        [(100 - US, None), (100, YOUNG), (9e6, YOUNG, None, "pause"), (101, YOUNG, "d1", "wheel")],
    ),
    "C24 what is too old": (
        [Limits(not_before=100 * SECOND)],
        [],
        [(0, OLD, None, "telemetry"), (100 - US, OLD), (100, None), (99, OLD, "d1", "wheel")],
    ),
    "C20 each reason before the next": (
        [
            exemption("approved", "mouse"), asked(None, 1_000, "keyboard"),
            Limits(not_before=2_000 * SECOND, not_from=1_500 * SECOND, working_hours=(
                WorkingHours("UTC", (3,), 0, 1), WorkingHours("UTC", (3,), 0, 60, ("bob",)),
            )),
        ],
        [],
        [
            *((900, "exempt", "d1", "wheel"), (900, ASKED), (900, OLD, "d1", "telemetry")),
            *((1_600, OLD), (2_000, YOUNG), (3_000, YOUNG)),
        ],
    ),
    "C20 working hours before a pause": (
        [pause(30, 90), VAULT, Limits(working_hours=(WorkingHours("UTC", (3,), 0, 1),))],
        [at(10, "focus", app="vault", secure=True), at(20, "pause"), at(50, "resume")],
        [(12, OUT), (20, STREAM), (29, "pause"), (59, "pause"), (60, OFF)],
    ),
}  # fmt: skip

THURSDAY, FRIDAY, SATURDAY, SUNDAY = 3, 4, 5, 6
"""The epoch began on a Thursday."""
SPRING = datetime(2027, 3, 28, 1, tzinfo=UTC).timestamp()
"""Clocks in Berlin jump from 02:00 to 03:00."""
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()
"""Clocks in Berlin go back from 03:00 to 02:00."""
LORD_HOWE = datetime(2026, 10, 3, 15, 30, tzinfo=UTC).timestamp()
"""Clocks on Lord Howe Island jump from 02:00 to 02:30."""


def hours(
    first: str, last: str, *days: int, zone: str = "UTC", users: tuple[str, ...] | None = None
) -> WorkingHours:
    """An entry as somebody would write it."""
    from_, till = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (first, last))
    return WorkingHours(zone, days or tuple(range(7)), from_, till, users)


def open_(*probes: tuple[float, float], entries: tuple[WorkingHours, ...]) -> Case:
    """Nothing is used but within these spans."""
    return (
        [Limits(working_hours=entries)],
        [],
        [probe for start, end in probes for probe in
         [(start - US, OFF), (start, None), (end - US, None), (end, OFF)]],
    )  # fmt: skip


def shut(*seconds: float, entries: tuple[WorkingHours, ...]) -> Case:
    """Nothing is used at any of these times."""
    return [Limits(working_hours=entries)], [], [(second, OFF) for second in seconds]


def berlin(first: str, last: str, *days: int) -> tuple[WorkingHours, ...]:
    return (hours(first, last, *days, zone="Europe/Berlin"),)


def lord_howe(first: str, last: str, *days: int) -> tuple[WorkingHours, ...]:
    return (hours(first, last, *days, zone="Australia/Lord_Howe"),)


EVERY_DAY = hours("08:00", "18:00")
CASES |= {
    "C25 from is inside, to outside": open_(
        (8 * HOUR, 18 * HOUR), (DAY + 8 * HOUR, DAY + 18 * HOUR), entries=(EVERY_DAY,)
    ),
    "C25 on some days only": open_(
        (8 * HOUR, 18 * HOUR), entries=(hours("08:00", "18:00", THURSDAY),)
    ),
    "C25 not on other days": shut(
        *(day * DAY + 12 * HOUR for day in range(1, 7)),
        entries=(hours("08:00", "18:00", THURSDAY),),
    ),
    "C25 of every type, on every device and on none": (
        [Limits(working_hours=(EVERY_DAY,))],
        [],
        [(0, OFF, None), (0, OFF, "d2", "pause"), (0, OFF, "d1", "wheel"), (1, OFF, "d1", "focus")],
    ),
    "C25 a night belongs to the day on which it begins": open_(
        (22 * HOUR, 30 * HOUR), entries=(hours("22:00", "06:00", THURSDAY),)
    ),
    "C25 not to the day on which it ends": shut(
        *(3 * HOUR, DAY + 23 * HOUR), entries=(hours("22:00", "06:00", THURSDAY),)
    ),
    "C25 around the clock": open_(
        (8 * HOUR, DAY + 8 * HOUR), entries=(hours("08:00", "08:00", THURSDAY),)
    ),
    "C25 until midnight": open_((8 * HOUR, DAY), entries=(hours("08:00", "24:00", THURSDAY),)),
    "C25 by the clock of the zone": open_(
        (7 * HOUR, 17 * HOUR), entries=berlin("08:00", "18:00", THURSDAY)
    ),
    "C25 a day of the zone": open_(
        (-HOUR, 6 * HOUR), entries=(hours("00:00", "07:00", THURSDAY, zone="Europe/Berlin"),)
    ),
    "C25 the entry that names the person holds": open_(
        (10 * HOUR, 11 * HOUR), entries=(EVERY_DAY, hours("10:00", "11:00", users=("bob", " ANN")))
    ),
    "C25 else the one that names nobody": open_(
        (8 * HOUR, 18 * HOUR), entries=(hours("10:00", "11:00", users=("bob",)), EVERY_DAY)
    ),
    "C25 where none holds nothing is used": shut(
        *(0, 10.5 * HOUR, 9e6), entries=(hours("10:00", "11:00", users=("bob",)),)
    ),
    "C25 of several what any removes is removed": open_(
        (10 * HOUR, 12 * HOUR), entries=(hours("08:00", "12:00"), hours("10:00", "14:00"))
    ),
    "C25 from is never shown: half an hour after the jump": open_(
        (SPRING + HALF, SPRING + 5 * HOUR), entries=berlin("02:30", "08:00", SUNDAY)
    ),
    "C25 to is never shown: half an hour before the jump": open_(
        (SPRING - 5 * HOUR, SPRING - HALF), entries=berlin("21:00", "02:30", SATURDAY)
    ),
    "C25 neither is shown: no hours that day": shut(
        *(SPRING + step * 5 * MINUTE for step in range(-24, 24)),
        entries=berlin("02:15", "02:45", SUNDAY),
    ),
    "C25 the hour of the jump itself is left out of nothing": open_(
        (SPRING - HOUR, SPRING + HOUR), entries=berlin("01:00", "04:00", SUNDAY)
    ),
    "C25 from is shown twice: the second time": open_(
        (AUTUMN + HALF, AUTUMN + 5 * HOUR), entries=berlin("02:30", "07:00", SUNDAY)
    ),
    "C25 to is shown twice: the first time": open_(
        (AUTUMN - 5 * HOUR, AUTUMN - HALF), entries=berlin("22:00", "02:30", SATURDAY)
    ),
    "C25 both are shown twice: no hours that day": shut(
        *(AUTUMN + step * 5 * MINUTE for step in range(-24, 24)),
        entries=berlin("02:15", "02:45", SUNDAY),
    ),
    "C25 half an hour is never shown: from": open_(
        (LORD_HOWE + HALF / 2, LORD_HOWE + HALF), entries=lord_howe("02:15", "03:00", SUNDAY)
    ),
    "C25 half an hour is never shown: to": open_(
        (LORD_HOWE - HOUR, LORD_HOWE - HALF / 2), entries=lord_howe("01:00", "02:15", SUNDAY)
    ),
    "C25 a leap day": open_(
        (LEAP := datetime(2028, 2, 29, 8, tzinfo=UTC).timestamp(), LEAP + 10 * HOUR),
        entries=(hours("08:00", "18:00", 1),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_rule_by_itself(name: str) -> None:
    cases.hold(CASES[name])


@pytest.mark.parametrize(
    "name",
    [name for name in CASES if name.startswith(("C21 a window", "C21 the mouse alone", "C22"))],
)
def test_parts_differ_across_every_window_of_a_case(name: str) -> None:
    cases.hold_parts(CASES[name])


def test_hours_that_meet_have_no_edge_between_them() -> None:
    around = [at(30 * step, "mousemove") for step in range(350)]
    entry = hours("00:30", "00:30")
    scenario = cases.scenario_of([Limits(working_hours=(entry,))], around)
    got = scenarios.judged(scenario)
    assert got["reason"].null_count() == len(around)
    assert got["part"].n_unique() == 1
    assert scenarios.wrong_parts(scenario, got) == 0
