"""What `tacenda try-redact` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etl.console import Console
    from etl.tryredact import Tried
    from privacy.policy import Policy

_DROPPED = "(the text is dropped)"


def tried(console: Console, found: Sequence[Tried], policy: Policy) -> None:
    """Before and after of each text, then each finding, then what the allow-list did."""
    for one in found:
        console.line(f"before: {one.before}")
        console.line(f"after:  {_DROPPED if one.after is None else one.after}")
        console.line(f"language: {one.language or 'none that is covered'}\n")
        rows: list[list[object]] = [
            [
                one.before[f.start : f.end],
                f.kind,
                policy.action(f.kind),
                f.detector,
                f"{f.score:.2f}",
            ]
            for f in one.findings
        ]
        console.table("Found", ["text", "kind", "action", "detector", "score"], rows)
        console.table("Not on the allow-list", ["word", "what stands there"],
                      [list(pair) for pair in one.replaced])  # fmt: skip
    console.data({"texts": [_facts(one, policy) for one in found]})


def _facts(one: Tried, policy: Policy) -> dict[str, Any]:
    return {
        "before": one.before,
        "after": one.after,
        "language": one.language,
        "findings": [
            {"start": f.start, "end": f.end, "kind": f.kind, "action": policy.action(f.kind),
             "detector": f.detector, "score": f.score}
            for f in one.findings
        ],
        "not_allowed": [{"word": word, "became": became} for word, became in one.replaced],
    }  # fmt: skip
