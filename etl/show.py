"""Reports as tables and as JSON: one pair of functions for each command's result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from etl.features import said

if TYPE_CHECKING:
    from etl.build import Built
    from etl.console import Console
    from etl.demo import Demo
    from etl.ingest import IngestReport
    from etl.making import DatasetResult
    from etl.preview import Preview
    from etl.verify import Verified

_SHOWN = 30
_SUMS = ("lines", "accepted", "duplicates", "quarantined", "unmapped", "erased")


def ingest(console: Console, report: IngestReport) -> None:
    """What became of every file, why lines were set aside, and what was dropped by name."""
    files = [file for file in report.files if file.fault is None]
    rows: list[list[object]] = [
        [file.path.rsplit("/", 1)[-1], *(getattr(file, name) for name in _SUMS)]
        for file in files[:_SHOWN]
    ]
    if len(files) > _SHOWN:
        rows.append([f"… and {len(files) - _SHOWN} more", *[""] * len(_SUMS)])
    rows.append(["all files", *(report.total(name) for name in _SUMS)])
    console.table("Files", ["file", *_SUMS], rows)
    reasons: list[list[object]] = [[name, n] for name, n in report.reasons.items()]
    console.table("Quarantined", ["reason", "lines"], reasons)
    dropped: list[list[object]] = [[*key, n] for key, n in report.tallies.items()]
    console.table("Dropped, by name", ["what", "name", "times"], dropped)
    if report.ignored:
        console.say(f"{report.ignored} other files are no capture and were passed over.")
    for fault in report.faults:
        console.say(f"error: {fault.message()}")
    console.data(_ingest_data(report))


def _ingest_data(report: IngestReport) -> dict[str, Any]:
    files = [
        {**asdict(file), "fault": file.fault.what if file.fault else None} for file in report.files
    ]
    return {
        "files": files,
        "totals": {name: report.total(name) for name in _SUMS},
        "quarantined": report.reasons,
        "dropped": [{"what": k, "name": n, "times": t} for (k, n), t in report.tallies.items()],
        "ignored": report.ignored,
        "failed": len(report.faults),
    }


def build(console: Console, built: Built, explain: bool = False) -> None:
    """What became of the events and rows of each dataset, and what every gate said.

    With `explain`, why each shard was made anew, and what took how long.
    """
    counts = built.datasets[0].counts
    events: list[list[object]] = [["in the warehouse", counts["events"]]]
    events += [[f"excluded: {why}", n] for why, n in counts["excluded"].items()]
    console.table("Events", ["step", "events"], [*events, ["allowed", counts["allowed"]]])
    notes: list[list[object]] = [[what, n] for what, n in counts["notes"].items() if n]
    console.table("Noted", ["what", "times"], notes)
    rows: list[list[object]] = [
        [one.dataset, one.verdict, one.version or "-", one.counts["used"],
         one.counts["rows_made"], one.counts["rows_kept"], one.rows, one.counts["people"],
         _made_anew(one)]
        for one in built.datasets
    ]  # fmt: skip
    names = ["dataset", "verdict", "version", "events used", "made", "kept", "released", "people",
             "files made anew"]  # fmt: skip
    console.table("Datasets", names, rows)
    gates: dict[str, list[object]] = {}
    for one in built.datasets:
        for result in one.gates:
            gates.setdefault(result.gate, [result.gate]).append(result.verdict)
    console.table("Gates", ["gate", *(one.dataset for one in built.datasets)], list(gates.values()))
    if explain:
        _explain(console, built)
    for one in built.datasets:
        if one.version is None:
            console.say(f"refused: {one.dataset}: see {one.place}")
    datasets = [{**asdict(one), "place": str(one.place)} for one in built.datasets]
    console.data({"datasets": datasets, "seconds": built.seconds})


def _made_anew(one: DatasetResult) -> str:
    if one.verdict != "built":
        return "-"
    return f"{sum(why is not None for _, why in one.shards)} of {len(one.shards)}"


def _explain(console: Console, built: Built) -> None:
    shards: list[list[object]] = [
        [one.dataset, file, "kept" if why is None else "made anew", why or ""]
        for one in built.datasets
        for file, why in one.shards
    ]
    console.table("Files", ["dataset", "file", "what became of it", "why"], shards)
    steps: list[list[object]] = [["all", name, f"{s:.2f}"] for name, s in built.seconds.items()]
    steps += [
        [d.dataset, name, f"{s:.2f}"] for d in built.datasets for name, s in d.seconds.items()
    ]
    console.table("Seconds", ["dataset", "step", "seconds"], steps)


def verified(console: Console, found: Verified) -> None:
    """Every check of a release that passed."""
    rows: list[list[object]] = [[result.gate, result.verdict] for result in found.results]
    console.table(f"{found.dataset} {found.version}", ["check", "verdict"], rows)
    console.line(f"{found.rows:,} rows, every check passed")
    console.data(asdict(found))


def preview(console: Console, found: Sequence[Preview]) -> None:
    """Rows of a few people before and after; captured text, so for the key-holder alone."""
    for one in found:
        counts: list[list[object]] = [[name, n] for name, n in one.counts.items()]
        console.table(f"{one.dataset}: from {one.people} people", ["what", "count"], counts)
        rows: list[list[object]] = [list(pair) for pair in one.rows]
        console.table("Rows", ["before", "after"], rows)
    console.say("A sample: words that need many people to pass are judged by these few alone.")
    console.data({one.dataset: asdict(one) for one in found})


def demo(console: Console, found: Demo) -> None:
    """Rows of each dataset as `load_dataset` gave them, and where everything lies."""
    for name, rows in found.rows.items():
        console.line(f"\n{name}  (load_dataset({str(found.published[name])!r}))")
        for row in rows:
            console.line(f"  {said(row)}")
    console.line(
        f"\nEverything lies in {found.folder}; each release's review/report.md is beside it."
    )
    console.data({"folder": found.folder, "published": found.published, "rows": found.rows})
