"""DuckDB with DuckLake tables: an encrypted catalog and data, partitioned by person."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, resources
from importlib.resources.abc import Traversable
from pathlib import Path

import duckdb

from etl import keys, locks
from etl.errors import TacendaError
from etl.project import Project
from privacy.pseudonyms import derive

THREADS = 2

# DuckLake 1.0 forgets a column's range when a file of nothing but nulls is inserted and takes the
# next file's for the whole table's. DuckDB's optimizers that trust such ranges then give wrong
# values (ORDER BY returned 258 for 2), so they stay off; pruning by file is not concerned.
_DISTRUSTED = "statistics_propagation,compressed_materialization"

# What DuckDB writes into its own files stays legible once decrypted, so that an erasure can prove
# by their bytes, free space included, that nothing of a person is left in them.
_LEGIBLE = "uncompressed"


@contextmanager
def opened(project: Project, command: str, *, write: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse as `lake` in a DuckDB connection, locked for one command.

    Writing brings the tables up to date first and clears what a killed command left.
    """
    if not project.warehouse.is_dir():
        raise TacendaError(
            "the project has no warehouse",
            where=str(project.warehouse),
            todo="run `tacenda init` on a new folder, or bring the folder back",
        )
    attached = writing if write else reading
    with (
        locks.held(project.warehouse, command, write=write),
        attached(project) as connection,
    ):
        yield connection


@contextmanager
def writing(project: Project) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may change things, for a command that holds the lock already."""
    tidy(project)
    connection = connect(project, write=True)
    try:
        migrate(connection)
        _sweep(connection, project)
        yield connection
    finally:
        connection.close()


def tidy(project: Project) -> None:
    """Removes what a killed command spilled or left half copied."""
    shutil.rmtree(project.warehouse / "tmp", ignore_errors=True)
    for part in project.warehouse.glob(".*.part*"):
        part.unlink(missing_ok=True)


def create(project: Project) -> None:
    """Makes the warehouse's folder and its tables."""
    (project.warehouse / "data").mkdir(parents=True, exist_ok=True)
    with opened(project, "init", write=True):
        pass


def connect(project: Project, *, write: bool, threads: int = THREADS) -> duckdb.DuckDBPyConnection:
    """Attaches the warehouse without a lock: for `opened`, and for workers of a locked command.

    The data path is given anew each time, from where the project lies now, because the catalog
    keeps the one it was made with and a copied project would read the original's files.
    """
    secret = catalog_key(project)
    connection = bare(project, threads=threads)
    catalog = catalog_file(project)
    options = [f"DATA_PATH '{quoted(project.warehouse / 'data')}/'", "DATA_INLINING_ROW_LIMIT 0"]
    if catalog.exists():
        options.append("OVERRIDE_DATA_PATH true")
    if secret:
        options += ["ENCRYPTED", f"META_ENCRYPTION_KEY '{secret}'"]
    if not write:
        options.append("READ_ONLY")
    try:
        connection.execute(f"ATTACH 'ducklake:{quoted(catalog)}' AS lake ({', '.join(options)})")
    except duckdb.Error as error:
        connection.close()
        raise _refused(project, str(error), secret) from None
    return connection


def catalog_file(project: Project) -> Path:
    """Where the catalog lies."""
    return project.warehouse / "catalog.duckdb"


def catalog_key(project: Project) -> str | None:
    """The catalog's key as DuckDB is given it; None where nothing is encrypted."""
    return derive(keys.read(project), "warehouse").hex() if project.encrypted else None


def _refused(project: Project, reason: str, secret: str | None) -> TacendaError:
    if secret:
        reason = reason.replace(secret, "…")
    if "lock" in reason.lower():
        return TacendaError(
            "the warehouse's catalog is held by another process",
            where=str(project.warehouse),
            todo="end the program that has it open (a notebook, perhaps), then run this again",
        )
    return TacendaError(
        "the warehouse does not open with this key" if secret else "the warehouse does not open",
        where=str(project.warehouse),
        todo=f"check {keys.ENVIRONMENT} and `encryption` in tacenda.toml"
        if secret
        else 'an encrypted warehouse needs encryption = "on"',
        undone="nothing was read or changed",
    )


