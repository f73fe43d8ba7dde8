"""Consent, end to end: 200,000 events against a second implementation of the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import duckdb
import polars as pl
import pytest

from etl import consented
from etl.errors import TacendaError
from privacy import consent
from tests.privacy import scenarios, streams
from tests.privacy.oracle_patterns import same
from tests.privacy.scenarios import Scenario
from transforms.events import SCHEMA, TYPES

SEEDS, EACH = range(40), 5_000
MINUTE = 60_000_000


@pytest.fixture(scope="module")
def many() -> list[Scenario]:
    return [scenarios.events(seed, EACH) for seed in SEEDS]


def test_200_000_events_are_judged_as_the_second_implementation_does(many: list[Scenario]) -> None:
    reasons: Counter[str | None] = Counter()
    for seed, scenario in zip(SEEDS, many, strict=True):
        wanted = scenarios.expected(scenario)
        got = scenarios.judged(scenario)
        assert got["seq"].to_list() == list(range(EACH))
        pairs = zip(wanted, got["reason"], strict=True)
        differing = [(seed, n, *pair) for n, pair in enumerate(pairs) if pair[0] != pair[1]]
        assert differing == []
        assert scenarios.wrong_parts(scenario, got) == 0, seed
        reasons.update(wanted)
    assert reasons.total() == 200_000
    assert set(reasons) == {None, *consent.REASONS}
    assert min(reasons.values()) > 5_000


def test_every_trigger_of_a_rule_occurs_in_the_scenarios(many: list[Scenario]) -> None:
    made = Counter[str]()
    types: Counter[str] = Counter()
    for scenario in many:
        made.update(scenario.made)
        types.update(scenario.events["type"].to_list())
    statuses = ("pending", "approved", "denied", "withdrawn")
    rows = {f"{status} {scope}" for status in statuses for scope in ("all", "keyboard", "mouse")}
    assert set(made) >= rows | set(streams.EPISODES)
    assert {name for name, n in made.items() if n < 8} == set()
    assert set(types) == set(TYPES)


def test_registries_name_people_in_every_form() -> None:
    for canonical, written in streams.PEOPLE.items():
        assert {same(one) for one in (*written, canonical)} == {canonical}


def test_what_is_read_is_what_is_allowed_and_the_counts_are_the_rest(many: list[Scenario]) -> None:
    scenario = many[0]
    wanted = scenarios.expected(scenario)
    allowed, removed = read(scenario)
    assert dict(allowed.drop("part").schema) == SCHEMA
    kept = [seq for seq, reason in enumerate(wanted) if reason is None]
    assert allowed["seq"].sort().to_list() == kept
    ordered = scenario.events.sort("seq")
    assert allowed.sort("seq").drop("part").equals(ordered[kept])
    types = ordered["type"].to_list()
    counts = Counter((why, kind) for why, kind in zip(wanted, types, strict=True) if why)
    by_kind = removed.group_by("reason", "type").agg(pl.col("n").sum())
    assert {(why, kind): n for why, kind, n in by_kind.iter_rows()} == counts


def test_time_limits_and_other_people_are_left_out_before_anything_is_counted(
    many: list[Scenario],
) -> None:
    scenario = many[1]
    users = ["ann@corp", "bob"]
    first, last = scenarios.BEGIN + 200 * MINUTE, scenarios.BEGIN + 600 * MINUTE
    allowed, removed = read(scenario, users, first_ts=first, last_ts=last)
    inside = [
        event["user_id"] in users and first <= event["ts"] < last
        for event in scenario.events.sort("seq").to_dicts()
    ]
    wanted = scenarios.expected(scenario)
    kept = [n for n, reason in enumerate(wanted) if reason is None and inside[n]]
    assert allowed["seq"].sort().to_list() == kept
    assert int(removed["n"].sum()) == sum(inside) - len(kept)


def test_an_event_without_a_verdict_stops_the_build(many: list[Scenario]) -> None:
    with duckdb.connect() as connection:
        connection.register("capture", many[0].events.to_arrow())
        spans = pl.DataFrame(schema=consent.SPANS)
        with pytest.raises(TacendaError, match="could not be decided"):
            consented.read_allowed(connection, spans, ["bob"], relation="capture")


def test_stray_resumes_are_counted_as_the_second_implementation_does(
    many: list[Scenario],
) -> None:
    total = 0
    for scenario in many[:10]:
        with duckdb.connect() as connection:
            connection.register("capture", scenario.events.to_arrow())
            bounds = consented.boundaries(connection, list(streams.PEOPLE), "capture")
        counted = consent.strays(bounds)
        assert counted == sum(person.strays for person in scenario.people.values())
        total += counted
    assert total > 20


STEP_ROWS = [
    # (device, session, seq, seconds), and the steps back among them, in seconds
    ([("d1", "s", 1, 10), ("d1", "s", 2, 8), ("d1", "s", 3, 9)], [("d1", 8, 10)]),
    ([("d1", "s", 3, 9), ("d1", "s", 1, 10), ("d1", "s", 2, 8)], [("d1", 8, 10)]),
    ([("d1", "s", 1, 10), ("d1", "t", 2, 8), ("d2", "s", 3, 7)], []),
    ([("d1", None, 1, 10), ("d1", "s", 2, 9), ("d1", None, 3, 8)], [("d1", 8, 10)]),
    ([(None, "s", 1, 10), (None, "s", 2, 8), (None, None, 1, 9), (None, None, 2, 7)],
     [(None, 8, 10), (None, 7, 9)]),
    ([("d1", "s", 1, 10), ("d1", "s", None, 8), ("d1", "s", 2, 11)], []),
    ([("d1", "s", None, 10), ("d1", "s", None, 8)], []),
    # Events of one number stand in the order of their times.
    ([("d1", "s", 1, 10), ("d1", "s", 1, 8), ("d1", "s", 2, 9)], [("d1", 9, 10)]),
    ([("d1", "s", 1, 10), ("d1", "s", 2, 10), ("d1", "s", 2, 11), ("d1", "s", 9, 12)], []),
    ([("d1", "s", -5, 10), ("d1", "s", 2**62, 9), ("d1", "s", -(2**62), 11)],
     [("d1", 9, 10), ("d1", 10, 11)]),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "steps"), STEP_ROWS)
def test_steps_back_are_found_by_number_in_each_session(
    rows: list[tuple[str | None, str | None, int | None, int]],
    steps: list[tuple[str | None, int, int]],
) -> None:
    found = bounds_of(
        {"device_id": device, "session_id": session, "seq": seq, "ts": second}
        for device, session, seq, second in rows
    ).filter(pl.col("type") == "step")
    wanted = [("ann", device, after, before) for device, after, before in steps]
    got = found.select("user_id", "device_id", "ts", "before_ts").rows()
    assert sorted(got, key=str) == sorted(wanted, key=str)


def test_a_device_has_a_row_for_each_day_that_holds_all_its_events() -> None:
    day = 86_400_000_000
    times = [-5, -day, 0, 7, day - 1, day, 9 * day + 3, 9 * day + 8]
    found = bounds_of({"device_id": "d1", "ts": ts} for ts in times)
    assert tuple(found.columns) == consent.BOUNDARIES
    ranges = found.filter(pl.col("type") == "device").select("ts", "before_ts").sort("ts").rows()
    assert all(any(first <= ts <= last for first, last in ranges) for ts in times)
    assert ranges[-2:] == [(day, day), (9 * day + 3, 9 * day + 8)]


def test_each_event_falls_into_the_span_that_it_lies_in() -> None:
    """At every distance from an edge, before and after the epoch, and far from any other event."""
    edges = [-(2**62), -(2**40), -3, 0, 1, 2**29 - 1, 2**29, 2**40, 2**55]
    spans = pl.DataFrame(
        [("ann", device, edge, part, None, None, None)
         for device in ("d1", None) for part, edge in enumerate(edges)],
        schema=consent.SPANS, orient="row",
    )  # fmt: skip
    times = sorted({edge + by for edge in edges[1:] for by in (-(2**31), -1, 0, 1, 2**28, 2**29)})
    events = pl.DataFrame(
        [{"user_id": "ann", "device_id": device, "ts": ts, "type": "wheel"}
         for device in ("d1", None) for ts in times],
        schema=SCHEMA,
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.register("capture", events.to_arrow())
        allowed, removed = consented.read_allowed(connection, spans, ["ann"], relation="capture")
    assert removed.height == 0 and allowed.height == events.height
    for ts, part in allowed.select("ts", "part").iter_rows():
        assert part == sum(edge <= ts for edge in edges) - 1


def bounds_of(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """The boundaries of some moves of the mouse of `ann`."""
    made = [{"user_id": "ann", "type": "mousemove", **row} for row in rows]
    with duckdb.connect() as connection:
        connection.register("capture", pl.DataFrame(made, schema=SCHEMA).to_arrow())
        return consented.boundaries(connection, ["ann"], "capture")


def read(
    scenario: Scenario, users: list[str] | None = None, **limits: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What `read_allowed` gives of a scenario, for some people or all."""
    chosen = users or list(streams.PEOPLE)
    with duckdb.connect() as connection:
        connection.register("capture", scenario.events.to_arrow())
        bounds = consented.boundaries(connection, chosen, "capture")
        spans = consent.denied_spans(scenario.registries, bounds)
        return consented.read_allowed(connection, spans, chosen, relation="capture", **limits)
