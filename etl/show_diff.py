"""What `tacenda consent --diff OLD NEW` shows: sums that name nobody first, then the people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from etl.consentdiff import NAMES, Diff, Shift

if TYPE_CHECKING:
    from etl.console import Console

USED = "used"
_SHOWN = 50
_EVERYBODY = "(everybody)"


def diff(console: Console, found: Diff) -> None:
    """Sums, releases, then for the key-holder rows and people."""
    sums = _sums(found)
    console.line(
        f"{sums['newly_removed']:,} events would be removed that are used, "
        f"{sums['newly_used']:,} used that are removed, "
        f"{sums['other_reason']:,} removed for another reason"
    )
    who = "a row for everybody differs" if found.everybody else "rows of theirs differ"
    console.line(
        f"{sums['people']:,} people have such events; {found.concerned:,} people with "
        f"{found.judged:,} events were looked at, because {who}\n"
    )
    rows: list[list[object]] = [
        [name, *(sums["rows"][name][change] for change in ("added", "removed"))] for name in NAMES
    ]
    console.table("Rows", ["registry", "added", "removed"], rows)
    reasons: list[list[object]] = [["newly removed", *pair] for pair in sums["removed_by"].items()]
    reasons += [["newly used", *pair] for pair in sums["used_by"].items()]
    console.table("Events", ["what", "reason", "events"], reasons)
    releases = _releases(found)
    console.table("Releases with rows of people who have such events",
                  ["release", "people"], [list(one.values()) for one in releases])  # fmt: skip
    _people(console, found)
    console.data({
        "totals": sums,
        "releases": releases,
        "rows": [asdict(one) for one in found.rows],
        "people": [_person(*pair) for pair in found.people.items()],
    })  # fmt: skip


def _sums(found: Diff) -> dict[str, Any]:
    removed, used = found.total(removed=True), found.total(removed=False)
    other = sum(one.events for one in found.shifts if one.before and one.after)
    changes = Counter((row.registry, row.change) for row in found.rows)
    return {
        "newly_removed": removed.total(),
        "newly_used": used.total(),
        "other_reason": other,
        "removed_by": dict(sorted(removed.items())),
        "used_by": dict(sorted(used.items())),
        "people": len(found.people),
        "everybody": found.everybody,
        "concerned": found.concerned,
        "judged": found.judged,
        "rows": {
            name: {change: changes[name, change] for change in ("added", "removed")}
            for name in NAMES
        },
    }


def _releases(found: Diff) -> list[dict[str, Any]]:
    return [
        {"release": "/".join(release), "people": "not known" if n is None else n}
        for release, n in sorted(found.releases.items())
    ]


def _people(console: Console, found: Diff) -> None:
    """The tables that name people, the first of each."""
    rows: list[list[object]] = [
        [one.user or _EVERYBODY, one.registry, one.change, one.place] for one in found.rows
    ]
    console.table("Rows by person", ["person", "registry", "change", "where"], rows[:_SHOWN])
    sums: Counter[tuple[str, str, str]] = Counter()
    for shift in found.shifts:
        sums[shift.user, shift.before or USED, shift.after or USED] += shift.events
    shifts: list[list[object]] = [[*whose, n] for whose, n in sums.items()]
    columns = ["person", "before", "after", "events"]
    console.table("Events by person", columns, shifts[:_SHOWN])
    more = max(0, len(rows) - _SHOWN) + max(0, len(shifts) - _SHOWN)
    if more:
        console.line(f"… and {more:,} more lines: --json shows all")


def _person(user: str, shifts: Sequence[Shift]) -> dict[str, Any]:
    keys = ("scope", "before", "after", "events")
    return {
        "user": user,
        "newly_removed": sum(one.events for one in shifts if one.before is None),
        "newly_used": sum(one.events for one in shifts if one.after is None),
        "shifts": [{key: getattr(one, key) for key in keys} for one in shifts],
    }
