"""What was asked after the capture, as the warehouse keeps it."""

from __future__ import annotations

import duckdb

from privacy.registry import Withdrawal

WITHDRAW, RECALL = "withdraw", "recall"


def withdrawals(connection: duckdb.DuckDBPyConnection) -> tuple[Withdrawal, ...]:
    """Every withdrawal, in the order in which they were asked for."""
    found = connection.execute(
        "SELECT user_id, from_ts, to_ts, scope, number FROM lake.requests WHERE kind = ? ORDER BY number",
        [WITHDRAW],
    ).fetchall()
    return tuple(Withdrawal(*row) for row in found)
