"""Every withdrawal and where it stands, for the key-holder alone: this names people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from etl import copies, holdings, marks, requests
from etl.holdings import Holding
from etl.marks import Marks
from etl.project import Project
from etl.requests import Request


@dataclass(frozen=True)
class Listed:
    """One withdrawal; `state` is waiting, honoured or future.

    `releases` are those that wait for a successor, or that honour it by holding nothing of it;
    empty where no release ever held rows of it.
    """

    request: Request
    state: str
    releases: tuple[str, ...]


def listing(connection: duckdb.DuckDBPyConnection, project: Project) -> tuple[Listed, ...]:
    """Every withdrawal in the order of numbers; changes nothing."""
    asked = requests.listed(connection)
    held = holdings.of_many(connection, project, [one.withdrawal for one in asked])
    found = connection.execute("SELECT DISTINCT user_id FROM lake.sessions").fetchall()
    captured = {row[0] for row in found}
    marked = {dataset: marks.read(project, dataset) for dataset in marks.datasets(project)}
    return tuple(
        Listed(one, *_state(own, marked, one.user_id in captured))
        for one, own in zip(asked, held, strict=True)
    )


def _state(
    held: Sequence[Holding], marked: Mapping[str, Marks], captured: bool
) -> tuple[str, tuple[str, ...]]:
    last = {name: mark.version for name, one in marked.items() if (mark := copies.newest(one))}
    waiting = [one for one in held if last.get(one.dataset) == one.version]
    if waiting:
        return "waiting", tuple(f"{one.dataset}/{one.version}" for one in waiting)
    if held or captured:
        names = sorted({one.dataset for one in held})
        return "honoured", tuple(f"{name}/{last[name]}" for name in names if name in last)
    return "future", ()
