"""How the cases of the consent rules are written, and how one of them is held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl

from privacy.registry import Exclusion, Exemption, Limits, Pause, Registries, Withdrawal
from tests.privacy import scenarios
from tests.privacy.scenarios import Scenario
from transforms.events import SCHEMA

SECOND = 1_000_000
US = 1e-6

Reason = str | None
Probe = (
    tuple[float, Reason] | tuple[float, Reason, str | None] | tuple[float, Reason, str | None, str]
)
"""When, why it is removed there, on which device (`d1`), and its type (`keydown`)."""


def at(second: float, kind: str, device: str | None = "d1", **fields: Any) -> dict[str, Any]:
    """One event of `ann`, at a second."""
    ts = round(second * SECOND)
    return {"user_id": "ann", "device_id": device, "ts": ts, "type": kind, **fields}


def app(second: float, name: str, device: str | None = "d1") -> dict[str, Any]:
    return at(second, "focus", device, app=name)


def exemption(status: str, scope: str = "all", **times: int) -> Exemption:
    return Exemption(" ANN ", status, scope, **times)


def pause(start: int, end: int | None = None, device: str | None = None) -> Pause:
    return Pause("Ann", start * SECOND, end * SECOND if end is not None else None, device)


VAULT = Exclusion(app="vault*")
ONLY = Exclusion(app="work", effect="keep_only")
STREAM = "pause_in_stream"
OUT = "excluded_window"

Case = tuple[list[Any], list[dict[str, Any]], list[Probe]]
"""Rows of the registries and what the project sets, events that decide, and what they decide."""


def scenario_of(rows: list[Any], events: list[dict[str, Any]]) -> Scenario:
    registries = Registries(
        tuple(row for row in rows if isinstance(row, Exemption)),
        tuple(row for row in rows if isinstance(row, Pause)),
        tuple(row for row in rows if isinstance(row, Exclusion)),
        withdrawals=tuple(row for row in rows if isinstance(row, Withdrawal)),
        limits=next((row for row in rows if isinstance(row, Limits)), Limits()),
    )
    counted = [{**event, "net_bytes": n} for n, event in enumerate(events)]
    return Scenario(pl.DataFrame(counted, schema=SCHEMA), registries, Counter(), "net_bytes")


def probes(expected: list[Probe]) -> Iterator[tuple[dict[str, Any], Reason]]:
    for second, reason, *rest in expected:
        device = rest[0] if rest else "d1"
        yield at(second, str(rest[1]) if len(rest) > 1 else "keydown", device), reason


def hold(case: Case) -> None:
    """What is asked has the reasons that the case gives it, by the rules and by the oracle."""
    rows, deciding, expected = case
    asked = list(probes(expected))
    scenario = scenario_of(rows, [*deciding, *(event for event, _ in asked)])
    got = scenarios.judged(scenario)["reason"].to_list()[len(deciding) :]
    wanted = [reason for _, reason in asked]
    assert scenarios.expected(scenario)[len(deciding) :] == wanted, "the oracle"
    assert got == wanted


def hold_parts(case: Case) -> None:
    """Pointer movements around a case are parted at each edge of a window, and nowhere else."""
    rows, deciding, _ = case
    around = [at(90.5 + 30 * step, "mousemove") for step in range(350)]
    scenario = scenario_of(rows, [*deciding, *around])
    got = scenarios.judged(scenario)
    assert got["part"].n_unique() > 1
    assert scenarios.wrong_parts(scenario, got) == 0
