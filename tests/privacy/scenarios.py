"""Captures made to fall on the edges of the consent rules, and the way they are judged.

`events` makes one of all `PEOPLE` at an ordinary time, whose `seq` numbers each event once;
`history` a small one around a time that is hard on clocks, numbered as a recorder numbers.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from types import ModuleType
from typing import Any

import duckdb
import polars as pl

from etl import consented as real_consented
from privacy import consent as real_consent
from privacy.registry import Registries
from tests.privacy import oracle, wishes
from tests.privacy.streams import (
    ANCHOR,
    DEVICES,
    EXCLUSIONS,
    GUARD,
    PEOPLE,
    STEP,
    Stream,
    numbered,
    tell,
)
from transforms.events import SCHEMA

BEGIN = 1_790_000_000_000_000

ANCHORS: dict[str, tuple[datetime, str]] = {
    "an ordinary minute": (datetime(2026, 9, 21, 14, 13), "Europe/Berlin"),
    "midnight": (datetime(2026, 9, 22), "UTC"),
    "midnight in New York": (datetime(2026, 9, 22, 4), "America/New_York"),
    "the end of a night in New York": (datetime(2026, 9, 23, 8, 30), "America/New_York"),
    "summer time begins in Berlin": (datetime(2027, 3, 28, 1), "Europe/Berlin"),
    "summer time ends in Berlin": (datetime(2026, 10, 25, 1), "Europe/Berlin"),
    "summer time begins in New York": (datetime(2027, 3, 14, 7), "America/New_York"),
    "summer time ends in New York": (datetime(2026, 11, 1, 6), "America/New_York"),
    "half an hour on, on Lord Howe": (datetime(2026, 10, 3, 15, 30), "Australia/Lord_Howe"),
    "half an hour back, on Lord Howe": (datetime(2027, 4, 3, 15), "Australia/Lord_Howe"),
    "a leap day begins": (datetime(2028, 2, 29), "UTC"),
    "a leap day ends": (datetime(2028, 2, 29, 23), "Europe/Berlin"),
}
"""What is hard about a time -> that time in UTC, and the zone whose clock shows it."""


@dataclass
class Scenario:
    """A capture in canonical columns, its registries, and how often each trigger was made.

    `key` is the column that numbers each event once.
    """

    events: pl.DataFrame
    registries: Registries
    made: Counter[str]
    key: str = "seq"

    @cached_property
    def people(self) -> dict[str, oracle.Person]:
        """The people of the capture as the second implementation knows them."""
        given = self.registries
        return oracle.people(
            self.events.to_dicts(),
            given.exemptions,
            given.pauses,
            given.exclusions,
            given.withdrawals,
            given.limits,
        )


def events(seed: int, n: int) -> Scenario:
    """A capture of `n` events of all `PEOPLE`, shuffled, with registries to match."""
    rng = random.Random(seed)
    return told(rng, tuple(PEOPLE), BEGIN, "Europe/Berlin", n, "seq")


def history(seed: int, n: int = 500) -> Scenario:
    """A capture of `n` events of a few people around one of the `ANCHORS`."""
    rng = random.Random(f"history {seed}")
    name = rng.choice(list(ANCHORS))
    moment, zone = ANCHORS[name]
    begin = int(moment.replace(tzinfo=UTC).timestamp()) * 1_000_000 - ANCHOR * STEP
    users = rng.sample(list(PEOPLE), rng.choice((1, 2, 3)))
    made = told(rng, users, begin, zone, n, "net_bytes")
    made.made[name] += 1
    return made


def told(
    rng: random.Random, users: Sequence[str], begin: int, zone: str, n: int, key: str
) -> Scenario:
    """What happens to some people in sixteen hours, and what registries and project say of it."""
    made: Counter[str] = Counter()
    guard = rng.choice((GUARD, GUARD, 5 * GUARD, STEP, 0))
    streams = []
    said = wishes.Wishes()
    limits, edges = wishes.limits(rng, users, begin, zone, guard, made)
    for number, user in enumerate(users):
        devices = rng.choice([DEVICES, DEVICES, ("d1", None), ("d1", "d2"), ("d2",), (None,)])
        one = Stream(rng, user, devices, begin, guard, made=made)
        own = wishes.of_person(one)
        said.add(own)
        tell(one, [*edges, *own.edges()], n // len(users) + (number < n % len(users)))
        streams += one.rows
    for shuffled in (said.exemptions, said.pauses, said.withdrawals):
        rng.shuffle(shuffled)
    registries = Registries(
        tuple(said.exemptions), tuple(said.pauses), EXCLUSIONS,
        withdrawals=tuple(said.withdrawals), limits=limits,
    )  # fmt: skip
    sessions = numbered(rng, streams)
    if key == "seq":
        number_once(rng, sessions)
    else:
        number_as_recorded(rng, sessions)
    rng.shuffle(streams)
    frame = pl.DataFrame(streams, schema=SCHEMA).with_columns(
        net_bytes=pl.int_range(pl.len()).cast(pl.Float64)
    )
    return Scenario(frame, registries, made, key)


Sessions = list[list[dict[str, Any]]]


def number_once(rng: random.Random, sessions: Sessions) -> None:
    """Numbers that no two events share: ascending in each session, in no order between them."""
    lots = rng.sample(range(total := sum(map(len, sessions))), total)
    for session in sessions:
        mine, lots = sorted(lots[: len(session)]), lots[len(session) :]
        for row, number in zip(session, mine, strict=True):
            row["seq"] = number


def number_as_recorded(rng: random.Random, sessions: Sessions) -> None:
    """Numbers that begin anew in each session, with gaps; here and there none."""
    share = rng.choice((0.5, 0.9, 1, 1))
    for session in sessions:
        number = rng.choice((0, 1, 900))
        for row in session:
            number += rng.choice((*(1,) * 30, 2, 3, 40, 0))
            sure = str(row["session_id"]).startswith("back")
            row["seq"] = number if sure or rng.random() < share else None
            row["session_id"] = None if row["session_id"] == "s0" else row["session_id"]


def judged(
    scenario: Scenario,
    consent: ModuleType | Any = real_consent,
    consented: ModuleType | Any = real_consented,
) -> pl.DataFrame:
    """What the rules in use decide: `reason` and `part` of every event, by the scenario's key."""
    users = scenario.events["user_id"].unique().sort().to_list()
    key, connection = scenario.key, desk()
    connection.register("capture", scenario.events.to_arrow())
    bounds = consented.boundaries(connection, users, "capture")
    spans = consent.denied_spans(scenario.registries, bounds)
    consented._judge(connection, spans, users, None, None, "capture")
    return connection.execute(f"SELECT {key}, reason, part FROM judged ORDER BY {key}").pl()


@cache
def desk() -> duckdb.DuckDBPyConnection:
    """A database in memory, one for all scenarios: it takes longer to open than they do."""
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    return connection


def expected(scenario: Scenario) -> list[str | None]:
    """What the second implementation decides, in order of the scenario's key."""
    ordered = scenario.events.sort(scenario.key).to_dicts()
    return [oracle.verdict(event, scenario.people[event["user_id"]]) for event in ordered]


def wrong_parts(scenario: Scenario, verdicts: pl.DataFrame) -> int:
    """How many pairs of used events are joined across a window, or parted without one."""
    used = scenario.events.join(verdicts.filter(pl.col("reason").is_null()), on=scenario.key)
    return sum(
        len(oracle.wrong_parts(stream.sort("ts").to_dicts(), scenario.people[str(user)]))
        for (user, _), stream in used.group_by("user_id", "device_id")
    )
