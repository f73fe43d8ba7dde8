"""Real recordings beside simulated people: built, verified, and compared with AgentNet's own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl import tables, verify
from etl.project import Project
from etl.sources import agentnet
from tests.etl.conftest import World, build_all, load, rows
from transforms import actions, events

Shared = Callable[[str], Path]


@pytest.fixture
def mixed(
    world: World, shared_data: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    monkeypatch.setenv("TACENDA_KEY_FILE", str(world.key))
    work = tmp_path / "work"
    shutil.copytree(world.project.root, work, ignore=shutil.ignore_patterns("releases"))
    target = Project(work, world.project.settings)
    load(target, shared_data("agentnet"), user="clicker")
    for number, log in enumerate(sorted(shared_data("inputlog").glob("*.idfx"))):
        load(target, log, user=f"writer-{number}")
    return target


def test_real_recordings_are_built_beside_simulated_people(mixed: Project) -> None:
    built = build_all(mixed)
    refusals = [gate for one in built.datasets for gate in one.gates if gate.violations]
    assert ([one.verdict for one in built.datasets], refusals) == (["built"] * 3, [])
    for one in built.datasets:
        verify.verify(one.place)
    real = dict(
        rows(
            mixed,
            "SELECT dataset, count(DISTINCT user_id) FROM lake.lineage "
            "WHERE user_id = 'clicker' OR user_id LIKE 'writer-%' GROUP BY ALL",
        )
    )
    # The essays hold no mouse events, so that no text of theirs with a deletion is believed.
    assert real["pointer-snippets"] == 1 and real["desktop-actions"] >= 5
    text = pl.concat(
        [pl.read_parquet(f) for f in (mixed.releases / "typed-text").glob("v1/dataset/data/*")]
    )["text"]
    assert not text.str.contains("ZHAW").any()


def theirs(session: Path) -> list[tuple[str, int, int]]:
    """AgentNet's own reduction: kind of action and cell, in order."""
    out = []
    for line in (session / "reduced_events_complete.jsonl").open():
        one: dict[str, Any] = json.loads(line)
        place = one.get("coordinate") or one["trace"][0]
        kind = one["action"]
        if kind == "click":
            kind = {"left": "click", "right": "right_click"}[one["button"]]
        elif kind == "scroll":
            kind = "scroll_down" if one["trace"][0]["dy"] < 0 else "scroll_up"
        out.append((kind, int(place["x"] * 34 / 1366), int(place["y"] * 19 / 768)))
    return out


def test_our_actions_hold_all_of_agentnet_s_own(shared_data: Shared) -> None:
    session = shared_data("agentnet") / "session-001"
    read = agentnet.read(session, user_id="u", device_id=None).events
    parted = read.with_columns(pl.lit(0, pl.Int64).alias("part"))
    runs = events.with_runs(events.in_order(parted))
    made = actions.sequences(
        events.with_focus(runs, tables.applications()),
        actions.ActionParams(max_actions=12, skipped=0),
    )
    ours = [
        (one["action"], one["x"], one["y"])
        for row in made["actions"].to_list()
        for one in row
        if one["action"] != "switch"
    ]
    left = iter(ours)
    assert all(wanted in left for wanted in theirs(session)), "not in this order"
    assert (len(theirs(session)), len(ours)) == (14, 18)
