"""What the README says, done as it says it, without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from etl.cli import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
SETUP, WALK, ASKED = BLOCKS


def offline() -> list[str]:
    """A prefix that runs a command without any network, where the system allows that."""
    if shutil.which("unshare") is None:
        return []
    allowed = subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0
    return ["unshare", "-rn"] if allowed else []


def environment(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    return {**kept, "PATH": path, "HOME": str(home)}


def test_the_two_commands_are_targets_that_set_themselves_up() -> None:
    assert SETUP.split("\n")[:2] == ["make demo", "make test"]
    made = subprocess.run(
        ["make", "-n", "demo", "test", "VENV=.venv-none"], cwd=ROOT, capture_output=True, text=True
    )
    assert made.returncode == 0
    assert "-m venv .venv-none" in made.stdout and "-c constraints.txt" in made.stdout
    assert "tacenda demo demo" in made.stdout and "pytest" in made.stdout


def test_the_demo(tmp_path: Path) -> None:
    ready = (ROOT / ".venv" / ".installed").exists()
    target = ["make", "-C", str(ROOT), "demo", f"DEMO={tmp_path / 'demo'}"]
    plain = [sys.executable, "-m", "etl", "demo", str(tmp_path / "demo")]
    command = [*offline(), *(target if ready else plain)]
    done = subprocess.run(
        command, cwd=tmp_path, env={**environment(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in ("typed-text", "pointer-snippets", "desktop-actions"):
        assert f"load_dataset('{tmp_path / 'demo' / 'published' / name}')" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"demo"}
    cards = {path.parent.name for path in tmp_path.rglob("README.md")}
    assert cards == {"dataset", "typed-text", "pointer-snippets", "desktop-actions"}


def test_the_walk_through(tmp_path: Path) -> None:
    script = (WALK + ASKED).replace("tacenda ", f"{sys.executable} -m etl ")
    done = subprocess.run(
        [*offline(), "bash", "-e", "-c", script], cwd=tmp_path,
        env={**environment(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "published" / "typed-text" / "README.md").exists()
    assert (tmp_path / "lineage.parquet").stat().st_mode & 0o777 == 0o600


def test_every_command_is_in_the_readme_and_has_an_example() -> None:
    for name, command in cli.commands.items():
        assert f"| `{name}" in README
        shown = CliRunner().invoke(cli, [name, "--help"]).output
        assert name in shown.split("Example:")[1]
        assert command.help


@pytest.mark.parametrize("page", sorted(re.findall(r"\]\(([^)#]+)\)", README)))
def test_links_lead_somewhere(page: str) -> None:
    assert (ROOT / page).exists()
