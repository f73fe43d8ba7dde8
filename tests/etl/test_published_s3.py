"""A release's life in a bucket, by the commands: put there, read, withdrawn from, taken back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from etl.project import Project
from tests.etl.conftest import files_of
from tests.etl.seaweed import Seaweed
from tests.etl.seaweed import seaweed as seaweed
from tests.etl.test_unpublish import TEXT, run, somebody, there
from tests.etl.test_unpublish import work as work


def load(seaweed: Seaweed, place: Path, lines: list[str]) -> list[str]:
    """The texts, loaded by the lines that `publish` prints."""
    place.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*lines, "print(json.dumps(rows['text'][:]))"])],
        env={**kept, **seaweed.environment, "HF_HOME": str(place / "home")}, cwd=place,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[str] = json.loads(done.stdout)
    return found


def texts(release: Path) -> list[str]:
    files = sorted((release / "dataset" / "data").iterdir())
    return sorted(text for file in files for text in pq.read_table(file)["text"].to_pylist())


def test_from_the_first_version_to_the_last(
    work: Project, seaweed: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in seaweed.environment.items():
        monkeypatch.setenv(name, value)
    dest, versions = f"s3://{seaweed.bucket('corp', versions=True)}/typed", work.releases / TEXT
    first = json.loads(run(work, "--json", "publish", "typed-text/v1", dest).stdout)
    old = files_of(versions / "v1" / "dataset")
    assert first["sent"] == sum(map(len, old.values())) and there(work) == ["v1"]
    assert sorted(load(seaweed, tmp_path / "a", first["read"])) == texts(versions / "v1")

    run(work, "withdraw", somebody(work))
    assert f"tacenda publish typed-text/NEXT {dest} --supersede" in run(work, "status").stdout
    run(work, "build", TEXT)
    done = json.loads(run(work, "--json", "publish", "typed-text/v2", dest, "--supersede").stdout)
    new = files_of(versions / "v2" / "dataset")
    anew = {name: len(data) for name, data in new.items() if old.get(name) != data}
    assert done["plan"]["send"] == anew and done["sent"] == sum(anew.values())
    assert not done["taken"]["left"] and there(work) == ["v2"]
    assert sorted(load(seaweed, tmp_path / "b", done["read"])) == texts(versions / "v2")
    assert _keys(seaweed) and all("/v1-" not in key for key in _keys(seaweed))

    taken = run(work, "unpublish", dest, "--yes")
    assert "cannot be removed from here" in taken.stdout
    assert _keys(seaweed) == [] and there(work) == []


def _keys(seaweed: Seaweed) -> list[str]:
    """Every version of every object that is still there."""
    listed = seaweed.call("list_object_versions", Bucket="corp", Prefix="typed/")
    return [one["Key"] for kind in ("Versions", "DeleteMarkers") for one in listed.get(kind, [])]
