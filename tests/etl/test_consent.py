"""Consent, end to end: 200,000 events against a second implementation of the rules."""

from __future__ import annotations

from collections import Counter

import duckdb
import polars as pl
import pytest

from etl import consented
from etl.errors import TacendaError
from privacy import consent, windows
from tests.privacy import oracle, scenarios
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
    assert set(made) >= rows | set(scenarios.EPISODES)
    assert {name for name, n in made.items() if n < 8} == set()
    assert set(types) == set(TYPES)


def test_registries_name_people_in_every_form() -> None:
    for canonical, written in scenarios.PEOPLE.items():
        assert {oracle.same(one) for one in (*written, canonical)} == {canonical}


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
    assert {(why, kind): n for why, kind, n in removed.iter_rows()} == counts


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
        registries = scenario.registries
        people = oracle.people(scenario.events.to_dicts(), registries.exemptions, [], [])
        for (user,), own in scenario.events.sort("ts").group_by("user_id"):
            counted = windows.stray_resumes(windows.streams(own))
            assert counted == people[str(user)].strays
            total += counted
    assert total > 20


def read(
    scenario: Scenario, users: list[str] | None = None, **limits: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What `read_allowed` gives of a scenario, for some people or all."""
    chosen = users or list(scenarios.PEOPLE)
    with duckdb.connect() as connection:
        connection.register("capture", scenario.events.to_arrow())
        bounds = consented.boundaries(connection, chosen, "capture")
        spans = consent.denied_spans(scenario.registries, bounds)
        return consented.read_allowed(connection, spans, chosen, relation="capture", **limits)
