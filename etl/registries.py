"""The consent registries, read strictly: with no answer about consent, nothing leaves."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl import moments, requests
from etl.errors import TacendaError
from etl.project import Project
from privacy.consent import decided
from privacy.pseudonyms import normal_id
from privacy.registry import Exclusion, Exemption, Pause, Registries
from privacy.windows import FIRST

STATUSES = ("pending", "approved", "denied", "withdrawn")
SCOPES = ("all", "keyboard", "mouse")
EFFECTS = ("drop", "keep_only")

_COLUMNS = {
    "exemptions": ("user_id", "status", "scope", "requested_at", "decided_at"),
    "pauses": ("user_id", "start", "end", "device_id"),
    "exclusions": ("app", "title", "url", "user_id", "effect", "reason"),
}
_REQUIRED = {"exemptions": 2, "pauses": 2, "exclusions": 0}
_UNDONE = "nothing was built: with no answer about consent, nothing leaves"

Row = dict[str, str | None]


class _Broken(Exception):
    """A line that is not of its file's format; holds its number."""


def load(folder: Path) -> Registries:
    """Reads `exemptions`, `pauses` and `exclusions` (.csv, .jsonl or .parquet) from a folder.

    The shipped exclusions are added. Raises `TacendaError` where a registry is missing
    (exclusions apart), unreadable or has a bad row, naming file, row and fault.
    """
    digests: dict[str, str] = {}
    exemptions = tuple(_read(folder, "exemptions", _exemption, digests))
    pauses = tuple(_read(folder, "pauses", _pause, digests))
    own = tuple(_read(folder, "exclusions", _exclusion, digests))
    _check_order(folder, exemptions)
    shipped = shipped_exclusions()
    return Registries(exemptions, pauses, (*shipped, *own), digests, len(shipped))


def effective(
    project: Project, connection: duckdb.DuckDBPyConnection, now: int, folder: Path | None = None
) -> Registries:
    """The registries with what was asked afterwards and what the project sets, as of `now`.

    `folder` holds other registries than the project's own.
    """
    return replace(
        load(folder or project.consent),
        withdrawals=requests.withdrawals(connection),
        limits=project.settings.consent.limits(now),
    )


@cache
def shipped_exclusions() -> tuple[Exclusion, ...]:
    """The windows that nobody should see, as they come with Tacenda."""
    data = (resources.files("privacy") / "data" / "exclusions.csv").read_bytes()
    rows = _csv_rows("exclusions", data)
    return tuple(replace(_exclusion(row), row=number) for number, row in rows)


def place(folder: Path, name: str) -> Path | None:
    """The file of a registry in a folder, or None where it has none; raises where it has two."""
    found = [p for s in (".csv", ".jsonl", ".parquet") if (p := folder / f"{name}{s}").exists()]
    if len(found) > 1:
        raise _fault("a registry is there twice", ", ".join(map(str, found)), "keep one of them")
    return found[0] if found else None


def unit(file: Path) -> str:
    """What `row` counts in a registry's file."""
    return "row" if file.suffix == ".parquet" else "line"


def _read(
    folder: Path, name: str, parse: Callable[[Row], Any], digests: dict[str, str]
) -> Iterator[Any]:
    file = place(folder, name)
    if file is None:
        if name == "exclusions":
            return
        raise _fault(
            f"the registry of {name} is missing",
            str(folder / f"{name}.csv"),
            f"put it there, with the columns {', '.join(_COLUMNS[name])} and no rows if none apply",
        )
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _fault("a registry cannot be read", f"{file}: {reason}", "allow reading it") from None
    digests[name] = hashlib.sha256(data).hexdigest()
    for number, raw in _rows(file, name, data):
        try:
            yield replace(parse(raw), row=number)
        except ValueError as error:
            where = f"{file}, {unit(file)} {number}"
            raise _fault(f"a bad row in a registry: {error}", where, "mend that row") from None


def _fault(what: str, where: str, todo: str) -> TacendaError:
    return TacendaError(what, where=where, todo=f"{todo}, then build again", undone=_UNDONE)


def _rows(file: Path, name: str, data: bytes) -> Iterator[tuple[int, Row]]:
    readers = {".csv": _csv_rows, ".jsonl": _json_rows, ".parquet": _parquet_rows}
    try:
        yield from readers[file.suffix](name, data)
    except UnicodeDecodeError:
        raise _fault("a registry is not UTF-8", str(file), "convert it") from None
    except _Broken as error:
        where = f"{file}, line {error.args[0]}"
        raise _fault(f"a registry is no {file.suffix[1:]}", where, "mend that line") from None
    except (ValueError, OSError, pl.exceptions.PolarsError):
        raise _fault(f"a registry is no {file.suffix[1:]}", str(file), "mend the file") from None
    except KeyError as error:
        raise _fault(f"a registry's columns: {error.args[0]}", str(file), "mend them") from None


