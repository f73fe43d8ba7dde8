"""What an erasure must not find in the end: ids, and texts that nobody else's data holds.

Kept in a file of its own, encrypted and outside DuckLake, until the proof is done: in a table it
would leave copies behind, and emptied before the proof it would be lost with a killed command.
"""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import wordfreq
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from etl import compaction, keys, tables
from etl.errors import TacendaError
from etl.project import Project
from etl.search import NAMES, SHORTEST, Needle, fold
from privacy.pseudonyms import derive, normal_id
from transforms import events, typed_text
from transforms.events import SCHEMA

MOST = 200  # of each kind
_COMMON = 20_000
PREFIX = "erasing-"
_LONGEST = 120
_EVENTS = 300_000
_WORD = re.compile(r"[^\W_]{6,}")
_WORDS = re.compile(r"[\w-]{6,}")
_PERSONAL = {
    "device": "SELECT DISTINCT device_id FROM lake.sessions WHERE user_id = $user "
    "EXCEPT SELECT device_id FROM lake.sessions WHERE user_id != $user",
    "session": "SELECT DISTINCT session_id FROM lake.sessions WHERE user_id = $user "
    "EXCEPT SELECT session_id FROM lake.sessions WHERE user_id != $user",
    "window": "SELECT DISTINCT unnest([app, title, url]) FROM lake.events WHERE user_id = $user",
    "pasted": "SELECT DISTINCT text FROM lake.events WHERE user_id = $user",
}


@dataclass(frozen=True)
class Kept:
    """What an erasure under way remembers: ids in every spelling, needles, what there was."""

    ids: tuple[str, ...]
    needles: tuple[Needle, ...]
    plan: dict[str, Any] = field(default_factory=dict)


def spellings(connection: duckdb.DuckDBPyConnection, user: str) -> set[str]:
    """A person's id in every form in which it is known or likely to have been written."""
    named = normal_id(user)
    rows = connection.execute("SELECT spelling FROM lake.people WHERE user_id = ?", [named])
    found = {user.strip(), named, *(row[0].strip() for row in rows.fetchall())}
    return {unicodedata.normalize(form, one) for one in found for form in ("NFC", "NFD")}


def collect(
    connection: duckdb.DuckDBPyConnection, user: str, ids: Iterable[str]
) -> tuple[Needle, ...]:
    """Candidates of every kind, the longest first, bounded in number; others may hold them too."""
    own = own_words(connection)
    found = {Needle("id", fold(one)) for one in ids if usable(one, own)}
    own += _package_text()
    for kind, sql in _PERSONAL.items():
        values = (row[0] for row in connection.execute(sql, {"user": user}).fetchall())
        found |= _needles(kind, (one for value in values if value for one in _lines(value)), own)
    found |= _needles("typed", _typed(connection, user), own)
    return tuple(sorted(found, key=lambda one: (one.kind, one.text)))


def usable(text: str, own: str) -> bool:
    """Whether a text tells anything where it is found: long enough, and not in `own`."""
    return len(text) >= SHORTEST and fold(text) not in own


def _telling(text: str) -> bool:
    """Whether it is no mere number, date or piece of a digest, which may stand anywhere."""
    short = len(text) < 12 and re.fullmatch(r"[0-9a-f]+", text)
    return not short and any(letter.isalpha() for letter in text)


def _needles(kind: str, texts: Iterable[str], own: str) -> set[Needle]:
    cut = {fold(text.strip()[:_LONGEST].strip()) for text in texts}
    kept = [one for one in cut if usable(one, own) and _telling(one)]
    return {Needle(kind, one) for one in sorted(kept, key=lambda one: (-len(one), one))[:MOST]}


def _lines(value: str) -> list[str]:
    """The longest line of a text: its ends of lines may be written in many ways."""
    return [max(re.split(r"[\r\n\x00-\x1f\"\\]", value), key=len)]


