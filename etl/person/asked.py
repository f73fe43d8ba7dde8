"""What a person asked for and what became of it, and the releases that hold rows of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from etl import holdings, marks, moments, requests
from etl.holdings import Holding
from etl.person.windows import bound
from etl.project import Project
from privacy.exemptions import decided
from privacy.pseudonyms import normal_id
from privacy.registry import Exemption, Registries
from privacy.windows import FIRST

_WHAT = {"all": "everything", "keyboard": "the keyboard", "mouse": "the mouse"}
_ANSWERS = {
    "pending": "not answered yet; until then you are left out",
    "approved": "approved: you are left out",
    "denied": "denied: you are not left out by it",
    "withdrawn": "you took it back",
}
_FORMER = ("superseded", "recalled", "erased")


def releases(
    project: Project, connection: duckdb.DuckDBPyConnection, user: str
) -> list[dict[str, Any]]:
    """Every release that holds rows of a person, how many, and where it went.

    `rows` is None where the warehouse cannot tell.
    """
    return [_release(project, one) for one in holdings.of(connection, project, user)]


def _release(project: Project, one: Holding) -> dict[str, Any]:
    mark = marks.read(project, one.dataset)[one.version]
    waiting = min(mark.waiting.values(), default=None)
    return {
        "dataset": one.dataset,
        "version": one.version,
        "rows": one.rows,
        "state": mark.state,
        "waiting_since": None if waiting is None else bound(waiting),
        "superseded_by": mark.superseded["by"] if mark.superseded else None,
        "recalled_because": mark.recalled["reason"] if mark.recalled else None,
        "published_to": [
            {
                "dest": place["dest"],
                "at": bound(place["at"]),
                "until": bound(place["until"]) if "until" in place else None,
            }
            for place in mark.published_to
        ],
    }


def asked(
    project: Project, connection: duckdb.DuckDBPyConnection, known: Registries, user: str
) -> list[dict[str, Any]]:
    """Exemptions as their registry has them and withdrawals, in the order of their times."""
    found = [*_exemptions(known, user), *_withdrawals(project, connection, user)]
    return sorted(found, key=lambda one: moments.parse(one["at"]) if one["at"] else FIRST)


def _exemptions(known: Registries, user: str) -> list[dict[str, Any]]:
    own = [row for row in known.exemptions if normal_id(row.user_id) == user]
    latest = {row.scope: row for row in sorted(own, key=decided)}
    return [_exemption(row, row is latest[row.scope]) for row in own]


def _exemption(row: Exemption, counts: bool) -> dict[str, Any]:
    when = decided(row) if row.requested_at is None else row.requested_at
    later = "" if counts else "; a later answer counts"
    return {
        "at": None if when == FIRST else bound(when),
        "what": f"to be exempt in {_WHAT[row.scope]}",
        "from": None,
        "to": None,
        "state": f"{_ANSWERS[row.status]}{later}",
        "answered": None if row.decided_at is None else bound(row.decided_at),
        "held_by": [],
    }


def _withdrawals(
    project: Project, connection: duckdb.DuckDBPyConnection, user: str
) -> list[dict[str, Any]]:
    own = [one for one in requests.listed(connection) if one.user_id == user]
    held = holdings.of_many(connection, project, [one.withdrawal for one in own])
    return [
        {
            "at": bound(one.asked_at),
            "what": f"to have forgotten {_WHAT[one.scope or 'all']}",
            "from": None if one.from_ts is None else bound(one.from_ts),
            "to": None if one.to_ts is None else bound(one.to_ts),
            "state": _state(project, holding),
            "answered": None,
            "held_by": [
                {"dataset": release.dataset, "version": release.version, "rows": release.rows}
                for release in holding
            ],
        }
        for one, holding in zip(own, held, strict=True)
    ]


def _state(project: Project, held: Sequence[Holding]) -> str:
    """Whether releases still hold what a request speaks of."""
    states = {marks.read(project, one.dataset)[one.version].state for one in held}
    if not states:
        return "in force: no release holds anything of it"
    if states <= set(_FORMER):
        return "in force: only versions that were superseded or taken back hold something of it"
    return "in force: the next version of each release will be made without it"
