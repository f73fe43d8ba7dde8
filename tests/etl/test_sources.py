"""Recordings of other formats in the warehouse, and broken ones."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.errors import TacendaError, UsageError
from etl.project import Project
from etl.sources import agentnet, inputlog
from tests.etl.conftest import load, rows

Shared = Callable[[str], Path]
NewProject = Callable[[], Project]


def micros(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[misc]


def test_the_damaged_log_is_refused_with_a_reason(shared_data: Shared) -> None:
    with pytest.raises(TacendaError) as caught:
        inputlog.read(shared_data("inputlog") / "M_il_1.idfx", user_id="u", device_id=None)
    message = caught.value.message()
    assert "begins with 6 characters that are no XML" in message and "M_il_1.idfx" in message
    assert "VK_END" not in message


def test_real_recordings_are_loaded_and_loaded_once(
    shared_data: Shared, new_project: NewProject
) -> None:
    target = new_project()
    logs = shared_data("inputlog")
    first = load(target, logs, user="writer")
    assert len(first.faults) == 1 and sum(one.fault is None for one in first.files) == 9
    load(target, shared_data("agentnet"), user="clicker", device="laptop")
    before = rows(target, "SELECT user_id, count(*) FROM lake.events GROUP BY 1 ORDER BY 1")
    assert [row[0] for row in before] == ["clicker", "writer"]
    load(target, logs, shared_data("agentnet"), user="writer", device="laptop")
    after = rows(target, "SELECT user_id, count(*) FROM lake.events GROUP BY 1 ORDER BY 1")
    assert dict(after)["clicker"] == dict(before)["clicker"]


def test_a_recording_needs_somebody_s_name(shared_data: Shared, new_project: NewProject) -> None:
    with pytest.raises(UsageError, match="--user"):
        load(new_project(), shared_data("agentnet"))


META = {
    "start_time": "2024-01-02 03:04:05", "video_start_timestamp": 100.0, "screen_width": 800,
    "screen_height": 600, "scroll_direction": -1,
}  # fmt: skip


def recording(folder: Path, *lines: str, **meta: Any) -> Path:
    folder.mkdir()
    (folder / "metadata.json").write_text(json.dumps({**META, **meta}))
    (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return folder


BROKEN_LINES = {
    '{"time_stamp": 101, "action": "move", "x": 1': "not JSON",
    "[" * 10_000: "not JSON",
    "7": "not an object",
    '{"action": "move", "x": 1, "y": 2}': "no time_stamp",
    '{"time_stamp": 101, "action": "move", "x": 1}': "no y",
    '{"time_stamp": 101, "action": "fly"}': "unknown action",
    '{"time_stamp": NaN, "action": "move", "x": 1, "y": 2}': "time out of range",
    '{"time_stamp": 1e300, "action": "move", "x": 1, "y": 2}': "time out of range",
    '{"time_stamp": 101, "action": "move", "x": Infinity, "y": 2}': "a value of the wrong type",
    '{"time_stamp": 101, "action": "move", "x": "left", "y": 2}': "a value of the wrong type",
}


@pytest.mark.parametrize("line", BROKEN_LINES)
def test_broken_lines_are_set_aside(tmp_path: Path, line: str) -> None:
    good = '{"time_stamp": 102, "action": "move", "x": 1, "y": 2}'
    found = agentnet.read(recording(tmp_path / "r", line, good), user_id="u", device_id=None)
    assert found.quarantined == [(1, BROKEN_LINES[line])]
    assert (found.lines_read, found.mapped_lines) == (2, 1)


@pytest.mark.parametrize(
    "meta",
    [
        {"screen_width": 0}, {"screen_height": None}, {"start_time": "yesterday"},
        {"video_start_timestamp": "NaN"}, {"scroll_direction": 7},
    ],
)  # fmt: skip
def test_metadata_that_cannot_be_used(tmp_path: Path, meta: dict[str, Any]) -> None:
    with pytest.raises(TacendaError, match="metadata"):
        agentnet.read(recording(tmp_path / "r", **meta), user_id="u", device_id=None)


def log(*events: str, made: str = "24/01/02 03:04:05.000", head: str = "") -> str:
    entries = (("__LogCreationDate", made), ("__LogRelativeCreationDate", "1000"))
    meta = "".join(f"<entry><key>{k}</key><value>{v}</value></entry>" for k, v in entries)
    return f'{head}<?xml version="1.0"?>\n<log><meta>{meta}</meta>{"".join(events)}</log>'


def stroke(key: str, value: str, at: str = "1500", state: str = "") -> str:
    times = f"<startTime>{at}</startTime><endTime>{at}</endTime>"
    part = f"{times}<key>{key}</key><value>{value}</value><keyboardstate>{state}</keyboardstate>"
    return f'<event type="keyboard"><part type="winlog">{part}</part></event>'


def read_log(path: Path, text: str) -> pl.DataFrame:
    path.write_text(text, encoding="utf-8")
    return inputlog.read(path, user_id="u", device_id=None).events


def test_inputlog_keys(tmp_path: Path) -> None:
    text = log(
        stroke("VK_A", "a"), stroke("VK_BACK", "&#x8;", "1600"), stroke("VK_V", "long", "1700"),
        stroke("VK_C", "c", "1800", "VK_LCONTROL"),
        '<event type="replacement"><part type="wordlog"><newtext>m</newtext></part></event>',
    )  # fmt: skip
    found = read_log(tmp_path / "a.idfx", text)
    downs = found.filter(pl.col("type") != "keyup").select("type", "key", "mods", "text").rows()
    assert downs == [
        ("keydown", "a", None, None), ("keydown", "Backspace", None, None),
        ("paste", None, None, "long"), ("keydown", "c", "Control", None),
        ("keydown", "Cut", None, None),
    ]  # fmt: skip
    assert found["ts"][0] == micros(2024, 1, 2, 3, 4, 5) + 500_000


BROKEN_LOGS = {
    "stray text": log(head="VK_END"),
    "cut": log(stroke("VK_A", "a"))[:-20],
    "entities": log(head="").replace("<log>", '<!DOCTYPE log [<!ENTITY a "b">]><log>'),
    "no date": log(made="long ago"),
    "another tag": "<other/>",
    "empty": "",
}


@pytest.mark.parametrize("name", BROKEN_LOGS)
def test_damaged_logs_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TacendaError) as caught:
        read_log(tmp_path / "a.idfx", BROKEN_LOGS[name])
    assert str(tmp_path / "a.idfx") in caught.value.message()


def test_wrong_encoding_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "a.idfx"
    place.write_bytes(log(stroke("VK_A", "ä")).encode("latin-1"))
    with pytest.raises(TacendaError, match="UTF-8"):
        inputlog.read(place, user_id="u", device_id=None)


def test_broken_elements_are_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a.idfx").write_text(
        log(stroke("VK_A", "a"), stroke("VK_B", "b", "soon"), '<event type="keyboard"/>')
    )
    found = inputlog.read(tmp_path / "a.idfx", user_id="u", device_id=None)
    assert found.quarantined == [(2, "a broken number"), (3, "no winlog part")]
    assert (found.lines_read, found.mapped_lines) == (3, 1)


def test_a_copy_of_the_folder_is_the_same_recording(
    shared_data: Shared, tmp_path: Path, new_project: NewProject
) -> None:
    shutil.copytree(shared_data("agentnet") / "session-001", tmp_path / "x" / "session-001")
    target = new_project()
    load(target, shared_data("agentnet"), user="u", device="d")
    again = load(target, tmp_path / "x", user="u", device="d")
    assert again.total("accepted") == 0
