"""`tacenda ingest` against DuckDB's own reader into a plain table, process start included."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from etl.simulate import simulate
from etl.sources import contract
from tests.benchmarks.timing import Result, alternate

USERS, HOURS = 50, 4.0

_KINDS = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN",
          "time": "VARCHAR", "modifiers": "VARCHAR[]"}  # fmt: skip
_PLAIN = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], config={{"threads": 2}})
connection.execute(
    "CREATE TABLE events AS SELECT * FROM read_json(?, columns = {columns}, "
    "format = 'newline_delimited')", [sys.argv[2:]])
"""


def _plain_script() -> str:
    columns = ", ".join(f"'{n}': '{_KINDS[kind]}'" for n, (kind, _) in contract.FIELDS.items())
    return _PLAIN.format(columns="{" + columns + "}")


def main() -> list[Result]:
    """One figure: the same files, into an encrypted partitioned warehouse and a plain table."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        events = simulate(base / "sim", users=USERS, hours=HOURS, seed=1).events
        files = sorted((base / "sim" / "capture").iterdir())
        environment = {**os.environ, "TACENDA_KEY_FILE": str(base / "key")}
        tacenda: list[str | Path] = [sys.executable, "-m", "etl"]
        subprocess.run([*tacenda, "init", base / "empty"], env=environment, check=True,
                       capture_output=True)  # fmt: skip

        def ours() -> None:
            shutil.rmtree(base / "work", ignore_errors=True)
            shutil.copytree(base / "empty", base / "work")
            command: list[str | Path] = ["-C", base / "work", "ingest", base / "sim" / "capture"]
            subprocess.run([*tacenda, *command], env=environment, check=True, capture_output=True)

        def baseline() -> None:
            (base / "plain.duckdb").unlink(missing_ok=True)
            command = [sys.executable, "-c", _plain_script()]
            subprocess.run([*command, base / "plain.duckdb", *files], check=True,
                           capture_output=True)  # fmt: skip

        name = f"ingest of {events:,} events, against read_json into a plain table"
        return [alternate(name, ours, baseline)]
