"""What `tacenda consent USER` shows: at a moment, or over all; as tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etl import moments, rulebook, why
from etl.standing import Held, Standing
from privacy.causes import SCOPES, Cause
from privacy.consent import REASONS
from privacy.windows import FIRST, LAST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.console import Console
    from etl.project import Project
    from etl.why import Person, Verdict

SHOWN = 200
USED = "used"
_NAMELESS = "(names none)"


def moment(ts: int | None) -> str | None:
    """A time as RFC 3339; one that no calendar has, as a count; None where there is no bound."""
    if ts is None or ts in (FIRST, LAST):
        return None
    try:
        return moments.written(ts)
    except OverflowError:
        return f"{ts} microseconds after 1970"


def at(
    console: Console, project: Project, person: Person, ts: int, found: Sequence[Verdict]
) -> None:
    """For each device and scope: used or removed, by which rules, from which rows."""
    devices: dict[str | None, list[dict[str, Any]]] = {}
    for one in found:
        devices.setdefault(one.device, []).append({
            "scope": one.scope,
            "allowed": not one.causes,
            "reason": one.reason,
            "causes": [_cause(project, person, one.device, cause) for cause in one.causes],
        })  # fmt: skip
    _head(console, person)
    columns = ["device", "scope", "verdict", "reason", "rules", "where", "from", "to"]
    console.table(f"At {moment(ts)}", columns, [
        row for device, scopes in devices.items() for one in scopes for row in _lines(device, one)
    ])  # fmt: skip
    cited = _cited(console, [cause for one in found for cause in one.causes])
    listed = [
        {"device": device, "captured": device in person.devices, "scopes": scopes}
        for device, scopes in devices.items()
    ]
    console.data({**_facts(person), "at": moment(ts), "devices": listed, "rules": cited})


def _lines(device: str | None, one: dict[str, Any]) -> list[list[object]]:
    """The verdict of a scope, a line for each cause of it."""
    named = [device or _NAMELESS, one["scope"]]
    if one["allowed"]:
        return [[*named, USED, "", "", "", "", ""]]
    first, *others = ([*_cells(cause)] for cause in one["causes"])
    return [[*named, "removed", *first], *(["", "", "  and by", *cells] for cells in others)]


def over_all(console: Console, project: Project, person: Person, found: Standing) -> None:
    """Events by reason and scope, everything that holds, and exemptions that remove nothing."""
    _head(console, person)
    console.line(f"first event  {moment(person.first) or '-'}")
    console.line(f"last event   {moment(person.last) or '-'}\n")
    counts = {
        reason or USED: {scope: found.counts[reason, scope] for scope in SCOPES}
        for reason in (None, *REASONS)
    }
    rows: list[list[object]] = [
        [reason, *by.values(), sum(by.values())]
        for reason, by in counts.items()
        if any(by.values())
    ]
    console.table("Events", ["reason", *SCOPES, "all"], rows)
    held = [_held(project, person, one) for one in found.held]
    shown: list[list[object]] = [
        [*_cells(one), _devices(one["devices"]), one["alone"], one["shared"]]
        for one in held[:SHOWN]
    ]
    columns = ["reason", "rules", "where", "from", "to", "devices", "alone", "shared"]
    console.table("What holds, and the events that it alone or with others removes", columns, shown)
    if len(held) > SHOWN:
        console.line(f"… and {len(held) - SHOWN} more: --json shows all\n")
    idle = [
        {"where": why.where(project, "exemptions", row.row, "exempt"), "scope": row.scope,
         "status": row.status, "rule": rule}
        for row, rule in found.idle
    ]  # fmt: skip
    console.table("Exemptions that remove nothing", ["where", "scope", "status", "rule"],
                  [list(one.values()) for one in idle])  # fmt: skip
    cited = _cited(console, [one.cause for one in found.held], {rule for _, rule in found.idle})
    console.data({
        **_facts(person), "first": moment(person.first), "last": moment(person.last),
        "counts": counts, "held": held, "idle": idle, "rules": cited,
    })  # fmt: skip


def _facts(person: Person) -> dict[str, Any]:
    gone = person.erased
    return {
        "user": person.user,
        "events": person.events,
        "erased": gone
        and {"state": gone.state, "number": gone.number, "at": moment(gone.erased_at)},
    }


def _head(console: Console, person: Person) -> None:
    devices = sum(device is not None for device in person.devices)
    console.line(f"{person.user}: {person.events:,} events, devices: {devices}")
    gone = person.erased
    if gone is not None:
        ended = "" if gone.state == "done" else "; the erasure has not ended: run it again"
        console.line(
            f"erased as number {gone.number}, {moment(gone.erased_at)}: what arrives of this "
            f"person is refused ({rulebook.RULES['C26']}, C26){ended}"
        )


def _cause(project: Project, person: Person, device: str | None, cause: Cause) -> dict[str, Any]:
    begun = why.focus(person, device, cause)
    asked = person.asked.get(cause.row or 0) if cause.source == "requests" else None
    return {
        "reason": cause.reason,
        "rules": list(cause.rules),
        "source": cause.source,
        "row": cause.row,
        "where": why.where(project, cause.source, cause.row, cause.reason),
        "asked": moment(asked),
        "from": moment(cause.start),
        "to": moment(cause.end),
        "scopes": [scope for scope in SCOPES if scope in cause.scopes],
        "focus": begun and {"at": moment(begun[0]), "category": begun[1]},
    }


def _held(project: Project, person: Person, one: Held) -> dict[str, Any]:
    # What names no device is judged by the focuses of all: named devices tell more.
    device = next((name for name in one.devices if name is not None), None)
    counts = {"devices": list(one.devices), "alone": one.alone, "shared": one.shared}
    return _cause(project, person, device, one.cause) | counts


def _cells(cause: dict[str, Any]) -> list[object]:
    """The columns reason, rules, where, from and to."""
    reason, where = cause["reason"], cause["where"]
    if len(cause["scopes"]) < len(SCOPES):
        reason += f" ({', '.join(cause['scopes'])})"
    if cause["focus"]:
        where += f" ({cause['focus']['category']})"
    if cause["asked"]:
        where += f", asked {cause['asked']}"
    return [reason, " ".join(cause["rules"]), where, cause["from"] or "-", cause["to"] or "-"]


def _devices(names: Sequence[str | None]) -> str:
    return ", ".join(name or _NAMELESS for name in names)


def _cited(
    console: Console, causes: Sequence[Cause], more: frozenset[str] | set[str] = frozenset()
) -> dict[str, str]:
    """Shows the rules that were cited, in words."""
    words = rulebook.cited({rule for cause in causes for rule in cause.rules} | more)
    for number, sentence in words.items():
        console.line(f"{number:<3}  {sentence}.")
    return words
