"""What became of releases: marks that stay, are found again, and never touch a release."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from etl import marks, release, requests
from etl.errors import TacendaError
from etl.project import Project
from etl.requests import Ask
from privacy.registry import Withdrawal
from tests.etl.conftest import NOW, files_of
from tests.etl.releases import copied, first, pretend, row, within

TEXT, POINTER = "typed-text", "pointer-snippets"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return first(tmp_path_factory.mktemp("made"))


@pytest.fixture
def project(made: Project, tmp_path: Path, key_file: Path) -> Project:
    mine = copied(made, tmp_path / "project", key_file)
    for version in ("v1", "v2", "v10"):
        pretend(mine, TEXT, version, {version: 1})
    pretend(mine, POINTER, "v1", {"p": [row("ann"), row("bob")]})
    return mine


def states(target: Project, dataset: str = TEXT) -> dict[str, str]:
    return {version: mark.state for version, mark in marks.read(target, dataset).items()}


def test_versions_without_marks_are_released(project: Project) -> None:
    assert states(project) == {"v1": "released", "v2": "released", "v10": "released"}
    assert list(marks.read(project, TEXT)) == ["v1", "v2", "v10"]
    assert marks.read(project, "nothing") == {} and not (project.releases / "nothing").exists()
    assert marks.datasets(project) == [POINTER, TEXT]
    assert not list(project.releases.rglob("marks.json"))


def test_a_release_s_own_files_never_change(project: Project) -> None:
    before = files_of(project.releases)
    marks.wait(project, TEXT, "v1", marks.WITHDRAWAL, NOW)
    marks.supersede(project, TEXT, by="v10", now=NOW)
    marks.recall(project, TEXT, "v2", "a leak", NOW)
    marks.published(project.releases / TEXT / "v10", "/there", NOW)
    after = files_of(project.releases)
    assert set(after) - set(before) == {f"{TEXT}/marks.json"}
    assert all(after[name] == data for name, data in before.items())


def test_the_weightiest_state_is_named_and_facts_stay(project: Project) -> None:
    marks.published(project.releases / TEXT / "v1", "/there", NOW)
    marks.wait(project, TEXT, "v1", marks.WITHDRAWAL, NOW)
    marks.wait(project, TEXT, "v1", marks.WITHDRAWAL, NOW + 9)
    assert states(project)["v1"] == "waiting"
    marks.supersede(project, TEXT, by="v2", now=NOW + 1)
    marks.supersede(project, TEXT, by="v10", now=NOW + 2)
    assert states(project) == {"v1": "superseded", "v2": "superseded", "v10": "released"}
    marks.recall(project, TEXT, "v1", "a leak", NOW + 3)
    marks.recall(project, TEXT, "v1", "another", NOW + 4)
    assert states(project)["v1"] == "recalled"
    shutil.rmtree(project.releases / TEXT / "v1")
    marks.erase(project, TEXT, "v1", NOW + 5)
    marks.erase(project, TEXT, "v1", NOW + 6)
    mark = marks.read(project, TEXT)["v1"]
    assert (mark.state, mark.erased_at, mark.withheld) == ("erased", NOW + 5, True)
    assert mark.waiting == {"withdrawal": NOW} and mark.copies == ("/there",)
    assert mark.superseded == {"by": "v2", "at": NOW + 1}
    assert mark.recalled is not None
    assert (mark.recalled["at"], mark.recalled["reason"]) == (NOW + 3, "a leak")


def test_a_number_is_never_given_again(project: Project) -> None:
    shutil.rmtree(project.releases / TEXT / "v10")
    marks.erase(project, TEXT, "v10", NOW)
    assert release.following(project, TEXT) == "v11"
    newest = release.newest(project, TEXT)
    assert newest is not None and newest.name == "v2"
    for version in ("v1", "v2"):
        shutil.rmtree(project.releases / TEXT / version)
    release.sweep(project)
    assert release.following(project, TEXT) == "v11"
    assert release.following(project, "nothing") == "v1"
    assert marks.datasets(project) == [POINTER, TEXT]


def test_what_was_recalled_is_known_by_its_digests(project: Project) -> None:
    assert marks.recalled_digests(project, TEXT) == {}
    marks.recall(project, TEXT, "v2", "a leak", NOW)
    digests = {"v2": {"data/v2.parquet": "v2"}}
    assert marks.recalled_digests(project, TEXT) == digests
    shutil.rmtree(project.releases / TEXT / "v2")
    assert marks.recalled_digests(project, TEXT) == digests
    (project.releases / TEXT / "v1" / "review" / "manifest.json").unlink()
    marks.recall(project, TEXT, "v1", "no manifest", NOW)
    assert set(marks.recalled_digests(project, TEXT)["v1"]) == {"data/v1.parquet"}


def test_where_a_release_went_lasts_until_something_takes_its_place(project: Project) -> None:
    one, two = (project.releases / TEXT / version for version in ("v1", "v2"))
    other = project.releases / POINTER / "v1"
    marks.published(one, "/a", 1)
    marks.published(one, "/b", 2)
    marks.published(two, "/a", 3)
    marks.published(other, "/b", 4)
    marks.published(other, "/b", 4)
    marks.published(other, "/b", 5)
    found = marks.read(project, TEXT)
    assert found["v1"].published_to == (
        {"dest": "/a", "at": 1, "until": 3}, {"dest": "/b", "at": 2, "until": 4}
    )  # fmt: skip
    assert (found["v1"].copies, found["v2"].copies) == ((), ("/a",))
    last = marks.read(project, POINTER)["v1"]
    assert last.published_to == ({"dest": "/b", "at": 4, "until": 5}, {"dest": "/b", "at": 5})


def test_a_publication_under_way_is_noted_and_takes_nobody_s_place(project: Project) -> None:
    one, two = (project.releases / TEXT / version for version in ("v1", "v2"))
    marks.published(one, "/a", 1)
    marks.publishing(two, "/a", 2)
    assert [mark.copies for mark in marks.read(project, TEXT).values()] == [("/a",), ("/a",), ()]
    marks.published(two, "/a", 2)
    assert [mark.copies for mark in marks.read(project, TEXT).values()] == [(), ("/a",), ()]


def test_outside_a_project_nothing_is_noted(project: Project, tmp_path: Path) -> None:
    away = tmp_path / "away" / "v1"
    shutil.copytree(project.releases / TEXT / "v1", away)
    marks.published(away, "/a", 1)
    assert marks.of_release(away) is None
    assert [path.name for path in away.parent.iterdir()] == ["v1"]


def test_a_link_to_the_releases_hides_no_mark(project: Project, tmp_path: Path) -> None:
    marks.recall(project, TEXT, "v1", "a leak", NOW)
    (tmp_path / "elsewhere").symlink_to(project.releases / TEXT / "v1")
    shutil.move(project.releases, tmp_path / "big")
    project.releases.symlink_to(tmp_path / "big")
    for folder in (project.releases / TEXT / "v1", tmp_path / "big" / TEXT / "v1"):
        found = marks.of_release(folder)
        assert found is not None and found[0].state == "recalled", folder


BROKEN = ("", "{", "[]", '{"format": 2, "versions": {}}', '{"format": 1}',
          '{"format": 1, "versions": {"v1": 3}}')  # fmt: skip


def test_marks_that_cannot_be_read_stop_everything(project: Project) -> None:
    place = project.releases / TEXT / "marks.json"
    for text in BROKEN:
        place.write_text(text)
        for attempt in (
            lambda: marks.read(project, TEXT),
            lambda: release.following(project, TEXT),
            lambda: marks.supersede(project, TEXT, by="v10", now=NOW),
            lambda: marks.recalled_digests(project, TEXT),
            lambda: marks.published(project.releases / POINTER / "v1", "/a", NOW),
        ):
            with pytest.raises(TacendaError, match="cannot be read"):
                attempt()
        assert place.read_text() == text
    with pytest.raises(TacendaError, match="cannot be read"):
        refresh(project)


def refresh(target: Project, now: int = NOW) -> None:
    within(target, lambda lake: marks.refresh(target, lake, now), write=True)


def ask(target: Project, *users: str, now: int = NOW) -> None:
    asks = [Ask(Withdrawal(user)) for user in users]
    within(target, requests.add, asks, now, write=True)


def test_marks_are_found_again_from_the_warehouse(project: Project) -> None:
    ask(project, "ann", now=NOW)
    ask(project, "bob", "zoe", now=NOW + 5)
    within(project, requests.add_recall, TEXT, "v2", "a leak", NOW + 6, write=True)
    refresh(project, NOW + 7)
    assert marks.read(project, POINTER)["v1"].waiting == {"withdrawal": NOW}
    found = marks.read(project, TEXT)
    assert found["v10"].waiting == {"withdrawal": NOW}  # its lineage is not known
    assert found["v2"].state == "recalled" and found["v2"].recalled is not None
    assert found["v2"].recalled["at"] == NOW + 6
    assert found["v1"].superseded == {"by": "v2", "at": NOW + 7}
    before = files_of(project.releases)
    refresh(project, NOW + 8)
    assert files_of(project.releases) == before
    for place in project.releases.rglob("marks.json"):
        place.unlink()
    refresh(project, NOW + 7)
    assert files_of(project.releases) == before


def test_marks_name_nobody(project: Project) -> None:
    ask(project, "ann", "bob")
    refresh(project)
    text = (project.releases / POINTER / "marks.json").read_text()
    assert json.loads(text) == {
        "format": 1, "versions": {"v1": {"waiting": {"withdrawal": NOW}}}
    }  # fmt: skip


def test_what_nobody_asks_for_any_more_waits_no_more(project: Project) -> None:
    pretend(project, POINTER, "v2", {"q": [row("zoe")]})
    marks.wait(project, POINTER, "v2", marks.WITHDRAWAL, NOW)
    marks.erase(project, POINTER, "v3", NOW)
    refresh(project)
    assert states(project, POINTER) == {"v1": "superseded", "v2": "released", "v3": "erased"}


def test_retention_makes_releases_wait(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.project import ConsentTable
    from privacy.registry import Limits

    limit = 105_000_000
    monkeypatch.setattr(ConsentTable, "limits", lambda self, now: Limits(not_before=limit))
    pretend(project, POINTER, "v2", {"q": [row("zoe", 105, 110)]})
    refresh(project, NOW)
    refresh(project, NOW + 1)
    found = marks.read(project, POINTER)
    assert found["v1"].waiting == {"retention": NOW} and found["v2"].waiting == {}
    limit += 1
    refresh(project, NOW + 2)
    ask(project, "zoe", now=NOW + 3)
    refresh(project, NOW + 4)
    waiting = marks.read(project, POINTER)["v2"].waiting
    assert waiting == {"withdrawal": NOW + 3, "retention": NOW + 2}
