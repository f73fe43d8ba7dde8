"""What must hold before an erasure begins, so that one that cannot end does not begin."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from etl import cache, erasing, markfile, proof, search, warehouse
from etl.errors import TacendaError, UsageError
from etl.project import Project
from etl.registryrows import Struck
from etl.search import Sought

_UNDONE = "nothing was changed"
_ROOM = 16 * 1024 * 1024


def unknown() -> UsageError:
    """The error for a person of whom nothing was ever captured, asked or written."""
    return UsageError(
        "nothing is known of a person with this id",
        todo="check its spelling; to keep somebody out who was never captured, "
        "run `tacenda withdraw USER`",
        undone=_UNDONE,
    )


def require_clean(
    project: Project, wanted: Sought, struck: Sequence[Struck], but: Sequence[Path]
) -> None:
    """Raises where the id stands in files that an erasure does not change: the operator's own.

    `but` are the releases that go.
    """
    ids = replace(wanted, needles=tuple(n for n in wanted.needles if n.kind == "id"))
    half_made = (p for p in project.releases.glob("*/.*") if p.is_dir())
    marked = project.releases.glob(f"*/{markfile.FILE}")
    places = [*but, *half_made, *marked, *(one.file for one in struck)]
    found = [shown for one in struck if (shown := _kept(project, ids, one))]
    found += [erasing.shown([one]) for one in proof.search_plain(project, ids, places)]
    if found:
        raise TacendaError(
            "files that an erasure leaves alone name this person, or cannot be searched",
            where="; ".join(found[:10]),
            todo="take the id out of them or move them out of the project, then run this again",
            undone=_UNDONE,
        )


def _kept(project: Project, ids: Sought, one: Struck) -> str | None:
    """Where the rows that stay in a registry name the person."""
    if one.file.suffix == ".parquet":
        return None  # looked into at the end, as every other file
    if not search.in_bytes(ids, one.kept, digests=True):
        return None
    return f"{one.file.relative_to(project.root)}: id in a row that names somebody else"


def require_room(connection: duckdb.DuckDBPyConnection, project: Project, user: str) -> None:
    """Raises where the disk has no room for what has to be written anew."""
    concerned = connection.execute(
        "SELECT DISTINCT filename FROM lake.events WHERE user_id = ?", [user]
    ).fetchall()
    files = [Path(row[0]) for row in concerned]
    files += [warehouse.catalog_file(project), cache.place(project)]
    files += [p for p in (project.warehouse / "data").rglob("*.parquet") if "events" not in p.parts]
    needed = _ROOM + sum(file.stat().st_size for file in files if file.exists())
    free = shutil.disk_usage(project.warehouse).free
    if free < needed:
        raise TacendaError(
            "the disk is full: what stays has to be written anew",
            where=f"{project.warehouse}: {needed:,} bytes are needed, {free:,} are free",
            todo="make room, then run this again",
            undone=_UNDONE,
        )
