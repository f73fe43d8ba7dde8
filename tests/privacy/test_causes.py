"""Causes: what removes time is what the spans say, with the rule and the row that it came from."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import consented
from privacy import consent
from privacy.causes import SCOPES, Cause, causes
from privacy.registry import (
    Exclusion,
    Exemption,
    Limits,
    Pause,
    Registries,
    Withdrawal,
    WorkingHours,
)
from privacy.windows import FIRST, LAST
from tests.privacy import scenarios
from tests.privacy.streams import PEOPLE

S = 1_000_000
ALL, HIDING = frozenset(SCOPES), frozenset({"keyboard", "mouse"})
SCHEMA = dict.fromkeys(consent.BOUNDARIES, pl.String()) | {
    "ts": pl.Int64(), "secure": pl.Boolean(), "before_ts": pl.Int64()
}  # fmt: skip


def deciding(*rows: dict[str, Any]) -> pl.DataFrame:
    """Deciding events of `ann` on `d1`, times in seconds."""
    made = [{"user_id": "ann", "device_id": "d1", **row} for row in rows]
    for row in made:
        row["ts"] = round(row["ts"] * S)
        row["before_ts"] = round(row["before_ts"] * S) if "before_ts" in row else None
    return pl.DataFrame(made, schema=SCHEMA)


def at(ts: float, kind: str, **more: Any) -> dict[str, Any]:
    return {"ts": ts, "type": kind, **more}


def told(start: int, end: int, *rest: Any) -> Cause:
    """A cause, its bounds in seconds."""
    bounds = (bound if bound in (FIRST, LAST) else bound * S for bound in (start, end))
    return Cause(*bounds, *rest)


DEVICE = at(0, "device", before_ts=9000)
STEP = at(240, "step", before_ts=300)
WORK = WorkingHours("UTC", (3,), 8 * 60, 18 * 60)
OPENS, CLOSES = 8 * 3600, 18 * 3600

TOLD: list[tuple[Registries, list[dict[str, Any]], list[Cause]]] = [
    (Registries((Exemption("ANN", "approved", row=4), Exemption("bob", "approved", row=5))), [],
     [told(FIRST, LAST, ALL, "exempt", ("C1", "C2"), "exemptions", 4)]),
    (Registries((Exemption("ann", "pending", "mouse", row=2),
                 Exemption("ann", "denied", "all", row=3))), [],
     [told(FIRST, LAST, frozenset({"mouse"}), "exempt", ("C1", "C2"), "exemptions", 2)]),
    (Registries(withdrawals=(Withdrawal("ann", scope="keyboard", row=7),)), [],
     [told(FIRST, LAST, frozenset({"keyboard"}), "withdrawn", ("C21",), "requests", 7)]),
    (Registries(withdrawals=(Withdrawal("ann", None, 100 * S, row=8),)), [],
     [told(FIRST, 102, ALL, "withdrawn", ("C21", "C6"), "requests", 8)]),
    (Registries(withdrawals=(Withdrawal("ann", 100 * S, 200 * S, row=1),)), [STEP],
     [told(38, 262, ALL, "withdrawn", ("C21", "C6", "C22"), "requests", 1)]),
    (Registries(pauses=(Pause("ann", 100 * S, 200 * S, row=3),)), [],
     [told(98, 202, ALL, "pause", ("C5", "C6"), "pauses", 3)]),
    (Registries(pauses=(Pause("ann", 100 * S, row=3),)), [at(3000, "resume")],
     [told(98, 3002, ALL, "pause", ("C8", "C6"), "pauses", 3)]),
    (Registries(), [at(100, "pause"), at(200, "resume")],
     [told(98, 202, ALL, "pause_in_stream", ("C11", "C6"), "capture")]),
    (Registries(), [at(100, "pause", device_id=None), at(200, "resume")],
     [told(98, 202, ALL, "pause_in_stream", ("C12", "C6"), "capture")]),
    (Registries(exclusions=(Exclusion("vault", row=2), Exclusion("vault*", row=9)), shipped=1),
     [at(100, "focus", app="vault"), at(200, "focus", app="vaults"), at(300, "focus", app="x")],
     [told(100, 200, ALL, "excluded_window", ("C16",), "shipped exclusions", 2),
      told(200, 300, ALL, "excluded_window", ("C16",), "exclusions", 9)]),
    (Registries(exclusions=(Exclusion("work", effect="keep_only", row=6),)),
     [at(100, "focus", app="work"), at(200, "focus", app="play"), STEP],
     [told(FIRST, 160, ALL, "excluded_window", ("C16", "C22"), "exclusions", 6),
      told(140, LAST, ALL, "excluded_window", ("C16", "C22"), "exclusions", 6)]),
    (Registries(exclusions=tuple(Exclusion(f"work{n}", effect="keep_only", row=n) for n in "12")),
     [at(100, "focus", app="work1")],
     [told(FIRST, 100, ALL, "excluded_window", ("C16",), "exclusions", None)]),
    (Registries(), [at(100, "focus"), at(150, "paste", secure=True), at(200, "focus")],
     [told(100, 200, HIDING, "secure", ("C17",), "capture")]),
    (Registries(limits=Limits(not_before=50 * S, not_from=90 * S)), [STEP],
     [told(FIRST, 50, ALL, "retention", ("C24",), "tacenda.toml"),
      told(90, LAST, ALL, "cooling_off", ("C23",), "tacenda.toml")]),
    (Registries(limits=Limits(working_hours=(WORK,))), [],
     [told(FIRST, OPENS, ALL, "working_hours", ("C25",), "tacenda.toml"),
      told(CLOSES, LAST, ALL, "working_hours", ("C25",), "tacenda.toml")]),
    (Registries(limits=Limits(guard_us=9 * S), pauses=(Pause("ann", 100 * S, 200 * S),)),
     [at(190, "step", before_ts=199)],
     [told(91, 209, ALL, "pause", ("C5", "C6"), "pauses", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("registries", "events", "found"), TOLD)
def test_a_cause_says_what_it_removes_by_which_rule_and_from_which_row(
    registries: Registries, events: list[dict[str, Any]], found: list[Cause]
) -> None:
    assert causes(registries, deciding(DEVICE, *events), " Ann")["d1"] == found


def test_what_names_no_device_has_the_causes_of_all_devices_each_once() -> None:
    pauses = (Pause("ann", 100 * S, 200 * S, "d1"), Pause("ann", 100 * S, 200 * S, row=2))
    events = deciding(DEVICE, at(0, "device", device_id="d2"), at(0, "device", device_id=None))
    found = causes(Registries(pauses=pauses), events, "ann")
    rows = {device: [cause.row for cause in own] for device, own in found.items()}
    assert rows == {"d1": [None, 2], "d2": [2], None: [None, 2]}


def test_a_person_without_events_gives_no_device() -> None:
    assert causes(Registries((Exemption("bob", "approved"),)), deciding(DEVICE), "bob") == {}


def test_two_focuses_at_once_are_always_laid_to_the_same_row() -> None:
    rules = (Exclusion("a", row=1), Exclusion("b", row=2))
    both = [at(100, "focus", app=name) for name in ("b", "a")]
    found = [causes(Registries(exclusions=rules), deciding(DEVICE, *order), "ann")["d1"]
             for order in (both, both[::-1])]  # fmt: skip
    assert found[0] == found[1] and [cause.row for cause in found[0]] == [1]


def test_windows_that_a_step_widened_are_counted_on_each_device() -> None:
    rules = Registries(
        pauses=(Pause("ann", 100 * S, 200 * S), Pause("ann", 90_000 * S, 90_001 * S))
    )
    devices = (DEVICE, at(0, "device", device_id="d2"))
    assert sum(consent.widened(rules, deciding(*devices)).values()) == 0
    assert sum(consent.widened(rules, deciding(*devices, STEP)).values()) == 1
    on_both = {**STEP, "device_id": "d2"}
    assert sum(consent.widened(rules, deciding(*devices, STEP, on_both)).values()) == 2
    small = at(298.5, "step", before_ts=300)
    assert sum(consent.widened(rules, deciding(*devices, small)).values()) == 0


def covering(found: list[Cause], scope: str, ts: int) -> str | None:
    """The first reason, in the order of C20, of the causes that hold."""
    held = {c.reason for c in found if scope in c.scopes and c.start <= ts < c.end}
    return next((reason for reason in consent.REASONS if reason in held), None)


@given(st.integers(0, 10**6))
@settings(max_examples=40, derandomize=True, deadline=None)
def test_spans_hold_what_the_causes_imply(seed: int) -> None:
    made = scenarios.history(seed, 120)
    connection = scenarios.desk()
    connection.register("capture", made.events.to_arrow())
    bounds = consented.boundaries(connection, list(PEOPLE), "capture")
    assert tuple(bounds.columns) == consent.BOUNDARIES
    spans = consent.denied_spans(made.registries, bounds)
    streams = spans.partition_by("user_id", "device_id", as_dict=True, include_key=False)
    for (user, device), own in streams.items():
        found = causes(made.registries, bounds, user)[device]
        starts = own["start_ts"].to_list()
        edges = {edge for cause in found for edge in (cause.start, cause.end)}
        assert starts == sorted({FIRST, *edges} - {LAST})
        for ts in {ts + by for ts in starts for by in (-1, 0, 1)}:
            place = bisect_right(starts, ts) - 1
            if place >= 0:
                row = own.row(place, named=True)
                assert [row[scope] for scope in SCOPES] == [
                    covering(found, scope, ts) for scope in SCOPES
                ]
