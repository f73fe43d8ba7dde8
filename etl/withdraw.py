"""People's requests to be forgotten: kept, honoured from then on, and answered by a receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from etl import copies, holdings, marks, moments, requests, tombstones
from etl.copies import Copy
from etl.errors import TacendaError, unforeseen
from etl.holdings import Holding, Release
from etl.project import Project
from etl.requestfile import Row
from etl.requests import ACCEPTED, REFUSED, Answer, Ask
from privacy.registry import Withdrawal

ERASED = "erased"

_SCOPES = {
    "all": "everything",
    "keyboard": "all typing (keys, paste, compose)",
    "mouse": "all that the mouse did (moves, clicks, wheel)",
}


@dataclass(frozen=True)
class Receipt:
    """What became of one request, what it covers in words, and which releases hold rows of it.

    `verdict` is accepted, known (asked before), refused (why), or erased (nothing need be asked).
    `captured` tells whether anything of the person is in the warehouse.
    """

    line: int | None
    request_id: str | None
    verdict: str
    number: int | None = None
    asked_at: int | None = None
    person: str = ""
    covers: str = ""
    why: str = ""
    captured: bool = False
    releases: tuple[Holding, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """A receipt for each request, and what is to be done next.

    `steps` are commands; `copies` what was published and should be nowhere any more.
    """

    receipts: tuple[Receipt, ...]
    steps: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()

    def count(self, verdict: str) -> int:
        """How many requests ended so."""
        return sum(one.verdict == verdict for one in self.receipts)


def withdraw(
    connection: duckdb.DuckDBPyConnection, project: Project, rows: Sequence[Row], now: int
) -> Outcome:
    """Keeps every request that can be understood, all in one transaction, and marks the releases.

    Only under the project's lock. What was asked before changes nothing.
    """
    for dataset in marks.datasets(project):
        marks.read(project, dataset)  # one that cannot be read must stop this before it begins
    asks = _asks(connection, project, rows)
    answers = requests.add(connection, list(asks.values()), now)
    try:
        marks.refresh(project, connection, now)
    except (OSError, TacendaError) as error:
        raise TacendaError(
            "the requests are kept and hold, but the releases concerned could not be marked",
            where=unforeseen(error).splitlines()[0],
            todo="mend that, then run this again, or `tacenda build`",
            undone="publishing these releases is not refused yet",
        ) from None
    return _outcome(connection, project, rows, dict(zip(asks, answers, strict=True)), now)


def plan(
    connection: duckdb.DuckDBPyConnection, project: Project, rows: Sequence[Row], now: int
) -> Outcome:
    """What `withdraw` would answer, and which requests it would keep; changes nothing."""
    asks = _asks(connection, project, rows)
    answers = requests.answers(connection, list(asks.values()), now)
    return _outcome(connection, project, rows, dict(zip(asks, answers, strict=True)), now)


def _asks(
    connection: duckdb.DuckDBPyConnection, project: Project, rows: Sequence[Row]
) -> dict[int, Ask]:
    """Place -> the asks to be kept: of people who were erased nothing is kept (C26)."""
    gone = tombstones.erased(connection, project)
    return {
        place: row.ask
        for place, row in enumerate(rows)
        if row.ask is not None and row.ask.withdrawal.user_id not in gone
    }


def _outcome(
    connection: duckdb.DuckDBPyConnection,
    project: Project,
    rows: Sequence[Row],
    answers: dict[int, Answer],
    now: int,
) -> Outcome:
    known = {row[0] for row in connection.execute(_CAPTURED).fetchall()}
    asked = {place: one for place, one in enumerate(rows) if place in answers}
    held = holdings.of_many(
        connection, project, [one.ask.withdrawal for one in asked.values() if one.ask]
    )
    releases = dict(zip(asked, held, strict=True))
    receipts = tuple(
        _receipt(project, row, answers.get(place), known, releases.get(place, []))
        for place, row in enumerate(rows)
    )
    found = {(one.dataset, one.version) for own in receipts for one in own.releases}
    return Outcome(receipts, *_next(project, found, now))


_CAPTURED = "SELECT DISTINCT user_id FROM lake.sessions"


def _receipt(
    project: Project, row: Row, answer: Answer | None, known: set[str], held: Sequence[Holding]
) -> Receipt:
    if row.ask is None:
        return Receipt(row.line, row.request_id, REFUSED, why=row.fault)
    asked = row.ask.withdrawal
    person = asked.user_id
    if answer is None:
        why = (
            "erased: nothing of this person is kept, and what is captured of them is refused (C26)"
        )
        return Receipt(row.line, row.request_id, ERASED, person=person, why=why)
    if answer.request is None:
        return Receipt(row.line, row.request_id, REFUSED, person=person, why=answer.why)
    return Receipt(
        row.line,
        row.request_id,
        answer.verdict,
        answer.request.number,
        answer.request.asked_at,
        person,
        covers(asked, project.settings.consent.limits(0).guard_us),
        answer.why,
        person in known,
        tuple(held),
    )


def covers(asked: Withdrawal, guard_us: int) -> str:
    """What a withdrawal covers, in words."""
    what = _SCOPES[asked.scope]
    if asked.start is None and asked.end is None:
        return f"{what} that was ever captured, and will be"
    since = f" from {moments.written(asked.start)}" if asked.start is not None else ""
    until = f" to {moments.written(asked.end)}" if asked.end is not None else " on, for good"
    sides = {"before": asked.start, "after": asked.end}
    around = " and ".join(side for side, bound in sides.items() if bound is not None)
    return f"{what}{since}{until}, and {guard_us / 1_000_000:g} s {around} it"


def _next(
    project: Project, found: set[Release], now: int
) -> tuple[tuple[str, ...], tuple[Copy, ...]]:
    """The commands that end it for the releases concerned, and the copies of them."""
    marked: dict[str, marks.Marks] = {}
    for dataset in sorted({dataset for dataset, _ in found}):
        marked[dataset] = {
            version: replace(mark, waiting={marks.WITHDRAWAL: now, **mark.waiting})
            if (dataset, version) in found
            else mark
            for version, mark in marks.read(project, dataset).items()
        }
    gone = tuple(one for one in copies.withheld(marked) if (one.dataset, one.version) in found)
    return copies.steps(copies.waiting(marked), gone), gone


def accepted(rows: Sequence[Row], outcome: Outcome) -> list[Withdrawal]:
    """The withdrawals among the rows of a plan that would be new."""
    pairs = zip(rows, outcome.receipts, strict=True)
    return [row.ask.withdrawal for row, one in pairs if row.ask and one.verdict == ACCEPTED]
