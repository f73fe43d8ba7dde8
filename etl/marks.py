"""What became of each release: `releases/<dataset>/marks.json`, beside the versions' folders.

A release's own files never change. What happened to it since stands here, naming nobody: that a
request concerns it, that another followed, that it was recalled or erased, and where it went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from etl import manifest, markfile, requests, waiting
from etl.errors import TacendaError
from etl.markfile import FILE, Publication, Recalled, Superseded
from etl.markfile import Mark as Mark
from etl.markfile import Marks as Marks
from etl.markfile import number as number
from etl.project import CONFIG, Project
from etl.waiting import RETENTION as RETENTION
from etl.waiting import WITHDRAWAL as WITHDRAWAL
from etl.waiting import Concern, Concerns


def datasets(project: Project) -> list[str]:
    """Every dataset with releases or marks, by name."""
    places = project.releases.glob("*/")
    return sorted(
        p.name for p in places if p.is_dir() and (markfile.standing(p) or (p / FILE).exists())
    )


def standing(project: Project, dataset: str) -> list[str]:
    """The versions of a dataset whose folders are there, the oldest first."""
    return markfile.standing(project.releases / dataset)


def read(project: Project, dataset: str) -> Marks:
    """The marks of every version that stands or ever did, the oldest first.

    Raises `TacendaError` where the file cannot be read.
    """
    return markfile.read(project.releases / dataset)


def _change(project: Project, dataset: str, version: str, **facts: Any) -> None:
    marks = read(project, dataset)
    marks[version] = replace(marks.get(version, Mark(version)), **facts)
    place = project.releases / dataset
    place.mkdir(parents=True, exist_ok=True)
    markfile.write(place, marks)


def supersede(project: Project, dataset: str, *, by: str, now: int) -> None:
    """Marks every older version that stands; which one followed first stays as it was."""
    marks = read(project, dataset)
    for version in standing(project, dataset):
        if number(version) < number(by) and marks[version].superseded is None:
            marks[version] = replace(marks[version], superseded=Superseded(by=by, at=now))
    markfile.write(project.releases / dataset, marks)


def recall(project: Project, dataset: str, version: str, reason: str, now: int) -> None:
    """Marks a version as recalled, with the digests of what must not leave again; once only."""
    known = read(project, dataset).get(version)
    if known is None or known.recalled is None:
        _change(
            project, dataset, version, recalled=_recalled(project, dataset, version, reason, now)
        )


def _recalled(project: Project, dataset: str, version: str, reason: str, at: int) -> Recalled:
    return Recalled(at=at, reason=reason, files=_files(project.releases / dataset / version))


def _files(folder: Path) -> dict[str, str]:
    """The digests of a release's `dataset/` as it was built, else as it is."""
    try:
        listed: Mapping[str, str] = manifest.read(folder)["files"]
    except (TacendaError, KeyError):
        return manifest.files(folder / "dataset")
    part = "dataset/"
    return {p.removeprefix(part): d for p, d in listed.items() if p.startswith(part)}


def recalled_digests(project: Project, dataset: str) -> dict[str, dict[str, str]]:
    """Version -> digests of the files in its `dataset/`, of each version that was recalled."""
    marks = read(project, dataset)
    return {version: mark.recalled["files"] for version, mark in marks.items() if mark.recalled}


def erase(project: Project, dataset: str, version: str, now: int) -> None:
    """Marks a version whose folder is gone; its number is not given again."""
    known = read(project, dataset).get(version)
    if known is None or known.erased_at is None:
        _change(project, dataset, version, erased_at=now)


def wait(project: Project, dataset: str, version: str, why: str, now: int) -> None:
    """Marks a version that a request concerns; since when stays as it was."""
    known = read(project, dataset).get(version, Mark(version))
    _change(project, dataset, version, waiting={why: now, **known.waiting})


def refresh(project: Project, connection: duckdb.DuckDBPyConnection, now: int) -> None:
    """Brings the marks to what the warehouse says, and so ends what a killed command left undone.

    Only under the project's lock.
    """
    concerns = waiting.concerns(connection, project, now)
    for dataset, marks in derived(project, connection, concerns, now).items():
        markfile.write(project.releases / dataset, marks)


