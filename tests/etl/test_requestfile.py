"""Many requests in one file: each is accepted or refused by itself, and the file is one step."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from etl import marks, requestfile, requests
from etl.errors import TacendaError, UsageError
from etl.project import Project
from etl.requests import Ask
from privacy.registry import Withdrawal
from tests.etl.conftest import NOW, files_of, write
from tests.etl.releases import asked, command, copied, first, pretend, row, shown, within

HEADER = "request_id,user_id,from,to,scope,reason"
TEN, ELEVEN = "2027-01-15T10:00:00+02:00", "2027-01-15T11:00:00+02:00"
TEN_US, ELEVEN_US = 1_800_000_000_000_000, 1_800_003_600_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return first(tmp_path_factory.mktemp("made"))


@pytest.fixture
def project(made: Project, tmp_path: Path, key_file: Path) -> Project:
    return copied(made, tmp_path / "project", key_file)


def read(place: Path, data: bytes | str, name: str = "asked.csv") -> list[requestfile.Row]:
    (place / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return requestfile.read(place / name)


FULL = f"r1, Ann ,{TEN},{ELEVEN},keyboard,why\n"
SOUND: dict[str, tuple[str, str]] = {
    "all columns": ("a.csv", f"{HEADER}\n{FULL}"),
    "in another order": (
        "a.csv", f"scope,to,from,user_id,reason,request_id\nkeyboard,{ELEVEN},{TEN},ann,why,r1\n"
    ),
    "blank lines, a mark and line ends": (
        "a.CSV", f"\ufeff request_id ,user_id,from,to,scope,reason\r\n\r\n{FULL}\r\n"
    ),
    "JSON": ("a.jsonl", json.dumps({
        "request_id": " r1", "user_id": "Ann", "from": TEN, "to": ELEVEN, "scope": "keyboard",
        "reason": "why",
    }) + "\n\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_row_is_an_ask(tmp_path: Path, name: str) -> None:
    file, text = SOUND[name]
    found = read(tmp_path, text, file)
    expected = Ask(Withdrawal("ann", TEN_US, ELEVEN_US, "keyboard"), "r1", "why")
    assert [(one.request_id, one.ask, one.fault) for one in found] == [("r1", expected, "")]


def test_what_is_empty_or_absent_means_everything(tmp_path: Path) -> None:
    whole = [Ask(Withdrawal("ann"), "r1")]
    assert [one.ask for one in read(tmp_path, "request_id,user_id\nr1,ann\n")] == whole
    assert [one.ask for one in read(tmp_path, f"{HEADER}\nr1,ann,,,, \n")] == whole
    text = '{"request_id": "r1", "user_id": "ann", "from": null, "scope": ""}'
    assert [one.ask for one in read(tmp_path, text, "a.jsonl")] == whole
    assert read(tmp_path, f"{HEADER}\n") == [] and read(tmp_path, "", "a.jsonl") == []


# a row -> (its request id, what is wrong with it)
ROWS: dict[str, tuple[str | None, str]] = {
    ",ann,,,,": (None, "request_id is required"),
    "r,,,,,": ("r", "user_id is required"),
    "r,ann,2027-01-15T10:00:00,,,": ("r", "from is not RFC 3339 with an offset"),
    "r,ann,,2027-02-30T10:00:00Z,,": ("r", "to is no time that exists"),
    f"r,ann,{ELEVEN},{TEN},,": ("r", "the end is not after the start"),
    f"r,ann,{TEN},2027-01-15T08:00:00Z,,": ("r", "the end is not after the start"),
    "r,ann,,,screen,": ("r", "scope is none of all, keyboard, mouse"),
    "r,ann,,,Keyboard,": ("r", "scope is none of all, keyboard, mouse"),
    "r,ann": ("r", "the row has 2 cells, not 6"),
    "r,ann,,,,,more": ("r", "the row has 7 cells, not 6"),
}
OBJECTS: dict[str, tuple[str | None, str]] = {
    "{": (None, "the line is no JSON object"),
    "[1]": (None, "the line is no JSON object"),
    "[" * 5000: (None, "the line is no JSON object"),
    '{"user_id": "ann"}': (None, "request_id is required"),
    '{"request_id": "r", "user_id": 3}': ("r", "the row holds something other than strings"),
    '{"request_id": "r", "user": "ann"}': ("r", "the row names something twice, or something else"),
    '{"request_id": "r", "request_id": "s"}': (None, "the row names something twice"),
    '{"request_id": "r", "user_id": "ann", "from": 12}': ("r", "something other than strings"),
}


def test_a_bad_row_is_refused_by_itself(tmp_path: Path) -> None:
    for name, table, head, good in (
        ("a.csv", ROWS, [HEADER], "g,ann,,,,"),
        ("a.jsonl", OBJECTS, [], '{"request_id": "g", "user_id": "ann"}'),
    ):
        text = "\n".join([*head, good, *table, good])
        found = read(tmp_path, text, name)
        assert [one.line for one in found] == list(range(len(head) + 1, len(table) + len(head) + 3))
        assert found[0].ask is not None and found[-1].ask is not None
        for one, (request_id, fault) in zip(found[1:-1], table.values(), strict=True):
            assert (one.request_id, one.ask) == (request_id, None)
            assert one.fault.startswith(fault) or fault in one.fault


def test_lines_are_counted_where_a_row_begins(tmp_path: Path) -> None:
    found = read(tmp_path, f'{HEADER}\nr1,ann,,,,"two\nlines"\nr2,,,,,\n')
    assert [(one.line, one.fault) for one in found] == [(2, ""), (4, "user_id is required")]


FILES: dict[str, tuple[str, bytes, str]] = {
    "another format": ("a.xlsx", b"", ".csv or .jsonl"),
    "no header": ("a.csv", b"", "the first line must name"),
    "a wrong header": ("a.csv", b"id,user_id\nr,zq\n", "the first line must name"),
    "no request id": ("a.csv", b"user_id,scope\nzq,all\n", "the first line must name"),
    "a name twice": ("a.csv", b"request_id,user_id,user_id\nr,a,b\n", "the first line must name"),
    "latin": ("a.csv", "request_id,user_id\nr,Ren\xe9\n".encode("latin-1"), "not UTF-8"),
    "utf-16": ("a.csv", f"{HEADER}\n".encode("utf-16"), "not UTF-8"),
    "an open quote": ("a.csv", f'{HEADER}\nr1,zq,,,,\nr2,"zq,,,,\n'.encode(), "line 3"),
    "CSV as JSON": ("a.jsonl", f"{HEADER}\nr1,zq,,,,\n".encode(), "no line of the file"),
    "zeros": ("a.csv", b"\0" * 100, "the first line must name"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_understood_is_wrong_usage(tmp_path: Path, name: str) -> None:
    file, data, words = FILES[name]
    with pytest.raises(UsageError, match=words) as wrong:
        read(tmp_path, data, file)
    assert wrong.value.undone and wrong.value.todo
    assert "zq" not in wrong.value.message()


def test_what_is_no_file_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for place in (tmp_path / "none.csv", tmp_path / "folder.csv", tmp_path / "none" / "x.csv"):
        with pytest.raises(UsageError, match="no such file"):
            requestfile.read(place)


MIXED = f"""{HEADER}
r1,ann,,,,left
r2,ann,{TEN},{ELEVEN},,
r3,bob,{ELEVEN},{TEN},,
r1,ANN,,,,left
r2,ann,{TEN},,,
r4,Ann ,,,all,another letter
,zoe,,,,
r5,zoe,,,mouse,
"""


def test_each_row_gets_a_receipt_and_the_others_hold(project: Project, tmp_path: Path) -> None:
    pretend(project, "typed-text", "v1", {"a": [row("ann"), row("bob")]})
    file = write(tmp_path / "asked.csv", *MIXED.splitlines())
    found = shown(project, "withdraw", "--file", file, "--now", "2027-01-15T08:00:00Z")["receipts"]
    assert [(one["line"], one["request_id"], one["verdict"], one["number"]) for one in found] == [
        (2, "r1", "accepted", 1), (3, "r2", "accepted", 2), (4, "r3", "refused", None),
        (5, "r1", "known", 1), (6, "r2", "refused", None), (7, "r4", "known", 1),
        (8, None, "refused", None), (9, "r5", "accepted", 3),
    ]  # fmt: skip
    whys = [one["why"] for one in found if one["verdict"] == "refused"]
    assert whys[0] == "the end is not after the start"
    assert whys[1] == "this request_id stands for something else already (request 2)"
    assert [row[:2] for row in _releases(found[0])] == [("typed-text", "v1")]
    assert _releases(found[7]) == [] and not found[7]["captured"]
    kept = [(one[0], one[2], one[4], one[7], one[10]) for one in asked(project)]
    assert kept == [
        (1, "r1", "ann", "all", "left"),
        (2, "r2", "ann", "all", None),
        (3, "r5", "zoe", "mouse", None),
    ]


def _releases(receipt: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(one["dataset"], one["version"], one["rows"]) for one in receipt["releases"]]


def test_the_exit_code_tells_whether_any_was_refused(project: Project, tmp_path: Path) -> None:
    mixed = write(tmp_path / "mixed.csv", *MIXED.splitlines())
    code, out, _ = command(project, "withdraw", "--file", mixed)
    assert code == 1 and "8 requests: 3 accepted, 2 known, 0 erased, 3 refused" in out
    sound = write(tmp_path / "sound.csv", HEADER, "r1,ann,,,,", "r9,cid,,,,")
    code, out, _ = command(project, "withdraw", "--file", sound)
    assert code == 0 and "2 requests: 1 accepted, 1 known, 0 erased, 0 refused" in out
    before = files_of(project.root)
    broken = write(tmp_path / "broken.csv", "id,user", "r1,ann")
    code, _, err = command(project, "withdraw", "--file", broken)
    assert code == 2 and "Not done: nothing was asked" in err
    assert files_of(project.root) == before


def test_the_file_again_changes_nothing(project: Project, tmp_path: Path) -> None:
    file = write(tmp_path / "asked.csv", *MIXED.splitlines())
    command(project, "withdraw", "--file", file, "--now", "2027-01-15T08:00:00Z")
    before = asked(project)
    found = shown(project, "withdraw", "--file", file, "--now", "2027-01-15T09:00:00Z")["receipts"]
    assert {one["verdict"] for one in found} == {"known", "refused"}
    assert {one["asked_at"] for one in found} == {"2027-01-15T08:00:00Z", None}
    assert asked(project) == before


def test_a_dry_run_of_a_file_changes_nothing(project: Project, tmp_path: Path) -> None:
    for name in ("exemptions", "pauses"):
        column = "status" if name == "exemptions" else "start"
        write(project.consent / f"{name}.csv", f"user_id,{column}")
    file = write(tmp_path / "asked.csv", *MIXED.splitlines())
    before = files_of(project.root)
    code, out, _ = command(project, "withdraw", "--file", file, "--dry-run")
    assert code == 1 and "3 accepted" in out and "0 of 0 events" in out
    assert files_of(project.root) == before


def test_a_thousand_requests_are_one_step(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(7)
    people = [f"person-{n}@corp" for n in range(10_000)]
    pretend(
        project, "typed-text", "v1", {f"s{n}": [row(u) for u in people[n::20]] for n in range(20)}
    )
    leavers = rng.sample(people, 900)
    rows = [f"r{n},{user.upper()},,,," for n, user in enumerate(leavers)]
    rows += [
        f"w{n},{user},1970-01-01T00:01:{n % 40:02}Z,,mouse," for n, user in enumerate(people[:100])
    ]
    file = write(tmp_path / "asked.csv", HEADER, *rows)
    inserted: list[int] = []
    insert = requests._insert

    def counting(connection: Any, made: Any) -> None:
        inserted.append(len(made))
        insert(connection, made)

    monkeypatch.setattr(requests, "_insert", counting)
    before = within(project, _snapshots)
    found = shown(project, "withdraw", "--file", file)
    assert inserted == [1000] and within(project, _snapshots) == before + 1
    receipts = found["receipts"]
    assert len(receipts) == 1000 and {one["verdict"] for one in receipts} == {"accepted"}
    assert [_releases(one) for one in receipts] == [[("typed-text", "v1", 1)]] * 1000
    assert found["steps"] == ["tacenda build typed-text"]
    assert marks.read(project, "typed-text")["v1"].state == "waiting"
    numbers = [one[0] for one in asked(project)]
    assert numbers == list(range(1, 1001))


def _snapshots(connection: Any) -> int:
    found = connection.execute("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')").fetchone()
    return int(found[0])


def test_a_failure_refuses_the_file_as_a_whole(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise TacendaError("the disk is full")

    file = write(tmp_path / "asked.csv", *MIXED.splitlines())
    with monkeypatch.context() as broken:
        broken.setattr(requests, "_insert", full)
        assert command(project, "withdraw", "--file", file)[0] == 1
    assert asked(project) == []
    rows = requestfile.read(file)
    answers = within(project, requests.answers, [one.ask for one in rows if one.ask], NOW)
    assert [one.verdict for one in answers].count("accepted") == 3
