"""Takes a person's rows out of the consent registries; the others' stay as they were written."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from etl import compaction, registries
from etl.errors import TacendaError
from etl.project import Project
from privacy.pseudonyms import normal_id

NAMES = ("exemptions", "pauses", "exclusions")


class Struck(NamedTuple):
    """A registry without a person's rows: its file, what stays of it, how many rows went.

    `theirs` are the person's ids as written in it, `others` those of everybody else.
    """

    file: Path
    kept: bytes
    rows: int
    theirs: tuple[str, ...]
    others: tuple[str, ...]


def struck(project: Project, user: str) -> list[Struck]:
    """Each registry that is there, read without this person's rows; changes nothing."""
    places = (registries.place(project.consent, name) for name in NAMES)
    return [_struck(file, user) for file in places if file is not None]


def _struck(file: Path, user: str) -> Struck:
    ids: dict[bool, set[str]] = {True: set(), False: set()}

    def is_theirs(cell: object) -> bool:
        if cell is None:
            return False
        named = str(cell).strip()  # as registries are read
        same = normal_id(named) == normal_id(user)
        ids[same].add(named)
        return same

    readers = {".csv": _from_csv, ".jsonl": _from_lines, ".parquet": _from_parquet}
    try:
        kept, rows = readers[file.suffix](file.read_bytes(), is_theirs)
    except (OSError, ValueError, csv.Error, RecursionError, pa.ArrowException) as error:
        raise TacendaError(
            f"a registry cannot be read: {type(error).__name__}",
            where=str(file),
            todo="mend the file, then run this again",
            undone="nothing was changed",
        ) from None
    return Struck(file, kept, rows, tuple(sorted(ids[True])), tuple(sorted(ids[False])))


def _from_csv(data: bytes, is_theirs: Callable[[object], bool]) -> tuple[bytes, int]:
    lines = list(io.StringIO(data.decode("utf-8"), newline=""))
    reader = csv.reader(iter(lines), strict=True)
    header = [cell.strip().removeprefix("\ufeff").strip() for cell in next(reader, [])]
    if "user_id" not in header:
        return data, 0
    column, last, rows = header.index("user_id"), reader.line_num, 0
    kept = lines[:last]
    for cells in reader:
        if len(cells) > column and is_theirs(cells[column]):
            rows += 1
        else:
            kept += lines[last : reader.line_num]
        last = reader.line_num
    return "".join(kept).encode(), rows


def _from_lines(data: bytes, is_theirs: Callable[[object], bool]) -> tuple[bytes, int]:
    kept, rows = [], 0
    for line in _lines(data):
        text = line.decode("utf-8-sig").strip()
        row = json.loads(text) if text else None
        if isinstance(row, dict) and is_theirs(row.get("user_id")):
            rows += 1
        else:
            kept.append(line)
    return b"".join(kept), rows


def _lines(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        yield data[start:end]
        start = end


def _from_parquet(data: bytes, is_theirs: Callable[[object], bool]) -> tuple[bytes, int]:
    table = pq.read_table(io.BytesIO(data))
    if "user_id" not in table.column_names:
        return data, 0
    theirs = [is_theirs(cell) for cell in table["user_id"].to_pylist()]
    if not any(theirs):
        return data, 0
    out = io.BytesIO()
    pq.write_table(table.filter(pa.array([not one for one in theirs])), out)
    return out.getvalue(), sum(theirs)


def write(one: Struck) -> None:
    """Puts a registry without the person's rows in the place of the old one."""
    place = Path(os.path.realpath(one.file))  # a link stays one
    beside = place.with_name(f".{place.name}.part")
    beside.write_bytes(one.kept)
    shutil.copymode(place, beside)
    compaction.sync(beside)
    beside.replace(place)
    compaction.sync(place.parent)
