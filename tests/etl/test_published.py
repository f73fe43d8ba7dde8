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
from etl.targets import chosen, folder, folder_files
from tests.etl.conftest import NOW, World, files_of

DATASETS = ("desktop-actions", "pointer-snippets", "typed-text")
TEXT, POINTER = "typed-text", "pointer-snippets"


def put(release: Path, dest: Path | str, **more: Any) -> publishing.Published:
    return publishing.publish(release, chosen.target(dest), **more)


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
    done = put(release, tmp_path / "a" / "out", now=NOW)
    assert files_of(tmp_path / "a" / "out") == files_of(release / "dataset")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["out"]
    assert done.plan.rows > 0


def test_an_earlier_publication_is_exchanged(shelf: Shelf, tmp_path: Path) -> None:
    put(shelf.release("typed-text"), tmp_path / "out", now=NOW)
    put(shelf.release("pointer-snippets"), tmp_path / "out", now=NOW)
    assert files_of(tmp_path / "out") == files_of(shelf.release("pointer-snippets") / "dataset")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "shelf"]


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


WRONG: dict[str, Callable[[Path], Path | str]] = {
    "something else": _foreign,
    "a file": _file,
    "a link": _link,
    "another protocol": lambda _: "ftp://host/x",
    "a misspelt one": lambda _: "hf:/datasets/x/y",
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("name", WRONG)
def test_other_places_are_refused(shelf: Shelf, tmp_path: Path, name: str) -> None:
    place = WRONG[name](tmp_path)
    before = files_of(tmp_path)
    with pytest.raises(UsageError):
        put(shelf.release("typed-text"), place, now=NOW)
    assert files_of(tmp_path) == before


def test_the_release_itself_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    release = tmp_path / "releases" / "v1"
    shutil.copytree(shelf.release("typed-text"), release)
    for place in (release, release / "dataset", release / "dataset" / "in", release.parent):
        with pytest.raises(UsageError):
            put(release, place, now=NOW)
    assert files_of(release) == files_of(shelf.release("typed-text"))


def test_what_did_not_pass_is_not_copied(shelf: Shelf, tmp_path: Path) -> None:
    shutil.copytree(shelf.release("typed-text"), tmp_path / "v1")
    (tmp_path / "v1" / "dataset" / "README.md").write_text("another card")
    with pytest.raises(RefusedError):
        put(tmp_path / "v1", tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists()


def test_a_copy_that_fails_leaves_what_was_there(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(shelf.release("typed-text"), tmp_path / "out", now=NOW)
    before = files_of(tmp_path / "out")

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_files, "copy", fail)
    with pytest.raises(TacendaError, match=r"(?s)No space left.*make room"):
        put(shelf.release("pointer-snippets"), tmp_path / "out", now=NOW)
    assert files_of(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["shelf", "out"]


def test_load_dataset_gives_the_declared_features(shelf: Shelf, tmp_path: Path) -> None:
    shown = {}
    for dataset in DATASETS:
        put(shelf.release(dataset), tmp_path / dataset, now=NOW)
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
    done = put(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert done.note == "" and files_of(shelf.release(TEXT)) == before
    publication = {"dest": str(tmp_path / "out"), "at": NOW}
    assert marks.read(shelf.project, TEXT)["v1"].published_to == (publication,)
    put(shelf.release(POINTER), tmp_path / "out", now=NOW + 1)
    assert copies(shelf) == {"v1": ()} and copies(shelf, POINTER) == {
        "v1": (str(tmp_path / "out"),)
    }


def test_outside_a_project_it_is_said_that_nothing_is_noted(shelf: Shelf, tmp_path: Path) -> None:
    shutil.copytree(shelf.release(TEXT), tmp_path / "v1")
    assert "not noted" in put(tmp_path / "v1", tmp_path / "out", now=NOW).note
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
        put(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert refused.value.exit_code == 3
    assert not (tmp_path / "out").exists() and not any(copies(shelf).values())


def test_an_older_version_goes_with_a_note(shelf: Shelf, tmp_path: Path) -> None:
    shutil.copytree(shelf.release(TEXT), shelf.project.releases / TEXT / "v2")
    marks.supersede(shelf.project, TEXT, by="v2", now=NOW)
    done = put(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert "newer version" in done.note and done.note.count("v2") == 1
    assert copies(shelf) == {"v1": (str(tmp_path / "out"),), "v2": ()}


def test_broken_marks_are_no_leave_to_publish(shelf: Shelf, tmp_path: Path) -> None:
    (shelf.project.releases / TEXT / "marks.json").write_text("{")
    with pytest.raises(TacendaError, match="cannot be read"):
        put(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists()


def test_an_exchange_that_fails_is_noted_as_too_much_never_too_little(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(shelf.release(TEXT), tmp_path / "out", now=NOW)
    shutil.copytree(shelf.release(TEXT), shelf.project.releases / TEXT / "v2")
    _redrawn(shelf.project.releases / TEXT / "v2", 1)

    def fail(*_: Any) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(folder.Folder, "_show", fail)
    with pytest.raises(TacendaError, match="Permission denied"):
        put(shelf.project.releases / TEXT / "v2", tmp_path / "out", now=NOW + 1)
    assert copies(shelf)["v1"] == (str(tmp_path / "out"),)


def test_an_older_copy_that_cannot_be_removed_stays_noted(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "[out]"
    put(shelf.release(TEXT), out, now=NOW)
    shutil.copytree(shelf.release(TEXT), shelf.project.releases / TEXT / "v2")
    _redrawn(shelf.project.releases / TEXT / "v2", 1)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        done = put(shelf.project.releases / TEXT / "v2", out, now=NOW + 1)
    assert "could not be removed" in done.note
    assert copies(shelf) == {"v1": (str(out),), "v2": (str(out),)}
    taken = chosen.target(out).forget("")
    assert len(taken.removed) == 1 and not taken.left
    put(shelf.project.releases / TEXT / "v2", out, now=NOW + 2)
    assert copies(shelf) == {"v1": (), "v2": (str(out),)}


def test_what_cannot_be_noted_is_not_published(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(marks, "publishing", fail)
    with pytest.raises(TacendaError, match="No space left"):
        put(shelf.release(TEXT), tmp_path / "out", now=NOW)
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
        put(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists()
    put(shelf.release(TEXT), tmp_path / "out", now=NOW)


def _redrawn(release: Path, files: int) -> None:
    """Gives so many of a release's files other names, as if they were drawn anew."""
    facts = manifest.read(release)
    beside = [release / "dataset" / name for name in ("README.md", "croissant.json")]
    for shard in [one for one in facts["shards"] if one["part"] != "shared"][:files]:
        name = shard["file"].replace("train-", "train-bbb")
        (release / "dataset" / shard["file"]).rename(release / "dataset" / name)
        for file in beside:
            file.write_text(file.read_text().replace(shard["file"], name))
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
    assert put(release, out, now=NOW, hold=9).plan.rows  # nothing lies there yet
    before = files_of(out)
    _redrawn(release, redrawn)
    if held:
        with pytest.raises(RefusedError, match="drawn anew"):
            put(release, out, now=NOW, hold=hold)
        assert files_of(out) == before
    else:
        put(release, out, now=NOW, hold=hold)
        assert files_of(out) == files_of(release / "dataset") != before


def test_a_dry_run_says_what_would_be_sent_and_changes_nothing(
    shelf: Shelf, tmp_path: Path
) -> None:
    release, out = shelf.release(TEXT), tmp_path / "out"
    before = files_of(tmp_path)
    found = publishing.plan(release, chosen.target(out))
    sizes = {name: len(data) for name, data in files_of(release / "dataset").items()}
    assert found.send == sizes and not found.there and not found.remove
    assert files_of(tmp_path) == before and not out.exists()
    put(release, out, now=NOW)
    found = publishing.plan(release, chosen.target(out))
    assert not found.send and set(found.there) == set(sizes)


def test_only_what_changed_is_sent(shelf: Shelf, tmp_path: Path) -> None:
    release, out = shelf.release(TEXT), tmp_path / "out"
    first = put(release, out, now=NOW)
    assert first.sent == sum(map(len, files_of(release / "dataset").values()))
    assert put(release, out, now=NOW).sent == 0
    old = files_of(out)
    _redrawn(release, 1)
    told: list[tuple[int, int, str]] = []
    done = put(release, out, now=NOW, progress=lambda *step: told.append(step))
    changed = {n: d for n, d in files_of(out).items() if old.get(n) != d}
    assert len(changed) == 3 and done.sent == sum(map(len, changed.values())) == told[-1][0]
    assert set(done.plan.remove) == set(old) - set(files_of(out))


def _byte(release: Path) -> None:
    file = next((release / "dataset" / "data").glob("*.parquet"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _more(release: Path) -> None:
    (release / "dataset" / "data" / "more.parquet").write_bytes(b"PAR1")


def _outward(release: Path) -> None:
    file = next((release / "dataset" / "data").glob("*.parquet"))
    shutil.move(file, release.parent / "elsewhere.parquet")
    file.symlink_to(release.parent / "elsewhere.parquet")


def _folder_outward(release: Path) -> None:
    shutil.move(release / "dataset" / "data", release.parent / "elsewhere")
    (release / "dataset" / "data").symlink_to(release.parent / "elsewhere")


def _dots(release: Path) -> None:
    facts = manifest.read(release)
    card = release / "dataset" / "README.md"
    facts["files"]["dataset/data/../README.md"] = manifest.digest(card)
    manifest.write(release, facts)


def _review(release: Path) -> None:
    facts = manifest.read(release)
    words = release / "review" / "words.txt"
    facts["files"]["dataset/../review/words.txt"] = manifest.digest(words)
    manifest.write(release, facts)


def _refused_build(release: Path) -> None:
    facts = manifest.read(release)
    facts["gates"][0]["verdict"] = "violated"
    manifest.write(release, facts)


def _no_manifest(release: Path) -> None:
    (release / manifest.FILE).unlink()


BAD = {
    "a byte changed": _byte, "a file too many": _more, "a link out": _outward,
    "a folder that is a link": _folder_outward, "dots in a name": _dots,
    "review by a path": _review, "a gate that refused": _refused_build,
    "no manifest": _no_manifest,
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_releases_are_refused_before_the_first_byte(
    shelf: Shelf, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    BAD[name](shelf.release(TEXT))
    monkeypatch.setattr(folder_files, "copy", lambda *_: pytest.fail("something was sent"))
    with pytest.raises(TacendaError) as refused:
        put(shelf.release(TEXT), tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists() and not any(copies(shelf).values())
    assert refused.value.undone


def test_what_is_for_reviewers_is_never_among_what_is_sent(shelf: Shelf) -> None:
    for dataset in DATASETS:
        release = shelf.release(dataset)
        sent = {item.file.relative_to(release / "dataset").as_posix()
                for item in publishing.sendable(release)}  # fmt: skip
        assert sent == set(files_of(release / "dataset"))
