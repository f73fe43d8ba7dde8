"""Gates: each looks at what is about to leave and returns its violations; none means pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

CLEAN, REFUSED, UNCHECKED = "passed", "refused", "could not check"


@dataclass(frozen=True, order=True)
class Violation:
    """What a gate found: where (a shard, a column), how often, and in words; never a value."""

    where: str
    count: int
    what: str


@dataclass(frozen=True)
class GateResult:
    """One gate's verdict: `passed`, `refused`, or `could not check`, which refuses as well."""

    gate: str
    verdict: str
    violations: tuple[Violation, ...] = ()


Gate = Callable[[], Sequence[Violation]]


def run(gates: Sequence[tuple[str, Gate]]) -> tuple[GateResult, ...]:
    """Runs every gate, whatever the others say; one that raises could not check."""
    return tuple(_run(name, gate) for name, gate in gates)


def _run(name: str, gate: Gate) -> GateResult:
    try:
        found = tuple(sorted(gate()))
    except Exception as error:
        # Its message may quote what it looked at, so only its kind is told.
        reason = Violation("the gate itself", 1, f"could not check: {type(error).__name__}")
        return GateResult(name, UNCHECKED, (reason,))
    unchecked = any(violation.what.startswith("could not check") for violation in found)
    verdict = UNCHECKED if unchecked else REFUSED if found else CLEAN
    return GateResult(name, verdict, found)