def _typed(connection: duckdb.DuckDBPyConnection, user: str) -> Iterator[str]:
    """Words that are not common, and four words in a row, of the text that somebody typed."""
    frame = connection.execute(
        f"SELECT {', '.join(SCHEMA)}, 0 AS part FROM lake.events WHERE user_id = ? "
        f"ORDER BY ts DESC LIMIT {_EVENTS}",
        [user],
    ).pl()
    if not frame.height:
        return
    ordered = events.in_order(frame.cast(dict(SCHEMA.items())))
    runs = events.with_focus(events.with_runs(ordered), tables.applications())
    common = frozenset(wordfreq.top_n_list("en", _COMMON))
    for text in typed_text.segments(runs)["text"].unique().sort():
        yield from (word for word in _WORD.findall(text) if word.lower() not in common)
        yield from (found.group() for found in re.finditer(r"\S+(?: \S+){3}", text))


def own_words(connection: duckdb.DuckDBPyConnection) -> str:
    """Words that a project holds whoever is captured: names of its tables, words of Tacenda's."""
    names = connection.execute(
        "SELECT DISTINCT unnest([table_name, column_name]) FROM duckdb_columns()"
    ).fetchall()
    words = {fold(row[0]) for row in names} | set(_WORDS.findall(_package_text()))
    return "\n".join(sorted(words))


@cache
def _package_text() -> str:
    """All that stands in the packages, of which reports, manifests and cards are made."""
    parts: list[str] = []
    for room in ("etl", "privacy", "transforms"):
        folders = [resources.files(room)]
        while folders:
            for entry in folders.pop().iterdir():
                if entry.is_dir():
                    folders.append(entry)
                elif entry.name.endswith((".py", ".sql", ".csv", ".css", ".toml", ".md")):
                    parts.append(fold(entry.read_text(encoding="utf-8")))
    return "\n".join(parts)


def shared(needles: Sequence[Needle], values: pl.Series) -> set[str]:
    """The texts among the needles that these values hold too, names apart."""
    texts = sorted({one.text for one in needles if one.kind not in NAMES})
    if not texts or not len(values):
        return set()
    found = values.str.extract_many(texts, ascii_case_insensitive=True, overlapping=True)
    return {fold(one) for one in found.explode().drop_nulls().unique()}


def place(project: Project, number: int) -> Path:
    """Where an erasure under way keeps what it looks for."""
    return project.warehouse / f"{PREFIX}{number}"


def keep(project: Project, number: int, kept: Kept) -> None:
    """Writes down what an erasure looks for, encrypted."""
    data = json.dumps(
        {"ids": kept.ids, "needles": [[n.kind, n.text] for n in kept.needles], "plan": kept.plan}
    ).encode()
    nonce = secrets.token_bytes(12)
    file = place(project, number)
    beside = file.with_name(f".{file.name}.part")
    beside.write_bytes(nonce + AESGCM(_secret(project)).encrypt(nonce, data, None))
    compaction.sync(beside)
    beside.replace(file)
    compaction.sync(file.parent)


def kept(project: Project, number: int) -> Kept | None:
    """What an erasure that began before looks for; None where nothing was written down yet."""
    try:
        raw = place(project, number).read_bytes()
    except FileNotFoundError:
        return None
    return _read(reveal(project, raw, str(place(project, number))))


def reveal(project: Project, raw: bytes, where: str) -> bytes:
    """Decrypts what `keep` wrote."""
    try:
        return AESGCM(_secret(project)).decrypt(raw[:12], raw[12:], None)
    except (InvalidTag, ValueError):
        raise TacendaError(
            "what an erasure looks for cannot be read",
            where=where,
            todo="delete that file, then run the erasure again",
            undone="the erasure has not ended",
        ) from None


def _read(data: bytes) -> Kept:
    facts: Mapping[str, Any] = json.loads(data)
    needles = tuple(Needle(kind, text) for kind, text in facts["needles"])
    return Kept(tuple(facts["ids"]), needles, facts["plan"])


def _secret(project: Project) -> bytes:
    return derive(keys.read(project), "erasing")
