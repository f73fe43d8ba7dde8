"""AgentNet's recording: what each line becomes, and what becomes of lines that are broken.

Assertions on the real recording compare counts that were taken before: a failure shows its
operands.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.errors import TacendaError
from etl.sources import agentnet
from etl.sources.mapped import Mapped
from transforms.events import SCHEMA

Shared = Callable[[str], Path]

META = {
    "start_time": "2024-01-02 03:04:05", "video_start_timestamp": 100.0, "screen_width": 800,
    "screen_height": 600, "scroll_direction": -1,
}  # fmt: skip
START = int(datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()) * 1_000_000
SECOND = 1_000_000


def move(at: float, x: float = 1) -> dict[str, Any]:
    return {"time_stamp": at, "action": "move", "x": x, "y": 2}


def key(at: float, name: str, action: str = "press") -> dict[str, Any]:
    return {"time_stamp": at, "action": action, "name": "", "pynput_key": name}


def recording(
    folder: Path, *events: dict[str, Any] | str, windows: tuple[str, ...] = (), **meta: Any
) -> Path:
    """A recording of these lines; metadata given as `...` is left out."""
    folder.mkdir()
    facts = {k: v for k, v in {**META, **meta}.items() if v is not ...}
    (folder / "metadata.json").write_text(json.dumps(facts))
    for name, given in (("events.jsonl", events), ("top_window.jsonl", windows)):
        lines = [one if isinstance(one, str) else json.dumps(one) for one in given]
        (folder / name).write_text("".join(f"{line}\n" for line in lines))
    return folder


def read(folder: Path) -> Mapped:
    return agentnet.read(folder, user_id="u", device_id="d")


def in_balance(found: Mapped) -> bool:
    parts = found.mapped_lines + len(found.quarantined) + sum(found.unmapped.values())
    return found.lines_read == parts


def test_each_line_of_the_real_recording_is_accounted_for(shared_data: Shared) -> None:
    session = shared_data("agentnet") / "session-001"
    found = read(session)
    balanced, height, schema = in_balance(found), found.events.height, dict(found.events.schema)
    assert (found.lines_read, found.mapped_lines, height) == (4138, 4103, 4103)
    assert balanced and not found.quarantined
    assert found.unmapped == {"element": 21, "reduced event": 14}
    assert schema == SCHEMA


def test_the_real_recording_s_values(shared_data: Shared) -> None:
    events = read(shared_data("agentnet") / "session-001").events
    buttons = dict(events["button"].drop_nulls().value_counts().iter_rows())
    assert buttons == {"left": 40, "right": 2}
    # pynput's downward turns are negative, canonical ones positive.
    turns = dict(events["dy"].drop_nulls().value_counts().iter_rows())
    assert turns == {1.0: 15, -1.0: 4}
    single = pl.col("key").str.len_chars() == 1
    typed = events.filter(single & pl.col("mods").is_null()).height
    characters = events.filter(single).height
    assert (characters, typed) == (2, 0)


def test_the_real_recording_s_order_and_day(shared_data: Shared) -> None:
    events = read(shared_data("agentnet") / "session-001").events
    in_order = events["seq"].to_list() == list(range(4103)) and events["ts"].is_sorted()
    sessions = events["session_id"].unique().to_list()
    days = pl.from_epoch(events["ts"], time_unit="us").dt.date().unique().to_list()
    assert in_order and sessions == ["session-001"]
    assert [str(day) for day in days] == ["2024-11-05"]


def test_reading_twice_gives_the_same(shared_data: Shared) -> None:
    session = shared_data("agentnet") / "session-001"
    same = read(session).events.equals(read(session).events)
    assert same


def test_what_is_recognised(tmp_path: Path) -> None:
    whole = recording(tmp_path / "whole")
    assert agentnet.recognises(whole)
    assert not agentnet.recognises(whole / "events.jsonl")
    for name in ("metadata.json", "events.jsonl"):
        part = recording(tmp_path / f"without-{name}")
        (part / name).unlink()
        assert not agentnet.recognises(part)


def test_times_count_from_the_anchor(tmp_path: Path) -> None:
    found = read(recording(tmp_path / "r", move(100.25), move(99.5), windows=()))
    assert found.events["ts"].to_list() == [START - SECOND // 2, START + SECOND // 4]


def test_time_going_back_loses_nothing(tmp_path: Path) -> None:
    found = read(recording(tmp_path / "r", move(102, 7), move(101, 8), move(101, 9)))
    assert found.events.select("seq", "x").rows() == [(0, 8.0), (1, 9.0), (2, 7.0)]
    assert found.mapped_lines == 3 and in_balance(found)


KEYS = {
    "Key.enter": "Enter", "Key.backspace": "Backspace", "Key.shift_r": "Shift", "Key.space": " ",
    "Key.left": "ArrowLeft", "Key.alt_gr": "AltGraph", "Key.cmd": "Meta", "Key.f12": "F12",
    "'a'": "a", "'A'": "A", '"\'"': "'", "'é'": "é", "Key.made_up": "Unidentified",
    "<84>": "Unidentified", "'two'": "Unidentified", "": "Unidentified", "'": "Unidentified",
    "1+1": "Unidentified", "(" * 5000: "Unidentified",
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_names_of_keys(tmp_path: Path, name: str) -> None:
    found = read(recording(tmp_path / "r", key(101, name)))
    assert found.events["key"].to_list() == [KEYS[name]]


def test_modifiers_held_are_known_from_their_keys(tmp_path: Path) -> None:
    lines = [
        key(101, "Key.ctrl_l"), key(102, "Key.shift"), key(103, "<67>"), move(104),
        key(105, "Key.shift", "release"), key(106, "Key.ctrl_l", "release"), key(107, "'a'"),
    ]  # fmt: skip
    found = read(recording(tmp_path / "r", *lines))
    assert found.events.select("type", "key", "mods").rows() == [
        ("keydown", "Control", None), ("keydown", "Shift", "Control"),
        ("keydown", "c", "Control+Shift"), ("mousemove", None, "Control+Shift"),
        ("keyup", "Shift", "Control"), ("keyup", "Control", None), ("keydown", "a", None),
    ]  # fmt: skip


def test_a_button_that_the_contract_does_not_list(tmp_path: Path) -> None:
    click = {"time_stamp": 101, "action": "click", "x": 1, "y": 2, "pressed": True}
    lines = [{**click, "button": name} for name in ("middle", "x2", "button8")]
    found = read(recording(tmp_path / "r", *lines))
    assert found.events["button"].to_list() == ["middle", "x2", None]


def test_cut_and_unknown_lines_are_set_aside_and_the_rest_is_kept(tmp_path: Path) -> None:
    cut = json.dumps(move(103, 31337))[:-4]
    lines: list[dict[str, Any] | str] = [
        move(101),
        cut,
        {"time_stamp": 102, "action": "sing"},
        {"time_stamp": 102},
        move(104),
    ]
    found = read(recording(tmp_path / "r", *lines))
    assert found.quarantined == [(2, "not JSON"), (3, "unknown action"), (4, "no action")]
    assert found.mapped_lines == 2 and in_balance(found)
    assert not any("31337" in reason or "sing" in reason for _, reason in found.quarantined)


def test_bytes_that_are_not_utf8_are_set_aside(tmp_path: Path) -> None:
    made = recording(tmp_path / "r", move(101))
    with (made / "events.jsonl").open("ab") as file:
        file.write(b'{"time_stamp": 102, "action": "press", "pynput_key": "\'\xe9\'"}\n')
    found = read(made)
    assert found.quarantined == [(2, "not JSON")] and found.mapped_lines == 1


def test_a_recording_without_windows_or_with_blank_lines(tmp_path: Path) -> None:
    made = recording(tmp_path / "r", "", move(101), "   ")
    (made / "top_window.jsonl").unlink()
    found = read(made)
    assert (found.lines_read, found.mapped_lines) == (1, 1)
    assert read(recording(tmp_path / "none")).events.height == 0


@pytest.mark.parametrize("missing", ["screen_width", "screen_height", "start_time",
                                     "video_start_timestamp"])  # fmt: skip
def test_metadata_that_lacks_something_names_it(tmp_path: Path, missing: str) -> None:
    with pytest.raises(TacendaError, match=missing) as caught:
        read(recording(tmp_path / "r", move(101), windows=(), **{missing: ...}))
    assert "metadata.json" in caught.value.where and caught.value.todo and caught.value.undone


def test_metadata_that_is_missing_or_cut(tmp_path: Path) -> None:
    made = recording(tmp_path / "r", move(101))
    (made / "metadata.json").write_text('{"start_time": "2024-')
    with pytest.raises(TacendaError, match="metadata cannot be used") as caught:
        read(made)
    assert "2024-" not in caught.value.message()
    (made / "metadata.json").unlink()
    with pytest.raises(TacendaError, match="FileNotFoundError"):
        read(made)
