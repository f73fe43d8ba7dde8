"""What about consent is no error but should be known: counted, and told without names."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from privacy.pseudonyms import normal_id
from privacy.registry import Registries
from privacy.windows import PAUSE_US

STRAY = "resumes outside a pause"
LONG = "pauses of the registry longer than 30 minutes (removed whole)"
STRANGERS = "registry rows for people whom no capture names"
ABSENT = "withdrawals of people whom no capture names"
UNMATCHED = "exclusions of the project that never matched"


def remarks(
    connection: duckdb.DuckDBPyConnection, registries: Registries, matched: Iterable[int]
) -> dict[str, int]:
    """Counts of what the registries hold and nothing in the warehouse answers to.

    `matched` are the places of the project's own exclusions that matched a focus.
    """
    known = {row[0] for row in connection.execute("SELECT user_id FROM lake.people").fetchall()}
    users: list[str | None] = [row.user_id for row in registries.exemptions]
    users += [row.user_id for row in registries.pauses]
    users += [row.user_id for row in registries.own_exclusions]
    named = [normal_id(user) for user in users if user]
    asking = {normal_id(row.user_id) for row in registries.withdrawals}
    return {
        LONG: sum(p.end is not None and p.end - p.start > PAUSE_US for p in registries.pauses),
        STRANGERS: sum(user not in known for user in named),
        ABSENT: len(asking - known),  # no fault: they hold for what may be captured later
        UNMATCHED: len(registries.own_exclusions) - len(set(matched)),
    }
