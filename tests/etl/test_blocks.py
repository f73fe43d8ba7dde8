"""The search of a database file that does not trust DuckDB: what it sees, and that it refuses."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from etl import keys
from etl.blocks import decrypted, decrypted_wal
from etl.project import Project
from etl.warehouse import extension
from privacy.pseudonyms import derive

MARKER = b"zq-erase-me-zq"
ROWS = 20_000
START, BLOCK = 3 * 4096, 262_144
HEADED = 32


def quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, key: str | None) -> None:
    """Attaches a database, encrypted where there is a key."""
    option = f" (ENCRYPTION_KEY '{key}')" if key else ""
    connection.execute(f"ATTACH '{quoted(path)}' AS {name}{option}")


def opened(path: Path, key: str | None) -> duckdb.DuckDBPyConnection:
    """A connection with OpenSSL loaded and one database attached as `old`."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    connection.execute(f"LOAD '{quoted(extension('httpfs'))}'")
    connection.execute("PRAGMA force_compression='uncompressed'")
    attach(connection, path, "old", key)
    return connection


def filled(path: Path, key: str | None) -> None:
    """Marked rows in one table, and rows in another that keep the file from being cut short."""
    with opened(path, key) as connection:
        for table, word in (("marked", MARKER.decode()), ("kept", "something else")):
            connection.execute(f"CREATE TABLE old.{table} (line VARCHAR)")
            connection.execute(
                f"INSERT INTO old.{table} SELECT '{word} ' || range FROM range({ROWS})"
            )
            connection.execute("CHECKPOINT old")


def emptied(path: Path, key: str) -> None:
    """Deletes the marked rows, so that DuckDB itself finds none of them, and checkpoints."""
    with opened(path, key) as connection:
        connection.execute("DELETE FROM old.marked")
        connection.execute("CHECKPOINT old")
    with opened(path, key) as connection:
        seen = connection.execute("SELECT count(*) FROM old.marked").fetchone()
        sizes = connection.execute("SELECT free_blocks FROM pragma_database_size()").fetchall()
        assert seen == (0,) and max(sizes) > (1,)


@pytest.fixture
def key() -> str:
    return secrets.token_hex(32)


@pytest.fixture
def database(tmp_path: Path, key: str) -> Path:
    path = tmp_path / "old.duckdb"
    filled(path, key)
    return path


@pytest.fixture
def log(database: Path, key: str) -> Path:
    """One more marked row, in a log that no checkpoint took away."""
    with opened(database, key) as connection:
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute("INSERT INTO old.kept VALUES (?)", [MARKER.decode()])
    return database.with_name(database.name + ".wal")


def test_every_live_row_is_found_in_the_blocks_and_none_in_the_file(
    database: Path, key: str
) -> None:
    found = decrypted(database, key)
    raw = database.read_bytes()
    assert found.count(MARKER) >= ROWS and MARKER not in raw
    assert len(found) == len(raw) and found[:4096] == raw[:4096]


def test_deleted_rows_stay_in_free_blocks_that_duckdb_does_not_show(
    database: Path, key: str
) -> None:
    emptied(database, key)
    assert MARKER in decrypted(database, key)
    assert MARKER not in database.read_bytes()


def test_a_copy_into_a_fresh_file_leaves_deleted_rows_behind(
    database: Path, key: str, tmp_path: Path
) -> None:
    emptied(database, key)
    fresh, other = tmp_path / "fresh.duckdb", secrets.token_hex(32)
    with opened(database, key) as connection:
        attach(connection, fresh, "fresh", other)
        connection.execute("COPY FROM DATABASE old TO fresh")
        connection.execute("CHECKPOINT fresh")
    found = decrypted(fresh, other)
    assert MARKER not in found and found.count(b"something else") >= ROWS


def test_the_catalog_of_a_warehouse_is_read_with_the_key_of_its_project(
    new_project: Callable[[], Project],
) -> None:
    made = new_project()
    secret = derive(keys.read(made), "warehouse").hex()
    assert b"ducklake_snapshot" in decrypted(made.warehouse / "catalog.duckdb", secret)


@pytest.mark.parametrize("given", ["hexadecimal", "not of Base64!", "b2xkIGtleQ=="])
def test_the_key_is_derived_as_duckdb_does_it(tmp_path: Path, given: str) -> None:
    path = tmp_path / "old.duckdb"
    filled(path, given)
    assert MARKER in decrypted(path, given)


def test_a_file_that_is_not_encrypted_is_given_as_it_is(tmp_path: Path, key: str) -> None:
    path = tmp_path / "plain.duckdb"
    filled(path, None)
    assert decrypted(path, key) == path.read_bytes() and MARKER in path.read_bytes()


def test_a_wrong_key_is_refused(database: Path) -> None:
    with pytest.raises(ValueError, match="the key does not open"):
        decrypted(database, secrets.token_hex(32))


@pytest.mark.parametrize("offset", [0, 12, HEADED, BLOCK // 2, BLOCK - 1])
def test_a_flipped_byte_is_refused_and_its_block_named(
    database: Path, key: str, offset: int
) -> None:
    flip(database, START + 2 * BLOCK + offset)
    with pytest.raises(ValueError, match="block 2 of"):
        decrypted(database, key)


def test_a_flipped_byte_in_a_header_is_refused(database: Path, key: str) -> None:
    flip(database, 2 * 4096 + HEADED)
    with pytest.raises(ValueError, match="header 2 of"):
        decrypted(database, key)


def test_a_block_cut_short_is_refused_and_one_never_written_is_not(
    database: Path, key: str
) -> None:
    raw = database.read_bytes()
    database.write_bytes(raw + bytes(BLOCK))
    assert decrypted(database, key).endswith(bytes(BLOCK))
    database.write_bytes(raw[:-1])
    with pytest.raises(ValueError, match=f"block {(len(raw) - START) // BLOCK - 1} of"):
        decrypted(database, key)


def test_a_file_of_something_else_is_refused(tmp_path: Path, key: str) -> None:
    path = tmp_path / "else"
    path.write_bytes(b"no database" * 10_000)
    with pytest.raises(ValueError, match="not a DuckDB file"):
        decrypted(path, key)


def test_rows_are_found_in_the_log_before_a_checkpoint(database: Path, key: str, log: Path) -> None:
    assert MARKER not in log.read_bytes()
    assert decrypted_wal(database, key).count(MARKER) == 1
    flip(log, log.stat().st_size - 40)
    with pytest.raises(ValueError, match=r"entry \d+ of old.duckdb.wal is damaged"):
        decrypted_wal(database, key)


def test_there_is_nothing_in_a_log_that_is_not_there(database: Path, key: str) -> None:
    assert decrypted_wal(database, key) == b""


def flip(path: Path, at: int) -> None:
    """Turns one bit of a file."""
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)
