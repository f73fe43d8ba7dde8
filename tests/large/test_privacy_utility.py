"""What attackers reach and what a model still learns, by setting; writes docs/privacy-utility.md.

Balabit and SapiMouse take part where `TACENDA_BALABIT` and `TACENDA_SAPIMOUSE` name their folders;
only then the page is written. The simulated people are 200.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from etl.project import Project
from etl.recipe import Recipe
from privacy import uses
from privacy.attacks import linking, seen, who
from privacy.attacks.figures import Figure, TooFewError
from privacy.uses import Use
from tests.large import crowds, defended, mice, utility_page
from tests.large.crowds import NAMES, Frames, shipped
from transforms import actions, clips, pads, pointer
from transforms.grid import Grid, on_screen

pytestmark = pytest.mark.audit

PEOPLE = 200


@dataclass(frozen=True)
class Setting:
    """A way to release rows: made from events, and then drawn, or not (None)."""

    name: str
    recipe: Recipe
    make: Callable[[pl.DataFrame, Recipe], pl.DataFrame]
    drawn: bool = True


@dataclass(frozen=True)
class Measured:
    """A setting's figures on one set of people."""

    people: str
    setting: str
    transform: str
    attacks: tuple[Figure, ...]
    uses: tuple[Use, ...]
    rows: int


def _unlimited(one: Recipe, **more: object) -> Recipe:
    """A recipe beyond what recipes may say: never built, only measured."""
    grid = one.grid.model_copy(
        update={k: v for k, v in more.items() if k in ("columns", "rows", "bin_ms")}
    )
    parts = {k: v for k, v in more.items() if k in ("max_points",)}
    return one.model_copy(update={"grid": grid, "pointer": one.pointer.model_copy(update=parts)})


def _all_snippets(frame: pl.DataFrame, one: Recipe) -> pl.DataFrame:
    left, _ = pads.without_pads(frame)
    return pointer.snippets(left, one.pointer_params())


def _all_actions(frame: pl.DataFrame, one: Recipe) -> pl.DataFrame:
    left, _ = pads.without_pads(frame)
    params = actions.ActionParams(Grid(one.grid.columns, one.grid.rows), 12, skipped=0, gap_ms=250)
    return actions.sequences(left, params)


def settings() -> list[Setting]:
    plain, strict = shipped("pointer-snippets"), shipped("pointer-snippets-strict")
    fine = _unlimited(plain, columns=64, rows=36, bin_ms=100, max_points=40)
    return [
        Setting("64 by 36 cells, 100 ms, whole ways", fine, _all_snippets, drawn=False),
        Setting("34 by 19 cells, 250 ms, whole ways", _unlimited(plain, max_points=40),
                _all_snippets, drawn=False),
        Setting("six points, all rows", plain, _all_snippets, drawn=False),
        Setting("pointer-snippets", plain, defended.candidates),
        Setting("pointer-snippets-strict", strict, defended.candidates),
        Setting("twelve actions in a row, 250 ms, all rows", shipped("desktop-actions"),
                _all_actions, drawn=False),
        Setting("desktop-actions", shipped("desktop-actions"), defended.candidates),
        Setting("desktop-actions-strict", shipped("desktop-actions-strict"), defended.candidates),
    ]  # fmt: skip


def rows_of(setting: Setting, frames: Frames) -> pl.DataFrame:
    rows = pl.concat([setting.make(frame, setting.recipe) for frame in frames()])
    if setting.drawn:
        return defended.released(rows, setting.recipe)
    return rows.with_columns(pl.lit(0).alias("file"))


def _attacks(rows: pl.DataFrame, setting: Setting) -> tuple[Figure, ...]:
    try:
        return tuple(defended.attacks(rows, setting.recipe))
    except TooFewError:
        return ()


def _uses(frames: Frames, rows: pl.DataFrame, setting: Setting) -> tuple[Use, ...]:
    frame = pl.concat(frames())
    measure = (
        defended.pointer_uses if setting.recipe.transform == "pointer" else defended.action_uses
    )
    try:
        return tuple(measure(frame, rows, setting.recipe))
    except TooFewError:
        return ()


def raw(people: str, frames: Frames) -> Measured:
    made = pl.concat([clips.clips(frame) for frame in frames()])
    known = seen.with_truth(made, np.array(made["features"].to_list(), dtype=np.float32))
    found = (*who.who(known, defended.SEED), linking.rows_of_one(known, defended.SEED),
             linking.bags_of_one(known, defended.SEED))  # fmt: skip
    return Measured(people, "raw clips of eight seconds", "pointer", found, (), made.height)


