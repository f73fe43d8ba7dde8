"""Patterns and intervals, by tables and properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy import clocks, hours, windows
from privacy.registry import Exclusion, WorkingHours
from privacy.windows import FIRST, LAST
from privacy.zones import zone
from tests.privacy import oracle

PATTERNS = [
    ("app", "vault", "VAULT", True),
    ("app", "vault", "vault ", False),
    ("app", "vault", "my vault", False),
    ("app", "v?ult", "vault", True),
    ("app", "v?ult", "vult", False),
    ("app", "*", "", True),
    ("app", "*", None, False),
    ("title", "*b.c*", "a b.c d", True),
    ("title", "*b.c*", "a bxc d", False),
    ("title", "[a-z]+", "abc", False),
    ("title", "(1) *", "(1) inbox\nsecond line", True),
    ("title", "STRASSE", "straße", True),
    ("title", "caf\u00e9", "CAFE\u0301", True),
    ("title", "a*b*c", "a-c-b-c", True),
    ("title", "a*b*c", "a-c-b-", False),
    ("url", "vault.example", "https://vault.example/a/b?c#d", True),
    ("url", "vault.example", "https://u:p@VAULT.example:8443", True),
    ("url", "vault.example", "vault.example/login", True),
    ("url", "vault.example", "vault.example/login?next=https://elsewhere/", True),
    ("url", "vault.example", "view-source:https://vault.example/login", True),
    ("url", "vault.example", "//vault.example/login", True),
    ("url", "vault.example", "https://elsewhere/?u=https://vault.example", False),
    ("url", "vault.example", "https://my-vault.example/", False),
    ("url", "*.example", "https://vault.example/", True),
    ("url", "vault.example/pay/*", "https://vault.example/pay/1", True),
    ("url", "vault.example/pay/*", "https://vault.example/pa", False),
    ("url", "https://vault.example/*", "https://vault.example/pay", True),
    ("url", "*", None, False),
]


@pytest.mark.parametrize(("column", "pattern", "value", "fits"), PATTERNS)
def test_patterns_are_whole_values_folded_with_two_wildcards(
    column: str, pattern: str, value: str | None, fits: bool
) -> None:
    place: dict[str, Any] = {column: value}
    row = Exclusion(**{column: pattern})
    assert windows.matches(windows.compiled([row])[0], windows.Focus(0, **place)) == fits


def test_every_pattern_of_a_row_must_fit() -> None:
    rule = windows.compiled([Exclusion(app="a", title="t")])[0]
    assert windows.matches(rule, windows.Focus(0, app="a", title="t"))
    assert not windows.matches(rule, windows.Focus(0, app="a", title="u"))
    assert not windows.matches(rule, windows.Focus(0, app="b", title="t"))
    assert not windows.matches(rule, windows.Focus(0, title="t"))


SPANS = st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 9)), max_size=12).map(
    lambda pairs: [(start, start + length) for start, length in pairs]
)


@given(SPANS)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_union_covers_the_same_and_its_spans_neither_touch_nor_overlap(
    spans: list[tuple[int, int]],
) -> None:
    joined = windows.union(spans)
    covered = {t for start, end in spans for t in range(start, end)}
    assert {t for start, end in joined for t in range(start, end)} == covered
    assert all(start < end for start, end in joined)
    assert all(one[1] < two[0] for one, two in pairwise(joined))
    assert windows.union(reversed(spans)) == windows.union(joined) == joined


PARTS = st.none() | st.text("ab*", max_size=3)
RULES = st.lists(st.builds(Exclusion, app=PARTS, title=PARTS, url=PARTS), max_size=8)
PLACES = st.builds(
    windows.Focus, st.just(0), app=PARTS, title=PARTS, url=st.none() | st.sampled_from(("a", "//b"))
)


@given(RULES, st.lists(PLACES, max_size=4))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_the_sieve_holds_back_no_rule_that_matches(
    rows: list[Exclusion], places: list[windows.Focus]
) -> None:
    rules = windows.compiled(rows)
    candidates = windows.sieve(rules)
    for focus in [*places, *places]:
        found = candidates(focus)
        assert [rule for rule in found if windows.matches(rule, focus)] == [
            rule for rule in rules if windows.matches(rule, focus)
        ]


@given(st.text("aB*?.é\n", max_size=8), st.text("abB.é\n", max_size=8))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_patterns_agree_with_the_second_implementation(pattern: str, value: str) -> None:
    rule = windows.compiled([Exclusion(title=pattern)])[0]
    assert windows.matches(rule, windows.Focus(0, title=value)) == oracle.like(pattern, value)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BERLIN = "Europe/Berlin"
HOURS = [
    # day, minutes, a time nearby, and what is left as a clock in UTC shows it
    ((0,), 480, 1080, "2026-09-21T12:00Z", ["09-21 06:00", "09-21 16:00"]),
    ((1,), 480, 1080, "2026-09-21T12:00Z", ["09-22 06:00", "09-22 16:00"]),
    ((3,), 480, 1080, "2026-09-21T12:00Z", []),
    ((0,), 1320, 360, "2026-09-21T12:00Z", ["09-21 20:00", "09-22 04:00"]),
    ((0,), 480, 480, "2026-09-21T12:00Z", ["09-21 06:00", "09-22 06:00"]),
    ((0, 1), 480, 480, "2026-09-21T12:00Z", ["09-21 06:00", "09-23 06:00"]),
    ((0,), 0, 1440, "2026-09-21T12:00Z", ["09-20 22:00", "09-21 22:00"]),
    # Summer time begins: 02:00 to 03:00 never are.
    ((6,), 60, 240, "2027-03-28T01:00Z", ["03-28 00:00", "03-28 02:00"]),
    ((6,), 150, 600, "2027-03-28T01:00Z", ["03-28 01:30", "03-28 08:00"]),
    ((6,), 60, 150, "2027-03-28T01:00Z", ["03-28 00:00", "03-28 00:30"]),
    ((6,), 130, 170, "2027-03-28T01:00Z", []),
    # Summer time ends: 02:00 to 03:00 are twice.
    ((6,), 60, 240, "2026-10-25T01:00Z", ["10-24 23:00", "10-25 03:00"]),
    ((6,), 150, 600, "2026-10-25T01:00Z", ["10-25 01:30", "10-25 09:00"]),
    ((6,), 60, 150, "2026-10-25T01:00Z", ["10-24 23:00", "10-25 00:30"]),
]


def moment(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(("days", "begin", "till", "near", "left"), HOURS)
def test_hours_are_those_of_the_clock_there(
    days: tuple[int, ...], begin: int, till: int, near: str, left: list[str]
) -> None:
    entry = WorkingHours(BERLIN, days, begin, till)
    gaps = hours.outside([entry], "ann", [(moment(near), moment(near))])
    assert gaps[0][0] == FIRST and gaps[-1][1] == LAST
    edges = [edge for gap in gaps for edge in gap][1:-1]
    assert [(EPOCH + timedelta(microseconds=t)).strftime("%m-%d %H:%M") for t in edges] == left


@pytest.mark.parametrize(
    ("people", "gaps"),
    [
        ([None], 2), ([(" ANN",)], 2), ([("bob",)], 1), ([(" ANN", "bob"), None], 2),
        ([None, ("bob",)], 2), ([("bob",), ("cy",)], 1), ([None, None], 4), ([()], 1), ([], 0),
    ],
)  # fmt: skip
def test_the_entry_that_names_a_person_holds_else_the_one_that_names_nobody(
    people: list[tuple[str, ...] | None], gaps: int
) -> None:
    entries = [WorkingHours("UTC", (0,), 60 * n, 1080, who) for n, who in enumerate(people)]
    monday = moment("2026-09-21T12:00Z")
    found = hours.outside(entries, "ann", [(monday, monday)])
    assert len(found) == gaps
    assert gaps != 1 or found == [(FIRST, LAST)]


def test_only_days_with_events_are_looked_at() -> None:
    entry = WorkingHours(BERLIN, tuple(range(7)), 480, 1080)
    far = [moment("0001-01-01T00:00Z"), moment("2026-09-21T12:00Z"), moment("9999-12-31T23:59Z")]
    assert len(hours.outside([entry], "ann", [(ts, ts) for ts in far])) == 5
    assert hours.outside([entry], "ann", []) == [(FIRST, LAST)]


NO_ZONES = ("", "Berlin", "europe", "Europe", "../tzdata", "/etc", "a//b", "Europe/Berlin\0",
            "zone.tab", "tzdata.zi", "__init__.py")  # fmt: skip


@pytest.mark.parametrize("name", NO_ZONES)
def test_zones_are_those_of_the_data_set_alone(name: str) -> None:
    with pytest.raises(ValueError):
        zone(name)


STEPS = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=9)


@given(STEPS, st.integers(-9, 9), st.integers(0, 9), st.integers(0, 3))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_the_steps_near_a_window_add_up(
    pairs: list[tuple[int, int]], start: int, length: int, over: int
) -> None:
    hour = 60 * 60 * 1_000_000
    moved = [(a * hour // 4, b * hour // 4) for a, b in pairs]
    s, e, least = start * hour // 4, (start + length) * hour // 4, over * hour // 4
    wanted = sum(
        a - b
        for a, b in moved
        if a - b > least and s - (n := max(hour // 2, a - b)) <= a and b <= e + n
    )
    assert clocks.jumped(clocks.steps(moved, least), (s, e)) == wanted


def test_a_side_without_a_bound_is_not_moved() -> None:
    assert windows.moved((FIRST, 10), 5) == (FIRST, 15)
    assert windows.moved((10, LAST), 5) == (5, LAST)
    assert windows.moved((10, 20), 2**70) == (FIRST, LAST)
