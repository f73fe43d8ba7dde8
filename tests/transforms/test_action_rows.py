"""How actions are put together in rows; and that nothing of what was typed is in them."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.acted import ALL, done, filled, rows_of, typed
from tests.transforms.frames import (
    DAY_MS,
    Event,
    click,
    down,
    event,
    focus,
    key,
    ms_of,
    prepared,
    streams,
    up,
    wheel,
)
from transforms import actions
from transforms.actions import ActionParams
from transforms.events import KEYBOARD, MOUSE, OTHER


def test_a_row_in_full() -> None:
    rows = [focus(0, "chrome"), *click(500, 105, 45), *typed("hello", 2000), key(2500, "Enter")]
    rows += [down(2600, 5), up(2900, 55, 25), event("telemetry", 3000)]
    (made,) = rows_of(rows)
    assert made["actions"] == [
        filled(action="switch", app="browser"),
        filled(action="click", x=10, y=4, gap=2),
        filled(action="type", length="1-16", gap=3),
        filled(action="hotkey", hotkey="enter", gap=2),
        filled(action="drag", x=0, y=0, to_x=5, to_y=2),
    ]
    assert (made["user_id"], made["device_id"]) == ("ann", "d1")
    assert (ms_of(made["first_ts"]), ms_of(made["last_ts"])) == (0, 2900)
    assert (made["n_keyboard"], made["n_mouse"], made["n_other"]) == (6, 4, 1)


@pytest.mark.parametrize(
    ("ms", "expected"),
    [(249, 0), (250, 1), (499, 1), (500, 2), (1000, 3), (31_999, 7), (32_000, 8), (10**7, 8)],
)
def test_gaps_between_the_starts_of_actions(ms: int, expected: int) -> None:
    made = done([wheel(0), key(ms, "Enter")])
    assert [action["gap"] for action in made] == [0, expected]


@pytest.mark.parametrize(
    ("n", "lengths"),
    [(1, []), (2, [2]), (3, [3]), (5, [3]), (6, [3]), (7, [3, 2]), (8, [3, 3]), (12, [3, 3, 2])],
)  # fmt: skip
def test_rows_hold_two_or_three_actions_and_two_are_left_out(n: int, lengths: list[int]) -> None:
    made = rows_of([key(300 * place, "Tab") for place in range(n)], ActionParams())
    assert [len(row["actions"]) for row in made] == lengths
    assert [ms_of(row["first_ts"]) for row in made] == [1500 * row for row in range(len(made))]
    assert all(row["actions"][0]["gap"] == 0 for row in made)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (click(0, 5), "c"),
        ([*click(0, 5, button="right"), *click(3000, 5)], "cr"),
        ([*typed("ab"), key(900, "Tab")], "k"),
        ([wheel(0), *click(1000, 5), wheel(2000, dx=2)], "chs"),
        ([focus(0, "chrome"), down(100, 5), up(400, 99), *typed("a", 500)], "dkw"),
    ],
)
def test_the_mix_of_a_row(rows: list[Event], expected: str) -> None:
    made = actions.sequences(prepared(rows), ALL)
    assert made.select(actions.mix()).to_series().to_list() == [expected]


@pytest.mark.parametrize(
    "then",
    [{"part": 1}, {"session_id": "s2"}, {"device_id": "d2"}, {"user_id": "bob"},
     {"ts": key(DAY_MS, "a")["ts"]}],
    ids=["part", "session", "device", "person", "day"],
)  # fmt: skip
@pytest.mark.parametrize("row", [key(100, "a"), wheel(100), down(100, 5), key(100, "Tab")])
def test_nothing_is_joined_across_runs(row: Event, then: Event) -> None:
    made = rows_of([{**row, "ts": row["ts"] - 50_000}, {**row, **then}])
    assert [len(one["actions"]) for one in made] == [1, 1]


def test_no_events_give_the_same_columns() -> None:
    empty = actions.sequences(prepared([]), ALL)
    assert empty.schema == actions.sequences(prepared(click(0, 5)), ALL).schema
    assert empty.schema["actions"] == pl.List(actions.ACTION)
    assert empty.height == 0


@given(streams(), st.integers(1, 5))
def test_a_row_comes_from_one_run_and_counts_what_it_took(rows: list[Event], most: int) -> None:
    frame = prepared(rows)
    whose = {ts: (run, user, device) for ts, run, user, device in
             frame.select("ts", "run", "user_id", "device_id").iter_rows()}  # fmt: skip
    for row in rows_of(rows, ActionParams(max_actions=most, min_actions=1, skipped=0)):
        assert 1 <= len(row["actions"]) <= most
        run = whose[row["first_ts"]]
        assert run == whose[row["last_ts"]]
        assert run[1:] == (row["user_id"], row["device_id"])
        span = pl.col("ts").is_between(row["first_ts"], row["last_ts"]) & (pl.col("run") == run[0])
        there = frame.filter(span)["type"]
        for scope, kinds in (("keyboard", KEYBOARD), ("mouse", MOUSE), ("other", OTHER)):
            assert row[f"n_{scope}"] <= there.is_in(kinds).sum()


@given(streams())
def test_every_value_is_one_of_those_declared(rows: list[Event]) -> None:
    for action in done(rows):
        assert action["action"] in actions.ACTIONS
        assert action["length"] in actions.LENGTHS
        assert action["hotkey"] in actions.HOTKEYS
        assert action["app"] in ("none", "browser", "editor", "chat", "other")
        assert (action["length"] != "none") == (action["action"] == "type")
        assert (action["hotkey"] != "none") == (action["action"] == "hotkey")
        assert (action["app"] != "none") == (action["action"] == "switch")
        assert action["gap"] <= 8


def _retyped(row: Event) -> Event:
    """The same event, had other characters been typed and other windows been read."""
    changed = {**row, "title": "another", "code": "KeyQ"}
    if row["type"] == "compose":
        return {**changed, "text": "x" * len(row["text"])}
    commands = {"Control", "Alt", "Meta"} & set((row.get("mods") or "").split("+"))
    command = commands and "AltGraph" not in (row.get("mods") or "")
    if row["type"] == "keydown" and len(row["key"]) == 1 and not command:
        return {**changed, "key": "q"}
    return changed


@given(streams())
def test_what_was_typed_changes_nothing(rows: list[Event]) -> None:
    assert rows_of(rows) == rows_of([_retyped(row) for row in rows])
    assert not {"key", "text", "title", "url", "code"} & {f.name for f in actions.ACTION.fields}