@contextmanager
def reading(project: Project) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection for a command that holds the lock already."""
    connection = connect(project, write=False)
    try:
        _require_migrated(connection, project)
        yield connection
    finally:
        connection.close()


def bare(project: Project, *, threads: int = THREADS) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with its extensions loaded by path, bounded memory, encrypted spill."""
    temporary = project.warehouse / "tmp" / str(os.getpid())
    temporary.parent.mkdir(exist_ok=True)
    connection = duckdb.connect(
        config={
            "threads": threads,
            "memory_limit": project.settings.memory_limit,
            "temp_directory": str(temporary),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        }
    )
    try:
        for name in ("httpfs", "ducklake"):
            connection.execute(f"LOAD '{quoted(extension(name))}'")
        connection.execute(f"SET disabled_optimizers = '{_DISTRUSTED}'")
        connection.execute(f"SET force_compression = '{_LEGIBLE}'")
        if project.encrypted:
            connection.execute("SET temp_file_encryption = true")
    except duckdb.Error as error:
        connection.close()
        raise TacendaError(
            "DuckDB's extensions do not load, so nothing can be encrypted",
            where=type(error).__name__,
            todo="install Tacenda again with its constraints file",
            undone="the warehouse was not opened",
        ) from None
    return connection


def attach_file(
    connection: duckdb.DuckDBPyConnection, file: Path, name: str, secret: str | None,
    *, write: bool = False,
) -> None:  # fmt: skip
    """Attaches a database file as what it is, without DuckLake."""
    options = [] if write else ["READ_ONLY"]
    options += [f"ENCRYPTION_KEY '{secret}'"] if secret else []
    tail = f" ({', '.join(options)})" if options else ""
    connection.execute(f"ATTACH '{quoted(file)}' AS {name}{tail}")


def extension(name: str) -> Path:
    """The file of one DuckDB extension, from its wheel: never fetched."""
    module = import_module(f"duckdb_extension_{name}")
    folder = Path(str(module.__file__)).parent / "extensions" / f"v{duckdb.__version__}"
    return folder / f"{name}.duckdb_extension"


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Applies the migrations that this warehouse has not had, each in one transaction."""
    connection.execute("CREATE TABLE IF NOT EXISTS lake.migrations (number INTEGER)")
    done = {row[0] for row in connection.execute("SELECT number FROM lake.migrations").fetchall()}
    for number, script in _scripts():
        if number in done:
            continue
        connection.execute("BEGIN")
        connection.execute(script.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO lake.migrations VALUES (?)", [number])
        connection.execute("COMMIT")


def _scripts() -> list[tuple[int, Traversable]]:
    folder = resources.files("etl") / "migrations"
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return sorted(((int(one.name.split("_")[0]), one) for one in found), key=lambda pair: pair[0])


def outdated(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the warehouse's tables are older than this code."""
    try:
        row = connection.execute("SELECT max(number) FROM lake.migrations").fetchone()
    except duckdb.CatalogException:
        return True
    return not row or (row[0] or 0) < _scripts()[-1][0]


def _require_migrated(connection: duckdb.DuckDBPyConnection, project: Project) -> None:
    if outdated(connection):
        raise TacendaError(
            "the warehouse was made by an older Tacenda, and its tables are not up to date",
            where=str(project.warehouse),
            todo=f"run `tacenda init {project.root}` again to bring them up to date",
            undone="nothing was read or changed",
        )


def _sweep(connection: duckdb.DuckDBPyConnection, project: Project) -> None:
    """Removes data files of transactions that never ended: those the catalog does not know.

    Compared by hand with every file that any snapshot names, because DuckLake's own function for
    this has flagged live files.
    """
    known = connection.execute(
        "SELECT path FROM __ducklake_metadata_lake.ducklake_data_file UNION ALL "
        "SELECT path FROM __ducklake_metadata_lake.ducklake_delete_file UNION ALL "
        "SELECT path FROM __ducklake_metadata_lake.ducklake_files_scheduled_for_deletion"
    ).fetchall()
    names = {Path(row[0]).name for row in known}
    for file in (project.warehouse / "data").rglob("*.parquet"):
        if file.name not in names:
            file.unlink()


def snapshot(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the warehouse's newest snapshot."""
    row = connection.execute("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')").fetchone()
    return int(row[0]) if row else 0


def quoted(path: Path) -> str:
    """A path as it stands between quotes in SQL."""
    return str(path).replace("'", "''")
