"""Native logs: the contract line by line, sums, duplicates, conflicts, damaged files."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import discover, ingest, setup, tombstones, warehouse
from etl.discover import Discovery, Input
from etl.errors import TacendaError, UsageError
from etl.project import Project
from etl.sources import native
from tests.etl.conftest import NOW, line, load, rows, write

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


def buried(target: Project, *users: str) -> None:
    """Sets tombstones, as an erasure does first of all."""
    with warehouse.opened(target, "test", write=True) as connection:
        for user in users:
            tombstones.begin(connection, tombstones.token(target, user), NOW)


# A line of somebody erased, in ways that a broken one may have; each must be refused.
THEIRS = (
    line(user_id="Ann@Corp ", seq=1),
    '{"user_id": "ANN@corp", "ts": 5',
    '{"ts": 5, "user_id":"ann@corp"} trailing',
    '{"user_id": "bob@corp", "ts": 1, "user_id": "ann@corp"}',
    r'{"user_id": "\u0061nn@corp", "ts": "soon"}',
    "5,mousemove,ann@corp,17,4",
    "ann@corp",
    json.dumps({"user_id": 7, "who": ["ann@corp"]}),
    json.dumps({"user_id": "ann@corp", "ts": 1, "type": "key", "note": "é"}, ensure_ascii=False),
)
NOT_THEIRS = (
    line(user_id="joann@corp", seq=1),
    '{"user_id": "ann@corp.example", "ts": 5',
    '{"user_id": "ann", "ts": 5',
    json.dumps({"user_id": 7}),
)


def test_lines_of_erased_people_are_refused_and_counted(new_project: New, tmp_path: Path) -> None:
    target = new_project()
    buried(target, "ann@corp")
    file = write(tmp_path / "in.jsonl", *THEIRS, *NOT_THEIRS)
    found = load(target, file).files[0]
    assert (found.erased, found.accepted, found.quarantined) == (len(THEIRS), 1, 3)
    assert found.lines == len(THEIRS) + len(NOT_THEIRS)
    kept = rows(target, "SELECT content FROM lake.quarantine ORDER BY line")
    assert [row[0] for row in kept] == list(NOT_THEIRS[1:])
    assert rows(target, "SELECT user_id FROM lake.people") == [("joann@corp",)]
    again = load(target, file).files[0]
    assert (again.erased, again.duplicates, again.lines) == (len(THEIRS), 1, found.lines)


def test_a_parquet_file_of_erased_people_is_refused_as_well(
    new_project: New, tmp_path: Path
) -> None:
    target = new_project()
    buried(target, "ann@corp")
    frame = pl.DataFrame(
        {
            "user_id": ["ANN@corp", "bob", "ann@corp"],
            "ts": [1, 2, 3],
            "type": ["focus", "focus", ""],
        }
    )
    frame.write_parquet(tmp_path / "in.parquet")
    found = load(target, tmp_path / "in.parquet").files[0]
    assert (found.lines, found.accepted, found.erased, found.quarantined) == (3, 1, 2, 0)


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("ann@corp.jsonl", True),
        ("export_Ann@Corp-2026.jsonl", True),
        ("ANN@CORP/part.jsonl", True),
        ("joann@corp.jsonl", False),
        ("ann.jsonl", False),
    ],
)
def test_a_path_that_names_an_erased_person_is_kept_by_its_digest(
    new_project: New, tmp_path: Path, name: str, hidden: bool
) -> None:
    target = new_project()
    buried(target, "ann@corp")
    report = load(target, write(tmp_path / "in" / name, line(user_id="bob", seq=1)))
    ((path, digest),) = rows(target, "SELECT path, digest FROM lake.files")
    assert (path == digest) is hidden and report.files[0].path == path


def test_an_id_run_together_with_other_words_is_known_by_the_lines_that_it_stands_in(
    new_project: New, tmp_path: Path
) -> None:
    target = new_project()
    buried(target, "ann@corp")
    load(target, write(tmp_path / "oldann@corpexport.jsonl", line(user_id="ann@corp")))
    ((path, digest),) = rows(target, "SELECT path, digest FROM lake.files")
    assert path == digest


def test_a_recording_of_an_erased_person_is_refused(new_project: New, tmp_path: Path) -> None:
    target = new_project()
    buried(target, "ann@corp")
    entry = Input(tmp_path / "any.idfx", "inputlog", 1, " ANN@corp")
    with (
        warehouse.opened(target, "test", write=True) as connection,
        pytest.raises(UsageError, match="was erased, and stays out") as told,
    ):
        ingest.ingest(connection, target, Discovery((entry,), (), ()))
    assert "ann@corp" not in told.value.message().lower()
    assert rows(target, "SELECT count(*) FROM lake.files") == [(0,)]


def _drawn(rng: random.Random, numbers: int) -> list[str]:
    """Lines of a few people: new ones, equal ones, contradicting ones, broken ones.

    What contradicted is set aside for good, so that there must be ever more `numbers`.
    """
    drawn = [
        line(user_id=f"u{rng.randrange(5)}", seq=rng.randrange(numbers), x=rng.randrange(2))
        for _ in range(rng.randrange(1, 6))
    ]
    return [*drawn, "{broken"] if rng.random() < 0.2 else drawn


def _held(connection: duckdb.DuckDBPyConnection) -> dict[str, set[tuple[object, ...]]]:
    found: dict[str, set[tuple[object, ...]]] = {}
    for row in connection.execute("SELECT * EXCLUDE (file_id) FROM lake.events").fetchall():
        found.setdefault(row[0], set()).add(row)
    return found


@pytest.mark.parametrize(
    ("seed", "batches"), [(7, 12), pytest.param(8, 150, marks=pytest.mark.soak)]
)
def test_whose_events_changed_has_a_new_token_and_nobody_else(
    new_project: New, tmp_path: Path, seed: int, batches: int
) -> None:
    target, rng = new_project(), random.Random(seed)
    changes = losses = 0
    with warehouse.opened(target, "test", write=True) as connection:
        tokens: Counter[tuple[str, str]] = Counter()
        events = _held(connection)
        for n in range(batches):
            paths = [
                write(tmp_path / str(n) / f"{i}.jsonl", *_drawn(rng, 12 + n)) for i in range(2)
            ]
            ingest.ingest(connection, target, discover.discover(paths))
            now = _held(connection)
            found = Counter(
                connection.execute("SELECT user_id, token FROM lake.revisions").fetchall()
            )
            fresh = found - tokens
            changed = {u for u in {*events, *now} if events.get(u) != now.get(u)}
            assert {user for user, _ in fresh} == changed and not tokens - found
            assert len(fresh) == len(changed) and set(found.values()) <= {1}
            losses += any(events[u] - now.get(u, set()) for u in events)
            changes, tokens, events = changes + len(changed), found, now
    assert changes > batches and losses > 1


def test_a_warehouse_with_older_tables_says_what_to_do(
    new_project: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        first = warehouse._scripts()[:1]
        patch.setattr(warehouse, "_scripts", lambda: first)
        target = new_project()
    with pytest.raises(TacendaError, match="tacenda init"):
        rows(target, "SELECT 1")
    assert not setup.init(target.root).key_made
    assert rows(target, "SELECT count(*) FROM lake.tombstones") == [(0,)]
    with pytest.raises(UsageError, match="a project already"):
        setup.init(target.root)
