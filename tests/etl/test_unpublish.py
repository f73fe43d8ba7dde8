"""What was published is taken back where it was put, by who holds the key, and nowhere else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from etl import marks, warehouse
from etl.cli import cli
from etl.project import Project
from tests.etl.conftest import World, files_of

TEXT = "typed-text"


@pytest.fixture
def work(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of one's own, with its key."""
    monkeypatch.setenv("TACENDA_KEY_FILE", str(world.key))
    shutil.copytree(world.project.root, tmp_path / "work")
    return Project(tmp_path / "work", world.project.settings)


def run(work: Project, *words: str | Path, answer: str = "") -> Result:
    given = ["-C", str(work.root), *map(str, words)]
    done = CliRunner().invoke(cli, given, input=answer)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def there(work: Project) -> list[str]:
    return [version for version, mark in marks.read(work, TEXT).items() if mark.copies]


def test_it_is_gone_and_noted(work: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(work, "publish", "typed-text/v1", out)
    assert there(work) == ["v1"] and out.exists()
    done = run(work, "unpublish", out, "--yes")
    assert "typed-text/v1: no longer at" in done.stdout and f"removed: {out}" in done.stdout
    assert not out.exists() and there(work) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_it_asks_first(work: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(work, "publish", "typed-text/v1", out)
    before = files_of(out)
    for answer in ("n\n", ""):
        assert run(work, "unpublish", out, answer=answer).exit_code == 1
    assert files_of(out) == before and there(work) == ["v1"]
    assert run(work, "unpublish", out, answer="y\n").exit_code == 0
    assert not out.exists()


def test_a_place_that_nothing_was_published_to_is_not_touched(
    work: Project, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    shutil.copytree(work.releases / TEXT / "v1" / "dataset", out)
    before = files_of(out)
    with pytest.raises(Exception, match="nothing of this project"):
        run(work, "unpublish", out, "--yes")
    assert files_of(out) == before


def test_without_the_key_nothing_is_removed(
    work: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, wrong = tmp_path / "out", tmp_path / "wrong.key"
    run(work, "publish", "typed-text/v1", out)
    wrong.touch(0o600)
    wrong.write_text("11" * 32)
    before = files_of(out)
    for key in (wrong, tmp_path / "none.key"):
        monkeypatch.setenv("TACENDA_KEY_FILE", str(key))
        with pytest.raises(Exception, match="key"):
            run(work, "unpublish", out, "--yes")
        with pytest.raises(Exception, match="key"):
            run(work, "publish", "typed-text/v1", out, "--supersede")
    assert files_of(out) == before and there(work) == ["v1"]


def test_a_dry_run_lists_files_and_bytes(work: Project, tmp_path: Path) -> None:
    done = run(work, "publish", "typed-text/v1", tmp_path / "out", "--dry-run")
    assert "nothing was sent" in done.stdout and "README.md" in done.stdout
    assert not (tmp_path / "out").exists() and there(work) == []
    facts = json.loads(
        run(work, "--json", "publish", "typed-text/v1", tmp_path / "out", "--dry-run").stdout
    )
    sizes = {n: len(d) for n, d in files_of(work.releases / TEXT / "v1" / "dataset").items()}
    assert facts["send"] == sizes and facts["where"] == str(tmp_path / "out")


def test_what_it_sent_is_in_the_output(work: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = json.loads(run(work, "--json", "publish", "typed-text/v1", out).stdout)
    assert first["sent"] == sum(first["plan"]["send"].values()) > 0
    again = json.loads(run(work, "--json", "publish", "typed-text/v1", out).stdout)
    assert again["sent"] == 0 and not again["plan"]["send"]


@pytest.mark.parametrize("option", [["--public"], ["--gated", "manual"]])
def test_access_is_the_hub_s_alone(work: Project, tmp_path: Path, option: list[str]) -> None:
    with pytest.raises(Exception, match="only hf:// has"):
        run(work, "publish", "typed-text/v1", tmp_path / "out", *option)
    assert not (tmp_path / "out").exists()


def test_public_asks(work: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    done = CliRunner().invoke(
        cli, ["-C", str(work.root), "publish", "typed-text/v1", "hf://datasets/o/n", "--public"],
        input="n\n",
    )  # fmt: skip
    assert done.exit_code == 1 and "Everybody will be able to read" in done.stderr
    assert there(work) == []


def test_after_a_withdrawal_only_what_was_made_anew_is_sent(work: Project, tmp_path: Path) -> None:
    out, versions = tmp_path / "out", work.releases / TEXT
    run(work, "publish", "typed-text/v1", out)
    someone = somebody(work)
    assert run(work, "withdraw", someone).exit_code == 0
    with pytest.raises(Exception, match="asked to be forgotten"):
        run(work, "publish", "typed-text/v1", out)
    assert run(work, "build", TEXT).exit_code == 0
    done = json.loads(run(work, "--json", "publish", "typed-text/v2", out, "--supersede").stdout)
    old, new = (files_of(versions / v / "dataset") for v in ("v1", "v2"))
    anew = {name: len(data) for name, data in new.items() if old.get(name) != data}
    assert done["plan"]["send"] == anew and done["sent"] == sum(anew.values())
    assert set(done["plan"]["remove"]) == old.keys() - new.keys()
    assert files_of(out) == new and there(work) == ["v2"]


def somebody(work: Project) -> str:
    """Somebody with rows in the release."""
    with warehouse.opened(work, "test", write=False) as connection:
        found = connection.execute("SELECT min(user_id) FROM lake.lineage").fetchone()
    assert found is not None
    return str(found[0])
