"""Consent registries read strictly: every fault stops, says where, and shows no other row."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import BaseModel

from etl import registries
from etl.consenttable import ConsentTable, WorkingHoursTable
from etl.errors import TacendaError
from etl.project import Settings, parse_toml
from privacy.registry import Exclusion, Exemption, Pause, Registries

SECOND = 1_000_000
HEADERS = {
    "exemptions": "user_id,status,scope,requested_at,decided_at",
    "pauses": "user_id,start,end,device_id",
    "exclusions": "app,title,url,user_id,effect,reason",
}
# What stands in the other rows and may never be told.
OTHER = {
    "exemptions": "qqperson,denied,mouse,1999-01-01T00:00:00Z,",
    "pauses": "qqperson,1999-01-01T00:00:00Z,1999-01-01T00:10:00Z,qqdevice",
    "exclusions": "qqapp,qqtitle,,qqperson,drop,qqreason",
}

BAD_ROWS: list[tuple[str, str, str]] = [
    ("exemptions", "ann,maybe,,,", "status is none of pending, approved, denied, withdrawn"),
    ("exemptions", "ann,Approved,,,", "status is none of"),
    ("exemptions", "ann,,,,", "status is required"),
    ("exemptions", ",approved,,,", "user_id is required"),
    ("exemptions", '" ",approved,,,', "user_id is required"),
    ("exemptions", "ann,approved,pointer,,", "scope is none of all, keyboard, mouse"),
    ("exemptions", "ann,approved,,2026-09-21,", "requested_at is not RFC 3339 with an offset"),
    ("exemptions", "ann,approved,,,2026-09-21T10:00:00", "decided_at is not RFC 3339"),
    ("pauses", ",2026-09-21T10:00:00Z,,", "user_id is required"),
    ("pauses", "ann,,2026-09-21T10:00:00Z,", "start is required"),
    ("pauses", "ann,2026-09-21T10:00:00,,", "start is not RFC 3339 with an offset"),
    ("pauses", "ann,2026-09-21 10:00:00Z,,", "start is not RFC 3339"),
    ("pauses", "ann,2026-09-21T10:00:00+0200,,", "start is not RFC 3339"),
    ("pauses", "ann,2026-09-21T10:00:00.1234567Z,,", "start is not RFC 3339"),
    ("pauses", "ann,2026-02-30T10:00:00Z,,", "start is no time that exists"),
    ("pauses", "ann,1790000000,,", "start is not RFC 3339"),
    ("pauses", "ann,2026-09-21T10:00:00Z,soon,", "end is not RFC 3339"),
    ("pauses", "ann,2026-09-21T10:00:00Z,2026-09-21T09:59:59Z,", "end is not after start"),
    ("pauses", "ann,2026-09-21T10:00:00Z,2026-09-21T12:00:00+02:00,", "end is not after start"),
    ("exclusions", ",,,,drop,why", "a pattern is required: app, title or url"),
    ("exclusions", " , ,,,drop,why", "a pattern is required"),
    ("exclusions", "vault,,,,remove,why", "effect is none of drop, keep_only"),
]

BAD_FILES: list[tuple[str, str, bytes, str]] = [
    ("exemptions.csv", "a column missing", b"user_id,scope\nqq,all\n", "'status' is missing"),
    ("pauses.csv", "a column missing", b"user_id,end\n", "'start' is missing"),
    ("pauses.csv", "nothing at all", b"", "'user_id' is missing"),
    ("exemptions.csv", "an unknown column", b"user_id,status,state\n", "'state' is unknown"),
    ("exclusions.csv", "an unknown column", b"app,pattern\n", "'pattern' is unknown"),
    ("exemptions.csv", "a column twice", b"user_id,status,status\nqq,denied,approved\n", "twice"),
    (
        "exemptions.csv",
        "semicolons",
        b"user_id;status\nqq;denied\n",
        "the first line names none of",
    ),
    (
        "exemptions.csv",
        "a cell too few",
        b"user_id,status,scope\nqq,denied,\nann,denied\n",
        "line 3",
    ),
    ("pauses.csv", "a cell too many", b"user_id,start\nann,2026-09-21T10:00:00Z,x\n", "line 2"),
    ("exemptions.csv", "Latin-1", "user_id,status\nqqé,denied\n".encode("latin-1"), "not UTF-8"),
    ("pauses.csv", "UTF-16", "user_id,start\n".encode("utf-16"), "not UTF-8"),
    ("exemptions.csv", "an open quote", b'user_id,status\nann,"denied\n', "is no csv"),
    ("exemptions.jsonl", "not JSON", b'{"user_id": "ann", \n', "is no jsonl"),
    ("exemptions.jsonl", "no object", b'{"user_id":"qq","status":"denied"}\n["ann"]\n', "line 2"),
    ("exemptions.jsonl", "a number", b'{"user_id":12,"status":"denied"}\n', "line 1"),
    ("exemptions.jsonl", "an unknown field", b'{"user_id":"qq","state":"denied"}\n', "'state'"),
    ("exemptions.jsonl", "a field missing", b'\n{"user_id":"ann"}\n', "line 2"),
    ("pauses.jsonl", "Latin-1", '{"user_id":"qqé"}'.encode("latin-1"), "not UTF-8"),
    ("pauses.parquet", "not Parquet", b"user_id,start\n", "is no parquet"),
    ("exemptions.parquet", "cut off", b"PAR1\x00\x01", "is no parquet"),
]


OPEN_QUOTE = b'user_id,status\n\nann,"denied\n"\nbob,"denied\nzoe,denied\n'


def rows_to_csv(name: str, *rows: str) -> bytes:
    return "".join(f"{row}\n" for row in (HEADERS[name], *rows)).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Registries without a row, which any test may replace."""
    for name in ("exemptions", "pauses"):
        (tmp_path / f"{name}.csv").write_bytes(rows_to_csv(name))
    return tmp_path


