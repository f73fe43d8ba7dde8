"""What is published is the release's dataset, whole; what was there before stays until then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl import hub
from etl import publish as publishing
from etl.errors import RefusedError, TacendaError, UsageError
from tests.etl.conftest import World, files_of

DATASETS = ("desktop-actions", "pointer-snippets", "typed-text")


@pytest.mark.parametrize("dataset", DATASETS)
def test_published_bytes_are_the_release_s(world: World, tmp_path: Path, dataset: str) -> None:
    release = world.release(dataset)
    rows = publishing.publish(release, tmp_path / "a" / "out")
    assert files_of(tmp_path / "a" / "out") == files_of(release / "dataset")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["out"]
    assert rows > 0


def test_an_earlier_publication_is_exchanged(world: World, tmp_path: Path) -> None:
    publishing.publish(world.release("typed-text"), tmp_path / "out")
    publishing.publish(world.release("pointer-snippets"), tmp_path / "out")
    assert files_of(tmp_path / "out") == files_of(world.release("pointer-snippets") / "dataset")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_where_names_cannot_be_exchanged_it_is_done_in_two_steps(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_exchanged", lambda *_: False)
    test_an_earlier_publication_is_exchanged(world, tmp_path)


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
def test_other_places_are_refused(world: World, tmp_path: Path, name: str) -> None:
    place = WRONG[name](tmp_path)
    before = files_of(tmp_path)
    with pytest.raises(UsageError):
        publishing.publish(world.release("typed-text"), place)
    assert files_of(tmp_path) == before


def test_the_release_itself_is_refused(world: World, tmp_path: Path) -> None:
    release = tmp_path / "releases" / "v1"
    shutil.copytree(world.release("typed-text"), release)
    for place in (release, release / "dataset", release / "dataset" / "in", release.parent):
        with pytest.raises(UsageError):
            publishing.publish(release, place)
    assert files_of(release) == files_of(world.release("typed-text"))


def test_what_did_not_pass_is_not_copied(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.release("typed-text"), tmp_path / "v1")
    (tmp_path / "v1" / "dataset" / "README.md").write_text("another card")
    with pytest.raises(RefusedError):
        publishing.publish(tmp_path / "v1", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_copy_that_fails_leaves_what_was_there(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.publish(world.release("typed-text"), tmp_path / "out")
    before = files_of(tmp_path)

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", fail)
    with pytest.raises(TacendaError, match="No space left"):
        publishing.publish(world.release("pointer-snippets"), tmp_path / "out")
    assert files_of(tmp_path) == before


def test_load_dataset_gives_the_declared_features(world: World, tmp_path: Path) -> None:
    shown = {}
    for dataset in DATASETS:
        publishing.publish(world.release(dataset), tmp_path / dataset)
        shown[dataset] = hub.sample(tmp_path / dataset, 50, tmp_path / "cache")
    text, pointer, action = (
        shown[name][0] for name in ("typed-text", "pointer-snippets", "desktop-actions")
    )
    assert set(text) == {"text", "app", "kind"} and text["kind"] in ("exact", "pieces")
    assert set(pointer) == {"app", "x", "y", "gap", "end"}
    assert len(pointer["x"]) == len(pointer["y"]) == len(pointer["gap"]) <= 6
    assert isinstance(pointer["app"], str) and isinstance(pointer["end"], str)
    assert all(2 <= len(row["actions"]) <= 12 for row in shown["desktop-actions"])
    assert isinstance(action["actions"][0]["action"], str)
