"""Attackers as gates: default recipes build, and each sabotage is refused by the gate meant for it.

Sabotages are tried on what a build of forty people keeps in its cache, so that only the second
half of it is made again; those of the first half begin anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl import (
    attacked,
    card,
    judge,
    keys,
    lineage,
    manifest,
    quota,
    shards,
    siderun,
    useful,
    verify,
)
from etl.errors import RefusedError
from etl.project import Project
from etl.recipe import Recipe
from etl.shards import Shard
from etl.simulate import simulate
from privacy import pseudonyms
from privacy.attacks import linking, models
from privacy.gates import CLEAN, UNCHECKED
from tests.etl import calm
from tests.etl.conftest import World, build_all, line, project_of, write
from transforms import clips, crowd, pads, pointer, thinning

Patch = pytest.MonkeyPatch
POINTER, ACTIONS = "pointer-snippets", "desktop-actions"


@pytest.fixture(autouse=True)
def in_earnest(monkeypatch: Patch) -> None:
    calm.earnest(monkeypatch.setattr)
    monkeypatch.setattr(models, "_TREES", 40)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Forty-four people for an hour and a half each, attacked in earnest."""
    place = tmp_path_factory.mktemp("crowd")
    key = place / "people.key"
    key.touch(0o600)
    key.write_text("3c" * 32)
    simulate(place / "sim", users=44, hours=1.5, seed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(key))
        calm.earnest(patch.setattr)
        made = project_of(place / "work", place / "sim")
        return World(place / "sim", made, key, build_all(made, POINTER, ACTIONS))


def test_default_recipes_build_with_figures_that_anyone_can_check(people: World) -> None:
    assert not people.built.refused, [
        g for d in people.built.datasets for g in d.gates if g.violations
    ]
    for name in (POINTER, ACTIONS):
        release = people.release(name)
        facts = manifest.read(release)
        measures = {one["measure"] for one in facts["attacks"]["released"]}
        assert measures >= {limit.measure for own in attacked.limits(_recipe(facts)).values()
                            for limit in own if not limit.optional}  # fmt: skip
        assert verify.verify(release).rows == facts["counts"]["released"]
        text = (release / "dataset" / "README.md").read_text()
        assert all(measure in text for measure in measures)
        report = (release / "review" / "report.md").read_text()
        assert "raw recordings of the same people" in report
        assert {one["measure"] for one in facts["uses"]} >= useful.floors(_recipe(facts)).keys()
        assert all(one["measure"] in report for one in facts["uses"])


def test_figures_beyond_the_limits_do_not_verify(people: World, tmp_path: Path) -> None:
    work = tmp_path / "v1"
    shutil.copytree(people.release(POINTER), work)
    facts = manifest.read(work)
    facts["attacks"]["released"][0]["high"] = 4.1
    manifest.write(work, facts)
    with pytest.raises(RefusedError, match="attacks"):
        verify.verify(work)


@pytest.mark.parametrize(
    ("measure", "field", "value"),
    [("next cell, px off", "kept", 0.39), ("place of a click, px off", "value", 26)],
)
def test_uses_below_the_floor_do_not_verify(
    people: World, tmp_path: Path, measure: str, field: str, value: float
) -> None:
    work = tmp_path / "v1"
    shutil.copytree(people.release(POINTER), work)
    facts = manifest.read(work)
    (use,) = (one for one in facts["uses"] if one["measure"] == measure)
    use[field] = value
    manifest.write(work, facts)
    with pytest.raises(RefusedError, match="attacks"):
        verify.verify(work)


def test_where_nobody_moved_a_mouse_no_attacker_could_check(people: World, tmp_path: Path) -> None:
    keys_alone = (line(seq=n, type="keydown", key="a") for n in (1, 2))
    made = project_of(tmp_path / "p", people.sim, [write(tmp_path / "a.jsonl", *keys_alone)])
    built = build_all(made, POINTER)
    verdicts = {gate.gate: gate.verdict for gate in built.datasets[0].gates}
    assert built.refused and {verdicts[name] for name in attacked.GATES} == {UNCHECKED}


