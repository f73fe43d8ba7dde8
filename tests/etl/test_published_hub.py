"""A release's life on the Hub, by the commands: put there, read, withdrawn from, taken back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from etl import manifest, marks
from etl.errors import RefusedError, TacendaError
from etl.project import Project
from etl.targets import hub_files
from tests.etl.conftest import files_of
from tests.etl.test_published import BAD
from tests.etl.test_unpublish import TEXT, run, somebody, there
from tests.etl.test_unpublish import work as work
from tests.hubstand import Stand
from tests.hubstand.server import TOKEN

DEST = "hf://datasets/corp/typed"
LOAD = """
import datasets, json, sys
whole = datasets.load_dataset("corp/typed", split="train")
tagged = datasets.load_dataset("corp/typed", split="train", revision=sys.argv[1])
streamed = datasets.load_dataset("corp/typed", split="train", streaming=True)
print(json.dumps([whole["text"][:], tagged["text"][:], [row["text"] for row in streamed]]))
"""


def load(stand: Stand, home: Path, version: str) -> list[list[str]]:
    """The texts as anyone loads them: by name, by tag, streaming."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HF_")},
        "HF_ENDPOINT": stand.url, "HF_TOKEN": TOKEN, "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", LOAD, version], env=environment, cwd=home.parent,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[list[str]] = json.loads(done.stdout)
    return found


def lying(stand: Stand) -> dict[str, bytes]:
    """What a reader of `main` is given."""
    repo = stand.repos["corp/typed"]
    return {
        path: repo.lfs[one.lfs] if one.lfs else one.data
        for path, one in repo.main.files.items()
        if path != ".gitattributes"
    }


def test_from_the_first_version_to_the_last(work: Project, stand: Stand, tmp_path: Path) -> None:
    versions = work.releases / TEXT
    asked = json.loads(run(work, "--json", "publish", "typed-text/v1", DEST, "--dry-run").stdout)
    assert asked["where"] == DEST and not stand.repos and there(work) == []

    first = run(work, "publish", "typed-text/v1", DEST, "--gated", "manual")
    repo = stand.repos["corp/typed"]
    assert repo.private and repo.gated == "manual" and "LFS" in first.stdout
    old = files_of(versions / "v1" / "dataset")
    assert lying(stand) == old and there(work) == ["v1"]
    named, tagged, streamed = load(stand, tmp_path / "home", "v1")
    assert named and named == tagged == streamed

    repo.accepted = ["reader-a", "reader-b"]
    run(work, "withdraw", somebody(work))
    todo = f"tacenda publish typed-text/NEXT {DEST} --supersede"
    assert todo in run(work, "status").stdout
    run(work, "build", TEXT)
    stand.requests.clear()
    done = json.loads(run(work, "--json", "publish", "typed-text/v2", DEST).stdout)
    new = files_of(versions / "v2" / "dataset")
    anew = {name: len(data) for name, data in new.items() if old.get(name) != data}
    assert done["plan"]["send"] == anew and done["sent"] == sum(anew.values())
    repo = stand.repos["corp/typed"]
    assert set(repo.tags) == {"v1", "v2"} and there(work) == ["v1", "v2"]
    assert f"tacenda publish typed-text/v2 {DEST} --supersede" in run(work, "status").stdout
    done = json.loads(run(work, "--json", "publish", "typed-text/v2", DEST, "--supersede").stdout)
    assert done["sent"] == 0 and done["readers"] == ["reader-a", "reader-b"]
    assert not done["taken"]["left"]
    gone = {old[name] for name in old.keys() - new.keys()}
    repo = stand.repos["corp/typed"]
    assert lying(stand) == new and set(repo.tags) == {"v2"}
    assert gone and not gone & set(repo.lfs.values())
    assert all(old[n] != one.data for one in repo.main.files.values() for n in ("README.md",))
    assert there(work) == ["v2"] and "--supersede" not in run(work, "status").stdout

    taken = run(work, "unpublish", DEST, "--yes")
    assert "reader-a, reader-b" in taken.stdout and "cannot be removed from here" in taken.stdout
    assert not stand.repos and there(work) == []


def test_what_could_not_be_removed_stays_noted(
    work: Project, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    from etl.targets.hub import Hub

    plain = Hub.forget
    run(work, "publish", "typed-text/v1", DEST)
    (work.releases / TEXT / "v1").rename(work.releases / TEXT / "v2")
    monkeypatch.setattr(
        Hub, "forget", lambda hub, state: plain(hub, state).__class__(left=("the tag v1",))
    )
    done = run(work, "publish", "typed-text/v2", DEST, "--supersede")
    assert "not removed: the tag v1" in done.stdout
    assert [v for v, mark in marks.read(work, TEXT).items() if mark.copies] == ["v1", "v2"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_release_asks_nothing_of_the_hub(work: Project, stand: Stand, name: str) -> None:
    BAD[name](work.releases / TEXT / "v1")
    with pytest.raises(TacendaError):
        run(work, "publish", "typed-text/v1", DEST)
    assert not stand.requests and there(work) == []


def test_who_asks_while_it_is_sent_is_heard(
    work: Project, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone, plain = somebody(work), hub_files.ahead

    def ahead(*given: object) -> None:
        plain(*given)
        assert run(work, "withdraw", someone).exit_code == 0

    monkeypatch.setattr("etl.targets.hub.ahead", ahead)
    with pytest.raises(RefusedError, match=r"(?s)asked to be forgotten.*lies there unseen"):
        run(work, "publish", "typed-text/v1", DEST)
    assert lying(stand) == {} and stand.repos["corp/typed"].lfs
    run(work, "build", TEXT)
    old = manifest.files(work.releases / TEXT / "v1" / "dataset")
    new = manifest.files(work.releases / TEXT / "v2" / "dataset")
    run(work, "publish", "typed-text/v2", DEST, "--supersede")
    assert set(lying(stand)) == set(new) and there(work) == ["v2"]
    assert not (set(old.values()) - set(new.values())) & set(stand.repos["corp/typed"].lfs)
