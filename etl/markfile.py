"""The file that holds what became of a dataset's releases, and one release's mark in it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from etl.errors import TacendaError

FILE, FORMAT = "marks.json", 1

_VERSION = re.compile(r"v([1-9][0-9]*)")


class Publication(TypedDict):
    """Where a release was put and when; `until`: when something else took its place there."""

    dest: str
    at: int
    until: NotRequired[int]


class Superseded(TypedDict):
    """Which version followed, and when."""

    by: str
    at: int


class Recalled(TypedDict):
    """When and why a release was recalled, and the digests of its `dataset/`, by path."""

    at: int
    reason: str
    files: dict[str, str]


@dataclass(frozen=True)
class Mark:
    """What became of one version; times in microseconds.

    `waiting` holds why it waits for a successor ("withdrawal", "retention") and since when. It
    stays when one has followed, and then tells why.
    """

    version: str
    waiting: Mapping[str, int] = field(default_factory=dict)
    superseded: Superseded | None = None
    recalled: Recalled | None = None
    erased_at: int | None = None
    published_to: tuple[Publication, ...] = ()

    @property
    def state(self) -> str:
        """The weightiest: erased, recalled, superseded, waiting; else released."""
        if self.erased_at is not None:
            return "erased"
        if self.recalled is not None:
            return "recalled"
        if self.superseded is not None:
            return "superseded"
        return "waiting" if self.waiting else "released"

    @property
    def copies(self) -> tuple[str, ...]:
        """The places where it was put and nothing has taken its place since."""
        return tuple(one["dest"] for one in self.published_to if "until" not in one)

    @property
    def withheld(self) -> bool:
        """Whether nobody should have it: a person asked, time is up, or it was taken back."""
        return bool(self.waiting) or self.recalled is not None or self.erased_at is not None


Marks = dict[str, Mark]


def standing(place: Path) -> list[str]:
    """The versions whose folders are in a dataset's folder, the oldest first."""
    return sorted((p.name for p in place.glob("v*") if _VERSION.fullmatch(p.name)), key=number)


def number(version: str) -> int:
    """The number of a version; 0 where it is none."""
    match = _VERSION.fullmatch(version)
    return int(match[1]) if match else 0


def read(place: Path) -> Marks:
    """The marks of every version that stands or ever did, the oldest first."""
    found = {version: Mark(version) for version in standing(place)}
    found |= {version: _mark(version, facts) for version, facts in _stored(place / FILE).items()}
    return {version: found[version] for version in sorted(found, key=number)}


def _stored(file: Path) -> dict[str, Any]:
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
        if facts["format"] != FORMAT:
            raise ValueError
        versions: dict[str, Any] = dict(facts["versions"])
        return {version: dict(one) for version, one in versions.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise TacendaError(
            "what became of a dataset's releases cannot be read",
            where=f"{file}: {type(error).__name__}",
            todo="bring the file back; or remove it and run `tacenda build`, which finds again "
            "what waits and what was recalled, but not where releases were published",
            undone="nothing was changed",
        ) from None


def _mark(version: str, facts: Mapping[str, Any]) -> Mark:
    return Mark(
        version,
        dict(facts.get("waiting", {})),
        facts.get("superseded"),
        facts.get("recalled"),
        facts.get("erased_at"),
        tuple(facts.get("published_to", ())),
    )


def write(place: Path, marks: Mapping[str, Mark]) -> None:
    """Writes the marks beside, then renames them, where they differ from what stands there."""
    versions = {}
    for version, mark in marks.items():
        facts = {name: value for name, value in asdict(mark).items() if value not in (None, {}, ())}
        facts.pop("version")
        if facts:
            versions[version] = facts
    text = json.dumps({"format": FORMAT, "versions": versions}, indent=2, sort_keys=True)
    if json.loads(text)["versions"] == _stored(place / FILE):
        return
    beside = place / f".{FILE}.part"
    with beside.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(place / FILE)
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
