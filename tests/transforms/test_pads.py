"""Digits clicked on a pad do not reach any dataset; ordinary clicks do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.attacks import typed
from tests.transforms import pad_layouts
from tests.transforms.frames import (
    DAY_MS,
    Event,
    down,
    event,
    focus,
    key,
    move,
    ms_of,
    prepared,
    streams,
    up,
    wheel,
)
from transforms import pads
from transforms.events import MOUSE

# The screen is 640 by 360: a pad is at most 160 wide and 162 high.
PIN = [(300, 100), (340, 140), (300, 180), (340, 100)]


def _clicks(
    places: Sequence[tuple[float, float]], step: float = 500, start: float = 0
) -> list[Event]:
    return [down(start + n * step, x, y) for n, (x, y) in enumerate(places)]


def _left(rows: list[Event]) -> list[float]:
    """When the events that were kept happened, in ms; the count of removed ones is checked."""
    made, removed = pads.without_pads(prepared(rows))
    assert removed == len(rows) - made.height
    return [ms_of(ts) for ts in made["ts"]]


@pytest.mark.parametrize(
    "rows",
    [
        _clicks(PIN),
        _clicks(PIN, step=4000),
        _clicks([(0, 0), (160, 162), (0, 162), (160, 0)]),
        _clicks([(300, 100), (300, 100), (311, 100), (311, 100)]),
        _clicks([(300, 100)] * 4),
        _clicks([(300, 100)] * 4, step=4000),
        _clicks([(300, 100), (305, 100), (300, 105), (310, 110)]),
        _clicks([(300, 100)] * 3 + [(300, 150)]),
        [{**one, "screen_w": None, "screen_h": None} for one in _clicks(PIN)],
    ],
    ids=["four digits", "slowly", "as large as a pad gets", "two places",
         "equal digits", "equal digits, slowly", "equal, inexactly",
         "three equal and another", "a screen of unknown size"],
)  # fmt: skip
def test_clicks_on_a_pad_go(rows: list[Event]) -> None:
    assert _left(rows) == []


@pytest.mark.parametrize(
    "rows",
    [
        _clicks(PIN[:3]),
        [*_clicks(PIN[:1]), up(100, 330, 100), *_clicks(PIN[1:], start=500)],
        _clicks([(300, 100)] * 3),
        _clicks([(10, 10), (600, 20), (300, 300), (30, 200), (500, 10)]),
        _clicks([(0, 0), (161, 0), (0, 0), (161, 0)]),
        _clicks([(0, 0), (0, 163), (0, 0), (0, 163)]),
        _clicks(PIN, step=4001),
        [{**one, "button": "right"} for one in _clicks(PIN)],
        [{**one, "type": "mouseup"} for one in _clicks(PIN)],
        [{**one, "part": n} for n, one in enumerate(_clicks(PIN))],
        [{**one, "device_id": f"d{n % 2}"} for n, one in enumerate(_clicks(PIN))],
        [{**one, "x": None, "y": None} for one in _clicks(PIN)],
        [],
    ],
    ids=["three clicks", "a drag and three", "a triple click", "work", "wider", "higher",
         "too slow", "other button", "releases alone", "a removed span between each",
         "two devices", "no place", "nothing"],
)  # fmt: skip
def test_other_clicks_stay(rows: list[Event]) -> None:
    assert len(_left(rows)) == len(rows)


@pytest.mark.parametrize(
    "between",
    [[key(750, "a")], [focus(750, "chrome")], [down(750, 320, 120, "right")],
     [down(740, 320, 120), up(760, 345, 120)]],
    ids=["key", "focus", "right button", "drag"],
)  # fmt: skip
def test_what_breaks_a_pad(between: list[Event]) -> None:
    rows = [*_clicks(PIN), *between]
    assert len(_left(rows)) == len(rows)
    whole = [*rows, down(2000, 320, 120), down(2500, 320, 120)]
    assert set(_left(whole)) <= {750.0}


@pytest.mark.parametrize(
    "release",
    [up(60, 324, 120), up(60, 399, 100, "right"), {**up(60, 399, 120), "session_id": "s2"}],
    ids=["a hand that slips", "another button's", "another session's"],
)
def test_a_press_that_is_no_drag_breaks_no_pad(release: Event) -> None:
    assert _left([*_clicks(PIN), release]) == []


@pytest.mark.parametrize("between", [move(750, 1), wheel(750), event("keyup", 750, key="a")])
def test_nothing_else_breaks_a_pad(between: Event) -> None:
    assert set(_left([*_clicks(PIN), between])) <= {750.0}


def test_the_margin_around_a_pad_goes_and_keys_stay() -> None:
    around = [7_999, 8_000, 9_000, 13_500, 13_501]
    rows = [*_clicks(PIN, start=10_000), *(move(ms, 600, 300) for ms in around)]
    rows += [key(9_500, "a"), event("telemetry", 12_000, cpu_pct=1)]
    assert _left(rows) == [7_999, 9_500, 12_000, 13_501]


def test_clicks_within_the_margin_go_and_later_ones_stay() -> None:
    far = [down(3_400, 10, 10), down(3_501, 10, 10)]
    assert _left([*_clicks(PIN), *far]) == [3_501]


def test_a_pad_removes_nothing_of_others() -> None:
    others: list[Event] = [{"user_id": "bob"}, {"device_id": "d2"}, {"device_id": None}]
    rows = [{**move(600, 1), **whose} for whose in others]
    assert _left([*_clicks(PIN), *rows]) == [600] * 3


@pytest.mark.parametrize("session", ["s0", "s2"])
def test_a_pad_removes_nothing_of_another_session_far_off(session: str) -> None:
    hour = 3_600_000
    rows = [move(ms, 1, session_id=session) for ms in (0, 2 * hour)]
    assert _left([*_clicks(PIN, start=hour), *rows]) == [0, 2 * hour]


@pytest.mark.parametrize("session", ["s0", "s2"])
def test_the_margin_reaches_into_the_session_that_follows_at_once(session: str) -> None:
    rows = [move(ms, 1, session_id=session) for ms in (1_600, 3_400, 3_501)]
    assert _left([*_clicks(PIN), *rows]) == [3_501]


def test_what_lies_on_both_sides_of_a_pad_is_not_joined() -> None:
    rows = [move(0, 1), move(1, 1), *_clicks(PIN, start=5000), key(5600, "a"), move(9_100, 1)]
    rows += [move(9_101, 1), key(DAY_MS, "b")]
    made, removed = pads.without_pads(prepared([*rows, down(7000, 320, 140), down(7050, 320, 140)]))
    assert removed == 6
    assert made["run"].is_sorted()
    groups = [[ms_of(ts) for ts in one["ts"]] for one in made.partition_by("run")]
    assert groups == [[0, 1], [5600], [9100, 9101], [DAY_MS]]


@given(streams())
def test_what_is_left_holds_no_pad_and_every_key(rows: list[Event]) -> None:
    frame = prepared(rows)
    made, removed = pads.without_pads(frame)
    assert removed == frame.height - made.height
    assert pads.without_pads(made)[1] == 0
    mouse = frame["type"].is_in(MOUSE)
    assert made.filter(~made["type"].is_in(MOUSE)).height == frame.filter(~mouse).height
    assert made.columns == frame.columns
    assert made.schema == frame.schema


@given(streams())
def test_runs_only_get_finer(rows: list[Event]) -> None:
    frame = prepared(rows)
    made, _ = pads.without_pads(frame)
    before = dict(zip(frame["ts"], frame["run"], strict=True))
    pairs = {(run, before[ts]) for ts, run in made.select("ts", "run").iter_rows()}
    assert len(pairs) == made["run"].n_unique()


@given(st.lists(st.tuples(st.floats(0, 150), st.floats(0, 150)), min_size=4, max_size=8))
def test_wherever_four_clicks_lie_near_together_they_go(
    places: list[tuple[float, float]],
) -> None:
    assert _left(_clicks([(200 + x, 50 + y) for x, y in places])) == []


EQUAL = [[1, 1, 1, 1], [1, 1, 2, 2], [1, 2, 3, 4], [1, 2, 1, 2], [0, 0, 0, 7], [1, 3, 7, 9]]


@pytest.mark.parametrize("name", pad_layouts.NAMES)
@pytest.mark.parametrize(("confirmed", "moves"), [(True, 0), (False, 3)])
@settings(max_examples=5)
@given(seed=st.integers(0, 2**31))
def test_pins_go_whole_whatever_the_layout(
    name: str, confirmed: bool, moves: int, seed: int
) -> None:
    made = pad_layouts.clicked(name, len(EQUAL), seed, np.array(EQUAL))
    kept, _ = pads.without_pads(pad_layouts.frame(made, confirmed=confirmed, moves=moves))
    assert kept.is_empty()


@pytest.mark.parametrize("name", pad_layouts.NAMES)
def test_an_attacker_who_reads_pins_from_all_rows_finds_none_in_what_is_left(name: str) -> None:
    made = pad_layouts.clicked(name, 300, seed=1)
    frame = pad_layouts.frame(made)
    raw = typed.pins(pad_layouts.shown(frame, made), 1)
    left = typed.pins(pad_layouts.shown(pads.without_pads(frame)[0], made), 1)
    assert raw.low > 0.1 and raw.control < 0.02
    assert left.low <= left.naive and left.value <= 1 / 300


def test_pads_as_wide_as_generated_stay_within_the_rule() -> None:
    for name in pad_layouts.NAMES:
        made = pad_layouts.clicked(name, 200, seed=2)
        assert (np.ptp(made.x[:, :4], axis=1) <= pads.WIDTH * made.width).all()
        assert (np.ptp(made.y[:, :4], axis=1) <= pads.HEIGHT * made.height).all()
        gap = np.diff(made.ts, axis=1)
        assert (gap >= 199_999).all() and (gap <= 3_000_001).all()
