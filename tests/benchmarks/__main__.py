"""`make bench`: every benchmark, one table, medians of five alternating runs."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from tests.benchmarks import bench_consent, bench_ingest, bench_pointer, bench_redaction

_ALL = (bench_ingest, bench_consent, bench_pointer, bench_redaction)


def main() -> None:
    table = Table("what, against what", "ours, s", "baseline, s", "ratio", show_edge=False)
    for module in _ALL:
        print(f"running {module.__name__} …", file=sys.stderr)  # noqa: T201
        for name, ours, baseline in module.main():
            table.add_row(name, f"{ours:.2f}", f"{baseline:.2f}", f"{ours / baseline:.2f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
