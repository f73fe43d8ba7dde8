"""Which releases hold rows that came from a person: by the lineage of the shards in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb
import polars as pl

from etl import consented, manifest, markfile
from etl.errors import TacendaError
from etl.project import Project
from privacy import causes
from privacy.pseudonyms import normal_id
from privacy.registry import Limits, Registries, Withdrawal
from privacy.windows import FIRST, LAST

_PEOPLE = 500  # whose clocks are looked at together

_SHARDS = {
    "dataset": pl.String(), "version": pl.String(), "sha256": pl.String(), "rows": pl.Int64()
}  # fmt: skip
_ASKED = {
    "place": pl.Int64(), "user_id": pl.String(), "device_id": pl.String(), "anywhere": pl.Boolean(),
    "start_ts": pl.Int64(), "end_ts": pl.Int64(), "scope": pl.String(),
}  # fmt: skip

_HELD = """
SELECT a.place, s.dataset, s.version, count(DISTINCT (s.sha256, l.row)), count(DISTINCT s.sha256)
FROM asked a JOIN lake.lineage l ON l.user_id = a.user_id
    AND l.last_ts >= a.start_ts AND l.first_ts < a.end_ts
    AND (a.anywhere OR l.device_id IS NOT DISTINCT FROM a.device_id)
    AND CASE a.scope WHEN 'keyboard' THEN l.n_keyboard > 0 WHEN 'mouse' THEN l.n_mouse > 0
        ELSE true END
JOIN release_shards s ON s.dataset = l.dataset AND s.sha256 = l.sha256
GROUP BY ALL ORDER BY ALL
"""

_UNKNOWN = """
SELECT DISTINCT s.dataset, s.version FROM release_shards s LEFT JOIN
    (SELECT dataset, sha256, count(*) AS n FROM lake.lineage GROUP BY ALL) l USING (dataset, sha256)
WHERE coalesce(l.n, 0) < s.rows OR s.sha256 IS NULL
"""

_OLDER = """
SELECT DISTINCT s.dataset, s.version FROM release_shards s JOIN lake.lineage l
    ON s.dataset = l.dataset AND s.sha256 = l.sha256 WHERE l.first_ts < ?
"""

Release = tuple[str, str]
"""A dataset and a version."""


@dataclass(frozen=True)
class Holding:
    """A release that holds rows of a person, how many, and in how many of its shards.

    None where that is not known, because the warehouse lacks the lineage of some of its shards.
    """

    dataset: str
    version: str
    rows: int | None
    shards: int | None


def of(
    connection: duckdb.DuckDBPyConnection,
    project: Project,
    user_id: str,
    start: int | None = None,
    end: int | None = None,
    scope: str = "all",
) -> list[Holding]:
    """The releases that hold rows of a person (in any spelling), in a window and scope.

    The window is `[start, end)` with the guard (C6), and widened as C22 has it.
    """
    return of_many(connection, project, [Withdrawal(user_id, start, end, scope)])[0]


def of_many(
    connection: duckdb.DuckDBPyConnection, project: Project, withdrawals: Sequence[Withdrawal]
) -> list[list[Holding]]:
    """For each withdrawal, in their order, the releases that hold rows it speaks of.

    A release that cannot be read, or of whose shards the warehouse lacks lineage, counts for all.
    """
    return _held(connection, project, withdrawals, range(len(withdrawals)))


def together(
    connection: duckdb.DuckDBPyConnection, project: Project, withdrawals: Sequence[Withdrawal]
) -> list[Holding]:
    """The same for all withdrawals as if they were one: no row is counted twice."""
    return _held(connection, project, withdrawals, [0] * len(withdrawals))[0] if withdrawals else []


def _held(
    connection: duckdb.DuckDBPyConnection,
    project: Project,
    withdrawals: Sequence[Withdrawal],
    places: Sequence[int],
) -> list[list[Holding]]:
    """What is held, by the place that each withdrawal's count goes to."""
    found: list[list[Holding]] = [[] for _ in sorted(set(places))]
    if not withdrawals:
        return found
    asked = [*_plain(project, withdrawals), *_widened(connection, project, withdrawals)]
    rows = [(places[one], *rest) for one, *rest in asked]
    connection.register("asked", pl.DataFrame(rows, schema=_ASKED, orient="row").to_arrow())
    _register(connection, project)
    try:
        strangers = set(connection.execute(_UNKNOWN).fetchall())
        for place, dataset, version, n, shards in connection.execute(_HELD).fetchall():
            if (dataset, version) not in strangers:
                found[place].append(Holding(dataset, version, n, shards))
    finally:
        connection.unregister("asked")
        connection.unregister("release_shards")
    for held in found:
        held += [Holding(dataset, version, None, None) for dataset, version in strangers]
        held.sort(key=lambda one: (one.dataset, markfile.number(one.version)))
    return found


