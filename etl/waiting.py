"""Which releases hold what they should not hold any more, and since when that is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from etl import holdings, requests
from etl.holdings import Holding, Release
from etl.project import Project
from etl.requests import Request

WITHDRAWAL, RETENTION = "withdrawal", "retention"


@dataclass(frozen=True)
class Concern:
    """Why one release waits for a successor.

    `people` asked for what it holds, the first `since` (microseconds; None where nobody did), in
    the requests `numbers`. `retention`: it holds rows that are too old. `known` is False where
    the warehouse cannot tell, so that everything that was asked counts.
    """

    dataset: str
    version: str
    people: int = 0
    since: int | None = None
    numbers: tuple[int, ...] = ()
    retention: bool = False
    known: bool = True


Concerns = dict[Release, Concern]


def concerns(connection: duckdb.DuckDBPyConnection, project: Project, now: int) -> Concerns:
    """(dataset, version) -> why that release waits, of those that do; changes nothing."""
    asked = requests.listed(connection)
    held = holdings.of_many(connection, project, [one.withdrawal for one in asked])
    limit = project.settings.consent.limits(now).not_before
    old = set() if limit is None else holdings.older(connection, project, limit)
    return gathered(asked, held, old)


def gathered(
    asked: Sequence[Request], held: Sequence[Sequence[Holding]], old: set[Release]
) -> Concerns:
    """The same by release, of what each request's releases are and which releases are too old."""
    by_release: dict[Release, list[Request]] = defaultdict(list)
    unknown: set[Release] = set()
    for request, releases in zip(asked, held, strict=True):
        for one in releases:
            by_release[one.dataset, one.version].append(request)
            if one.rows is None:
                unknown.add((one.dataset, one.version))
    return {
        release: Concern(
            *release,
            len({request.user_id for request in by_release[release]}),
            min((request.asked_at for request in by_release[release]), default=None),
            tuple(request.number for request in by_release[release]),
            release in old,
            release not in unknown,
        )
        for release in sorted({*by_release, *old})
    }
