"""Receipts for what people ask, and the list of requests: as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from etl import moments, show_status

if TYPE_CHECKING:
    from etl.console import Console
    from etl.holdings import Holding
    from etl.impact import Impact
    from etl.listing import Listed
    from etl.recall import Recalled
    from etl.withdraw import Outcome, Receipt

_STATES = {
    "waiting": "waiting for what follows",
    "honoured": "honoured",
    "future": "holds for the future: nothing of this person was captured",
}


def receipt(console: Console, outcome: Outcome, impact: Impact | None) -> None:
    """One person's receipt, in lines."""
    one = outcome.receipts[0]
    for name, words in _lines(one, planned=impact is not None):
        console.line(f"{name:<10}{words}")
    if impact is not None:
        _impact(console, impact)
    _next(console, outcome)
    console.data(_data(outcome, impact))


def _lines(one: Receipt, *, planned: bool) -> list[tuple[str, str]]:
    if one.number is None or one.asked_at is None:
        return [("person", one.person), (one.verdict, one.why)]
    asked = moments.written(one.asked_at)
    number = f"{one.number}, would be asked now" if planned else f"{one.number}, asked {asked}"
    if one.verdict == "known":
        number = f"{one.number}: the same was asked before, {asked}; nothing was changed"
    captured = "" if one.captured else "nothing of this person yet; it holds for the future"
    held = [_held(release) for release in one.releases] or ["none holds rows of it"]
    lines = [("request", number), ("person", one.person), ("covers", one.covers)]
    lines += [("captured", captured)] if captured else []
    return [*lines, *(("releases" if not n else "", words) for n, words in enumerate(held))]


def receipts(console: Console, outcome: Outcome, impact: Impact | None) -> None:
    """A receipt for each row of a file, as a table, and how many ended how."""
    rows: list[list[object]] = [
        [one.line or "", one.request_id or "-", one.verdict, one.number or "-", one.covers or "-",
         _about(one), ", ".join(_held(release) for release in one.releases) or "-"]
        for one in outcome.receipts
    ]  # fmt: skip
    names = ["line", "request id", "verdict", "number", "covers", "what to know", "releases"]
    console.table("Receipts", names, rows)
    verdicts = ("accepted", "known", "erased", "refused")
    counts = ", ".join(f"{outcome.count(name)} {name}" for name in verdicts)
    console.line(f"{len(outcome.receipts)} requests: {counts}")
    if impact is not None:
        _impact(console, impact)
    _next(console, outcome)
    console.data(_data(outcome, impact))


def _about(one: Receipt) -> str:
    if one.verdict == "known" and one.asked_at is not None:
        return f"asked before, {moments.written(one.asked_at)}"
    if one.why:
        return one.why
    return "" if one.captured else "nothing captured yet; holds for the future"


def _held(one: Holding) -> str:
    if one.rows is None or one.shards is None:
        return f"{one.dataset}/{one.version} (rows not known)"
    rows = f"{one.rows:,} row{'s' * (one.rows != 1)}"
    return f"{one.dataset}/{one.version} ({rows} in {one.shards:,} file{'s' * (one.shards != 1)})"


def _impact(console: Console, found: Impact) -> None:
    reasons = sorted({*found.before, *found.after})
    rows: list[list[object]] = [
        [reason, found.before.get(reason, 0), found.after.get(reason, 0)] for reason in reasons
    ]
    rows.append(["all reasons", sum(found.before.values()), sum(found.after.values())])
    console.table("Events of these people removed", ["reason", "now", "then"], rows)
    console.line(f"{found.more:,} of {found.events:,} events would be removed in addition")
    for one in found.releases:
        console.line(f"{'concerns':<10}{_held(one)}")
    console.say("Nothing was changed.")


def _next(console: Console, outcome: Outcome) -> None:
    show_status.copies(console, outcome.copies)
    for place, step in enumerate(outcome.steps):
        console.line(f"{'next' if not place else 'then':<10}{step}")


def _data(outcome: Outcome, impact: Impact | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "receipts": [_receipt(one) for one in outcome.receipts],
        "steps": outcome.steps,
        "copies": [asdict(one) for one in outcome.copies],
    }
    if impact is not None:
        found["dry_run"] = {**asdict(impact), "more": impact.more}
    return found


def _receipt(one: Receipt) -> dict[str, Any]:
    return {**asdict(one), "asked_at": _written(one.asked_at)}


def _written(moment: int | None) -> str | None:
    return None if moment is None else moments.written(moment)


def listed(console: Console, found: Sequence[Listed]) -> None:
    """Every withdrawal and where it stands; names people."""
    rows: list[list[object]] = [
        [one.request.number, _written(one.request.asked_at), one.request.user_id,
         _written(one.request.from_ts) or "-", _written(one.request.to_ts) or "-",
         one.request.scope, one.request.reason or "-",
         ": ".join(filter(None, [_STATES[one.state], ", ".join(one.releases)]))]
        for one in found
    ]  # fmt: skip
    names = ["number", "asked", "person", "from", "to", "scope", "reason", "state"]
    console.table("Withdrawals", names, rows)
    console.line(f"{len(found)} withdrawals")
    console.data({"withdrawals": [_listed(one) for one in found]})


def _listed(one: Listed) -> dict[str, Any]:
    return {
        "number": one.request.number,
        "request_id": one.request.request_id,
        "asked_at": _written(one.request.asked_at),
        "person": one.request.user_id,
        "from": _written(one.request.from_ts),
        "to": _written(one.request.to_ts),
        "scope": one.request.scope,
        "reason": one.request.reason,
        "state": one.state,
        "releases": one.releases,
    }


def recalled(console: Console, found: Recalled) -> None:
    """That a release was recalled, and where copies of it lie."""
    at = moments.written(found.recalled_at)
    known = "was recalled before" if found.verdict == "known" else "is recalled"
    console.line(f"{found.dataset}/{found.version} {known}, {at}: {found.reason}")
    show_status.copies(console, found.copies)
    console.line("next      change what led to the recall, then: tacenda build " + found.dataset)
    console.data({**asdict(found), "recalled_at": at})
