"""A release taken back: once, with a reason, and refused from then on."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from etl import marks
from etl.project import Project
from tests.etl.conftest import files_of
from tests.etl.releases import asked, command, copied, first, pretend, row, shown

TEXT = "typed-text"
AT, LATER = "2027-01-15T08:00:00Z", "2027-01-15T09:00:00Z"
AT_US = 1_800_000_000_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return first(tmp_path_factory.mktemp("made"))


@pytest.fixture
def project(made: Project, tmp_path: Path, key_file: Path) -> Project:
    mine = copied(made, tmp_path / "project", key_file)
    pretend(mine, TEXT, "v1", {"a": [row("ann")]})
    return mine


def recall(
    target: Project, release: object = f"{TEXT}/v1", reason: str = "a leak", at: str = AT
) -> Any:
    return shown(target, "recall", release, "--reason", reason, "--now", at)


def test_a_recall_is_kept_and_marked(project: Project) -> None:
    found = recall(project, reason=" a leak ")
    assert (found["verdict"], found["number"], found["recalled_at"]) == ("accepted", 1, AT)
    assert asked(project) == [
        (1, "recall", None, AT_US, None, None, None, None, TEXT, "v1", "a leak")
    ]  # fmt: skip
    recalled = marks.read(project, TEXT)["v1"].recalled
    files = {"data/a.parquet": "a"}
    assert recalled == {"at": AT_US, "reason": "a leak", "files": files}


def test_the_same_again_changes_nothing(project: Project) -> None:
    recall(project)
    before, kept = files_of(project.releases), asked(project)
    found = recall(project, project.releases / TEXT / "v1", "another", LATER)
    assert (found["verdict"], found["recalled_at"], found["reason"]) == ("known", AT, "a leak")
    assert files_of(project.releases) == before and asked(project) == kept
    code, out, _ = command(project, "recall", f"{TEXT}/v1", "--reason", "x")
    assert code == 0 and "was recalled before" in out


def test_a_kill_before_the_mark_is_healed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(marks, "recall", killed)
        command(project, "recall", f"{TEXT}/v1", "--reason", "a leak", "--now", AT)
    assert marks.read(project, TEXT)["v1"].state == "released" and len(asked(project)) == 1
    assert shown(project, "status")["releases"][0]["state"] == "recalled"
    with monkeypatch.context() as broken:
        broken.setattr(marks, "recall", _full)
        code, _, err = command(project, "recall", f"{TEXT}/v1", "--reason", "a leak")
    assert code == 1 and "the recall is kept" in err and "disk is full" in err
    recall(project, at=LATER)
    assert marks.read(project, TEXT)["v1"].recalled == {
        "at": AT_US, "reason": "a leak", "files": {"data/a.parquet": "a"}
    }  # fmt: skip
    assert len(asked(project)) == 1


def _full(*_: Any) -> None:
    raise OSError(28, "No space left on device")


def test_copies_are_named(project: Project, tmp_path: Path) -> None:
    marks.published(project.releases / TEXT / "v1", str(tmp_path / "out"), AT_US)
    code, out, _ = command(project, "recall", f"{TEXT}/v1", "--reason", "a leak", "--now", AT)
    assert code == 0 and str(tmp_path / "out") in out.replace("\n", "") and "not found" in out
    assert "change what led to the recall, then: tacenda build typed-text" in out


WRONG: dict[str, tuple[Sequence[str], str]] = {
    "no reason": ((f"{TEXT}/v1",), "--reason"),
    "an empty reason": ((f"{TEXT}/v1", "--reason", "  "), "needs a reason"),
    "an unknown version": ((f"{TEXT}/v9", "--reason", "x"), "no such release"),
    "an unknown dataset": (("other/v1", "--reason", "x"), "no such release"),
    "a time without a zone": (
        (f"{TEXT}/v1", "--reason", "x", "--now", "2027-01-15T08:00:00"), "with an offset"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_changes_nothing(project: Project, name: str) -> None:
    arguments, words = WRONG[name]
    before = files_of(project.root)
    code, out, err = command(project, "recall", *arguments)
    assert (code, out) == (2, "") and words in err
    assert files_of(project.root) == before


def test_only_a_project_s_own_release_can_be_recalled(project: Project, tmp_path: Path) -> None:
    shutil.copytree(project.releases / TEXT / "v1", tmp_path / "away" / "v1")
    code, _, err = command(project, "recall", tmp_path / "away" / "v1", "--reason", "x")
    assert code == 2 and "not of this project" in err
    assert asked(project) == []
