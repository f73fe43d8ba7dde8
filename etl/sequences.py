"""The strict reading of k: a row leaves only as sequences of words that k people typed.

A text is cut, from its start, into the longest sequences that at least k people typed; each leaves
as a row of its own, so that nothing tells which stood together, and what no k people share is left
out. Words are compared and released in lower case, without punctuation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import duckdb
import polars as pl

from etl import scratch
from etl.recipe import Recipe
from privacy.gates import Violation

LONGEST = 16  # words
SHORTEST = 2
NOTE = "texts of which no two words in a row were shared"

_WORDS = r"regexp_extract_all(lower(text), '<[a-z]+>|[\p{L}]+(?:[''’-][\p{L}]+)*')"
_BATCH = 20_000


def cut(store: duckdb.DuckDBPyConnection, recipe: Recipe, ready: str) -> dict[str, int]:
    """Makes the table `strict` in `scratch` of a view's texts, cut; how many left nothing."""
    _tokens(store, ready)
    deepest = _grams(store, recipe.k)
    longest = " UNION ALL ".join(
        f"SELECT id, pos, {n} AS n FROM scratch.gram_{n}" for n in range(1, deepest + 1)
    )
    store.execute(
        f"CREATE OR REPLACE TABLE scratch.longest AS SELECT t.id, t.pos, token, coalesce(max(n), 0)"
        f" AS n FROM scratch.tokens t LEFT JOIN ({longest}) g ON g.id = t.id AND g.pos = t.pos "
        "GROUP BY ALL"
    )
    store.execute('CREATE OR REPLACE TABLE scratch.cuts ("id" VARCHAR, "at" BIGINT, whole BOOLEAN, '
                  'text VARCHAR)')  # fmt: skip
    for frame in _cuts(store):
        scratch.append(store, "scratch", "cuts", frame)
    store.execute(
        f'CREATE OR REPLACE TABLE scratch."strict {recipe.name}" AS SELECT r.* REPLACE '
        "(c.text AS text, r.id || '-' || c.\"at\" AS id, 'shared' AS part, "
        "CASE WHEN whole THEN kind ELSE 'pieces' END AS kind) "
        f'FROM "{ready}" r JOIN scratch.cuts c ON r.id = c.id ORDER BY ALL'
    )
    row = store.execute(
        f'SELECT count(*) FROM "{ready}" WHERE id NOT IN (SELECT id FROM scratch.cuts)'
    ).fetchone()
    for table in ("tokens", "longest", "cuts", *(f"gram_{n}" for n in range(1, deepest + 1))):
        store.execute(f"DROP TABLE scratch.{table}")
    return {NOTE: int(row[0]) if row else 0}


def _tokens(store: duckdb.DuckDBPyConnection, ready: str) -> None:
    store.execute(
        f"CREATE OR REPLACE TABLE scratch.tokens AS SELECT id, user_id, unnest({_WORDS}) AS token, "
        f"generate_subscripts({_WORDS}, 1) AS pos FROM (SELECT DISTINCT id, user_id, text FROM "
        f'"{ready}")'
    )


def _grams(store: duckdb.DuckDBPyConnection, k: int) -> int:
    """Tables `gram_n` of each place where a sequence of n words begins that k people typed."""
    step = "SELECT id, pos, user_id, token AS gram FROM scratch.tokens"
    for n in range(1, LONGEST + 1):
        store.execute(f"CREATE OR REPLACE TABLE scratch.candidates AS {step}")
        store.execute(
            f"CREATE OR REPLACE TABLE scratch.gram_{n} AS FROM scratch.candidates WHERE gram IN "
            "(SELECT gram FROM scratch.candidates GROUP BY gram "
            f"HAVING count(DISTINCT user_id) >= {k})"
        )
        store.execute("DROP TABLE scratch.candidates")
        row = store.execute(f"SELECT count(*) FROM scratch.gram_{n}").fetchone()
        if not row or not row[0]:
            return n
        step = (
            f"SELECT a.id, a.pos, a.user_id, a.gram || ' ' || t.token AS gram "
            f"FROM scratch.gram_{n} a JOIN scratch.gram_{n} b ON b.id = a.id AND b.pos = a.pos + 1 "
            f"JOIN scratch.tokens t ON t.id = a.id AND t.pos = a.pos + {n}"
        )
    return LONGEST


def _cuts(store: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    reader = store.cursor().execute(
        "SELECT id, list(token ORDER BY pos) AS tokens, list(n ORDER BY pos) AS n "
        "FROM scratch.longest GROUP BY id ORDER BY id"
    )
    while rows := reader.fetchmany(_BATCH):
        made = [
            (row, at, size == len(tokens), " ".join(map(_shown, tokens[at : at + size])))
            for row, tokens, n in rows
            for at, size in _runs(tokens, n)
        ]
        names = {"id": pl.String, "at": pl.Int64, "whole": pl.Boolean, "text": pl.String}
        yield pl.DataFrame(made, schema=names, orient="row")


def _runs(tokens: Sequence[str], longest: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(place, length) of sequences from the left, each the longest there, of two words or more."""
    at = 0
    while at < len(tokens):
        size = max(1, longest[at])
        words = sum(not token.startswith("<") for token in tokens[at : at + size])
        if longest[at] and words >= SHORTEST:
            yield at, size
        at += size


def _shown(token: str) -> str:
    return token.upper() if token.startswith("<") else token


def recounted(
    store: duckdb.DuckDBPyConnection, ready: str, where: str, texts: Iterable[str], k: int
) -> list[Violation]:
    """Whether at least k people typed each text; counted from their texts as wholes, by search."""
    wanted = sorted({f" {text.lower()} " for text in texts})
    found: Counter[str] = Counter()
    people = store.execute(f'SELECT DISTINCT user_id FROM "{ready}" ORDER BY 1').fetchall()
    for (user,) in people if wanted else ():
        row = store.execute(
            "SELECT string_agg(' ' || array_to_string(" + _WORDS + ", ' ') || ' ', chr(10)) "
            f'FROM "{ready}" WHERE user_id = ?', [user],
        ).fetchone()  # fmt: skip
        hits = pl.Series([row[0] if row else ""]).str.extract_many(wanted, overlapping=True)
        found.update(set(hits.explode().drop_nulls()))
    few = sum(found[text] < k for text in wanted)
    return [Violation(where, few, f"texts that fewer than {k} people typed")] if few else []
