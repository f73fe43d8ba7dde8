"""Order, the stretches that nothing is joined across, and which application was in front."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.frames import (
    CATEGORIES,
    DAY_MS,
    Event,
    event,
    focus,
    frame,
    key,
    move,
    prepared,
    streams,
)
from transforms import events


def _order(rows: list[Event]) -> list[str]:
    return events.in_order(frame(rows))["key"].to_list()


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([(3, None), (1, None), (2, None)], [1, 2, 0]),
        ([(1, 9), (2, 8), (3, 7)], [2, 1, 0]),
        ([(1, 9), (2, 8), (3, None)], [0, 1, 2]),
        ([(1, 9), (1, 8), (1, None)], [1, 0, 2]),
        ([(1, 2), (1, 1)], [1, 0]),
    ],
    ids=["by time", "by seq, whatever the time", "seq is not throughout", "ties by seq", "equal"],
)
def test_order_within_a_session(stamps: list[tuple[int, int | None]], expected: list[int]) -> None:
    rows = [key(ms, str(n), seq=seq) for n, (ms, seq) in enumerate(stamps)]
    assert _order(rows) == [str(n) for n in expected]


def test_a_session_without_seq_does_not_change_how_another_is_ordered() -> None:
    with_seq = [key(1, "late", seq=2), key(2, "early", seq=1)]
    without = [key(2, "b", session_id="s2"), key(1, "a", session_id="s2")]
    assert _order([*with_seq, *without]) == ["early", "late", "a", "b"]


@given(streams().flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_order_of_input_does_not_matter(pair: tuple[list[Event], list[Event]]) -> None:
    one, other = (events.in_order(frame(rows)) for rows in pair)
    assert one.equals(other)
    assert one.columns == frame([]).columns
    assert one.height == len(pair[0])


@given(st.lists(st.integers(0, 2), min_size=2).flatmap(st.permutations))
def test_ties_have_one_order(numbers: list[int]) -> None:
    rows = [move(0, n % 2, n // 2) for n in numbers]
    back = [move(0, n % 2, n // 2) for n in reversed(numbers)]
    assert events.in_order(frame(rows)).equals(events.in_order(frame(back)))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([key(1, "a"), key(2, "b"), key(2, "c")], 0),
        ([key(2, "a", seq=1), key(1, "b", seq=2)], 1),
        ([key(9, "a", seq=1), key(1, "b", seq=2), key(0, "c", seq=3)], 2),
        ([key(9, "a"), key(1, "b", session_id="s2")], 0),
    ],
)
def test_clocks_that_go_back_are_counted(rows: list[Event], expected: int) -> None:
    assert events.backward(events.in_order(frame(rows))) == expected


@pytest.mark.parametrize(
    ("then", "runs"),
    [
        ({}, 1),
        ({"user_id": "bob"}, 2),
        ({"device_id": "d2"}, 2),
        ({"device_id": None}, 2),
        ({"session_id": "s2"}, 2),
        ({"session_id": None}, 2),
        ({"part": 1}, 2),
        ({"type": "focus", "app": "chrome"}, 1),
    ],
)
def test_what_ends_a_run(then: Event, runs: int) -> None:
    ordered = frame([move(0, 1), {**move(1, 1), **then}])
    assert events.with_runs(ordered)["run"].to_list() == [1, runs]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([0, 0, 1], [1, 1, 1]),
        ([DAY_MS - 1, DAY_MS - 0.001, DAY_MS], [1, 1, 2]),
        ([5, 4, 4, 6], [1, 2, 2, 2]),
        ([-1, 0], [1, 2]),
        ([0, 3 * DAY_MS], [1, 2]),
    ],
    ids=["no change", "midnight", "the clock goes back", "midnight again", "days later"],
)
def test_time_ends_a_run(stamps: list[float], expected: list[int]) -> None:
    made = events.with_runs(frame([move(ms, 1) for ms in stamps]))
    assert made["run"].to_list() == expected
    assert made.schema["run"] == pl.UInt32()


@given(streams())
def test_a_run_is_of_one_person_device_session_day_and_part(rows: list[Event]) -> None:
    ordered = events.in_order(frame(rows))
    made = events.with_runs(ordered).with_columns(day=pl.col("ts") // events.DAY_US)
    whose = ["user_id", "device_id", "session_id", "day", "part"]
    assert made.select("run", *whose).unique().height == made["run"].n_unique()
    assert made["run"].is_sorted()
    assert made.drop("run", "day").equals(ordered)


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("chrome", "chrome"),
        ("Chrome", "chrome"),
        (r"C:\Program Files\Google\CHROME.EXE", "chrome"),
        ("/Applications/Slack.app", "slack"),
        ("/usr/bin/code", "code"),
        ("  code  ", "code"),
        ("my.exe.tool", "my.exe.tool"),
        ("", ""),
        (None, None),
    ],
)
def test_the_name_of_an_application(app: str | None, expected: str | None) -> None:
    assert frame([focus(0, app)]).select(events.app_name(pl.col("app"))).item() == expected


@pytest.mark.parametrize(
    ("app", "expected"),
    [("chrome", "browser"), ("/opt/Code.exe", "editor"), ("unheard-of", "other"), (None, "other")],
)
def test_the_category_of_an_application(app: str | None, expected: str) -> None:
    made = prepared([move(0, 1), focus(1, "slack"), focus(2, app), key(3, "a"), move(4, 1)])
    assert made["category"].to_list() == ["other", "chat", *[expected] * 3]
    assert made["focus"].to_list() == [1, 2, 3, 3, 3]


@pytest.mark.parametrize(
    "then",
    [{"user_id": "bob"}, {"device_id": "d2"}, {"session_id": "s0"}, {"session_id": "s2"},
     {"part": 1}, {"ts": key(DAY_MS, "a")["ts"]}],
    ids=["person", "device", "session before", "session after", "part", "day"],
)  # fmt: skip
def test_an_application_is_not_known_in_the_next_run(then: Event) -> None:
    made = prepared([focus(0, "chrome"), key(1, "a"), {**key(2, "b"), **then}])
    found = dict(made.select("key", "category").iter_rows())
    assert found == {None: "browser", "a": "browser", "b": "other"}
    assert made["focus"].n_unique() == 2


def test_no_events_and_no_applications_are_fine() -> None:
    assert prepared([]).height == 0
    rows = events.with_runs(frame([focus(0, "chrome"), event("telemetry", 1)]))
    assert events.with_focus(rows, {})["category"].to_list() == ["other", "other"]


@given(streams())
def test_a_focus_lies_within_a_run_and_is_of_one_category(rows: list[Event]) -> None:
    made = prepared(rows)
    each = made.group_by("focus").agg(pl.col("run", "category").n_unique())
    assert each.filter((pl.col("run") > 1) | (pl.col("category") > 1)).height == 0
    assert set(made["category"]) <= {*CATEGORIES.values(), "other"}
