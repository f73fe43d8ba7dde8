"""What `status` says of releases: state, who waits and since when, copies, the next command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl import marks, status
from etl import project as projects
from etl.project import Project
from tests.etl.conftest import World, build_all, files_of, line, load, write
from tests.etl.histories import without_side_runs
from tests.etl.releases import command, copied, first, pretend, row, shown, within

TEXT, POINTER = "typed-text", "pointer-snippets"
AT, LATER = "2027-01-15T08:00:00Z", "2027-01-15T09:00:00Z"
AT_US = 1_800_000_000_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return first(tmp_path_factory.mktemp("made"))


@pytest.fixture
def project(
    made: Project, tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """Somebody was captured, registries and two recipes are there; `fresh` decides what is."""
    mine = copied(made, tmp_path / "project", key_file)
    write(mine.consent / "exemptions.csv", "user_id,status")
    write(mine.consent / "pauses.csv", "user_id,start")
    for name in (TEXT, POINTER):
        (mine.recipes / name).mkdir(parents=True)
    load(mine, write(tmp_path / "a.jsonl", line(user_id="eva")))
    fresh(monkeypatch)
    return mine


def fresh(monkeypatch: pytest.MonkeyPatch, *datasets: str) -> None:
    monkeypatch.setattr(status, "_current", lambda *_: frozenset(datasets))


def releases(target: Project) -> dict[str, Any]:
    found = shown(target, "status", "--now", LATER)
    return {f"{one['dataset']}/{one['version']}": one for one in found["releases"]}


def todo(target: Project) -> str:
    return str(shown(target, "status", "--now", LATER)["todo"])


def test_each_release_has_a_state(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 6):
        pretend(project, TEXT, f"v{number}", {f"s{number}": [row("ann"), row("bob")]})
    pretend(project, POINTER, "v1", {"p": [row("zoe")]})
    shutil.rmtree(project.releases / TEXT / "v2")
    marks.erase(project, TEXT, "v2", AT_US)
    marks.recall(project, TEXT, "v3", "a leak", AT_US)
    fresh(monkeypatch, TEXT)
    found = releases(project)
    assert {name: (one["state"], one["rows"], one["words"]) for name, one in found.items()} == {
        f"{POINTER}/v1": ("stale", 1, ""),
        f"{TEXT}/v1": ("superseded", 2, "superseded by v3"),
        f"{TEXT}/v2": ("erased", 0, f"erased {AT}"),
        f"{TEXT}/v3": ("recalled", 2, f"recalled {AT}: a leak"),
        f"{TEXT}/v4": ("superseded", 2, "superseded by v5"),
        f"{TEXT}/v5": ("current", 2, ""),
    }
    assert not (project.releases / POINTER / "marks.json").exists()


def test_who_waits_is_counted_and_not_named(project: Project) -> None:
    pretend(project, TEXT, "v1", {"a": [row("ann@corp"), row("bob@corp")]})
    pretend(project, POINTER, "v1", {"p": 3})
    command(project, "withdraw", "ann@corp", "--now", AT)
    command(project, "withdraw", "bob@corp", "--now", LATER)
    command(project, "withdraw", "bob@corp", "--scope", "mouse", "--now", LATER)
    found = releases(project)
    assert found[f"{TEXT}/v1"]["words"] == (
        f"holds rows of 2 people who asked, the first since {AT} (requests 1, 2, 3)"
    )
    assert found[f"{POINTER}/v1"]["words"].startswith(
        "may hold (its lineage is not known) rows of 2"
    )
    assert found[f"{TEXT}/v1"]["waiting"] == {
        "dataset": TEXT, "version": "v1", "people": 2, "since": AT, "numbers": [1, 2, 3],
        "retention": False, "known": True,
    }  # fmt: skip
    counts = shown(project, "status")["counts"]
    assert (counts["withdrawals"], counts["people who withdrew"]) == (3, 2)
    code, out, err = command(project, "status")
    assert code == 0 and "ann" not in out + err and "bob" not in out + err


def test_one_person_and_one_request_are_said_so(project: Project) -> None:
    pretend(project, TEXT, "v1", {"a": [row("ann")]})
    command(project, "withdraw", "ann", "--now", AT)
    words = releases(project)[f"{TEXT}/v1"]["words"]
    assert words == f"holds rows of 1 person who asked, the first since {AT} (request 1)"


def test_status_changes_nothing(project: Project) -> None:
    pretend(project, TEXT, "v1", {"a": [row("ann")]})
    command(project, "withdraw", "ann", "--now", AT)
    (project.releases / TEXT / "marks.json").unlink()
    before = files_of(project.root)
    assert releases(project)[f"{TEXT}/v1"]["state"] == "waiting"
    assert files_of(project.root) == before


def publish(target: Project, version: str, dest: Path) -> None:
    dest.mkdir(exist_ok=True)
    marks.published(target.releases / TEXT / version, str(dest), AT_US)


def _stale(target: Project, out: Path) -> None:
    pass


def _waiting(target: Project, out: Path) -> None:
    pretend(target, TEXT, "v1", {"a": [row("ann")]})
    pretend(target, POINTER, "v1", {"p": [row("zoe")]})
    publish(target, "v1", out)
    command(target, "withdraw", "ann", "--now", AT)


def _honoured(target: Project, out: Path) -> None:
    _waiting(target, out)
    pretend(target, TEXT, "v2", {"b": [row("bob")]})


def _moved(target: Project, out: Path) -> None:
    _honoured(target, out)
    out.rmdir()


def _replaced(target: Project, out: Path) -> None:
    _honoured(target, out)
    publish(target, "v2", out)


def _recalled(target: Project, out: Path) -> None:
    pretend(target, TEXT, "v1", {"a": [row("ann")]})
    pretend(target, POINTER, "v1", {"p": [row("zoe")]})
    publish(target, "v1", out)
    marks.recall(target, TEXT, "v1", "a leak", AT_US)


def _erased(target: Project, out: Path) -> None:
    _waiting(target, out)
    shutil.rmtree(target.releases / TEXT / "v1")
    marks.erase(target, TEXT, "v1", AT_US)


BOTH = (TEXT, POINTER)
# what there is -> what is up to date, and the next command
NEXT: dict[str, tuple[Callable[[Project, Path], None], tuple[str, ...], str]] = {
    "nothing": (_stale, (), f"tacenda build {POINTER} {TEXT}"),
    "a request": (
        _waiting, (POINTER,), f"tacenda build {TEXT}, then: tacenda publish {TEXT}/NEXT OUT"
    ),
    "a request, all stale": (
        _waiting, (), f"tacenda build {POINTER} {TEXT}, then: tacenda publish {TEXT}/NEXT OUT"
    ),
    "a request that was honoured": (_honoured, BOTH, f"tacenda publish {TEXT}/v2 OUT"),
    "the same, stale again": (
        _honoured, (POINTER,), f"tacenda build {TEXT}, then: tacenda publish {TEXT}/NEXT OUT"
    ),
    "a copy that is not there": (_moved, BOTH, f"tacenda publish {POINTER}/v1 DEST"),
    "a copy that was replaced": (_replaced, BOTH, f"tacenda publish {POINTER}/v1 DEST"),
    "a recall, nothing changed": (
        _recalled, BOTH, f"change what led to the recall, then: tacenda build {TEXT}"
    ),
    "a recall, and a change": (
        _recalled, (POINTER,), f"tacenda build {TEXT}, then: tacenda publish {TEXT}/NEXT OUT"
    ),
    "an erasure": (
        _erased, (POINTER,), f"tacenda build {TEXT}, then: tacenda publish {TEXT}/NEXT OUT"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NEXT)
def test_the_next_sensible_command(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    change, current, expected = NEXT[name]
    change(project, tmp_path / "out")
    fresh(monkeypatch, *current)
    assert todo(project) == expected.replace("OUT", str(tmp_path / "out"))


def test_copies_that_nobody_should_have_are_listed(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _moved(project, tmp_path / "out")
    fresh(monkeypatch, *BOTH)
    found = shown(project, "status")["copies"]
    assert found == [{
        "dataset": TEXT, "version": "v1", "dest": str(tmp_path / "out"), "by": "v2", "there": False
    }]  # fmt: skip
    assert "Copies to withdraw" in command(project, "status")[1]


def test_an_erasure_under_way_comes_first(project: Project) -> None:
    from etl import tombstones

    within(project, tombstones.begin, "token", AT_US, write=True)
    assert todo(project).startswith("tacenda erase USER --yes")


def _project(world: World, place: Path, key: Path) -> Project:
    shutil.copytree(world.project.root, place, ignore=shutil.ignore_patterns("marks.json"))
    key.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(world.key, key)
    return projects.load(place)


def _leaver(target: Project) -> str:
    found = within(target, lambda lake: lake.execute(
        "SELECT user_id FROM lake.lineage WHERE dataset = ? GROUP BY 1 ORDER BY count(*) DESC, 1",
        [TEXT],
    ).fetchone())  # fmt: skip
    return str(found[0])


def test_from_a_request_to_the_next_version_in_its_place(
    world: World, tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_side_runs(monkeypatch)
    target = _project(world, tmp_path / "work", key_file)
    out = tmp_path / "out"
    assert command(target, "publish", f"{TEXT}/v1", out, "--now", AT)[0] == 0
    leaver = _leaver(target)
    assert command(target, "withdraw", leaver, "--now", AT)[0] == 0
    code, _, err = command(target, "publish", f"{TEXT}/v1", tmp_path / "other", "--now", AT)
    assert code == 3 and "asked to be forgotten" in err and not (tmp_path / "other").exists()
    built = build_all(target, TEXT).datasets[0]
    assert built.version == "v2"
    found = releases(target)
    assert found[f"{TEXT}/v1"]["state"] == "superseded" and found[f"{TEXT}/v1"]["waiting"]
    assert found[f"{TEXT}/v2"]["state"] == "current" and not found[f"{TEXT}/v2"]["waiting"]
    assert command(target, "publish", f"{TEXT}/v1", tmp_path / "other", "--now", AT)[0] == 3
    assert f"then: tacenda publish {TEXT}/v2 {out}" in todo(target)
    assert command(target, "publish", f"{TEXT}/v2", out, "--now", LATER)[0] == 0
    assert files_of(out) == files_of(target.releases / TEXT / "v2" / "dataset")
    assert shown(target, "status")["copies"] == []
    listed = shown(target, "withdraw", "--list")["withdrawals"]
    assert listed[0]["state"] == "waiting"  # the other two datasets were not built again
    assert leaver not in (target.releases / TEXT / "marks.json").read_text()


def test_what_was_recalled_is_not_built_again(
    world: World, tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_side_runs(monkeypatch)
    target = _project(world, tmp_path / "work", key_file)
    assert command(target, "recall", f"{TEXT}/v1", "--reason", "a leak", "--now", AT)[0] == 0
    assert command(target, "publish", f"{TEXT}/v1", tmp_path / "out", "--now", AT)[0] == 3
    assert build_all(target, TEXT).refused
    command(target, "withdraw", _leaver(target), "--now", AT)
    built = build_all(target, TEXT).datasets[0]
    assert (built.verdict, built.version) == ("built", "v2")
    assert command(target, "publish", f"{TEXT}/v2", tmp_path / "out", "--now", AT)[0] == 0
    kept = json.loads((target.releases / TEXT / "marks.json").read_text())["versions"]["v1"]
    assert kept.keys() == {"recalled", "superseded", "waiting"}