def _csv_rows(name: str, data: bytes) -> Iterator[tuple[int, Row]]:
    lines = _csv_lines(data)
    header = [cell.strip() for cell in next(lines, (1, []))[1]]
    _check_columns(name, header, must=True)
    for line, cells in lines:
        if not cells:
            continue
        if len(cells) != len(header):
            raise KeyError(f"line {line} has {len(cells)} cells, not {len(header)}")
        yield line, _blank_to_none(dict(zip(header, cells, strict=True)))


def _csv_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it begins on: quoted line breaks let it end on a later one."""
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise _Broken(line) from None


def _json_rows(name: str, data: bytes) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(data.decode("utf-8-sig").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            raise _Broken(number) from None
        if not isinstance(row, dict):
            raise KeyError(f"line {number} is not an object")
        _check_columns(name, list(row), must=False)
        if not all(value is None or isinstance(value, str) for value in row.values()):
            raise KeyError(f"line {number} holds something other than strings")
        yield number, _blank_to_none(row)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise KeyError("a name stands twice in one row")
    return dict(pairs)


def _parquet_rows(name: str, data: bytes) -> Iterator[tuple[int, Row]]:
    frame = pl.read_parquet(io.BytesIO(data))
    _check_columns(name, frame.columns, must=True)
    for number, row in enumerate(frame.iter_rows(named=True), 1):
        yield number, _blank_to_none({key: _as_text(value) for key, value in row.items()})


def _as_text(value: object) -> str | None:
    """A cell as text: a time with a zone as RFC 3339, one without as it stands, to be refused."""
    return (
        value.isoformat() if isinstance(value, datetime) else None if value is None else str(value)
    )


def _check_columns(name: str, columns: list[str], *, must: bool) -> None:
    strange = sorted(set(columns) - set(_COLUMNS[name]))
    if len(strange) == len(columns) > 0:  # data where names should be, which must not be quoted
        raise KeyError(f"the first line names none of {', '.join(_COLUMNS[name])}")
    if strange or len(set(columns)) < len(columns):
        raise KeyError(f"{strange[0] if strange else 'a name'!r} is unknown or there twice")
    missing = [c for c in _COLUMNS[name][: _REQUIRED[name]] if c not in columns]
    if must and missing:
        raise KeyError(f"{missing[0]!r} is missing")


def _blank_to_none(row: Mapping[str, str | None]) -> Row:
    return {key: (value.strip() or None) if value else None for key, value in row.items()}


def _required(row: Row, name: str) -> str:
    value = row.get(name)
    if value is None or not normal_id(value):
        raise ValueError(f"{name} is required")
    return value


def _one_of(row: Row, name: str, allowed: tuple[str, ...], default: str | None) -> str:
    value = row.get(name) or default
    if value is None:
        raise ValueError(f"{name} is required")
    if value not in allowed:
        raise ValueError(f"{name} is none of {', '.join(allowed)}")
    return value


def _exemption(row: Row) -> Exemption:
    return Exemption(
        _required(row, "user_id"),
        _one_of(row, "status", STATUSES, None),
        _one_of(row, "scope", SCOPES, "all"),
        moments.of(row, "requested_at"),
        moments.of(row, "decided_at"),
    )


def _pause(row: Row) -> Pause:
    user, start, end = _required(row, "user_id"), moments.of(row, "start"), moments.of(row, "end")
    if start is None:
        raise ValueError("start is required")
    if end is not None and end <= start:
        raise ValueError("end is not after start")
    return Pause(user, start, end, row.get("device_id"))


def _exclusion(row: Row) -> Exclusion:
    app, title, url = row.get("app"), row.get("title"), row.get("url")
    if not (app or title or url):
        raise ValueError("a pattern is required: app, title or url")
    effect = _one_of(row, "effect", EFFECTS, "drop")
    return Exclusion(app, title, url, row.get("user_id"), effect, row.get("reason") or "")


def _check_order(folder: Path, exemptions: tuple[Exemption, ...]) -> None:
    """Two rows of one person and scope must have different times, or nobody knows which counts."""
    seen: dict[tuple[str, str], dict[int, int]] = {}
    for row in exemptions:
        times = seen.setdefault((normal_id(row.user_id), row.scope), {})
        moment = decided(row)
        if moment in times or (times and (moment == FIRST or FIRST in times)):
            other = times.get(moment, next(iter(times.values())))
            file = place(folder, "exemptions") or folder
            raise _fault(
                "two rows of one person and scope that cannot be ordered",
                f"{file}, {unit(file)}s {other} and {row.row}",
                "give both a decided_at or requested_at that differs",
            )
        times[moment] = row.row or 0
