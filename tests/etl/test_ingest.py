"""Native logs: the contract line by line, sums, duplicates, conflicts, damaged files."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.project import Project
from etl.sources import native
from tests.etl.conftest import line, load, rows, write

New = Callable[..., Project]
G = '{"user_id":"a","ts":1,"type":"keydown"%s}'

BAD = {
    "not JSON": ["{bad", '{"user_id":"a"}{"user_id":"b"}', '{"user_id":"a","ts":1,"type"'],
    "not a JSON object": ["[1]", "12", '"x"', "null", "true"],
    "a field twice": [G % ',"user_id":"b"', G % ',"zz":1,"zz":2'],
    "user_id: required, missing": ['{"ts":1,"type":"focus"}', '{"user_id":null,"ts":1}'],
    "user_id: required, empty": ['{"user_id":" ","ts":1,"type":"focus"}'],
    "user_id: wrong kind, string expected": ['{"user_id":12,"ts":1,"type":"focus"}'],
    "ts: required, missing": ['{"user_id":"a","ts":null,"type":"focus"}'],
    "ts: wrong kind, time expected": [
        '{"user_id":"a","ts":1.5,"type":"focus"}',
        '{"user_id":"a","ts":true,"type":"focus"}',
        '{"user_id":"a","ts":99999999999999999999,"type":"focus"}',
    ],
    "ts: not RFC 3339 with an offset": [
        '{"user_id":"a","ts":"12","type":"focus"}',
        '{"user_id":"a","ts":"2026-09-21","type":"focus"}',
        '{"user_id":"a","ts":"2026-09-21T14:13:20","type":"focus"}',
        '{"user_id":"a","ts":"2026-02-30T14:13:20Z","type":"focus"}',
        '{"user_id":"a","ts":"2026-09-21T14:13:20.1234567Z","type":"focus"}',
    ],
    "ts: outside the years 1 to 9999": ['{"user_id":"a","ts":253402300800000000,"type":"focus"}'],
    "type: not listed": ['{"user_id":"a","ts":1,"type":"Focus"}'],
    "x: wrong kind, number expected": [
        G % ',"x":"12"', G % ',"x":true', G % ',"x":NaN', G % ',"x":1e999', G % ',"x":-Infinity'
    ],
    "seq: wrong kind, integer expected": [G % ',"seq":1.0', G % ',"seq":1e2', G % ',"seq":"1"'],
    "screen_w: wrong kind, integer expected": [G % ',"screen_w":99999999999'],
    "key: wrong kind, string expected": [G % ',"key":12', G % ',"key":["a"]'],
    "key: over 32 characters": [G % f',"key":"{"k" * 33}"'],
    "secure: wrong kind, boolean expected": [G % ',"secure":1', G % ',"secure":"true"'],
    "mods: wrong kind, modifiers expected": [G % ',"mods":"Shift"'],
    "mods: not listed": [G % ',"mods":["Hyper"]', G % ',"mods":[1]', G % ',"mods":["Shift",null]'],
    "button: not listed": ['{"user_id":"a","ts":1,"type":"mousedown","button":"up"}'],
}  # fmt: skip
GOOD = [
    G % "",
    G % ',"seq":-0',
    G % ',"mods":[]',
    G % ',"mods":null',
    G % ',"mods":["Shift","Control"]',
    G % ',"key":"\\u00e9"',
    G % f',"zz":{"[" * 10000}{"]" * 10000}',
    '{"user_id":"a","ts":"0001-01-01T00:00:00Z","type":"focus"}',
    '{"user_id":"a","ts":"9999-12-31T23:59:59.999999Z","type":"focus"}',
    '{"user_id":"a","ts":"2026-09-21t14:13:20.039+02:00","type":"focus"}',
    "  " + G % ',"x":1E5' + " \r",
]


@pytest.mark.parametrize("reason", BAD)
def test_line_that_breaks_the_contract_is_kept_aside(
    reason: str, new_project: New, tmp_path: Path
) -> None:
    target = new_project()
    bad = BAD[reason]
    lines = [line(seq=1), "", *bad, line(seq=2)]
    report = load(target, write(tmp_path / "in.jsonl", *lines))
    file = report.files[0]
    assert (file.lines, file.accepted, file.quarantined) == (len(bad) + 2, 2, len(bad))
    kept = rows(target, "SELECT line, reason, content FROM lake.quarantine ORDER BY line")
    assert [(n, why) for n, why, _ in kept] == [(3 + i, reason) for i in range(len(bad))]
    assert [text for *_, text in kept] == bad


def test_lines_within_the_contract_are_accepted(new_project: New, tmp_path: Path) -> None:
    report = load(new_project(), write(tmp_path / "in.jsonl", *GOOD))
    file = report.files[0]
    # The empty list of modifiers, the null one and the bare event are equal in every field.
    assert (file.lines, file.quarantined) == (len(GOOD), 0)
    assert file.accepted + file.duplicates == len(GOOD)


def test_values_arrive_as_they_were_written(new_project: New, tmp_path: Path) -> None:
    target = new_project()
    event = line(
        type="keydown", key='"\\é', mods=["Shift", "Alt"], repeat=True, secure=False, seq=7
    )
    load(target, write(tmp_path / "in.jsonl", event))
    assert rows(target, "SELECT key, mods, repeat, secure, seq, ts FROM lake.events") == [
        ('"\\é', "Alt+Shift", True, False, 7, 7_000_000)
    ]


def test_people_are_matched_whatever_their_spelling(new_project: New, tmp_path: Path) -> None:
    target = new_project()
    load(target, write(tmp_path / "in.jsonl", line(user_id=" Ann@Corp"), line(user_id="ann@corp")))
    assert rows(target, "SELECT DISTINCT user_id FROM lake.events") == [("ann@corp",)]
    assert len(rows(target, "SELECT * FROM lake.people")) == 2


def test_unknown_and_misplaced_fields_are_dropped_and_counted(
    new_project: New, tmp_path: Path
) -> None:
    target = new_project()
    odd = {"zz": 1, "a b": 2, "clé": 3, "key": "a", "button": "left"}
    report = load(target, write(tmp_path / "in.jsonl", line(**odd), line(seq=2, zz=None)))
    assert report.tallies == {
        ("misplaced field", "button"): 1,
        ("misplaced field", "key"): 1,
        ("unknown field", "(other)"): 2,
        ("unknown field", "zz"): 2,
    }
    assert rows(target, "SELECT count(key), count(button) FROM lake.events") == [(0, 0)]


def test_the_same_or_an_overlapping_file_changes_nothing(new_project: New, tmp_path: Path) -> None:
    target = new_project()
    first = write(tmp_path / "a.jsonl", *(line(seq=i) for i in range(50)), "{bad")
    over = write(tmp_path / "b.jsonl", *(line(seq=i) for i in range(30, 60)))
    load(target, first)
    again = load(target, first).files[0]
    assert (again.accepted, again.duplicates, again.quarantined) == (0, 50, 1)
    part = load(target, over).files[0]
    assert (part.accepted, part.duplicates) == (10, 20)
    assert rows(target, "SELECT count(*), count(DISTINCT seq) FROM lake.events") == [(60, 60)]
    assert len(rows(target, "SELECT * FROM lake.quarantine")) == 1


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_contradicting_events_are_all_set_aside_in_any_order(
    order: tuple[str, ...], new_project: New, tmp_path: Path
) -> None:
    files = {
        "a": [line(seq=1, x=1), line(seq=2, x=1), line(seq=3)],
        "b": [line(seq=1, x=2), line(seq=4)],
        "c": [line(seq=1, x=1), line(seq=2, x=9), line(seq=1, x=3)],
    }
    target = new_project()
    for name in order:
        load(target, write(tmp_path / f"{name}.jsonl", *files[name]))
    assert rows(target, "SELECT seq FROM lake.events ORDER BY seq") == [(3,), (4,)]
    sums = rows(target, "SELECT lines - accepted - duplicates - quarantined FROM lake.files")
    assert sums == [(0,)] * 3
    assert rows(target, "SELECT sum(accepted), sum(events) FROM lake.files") == [(2, 2)]


def test_one_file_or_many_give_the_same_events(new_project: New, tmp_path: Path) -> None:
    events = [line(seq=i, user_id=f"u{i % 7}", x=i) for i in range(200)]
    one, many = new_project("one"), new_project("many")
    load(one, write(tmp_path / "one.jsonl", *events))
    for i in range(20):
        write(tmp_path / "many" / f"{i}.jsonl", *events[i * 10 : i * 10 + 10])
    load(many, tmp_path / "many")
    query = "SELECT * EXCLUDE (file_id) FROM lake.events ORDER BY ALL"
    assert rows(one, query) == rows(many, query)


def test_a_damaged_file_is_refused_and_the_others_are_loaded(
    new_project: New, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    write(folder / "sound.jsonl", line(seq=1))
    packed = gzip.compress("\n".join(line(seq=i) for i in range(5000)).encode())
    (folder / "cut.jsonl.gz").write_bytes(packed[:-400])
    (folder / "tail.jsonl.gz").write_bytes(packed[:-4])
    (folder / "fake.parquet").write_bytes(b"PAR1 nothing")
    (folder / "wide.jsonl").write_bytes(line(seq=2).encode("utf-16"))
    (folder / "empty.jsonl").write_bytes(b"")
    (folder / "notes.txt").write_text("not a capture")
    target = new_project()
    report = load(target, folder)
    faults = {file.path.rsplit("/", 1)[-1] for file in report.files if file.fault}
    assert faults == {"cut.jsonl.gz", "tail.jsonl.gz", "fake.parquet", "wide.jsonl"}
    assert report.ignored == 1
    assert rows(target, "SELECT count(*) FROM lake.events") == [(1,)]
    for fault in report.faults:
        assert fault.where and fault.todo and fault.undone


def test_lines_over_the_limit_keep_their_place_and_length_alone(
    new_project: New, tmp_path: Path
) -> None:
    target = new_project()
    long = line(seq=2, zz="x" * (17 << 20))
    load(target, write(tmp_path / "in.jsonl", line(seq=1), long, line(seq=3)))
    assert rows(target, "SELECT line, reason, bytes, content FROM lake.quarantine") == [
        (2, "longer than 16 MB", len(long), None)
    ]
    assert rows(target, "SELECT count(*) FROM lake.events") == [(2,)]


def test_lines_that_are_not_utf8_are_kept_aside(new_project: New, tmp_path: Path) -> None:
    target = new_project()
    file = tmp_path / "in.jsonl"
    good = line(seq=1).encode()
    file.write_bytes(b"\xef\xbb\xbf" + good + b"\n" + b'{"user_id":"\xff"}\n' + good + b"\n")
    report = load(target, file)
    assert report.reasons == {"not UTF-8": 1}
    assert (report.files[0].accepted, report.files[0].duplicates) == (1, 1)


def test_parquet_holds_the_same_contract(new_project: New, tmp_path: Path) -> None:
    target = new_project()
    frame = pl.DataFrame(
        {
            "user_id": ["a", "b", None, "d"],
            "ts": [1, 2, 3, 4],
            "type": ["keydown", "focus", "focus", "nothing"],
            "mods": [["Shift"], None, None, None],
            "x": [None, 1.0, 2.0, 3.0],
            "extra": [1, None, 2, 3],
        }
    )
    frame.write_parquet(tmp_path / "in.parquet")
    report = load(target, tmp_path / "in.parquet")
    assert report.reasons == {"type: not listed": 1, "user_id: required, missing": 1}
    assert report.tallies == {("misplaced field", "x"): 1, ("unknown field", "extra"): 3}
    assert rows(target, "SELECT user_id, mods FROM lake.events ORDER BY 1") == [
        ("a", "Shift"),
        ("b", None),
    ]
    assert rows(target, "SELECT line FROM lake.quarantine ORDER BY 1") == [(3,), (4,)]


def test_columns_of_nothing_but_nulls_do_not_spoil_the_order(
    new_project: New, tmp_path: Path
) -> None:
    """DuckLake forgets the range of a column after such a file; see etl/warehouse.py."""
    target = new_project()
    load(target, write(tmp_path / "a.jsonl", line(ts=1), line(ts=2)))
    load(target, write(tmp_path / "b.jsonl", line(seq=5), line(seq=3), line(seq=2)))
    load(target, write(tmp_path / "c.jsonl", line(seq=4)))
    assert rows(target, "SELECT seq FROM lake.events WHERE seq < 5 ORDER BY seq") == [
        (2,), (3,), (4,)
    ]  # fmt: skip


_PIECES = st.sampled_from(
    [*GOOD[:6], *itertools.chain.from_iterable(BAD.values()), "", "  ", line(seq=3)]
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_PIECES, max_size=12))
def test_the_quick_road_never_takes_what_the_slow_one_refuses(
    tmp_path: Path, pieces: list[str]
) -> None:
    file = write(tmp_path / "in.jsonl", *pieces)
    connection = duckdb.connect()
    native.create_stage(connection)
    unknown = native.stage_slow(connection, str(file))
    slow = connection.execute("SELECT * EXCLUDE (line) FROM stage ORDER BY ALL").fetchall()
    bad = connection.execute("SELECT count(*) FROM stage_bad").fetchone()
    native.create_stage(connection)
    found = native.stage_quick(connection, [str(file)])
    assert bool(found.faulty) == bool(bad and bad[0])
    if not found.faulty:
        quick = connection.execute("SELECT * EXCLUDE (line) FROM stage ORDER BY ALL").fetchall()
        assert quick == slow
        assert sum(found.unknown.values(), type(unknown)()) == unknown
    assert len(slow) + (bad[0] if bad else 0) == sum(bool(p.strip()) for p in pieces)
    connection.close()


def test_sound_json_is_what_the_cases_take_it_for() -> None:
    for good in GOOD[:6]:
        json.loads(good)


def test_names_that_look_like_patterns_are_names(new_project: New, tmp_path: Path) -> None:
    """Each file is read once, by its own name, and none stands for others."""
    target = new_project()
    names = ["a'b", "x*", "[ab]", "a", "b", "q?", "{a,b}", "new\nline", "$(x)", "é ü"]
    folder = tmp_path / "in [1]*"
    for number, name in enumerate(names, 1):
        write(folder / f"{name}.jsonl", line(seq=number))
    frame = pl.DataFrame({"user_id": ["u"], "ts": [5], "type": ["focus"]})
    frame.write_parquet(folder / "[ab].parquet")
    report = load(target, folder)
    assert not report.faults
    assert report.total("accepted") == report.total("lines") == len(names) + 1
    assert load(target, folder).total("accepted") == 0
