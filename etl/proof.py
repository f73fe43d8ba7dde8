"""The proof of an erasure: every file of the project opened, decrypted and searched.

"Could not check" is never "clean": a file that does not open, or is of no known kind, is a finding
like any other. What a finding says is where and which kind, never the text.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

import duckdb
import polars as pl
import pyarrow as pa

from etl import blocks, cache, needles, others, search, warehouse
from etl.errors import TacendaError
from etl.project import Project
from etl.search import Sought

_PIECE = 1024 * 1024
_IDS = ("user_id", "spelling")
_BROKEN = (
    OSError, EOFError, ValueError, zlib.error, duckdb.Error, pa.ArrowException,
    pl.exceptions.PolarsError, TacendaError,
)  # fmt: skip


@dataclass(frozen=True)
class Searched:
    """One file: its place in the project, what it was opened as, size, SHA-256, what was found."""

    path: str
    kind: str
    bytes: int
    sha256: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proof:
    """Every file that was searched, in the order of their paths."""

    files: tuple[Searched, ...]

    @property
    def findings(self) -> tuple[Searched, ...]:
        return tuple(one for one in self.files if one.found)


@dataclass(frozen=True)
class _Case:
    """What is looked for, and how the warehouse's files are opened."""

    project: Project
    wanted: Sought
    connection: duckdb.DuckDBPyConnection
    keys: Mapping[str, str | None]
    own: Path | None = None


def prove(project: Project, wanted: Sought, own: Path | None = None) -> Proof:
    """Searches every file of the project but `own`, which holds what is looked for.

    The caller holds the lock and no connection.
    """
    files = list(_walk(project.root))  # before anything is opened that may spill
    try:
        with _case(project, wanted, own) as case:
            return Proof(tuple(_look(case, path) for path in files if path != own))
    except duckdb.Error as error:
        raise TacendaError(
            f"the catalog could not be searched: {type(error).__name__}",
            where=str(warehouse.catalog_file(project)),
            todo="bring the warehouse back from a copy, then run this again",
            undone="nothing was proved",
        ) from None


def search_plain(project: Project, wanted: Sought, but: Iterable[Path]) -> list[Searched]:
    """What is found outside the warehouse and beside these places; needs no key."""
    left_out = (project.warehouse, *but)
    files = [p for p in _walk(project.root) if not any(p.is_relative_to(one) for one in left_out)]
    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    try:
        case = _Case(project, wanted, connection, {})
        return [one for one in (_look(case, path) for path in files) if one.found]
    finally:
        connection.close()


@contextmanager
def _case(project: Project, wanted: Sought, own: Path | None) -> Iterator[_Case]:
    connection = warehouse.bare(project)
    try:
        file = warehouse.catalog_file(project)
        warehouse.attach_file(connection, file, "old", warehouse.catalog_key(project))
        rows = connection.execute(
            "SELECT path, encryption_key FROM old.ducklake_data_file UNION ALL "
            "SELECT path, encryption_key FROM old.ducklake_delete_file"
        ).fetchall()
        names = (
            connection.execute(
                "SELECT DISTINCT unnest([table_name, column_name]) AS v FROM duckdb_columns()"
            )
            .pl()["v"]
            .cast(pl.String)
        )
        connection.execute("DETACH old")
        shared = needles.shared(wanted.needles, names)
        alone = tuple(one for one in wanted.needles if one.text not in shared)
        known = {Path(path).name: key for path, key in rows}
        yield _Case(project, replace(wanted, needles=alone), connection, known, own)
    finally:
        connection.close()


def _walk(root: Path) -> Iterator[Path]:
    """Every file, and whatever else is no folder; links to folders are not followed."""
    for folder, names, files in os.walk(root):
        names.sort()
        linked = [name for name in names if (Path(folder) / name).is_symlink()]
        yield from (Path(folder) / name for name in sorted([*files, *linked]))


