"""A release taken back: for a leak found later, or a list or policy that was tightened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl import copies, marks, release, requests
from etl.copies import Copy
from etl.errors import TacendaError, unforeseen
from etl.project import Project


@dataclass(frozen=True)
class Recalled:
    """A release that was recalled now, or (`known`) before: as which request, when and why."""

    dataset: str
    version: str
    verdict: str
    number: int
    recalled_at: int
    reason: str
    copies: tuple[Copy, ...]


def recall(
    connection: duckdb.DuckDBPyConnection, project: Project, folder: Path, reason: str, now: int
) -> Recalled:
    """Keeps that a release was taken back and marks it; from then on it is not published.

    Only under the project's lock. One that was recalled before stays as it was.
    """
    release.require_own(project, folder)
    dataset, version = folder.resolve().parent.name, folder.resolve().name
    marks.read(project, dataset)  # one that cannot be read must stop this before it begins
    verdict, kept = requests.add_recall(connection, dataset, version, reason, now)
    said = kept.reason or ""
    try:
        marks.recall(project, dataset, version, said, kept.asked_at)
    except OSError as error:
        raise TacendaError(
            "the recall is kept, but the release could not be marked",
            where=unforeseen(error).splitlines()[0],
            todo="mend that, then run this again, or `tacenda build`",
            undone="publishing this release is not refused yet",
        ) from None
    gone = copies.withheld({dataset: marks.read(project, dataset)})
    own = tuple(one for one in gone if one.version == version)
    return Recalled(dataset, version, verdict, kept.number, kept.asked_at, said, own)
