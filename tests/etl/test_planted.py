"""Canaries of fifteen kinds, typed in three ways each: none comes out, and the search would see."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest

from etl import chunk, moments, setup, tables
from etl import project as projects
from etl.project import Project
from etl.rules import Rules
from privacy import prompts, tape
from privacy.canaries import CONTROL
from privacy.findings import Finding
from privacy.policy import default_policy
from privacy.registry import Registries
from tests.etl import planted, sought
from tests.etl.conftest import build_all, load, write
from tests.etl.histories import without_side_runs
from tests.etl.planted import Canary
from transforms import events, typed_text
from transforms.events import SCHEMA
from transforms.keystrokes import UNSEEN

START = moments.parse("2026-09-21T08:00:00Z")
PEOPLE, DAYS = 24, 3
CANARIES = planted.canaries(42, seed=5, ways=("typed", "spaced", "at a prompt"))
TYPED = planted.planted(PEOPLE, DAYS, CANARIES, START, CONTROL)
NONE = {"exemptions": "user_id,status,scope,requested_at,decided_at", "pauses": "user_id,start,end"}

Patch = pytest.MonkeyPatch


@pytest.fixture
def project(key_file: Path, tmp_path: Path, monkeypatch: Patch) -> Project:
    without_side_runs(monkeypatch)
    key_file.parent.mkdir()
    key_file.touch(0o600)
    key_file.write_text("5a" * 32)  # always the same digests, in which a number might stand
    made = projects.load(setup.init(tmp_path / "work").root)
    for name, header in NONE.items():
        write(made.consent / f"{name}.csv", header)
    load(made, write(tmp_path / "log.jsonl", *map(json.dumps, tape.logged(TYPED))))
    return made


def test_no_canary_comes_out_and_the_common_line_does(project: Project) -> None:
    done = build_all(project, "typed-text")
    assert not done.refused
    assert sought.found(project.releases, [*CANARIES, *planted.words()]) == []
    for one in done.datasets:
        rows = pl.read_parquet(project.releases / one.dataset / "v1" / "dataset" / "data")
        assert CONTROL in set(rows["text"])


def test_a_password_that_is_a_word_comes_out_where_nobody_looks_for_prompts(
    project: Project, monkeypatch: Patch
) -> None:
    def none(category: pl.Series, *_: pl.Series, **__: pl.Series) -> pl.Series:
        return pl.Series([False] * category.len(), dtype=pl.Boolean)

    monkeypatch.setattr(prompts, "hidden", none)
    assert not build_all(project, "typed-text").refused
    seen = sought.found(project.releases, [*CANARIES, *planted.words()])
    # The other of the two words is a name, which the list holds back by itself.
    assert {one.text for _, one in seen} == {"mountain"}


class Blind:
    """A detector that finds nothing."""

    def find(self, texts: list[str]) -> list[list[Finding]]:
        return [[] for _ in texts]


def _redacted() -> pl.DataFrame:
    """What is left before words are looked up on a list."""
    frame = pl.DataFrame(TYPED, schema=SCHEMA, infer_schema_length=None)
    ordered = events.in_order(frame.with_columns(part=pl.lit(0)))
    placed = events.with_focus(events.with_runs(ordered), tables.applications())
    made = typed_text.segments(placed)
    return chunk.texts(made, Rules(Registries(), (), default_policy(), b"k" * 32))[0]


def test_each_canary_is_seen_where_nothing_holds_it_back(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(chunk, "detector", Blind)
    _redacted().select("text").write_parquet(tmp_path / "rows.parquet")
    seen = {one for _, one in sought.found(tmp_path, [*CANARIES, *planted.words()])}
    assert seen == {*CANARIES, *planted.words()}


def _encoded(token: str) -> Iterator[tuple[str, bytes]]:
    raw = token.encode()
    yield "as it is", raw
    yield "in capitals", token.upper().encode()
    yield "put apart", "-".join(token).encode()
    yield "reversed", token[::-1].encode()
    yield "base64", base64.b64encode(b"so: " + raw)
    yield "hex", raw.hex().encode()
    yield "escaped for addresses", quote(token).encode()
    yield "UTF-16", token.encode("utf-16")


@pytest.mark.parametrize("way", range(8))
def test_the_search_finds_every_way_of_writing(tmp_path: Path, way: int) -> None:
    missed: list[Canary] = []
    for one in CANARIES[:14]:
        _, data = list(_encoded(one.tokens[-1]))[way]
        (tmp_path / "report.md").write_bytes(b"it says " + data + b" here\n")
        if ("report.md", one) not in sought.found(tmp_path, [one]):
            missed.append(one)
    assert missed == []


def test_both_rooms_mean_the_same_sign() -> None:
    assert UNSEEN == prompts.UNSEEN