def replace(folder: Path, file: str, data: bytes) -> Path:
    """Puts a registry in place of what is there under that name."""
    place = folder / file
    for old in folder.glob(f"{place.stem}.*"):
        old.unlink()
    place.write_bytes(data)
    return place


def fault(folder: Path) -> str:
    """The message with which reading fails, checked for what each must and must not hold."""
    with pytest.raises(TacendaError) as caught:
        registries.load(folder)
    message = str(caught.value)
    assert type(caught.value) is TacendaError
    assert "What to do: " in message
    assert "Not done: nothing was built" in message
    assert "qq" not in message.replace(str(folder), "")
    return message


@pytest.mark.parametrize(("name", "row", "says"), BAD_ROWS)
def test_bad_row_of_csv_is_named_by_its_line(folder: Path, name: str, row: str, says: str) -> None:
    file = replace(folder, f"{name}.csv", rows_to_csv(name, OTHER[name], "", row, OTHER[name]))
    message = fault(folder)
    assert f"a bad row in a registry: {says}" in message
    assert f"({file}, line 4)" in message


@pytest.mark.parametrize(("name", "row", "says"), BAD_ROWS)
def test_bad_row_is_the_same_in_every_format(folder: Path, name: str, row: str, says: str) -> None:
    columns = HEADERS[name].split(",")
    cells = [dict(zip(columns, one, strict=True)) for one in csv.reader([OTHER[name], row])]
    as_json = "".join(f"{json.dumps(one)}\n" for one in cells).encode()
    file = replace(folder, f"{name}.jsonl", as_json)
    message = fault(folder)
    assert says in message and f"({file}, line 2)" in message
    buffer = io.BytesIO()
    pl.DataFrame(cells).write_parquet(buffer)
    file = replace(folder, f"{name}.parquet", buffer.getvalue())
    message = fault(folder)
    assert says in message and f"({file}, row 2)" in message


@pytest.mark.parametrize(("file", "what", "data", "says"), BAD_FILES)
def test_bad_file_is_named(folder: Path, file: str, what: str, data: bytes, says: str) -> None:
    place = replace(folder, file, data)
    message = fault(folder)
    assert says in message, what
    assert str(place) in message


