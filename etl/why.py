"""Why a person's time may be used or not: at one moment, from which row of which registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb
import polars as pl

from etl import consented, registries, requests, tables, tombstones
from etl.errors import UsageError
from etl.project import Project
from etl.tombstones import Tombstone
from privacy.causes import SCOPES, Cause, causes
from privacy.consent import REASONS
from privacy.pseudonyms import normal_id
from privacy.registry import Registries
from privacy.windows import FIRST
from transforms.events import app_name

_SETTINGS = {
    "retention": "retention_days", "cooling_off": "cooling_off_h", "working_hours": "working_hours",
}  # fmt: skip
_FOCUSED = ("excluded_window", "secure")


@dataclass(frozen=True)
class Person:
    """What decides about one person: registries, deciding events, how much was captured, when.

    `asked` holds when each request of theirs was made, by its number; times in microseconds.
    """

    user: str
    registries: Registries
    bounds: pl.DataFrame
    events: int
    first: int | None
    last: int | None
    asked: dict[int, int]
    erased: Tombstone | None

    @property
    def devices(self) -> list[str | None]:
        """The devices that the capture names; None where some of it names none."""
        return sorted(set(self.bounds["device_id"]), key=lambda name: (name is None, name or ""))

    @cached_property
    def focuses(self) -> dict[tuple[str | None, int], set[str]]:
        """The categories of the applications that got the focus of a device at a time."""
        found: dict[tuple[str | None, int], set[str]] = {}
        known = tables.applications()
        columns = pl.col("device_id"), pl.col("ts"), app_name(pl.col("app"))
        rows = self.bounds.filter(pl.col("type") == "focus").select(columns).iter_rows()
        for device, ts, name in rows:
            found.setdefault((device, ts), set()).add(known.get(name, "other"))
        return found


@dataclass(frozen=True)
class Verdict:
    """Whether one scope may be used on one device at a moment: by `causes` it may not."""

    device: str | None
    scope: str
    causes: tuple[Cause, ...]

    @property
    def reason(self) -> str | None:
        """The reason that is given where several hold (C20), or None where nothing does."""
        return self.causes[0].reason if self.causes else None


def find(connection: duckdb.DuckDBPyConnection, project: Project, user_id: str, now: int) -> Person:
    """Looks a person up, in any spelling; raises `UsageError` where nothing names them."""
    user = normal_id(user_id)
    known = registries.effective(project, connection, now)
    row = connection.execute(
        "SELECT count(*), min(ts), max(ts) FROM lake.events WHERE user_id = ?", [user]
    ).fetchone()
    events, first, last = row or (0, None, None)
    asked = {one.number: one.asked_at for one in requests.listed(connection) if one.user_id == user}
    erased = tombstones.find(connection, tombstones.token(project, user))
    if not (events or asked or erased or user in _named(known)):
        raise UsageError(
            "nobody is known by this name: no event, registry or request has it",
            where=user,
            todo="check how the recordings and registries write it (spaces around it and upper "
            "or lower case do not matter)",
        )
    bounds = consented.boundaries(connection, [user])
    return Person(user, known, bounds, events, first, last, asked, erased)


def _named(known: Registries) -> set[str]:
    names = [row.user_id for row in known.exemptions]
    names += [row.user_id for row in known.pauses]
    names += [row.user_id for row in known.exclusions if row.user_id]
    return set(map(normal_id, names))


def named(person: Person, device: str | None) -> list[str | None]:
    """One device as the capture writes it ("" for what names none), or where None all of them."""
    if device is None:
        return person.devices or [None]
    same = [one for one in person.devices if one is not None and one.strip() == device.strip()]
    return [device] if device in same else [*same[:1]] or [device.strip() or None]


def verdicts(person: Person, ts: int, devices: Sequence[str | None]) -> list[Verdict]:
    """For each device and scope all that holds at a moment, the weightiest first.

    A device may be one that the capture never names: then as if something came from it now.
    """
    return [
        Verdict(device, scope, weighed(held, ts, scope))
        for device, held in holding(person, ts, devices).items()
        for scope in SCOPES
    ]


def holding(
    person: Person, ts: int, devices: Sequence[str | None]
) -> dict[str | None, list[Cause]]:
    """All causes of each device, as if something were captured there at a moment.

    Ask by itself about a device that the capture never names: it changes how what names none is
    judged (C8, C10).
    """
    row = {"user_id": person.user, "ts": ts, "type": "device", "before_ts": ts}
    rows = [{**row, "device_id": device} for device in devices]
    bounds = pl.concat([person.bounds, pl.DataFrame(rows, schema=person.bounds.schema)])
    found = causes(person.registries, bounds, person.user)
    return {device: found[device] for device in devices}


def weighed(held: Iterable[Cause], ts: int, scope: str) -> tuple[Cause, ...]:
    """What of it removes a scope at a moment, in the order of C20."""
    found = (one for one in held if one.start <= ts < one.end and scope in one.scopes)
    return tuple(sorted(dict.fromkeys(found), key=order))


def order(cause: Cause) -> tuple[int, int, int, int]:
    """Where a cause stands among others: by weight, then by time."""
    return REASONS.index(cause.reason), cause.start, cause.end, cause.row or 0


def where(project: Project, source: str, row: int | None, reason: str) -> str:
    """Where a cause stands, in words: a file and its line, a request, a setting, the capture."""
    if source == "capture":
        return "the capture"
    if source == "tacenda.toml":
        return f"tacenda.toml, [consent] {_SETTINGS[reason]}"
    if source == "requests":
        return f"request {row}"
    if source == "shipped exclusions":
        return f"shipped exclusions, line {row}"
    file = registries.place(project.consent, source)
    name = f"consent/{file.name if file else source}"
    if row is None:
        return f"{name}, the keep_only rows together"
    return f"{name}, {registries.unit(file) if file else 'row'} {row}"


def focus(person: Person, device: str | None, cause: Cause) -> tuple[int, str] | None:
    """When the focus began that a cause came from, and the category of its application.

    Never its title or address. None where the cause is no focus, has no beginning, or was moved
    because a clock went back (C22).
    """
    if cause.reason not in _FOCUSED or cause.start == FIRST or "C22" in cause.rules:
        return None
    named = {None, device} if device is not None else {*person.devices, None}
    known = {name for one in named for name in person.focuses.get((one, cause.start), ())}
    return (cause.start, ", ".join(sorted(known))) if known else None