def _look(case: _Case, path: Path) -> Searched:
    name = path.relative_to(case.project.root).as_posix()
    named = search.in_bytes(case.wanted, name.encode("utf-8", "replace"), digests=True)
    found = {f"{kind} in its name" for kind in named}
    shown = f"{path.parent.relative_to(case.project.root).as_posix()}/…" if named else name
    try:
        if not path.is_file():
            raise ValueError("no file")
        kind, inside = _inside(case, path)
        digest = hashlib.sha256()
        for piece in _read(path):
            digest.update(piece)
        return Searched(
            shown, kind, path.stat().st_size, digest.hexdigest(), tuple(sorted(found | inside))
        )
    except _BROKEN as error:
        why = f"could not be searched: {type(error).__name__}"
        return Searched(shown, "unknown", 0, "", tuple(sorted({*found, why})))


def _inside(case: _Case, path: Path) -> tuple[str, set[str]]:
    """What a file was opened as, and what was found in it; raises where it cannot be opened."""
    project = case.project
    if path.is_relative_to(project.warehouse):
        found = _of_warehouse(case, path)
        if found is not None:
            return found
    with path.open("rb") as file:
        magic = file.read(12)
    if magic.startswith(b"PAR1"):
        return "parquet", _parquet(case, path, None)
    if magic.startswith(b"\x1f\x8b"):
        with gzip.open(path) as packed:
            return "gzip", _bytes(case, _text(cast(IO[bytes], packed)))
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        with pa.input_stream(str(path), compression="zstd") as packed:
            return "zstd", _bytes(case, _text(packed))
    with path.open("rb") as file:
        return "text", _bytes(case, _text(file))


def _of_warehouse(case: _Case, path: Path) -> tuple[str, set[str]] | None:
    project = case.project
    secrets = {
        warehouse.catalog_file(project): warehouse.catalog_key(project),
        cache.place(project): cache.secret(project) if project.encrypted else None,
    }
    for file, secret in secrets.items():
        if path == file:
            return "database", _database(case, path, secret)
        if path.name.startswith(f"{file.name}.wal"):
            return "log", _bytes(case, [blocks.decrypted_wal(file, secret or "")], digests=False)
    if path.is_relative_to(project.warehouse / "data"):
        if path.name not in case.keys:
            raise ValueError("no file of the catalog's")
        return "data", _parquet(case, path, case.keys[path.name])
    if path.name.startswith(needles.PREFIX):
        return "needles", _bytes(case, [needles.reveal(project, path.read_bytes(), path.name)])
    return None


def _bytes(case: _Case, pieces: Iterable[bytes], *, digests: bool = True) -> set[str]:
    return search.in_pieces(case.wanted, pieces, digests=digests)


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _text(file: IO[bytes]) -> Iterator[bytes]:
    """A text's bytes as UTF-8; raises `ValueError` where it is in neither UTF-8 nor UTF-16."""
    first = file.read(_PIECE)
    wide = first[:2] in (b"\xff\xfe", b"\xfe\xff")
    decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8")()
    while first:
        text = decoder.decode(first)
        if "\0" in text:
            raise ValueError("no text")
        yield text.encode()
        first = file.read(_PIECE)
    decoder.decode(b"", final=True)


def _parquet(case: _Case, path: Path, key: str | None) -> set[str]:
    """Every value of every column that holds texts, hidden rows included; and the bytes."""
    kinds = _bytes(case, _read(path))
    for values in others.columns(case.connection, path, key):
        kinds |= search.in_values(case.wanted, values, ids=values.name in _IDS)
    return kinds


def _database(case: _Case, path: Path, secret: str | None) -> set[str]:
    """Every block of a database file, free ones included, and every value in it."""
    kinds = _bytes(case, blocks.pieces(path, secret or ""), digests=False)
    name = f"db{len(path.name)}"
    warehouse.attach_file(case.connection, path, name, secret)
    for table, column in _columns(case.connection, name):
        values = case.connection.execute(
            f'SELECT DISTINCT "{column}"::VARCHAR AS v FROM {name}."{table}"'
        ).pl()["v"]
        kinds |= search.in_values(case.wanted, values.cast(pl.String), ids=column in _IDS)
    case.connection.execute(f"DETACH {name}")
    return kinds


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    rows = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = ? AND data_type LIKE '%VARCHAR%' ORDER BY ALL",
        [name],
    ).fetchall()
    return [(row[0], row[1]) for row in rows]