def test_an_attack_that_fails_could_not_check_and_says_nothing_of_rows(
    people: World, tmp_path: Path, monkeypatch: Patch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("somebody's row")

    monkeypatch.setenv(keys.ENVIRONMENT, str(people.key))
    monkeypatch.setattr(linking, "rows_of_one", fail)
    left = shutil.ignore_patterns("releases", "refused")
    shutil.copytree(people.project.root, tmp_path / "work", ignore=left)
    built = build_all(Project(tmp_path / "work", people.project.settings), POINTER)
    (gate,) = (one for one in built.datasets[0].gates if one.gate == attacked.SAME)
    assert built.refused and gate.verdict == UNCHECKED
    assert "could not check: ValueError" in {one.what for one in gate.violations}
    assert all("somebody" not in str(one) for one in built.datasets[0].gates)


def _recipe(facts: dict[str, Any]) -> Recipe:
    return Recipe.model_validate(facts["recipe"]["values"])


@dataclass(frozen=True)
class Sabotage:
    """What is broken, the gate that is meant to notice, and whether the first half runs anew."""

    gate: str
    broken: Callable[[Patch], None]
    dataset: str = POINTER
    afresh: bool = False


def _drawn(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Patch], None]:
    """Rows that are drawn as they should be, and then changed."""
    plain = shards.drawn
    return lambda patch: patch.setattr(
        shards, "drawn", lambda rows, *how: change(plain(rows, *how))
    )


def _person() -> pl.Expr:
    return pl.col("user_id").rank("dense").cast(pl.UInt8)


def _one_greedy(patch: Patch) -> None:
    def even(ranked: pl.DataFrame, *_: object) -> pl.DataFrame:
        most = ranked.group_by("user_id").len().sort("len", "user_id")["user_id"][-1]
        place = pl.int_range(pl.len()).over("user_id")
        return ranked.filter((pl.col("user_id") == most) | (place < 3)).drop("mix")

    patch.setattr(quota, "even", even)


def _rewritten(change: Callable[[Path, pa.Table], None]) -> Callable[[Patch], None]:
    """Files that are written once more, by other rules."""
    plain = shards.write

    def write(folder: Path, file: str, *more: Any) -> Shard:
        made = plain(folder, file, *more)
        place = folder / file
        change(place, pq.read_table(place))
        return replace(made, bytes=place.stat().st_size, sha256=manifest.digest(place))

    return lambda patch: patch.setattr(shards, "write", write)


def _with_column(name: str, values: Callable[[int], pa.Array]) -> Callable[[Patch], None]:
    return _rewritten(
        lambda place, table: pq.write_table(
            table.append_column(name, values(table.num_rows)), place, write_statistics=False
        )
    )


def _signed(rows: pl.DataFrame) -> pl.DataFrame:
    """A person's own place in every row."""
    own = (_person() % 32).cast(pl.UInt8)
    return rows.with_columns(pl.col("x").list.eval(pl.element() * 0) + own)


def _finer(rows: pl.DataFrame) -> pl.DataFrame:
    """Gaps in hundredths of a second."""
    return rows.with_columns(pl.col("gap").cast(pl.List(pl.UInt8)) + pl.lit(25, pl.UInt8))


def _thankful(plain: Callable[..., str]) -> Callable[..., str]:
    def render(folder: Path, *more: Any) -> str:
        registry = folder.parents[1] / "consent" / "exemptions.csv"
        someone = registry.read_text().splitlines()[1].split(",")[0]
        return plain(folder, *more) + f"Thanks to {someone}."

    return render


def _blind(patch: Patch) -> None:
    """Raw clips that say nothing, so that who cannot tell people apart there cannot judge."""
    plain = clips.clips
    none = pl.lit(np.zeros(len(clips.FEATURES)).tolist(), pl.List(pl.Float32))
    patch.setattr(clips, "clips", lambda frame: plain(frame).with_columns(none.alias("features")))


def _nowhere(patch: Patch) -> None:
    """Raw ways in one place, so that who cannot chain those cannot judge."""
    plain, still = pointer.paths, [pl.col(axis).list.eval(pl.element() * 0) for axis in "xy"]
    patch.setattr(pointer, "paths", lambda *given: plain(*given).with_columns(*still))


def _scrambled(rows: pl.DataFrame) -> pl.DataFrame:
    """Columns of the screen in another order."""
    return rows.with_columns(
        pl.col("x").list.eval((pl.element().cast(pl.Int64) * 13 + 5) % 34).cast(pl.List(pl.UInt8))
    )