def test_bad_json_is_named_by_its_line(folder: Path) -> None:
    data = b'{"user_id":"qq","status":"denied"}\n\n{"user_id"\n'
    file = replace(folder, "exemptions.jsonl", data)
    assert f"({file}, line 3)" in fault(folder)


def test_an_open_quote_is_named_by_the_line_that_it_begins_on(folder: Path) -> None:
    file = replace(folder, "exemptions.csv", OPEN_QUOTE)
    assert f"({file}, line 5)" in fault(folder)


def test_a_field_twice_in_one_object_is_a_fault(folder: Path) -> None:
    data = b'{"user_id":"ann","status":"approved","status":"denied"}\n'
    replace(folder, "exemptions.jsonl", data)
    assert "twice" in fault(folder)


@pytest.mark.parametrize("name", ["exemptions", "pauses"])
def test_missing_registry_is_a_fault(folder: Path, name: str) -> None:
    (folder / f"{name}.csv").unlink()
    message = fault(folder)
    assert f"the registry of {name} is missing" in message
    assert str(folder / f"{name}.csv") in message
    assert ", ".join(HEADERS[name].split(",")) in message


@pytest.mark.parametrize("name", HEADERS)
def test_registry_in_two_formats_is_a_fault(folder: Path, name: str) -> None:
    files = [folder / f"{name}.csv", folder / f"{name}.jsonl"]
    for file in files:
        file.write_bytes(rows_to_csv(name) if file.suffix == ".csv" else b"")
    message = fault(folder)
    assert "there twice" in message
    assert all(str(file) in message for file in files)


@pytest.mark.parametrize("name", HEADERS)
def test_registry_that_cannot_be_read_is_a_fault(folder: Path, name: str) -> None:
    (folder / f"{name}.csv").unlink(missing_ok=True)
    (folder / f"{name}.csv").mkdir()
    message = fault(folder)
    assert "a registry cannot be read" in message
    assert str(folder / f"{name}.csv") in message


UNORDERED = [
    ("neither has a time", ",,", ",,"),
    ("one has no time", ",2026-09-21T10:00:00Z,", ",,"),
    ("requested at once", ",2026-09-21T10:00:00Z,", ",2026-09-21T12:00:00+02:00,"),
    ("decided when requested", ",2026-09-21T10:00:00Z,", "all,,2026-09-21T10:00:00Z"),
]


@pytest.mark.parametrize(("what", "one", "two"), UNORDERED)
def test_rows_that_cannot_be_ordered_are_a_fault(
    folder: Path, what: str, one: str, two: str
) -> None:
    data = rows_to_csv(
        "exemptions", OTHER["exemptions"], f"ANN,denied,{one}", f" ann ,approved,{two}"
    )
    replace(folder, "exemptions.csv", data)
    message = fault(folder)
    assert "two rows of one person and scope that cannot be ordered" in message, what
    assert f"({folder / 'exemptions.csv'}, lines 3 and 4)" in message


def test_rows_of_different_scopes_or_people_need_no_order(folder: Path) -> None:
    rows = ["ann,denied,,,", "ann,denied,mouse,,", "ann,denied,keyboard,,", "bob,denied,,,"]
    replace(folder, "exemptions.csv", rows_to_csv("exemptions", *rows))
    assert len(registries.load(folder).exemptions) == 4


def own(loaded: Registries) -> tuple[Any, ...]:
    shipped = registries.shipped_exclusions()
    assert loaded.exclusions[: len(shipped)] == shipped
    return loaded.exemptions, loaded.pauses, loaded.exclusions[len(shipped) :]


