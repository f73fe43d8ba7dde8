"""A release that was changed after its build does not pass, however deep the change lies."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl import manifest, verify
from etl.errors import RefusedError, TacendaError
from privacy import canaries
from tests.etl.conftest import World

SECRET = "zzsecretzz"


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Callable[[str], Path]:
    def make(dataset: str = "typed-text") -> Path:
        shutil.copytree(world.release(dataset), tmp_path / "v1")
        return tmp_path / "v1"

    return make


def shard(folder: Path) -> Path:
    return min(folder.glob("dataset/data/*.parquet"))


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    facts = json.loads((folder / manifest.FILE).read_text())
    change(facts)
    (folder / manifest.FILE).write_text(json.dumps(facts))


def mend(folder: Path) -> None:
    """Makes the digests right again, as whoever changed a file would."""
    files = manifest.files(folder)
    files.pop(manifest.FILE)

    def digests(facts: dict[str, Any]) -> None:
        facts["files"] = files
        for one in facts["shards"]:
            path = folder / "dataset" / one["file"]
            one["rows"] = pq.read_metadata(path).num_rows
        facts["counts"]["released"] = sum(one["rows"] for one in facts["shards"])
        facts["counts"]["rows_kept"] = facts["counts"]["rows_made"] = 10**6

    edit(folder, digests)


def refused(folder: Path) -> str:
    with pytest.raises(RefusedError) as caught:
        verify.verify(folder)
    assert SECRET not in caught.value.message() and caught.value.exit_code == 3
    return caught.value.message()


@pytest.mark.parametrize("dataset", ["typed-text", "pointer-snippets", "desktop-actions"])
def test_a_copy_passes(copy: Callable[[str], Path], dataset: str) -> None:
    assert verify.verify(copy(dataset)).dataset == dataset


def _byte(folder: Path) -> None:
    data = bytearray(shard(folder).read_bytes())
    data[len(data) // 2] ^= 1
    shard(folder).write_bytes(data)


def _append(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with (folder / name).open("a") as file:
            file.write(f"{SECRET}\n")

    return change


def _gate(facts: dict[str, Any]) -> None:
    facts["gates"][0]["verdict"] = "refused"


SHALLOW: dict[str, tuple[Callable[[Path], object], str]] = {
    "a byte of a shard": (_byte, "the file was changed"),
    "the card": (_append("dataset/README.md"), "the file was changed"),
    "the words": (_append("review/words.txt"), "the file was changed"),
    "the report": (_append("review/report.md"), "the file was changed"),
    "a file too many": (_append("dataset/data/more.parquet"), "a file that was not built"),
    "a shard missing": (lambda f: shard(f).unlink(), "the file is missing"),
    "a link": (lambda f: (f / "dataset/data/x").symlink_to(shard(f)), "a file that was not built"),
    "a gate that refused": (lambda f: edit(f, _gate), "not recorded as passed"),
    "a gate that is not there": (
        lambda f: edit(f, lambda facts: facts["gates"].pop()), "not recorded as passed"),
    "sums": (
        lambda f: edit(f, lambda facts: facts["counts"].update(allowed=1)), "sums do not agree"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHALLOW)
def test_what_was_changed_is_named(copy: Callable[[], Path], name: str) -> None:
    change, says = SHALLOW[name]
    folder = copy()
    change(folder)
    assert says in refused(folder)


def rewrite(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        table = change(pq.read_table(shard(folder)))
        pq.write_table(table, shard(folder), write_statistics=False, store_schema=False)

    return apply


def _text(value: str) -> Callable[[Path], None]:
    def change(table: pa.Table) -> pa.Table:
        texts = [value, *table["text"].to_pylist()[1:]]
        return table.set_column(0, "text", pa.array(texts, pa.string()))

    return rewrite(change)


def _set(column: str, value: int) -> Callable[[Path], None]:
    def change(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index(column)
        values = [value, *table[column].to_pylist()[1:]]
        return table.set_column(place, column, pa.array(values, table.schema.field(column).type))

    return rewrite(change)


def _wide(table: pa.Table) -> pa.Table:
    longer = [[1] * 7, *table["x"].to_pylist()[1:]]
    place = table.schema.get_field_index("x")
    return table.set_column(place, "x", pa.array(longer, table.schema.field("x").type))


DEEP: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a word that is not allowed": ("typed-text", _text(f"the {SECRET}"), "tokens not allowed"),
    "a number": ("typed-text", _text("call 5550100"), "tokens not allowed"),
    "a planted text": ("typed-text", _text(canaries.NEEDLES["deleted text"][0]), "planted text"),
    "a label out of bounds": ("typed-text", _set("app", 99), "values outside"),
    "a cell out of bounds": (
        "pointer-snippets", rewrite(lambda t: t.set_column(
            1, "x", pa.array([[200]] * t.num_rows, pa.list_(pa.uint8())))), "values outside"),
    "too many points": ("pointer-snippets", rewrite(_wide), "lists of more than 6"),
    "a column more": (
        "typed-text",
        rewrite(lambda t: t.append_column("user_id", pa.array(["x"] * t.num_rows))),
        "undeclared column"),
    "a column less": ("typed-text", rewrite(lambda t: t.drop_columns(["kind"])), "is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", DEEP)
def test_what_digests_cannot_show(copy: Callable[[str], Path], name: str) -> None:
    """Even with every digest made right again."""
    dataset, change, says = DEEP[name]
    folder = copy(dataset)
    change(folder)
    mend(folder)
    assert says in refused(folder)


def test_too_few_people_behind_a_file(copy: Callable[[], Path]) -> None:
    folder = copy()

    def fewer(facts: dict[str, Any]) -> None:
        facts["shards"][0]["people"] = 2

    edit(folder, fewer)
    assert "people are fewer than 10" in refused(folder)


@pytest.mark.parametrize("text", [None, "", "[]", "{", '{"format": 99}', "[" * 10_000])
def test_a_manifest_that_cannot_be_read(copy: Callable[[], Path], text: str | None) -> None:
    folder = copy()
    place = folder / manifest.FILE
    place.unlink() if text is None else place.write_text(text)
    with pytest.raises(TacendaError) as caught:
        verify.verify(folder)
    assert str(folder) in caught.value.message()


def test_every_row_that_was_released_is_looked_at(world: World) -> None:
    rows = pl.concat(
        [pl.read_parquet(f) for f in world.release("typed-text").glob("dataset/data/*.parquet")]
    )
    assert verify.verify(world.release("typed-text")).rows == rows.height
