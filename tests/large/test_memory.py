"""Peak memory of ingest and build, at five and ten million events."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from etl.simulate import simulate

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
LIMIT_MB = 2_000
GROWTH = 1.2


def peak_mb(folder: Path, *arguments: str) -> float:
    """The most memory that a command and its children held at once."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TACENDA_KEY_FILE": str(folder / "key")}
    command = [sys.executable, "-m", "etl", *arguments]
    child = psutil.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0
    while child.poll() is None:
        try:
            family = [child, *child.children(recursive=True)]
            peak = max(peak, sum(one.memory_info().rss for one in family))
        except psutil.Error:
            continue
        time.sleep(0.05)
    assert child.returncode == 0
    return peak / 2**20


def peaks(folder: Path, users: int) -> tuple[float, float]:
    folder.mkdir()
    simulate(folder / "sim", users=users, hours=2, seed=5)
    peak_mb(folder, "init", "work")
    for registry in (folder / "sim" / "consent").iterdir():
        shutil.copy(registry, folder / "work" / "consent" / registry.name)
    loaded = peak_mb(folder, "-C", "work", "ingest", "sim/capture")
    return loaded, peak_mb(folder, "-C", "work", "build")


def test_memory_is_bounded_by_the_batch(tmp_path: Path) -> None:
    small, large = peaks(tmp_path / "five", 200), peaks(tmp_path / "ten", 400)
    for what, few, many in zip(("ingest", "build"), small, large, strict=True):
        assert many < LIMIT_MB, f"{what}: {many:.0f} MB"
        assert many <= GROWTH * few, f"{what}: {few:.0f} MB, then {many:.0f} MB"
