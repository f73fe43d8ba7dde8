"""What is published is the release's dataset, whole; what was there before stays until then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from etl import hub, locks, manifest, marks
from etl import publish as publishing
from etl.errors import BusyError, RefusedError, TacendaError, UsageError
from etl.project import Project
from tests.etl.conftest import NOW, World, files_of

DATASETS = ("desktop-actions", "pointer-snippets", "typed-text")
TEXT, POINTER = "typed-text", "pointer-snippets"


@dataclass(frozen=True)
class Shelf:
    """The releases of a project, without its warehouse or key."""

    project: Project

    def release(self, dataset: str) -> Path:
        return self.project.releases / dataset / "v1"


@pytest.fixture
def shelf(world: World, tmp_path: Path) -> Shelf:
    root = tmp_path / "shelf"
    shutil.copytree(world.project.releases, root / "releases")
    shutil.copy(world.project.root / "tacenda.toml", root)
    return Shelf(Project(root, world.project.settings))


@pytest.mark.parametrize("dataset", DATASETS)
def test_published_bytes_are_the_release_s(shelf: Shelf, tmp_path: Path, dataset: str) -> None:
    release = shelf.release(dataset)
    done = publishing.publish(release, tmp_path / "a" / "out", now=NOW)
    assert files_of(tmp_path / "a" / "out") == files_of(release / "dataset")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["out"]
    assert done.rows > 0


def test_an_earlier_publication_is_exchanged(shelf: Shelf, tmp_path: Path) -> None:
    publishing.publish(shelf.release("typed-text"), tmp_path / "out", now=NOW)
    publishing.publish(shelf.release("pointer-snippets"), tmp_path / "out", now=NOW)
    assert files_of(tmp_path / "out") == files_of(shelf.release("pointer-snippets") / "dataset")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "shelf"]


def test_where_names_cannot_be_exchanged_it_is_done_in_two_steps(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_exchanged", lambda *_: False)
    test_an_earlier_publication_is_exchanged(shelf, tmp_path)


def _foreign(place: Path) -> Path:
    (place / "out").mkdir()
    (place / "out" / "mine.txt").write_text("mine")
    return place / "out"


def _file(place: Path) -> Path:
    (place / "out").write_text("mine")
    return place / "out"


def _link(place: Path) -> Path:
    (place / "there").mkdir()
    (place / "out").symlink_to(place / "there")
    return place / "out"


WRONG: dict[str, Callable[[Path], Path]] = {
    "something else": _foreign,
    "a file": _file,
    "a link": _link,
    "the Hub": lambda _: Path("hf://datasets/x/y"),
    "a bucket": lambda _: Path("s3://bucket/x"),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_places_are_refused(shelf: Shelf, tmp_path: Path, name: str) -> None:
    place = WRONG[name](tmp_path)
    before = files_of(tmp_path)
    with pytest.raises(UsageError):
        publishing.publish(shelf.release("typed-text"), place, now=NOW)
    assert files_of(tmp_path) == before


def test_the_release_itself_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    release = tmp_path / "releases" / "v1"
    shutil.copytree(shelf.release("typed-text"), release)
    for place in (release, release / "dataset", release / "dataset" / "in", release.parent):
        with pytest.raises(UsageError):
            publishing.publish(release, place, now=NOW)
    assert files_of(release) == files_of(shelf.release("typed-text"))


def test_what_did_not_pass_is_not_copied(shelf: Shelf, tmp_path: Path) -> None:
    shutil.copytree(shelf.release("typed-text"), tmp_path / "v1")
    (tmp_path / "v1" / "dataset" / "README.md").write_text("another card")
    with pytest.raises(RefusedError):
        publishing.publish(tmp_path / "v1", tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists()


def test_a_copy_that_fails_leaves_what_was_there(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.publish(shelf.release("typed-text"), tmp_path / "out", now=NOW)
    before = files_of(tmp_path)

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", fail)
    with pytest.raises(TacendaError, match="No space left"):
        publishing.publish(shelf.release("pointer-snippets"), tmp_path / "out", now=NOW)
    assert files_of(tmp_path) == before


def test_load_dataset_gives_the_declared_features(shelf: Shelf, tmp_path: Path) -> None:
    shown = {}
    for dataset in DATASETS:
        publishing.publish(shelf.release(dataset), tmp_path / dataset, now=NOW)
        shown[dataset] = hub.sample(tmp_path / dataset, 50, tmp_path / "cache")
    text, pointer, action = (
        shown[name][0] for name in ("typed-text", "pointer-snippets", "desktop-actions")
    )
    assert set(text) == {"text", "language", "app", "kind"} and text["kind"] in ("exact", "pieces")
    assert set(pointer) == {"app", "x", "y", "gap", "end"}
    assert len(pointer["x"]) == len(pointer["y"]) == len(pointer["gap"]) <= 6
    assert isinstance(pointer["app"], str) and isinstance(pointer["end"], str)
    assert all(2 <= len(row["actions"]) <= 12 for row in shown["desktop-actions"])
    assert isinstance(action["actions"][0]["action"], str)


def copies(shelf: Shelf, dataset: str = TEXT) -> dict[str, tuple[str, ...]]:
    return {version: mark.copies for version, mark in marks.read(shelf.project, dataset).items()}


def test_where_it_went_is_noted_beside_the_release(shelf: Shelf, tmp_path: Path) -> None:
    before = files_of(shelf.release(TEXT))
    done = publishing.publish(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert done.note == "" and files_of(shelf.release(TEXT)) == before
    publication = {"dest": str(tmp_path / "out"), "at": NOW}
    assert marks.read(shelf.project, TEXT)["v1"].published_to == (publication,)
    publishing.publish(shelf.release(POINTER), tmp_path / "out", now=NOW + 1)
    assert copies(shelf) == {"v1": ()} and copies(shelf, POINTER) == {
        "v1": (str(tmp_path / "out"),)
    }


def test_outside_a_project_it_is_said_that_nothing_is_noted(shelf: Shelf, tmp_path: Path) -> None:
    shutil.copytree(shelf.release(TEXT), tmp_path / "v1")
    assert "not noted" in publishing.publish(tmp_path / "v1", tmp_path / "out", now=NOW).note
    assert copies(shelf) == {"v1": ()}


def _recalled(shelf: Shelf) -> None:
    marks.recall(shelf.project, TEXT, "v1", "a leak", NOW)


def _same_as_recalled(shelf: Shelf) -> None:
    shutil.move(shelf.release(TEXT), shelf.project.releases / TEXT / "v3")
    marks.recall(shelf.project, TEXT, "v3", "a leak", NOW)
    shutil.move(shelf.project.releases / TEXT / "v3", shelf.release(TEXT))


def _waiting(shelf: Shelf) -> None:
    marks.wait(shelf.project, TEXT, "v1", marks.WITHDRAWAL, NOW)


def _too_old(shelf: Shelf) -> None:
    marks.wait(shelf.project, TEXT, "v1", marks.RETENTION, NOW)


def _superseded_for_it(shelf: Shelf) -> None:
    _waiting(shelf)
    shutil.copytree(shelf.release(TEXT), shelf.project.releases / TEXT / "v2")
    marks.supersede(shelf.project, TEXT, by="v2", now=NOW + 1)


WITHHELD: dict[str, tuple[Callable[[Shelf], None], str]] = {
    "recalled": (_recalled, "recalled: a leak"),
    "the files of a recalled one": (_same_as_recalled, "the same files as v3"),
    "waiting": (_waiting, "people who asked.*tacenda build"),
    "past its retention": (_too_old, "past their retention"),
    "superseded for a request": (_superseded_for_it, "(?s)people who asked.*publish v2 instead"),
}


@pytest.mark.parametrize("name", WITHHELD)
def test_what_nobody_should_have_is_refused(shelf: Shelf, tmp_path: Path, name: str) -> None:
    change, words = WITHHELD[name]
    change(shelf)
    with pytest.raises(RefusedError, match=f"(?s){words.removeprefix('(?s)')}") as refused:
        publishing.publish(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert refused.value.exit_code == 3
    assert not (tmp_path / "out").exists() and not any(copies(shelf).values())


def test_an_older_version_goes_with_a_note(shelf: Shelf, tmp_path: Path) -> None:
    shutil.copytree(shelf.release(TEXT), shelf.project.releases / TEXT / "v2")
    marks.supersede(shelf.project, TEXT, by="v2", now=NOW)
    done = publishing.publish(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert "newer version" in done.note and done.note.count("v2") == 1
    assert copies(shelf) == {"v1": (str(tmp_path / "out"),), "v2": ()}


def test_broken_marks_are_no_leave_to_publish(shelf: Shelf, tmp_path: Path) -> None:
    (shelf.project.releases / TEXT / "marks.json").write_text("{")
    with pytest.raises(TacendaError, match="cannot be read"):
        publishing.publish(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists()


def test_an_exchange_that_fails_is_noted_as_too_much_never_too_little(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.publish(shelf.release(TEXT), tmp_path / "out", now=NOW)
    shutil.copytree(shelf.release(TEXT), shelf.project.releases / TEXT / "v2")

    def fail(*_: Any) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(publishing, "_put", fail)
    with pytest.raises(TacendaError, match="Permission denied"):
        publishing.publish(shelf.project.releases / TEXT / "v2", tmp_path / "out", now=NOW + 1)
    assert copies(shelf)["v1"] == (str(tmp_path / "out"),)


def test_what_cannot_be_noted_is_not_published(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(marks, "publishing", fail)
    with pytest.raises(TacendaError, match="No space left"):
        publishing.publish(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["shelf"]


def test_nothing_is_published_while_another_command_is_at_work(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "WAIT_S", 0.0)
    shelf.project.warehouse.mkdir()
    with (
        locks.held(shelf.project.warehouse, "withdraw", write=True),
        pytest.raises(BusyError, match="tacenda withdraw"),
    ):
        publishing.publish(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists()
    publishing.publish(shelf.release(TEXT), tmp_path / "out", now=NOW)


def _redrawn(release: Path, files: int) -> None:
    """Gives so many of a release's files other names, as if they were drawn anew."""
    facts = manifest.read(release)
    card = release / "dataset" / "README.md"
    for shard in [one for one in facts["shards"] if one["part"] != "shared"][:files]:
        name = shard["file"].replace("train-", "train-bbb")
        (release / "dataset" / shard["file"]).rename(release / "dataset" / name)
        card.write_text(card.read_text().replace(shard["file"], name))
        shard["file"] = name
    facts["files"] = {
        name: digest for name, digest in manifest.files(release).items() if name != manifest.FILE
    }
    manifest.write(release, facts)


@pytest.mark.parametrize(("redrawn", "hold", "held"), [(0, 1, True), (1, 2, True), (1, 1, False),
                                                       (2, 2, False)])  # fmt: skip
def test_a_version_is_held_until_changes_have_gathered(
    shelf: Shelf, tmp_path: Path, redrawn: int, hold: int, held: bool
) -> None:
    release, out = shelf.release(TEXT), tmp_path / "out"
    assert publishing.publish(release, out, now=NOW, hold=9).rows  # nothing lies there yet
    before = files_of(out)
    _redrawn(release, redrawn)
    if held:
        with pytest.raises(RefusedError, match="drawn anew"):
            publishing.publish(release, out, now=NOW, hold=hold)
        assert files_of(out) == before
    else:
        publishing.publish(release, out, now=NOW, hold=hold)
        assert files_of(out) == files_of(release / "dataset") != before
