"""What people ask afterwards: kept once, answered by a receipt, in effect at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from etl import impact, keys, locks, marks, moments, registries, requests, tombstones
from etl import withdraw as asking
from etl.errors import TacendaError
from etl.project import Project
from privacy.registry import Withdrawal
from tests.etl.conftest import NOW, files_of, line, load, write
from tests.etl.releases import SECOND, asked, command, copied, first, pretend, row, shown, within

TEXT, POINTER = "typed-text", "pointer-snippets"
AT = moments.written(NOW)
LATER = moments.written(NOW + SECOND)
TEN, ELEVEN = "2027-01-15T10:00:00+02:00", "2027-01-15T11:00:00+02:00"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Ann and Bob were captured: keys at seconds 1 to 20, moves at 101 to 120; registries empty."""
    place = tmp_path_factory.mktemp("made")
    found = first(place)
    write(found.consent / "exemptions.csv", "user_id,status")
    write(found.consent / "pauses.csv", "user_id,start,end")
    events = [
        line(user_id=user, seq=n, type=kind, **extra)
        for user in ("Ann", "bob")
        for start, kind, extra in ((1, "keydown", {"key": "a"}), (101, "mousemove", {}))
        for n in range(start, start + 20)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(place / "key"))
        load(found, write(place / "capture.jsonl", *events))
        pretend(found, TEXT, "v1", {"a": [row("ann", 1, 20, mouse=0), row("bob", 1, 20)]})
        second = {"b": [row("ann", 1, 20), row("bob", 1, 20)], "d": [row("ann")]}
        pretend(found, TEXT, "v2", second)
        pretend(found, POINTER, "v1", {"c": [row("bob", 101, 120, keyboard=0)]})
    return found


@pytest.fixture
def project(made: Project, tmp_path: Path, key_file: Path) -> Project:
    return copied(made, tmp_path / "project", key_file)


def test_a_request_is_kept_and_answered(project: Project) -> None:
    code, out, _ = command(project, "withdraw", " ANN ", "--reason", "left", "--now", AT)
    assert code == 0
    assert "request   1, asked 2027-01-15T08:00:00Z" in out and "everything" in out
    assert f"{TEXT}/v1 (1 row in 1 file)" in out and f"{TEXT}/v2 (2 rows in 2 files)" in out
    assert f"next      tacenda build {TEXT}\n" in out and POINTER not in out
    assert asked(project) == [
        (1, "withdraw", None, NOW, "ann", None, None, "all", None, None, "left")
    ]  # fmt: skip
    assert {v: mark.waiting for v, mark in marks.read(project, TEXT).items()} == {
        "v1": {"withdrawal": NOW}, "v2": {"withdrawal": NOW}
    }  # fmt: skip
    assert not marks.read(project, POINTER)["v1"].waiting


def test_it_takes_effect_at_once(project: Project) -> None:
    def fingerprint() -> tuple[str, registries.Registries]:
        return within(
            project,
            lambda lake: (requests.digest(lake), registries.effective(project, lake, NOW)),
        )

    before = fingerprint()
    command(project, "withdraw", "zoe", "--from", TEN, "--scope", "mouse", "--now", AT)
    after = fingerprint()
    assert before[0] != after[0] and before[1].withdrawals == ()
    start = moments.parse(TEN)
    assert after[1].withdrawals == (Withdrawal("zoe", start, None, "mouse"),)
    assert after[1].withdrawals[0].row == 1


