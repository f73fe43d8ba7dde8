"""A hundred people, through the real commands: no secret anywhere, and the words come through."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest

pytestmark = pytest.mark.audit

ROOT = Path(__file__).parents[2]
_WORD = re.compile(r"[a-z']+")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hundred")


@pytest.fixture(scope="module")
def said(place: Path) -> str:
    """All that the commands printed, the build among them."""
    steps = (
        "simulate sim --users 100 --hours 2 --seed 3", "init work", "-C work ingest sim/capture",
        "-C work status", "-C work build --workers 2", "-C work status",
        *(f"-C work verify {name}/v1" for name in ("typed-text", "pointer-snippets")),
        "-C work publish typed-text/v1 published",
    )  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TACENDA_KEY_FILE": str(place / "key")}
    out = ""
    for step in steps:
        command = [sys.executable, "-m", "etl", *step.split()]
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        out += done.stdout + done.stderr
        if step == "init work":
            for registry in (place / "sim" / "consent").iterdir():
                shutil.copy(registry, place / "work" / "consent" / registry.name)
    return out


@pytest.fixture(scope="module")
def answers(place: Path, said: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / "sim" / "answer_key.json").read_text())
    return found


@pytest.fixture(scope="module")
def text(place: Path, said: str) -> pl.Series:
    files = sorted((place / "published" / "data").glob("*.parquet"))
    return pl.concat([pl.read_parquet(file) for file in files])["text"]


def forms(secret: str) -> set[str]:
    """A secret as it is, without white space, reversed, and without punctuation."""
    plain = "".join(secret.split())
    return {secret, plain, plain[::-1], re.sub(r"[^\w]", "", plain)}


def test_no_secret_in_any_release_log_or_report(
    place: Path, said: str, answers: dict[str, Any], text: pl.Series
) -> None:
    typed = text.str.join("\n").item().casefold()
    written = [
        path.read_text(encoding="utf-8")
        for path in (place / "work" / "releases").rglob("*")
        if path.is_file() and path.suffix != ".parquet"
    ]
    # Digests and counts may hold any short number; in the text itself there is none at all.
    others = re.sub(r"[0-9a-f]{12,}", "", "\n".join([said, *written]).casefold())
    assert not re.search(r"\d", typed)
    assert len(answers["secrets"]) > 5_000
    for secret in answers["secrets"]:
        for form in {one.casefold() for one in forms(secret["text"])}:
            assert form not in typed or len(form) < 5, secret["kind"]
            assert form not in others or (form.isdigit() and len(form) < 7), secret["kind"]


def test_no_title_or_address_of_a_window(answers: dict[str, Any], text: pl.Series) -> None:
    typed = text.str.join("\n").item().casefold()
    for window in answers["applications"]:
        for value in (window["title"], window["url"]):
            assert not value or value.casefold() not in typed


def test_ordinary_words_come_through(answers: dict[str, Any], text: pl.Series) -> None:
    """At least 80 % of the words that 12 included people typed on 3 days: kinds, and uses."""
    out = {one["user_id"] for one in answers["excluded"]}
    users, days, uses = defaultdict(set), defaultdict(set), Counter[str]()
    for sentence in answers["sentences"]:
        if sentence["ordinary"] and not sentence["removed"] and sentence["user_id"] not in out:
            for word in _WORD.findall(sentence["text"].lower()):
                users[word].add(sentence["user_id"])
                days[word].add(sentence["day"])
                uses[word] += 1
    wanted = {word for word in uses if len(users[word]) >= 12 and len(days[word]) >= 3}
    came = Counter(_WORD.findall(" ".join(text).lower()))
    assert len(wanted) > 200
    assert sum(word in came for word in wanted) / len(wanted) >= 0.8
    through = sum(min(uses[word], came[word]) for word in wanted)
    assert through / sum(uses[word] for word in wanted) >= 0.8
