"""What to do about releases that nobody should have: build the next, replace what was published."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.marks import Mark, Marks


@dataclass(frozen=True)
class Copy:
    """A published copy of a release that nobody should have any more.

    `by` is the release of that dataset to put in its place, None where it must be built first;
    `there` is False where nothing was found at that place just now; elsewhere than in a folder
    nobody looks.
    """

    dataset: str
    version: str
    dest: str
    by: str | None
    there: bool


def withheld(marked: Mapping[str, Marks]) -> tuple[Copy, ...]:
    """The copies of releases that are waiting, recalled, erased or were followed for that."""
    found: list[Copy] = []
    for dataset, marks in marked.items():
        last = newest(marks)
        by = last.version if last and not last.withheld and last.superseded is None else None
        found += [
            Copy(dataset, mark.version, dest, by, remote(dest) or Path(dest).is_dir())
            for mark in marks.values()
            if mark.withheld
            for dest in mark.copies
        ]
    return tuple(found)


def newest(marks: Marks) -> Mark | None:
    """The newest release of a dataset that was not erased, or None."""
    standing = [mark for mark in marks.values() if mark.erased_at is None]
    return standing[-1] if standing else None


def waiting(marked: Mapping[str, Marks]) -> tuple[str, ...]:
    """The datasets whose newest release nobody should have, so that another must be built."""
    return tuple(
        dataset
        for dataset, marks in marked.items()
        if (last := newest(marks)) is None or last.withheld
    )


def steps(to_build: Sequence[str], copies: Sequence[Copy]) -> tuple[str, ...]:
    """The commands that end it, in their order: build, then publish in place of each copy."""
    built = [f"tacenda build {' '.join(to_build)}"] if to_build else []
    there = [copy for copy in copies if copy.there]
    return (*built, *(_in_place_of(one) for one in there))


def remote(dest: str) -> bool:
    """Whether a place is no folder; older versions stay there until they are superseded."""
    return "://" in dest


def _in_place_of(copy: Copy) -> str:
    more = " --supersede" if remote(copy.dest) else ""
    return f"tacenda publish {_by(copy)} {shlex.quote(copy.dest)}{more}"


def _by(copy: Copy) -> str:
    return f"{copy.dataset}/{copy.by or 'NEXT'}"