SAME: dict[str, Sequence[str]] = {
    "everything": ("ann",),
    "in another spelling": (" ANN ",),
    "with a reason of its own": ("ann", "--reason", "again"),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_again_changes_nothing(project: Project, name: str) -> None:
    command(project, "withdraw", "ann", "--now", AT)
    before, releases = asked(project), files_of(project.releases)
    code, out, _ = command(project, "withdraw", *SAME[name], "--now", LATER)
    assert code == 0 and "the same was asked before, 2027-01-15T08:00:00Z" in out
    assert asked(project) == before and files_of(project.releases) == releases


OTHER: dict[str, Sequence[str]] = {
    "another person": ("bob",),
    "a window": ("ann", "--from", TEN, "--to", ELEVEN),
    "a scope": ("ann", "--scope", "mouse"),
    "since ever": ("ann", "--to", TEN),
    "for good": ("ann", "--from", TEN),
}


def test_what_differs_is_a_request_of_its_own(project: Project) -> None:
    command(project, "withdraw", "ann", "--now", AT)
    for arguments in OTHER.values():
        assert command(project, "withdraw", *arguments, "--now", LATER)[0] == 0
    rows = asked(project)
    assert [number for number, *_ in rows] == [1, 2, 3, 4, 5, 6]
    assert [row[3] for row in rows] == [NOW, *[NOW + SECOND] * 5]


def test_somebody_never_captured_may_ask(project: Project) -> None:
    code, out, _ = command(project, "withdraw", "zoe@corp", "--now", AT)
    assert code == 0 and "it holds for the future" in out and "none holds rows of it" in out
    assert "next" not in out


COVERS = {
    ("all", None, None): "everything that was ever captured, and will be",
    ("keyboard", TEN, ELEVEN): "all typing (keys, paste, compose) from 2027-01-15T08:00:00Z to "
    "2027-01-15T09:00:00Z, and 2 s before and after it",
    ("mouse", TEN, None): "all that the mouse did (moves, clicks, wheel) from "
    "2027-01-15T08:00:00Z on, for good, and 2 s before it",
    ("all", None, ELEVEN): "everything to 2027-01-15T09:00:00Z, and 2 s after it",
}


def test_what_a_request_covers_is_said_in_words() -> None:
    for (scope, start, end), words in COVERS.items():
        times = (None if text is None else moments.parse(text) for text in (start, end))
        assert asking.covers(Withdrawal("ann", *times, scope), 2_000_000) == words


# arguments -> the exit code and what the message says
WRONG: dict[str, tuple[Sequence[str], int, str]] = {
    "nobody": ((), 2, "name one of"),
    "an empty id": (("  ",), 2, "user_id is required"),
    "a time without a zone": (("ann", "--from", "2027-01-15T10:00:00"), 2, "with an offset"),
    "no time": (("ann", "--to", "2027-02-30T10:00:00Z"), 2, "no time that exists"),
    "end at start": (("ann", "--from", TEN, "--to", "2027-01-15T08:00:00Z"), 2, "not after"),
    "end before start": (("ann", "--from", ELEVEN, "--to", TEN), 2, "not after the start"),
    "a scope": (("ann", "--scope", "screen"), 2, "screen"),
    "a person and a file": (("ann", "--file", "x.csv"), 2, "name one of"),
    "a list of a person": (("ann", "--list"), 2, "name one of"),
    "a list, dry": (("--list", "--dry-run"), 2, "no --dry-run"),
    "times for a file": (("--file", "x.csv", "--from", TEN), 2, "belong to one person"),
    "no such file": (("--file", "none.csv"), 2, "no such file"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_changes_nothing(project: Project, name: str) -> None:
    arguments, code, words = WRONG[name]
    before = files_of(project.root)
    found, out, err = command(project, "withdraw", *arguments)
    assert (found, out) == (code, "") and words in err
    assert files_of(project.root) == before


def test_two_at_once_a_lost_key_and_no_project(
    project: Project, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "WAIT_S", 0.0)
    with locks.held(project.warehouse, "build", write=True):
        for arguments in (("withdraw", "ann"), ("recall", f"{TEXT}/v1", "--reason", "x")):
            code, _, err = command(project, *arguments)
            assert code == 1 and "another command is at work: `tacenda build`" in err
            assert "What to do" in err and "Not done" in err
    key_file.rename(key_file.with_suffix(".lost"))
    code, _, err = command(project, "withdraw", "ann")
    assert code == 1 and "key" in err and "What to do" in err
    nowhere = Project(tmp_path / "nowhere", project.settings)
    assert command(nowhere, "withdraw", "ann")[0] == 2
    key_file.with_suffix(".lost").rename(key_file)
    assert asked(project) == [] and not list(project.releases.rglob("marks.json"))


def test_marks_that_cannot_be_read_stop_it_before_it_begins(project: Project) -> None:
    (project.releases / POINTER / "marks.json").write_text("{")
    code, _, err = command(project, "withdraw", "ann")
    assert code == 1 and "cannot be read" in err
    assert asked(project) == []


def test_a_disk_that_fills_up_keeps_the_request_and_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(marks, "refresh", fail)
        code, _, err = command(project, "withdraw", "ann", "--now", AT)
    assert code == 1 and "the requests are kept and hold" in err and "disk is full" in err
    assert len(asked(project)) == 1
    assert [one["state"] for one in shown(project, "status")["releases"]] == [
        "stale", "superseded", "waiting"
    ]  # fmt: skip
    assert command(project, "withdraw", "ann", "--now", LATER)[0] == 0
    assert marks.read(project, TEXT)["v1"].waiting == {"withdrawal": NOW}
    assert len(asked(project)) == 1


def test_a_kill_before_the_marks_is_healed_by_any_later_request(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(marks, "refresh", killed)
        with pytest.raises(KeyboardInterrupt):
            within(project, asking.withdraw, project, _rows("ann"), NOW, write=True)
    command(project, "withdraw", "zoe", "--now", LATER)
    assert marks.read(project, TEXT)["v1"].waiting == {"withdrawal": NOW}


def _rows(user: str) -> list[Any]:
    from etl.requestfile import Row

    return [Row(None, None, requests.Ask(Withdrawal(user)))]


def test_of_who_was_erased_nothing_is_kept(project: Project) -> None:
    token = tombstones.token(project, "Cid")
    within(project, tombstones.begin, token, NOW, write=True)
    code, out, _ = command(project, "withdraw", " CID", "--now", AT)
    assert code == 0 and "erased" in out and "C26" in out
    assert asked(project) == []


def test_numbers_are_not_given_again_when_a_person_is_forgotten(project: Project) -> None:
    for user in ("ann", "bob"):
        command(project, "withdraw", user, "--reason", f"of {user}", "--now", AT)
    assert within(project, requests.forget, "BOB", write=True) == 1
    assert within(project, requests.forget, "zoe", write=True) == 0
    command(project, "withdraw", "zoe", "--now", AT)
    rows = asked(project)
    assert [number for number, *_ in rows] == [1, 2, 3]
    assert "bob" not in str(rows)
    assert [one.user_id for one in within(project, requests.withdrawals)] == ["ann", "zoe"]


def test_the_list_says_where_each_request_stands(project: Project) -> None:
    command(project, "withdraw", "zoe", "--scope", "mouse", "--now", AT)
    command(project, "withdraw", "ann", "--reason", "left", "--now", LATER)
    found = shown(project, "withdraw", "--list")["withdrawals"]
    assert [(one["person"], one["state"], one["releases"]) for one in found] == [
        ("zoe", "future", []), ("ann", "waiting", [f"{TEXT}/v2"])
    ]  # fmt: skip
    assert found[1] == {
        "number": 2, "request_id": None, "asked_at": "2027-01-15T08:00:01Z", "person": "ann",
        "from": None, "to": None, "scope": "all", "reason": "left", "state": "waiting",
        "releases": [f"{TEXT}/v2"],
    }  # fmt: skip
    pretend(project, TEXT, "v3", {"e": [row("bob")]})
    found = shown(project, "withdraw", "--list")["withdrawals"]
    assert (found[1]["state"], found[1]["releases"]) == ("honoured", [f"{TEXT}/v3"])
    code, out, _ = command(project, "withdraw", "--list")
    assert code == 0 and "2 withdrawals" in out and "2027-01-15T08:00:01Z" in out


def test_published_copies_are_named(project: Project, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    marks.published(project.releases / TEXT / "v1", str(tmp_path / "there"), NOW)
    marks.published(project.releases / TEXT / "v2", str(tmp_path / "gone"), NOW)
    marks.published(project.releases / POINTER / "v1", str(tmp_path / "other"), NOW)
    found = shown(project, "withdraw", "ann", "--now", AT)
    assert [(one["version"], one["dest"], one["there"], one["by"]) for one in found["copies"]] == [
        ("v1", str(tmp_path / "there"), True, None), ("v2", str(tmp_path / "gone"), False, None)
    ]  # fmt: skip
    assert found["steps"] == [
        f"tacenda build {TEXT}", f"tacenda publish {TEXT}/NEXT {tmp_path / 'there'}"
    ]  # fmt: skip


def test_a_dry_run_counts_and_changes_nothing(project: Project) -> None:
    before = files_of(project.root)
    code, out, err = command(project, "withdraw", "ann", "--scope", "mouse", "--dry-run")
    assert code == 0 and "20 of 40 events would be removed in addition" in out
    assert f"{TEXT}/v2 (2 rows in 2 files)" in out and "would be asked now" in out
    assert "Nothing was changed" in err
    found = shown(project, "withdraw", "ann", "--dry-run", "--now", AT)
    assert found["dry_run"] == {
        "events": 40, "before": {}, "after": {"withdrawn": 40}, "more": 40,
        "releases": [
            {"dataset": TEXT, "version": "v1", "rows": 1, "shards": 1},
            {"dataset": TEXT, "version": "v2", "rows": 2, "shards": 2},
        ],
    }  # fmt: skip
    assert found["steps"] == [f"tacenda build {TEXT}"]
    assert files_of(project.root) == before


def test_a_dry_run_counts_in_addition_to_what_is_removed_already(project: Project) -> None:
    write(project.consent / "pauses.csv", "user_id,start,end",
          "ann,1970-01-01T00:00:08Z,1970-01-01T00:00:10Z")  # fmt: skip
    window = [Withdrawal("ann", 9 * SECOND, 12 * SECOND, "keyboard")]
    found = within(project, impact.impact, project, window, NOW)
    # paused: 6 to 11; asked for: 7 to 13, of which 12 and 13 are new
    assert (found.before, found.after, found.more) == (
        {"pause": 6}, {"withdrawn": 7, "pause": 1}, 2
    )  # fmt: skip
    nobody = within(project, impact.impact, project, [Withdrawal("zoe")], NOW)
    assert (nobody.events, nobody.more, nobody.releases) == (0, 0, ())


def test_a_dry_run_of_what_is_known_adds_nothing(project: Project) -> None:
    command(project, "withdraw", "ann", "--now", AT)
    found = shown(project, "withdraw", "ann", "--dry-run", "--now", LATER)
    assert found["receipts"][0]["verdict"] == "known" and found["dry_run"]["more"] == 0


def test_a_broken_registry_hinders_no_request_but_a_dry_run(project: Project) -> None:
    write(project.consent / "pauses.csv", "user_id,start", "ann,yesterday")
    code, _, err = command(project, "withdraw", "ann", "--dry-run")
    assert code == 1 and "pauses.csv, line 2" in err
    assert command(project, "withdraw", "ann")[0] == 0 and len(asked(project)) == 1


def test_a_failure_before_the_commit_keeps_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise TacendaError("the disk is full")

    monkeypatch.setattr(requests, "_insert", full)
    assert command(project, "withdraw", "ann")[0] == 1
    assert asked(project) == [] and not list(project.releases.rglob("marks.json"))


def test_json_is_one_object(project: Project) -> None:
    found = shown(project, "withdraw", "ann", "--now", AT)
    assert json.loads(json.dumps(found)) == found
    assert set(found) == {"receipts", "steps", "copies"}
    assert found["receipts"][0]["asked_at"] == "2027-01-15T08:00:00Z"
