"""Rows of people -> shards over groups of them: admitted, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from etl import quota, repeats, scratch, sequences, shards
from etl.recipe import Recipe
from privacy import multilingual, pseudonyms
from transforms import crowd, pointer

PARTS = PLAIN, SHARED, ALL = "plain", "shared", "all"
"""Which rows a shard holds: those that depend on nobody else, those with a word that k people must
share, or both, where the people behind one of these would be too few."""

_CONSONANTS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
_PEOPLE = 50  # whose texts are admitted at a time


@dataclass(frozen=True)
class Group:
    """People whose rows stand in one shard, with that shard's key.

    `members` holds a digest of each person's rows, `content` one of what becomes of them all.
    """

    split: str
    part: str
    members: Mapping[str, str]
    content: str
    key: bytes

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(sorted(self.members))

    @property
    def file(self) -> str:
        """The shard's name, of its key alone: it tells nothing.

        Of consonants, so that it never looks like somebody's number or name.
        """
        digest = pseudonyms.derive(self.key, "file").hex()[:12]
        return f"data/{self.split}-{digest.translate(_CONSONANTS)}.parquet"


def whole(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of which none depends on what others typed."""
    return rows.with_columns(pl.lit(PLAIN).alias("part"))


def parted(rows: pl.DataFrame, uses: pl.Series, recipe: Recipe) -> pl.DataFrame:
    """Texts by whether they depend on what others typed; those that do not, as they leave.

    `uses` names, by their places, the rows with a word that k people must share.
    """
    shared = pl.int_range(pl.len()).is_in(uses.unique().implode())
    split = rows.with_columns(
        pl.when(shared).then(pl.lit(SHARED)).otherwise(pl.lit(PLAIN)).alias("part")
    )
    plain = split.filter(pl.col("part") == PLAIN)
    texts = admitted(plain, allow_lists(recipe, ()))
    left = plain.with_columns(texts.alias("text")).filter(_worded(pl.col("text")))
    return pl.concat([left, split.filter(pl.col("part") == SHARED)])


