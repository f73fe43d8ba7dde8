"""Inputlog's logs: what each element becomes, and which files are refused.

Assertions on real logs compare counts that were taken before: a failure shows its operands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from etl.errors import TacendaError
from etl.sources import inputlog
from etl.sources.mapped import Mapped
from transforms.events import SCHEMA

Shared = Callable[[str], Path]


class Log(NamedTuple):
    """What a real log holds, counted apart from the reader; `day` is that of its first event."""

    day: str
    elements: int
    keyboard: int
    replaced: int
    inserted: int
    pastes: int
    characters: int


LOGS = {
    "A1_2022RI1_il_2": Log("2022-03-01", 2710, 2706, 3, 1, 0, 2583),
    "A1_2022RI2_il_1": Log("2022-03-02", 3455, 3455, 0, 0, 0, 3162),
    "A1_2023RI3_il_1": Log("2023-02-07", 3088, 3083, 5, 0, 1, 2772),
    "A1_2023RI4_il_1": Log("2023-03-20", 3258, 3254, 4, 0, 0, 3127),
    "A2_2022RI1_il_1": Log("2022-03-02", 3075, 3075, 0, 0, 0, 2981),
    "A2_2023RI3_il_2": Log("2023-02-07", 3827, 3816, 11, 0, 5, 3367),
    "A_il_1": Log("2020-11-23", 2630, 2627, 3, 0, 0, 2160),
    "K_il_1": Log("2020-11-20", 1549, 1549, 0, 0, 0, 1294),
    "R_il_1": Log("2020-11-21", 2714, 2713, 1, 0, 0, 2583),
}


def read(path: Path) -> Mapped:
    return inputlog.read(path, user_id="u", device_id="d")


def in_balance(found: Mapped) -> bool:
    parts = found.mapped_lines + len(found.quarantined) + sum(found.unmapped.values())
    return found.lines_read == parts


@pytest.mark.parametrize("name", LOGS)
def test_each_element_of_a_real_log_is_accounted_for(shared_data: Shared, name: str) -> None:
    log = LOGS[name]
    found = read(shared_data("inputlog") / f"{name}.idfx")
    balanced = in_balance(found)
    assert balanced and found.lines_read == log.elements
    assert (found.mapped_lines, found.quarantined) == (log.keyboard + log.replaced, [])
    assert found.unmapped == ({"insert": log.inserted} if log.inserted else {})
    counts = dict(found.events["type"].value_counts().iter_rows())
    strokes = log.keyboard - log.pastes
    assert counts.pop("paste", 0) == log.pastes
    assert counts == {"keydown": strokes + log.replaced, "keyup": strokes}
    schema = dict(found.events.schema)
    assert schema == SCHEMA
    downs = found.events.filter(pl.col("type") == "keydown")["key"]
    characters, cuts = int(downs.str.len_chars().eq(1).sum()), int(downs.eq("Cut").sum())
    unknown = int(downs.eq("Unidentified").sum())
    assert (characters, cuts, unknown) == (log.characters, log.replaced, 0)


@pytest.mark.parametrize("name", LOGS)
def test_a_real_log_s_times_lie_on_its_day(shared_data: Shared, name: str) -> None:
    events = read(shared_data("inputlog") / f"{name}.idfx").events
    days = pl.from_epoch(events["ts"], time_unit="us").dt.date().unique().to_list()
    assert [str(day) for day in days] == [LOGS[name].day]
    in_order = events["seq"].to_list() == list(range(events.height)) and events["ts"].is_sorted()
    sessions = events["session_id"].unique().to_list()
    assert in_order and sessions == [name]


def test_nine_real_logs_of_ten_load(shared_data: Shared) -> None:
    refused = []
    for path in sorted(shared_data("inputlog").glob("*.idfx")):
        assert inputlog.recognises(path)
        try:
            read(path)
        except TacendaError as error:
            refused.append(path.stem)
            assert "no XML" in error.what and error.where == str(path)
            assert error.todo and error.undone and "VK_END" not in error.message()
    assert refused == ["M_il_1"]


def log(*events: str, made: str = "24/01/02 03:04:05.250", head: str = "") -> str:
    entries = (("__LogCreationDate", made), ("__LogRelativeCreationDate", "1000"))
    meta = "".join(f"<entry><key>{k}</key><value>{v}</value></entry>" for k, v in entries)
    return f'<?xml version="1.0"?>\n{head}<log><meta>{meta}</meta>{"".join(events)}</log>'


def stroke(key: str, value: str, begun: int = 1000, ended: int = 1000, state: str = "") -> str:
    times = f"<startTime>{begun}</startTime><endTime>{ended}</endTime>"
    part = f"{times}<key>{key}</key><value>{value}</value><keyboardstate>{state}</keyboardstate>"
    return f'<event type="keyboard"><part type="winlog">{part}</part></event>'


def made(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "a.idfx"
    path.write_bytes(text.encode(encoding))
    return path


def test_what_is_recognised(tmp_path: Path) -> None:
    assert inputlog.recognises(tmp_path / "a.idfx") and inputlog.recognises(tmp_path / "a.IDFX")
    assert not inputlog.recognises(tmp_path / "a.xml")


def test_a_date_is_year_month_day_and_times_count_from_it(tmp_path: Path) -> None:
    events = read(made(tmp_path, log(stroke("VK_A", "a", 1500, 1620)))).events
    start = int(datetime(2024, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC).timestamp() * 1000)
    assert events["ts"].to_list() == [(start + 500) * 1000, (start + 620) * 1000]
    assert events.select("type", "key", "code").rows() == [
        ("keydown", "a", "VK_A"), ("keyup", "a", "VK_A"),
    ]  # fmt: skip


def test_modifiers_are_those_that_the_log_states(tmp_path: Path) -> None:
    states = ["", "VK_LSHIFT", "VK_RMENU", "VK_LCONTROL, VK_LSHIFT", "VK_NUMLOCK"]
    strokes = [stroke("VK_A", "a", 1000 + n, 1000 + n, s) for n, s in enumerate(states)]
    events = read(made(tmp_path, log(*strokes))).events
    downs = events.filter(pl.col("type") == "keydown")["mods"].to_list()
    assert downs == [None, "Shift", "AltGraph", "Control+Shift", None]


def test_a_key_is_never_released_before_it_is_pressed(tmp_path: Path) -> None:
    events = read(made(tmp_path, log(stroke("VK_A", "a", 1500, 1400)))).events
    assert events["type"].to_list() == ["keydown", "keyup"] and events["ts"].n_unique() == 1


def test_time_going_back_loses_nothing(tmp_path: Path) -> None:
    text = log(stroke("VK_B", "b", 1900, 1900), stroke("VK_A", "a", 1500, 1500))
    found = read(made(tmp_path, text))
    downs = found.events.filter(pl.col("type") == "keydown")
    assert downs["key"].to_list() == ["a", "b"] and downs["seq"].to_list() == [0, 2]
    assert found.mapped_lines == 2 and in_balance(found)


@pytest.mark.parametrize("reference", ["&#8;", "&#x8;", "&#x0;", "&#xD800;", "&#xFFFF;",
                                       "&#x110000;", "\x01"])  # fmt: skip
def test_characters_that_xml_forbids_are_no_typed_ones(tmp_path: Path, reference: str) -> None:
    text = log(stroke("VK_OEM_1", reference), stroke("VK_A", "a"))
    found = read(made(tmp_path, text))
    assert found.mapped_lines == 2 and found.quarantined == []
    downs = found.events.filter(pl.col("type") == "keydown")["key"].to_list()
    assert downs == ["Unidentified", "a"]


def test_elements_without_counterpart_are_counted_by_name(tmp_path: Path) -> None:
    names = ["insert", "selection", "selection", "two words", ""]
    text = log(stroke("VK_A", "a"), *(f'<event type="{name}"/>' for name in names), "<event/>")
    found = read(made(tmp_path, text))
    assert found.unmapped == {"insert": 1, "selection": 2, "unnamed": 3}
    assert (found.lines_read, found.mapped_lines) == (7, 1) and in_balance(found)


def test_a_focus_keeps_its_title(tmp_path: Path) -> None:
    part = "<startTime>1000</startTime><endTime>1000</endTime><title>Essay</title>"
    text = log(f'<event type="focus"><part type="winlog">{part}</part></event>')
    events = read(made(tmp_path, text)).events
    assert events.select("type", "title", "app").rows() == [("focus", "Essay", None)]


BOMB = (
    '<!DOCTYPE log [<!ENTITY a "boom"><!ENTITY b "'
    + "&a;" * 99
    + '"><!ENTITY c "'
    + "&b;" * 99
    + '">]>'
)
DECLARED = {
    "bomb": BOMB,
    "external entity": '<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    "external definition": '<!DOCTYPE log SYSTEM "http://localhost:9/log.dtd">',
    "lower case": "<!doctype log>",
}


@pytest.mark.parametrize("name", DECLARED)
def test_declared_entities_are_refused_unread(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, log(stroke("VK_A", "&a;"), head=DECLARED[name]))
    with pytest.raises(TacendaError, match="declares entities") as caught:
        read(path)
    assert "boom" not in caught.value.message()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
@pytest.mark.parametrize("head", ["", BOMB])
def test_another_encoding_is_refused(tmp_path: Path, encoding: str, head: str) -> None:
    with pytest.raises(TacendaError):
        read(made(tmp_path, log(stroke("VK_A", "ä"), head=head), encoding))


def test_a_cut_file_is_refused_with_its_place_and_not_its_text(tmp_path: Path) -> None:
    path = made(tmp_path, log(stroke("VK_V", "hunter2"))[:-30])
    with pytest.raises(TacendaError, match="not XML from line 2") as caught:
        read(path)
    assert "hunter2" not in caught.value.message() and caught.value.where == str(path)


@pytest.mark.parametrize("date", ["", "2024-01-02 03:04:05", "24/13/02 03:04:05.000"])
def test_a_log_without_a_usable_date_is_refused(tmp_path: Path, date: str) -> None:
    with pytest.raises(TacendaError, match="when it was made"):
        read(made(tmp_path, log(made=date)))
