"""What was asked after the capture, as the warehouse keeps it: people's withdrawals, recalls."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import duckdb
import polars as pl

from privacy.pseudonyms import normal_id
from privacy.registry import Withdrawal

WITHDRAW, RECALL, GONE = "withdraw", "recall", "gone"
ACCEPTED, KNOWN, REFUSED = "accepted", "known", "refused"
SCOPES = ("all", "keyboard", "mouse")

_COLUMNS: dict[str, pl.DataType] = {
    "number": pl.Int64(), "kind": pl.String(), "request_id": pl.String(), "asked_at": pl.Int64(),
    "user_id": pl.String(), "from_ts": pl.Int64(), "to_ts": pl.Int64(), "scope": pl.String(),
    "dataset": pl.String(), "version": pl.String(), "reason": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """One row of `lake.requests`: a withdrawal, or the recall of a release; times in microseconds.

    `user_id` is normalised. Of what does not belong to its kind, nothing is set.
    """

    number: int
    kind: str
    request_id: str | None
    asked_at: int
    user_id: str | None = None
    from_ts: int | None = None
    to_ts: int | None = None
    scope: str | None = None
    dataset: str | None = None
    version: str | None = None
    reason: str | None = None

    @property
    def withdrawal(self) -> Withdrawal:
        """As the consent rules read it."""
        named = self.user_id or "", self.from_ts, self.to_ts, self.scope or "all"
        return Withdrawal(*named, row=self.number)


@dataclass(frozen=True)
class Ask:
    """A withdrawal that somebody asks for, not yet in the warehouse."""

    withdrawal: Withdrawal
    request_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Answer:
    """What becomes of an ask: `accepted`, `known` (as that request) or `refused` (why)."""

    verdict: str
    request: Request | None
    why: str = ""


def checked(
    user_id: str | None, start: int | None, end: int | None, scope: str | None
) -> Withdrawal:
    """A withdrawal that makes sense, its person normalised; `ValueError` says what does not."""
    user = normal_id(user_id or "")
    if not user:
        raise ValueError("user_id is required")
    if start is not None and end is not None and end <= start:
        raise ValueError("the end is not after the start")
    if (scope or "all") not in SCOPES:
        raise ValueError(f"scope is none of {', '.join(SCOPES)}")
    return Withdrawal(user, start, end, scope or "all")


def withdrawals(connection: duckdb.DuckDBPyConnection) -> tuple[Withdrawal, ...]:
    """Every withdrawal, in the order in which they were asked for."""
    return tuple(one.withdrawal for one in listed(connection))


def listed(connection: duckdb.DuckDBPyConnection, kind: str = WITHDRAW) -> tuple[Request, ...]:
    """Every request of a kind, in the order of their numbers."""
    found = connection.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM lake.requests WHERE kind = ? ORDER BY number", [kind]
    ).fetchall()
    return tuple(Request(*row) for row in found)


def recalls(connection: duckdb.DuckDBPyConnection) -> tuple[Request, ...]:
    """Every recall of a release, in the order of their numbers."""
    return listed(connection, RECALL)


def digest(connection: duckdb.DuckDBPyConnection) -> str:
    """A digest of what all withdrawals say together, whatever their order and number."""
    said = sorted({json.dumps(content(one)) for one in withdrawals(connection)})
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def content(asked: Withdrawal) -> tuple[str, int | None, int | None, str]:
    """What makes two withdrawals the same one: person, window and scope."""
    return normal_id(asked.user_id), asked.start, asked.end, asked.scope


def answers(
    connection: duckdb.DuckDBPyConnection, asks: Sequence[Ask], now: int
) -> tuple[Answer, ...]:
    """What would become of each ask, in their order; changes nothing.

    What was asked before is known, by its request id or else by its content. An id that stands
    for something else already is refused.
    """
    known = listed(connection)
    by_id = {one.request_id: one for one in known if one.request_id is not None}
    by_content = {content(one.withdrawal): one for one in reversed(known)}
    number = _last(connection)
    found = []
    for ask in asks:
        answer = _answer(ask, by_id, by_content, number + 1, now)
        found.append(answer)
        if answer.verdict == ACCEPTED and answer.request is not None:
            number += 1
            by_content[content(ask.withdrawal)] = answer.request
        if answer.request is not None and ask.request_id is not None:
            by_id.setdefault(ask.request_id, answer.request)
    return tuple(found)


def _answer(
    ask: Ask,
    by_id: dict[str, Request],
    by_content: dict[tuple[str, int | None, int | None, str], Request],
    number: int,
    now: int,
) -> Answer:
    asked = content(ask.withdrawal)
    same_id = by_id.get(ask.request_id) if ask.request_id is not None else None
    if same_id is not None and content(same_id.withdrawal) != asked:
        why = f"this request_id stands for something else already (request {same_id.number})"
        return Answer(REFUSED, None, why)
    before = same_id or by_content.get(asked)
    if before is not None:
        return Answer(KNOWN, before)
    request = Request(number, WITHDRAW, ask.request_id, now, *asked, reason=ask.reason)
    return Answer(ACCEPTED, request)


def add(connection: duckdb.DuckDBPyConnection, asks: Sequence[Ask], now: int) -> tuple[Answer, ...]:
    """Keeps every ask that is accepted, all in one transaction; answers as `answers`."""
    found = answers(connection, asks, now)
    _insert(connection, [a.request for a in found if a.verdict == ACCEPTED and a.request])
    return found


def add_recall(
    connection: duckdb.DuckDBPyConnection, dataset: str, version: str, reason: str, now: int
) -> tuple[str, Request]:
    """Keeps that a release was recalled, unless that is known already: verdict and request."""
    for one in recalls(connection):
        if (one.dataset, one.version) == (dataset, version):
            return KNOWN, one
    number = _last(connection) + 1
    request = Request(number, RECALL, None, now, dataset=dataset, version=version, reason=reason)
    _insert(connection, [request])
    return ACCEPTED, request


def forget(connection: duckdb.DuckDBPyConnection, user_id: str) -> int:
    """Takes a person out of the requests; their numbers stay, so that none is given again."""
    own = [normal_id(user_id)]
    row = connection.execute("SELECT count(*) FROM lake.requests WHERE user_id = ?", own).fetchone()
    blank = ", ".join(
        f"{name} = NULL" for name in _COLUMNS if name not in ("number", "kind", "asked_at")
    )
    connection.execute(f"UPDATE lake.requests SET kind = '{GONE}', {blank} WHERE user_id = ?", own)
    return int(row[0]) if row else 0


def _last(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT coalesce(max(number), 0) FROM lake.requests").fetchone()
    return int(row[0]) if row else 0


def _insert(connection: duckdb.DuckDBPyConnection, made: Sequence[Request]) -> None:
    if not made:
        return
    frame = pl.DataFrame([astuple(one) for one in made], schema=_COLUMNS, orient="row")
    connection.register("asked", frame.to_arrow())
    connection.execute("INSERT INTO lake.requests BY NAME SELECT * FROM asked")
    connection.unregister("asked")
