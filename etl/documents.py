"""What lies in a dataset beside its rows: card, metadata and pictures, as what they say and hold.

What Tacenda writes in every dataset of a kind tells of nobody, though somebody be called as one of
its words; `own` says what that is.

Numbers that are counted or measured here are left out of what is searched: sizes, digests and
places in a picture may well look like somebody's number. That they are what they should be is
checked apart, and nothing else may hide among them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from etl import card, cardhead, croissant, setup
from etl.features import Feature
from etl.recipe import Recipe
from etl.shards import Shard
from privacy import canaries
from privacy.attacks import chains, linking, sides, who
from privacy.gates import Violation, content

CARD, METADATA = "README.md", "croissant.json"
COMPOSITION, ATTACKERS = "figures/composition.svg", "figures/attackers.svg"
NAMES = frozenset({CARD, METADATA, COMPOSITION, ATTACKERS})
"""Every file that may lie in a dataset beside its rows."""

_MEASURES = (who.RANK_1, who.EQUAL_ERROR, linking.SINGLE, linking.BAGS, chains.NEXT,
             sides.ADJACENT, sides.TIMED)  # fmt: skip
_CARD_FIGURES = re.compile(r'("(?:num_bytes|num_examples|download_size|dataset_size)": )\d+')
_FILE_FIGURES = re.compile(r'(?<=: ")(?:[0-9a-f]{64}|\d+ B)(?=",?$)', re.MULTILINE)
_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset({"svg", "g", "path", "rect", "line", "text"})
_ATTRIBUTES = frozenset({
    "version", "class", "width", "height", "viewBox", "fill", "stroke", "stroke-width",
    "stroke-miterlimit", "stroke-dasharray", "transform", "role", "aria-hidden",
    "aria-roledescription", "d", "pointer-events", "opacity", "x", "y", "x2", "y2", "text-anchor",
    "font-family", "font-size", "font-weight", "display",
})  # fmt: skip
_NUMBERS = r"-?\d*\.?\d+(?:e-?\d+)?(?:[ ,]-?\d*\.?\d+(?:e-?\d+)?)*"
_PLACES = re.compile(rf"translate\({_NUMBERS}\)|{_NUMBERS}(?:px)?|(?:[MLHVAhvl]{_NUMBERS}|Z)*")
_COLOURS = re.compile(r"#[0-9a-f]{3}(?:[0-9a-f]{3})?")
_SHIPPED = {
    "typed_text": "typed-text",
    "pointer": "pointer-snippets",
    "actions": "desktop-actions",
}
_MORE = re.compile(r"<[!?]")  # declarations, comments, instructions
_LAYOUT = re.compile(
    r"(?:marks?|background|foreground|root|graphics-object|group mark container"
    r"|(?:mark|role)-(?:group|frame|axis|mark|rect|rule|text|symbol|scope)"
    r"|role-axis-(?:domain|grid|label|tick|title)|layer_\d_marks|start|middle|end|bold|none|true"
    r"|white|sans-serif| )*"
)
"""What pictures are laid out with: names of parts and of settings."""
_COUNT = re.compile(r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?(?: \(\d+\.\d%\))?")


def names(recipe: Recipe) -> tuple[str, ...]:
    """The files that lie beside the rows of a recipe's dataset."""
    if recipe.transform == "typed_text":
        return CARD, METADATA, COMPOSITION
    return CARD, METADATA, COMPOSITION, ATTACKERS


def texts(folder: Path, recipe: Recipe) -> Iterator[tuple[str, list[str]]]:
    """(file, all that it says) of each file beside the rows; raises where one cannot be read."""
    for name in names(recipe):
        text = (folder / name).read_text(encoding="utf-8")
        if name == CARD:
            yield name, _CARD_FIGURES.sub(r"\1", text).splitlines()
        elif name == METADATA:
            read = json.loads(_FILE_FIGURES.sub("", text), object_pairs_hook=list)
            lines = [line for one in _strings(read) for line in one.splitlines()]
            # No shorter id is looked for within others; as a whole it may be a name of ours.
            yield name, [line for line in lines if len(line) >= content.SHORT]
        else:
            yield name, _said(text)


def _strings(value: Any) -> Iterator[str]:
    """Every name and value of JSON that was read as pairs."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)


def own(recipe: Recipe, features: Mapping[str, Feature]) -> list[str]:
    """The lines that stand in these files whatever was captured, and whoever the project is.

    Taken from what is shipped, not made by the code that writes these files: what that should
    write by mistake would pass for our own.
    """
    shipped = setup.shipped_recipes() / _SHIPPED[recipe.transform] / "card.md"
    parts = card.parts()
    text = "\n".join([shipped.read_text(encoding="utf-8"), *parts.values()])
    lines = [line for one in text.splitlines() for line in (one, one.removeprefix("- "))]
    names = [name for _, label in croissant.labels(features) for name in label.names]
    terms = parts["terms"]
    asked = [f"> {terms}", *cardhead.asked(terms)]
    return [*lines, *asked, *names, *croissant.WORDS, *_MEASURES]


def wrong(folder: Path, recipe: Recipe, shards: Sequence[Shard]) -> list[Violation]:
    """What is at fault in these files by themselves: forms, figures of files, planted texts."""
    out = _metadata(json.loads((folder / METADATA).read_text(encoding="utf-8")), shards)
    for name in names(recipe):
        if name.endswith(".svg"):
            out += _picture(name, (folder / name).read_text(encoding="utf-8"))
    if out:
        return out
    return [
        one
        for name, said in texts(folder, recipe)
        for one in canaries.texts(name, said, control=False)
    ]


def _metadata(facts: Mapping[str, Any], shards: Sequence[Shard]) -> list[Violation]:
    """Whether the metadata tells of the files as they are, and of no other."""
    told = {
        (one["contentUrl"], one["sha256"], one["contentSize"])
        for one in facts["distribution"]
        if one["@type"] == "cr:FileObject"
    }
    wanted = {(shard.file, shard.sha256, f"{shard.bytes} B") for shard in shards}
    n = len(told ^ wanted)
    return [Violation(METADATA, n, "files are not as it says")] if n else []


def _picture(name: str, text: str) -> list[Violation]:
    """Whether a picture is made of lines, bars and words alone."""
    what = "a picture with more than shapes and words"
    if _MORE.search(text):
        return [Violation(name, 1, what)]
    every = _elements(text)
    odd = sum(one.tag.removeprefix(_SVG) not in _ELEMENTS for one in every)
    odd += sum(len(one.attrib.keys() - _ATTRIBUTES) for one in every)
    return [Violation(name, odd, what)] if odd else []


def _elements(text: str) -> list[ElementTree.Element]:
    if _MORE.search(text):
        raise ValueError("a picture with declarations, comments or instructions")
    return list(ElementTree.fromstring(text).iter())


def _said(text: str) -> list[str]:
    """The words of a picture, and whatever else in it is no place, colour or count."""
    found: list[str] = []
    for one in _elements(text):
        known = (_PLACES, _COLOURS, _LAYOUT)
        values = [v for v in one.attrib.values() if not any(form.fullmatch(v) for form in known)]
        words = [part for part in (one.text, one.tail) if part and part.strip()]
        found += values + [part for part in words if not _COUNT.fullmatch(part)]
    return found
