"""Takes everything of a person out of a project, for good, and proves that nothing is left.

Each step may be repeated. An erasure that was killed is ended by running it again, and until then
nothing is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import duckdb

from etl import (
    beforehand,
    certificate,
    copies,
    erasing,
    holdings,
    locks,
    marks,
    needles,
    others,
    registryrows,
    removal,
    search,
    tombstones,
    warehouse,
)  # fmt: skip
from etl.erasing import Job
from etl.errors import TacendaError, unforeseen
from etl.needles import Kept
from etl.project import Project
from etl.registryrows import Struck
from etl.search import Sought
from etl.tombstones import DONE, Tombstone, unfinished
from privacy.pseudonyms import normal_id

Progress = Callable[[int, int, str], None]

__all__ = ["Erasure", "Plan", "erase", "look", "unfinished"]


@dataclass(frozen=True)
class Plan:
    """What there is of a person: rows by table and registry, and the releases concerned.

    `releases` are (dataset, version, rows, shards), None where the warehouse cannot tell.
    """

    tables: dict[str, int] = field(default_factory=dict)
    registries: dict[str, int] = field(default_factory=dict)
    releases: tuple[tuple[str, str, int | None, int | None], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tables or self.registries or self.releases)


@dataclass(frozen=True)
class Erasure:
    """One that has ended: its number, certificate and page, what went, commands to run next.

    `before`: it had ended already.
    """

    number: int
    certificate: Path
    page: Path
    plan: Plan
    before: bool = False
    todo: tuple[str, ...] = ()


def look(project: Project, user: str) -> Plan | Erasure:
    """What an erasure would take out; changes nothing.

    Raises `UsageError` for a person of whom nothing is known.
    """
    with warehouse.opened(project, "erase --dry-run", write=False) as connection:
        found = tombstones.find(connection, tombstones.token(project, user))
        if found is not None and found.state == DONE:
            return _before(project, found)
        kept, wanted, struck = _prepared(connection, project, user)
        plan = _planned(kept)
        if not plan and found is None:
            raise beforehand.unknown()
        beforehand.require_clean(project, wanted, struck, _folders(project, kept))
        return plan


def erase(
    project: Project,
    user: str,
    *,
    now: int,
    progress: Progress = lambda done, total, what: None,
) -> Erasure:
    """Erases a person and writes a certificate; says so where that was done before.

    Raises `UsageError` for a person of whom nothing is known, before anything is changed.
    """
    with locks.held(project.warehouse, "erase", write=True):
        job = _begun(project, user, now)
        if isinstance(job, Erasure):
            return job
        try:
            for number, step in enumerate((*erasing.STEPS, _certify)):
                progress(number, len(erasing.STEPS) + 1, step.__name__.strip("_"))
                step(job)
            return _end(job)
        except (OSError, duckdb.Error) as error:
            raise TacendaError(
                unforeseen(error).splitlines()[0],
                todo="mend that, then run `tacenda erase USER --yes` again",
                undone=erasing.UNDONE,
            ) from None


def _begun(project: Project, user: str, now: int) -> Job | Erasure:
    token, named = tombstones.token(project, user), normal_id(user)
    with warehouse.writing(project) as connection:
        for number in tombstones.ended(connection):  # killed right after their end
            needles.place(project, number).unlink(missing_ok=True)
        found = tombstones.find(connection, token)
        if found is not None and found.state == DONE:
            return _before(project, found)
        kept = needles.kept(project, found.number) if found else None
        if kept is not None:
            wanted = _sought(connection, project, named, kept, _folders(project, kept))
        else:
            kept, wanted, struck = _prepared(connection, project, user)
            if found is None:
                if not _planned(kept):
                    raise beforehand.unknown()
                beforehand.require_clean(project, wanted, struck, _folders(project, kept))
                beforehand.require_room(connection, project, named)
        tombstone = tombstones.begin(connection, token, now, after=certificate.last(project))
        if not needles.place(project, tombstone.number).exists():
            needles.keep(project, tombstone.number, kept)
        people = replace(tombstones.erased(connection, project), tokens=frozenset({token}))
    return Job(project, named, tombstone, people, kept, wanted, now)


def _prepared(
    connection: duckdb.DuckDBPyConnection, project: Project, user: str
) -> tuple[Kept, Sought, list[Struck]]:
    """What is looked for in the end, what there is now, the registries without their rows."""
    named = normal_id(user)
    struck = registryrows.struck(project, user)
    ids = needles.spellings(connection, user) | {one for each in struck for one in each.theirs}
    held = holdings.of(connection, project, user)
    candidates = needles.collect(connection, named, ids)
    kept = Kept(tuple(sorted(ids)), candidates)
    places = [project.releases / one.dataset / one.version for one in held]
    wanted = _sought(connection, project, named, kept, places)
    plan = Plan(
        removal.counted(connection, named, wanted),
        {one.file.name: one.rows for one in struck if one.rows},
        tuple((one.dataset, one.version, one.rows, one.shards) for one in held),
    )
    return Kept(kept.ids, wanted.needles, asdict(plan)), wanted, struck


def _sought(
    connection: duckdb.DuckDBPyConnection,
    project: Project,
    named: str,
    kept: Kept,
    but: Sequence[Path],
) -> Sought:
    """The needles that nobody else's data holds, and where others' data holds the ids."""
    own = needles.own_words(connection)
    written = [one for one in kept.ids if needles.usable(one, own)]
    probe = search.sought([n for n in kept.needles if n.kind in search.NAMES], kept.ids)
    shared: set[str] = set()
    holding: list[str] = []
    naming = 0
    for values in others.texts(connection, project, named, but):
        suspects = values.filter(search.suspect(probe, values)).to_list()
        naming += len(suspects) if values.name in others.CONTENT else 0
        holding += suspects
        shared |= needles.shared(kept.needles, values)
    alone = [one for one in kept.needles if one.text not in shared or one.kind in search.NAMES]
    return replace(search.sought(alone, kept.ids, holding, written=written), named_by_others=naming)


def _planned(kept: Kept) -> Plan:
    facts = kept.plan
    return Plan(facts["tables"], facts["registries"], tuple(map(tuple, facts["releases"])))


def _folders(project: Project, kept: Kept) -> list[Path]:
    return [project.releases / name / version for name, version, *_ in _planned(kept).releases]


def _before(project: Project, found: Tombstone) -> Erasure:
    number = found.number
    return Erasure(
        number, certificate.place(project, number), certificate.page(project, number), Plan(),
        before=True,
    )  # fmt: skip


def _certify(job: Job) -> None:
    """Proves that nothing is left, and says so; raises where something is."""
    for left in (certificate.place, certificate.page):  # by one that was killed
        left(job.project, job.tombstone.number).unlink(missing_ok=True)
    with warehouse.reading(job.project) as connection:
        gone = _folders(job.project, job.kept)  # whatever stands there again is no one else's
        wanted = _sought(connection, job.project, job.user, job.kept, gone)
    done = erasing.prove(job, wanted)
    certificate.write(job.project, job.tombstone, job.kept.plan, done, wanted, job.now)


def _end(job: Job) -> Erasure:
    """Notes that it has ended, and forgets what was looked for; what is left to do by hand."""
    project, number = job.project, job.tombstone.number
    with warehouse.writing(project) as connection:
        tombstones.finish(connection, job.tombstone.token)
    needles.place(project, number).unlink(missing_ok=True)
    marked = {name: marks.read(project, name) for name in marks.datasets(project)}
    plan = _planned(job.kept)
    gone = {(dataset, version) for dataset, version, *_ in plan.releases}
    given = [one for one in copies.withheld(marked) if (one.dataset, one.version) in gone]
    todo = copies.steps([name for name in copies.waiting(marked) if name in dict(gone)], given)
    return replace(_before(project, job.tombstone), plan=plan, before=False, todo=todo)