def allowed_words(
    store: duckdb.DuckDBPyConnection, recipe: Recipe, passing: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """The words, beyond the common ones, that enough people typed on enough days; sorted.

    Those that a reviewer lets pass are among them where somebody typed them.
    """
    if not scratch.has(store, "store", f"words {recipe.name}"):
        return ()
    found = store.execute(
        f'SELECT token FROM store."words {recipe.name}" GROUP BY token '
        "HAVING (count(DISTINCT user_id) >= ? AND count(DISTINCT day) >= ?) "
        "OR token IN (SELECT unnest(?::VARCHAR[])) ORDER BY token",
        [recipe.vocabulary.people, recipe.vocabulary.days, sorted(passing)],
    ).fetchall()
    return tuple(row[0] for row in found)


def allow_lists(recipe: Recipe, shared: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Every word that may stand in a text, by its language."""
    return multilingual.allow_lists(recipe.vocabulary.languages, shared)


def allowed_in(recipe: Recipe, part: str, shared: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Every word that may stand in a shard of such rows, by the language of each."""
    return allow_lists(recipe, () if part == PLAIN else shared)


def prepare(
    store: duckdb.DuckDBPyConnection, recipe: Recipe, shared: Sequence[str], key: bytes
) -> dict[str, int]:
    """Makes the view `ready` of rows that may be drawn: of texts those with a word left, admitted.

    Groups are made of the people in it, so that none of them counts for rows that cannot leave.
    Returns counts of what was taken out of texts' rows, by reason.
    """
    name = recipe.name
    store.execute(f'DROP VIEW IF EXISTS temp."ready {name}"')
    if not scratch.has(store, "store", f"rows {name}"):
        return {}
    store.execute(
        f'CREATE OR REPLACE TABLE scratch."shared {name}" AS FROM store."rows {name}" LIMIT 0'
    )
    people = _people(store, name)
    for start in range(0, len(people), _PEOPLE):
        rows = store.execute(
            f"SELECT * FROM store.\"rows {name}\" WHERE part = '{SHARED}' "
            "AND user_id IN (SELECT unnest(?::VARCHAR[]))",
            [people[start : start + _PEOPLE]],
        ).pl()
        scratch.append(store, "scratch", f"shared {name}", final(rows, recipe, shared))
    store.execute(
        f'CREATE OR REPLACE TEMP VIEW "{admitted_view(recipe)}" AS SELECT * FROM '
        f"store.\"rows {name}\" WHERE part = '{PLAIN}' "
        f'UNION ALL BY NAME SELECT * FROM scratch."shared {name}"'
    )
    return _ready(store, recipe, key)


def admitted_view(recipe: Recipe) -> str:
    """The view of all rows whose words may leave, before repeats are capped."""
    return f"admitted {recipe.name}"


def _ready(store: duckdb.DuckDBPyConnection, recipe: Recipe, key: bytes) -> dict[str, int]:
    name, source = recipe.name, admitted_view(recipe)
    notes: dict[str, int] = {}
    if recipe.transform == "typed_text":
        if recipe.vocabulary.sequences:
            notes |= sequences.cut(store, recipe, source)
            source = f"cut {name}"
            store.execute(f'CREATE OR REPLACE TEMP VIEW "{source}" AS FROM scratch."strict {name}"')
        notes |= repeats.capped(store, recipe, key, source)
        only = f' WHERE id NOT IN (SELECT id FROM scratch."repeated {name}")'
    else:
        only = ""
    store.execute(f'CREATE TEMP VIEW "ready {name}" AS SELECT * FROM "{source}"{only}')
    return notes


def final(rows: pl.DataFrame, recipe: Recipe, shared: Sequence[str]) -> pl.DataFrame:
    """Rows as they may leave: of texts those with a word left, admitted."""
    if recipe.transform != "typed_text":
        return rows
    texts = admitted(rows, allow_lists(recipe, shared))
    return rows.with_columns(texts.alias("text")).filter(_worded(pl.col("text")))


def _people(store: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    found = store.execute(
        f"SELECT DISTINCT user_id FROM store.\"rows {name}\" WHERE part = '{SHARED}' ORDER BY 1"
    )
    return [row[0] for row in found.fetchall()]


def groups(store: duckdb.DuckDBPyConnection, recipe: Recipe, key: bytes) -> list[Group]:
    """The groups of everyone who has rows in the dataset, by split and by name of their shard."""
    digests = _digests(store, recipe)
    people = sorted({user for user, _ in digests})
    if not people:
        return []
    split = recipe.split
    made = [
        _group(name, part, members, digests, recipe, key)
        for name, users in pseudonyms.splits(
            key, people, split.shares(), split.from_people, recipe.k
        ).items()
        for part, own in _parts(users, digests, recipe.k)
        for members in pseudonyms.groups(key, own, recipe.k)
    ]
    return sorted(made, key=lambda group: group.file)


Digests = dict[tuple[str, str], tuple[str, str]]


def _digests(store: duckdb.DuckDBPyConnection, recipe: Recipe) -> Digests:
    """(person, part) -> digests of their rows as they were made, and as they would leave."""
    name = recipe.name
    if not store.execute(
        "SELECT 1 FROM duckdb_views() WHERE view_name = ?", [f"ready {name}"]
    ).fetchone():
        return {}
    text = "text" if recipe.transform == "typed_text" else "''"
    found = store.execute(
        "SELECT user_id, part, sha256(string_agg(id, '' ORDER BY id)), "
        f"sha256(string_agg(id || {text}, chr(0) ORDER BY id)) "
        f'FROM "ready {name}" GROUP BY ALL'
    ).fetchall()
    return {(user, part): (made, leaves) for user, part, made, leaves in found}


def _parts(users: Sequence[str], digests: Digests, k: int) -> list[tuple[str, tuple[str, ...]]]:
    """A split's people by part; all together where a part has fewer than k of them."""
    parts = [
        (part, tuple(user for user in users if (user, part) in digests))
        for part in (PLAIN, SHARED)
    ]  # fmt: skip
    there = [(part, own) for part, own in parts if own]
    if len(there) == 2 and min(len(own) for _, own in there) < k:
        return [(ALL, tuple(users))]
    return there


def _group(
    split: str, part: str, members: Sequence[str], digests: Digests, recipe: Recipe, key: bytes
) -> Group:
    parts = (PLAIN, SHARED) if part == ALL else (part,)
    made = {user: [digests.get((user, p), ("", "")) for p in parts] for user in members}
    rows = {user: "+".join(raw for raw, _ in own) for user, own in made.items()}
    leaves = "".join(sorted(text for own in made.values() for _, text in own))
    shard_key = pseudonyms.members_key(key, f"{recipe.name}\0{part}", rows)
    return Group(split, part, rows, leaves, shard_key)


def rows_of(
    store: duckdb.DuckDBPyConnection, recipe: Recipe, group: Group
) -> tuple[pl.DataFrame, int]:
    """A group's rows as they are released, in their keyed order; and how many stood alone."""
    rows = candidates(store, recipe, group)
    return released(rows, recipe, group.key)


def released(rows: pl.DataFrame, recipe: Recipe, key: bytes) -> tuple[pl.DataFrame, int]:
    """As `rows_of`, of a group's rows before any is drawn.

    Drawn first, and then compared with one another: a row that stands only because somebody else
    is there does not vanish for certain when they leave, for all are drawn anew then.
    """
    drawn = shards.drawn(rows, key, recipe.sample, recipe.common, recipe.per_person)
    if recipe.like == 1 or recipe.transform == "typed_text":
        return drawn, 0
    left = shards.leveled(crowded(drawn, recipe), key)
    return left, drawn.height - left.height


def candidates(store: duckdb.DuckDBPyConnection, recipe: Recipe, group: Group) -> pl.DataFrame:
    """A group's rows before any is drawn; of snippets only applications that nearly all use."""
    rows = store.execute(
        f'SELECT * FROM "ready {recipe.name}" WHERE user_id IN (SELECT unnest($people::VARCHAR[])) '
        # Ordered, though `drawn` orders again: DuckDB 1.5.5 may wait for ever for a bare union.
        "AND ($part = 'all' OR part = $part) ORDER BY id",
        {"people": list(group.people), "part": group.part},
    ).pl()
    return (quota.known(rows) if recipe.transform == "pointer" else rows).drop("part")


def crowded(rows: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """A group's rows told of no more than the recipe's `like` people made the like of.

    None where fewer than k people have such a row: they would not hide one another.
    """
    if recipe.transform == "pointer":
        told = crowd.common(rows, crowd.snippets(recipe.pointer.max_points), recipe.like)
        told = told.filter(pointer.telling())
    else:
        told = crowd.common(rows, crowd.sequences(recipe.actions.max_actions), recipe.like)
    return told if told["user_id"].n_unique() >= recipe.k else told.clear()


def admitted(rows: pl.DataFrame, lists: Mapping[str, frozenset[str]]) -> pl.Series:
    """Texts as they leave: every word allowed in its language, without white space at the ends."""
    return multilingual.admit_each(rows["text"], rows["language"], lists).str.strip_chars()


def _worded(text: pl.Expr) -> pl.Expr:
    """Whether a text holds a letter besides its placeholders."""
    return text.str.replace_all(r"<[A-Z]+>", "").str.contains(r"\p{L}")
