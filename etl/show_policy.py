"""What `tacenda policy show` and `policy diff` print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from privacy.findings import KINDS
from privacy.policy import Policy, default_policy, looser, placeholder

if TYPE_CHECKING:
    from etl.console import Console
    from etl.policydiff import Change

_NOTHING = "(dropped)"


def show(console: Console, policy: Policy) -> None:
    """One line for each kind: what becomes of it, and how that stands to the default."""
    default, reasons = default_policy(), dict(policy.reasons)
    less, more = looser(policy, default), looser(default, policy)
    rows = []
    for kind in sorted(KINDS):
        stands = "looser" if kind in less else "stricter" if kind in more else "default"
        action = policy.action(kind)
        shown = placeholder(kind) if action == "placeholder" else ""
        rows.append([kind, action, shown, stands, reasons.get(kind, "")])
    console.table("Policy", ["kind", "action", "what stands there", "against the default", "why"],
                  rows)  # fmt: skip
    console.line("What is kept still meets the allow-list, which is the last step of all.")
    console.data({
        "digest": policy.digest,
        "actions": {row[0]: row[1] for row in rows},
        "looser": {kind: reasons[kind] for kind in less},
        "stricter": list(more),
    })  # fmt: skip


def diff(
    console: Console,
    lines: list[tuple[str, str, str]],
    changes: list[Change],
    counted: tuple[int, Mapping[str, int], Mapping[str, int]] | None,
) -> None:
    """The lines that differ, counts over a sample of people's texts, and made-up examples."""
    if not lines:
        console.line("The policies do the same with every kind.")
    console.table("Lines that differ", ["kind", "A", "B"], [list(line) for line in lines])
    if counted:
        texts, old, new = counted
        rows = [[name, old.get(name, 0), new.get(name, 0)] for name in sorted({*old, *new})]
        console.table(f"Over {texts:,} texts of this project", ["what", "A", "B"], rows)
    else:
        console.line("No project here: nothing was counted over people's texts.")
    changed = [[one.text, one.old or _NOTHING, one.new or _NOTHING] for one in changes]
    console.table("Made-up examples that change", ["text", "A leaves", "B leaves"], changed)
    console.data({
        "lines": [dict(zip(("kind", "a", "b"), line, strict=True)) for line in lines],
        "sample": counted and {"texts": counted[0], "a": counted[1], "b": counted[2]},
        "examples": [asdict(one) for one in changes],
    })  # fmt: skip