BOB = {"user_id": "bob", "status": "withdrawn", "scope": "mouse"}
ZOE = {"user_id": " Zoë ", "start": "1970-01-01t00:00:01.000001z", "device_id": 'd, "1"'}
GOOD: dict[str, list[dict[str, str | None]]] = {
    "exemptions": [
        {"user_id": "Ann", "status": "approved", "scope": None, "decided_at": None},
        {**BOB, "decided_at": "1970-01-01T01:00:02.5+01:00"},
    ],
    "pauses": [
        {"user_id": "Ann", "start": "1970-01-01T00:00:01Z", "end": None, "device_id": None},
        {**ZOE, "end": "1970-01-02T00:00:00-00:30"},
    ],
    "exclusions": [
        {"app": "vault\n*", "title": None, "url": None, "user_id": None, "effect": None},
        {"app": None, "title": "ö", "url": "a?", "user_id": "ANN", "effect": "keep_only"},
    ],
}
WANTED = (
    (Exemption("Ann", "approved"), Exemption("bob", "withdrawn", "mouse", None, 2_500_000)),
    (
        Pause("Ann", SECOND),
        Pause("Zoë", SECOND + 1, (86_400 + 1_800) * SECOND, 'd, "1"'),
    ),
    (Exclusion("vault\n*"), Exclusion(None, "ö", "a?", "ANN", "keep_only")),
)


def encoded(rows: list[dict[str, str | None]], suffix: str) -> bytes:
    """The same rows as a file of one format."""
    if suffix == "jsonl":
        sparse = [{key: value for key, value in row.items() if value} for row in rows]
        return "".join(f"{json.dumps(row)}\n\n" for row in sparse).encode()
    if suffix == "parquet":
        buffer = io.BytesIO()
        pl.DataFrame(rows).write_parquet(buffer)
        return buffer.getvalue()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(reversed(rows[0])))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig" if suffix == "csv with BOM" else "utf-8")


@pytest.mark.parametrize("suffix", ["csv", "csv with BOM", "jsonl", "parquet"])
def test_valid_registries_are_equal_in_every_format(folder: Path, suffix: str) -> None:
    for name, rows in GOOD.items():
        replace(folder, f"{name}.{suffix.split()[0]}", encoded(rows, suffix))
    loaded = registries.load(folder)
    assert own(loaded) == WANTED
    assert set(loaded.digests) == set(GOOD)


def test_times_of_parquet_need_a_zone(folder: Path) -> None:
    start = pl.Series([SECOND]).cast(pl.Datetime("us"))
    for zone in ("UTC", None):
        frame = pl.DataFrame({"user_id": ["Ann"], "start": start.dt.replace_time_zone(zone)})
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        replace(folder, "pauses.parquet", buffer.getvalue())
        if zone:
            assert registries.load(folder).pauses == (Pause("Ann", SECOND),)
        else:
            assert "start is not RFC 3339 with an offset" in fault(folder)


def test_shipped_exclusions_hold_without_a_registry_of_exclusions(folder: Path) -> None:
    loaded = registries.load(folder)
    assert loaded.exclusions == registries.shipped_exclusions()
    assert {row.reason for row in loaded.exclusions} >= {"password manager", "private browsing"}
    assert all(row.effect == "drop" and row.user_id is None for row in loaded.exclusions)
    assert own(loaded) == ((), (), ())


def test_a_pause_over_30_minutes_is_read_whole(folder: Path) -> None:
    row = "ann,1970-01-01T00:00:00Z,1970-01-01T03:00:00Z,"
    replace(folder, "pauses.csv", rows_to_csv("pauses", row))
    assert registries.load(folder).pauses == (Pause("ann", 0, 3 * 3600 * SECOND),)


