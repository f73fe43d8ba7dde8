"""A project's own lists of terms, kept in its encrypted warehouse."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import regex

from etl.errors import TacendaError, UsageError
from privacy.terms import NEVER, PASS, Terms, bare

LONGEST = 200
_UNDONE = "nothing was added and nothing was changed"


@dataclass(frozen=True)
class Term:
    """One line of a list: what it names, and why it is there (for what is let pass: needed)."""

    term: str
    reason: str


def load(connection: duckdb.DuckDBPyConnection) -> Terms:
    """Both lists as they are looked for."""
    never = tuple(one.term for one in listed(connection, NEVER))
    passing = frozenset(one.term for one in listed(connection, PASS))
    return Terms(never, passing)


def listed(connection: duckdb.DuckDBPyConnection, name: str) -> list[Term]:
    """One list, `never` or `pass`, in the order of its terms."""
    rows = connection.execute(
        "SELECT term, reason FROM lake.terms WHERE list = ? AND term != '' ORDER BY ALL", [name]
    ).fetchall()
    return [Term(*row) for row in rows]


def read(place: Path, name: str, reason: str) -> list[Term]:
    """Reads a file of terms: one on each line (`#` begins a remark), or CSV with `term`, `reason`.

    `reason` is that of lines without one. Raises `UsageError` naming the lines at fault, and
    never what stands in them.
    """
    try:
        text = place.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "the file of terms cannot be read",
            where=f"{place}: {type(error).__name__}",
            todo="name a file in UTF-8",
            undone=_UNDONE,
        ) from None
    rows = list(_csv(text, place) if place.suffix.lower() == ".csv" else _plain(text))
    made = [(line, Term(_normal(term, name), why or reason)) for line, term, why in rows if term]
    faults = [f"line {line}: {fault}" for line, one in made if (fault := _fault(one, name))]
    if faults:
        more = f" (and {len(faults) - 5} more)" if len(faults) > 5 else ""
        raise UsageError(
            f"terms not understood: {'; '.join(faults[:5])}{more}",
            where=str(place), todo="mend these lines", undone=_UNDONE,
        )  # fmt: skip
    if not made:
        raise UsageError("the file holds no term", where=str(place), undone=_UNDONE)
    return [one for _, one in made]


def _plain(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.lstrip().startswith("#"):
            yield number, line.strip(), ""


def _csv(text: str, place: Path) -> Iterator[tuple[int, str, str]]:
    reader = csv.DictReader(text.splitlines())
    if "term" not in (reader.fieldnames or ()):
        raise UsageError("a CSV of terms needs a column `term`", where=str(place), undone=_UNDONE)
    for row in reader:
        yield reader.line_num, (row["term"] or "").strip(), (row.get("reason") or "").strip()


def _normal(term: str, name: str) -> str:
    return term.lower().replace("’", "'") if name == PASS else term


def _fault(one: Term, name: str) -> str:
    if len(one.term) > LONGEST:
        return f"longer than {LONGEST} characters"
    if name == PASS:
        if not regex.fullmatch(r"\p{L}+(?:'\p{L}+)*", one.term):
            return "what is let pass is one word of letters"
        return "" if one.reason else "what is let pass needs a reason (--reason, or a column)"
    letters = bare(one.term)
    if len(letters) < 2 or (set("*?") & set(one.term) and len(letters) < 3):
        return "too short: two letters or digits at the least, three beside a wildcard"
    return ""


def add(connection: duckdb.DuckDBPyConnection, name: str, terms: Sequence[Term], now: int) -> int:
    """Adds terms that are not on the list yet; how many these were."""
    known = {one.term for one in listed(connection, name)}
    fresh = {one.term: one.reason for one in terms if one.term not in known}
    rows = [(name, term, why, now) for term, why in sorted(fresh.items())]
    if rows:
        names = ["list", "term", "reason", "added_at"]
        connection.register("added", pl.DataFrame(rows, schema=names, orient="row").to_arrow())
        connection.execute("INSERT INTO lake.terms SELECT * FROM added")
        connection.unregister("added")
    return len(rows)


def remove(connection: duckdb.DuckDBPyConnection, name: str, terms: Sequence[Term]) -> int:
    """Takes terms off a list; how many stood there. Raises where none did."""
    known = {one.term for one in listed(connection, name)}
    gone = sorted(known & {one.term for one in terms})
    if not gone:
        raise TacendaError("none of these terms is on the list", undone="nothing was changed")
    connection.execute(
        "DELETE FROM lake.terms WHERE list = ? AND term IN (SELECT unnest(?::VARCHAR[]))",
        [name, gone],
    )
    return len(gone)
