"""The steps of an erasure, in their order; each may be repeated, and each can fail."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace

from etl import (
    cache,
    compaction,
    holdings,
    markfile,
    marks,
    needles,
    proof,
    registryrows,
    release,
    removal,
    warehouse,
)  # fmt: skip
from etl.errors import TacendaError
from etl.markfile import Recalled
from etl.needles import Kept
from etl.project import Project
from etl.proof import Proof, Searched
from etl.search import Sought
from etl.tombstones import Erased, Tombstone

UNDONE = "the erasure has begun and has not ended; until it has, nothing is built"
_AGAIN = "then run `tacenda erase USER --yes` again"
_LEAVING = ".erasing-"
_SHOWN = 10


@dataclass
class Job:
    """An erasure under way."""

    project: Project
    user: str
    tombstone: Tombstone
    people: Erased
    kept: Kept
    wanted: Sought
    now: int


def releases(job: Job) -> None:
    """Removes the releases that hold rows of theirs, and notes that their numbers are used up."""
    project = job.project
    release.sweep(project)
    for left in project.releases.glob(f"*/{_LEAVING}*"):
        shutil.rmtree(left)
    with warehouse.reading(project) as connection:
        held = holdings.of(connection, project, job.user)
    for one in held:
        folder = project.releases / one.dataset / one.version
        marks.erase(project, one.dataset, one.version, job.now)
        if folder.exists():
            leaving = folder.with_name(f"{_LEAVING}{one.version}")
            folder.rename(leaving)
            shutil.rmtree(leaving)
    _hide_reasons(job)


def _hide_reasons(job: Job) -> None:
    """Takes their id out of the reasons for which releases were recalled."""
    for dataset in marks.datasets(job.project):
        known = marks.read(job.project, dataset)
        for version, mark in known.items():
            recalled = mark.recalled
            if recalled and removal.names(recalled["reason"], job.wanted, job.people):
                hidden: Recalled = {**recalled, "reason": removal.HIDDEN}
                known[version] = replace(mark, recalled=hidden)
        markfile.write(job.project.releases / dataset, known)


def registries(job: Job) -> None:
    """Takes their rows out of the consent registries."""
    for one in registryrows.struck(job.project, job.user):
        if one.rows:
            registryrows.write(one)


def rows(job: Job) -> None:
    """Takes their rows out of the warehouse's tables."""
    with warehouse.writing(job.project) as connection:
        removal.take(connection, job.user, job.wanted, job.people)


def kept_rows(job: Job) -> None:
    """Takes them out of what builds keep."""
    cache.forget(job.project, job.user)


def files(job: Job) -> None:
    """Takes what was deleted off the disk."""
    compaction.clean(job.project)


STEPS = (releases, registries, rows, kept_rows, files)


def prove(job: Job, wanted: Sought) -> Proof:
    """Searches all that remains; raises where anything is found or could not be looked into."""
    own = needles.place(job.project, job.tombstone.number)
    done = proof.prove(job.project, wanted, own)
    if done.findings and all(_beside(job, one) for one in done.findings):
        cache.drop(job.project)
        done = proof.prove(job.project, wanted, own)
    if done.findings:
        raise TacendaError(
            "something of this person is left, or could not be looked into",
            where=shown(done.findings),
            todo=f"mend these files or move them out of the project, {_AGAIN}",
            undone=UNDONE,
        )
    return done


def _beside(job: Job, one: Searched) -> bool:
    """Whether it may be no text of theirs: in the cache words of others lie side by side.

    Whatever it is, it goes with the cache, which builds make anew.
    """
    return one.path == f"warehouse/{cache.place(job.project).name}" and set(one.found) == {"typed"}


def shown(found: tuple[Searched, ...] | list[Searched]) -> str:
    """Where something was found and of what kind, never the text."""
    lines = [f"{one.path}: {', '.join(one.found)}" for one in found[:_SHOWN]]
    more = len(found) - _SHOWN
    return "; ".join([*lines, f"and {more} more files"] if more > 0 else lines)