def older(connection: duckdb.DuckDBPyConnection, project: Project, before: int) -> set[Release]:
    """The releases that hold, or may hold, what was captured before a time."""
    _register(connection, project)
    try:
        found = connection.execute(_UNKNOWN).fetchall()
        found += connection.execute(_OLDER, [before]).fetchall()
    finally:
        connection.unregister("release_shards")
    return {(dataset, version) for dataset, version in found}


def _register(connection: duckdb.DuckDBPyConnection, project: Project) -> None:
    """Puts every shard of the releases that stand beside the warehouse's tables.

    A release that cannot be read has one shard without a digest, of which nothing can be known.
    """
    rows: list[tuple[str, str, str | None, int]] = []
    for place in sorted(path for path in project.releases.glob("*/") if path.is_dir()):
        for version in markfile.standing(place):
            named = place.name, version
            try:
                shards = manifest.read(place / version)["shards"]
                rows += [(*named, str(one["sha256"]), int(one["rows"])) for one in shards]
            except (TacendaError, KeyError, TypeError, ValueError):
                rows.append((*named, None, 0))
    frame = pl.DataFrame(rows, schema=_SHARDS, orient="row")
    connection.register("release_shards", frame.to_arrow())


def _plain(
    project: Project, withdrawals: Sequence[Withdrawal]
) -> Iterator[tuple[int, str, str | None, bool, int, int, str]]:
    """Each withdrawal with its guard, on every device."""
    guard = _guard(project)
    for place, one in enumerate(withdrawals):
        start = FIRST if one.start is None else one.start - guard
        end = LAST if one.end is None else one.end + guard
        yield place, normal_id(one.user_id), None, True, start, end, one.scope


def _guard(project: Project) -> int:
    return project.settings.consent.limits(0).guard_us


def _widened(
    connection: duckdb.DuckDBPyConnection, project: Project, withdrawals: Sequence[Withdrawal]
) -> Iterator[tuple[int, str, str | None, bool, int, int, str]]:
    """The windows of those whose clocks went back, as the consent rules have them by device."""
    windows: dict[str, list[Withdrawal]] = {}
    for place, one in enumerate(withdrawals):
        if one.start is not None or one.end is not None:
            windows.setdefault(normal_id(one.user_id), []).append(replace(one, row=place))
    people, limits = sorted(windows), Limits(guard_us=_guard(project))
    for first in range(0, len(people), _PEOPLE):
        bounds = consented.boundaries(connection, people[first : first + _PEOPLE])
        bounds = bounds.filter(pl.col("type").is_in(["step", "device"]))
        steps = bounds.filter(pl.col("type") == "step")
        for user in sorted(steps["user_id"].unique()):
            known = Registries(withdrawals=tuple(windows[user]), limits=limits)
            for device, found in causes.causes(known, bounds, user).items():
                for cause in found:
                    if cause.row is not None:
                        span = cause.start, cause.end, withdrawals[cause.row].scope
                        yield cause.row, user, device, False, *span
