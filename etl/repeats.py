"""Texts that are the same, or nearly, over and over: capped, and each kept to one split.

What is left is drawn by keyed ranks. Over everybody a cap keeps what ranks within a power of two,
the widest that holds few enough rows: so somebody who leaves seldom brings others' rows in.
"""

from __future__ import annotations

import duckdb
import polars as pl

from etl.recipe import Recipe
from privacy import pseudonyms

NOTES = (
    "repeats of one person, above the cap",
    "repeats of everybody, above the cap",
    "repeats that stand in another split",
)

_NEAR = (
    r"trim(regexp_replace(lower(regexp_replace(text, '<[A-Z]+>', ' ', 'g')), "
    r"'[^\p{L}]+', ' ', 'g'))"
)
"""What nearly equal texts have in common: their words in order, whatever their case, their
punctuation, their numbers and what was taken out of them."""

_REPEATED = f"""
WITH clustered AS (
    SELECT id, user_id, md5_number({_NEAR}) AS cluster,
        ('0x' || sha256($key || id)[:15])::BIGINT AS draw FROM "{{ready}}"
), placed AS (
    SELECT c.*, split, row_number() OVER (PARTITION BY cluster, user_id ORDER BY draw, id) AS place
    FROM clustered c JOIN split_of USING (user_id)
), own AS (
    FROM placed WHERE place <= $per_person
), chosen AS (
    SELECT cluster, arg_min(split, sha256($key || cluster || split)) AS split FROM own GROUP BY 1
), inside AS (
    SELECT own.*, floor(-log2(((draw >> 12) + 1) / 2.0 ** 48)) AS level
    FROM own JOIN chosen USING (cluster, split)
), steps AS (
    SELECT cluster, level, sum(count(*)) OVER (PARTITION BY cluster ORDER BY level DESC) AS n
    FROM inside GROUP BY cluster, level
), least AS (
    SELECT cluster, min(level) AS least FROM steps WHERE n <= $overall GROUP BY cluster
), kept AS (
    SELECT inside.id FROM inside JOIN least USING (cluster) WHERE level >= least
)
SELECT DISTINCT id, CASE WHEN place > $per_person THEN 0 WHEN id IN (SELECT id FROM inside) THEN 1
    ELSE 2 END AS why
FROM placed WHERE id NOT IN (SELECT id FROM kept)
"""


def capped(
    store: duckdb.DuckDBPyConnection, recipe: Recipe, key: bytes, ready: str
) -> dict[str, int]:
    """Makes the table `repeated` in `scratch` of the rows that are too many; counts by reason."""
    name = f'scratch."repeated {recipe.name}"'
    people = [row[0] for row in store.execute(
        f'SELECT DISTINCT user_id FROM "{ready}" ORDER BY 1').fetchall()]  # fmt: skip
    split = recipe.split
    made = pseudonyms.splits(key, people, split.shares(), split.from_people, recipe.k)
    rows = [(user, one) for one, users in made.items() for user in users]
    names = {"user_id": pl.String, "split": pl.String}
    store.register("split_of", pl.DataFrame(rows, schema=names, orient="row").to_arrow())
    store.execute(
        f"CREATE OR REPLACE TABLE {name} AS {_REPEATED.replace('{ready}', ready)}",
        {
            "key": pseudonyms.derive(key, "repeats").hex(),
            "per_person": recipe.repeats.per_person,
            "overall": recipe.repeats.overall,
        },
    )
    store.unregister("split_of")
    found = store.execute(f"SELECT why, count(*) FROM {name} GROUP BY 1").fetchall()
    counts = dict(found)
    return {note: int(counts.get(place, 0)) for place, note in enumerate(NOTES)}
