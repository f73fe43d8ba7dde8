"""Two states of the registries: who and how much goes or comes, before anything is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl import consented, holdings, registries
from etl.errors import TacendaError
from etl.holdings import Release
from etl.project import Project
from privacy import consent
from privacy.pseudonyms import normal_id
from privacy.registry import Registries, Withdrawal
from transforms.events import KEYBOARD, MOUSE

NAMES = ("exemptions", "pauses", "exclusions")
EVENTS, PEOPLE = 500_000, 2_000  # looked at together

_NO_DEVICE = "chr(0)"  # stands for a missing device in joins, which do not match nulls
_UNDECIDED = "no span"


@dataclass(frozen=True)
class RowChange:
    """One row that only one of the two folders has; `user` None is everybody."""

    registry: str
    change: str
    user: str | None
    place: str


@dataclass(frozen=True)
class Shift:
    """Events of a person whose reason differs between the two; None is used."""

    user: str
    scope: str
    before: str | None
    after: str | None
    events: int


@dataclass(frozen=True)
class Diff:
    """What a change of the registries does; `concerned` are the people whose rows differ.

    `judged` counts their events, `releases` names those that hold rows of anybody whose events
    go or come, with how many such people; None where the warehouse cannot tell.
    """

    rows: tuple[RowChange, ...]
    everybody: bool
    concerned: int
    judged: int
    shifts: tuple[Shift, ...] = ()
    releases: dict[Release, int | None] = field(default_factory=dict)

    def total(self, *, removed: bool) -> Counter[str]:
        """Events newly removed, by the reason after; or newly used, by the reason before."""
        found: Counter[str] = Counter()
        for one in self.shifts:
            if removed and one.before is None and one.after:
                found[one.after] += one.events
            if not removed and one.after is None and one.before:
                found[one.before] += one.events
        return found

    @property
    def people(self) -> dict[str, list[Shift]]:
        """The shifts of each person who has any."""
        found: dict[str, list[Shift]] = {}
        for one in self.shifts:
            found.setdefault(one.user, []).append(one)
        return found


def diff(
    project: Project, connection: duckdb.DuckDBPyConnection, old: Path, new: Path, now: int
) -> Diff:
    """Compares two folders of registries; requests and settings apply to both alike.

    Raises `TacendaError` where one of them cannot be read whole.
    """
    sides = [_side(project, connection, now, folder) for folder in (old, new)]
    rows = tuple(_row_changes((old, new), sides))
    everybody = any(row.user is None for row in rows)
    named = None if everybody else {row.user for row in rows if row.user is not None}
    sizes = _sizes(connection, named)
    shifts = [one for batch in _batches(sizes) for one in _shifts(connection, batch, sides, sizes)]
    concerned = len(sizes if named is None else named)
    found = Diff(rows, everybody, concerned, sum(sizes.values()), tuple(shifts))
    return replace(found, releases=_releases(project, connection, sorted(found.people)))


def _side(
    project: Project, connection: duckdb.DuckDBPyConnection, now: int, folder: Path
) -> Registries:
    try:
        return registries.effective(project, connection, now, folder)
    except TacendaError as error:
        raise TacendaError(
            error.what, where=error.where, todo=error.todo, undone="nothing was compared"
        ) from None


def _row_changes(folders: Sequence[Path], sides: Sequence[Registries]) -> Iterator[RowChange]:
    for name in NAMES:
        old, new = (_by_content(side, name) for side in sides)
        pairs = (("removed", folders[0], old, new), ("added", folders[1], new, old))
        for change, folder, here, there in pairs:
            file = registries.place(folder, name)
            for content, numbers in here.items():
                # Of rows that say the same, those that the other folder has not got.
                for number in numbers[len(there.get(content, ())) :]:
                    place = f"{file.name}, {registries.unit(file)} {number}" if file else name
                    yield RowChange(name, change, content.user_id, place)


def _by_content(side: Registries, name: str) -> dict[Any, list[int | None]]:
    """The rows of a registry, each with its person in the form that is compared (C9)."""
    rows = side.own_exclusions if name == "exclusions" else getattr(side, name)
    found: dict[Any, list[int | None]] = {}
    for row in rows:
        user = normal_id(row.user_id) if row.user_id else None
        found.setdefault(replace(row, user_id=user), []).append(row.row)
    return found


def _sizes(connection: duckdb.DuckDBPyConnection, named: set[str] | None) -> dict[str, int]:
    """How many events each of some people has (everybody where None), in order of their ids."""
    rows = connection.execute(
        "SELECT user_id, count(*) FROM lake.events "
        "WHERE $named IS NULL OR user_id IN (SELECT unnest($named::VARCHAR[])) "
        "GROUP BY user_id ORDER BY user_id",
        {"named": None if named is None else sorted(named)},
    ).fetchall()
    return dict(rows)


def _batches(sizes: dict[str, int]) -> Iterator[list[str]]:
    """People in order of their ids: what a batch is read from is cut by them (`_between`)."""
    batch: list[str] = []
    events = 0
    for user, n in sizes.items():
        if batch and (events + n > EVENTS or len(batch) == PEOPLE):
            yield batch
            batch, events = [], 0
        batch.append(user)
        events += n
    if batch:
        yield batch


def _shifts(
    connection: duckdb.DuckDBPyConnection,
    users: Sequence[str],
    sides: Sequence[Registries],
    sizes: dict[str, int],
) -> list[Shift]:
    bounds = consented.boundaries(connection, users, _between(users))
    old, new = (consent.denied_spans(side, bounds) for side in sides)
    if any(set(side["user_id"]) != set(users) for side in (old, new)):
        raise _lost()
    differing = _differing(old, new)
    if not differing:
        return []
    connection.register("old_spans", old.to_arrow())
    connection.register("new_spans", new.to_arrow())
    try:
        rows = connection.execute(_counted(_between(differing)), {"users": differing}).fetchall()
    finally:
        connection.unregister("old_spans")
        connection.unregister("new_spans")
    lost = sum(n for *_, n in rows) != sum(sizes[user] for user in differing)
    if lost or any(_UNDECIDED in row for row in rows):
        raise _lost()
    return [Shift(*row) for row in rows if row[2] != row[3]]


def _lost() -> TacendaError:
    return TacendaError(
        "events went missing between the warehouse and the consent rules",
        todo="report this",
        undone="nothing was compared",
    )


def _differing(old: pl.DataFrame, new: pl.DataFrame) -> list[str]:
    """The people of whose time something is decided otherwise; of others nothing is counted."""
    decided = [name for name in consent.SPANS if name != "part"]
    once = pl.concat([old, new]).group_by(decided).len().filter(pl.col("len") == 1)
    return once["user_id"].unique().sort().to_list()


def _between(users: Sequence[str]) -> str:
    """The events from the first to the last of some sorted people: most others are never read."""
    first, last = (user.replace("'", "''") for user in (users[0], users[-1]))
    return f"(FROM lake.events WHERE user_id BETWEEN '{first}' AND '{last}')"


def _counted(relation: str) -> str:
    """SQL for (person, scope, reason before, reason after, events)."""
    scope = (
        f"CASE WHEN type IN {KEYBOARD} THEN 'keyboard' WHEN type IN {MOUSE} THEN 'mouse' "
        "ELSE 'other' END"
    )
    device = f"coalesce(device_id, {_NO_DEVICE})"
    spans = f"SELECT * REPLACE ({device} AS device_id) FROM"
    return (
        f"WITH e AS (SELECT user_id, {device} AS device_id, ts, {scope} AS scope "
        f"FROM {relation} WHERE user_id IN (SELECT unnest($users::VARCHAR[]))), "
        f"o AS ({spans} old_spans), n AS ({spans} new_spans) "
        f"SELECT e.user_id, e.scope, {_reason('o')} AS before, {_reason('n')} AS after, count(*) "
        "FROM e ASOF LEFT JOIN o ON e.user_id = o.user_id AND e.device_id = o.device_id "
        "AND e.ts >= o.start_ts ASOF LEFT JOIN n ON e.user_id = n.user_id "
        "AND e.device_id = n.device_id AND e.ts >= n.start_ts GROUP BY ALL ORDER BY ALL"
    )


def _reason(side: str) -> str:
    chosen = " ".join(f"WHEN '{name}' THEN {side}.{name}" for name in consent.SCOPES)
    return f"CASE WHEN {side}.part IS NULL THEN '{_UNDECIDED}' ELSE CASE e.scope {chosen} END END"


def _releases(
    project: Project, connection: duckdb.DuckDBPyConnection, users: Sequence[str]
) -> dict[Release, int | None]:
    found: dict[Release, int | None] = {}
    for held in holdings.of_many(connection, project, [Withdrawal(user) for user in users]):
        for one in held:
            release = one.dataset, one.version
            before = found.get(release, 0)
            found[release] = None if one.rows is None or before is None else before + 1
    return found
