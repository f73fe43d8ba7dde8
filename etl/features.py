"""What each transform publishes: columns, their types, and the names behind class labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from etl import tables
from privacy import languages, multilingual
from transforms import actions, pointer
from transforms.grid import GAPS

KINDS = ("exact", "pieces")
LANGUAGES = (multilingual.UNTOLD, *languages.COVERED)


@dataclass(frozen=True)
class Label:
    """A class label: a name from a fixed list, published as its number."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Number:
    """A whole number of 8 bits without sign, from 0 to `top`; a list of them where `many`."""

    top: int
    many: bool = False


@dataclass(frozen=True)
class Text:
    """A string."""


@dataclass(frozen=True)
class Structs:
    """A list of structures of named parts."""

    parts: tuple[tuple[str, Label | Number], ...]


Feature = Label | Number | Text | Structs


def categories() -> tuple[str, ...]:
    """Every application category, in alphabetical order, `other` among them."""
    return tuple(sorted({*tables.applications().values(), "other"}))


def published(transform: str, columns: int, rows: int) -> dict[str, Feature]:
    """Column -> feature, for a transform's name and a grid of so many columns and rows."""
    across, down, gap = Number(columns - 1), Number(rows - 1), Number(GAPS)
    if transform == "typed_text":
        return {
            "text": Text(),
            "language": Label(LANGUAGES),
            "app": Label(categories()),
            "kind": Label(KINDS),
        }
    if transform == "pointer":
        return {
            "app": Label(categories()),
            "x": Number(columns - 1, many=True),
            "y": Number(rows - 1, many=True),
            "gap": Number(GAPS, many=True),
            "end": Label(pointer.ENDS),
        }
    parts: tuple[tuple[str, Label | Number], ...] = (
        ("action", Label(actions.ACTIONS)), ("x", across), ("y", down), ("to_x", across),
        ("to_y", down), ("length", Label(actions.LENGTHS)), ("hotkey", Label(actions.HOTKEYS)),
        ("app", Label(("none", *categories()))), ("gap", gap),
    )  # fmt: skip
    return {"actions": Structs(parts)}


def arrow_type(feature: Feature) -> pa.DataType:
    """The Arrow type that a column of this feature is written with."""
    if isinstance(feature, Text):
        return pa.string()
    if isinstance(feature, Label):
        return pa.int64()
    if isinstance(feature, Number):
        return pa.list_(pa.uint8()) if feature.many else pa.uint8()
    return pa.list_(pa.struct([(name, arrow_type(part)) for name, part in feature.parts]))


def encoded(rows: pl.DataFrame, features: Mapping[str, Feature]) -> pl.DataFrame:
    """The published columns alone, class labels as numbers; a name that is not listed raises."""
    return rows.select(
        _encoded(pl.col(name), feature).alias(name) for name, feature in features.items()
    )


def _encoded(value: pl.Expr, feature: Feature) -> pl.Expr:
    if isinstance(feature, Label):
        numbers = {name: number for number, name in enumerate(feature.names)}
        return value.replace_strict(numbers, return_dtype=pl.Int64)
    if isinstance(feature, Structs):
        parts = [
            _encoded(pl.element().struct.field(name), part).alias(name)
            for name, part in feature.parts
        ]
        return value.list.eval(pl.struct(parts))
    return value


def card_features(features: Mapping[str, Feature]) -> list[dict[str, object]]:
    """The features as a dataset card's `dataset_info` declares them."""
    return [_declared(name, feature) for name, feature in features.items()]


def _declared(name: str, feature: Feature) -> dict[str, object]:
    if isinstance(feature, Text):
        return {"name": name, "dtype": "string"}
    if isinstance(feature, Label):
        names = {str(number): label for number, label in enumerate(feature.names)}
        return {"name": name, "dtype": {"class_label": {"names": names}}}
    if isinstance(feature, Number):
        return {"name": name, "list": "uint8"} if feature.many else {"name": name, "dtype": "uint8"}
    return {"name": name, "list": [_declared(part, inner) for part, inner in feature.parts]}


def said(value: Any) -> Any:
    """A row for people to read: without the parts of an action that say nothing."""
    if isinstance(value, dict):
        told = {name: part for name, part in value.items() if part is not None and part != "none"}
        return {name: said(part) for name, part in told.items()}
    return [said(part) for part in value] if isinstance(value, list) else value