def derived(
    project: Project, connection: duckdb.DuckDBPyConnection, concerns: Concerns, now: int
) -> dict[str, Marks]:
    """The marks by dataset as the warehouse has them: what waits, was recalled, was followed.

    Changes nothing. What the marks alone know (publications, erasures) stays.
    """
    recalls = {(one.dataset, one.version): one for one in requests.recalls(connection)}
    found: dict[str, Marks] = {}
    for dataset in datasets(project):
        marks, stands = read(project, dataset), standing(project, dataset)
        following = dict(pairwise(stands))
        for version in stands:
            mark, recall = marks[version], recalls.get((dataset, version))
            if recall is not None and mark.recalled is None:
                taken = _recalled(project, dataset, version, recall.reason or "", recall.asked_at)
                mark = replace(mark, recalled=taken)
            if mark.superseded is None and version in following:
                mark = replace(mark, superseded=Superseded(by=following[version], at=now))
            since = _since(mark, concerns.get((dataset, version)), now)
            marks[version] = replace(mark, waiting=since)
        found[dataset] = marks
    return found


def _since(mark: Mark, concern: Concern | None, now: int) -> dict[str, int]:
    since: dict[str, int] = {}
    if concern is not None and concern.since is not None:
        since[WITHDRAWAL] = concern.since
    if concern is not None and concern.retention:
        since[RETENTION] = mark.waiting.get(RETENTION, now)
    return since


def home(release: Path) -> tuple[Path, str] | None:
    """The folder with the marks of a release's dataset, and its version; None outside a project."""
    for folder in (release.resolve(), release.absolute()):
        place = folder.parent
        own = place.parent.name == "releases" and (place.parent.parent / CONFIG).is_file()
        if number(folder.name) and (own or (place / FILE).is_file()):
            return place, folder.name
    return None


def of_release(release: Path) -> tuple[Mark, Marks] | None:
    """A release's mark, and those of all versions of its dataset; None outside any project."""
    found = home(release)
    if found is None:
        return None
    place, version = found
    marks = markfile.read(place)
    return marks.get(version, Mark(version)), marks


def publishing(release: Path, dest: str, now: int) -> None:
    """Notes where a release is about to go, before anybody can see it there.

    Only for a release in its project's folder; of any other nothing can be noted.
    """
    found = home(release)
    if found is None:
        return
    place, version = found
    marks = markfile.read(place)
    known = marks.get(version, Mark(version))
    going = Publication(dest=dest, at=now)
    if going not in known.published_to:
        noted = replace(known, published_to=(*known.published_to, going))
        markfile.write(place, {**marks, version: noted})


def published(release: Path, dest: str, now: int, *, gone: bool = True) -> None:
    """Notes that a release is at a place now, and where older ones are `gone` that they are.

    As with `publishing`, which may have come before.
    """
    publishing(release, dest, now)
    found = home(release)
    if found is not None:
        _leave(found[0].parent, dest, now, keep=found, older=gone)


def unpublished(project: Project, dest: str, now: int) -> None:
    """Notes that nothing is left at a place."""
    _leave(project.releases, dest, now, keep=None, older=True)


def at(project: Project, dest: str) -> list[tuple[str, str]]:
    """The datasets and versions that were put at a place and are there still."""
    return [
        (dataset, version)
        for dataset in datasets(project)
        for version, mark in read(project, dataset).items()
        if dest in mark.copies
    ]


def _leave(
    releases: Path, dest: str, now: int, *, keep: tuple[Path, str] | None, older: bool
) -> None:
    for place in (p for p in releases.glob("*/") if (p / FILE).exists()):
        left = {
            version: _left(mark, dest, now, keep=(place, version) == keep)
            if older or (place, version) == keep
            else mark
            for version, mark in markfile.read(place).items()
        }
        markfile.write(place, left)


def _left(mark: Mark, where: str, now: int, *, keep: bool) -> Mark:
    """A mark once something was put at a place: what it had put there before is gone."""
    after = [
        Publication(dest=where, at=one["at"], until=now)
        if one["dest"] == where and "until" not in one and not (keep and one["at"] == now)
        else one
        for one in mark.published_to
    ]
    return replace(mark, published_to=tuple(after))
