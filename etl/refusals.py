"""What arrives of people who were erased: refused before anything of it is loaded (C26)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath

import duckdb

from etl.search import SHORTEST
from etl.tombstones import Erased
from privacy.pseudonyms import normal_id

_PARTS = re.compile(r"[^\W_]+|[\W_]+")
_MOST_PARTS = 60

# Whatever in a broken line could be an id: what stands in quotes, and what stands between marks.
_CANDIDATES = (
    r"""list_concat(regexp_extract_all(content, '"((?:[^"\\]|\\.){1,320})"', 1), """
    r"""regexp_split_to_array(content, '[\s"'',;:{}\[\]()<>|=\\/]+'))"""
)


@dataclass(frozen=True)
class Refused:
    """How many lines were refused, by path, and the paths that name somebody who was erased."""

    lines: Counter[str] = field(default_factory=Counter)
    paths: frozenset[str] = frozenset()


def turn_away(
    connection: duckdb.DuckDBPyConnection, people: Erased, paths: Iterable[str]
) -> Refused:
    """Takes what is of erased people out of `stage` and `stage_bad`, sound lines and broken."""
    if not people:
        return Refused()
    ids = [row[0] for row in connection.execute("SELECT DISTINCT user_id FROM stage").fetchall()]
    theirs = [one for one in ids if one in people]
    lines = _take(connection, "stage", "user_id IN (SELECT unnest($found::VARCHAR[]))", theirs)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE said AS SELECT rowid AS id, "
        f"unnest({_CANDIDATES}) AS candidate FROM stage_bad WHERE content IS NOT NULL"
    )
    said = connection.execute("SELECT DISTINCT candidate FROM said WHERE candidate != ''")
    spoken = [row[0] for row in said.fetchall() if unescaped(row[0]) in people]
    lines += _take(
        connection, "stage_bad",
        "rowid IN (SELECT id FROM said WHERE candidate IN "
        "(SELECT unnest($found::VARCHAR[])))", spoken,
    )  # fmt: skip
    connection.execute("DROP TABLE said")
    seen = {normal_id(unescaped(one)) for one in (*theirs, *spoken)}
    return Refused(lines, frozenset(path for path in paths if names(people, path, seen)))


def _take(
    connection: duckdb.DuckDBPyConnection, table: str, which: str, found: list[str]
) -> Counter[str]:
    if not found:
        return Counter()
    given = {"found": found}
    counts = connection.execute(
        f"SELECT path, count(*) FROM {table} WHERE {which} GROUP BY path", given
    ).fetchall()
    connection.execute(f"DELETE FROM {table} WHERE {which}", given)
    return Counter(dict(counts))


def unescaped(candidate: str) -> str:
    """A piece of a JSON line as it was meant, without the escapes that it may have."""
    if "\\" not in candidate:
        return candidate
    try:
        return str(json.loads(f'"{candidate}"'))
    except ValueError:
        return candidate


def names(people: Erased, path: str, seen: Iterable[str] = ()) -> bool:
    """Whether a path names an erased person: in parts of it, or by an id that was just seen."""
    folded = normal_id(path)
    if any(len(one) >= SHORTEST and one in folded for one in seen):
        return True
    return any(_named(people, part) for part in PurePath(path).parts)


@lru_cache(maxsize=4096)
def _named(people: Erased, part: str) -> bool:
    """Whether a run of words and marks in a file's or folder's name is an erased person's id."""
    pieces = _PARTS.findall(part)[:_MOST_PARTS]
    ends = range(1, len(pieces) + 1)
    return any("".join(pieces[start:end]) in people for end in ends for start in range(end))
