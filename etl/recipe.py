"""`datasets/<name>/recipe.toml` -> Recipe: frozen, every key known, with a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from etl.errors import UsageError
from etl.project import parse_toml
from transforms.actions import ActionParams
from transforms.grid import Grid
from transforms.pointer import PointerParams

Scope = Literal["keyboard", "mouse", "other"]
Language = Literal["en", "de", "fr", "es", "it", "nl", "pt"]
OTHER = "other"
"""What the Hub calls a licence that is none of the well-known ones."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GridTable(_Table):
    """How coarse places and times are; finer than the default is refused (see docs)."""

    columns: int = Field(default=34, ge=1, le=34)
    rows: int = Field(default=19, ge=1, le=19)
    bin_ms: int = Field(default=250, ge=250, le=60_000)


class PointerTable(_Table):
    """How long a snippet may be."""

    max_points: int = Field(default=6, ge=1, le=6)
    rest_ms: int = Field(default=2000, ge=500, le=60_000)


class ActionsTable(_Table):
    """How long a row of actions may be, how many are left out between two, how coarse gaps are."""

    max_actions: int = Field(default=3, ge=2, le=3)
    skipped: int = Field(default=2, ge=2)
    gap_ms: int = Field(default=2000, ge=2000, le=60_000)


class VocabularyTable(_Table):
    """Which words pass: common ones of these languages, or typed by people on days.

    With `sequences` a text leaves only as sequences of words that k people typed.
    """

    languages: tuple[Language, ...] = Field(default=("en",), min_length=1)
    people: int = Field(default=10, ge=10)
    days: int = Field(default=3, ge=3)
    sequences: bool = False


class RepeatsTable(_Table):
    """How often equal and nearly equal texts may stand in a dataset: of one person, of all."""

    per_person: int = Field(default=5, ge=1)
    overall: int = Field(default=200, ge=10)


class SplitTable(_Table):
    """Shares by person, from so many people on; below, all is `train`."""

    from_people: int = Field(default=200, ge=200)
    train: float = Field(default=0.8, gt=0, le=1)
    validation: float = Field(default=0.1, gt=0, lt=1)
    test: float = Field(default=0.1, gt=0, lt=1)

    @model_validator(mode="after")
    def _whole(self) -> SplitTable:
        if abs(self.train + self.validation + self.test - 1) > 1e-9:
            raise ValueError("train, validation and test must add up to 1")
        return self

    def shares(self) -> dict[str, float]:
        return {"train": self.train, "validation": self.validation, "test": self.test}


class LimitsTable(_Table):
    """How far attackers may get, at the far end of each figure's interval, and what must be left.

    `forecast`, `landing` (of rows of one point), `next_action`: the least share of what raw
    recordings give; `click_px`: pixels.
    """

    rank_1: float = Field(default=4.0, gt=0, le=4.0)
    equal_error: float = Field(default=0.35, ge=0.35, lt=0.5)
    same_row: float = Field(default=0.6, gt=0.5, le=0.6)
    same_bag: float = Field(default=0.8, gt=0.5, le=0.8)
    chain: float = Field(default=0.85, gt=0.5, le=0.85)
    adjacent: float = Field(default=2.0, gt=1, le=2.0)
    timed: float = Field(default=0.25, gt=0, le=0.25)
    forecast: float = Field(default=0.4, ge=0, le=1)
    landing: float = Field(default=0.3, ge=0, le=1)
    next_action: float = Field(default=0.7, ge=0, le=1)
    click_px: float = Field(default=25, gt=0)


class Recipe(_Table):
    """What a dataset is made of and how strictly; looser than the defaults is an error.

    One that is `optional` is built only where it is named. Of each person of a file as many rows
    (of actions: on average) are drawn as the share `common` of its people have, and of those the
    share `sample`, some `per_person` rows at the most. Of a row drawn so much is told as `like`
    people of its file made the like of.
    `license` is an identifier of the Hub's; with `other` a name stands beside it, and a link where
    there is one. `contact` is whom people ask to leave.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,60}$")
    title: str
    transform: Literal["typed_text", "pointer", "actions"]
    scopes: tuple[Scope, ...] = Field(min_length=1)
    optional: bool = False
    min_people: int = Field(default=30, ge=10)
    k: int = Field(default=10, ge=10)
    sample: float = Field(default=0.8, gt=0, le=0.9)
    common: float = Field(default=0.75, ge=0.65, le=1)
    per_person: int | None = Field(default=None, ge=1)
    like: int = Field(default=1, ge=1)
    license: str = Field(default=OTHER, pattern=r"^[a-z0-9][a-z0-9.+-]*$")
    license_name: str = Field(default="internal-use", pattern=r"^[a-z0-9][a-z0-9.+-]*$")
    license_link: str = Field(default="", pattern=r"^(https://\S+)?$")
    contact: str = Field(default="whoever runs the recording where you work", pattern=r"^[^\n]+$")
    grid: GridTable = GridTable()
    pointer: PointerTable = PointerTable()
    actions: ActionsTable = ActionsTable()
    vocabulary: VocabularyTable = VocabularyTable()
    repeats: RepeatsTable = RepeatsTable()
    split: SplitTable = SplitTable()
    limits: LimitsTable = LimitsTable()

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of everything that the recipe says."""
        return hashlib.sha256(json.dumps(self.model_dump(), sort_keys=True).encode()).hexdigest()

    def _grid(self) -> Grid:
        return Grid(self.grid.columns, self.grid.rows, self.grid.bin_ms)

    def pointer_params(self) -> PointerParams:
        return PointerParams(self._grid(), self.pointer.max_points, self.pointer.rest_ms)

    def action_params(self) -> ActionParams:
        table = self.actions
        return ActionParams(
            self._grid(), table.max_actions, skipped=table.skipped, gap_ms=table.gap_ms
        )


def load(folder: Path) -> Recipe:
    """Reads one recipe; raises `UsageError` naming each key that is unknown or out of bounds."""
    file = folder / "recipe.toml"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "a recipe cannot be read", where=f"{file}: {type(error).__name__}"
        ) from None
    recipe = parse_toml(Recipe, text, str(file))
    if recipe.name != folder.name:
        raise UsageError(
            f"the recipe is named {recipe.name!r}, not like its folder", where=str(file)
        )
    return recipe


def chosen(folder: Path, names: Sequence[str], releases: Path | None = None) -> tuple[Recipe, ...]:
    """The recipes of a project by name, or all of them, in the order of their names.

    Without names an optional one is left out, unless `releases` holds what was made of it: that
    must follow what people ask like any other.
    """
    there = sorted(one.name for one in folder.glob("*/") if (one / "recipe.toml").exists())
    unknown = sorted(set(names) - set(there))
    if unknown or not there:
        raise UsageError(
            f"there is no recipe {unknown[0]!r}" if unknown else "there is no recipe",
            where=str(folder),
            todo=f"name one of {', '.join(there) or 'none'}",
        )
    loaded = tuple(load(folder / name) for name in (sorted(set(names)) or there))
    return loaded if names else tuple(one for one in loaded if _wanted(one, releases))


def _wanted(one: Recipe, releases: Path | None) -> bool:
    return not one.optional or (releases is not None and (releases / one.name).is_dir())