def in_format(suffix: str, rows: list[dict[str, str]]) -> tuple[bytes, list[int]]:
    """Rows as a file with blank lines, and quoted line breaks where it has them; their numbers."""
    if suffix == "parquet":
        return encoded(list(rows), suffix), [*range(1, len(rows) + 1)]  # type: ignore[arg-type]
    if suffix == "jsonl":
        lines = [json.dumps(row) for row in rows]
        return "\n\r\n".join(["", *lines]).encode(), [*range(3, 2 * len(rows) + 2, 2)]
    text, numbers, line = "app,title,reason\r\n", [], 2
    for row in rows:
        cells = ",".join('"' + row[name].replace('"', '""') + '"' for name in row)
        numbers.append(line + 1)
        text += f"\r\n{cells}\r\n"
        line += 2 + sum(value.count("\n") for value in row.values())
    return text.encode(), numbers


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_each_row_knows_where_it_stands(folder: Path, suffix: str) -> None:
    rows = [
        {"app": "one", "title": "a\nb\n\nc", "reason": 'said "no"\n'},
        {"app": "two", "title": "t", "reason": "r"},
        {"app": "three\n\n", "title": "t", "reason": "\n,\n"},
        {"app": "four", "title": "t", "reason": "r"},
    ]
    data, numbers = in_format(suffix, rows)
    replace(folder, f"exclusions.{suffix}", data)
    own = registries.load(folder).own_exclusions
    assert [row.app for row in own] == [row["app"].strip() for row in rows]
    assert [row.row for row in own] == numbers


@pytest.mark.parametrize("seed", range(20))
def test_a_row_of_csv_begins_on_its_line(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    pieces = ["\n", "\r\n", '""', ",", "x", " "]
    text, wanted = "user_id,start,device_id\n", []
    for _ in range(30):
        text += "\n" * rng.choice((0, 0, 1, 3))
        wanted.append(text.count("\n") + 1)
        device = "".join(rng.choices(pieces, k=rng.randrange(6)))
        text += f'qq,1999-01-01T00:00:00Z,"{device}"\n'
    replace(folder, "pauses.csv", text.encode())
    assert [row.row for row in registries.load(folder).pauses] == wanted


def test_shipped_exclusions_know_their_lines() -> None:
    rows = registries.shipped_exclusions()
    assert [row.row for row in rows] == list(range(2, len(rows) + 2))


# The reference page: docs/registries.md.

PAGE = (Path(__file__).parents[2] / "docs" / "registries.md").read_text(encoding="utf-8")


def keys_of(model: type[BaseModel]) -> list[str]:
    return [one.alias or name for name, one in model.model_fields.items()]


def section(title: str) -> str:
    """What stands under a heading of the page, up to the next one."""
    return re.split(r"\n##+ ", PAGE.split(f" {title}\n", 1)[1])[0]


@pytest.mark.parametrize("name", HEADERS)
def test_every_column_of_a_registry_is_on_its_page(name: str) -> None:
    named = set(
        re.findall(r"`(\w+)`", " ".join(re.findall(r"^\|(.*?)\|", section(f"`{name}`"), re.M)))
    )
    assert named == set(HEADERS[name].split(","))


def test_every_key_of_the_consent_table_is_on_the_page() -> None:
    text = section("`[consent]` in `tacenda.toml`") + section("`working_hours`")
    named = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\|(.*?)\|", text, re.M))))
    assert named == {*keys_of(ConsentTable), *keys_of(WorkingHoursTable)}


def test_the_examples_of_the_page_are_read(folder: Path) -> None:
    examples = dict(re.findall(r"```(?:csv|jsonl) (\S+)\n(.*?)```", PAGE, re.DOTALL))
    assert set(examples) == {"exemptions.csv", "pauses.csv", "exclusions.jsonl"}
    for file, text in examples.items():
        replace(folder, file, text.encode())
    loaded = registries.load(folder)
    assert [len(part) for part in own(loaded)] == [2, 2, 2]
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    read = parse_toml(Settings, f'id = "abcdefgh"\n{toml}', "page")
    assert len(read.consent.working_hours) == 2
    assert read.consent.limits(0).not_before is not None


def test_the_defaults_on_the_page_are_those_of_the_code() -> None:
    rows = dict(
        re.findall(r"^\| `(\w+)` \| (\S+) \|", section("`[consent]` in `tacenda.toml`"), re.M)
    )
    wanted = {name: one.default for name, one in ConsentTable.model_fields.items()}
    said = {name: None if value == "none" else int(value) for name, value in rows.items()}
    assert said == {**wanted, "working_hours": None}
