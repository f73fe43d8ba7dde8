"""What `tacenda status` shows: counts and releases as tables and as JSON, naming nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from etl import keys, moments

if TYPE_CHECKING:
    from etl.console import Console
    from etl.copies import Copy
    from etl.project import Project
    from etl.status import Release, Status


def status(console: Console, project: Project, found: Status) -> None:
    """Counts, quarantine, registries, releases, copies to withdraw, and what to do next."""
    counts: list[list[object]] = [[name, n] for name, n in found.counts.items()]
    console.table("Warehouse", ["what", "count"], counts)
    reasons: list[list[object]] = [[name, n] for name, n in found.quarantined.items()]
    console.table("Quarantined", ["reason", "lines"], reasons)
    rows: list[list[object]] = [
        [one.dataset, one.version, one.rows, one.state, one.words, "\n".join(one.published_to)]
        for one in found.releases
    ]
    names = ["dataset", "version", "rows", "state", "what to know", "published to"]
    console.table("Releases", names, rows)
    copies(console, found.copies)
    console.line(f"key         {keys.path(project)}")
    console.line(f"registries  {found.registries}")
    console.line(f"next        {found.todo}")
    facts = {**asdict(found), "key": keys.path(project)}
    console.data({**facts, "releases": [_release(one) for one in found.releases]})


def copies(console: Console, found: Sequence[Copy]) -> None:
    """The published copies of releases that nobody should have any more."""
    rows: list[list[object]] = [
        [f"{one.dataset}/{one.version}", one.dest,
         "yes" if one.there else "not found",
         f"{one.dataset}/{one.by}" if one.by else "the next version"]
        for one in found
    ]  # fmt: skip
    names = ["release", "published to", "is there", "to be replaced by"]
    console.table("Copies to withdraw", names, rows)


def _release(one: Release) -> dict[str, Any]:
    facts = asdict(one)
    if one.waiting is not None and one.waiting.since is not None:
        facts["waiting"]["since"] = moments.written(one.waiting.since)
    return facts
