"""Each consent rule by itself: a few events that decide, and what becomes of others around them.

The rules have the numbers of docs/consent.md; C21 to C25 are in `test_consent_limits.py`.
"""

from __future__ import annotations

import pytest

from privacy.registry import Exclusion, Exemption, Pause
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
    scenario_of,
)

DENIED = exemption("denied", requested_at=1, decided_at=9)
EDGES: list[Probe] = [(98 - US, None), (98, "pause"), (132 - US, "pause"), (132, None)]

CASES: dict[str, Case] = {
    "C1 pending excludes": ([exemption("pending")], [], [(0, "exempt")]),
    "C1 approved excludes": ([exemption("approved")], [], [(0, "exempt")]),
    "C1 denied does not": ([exemption("denied")], [], [(0, None)]),
    "C1 withdrawn does not": ([exemption("withdrawn")], [], [(0, None)]),
    "C2 it reaches back and on": (
        *([exemption("approved", decided_at=50 * SECOND)], []),
        [(0, "exempt"), (100, "exempt"), (49, "exempt", None, "telemetry")],
    ),
    "C3 the latest decision counts, not the latest request": (
        *([DENIED, exemption("pending", requested_at=5)], []),
        [(0, None)],
    ),
    "C3 a request counts where nothing was decided": (
        *([exemption("pending", requested_at=10), DENIED], []),
        [(0, "exempt")],
    ),
    "C4 keyboard": (
        [exemption("approved", "keyboard"), exemption("denied")],
        [],
        [
            *((0, "exempt", "d1", kind) for kind in ("keydown", "keyup", "paste", "compose")),
            *((0, None, "d1", kind) for kind in ("mousemove", "wheel", "focus", "telemetry")),
        ],
    ),
    "C4 mouse": (
        [exemption("pending", "mouse")],
        [],
        [
            *((0, "exempt", "d1", kind) for kind in ("mousemove", "mousedown", "mouseup", "wheel")),
            *((0, None, "d1", kind) for kind in ("keydown", "paste", "focus", "resume")),
        ],
    ),
    "C5 C6 start is inside, end outside, widened by the guard": ([pause(100, 130)], [], EDGES),
    "C5 a row for one device": (
        [pause(100, 130, "d1")],
        [],
        [(110, "pause"), (110, None, "d2"), (110, "pause", None), (110, "pause", "d1", "focus")],
    ),
    "C7 a pause that is too long is removed whole": (
        *([pause(100, 9_000)], []),
        [(9_001, "pause"), (9_003, None)],
    ),
    "C8 no end, no resume: 30 minutes": (
        *([pause(100)], []),
        [(98, "pause"), (1_901, "pause"), (1_902, None)],
    ),
    "C8 no end, an early resume does not shorten it": (
        [pause(100)],
        [at(200, "resume")],
        [(1_901, "pause"), (1_902, None)],
    ),
    "C8 no end, a late resume of that device lengthens it": (
        [pause(100)],
        [at(100, "resume"), at(5_000, "resume")],
        [(5_001, "pause"), (5_002, None), (1_902, None, "d2")],
    ),
    "C5 `seq` decides nothing": (
        [],
        [
            at(100, "pause", seq=99, session_id="a"),
            at(110, "resume", seq=1, session_id="b"),
        ],
        [(105, STREAM), (115, None)],
    ),
    "C10 what names no device falls under every window": (
        [VAULT, pause(100, 130, "d7")],
        [app(200, "vault"), app(210, "x"), at(300, "pause", "d2"), at(310, "resume", "d2")],
        [(110, "pause", None), (110, None), (205, OUT, None), (305, STREAM, None), (305, None)],
    ),
    "C10 a focus without a device holds on all until the next without one": (
        [VAULT],
        [app(100, "vault", None), app(150, "x"), app(200, "x", None)],
        [(99, None), (100, OUT), (199, OUT, "d2"), (200, None)],
    ),
    "C10 a secure key without a device makes the focus on all secure": (
        [],
        [app(100, "x"), at(150, "keydown", None, secure=True), app(200, "y")],
        [(99, None), (100, "secure"), (199, "secure"), (200, None), (500, "secure", "d2")],
    ),
    "C10 a secure focus without a device holds on all": (
        [],
        [at(100, "focus", None, secure=True), app(200, "x", None)],
        [(99, None), (150, "secure", "d2"), (200, None)],
    ),
    "C10 any secure key in a focus without a device makes it secure, on all of them": (
        [],
        [app(100, "x", None), at(150, "keydown", "d2", secure=True), app(200, "x", None)],
        [(99, None), (100, "secure"), (199, "secure", None), (199, "secure", "d3"), (200, None)],
    ),
    "C11 from pause to resume": (
        *([], [at(100, "pause"), at(130, "resume")]),
        [(98 - US, None), (98, STREAM), (132 - US, STREAM), (132, None), (110, None, "d2")],
    ),
    "C11 a resume hours later still closes it": (
        *([], [at(100, "pause"), at(9_000, "resume")]),
        [(5_000, STREAM), (9_002, None)],
    ),
    "C11 without a resume for 30 minutes": (
        [],
        [at(100, "pause"), at(200, "resume", "d2")],
        [(300, STREAM), (1_901, STREAM), (1_902, None)],
    ),
    "C11 a resume at the same instant closes nothing": (
        [],
        [at(100, "pause"), at(100, "resume"), at(200, "resume")],
        [(199, STREAM), (202, None)],
    ),
    "C12 a pause without a device ends with any resume": (
        [],
        [at(100, "pause", None), at(130, "resume", "d2"), at(500, "resume", None)],
        [(110, STREAM), (110, STREAM, "d2"), (110, STREAM, None), (132, None)],
    ),
    "C12 a nameless resume ends no pause of a device": (
        *([], [at(100, "pause"), at(130, "resume", None)]),
        [(1_901, STREAM), (1_902, None)],
    ),
    "C13 a second pause changes nothing": (
        *([], [at(100, "pause"), at(1_000, "pause")]),
        [(1_901, STREAM), (1_902, None)],
    ),
    "C13 a pause after the window opens another": (
        *([], [at(100, "pause"), at(1_901, "pause")]),
        [(1_902, STREAM), (3_702, STREAM), (3_703, None)],
    ),
    "C14 a stray resume changes nothing": ([], [at(100, "resume")], [(99, None), (101, None)]),
    "C16 from a focus that matches to the next, whatever the type": (
        [VAULT],
        [app(100, "vault 2"), app(200, "x")],
        [
            (100 - US, None),
            *((150.0, OUT, "d1", kind) for kind in ("mousemove", "paste", "telemetry", "resume")),
            (150, None, "d2"),
            (200, None),
        ],
    ),
    "C16 focuses at once: the stricter counts": (
        [VAULT],
        [app(100, "vault"), app(100, "x"), app(200, "x")],
        [(150, OUT), (200, None)],
    ),
    "C16 keep_only leaves out everything else and what comes before": (
        [ONLY],
        [app(100, "work"), app(200, "play")],
        [(99, OUT), (150, None), (250, OUT), (150, OUT, "d2")],
    ),
    "C16 for one person": ([Exclusion(app="x", user_id="bob")], [app(100, "x")], [(150, None)]),
    "C16 pauses count within an excluded focus": (
        [VAULT],
        [app(100, "vault"), at(110, "pause"), app(120, "x"), at(200, "resume")],
        [(150, STREAM), (202, None)],
    ),
    "C17 a secure focus": (
        [],
        [at(100, "focus", secure=True), at(200, "focus", secure=False)],
        [
            (100 - US, None),
            *((150.0, "secure", "d1", kind) for kind in ("keyup", "paste", "compose", "wheel")),
            (150, None, "d1", "telemetry"),
            (150, None, "d2"),
            (200, None),
        ],
    ),
    "C17 one secure key, before and after it": (
        [],
        [app(100, "x"), at(150, "compose", secure=True), app(200, "x")],
        [(99, None), (100, "secure"), (199, "secure", "d1", "mousedown"), (200, None)],
    ),
    "C17 a secure key before the first focus": (
        [],
        [at(50, "keydown", secure=True), app(200, "x")],
        [(0, "secure"), (199, "secure"), (200, None)],
    ),
    "C9 a person of another name": (
        [Exemption("ann2", "approved"), Pause("an n", 0, 900 * SECOND)],
        [],
        [(100, None)],
    ),
    "C20 the weightiest reason": (
        [VAULT, pause(104, 106)],
        [
            *(at(90, "focus", app="vault", secure=True), at(200, "focus", secure=True)),
            *(at(100, "pause"), at(120, "resume")),
        ],
        [(95, OUT), (99, STREAM), (105, "pause"), (119, STREAM), (130, OUT), (201, "secure")],
    ),
    "C20 an exemption outweighs all": (
        [exemption("approved", "mouse"), pause(100, 110)],
        [],
        [(105, "exempt", "d1", "wheel"), (105, "pause")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_rule_by_itself(name: str) -> None:
    cases.hold(CASES[name])


WINDOWED = ("C5 ", "C8 ", "C10", "C11", "C17")


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(WINDOWED)])
def test_parts_differ_across_every_window_of_a_case(name: str) -> None:
    cases.hold_parts(CASES[name])


def test_nothing_is_joined_across_a_window_without_events() -> None:
    rows = [VAULT, pause(100, 101)]
    events = [at(97, "keydown"), at(104, "keydown"), app(200, "vault"), app(200 + US, "x")]
    scenario = scenario_of(rows, [*events, at(201, "keydown")])
    got = scenarios.judged(scenario)
    assert got["reason"].to_list() == [None, None, "excluded_window", None, None]
    before, between, _, focus, after = got["part"].to_list()
    assert before < between < focus == after
