"""What was published at a place, taken back from there."""

from __future__ import annotations

from dataclasses import dataclass

from etl import locks, marks, warehouse
from etl.errors import UsageError
from etl.project import Project
from etl.targets import Taken, Target


@dataclass(frozen=True)
class Unpublished:
    """Which releases were there, what was removed and what not, and who had been given access."""

    releases: tuple[str, ...]
    taken: Taken
    readers: tuple[str, ...]


def require_key(project: Project) -> None:
    """Raises where whoever runs this cannot open the warehouse: names of readers are not theirs."""
    with warehouse.opened(project, "publish", write=False):
        pass


def found(project: Project, target: Target) -> tuple[str, ...]:
    """The releases that were put at a place and are there still, as `<dataset>/<version>`.

    Raises `UsageError` where there is none: a place that nothing was published to is not touched.
    """
    there = marks.at(project, target.where)
    if not there:
        raise UsageError(
            "nothing of this project is noted as published there",
            where=target.where,
            todo="name the place as `tacenda status` shows it",
            undone="nothing was removed",
        )
    return tuple(f"{dataset}/{version}" for dataset, version in there)


def unpublish(project: Project, target: Target, *, now: int) -> Unpublished:
    """Removes everything that was published at a place, with its history; for the key-holder.

    Names those who had been given access, which nobody can know afterwards. Where something could
    not be removed the place stays noted.
    """
    require_key(project)
    with locks.held(project.warehouse, "unpublish", write=True):
        releases = found(project, target)
        readers = tuple(target.readers())
        taken = target.take()
        if not taken.left:
            marks.unpublished(project, target.where, now)
    return Unpublished(releases, taken, readers)