def measured(people: str, frames: Frames) -> list[Measured]:
    out = [raw(people, frames)]
    for setting in settings():
        rows = rows_of(setting, frames)
        there = not rows.is_empty()
        told = _attacks(rows, setting) if there else ()
        used = _uses(frames, rows, setting) if there else ()
        out.append(
            Measured(people, setting.name, setting.recipe.transform, told, used, rows.height)
        )
        print(out[-1])  # noqa: T201
    return out


PUBLIC = {
    "Balabit, 10": ("TACENDA_BALABIT", mice.balabit),
    "SapiMouse, 122": ("TACENDA_SAPIMOUSE", mice.sapimouse),
}


def test_risk_and_use_of_each_setting(many: Project) -> None:
    sets: dict[str, Frames] = {"simulated, 200": crowds.frames(many, PEOPLE)}
    for name, (variable, read) in PUBLIC.items():
        if os.environ.get(variable):
            frame = read(Path(os.environ[variable]))
            sets[name] = lambda frame=frame: iter([frame])
    found = [one for name, frames in sets.items() for one in measured(name, frames)]
    for one in found:
        told = {figure.measure: figure for figure in one.attacks}
        if one.setting.startswith("raw"):
            assert told[who.RANK_1].low > 2, one
        elif one.setting in NAMES and told:
            assert told[who.RANK_1].value <= 2.5 and told[who.RANK_1].high <= 4, one
            assert told[who.EQUAL_ERROR].value >= 0.4 and told[linking.SINGLE].value <= 0.55, one
    lines = []
    for name, frames in sets.items():
        whole, left, there = clicks_kept(frames)
        lines.append([name, f"{whole:,}", f"{1 - left / whole:.0%}", f"{there / left:.0%}"])
    print(lines)  # noqa: T201
    if len(sets) == 3:
        _written(found)
        names = ("people", "left clicks", "taken for a pad's, or near", "of the others in a row")
        utility_page.put("clicks", utility_page.table(names, lines))


def _written(found: list[Measured]) -> None:
    names = ("people", "setting", "rows", "rank-1, x chance", "equal error", "same person, rows",
             "bags of ten")  # fmt: skip
    measures = (who.RANK_1, who.EQUAL_ERROR, linking.SINGLE, linking.BAGS)
    lines, used = [], []
    for one in found:
        told = {figure.measure: figure for figure in one.attacks}
        reached = [utility_page.figure(told.get(measure)) for measure in measures]
        lines.append([one.people, one.setting, f"{one.rows:,}", *reached])
        for use in one.uses:
            cells = [f"{value:.2f}" for value in (use.value, use.raw, use.naive, use.kept)]
            used.append([one.people, one.setting, use.measure, *cells, f"{use.rows:,}"])
    utility_page.put("risk", utility_page.table(names, lines))
    heads = ("people", "setting", "task", "released", "raw", "no model", "kept", "tried")
    utility_page.put("use", utility_page.table(heads, used))
    utility_page.chart([point for one in found if (point := _point(one))])


def clicks_kept(frames: Frames) -> tuple[int, int, int]:
    """Left presses on the screen, those that the rule for pads left, and those in a released row.

    Of the two default recipes together; a row of actions holds what was pressed within it.
    """
    pressed = (pl.col("type") == "mousedown") & (pl.col("button") == "left") & on_screen()
    whole = pl.concat([frame.filter(pressed) for frame in frames()])
    left = pl.concat([pads.without_pads(frame)[0].filter(pressed) for frame in frames()])
    found = []
    for name in NAMES[::2]:
        one = shipped(name)
        rows = defended.released(
            pl.concat([defended.candidates(frame, one) for frame in frames()]), one
        )
        spans = rows.select("user_id", "device_id", "first_ts", "last_ts").sort("first_ts")
        ends = pl.col("last_ts").alias("ts")
        if one.transform == "pointer":
            found.append(left.join(spans.select("user_id", "device_id", ends),
                                   on=["user_id", "device_id", "ts"], how="semi"))  # fmt: skip
        else:
            inside = left.sort("ts").join_asof(
                spans, left_on="ts", right_on="first_ts", by=["user_id", "device_id"]
            )
            found.append(inside.filter(pl.col("ts") <= pl.col("last_ts")).select(left.columns))
    there = pl.concat(found).select("user_id", "device_id", "ts").unique()
    return whole.height, left.height, there.height


def _point(one: Measured) -> dict[str, object] | None:
    """Rows of one point alone foretell no way: their use is none."""
    risk = next((figure for figure in one.attacks if figure.measure == who.RANK_1), None)
    kept = [use.kept for use in one.uses if use.measure in (uses.FORECAST, uses.NEXT)]
    if risk is None:
        return None
    kept = kept or [float(one.setting.startswith("raw"))]
    return {"people": one.people, "setting": one.setting, "rows": one.transform,
            "risk": risk.value, "use": kept[0]}  # fmt: skip
