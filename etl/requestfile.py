"""A file of withdrawals, CSV or JSON Lines: each row is an ask, or has a fault of its own."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl import moments
from etl.errors import TacendaError, UsageError
from etl.requests import Ask, checked

COLUMNS = ("request_id", "user_id", "from", "to", "scope", "reason")
REQUIRED = ("request_id", "user_id")

_UNDONE = "nothing was asked and nothing was changed"
_NO_JSON = "the line is no JSON object"

Cells = Mapping[str, str | None]


@dataclass(frozen=True)
class Row:
    """One row: the line it begins on, its request id where it has one, and the ask or its fault.

    What was not read from a file has no line.
    """

    line: int | None
    request_id: str | None
    ask: Ask | None
    fault: str = ""


def read(file: Path) -> list[Row]:
    """Reads every row; raises `UsageError` where the file as a whole cannot be understood."""
    readers = {".csv": _csv_rows, ".jsonl": _json_rows}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise _wrong("a file of requests is .csv or .jsonl", str(file), "name it so")
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong("the file of requests is not UTF-8", str(file), "convert it") from None
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise _wrong("there is no such file", str(file), "name a file of requests") from None
    except OSError as error:
        raise TacendaError(
            "the file of requests cannot be read",
            where=f"{file}: {error.strerror}",
            todo="allow reading it, then run this again",
            undone=_UNDONE,
        ) from None
    rows = list(reader(file, text))
    if rows and all(row.fault == _NO_JSON for row in rows):
        raise _wrong("no line of the file is a JSON object", str(file), "convert it")
    return rows


def _wrong(what: str, where: str, todo: str) -> UsageError:
    return UsageError(what, where=where, todo=f"{todo}, then run this again", undone=_UNDONE)


def _csv_rows(file: Path, text: str) -> Iterator[Row]:
    lines = _csv_lines(file, text)
    header = [cell.strip() for cell in next(lines, (1, []))[1]]
    _check_header(file, header)
    for line, cells in lines:
        if len(cells) == len(header):
            yield _row(line, dict(zip(header, cells, strict=True)))
        elif cells:
            fault = f"the row has {len(cells)} cells, not {len(header)}"
            yield Row(line, _named(dict(zip(header, cells, strict=False))), None, fault)


def _csv_lines(file: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it begins on: quoted line breaks let it end on a later one."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise _wrong("the file is no CSV", f"{file}, line {line}", "mend that line") from None


def _check_header(file: Path, header: Sequence[str]) -> None:
    names = set(header)
    if not names <= set(COLUMNS) or len(names) < len(header) or not set(REQUIRED) <= names:
        raise _wrong(
            f"the first line must name {', '.join(REQUIRED)}, and may name "
            f"{', '.join(name for name in COLUMNS if name not in REQUIRED)}; each once",
            f"{file}, line 1",
            "mend the header",
        )


def _json_rows(file: Path, text: str) -> Iterator[Row]:
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            facts = json.loads(written, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            yield Row(line, None, None, _NO_JSON)
            continue
        if not isinstance(facts, dict):
            yield Row(line, None, None, _NO_JSON)
        elif fault := _json_fault(facts):
            yield Row(line, _named(facts), None, fault)
        else:
            yield _row(line, facts)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    return dict(pairs) if len(set(names)) == len(names) else {"": None}


def _json_fault(facts: Mapping[str, Any]) -> str:
    if not set(facts) <= set(COLUMNS):
        return f"the row names something twice, or something else than {', '.join(COLUMNS)}"
    if not all(value is None or isinstance(value, str) for value in facts.values()):
        return "the row holds something other than strings"
    return ""


def _named(cells: Mapping[str, Any]) -> str | None:
    value = cells.get("request_id")
    return value.strip() or None if isinstance(value, str) else None


def _row(line: int, cells: Cells) -> Row:
    given = {name: (value or "").strip() or None for name, value in cells.items()}
    request_id = given.get("request_id")
    if request_id is None:
        return Row(line, None, None, "request_id is required")
    try:
        start, end = moments.of(given, "from"), moments.of(given, "to")
        withdrawal = checked(given.get("user_id"), start, end, given.get("scope"))
    except ValueError as error:
        return Row(line, request_id, None, str(error))
    return Row(line, request_id, Ask(withdrawal, request_id, given.get("reason")))