SABOTAGES = {
    "rows sorted by person": Sabotage("side doors", _drawn(lambda r: r.sort("user_id", "id"))),
    "rows in the order of time": Sabotage("side doors", _drawn(lambda r: r.sort("first_ts"))),
    "a person with ten times the rows": Sabotage("shares", _one_greedy),
    "a person's own places": Sabotage("who is it", _drawn(_signed)),
    "a person's own rhythm": Sabotage(
        "same person", _drawn(lambda r: r.with_columns(
            (pl.col("gap") * 0 + (_person() % 8).cast(pl.UInt8)).alias("gap")))),
    "attackers who are blind": Sabotage("who is it", _blind, afresh=True),
    "raw ways that lead nowhere": Sabotage("chains", _nowhere, afresh=True),
    "places that say nothing": Sabotage("use", _drawn(_scrambled)),
    "snippets that follow one another": Sabotage(
        "chains", lambda p: p.setattr(thinning, "unchained", lambda r, _: r.drop("ordinal")),
        afresh=True),
    "rows that stand alone": Sabotage(
        "alone", lambda p: p.setattr(crowd, "common", lambda rows, *_: rows),
        dataset="pointer-snippets-strict", afresh=True),
    "pads kept": Sabotage(
        "canaries", lambda p: p.setattr(pads, "without_pads", lambda f: (f, 0)), afresh=True),
    "a finer clock": Sabotage("values", _drawn(_finer)),
    "a finer grid": Sabotage(
        "values", _drawn(lambda r: r.with_columns(pl.col("x") + pl.lit(32, pl.UInt8)))),
    "longer pieces": Sabotage(
        "values", _drawn(lambda r: r.with_columns(
            pl.concat_list(*[pl.col(n)] * 7).alias(n) for n in ("x", "y", "gap")))),
    "a session key": Sabotage("columns", _with_column("session", lambda n: pa.array([7] * n))),
    "a time": Sabotage("columns", _with_column(
        "ts", lambda n: pa.array([1] * n, pa.timestamp("us")))),
    "least and greatest values": Sabotage("statistics", _rewritten(
        lambda place, table: pq.write_table(table, place, write_statistics=True))),
    "row groups by person": Sabotage("statistics", _rewritten(
        lambda place, table: pq.write_table(
            table, place, write_statistics=False, row_group_size=9))),
    "a note in a file": Sabotage("statistics", _rewritten(
        lambda place, table: pq.write_table(
            table.replace_schema_metadata({"by": "a"}), place, write_statistics=False))),
    "one file for each person": Sabotage("people", lambda p: p.setattr(
        pseudonyms, "groups", lambda key, users, k: [(u,) for u in sorted(users)])),
    "a file of notes": Sabotage("files", _rewritten(
        lambda place, table: place.with_suffix(".txt").write_text("a") and None)),
    "a person's id in the card": Sabotage("ids", lambda p: p.setattr(
        card, "render", _thankful(card.render))),
    "a row nobody knows of": Sabotage("consent", lambda p: p.setattr(
        lineage, "stage", _forgetful(lineage.stage)), afresh=True),
    "a count that is wrong": Sabotage("sums", lambda p: p.setattr(
        judge.verify, "sums", _miscounted(verify.sums))),
}  # fmt: skip


def _forgetful(plain: Callable[..., None]) -> Callable[..., None]:
    def stage(store: Any, dataset: str, shard: Shard, rows: pl.DataFrame) -> None:
        plain(store, dataset, shard, rows.head(rows.height - 1))

    return stage


def _miscounted(plain: Callable[..., Any]) -> Callable[..., Any]:
    def sums(facts: dict[str, Any]) -> Any:
        counts = facts["counts"]
        return plain({**facts, "counts": {**counts, "released": counts["released"] + 1}})

    return sums


@pytest.mark.parametrize("name", SABOTAGES)
def test_each_sabotage_is_refused_by_the_gate_meant_for_it(
    people: World, tmp_path: Path, monkeypatch: Patch, name: str
) -> None:
    sabotage = SABOTAGES[name]
    monkeypatch.setenv(keys.ENVIRONMENT, str(people.key))
    left = ("releases", "refused", *(("cache.duckdb",) if sabotage.afresh else ()))
    shutil.copytree(people.project.root, tmp_path / "work", ignore=shutil.ignore_patterns(*left))
    if sabotage.gate not in (*attacked.GATES, useful.USE):
        monkeypatch.setattr(attacked, "attack", calm.lost)
    sabotage.broken(monkeypatch)
    if sabotage.gate != "canaries":
        monkeypatch.setattr(siderun, "run", lambda _, rules: {r.name: [] for r in rules.recipes})
    built = build_all(Project(tmp_path / "work", people.project.settings), sabotage.dataset)
    refusing = {gate.gate for gate in built.datasets[0].gates if gate.verdict != CLEAN}
    assert built.refused and sabotage.gate in refusing, refusing
    assert not (tmp_path / "work" / "releases" / sabotage.dataset).exists()
