"""The answer key: what a build must remove, and what it may keep, as it truly was."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypedDict

from etl.simulate.desk import Truth
from etl.simulate.pauses import Pause
from etl.simulate.people import Person
from etl.simulate.registries import excluded_scopes, history

Record = dict[str, Any]


class Key(TypedDict):
    """The file's parts; times in microseconds since the epoch, `end` null: never ended.

    `fields` and `sentences` say in `removed` for which reasons they must not be used, and
    `ordinary` marks sentences without a secret or a rare word.
    """

    simulation: Record
    people: list[Record]
    exemptions: list[Record]
    excluded: list[Record]
    windows: list[Record]
    applications: list[Record]
    secrets: list[Record]
    fields: list[Record]
    sentences: list[Record]
    pads: list[Record]
    counts: dict[str, int]
    behaviours: dict[str, int]


def empty(users: int, hours: float, seed: int) -> Key:
    """A key of nobody yet."""
    return Key(
        simulation={"users": users, "hours": hours, "seed": seed},
        people=[], exemptions=[], excluded=[], windows=[], applications=[], secrets=[],
        fields=[], sentences=[], pads=[], counts={}, behaviours={},
    )  # fmt: skip


def add(key: Key, person: Person, role: str | None, pauses: list[Pause], truth: Truth) -> None:
    """Adds one person."""
    user = {"user_id": person.user_id}
    scopes = excluded_scopes(role)
    windows = [user | window for window in (*_pauses(pauses), *_focuses(truth))]
    key["people"].append(_person(person, truth))
    key["exemptions"] += [user | row for row in _last_words(role)]
    key["excluded"] += [user | {"scope": s, "status": status} for s, status in scopes.items()]
    key["windows"] += windows
    key["applications"] += _applications(user, truth)
    key["secrets"] += truth.secrets
    key["pads"] += truth.pads
    exempt = bool({"all", "keyboard"} & set(scopes))
    key["fields"] += [
        one | {"removed": _removed(one, one["first_ts"], one["last_ts"], windows, exempt)}
        for one in truth.fields
    ]
    key["sentences"] += [
        one | {"removed": _removed(one, one["ts"], one["end"], windows, exempt)}
        for one in truth.sentences
    ]
    for name, tally in (("counts", truth.counts), ("behaviours", truth.behaviours)):
        total = Counter(key[name]) + tally  # type: ignore[literal-required]
        key[name] = dict(sorted(total.items()))  # type: ignore[literal-required]


def _person(person: Person, truth: Truth) -> Record:
    return {
        "user_id": person.user_id,
        "name": f"{person.first} {person.last}",
        "devices": [device.device_id for device in person.devices],
        "sessions": [
            {
                "device_id": one.device.device_id,
                "session_id": one.session_id,
                "start": one.start,
                "end": one.end,
            }
            for one in person.sessions
        ],
        "events": sum(truth.counts.values()),
        "counts": dict(sorted(truth.counts.items())),
    }


def _last_words(role: str | None) -> list[Record]:
    last = {row.scope or "all": row.status for row in history(role)} if role else {}
    return [{"scope": scope, "status": status} for scope, status in last.items()]


def _pauses(pauses: list[Pause]) -> list[Record]:
    return [
        {
            "device_id": pause.device_id,
            "kind": "pause_in_stream" if pause.in_stream else "pause",
            "start": pause.start,
            "end": pause.until,
        }
        for pause in pauses
    ]


def _focuses(truth: Truth) -> list[Record]:
    """The spans from each excluded or secure focus to the next focus on that device."""
    found = []
    for one, following in _with_next(truth.focuses):
        kinds = [("excluded_window", one["excluded"]), ("secure", one["secure"])]
        found += [
            {"device_id": one["device_id"], "kind": kind, "start": one["ts"], "end": following}
            for kind, holds in kinds
            if holds
        ]
    return found


def _with_next(focuses: list[Record]) -> list[tuple[Record, int | None]]:
    later: dict[str, int] = {}
    pairs = []
    for one in sorted(focuses, key=lambda focus: int(focus["ts"]), reverse=True):
        pairs.append((one, later.get(one["device_id"])))
        later[one["device_id"]] = one["ts"]
    return pairs[::-1]


def _applications(user: Record, truth: Truth) -> list[Record]:
    """Every focus that nobody should see."""
    names = ("device_id", "ts", "app", "title", "url")
    return [user | {n: one[n] for n in names} for one in truth.focuses if one["excluded"]]


def _removed(one: Record, first: int, last: int, windows: list[Record], exempt: bool) -> list[str]:
    """Why some of what was typed from `first` to `last` may not be used; empty: it may."""
    hit = {
        window["kind"]
        for window in windows
        if window["device_id"] in (None, one["device_id"])
        and window["start"] <= last
        and (window["end"] is None or first < window["end"])
    }
    return sorted(hit | ({"exempt"} if exempt else set()))
