"""Repeats are capped, one split each; with sequences a row is what k people typed."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import recipe, release, repeats, sequences
from etl.recipe import Recipe
from etl.simulate import simulate
from privacy import pseudonyms
from tests.etl import histories
from tests.etl.conftest import build_all
from tests.etl.histories import History

SHIPPED = Path(__file__).parents[2] / "datasets"
KEY = b"k" * 32


def shaped(**values: object) -> Recipe:
    return recipe.load(SHIPPED / "typed-text").model_copy(update=values)


def store(rows: list[tuple[str, str]]) -> duckdb.DuckDBPyConnection:
    """A store whose view `all` has (person, text) rows."""
    made = duckdb.connect()
    made.execute("ATTACH ':memory:' AS scratch")
    seen: Counter[str] = Counter()
    named = []
    for user, text in rows:
        seen[user] += 1
        named.append((f"{user} {seen[user]}", user, text, "exact", "plain"))
    names = dict.fromkeys(("id", "user_id", "text", "kind", "part"), pl.String)
    frame = pl.DataFrame(named, schema=names, orient="row")
    made.register("frame", frame.to_arrow())
    made.execute('CREATE TABLE "all" AS FROM frame')
    return made


def kept(
    made: duckdb.DuckDBPyConnection, one: Recipe
) -> tuple[list[tuple[str, str]], dict[str, int]]:
    counts = repeats.capped(made, one, KEY, "all")
    rows = made.execute(
        'SELECT user_id, text FROM "all" WHERE id NOT IN '
        f'(SELECT id FROM scratch."repeated {one.name}") ORDER BY ALL'
    ).fetchall()
    return rows, counts


NEAR = [
    ("Thanks!", "thanks", True),
    ("see you at <NUMBER>", "See you at", True),
    ("ok, <PERSON>", "ok", True),
    ("thanks a lot", "thanks", False),
    ("schön", "schon", False),
]


@pytest.mark.parametrize(("one", "other", "same"), NEAR)
def test_what_nearly_equal_is(one: str, other: str, same: bool) -> None:
    table = recipe.RepeatsTable(per_person=1)
    rows, counts = kept(store([("ann", one), ("ann", other)]), shaped(repeats=table))
    assert len(rows) == (1 if same else 2)
    assert counts[repeats.NOTES[0]] == (1 if same else 0)


TEXTS = st.sampled_from(["thanks", "Thanks!", "ok", "on my way", "see you"])
ROWS = st.lists(st.tuples(st.integers(0, 30).map("u{}".format), TEXTS), max_size=120)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 4), st.integers(10, 40))
def test_caps_hold_and_the_sums_agree(
    rows: list[tuple[str, str]], per_person: int, overall: int
) -> None:
    one = shaped(repeats=recipe.RepeatsTable(per_person=per_person, overall=overall))
    left, counts = kept(store(rows), one)
    assert len(left) + sum(counts.values()) == len(rows)
    near = [(user, text.lower().strip("!")) for user, text in left]
    assert max(Counter(near).values(), default=0) <= per_person
    totals = Counter(text for _, text in near)
    assert max(totals.values(), default=0) <= overall
    had = Counter((user, text.lower().strip("!")) for user, text in rows)
    free = Counter(text for (_, text), n in had.items() for _ in range(min(n, per_person)))
    assert all(totals[text] == n for text, n in free.items() if n <= overall)


def test_a_leaver_seldom_brings_others_in() -> None:
    rows = [(f"u{n}", "thanks") for n in range(300)]
    one = shaped(repeats=recipe.RepeatsTable(per_person=5, overall=20))
    people = {user for user, _ in rows}
    whole = {user for user, _ in kept(store(rows), one)[0]}
    assert 5 <= len(whole) <= 20
    changed = [
        {user for user, _ in kept(store([r for r in rows if r[0] != gone]), one)[0]} - whole
        for gone in sorted(people)[:60]
    ]
    assert sum(map(bool, changed)) <= 6


def test_a_cluster_stands_in_one_split() -> None:
    users = [f"u{n}" for n in range(400)]
    one = shaped()
    rows = [(user, text) for user in users for text in ("thanks", "on my way", f"only {user}s")]
    left, counts = kept(store(rows), one)
    share = one.split
    made = pseudonyms.splits(KEY, users, share.shares(), share.from_people, one.k)
    split = {user: name for name, own in made.items() for user in own}
    assert set(split.values()) == {"train", "validation", "test"}
    where = defaultdict(set)
    for user, text in left:
        where[text].add(split[user])
    assert all(len(found) == 1 for found in where.values())
    assert counts[repeats.NOTES[2]] > 0


def test_sequences_are_the_longest_that_k_people_typed() -> None:
    shared = [(f"u{n}", "please send the report today") for n in range(10)]
    shared += [(f"u{n}", "see you at the meeting") for n in range(9)]
    own = [
        ("ann", "please send the secret recipe to me"),
        ("bob", "see you at the meeting <PERSON>"),
    ]
    made = store(shared + own)
    one = shaped(k=10)
    counts = sequences.cut(made, one, "all")
    found = Counter(
        made.execute('SELECT user_id, text, kind FROM scratch."strict typed-text"').fetchall()
    )
    assert found == Counter(
        [(f"u{n}", "please send the report today", "exact") for n in range(10)]
        + [(f"u{n}", "see you at the meeting", "exact") for n in range(9)]
        + [("ann", "please send the", "pieces"), ("bob", "see you at the meeting", "pieces")]
    )
    assert counts == {sequences.NOTE: 0}
    texts = [text for _, text, _ in found]
    assert sequences.recounted(made, "all", "x", texts, 10) == []
    assert sequences.recounted(made, "all", "x", [*texts, "secret recipe"], 10)[0].count == 1


WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 14).map("u{}".format), WORDS.map(" ".join)), max_size=60))
def test_no_sequence_of_fewer_people_leaves(rows: list[tuple[str, str]]) -> None:
    made = store(rows)
    sequences.cut(made, shaped(k=10), "all")
    found = made.execute('SELECT DISTINCT text FROM scratch."strict typed-text"').fetchall()
    for (text,) in found:
        assert len({user for user, own in rows if f" {text} " in f" {own} "}) >= 10
        assert len(text.split()) >= 2


def test_a_strict_release_is_built_and_its_rows_are_shared(tmp_path: Path) -> None:
    sim = tmp_path / "sim"
    simulate(sim, users=70, hours=0.2, seed=11)
    made = History(histories.begun(tmp_path / "p", sim / "consent"), sim, histories.pieces(sim))
    made.capture(list(made.todo))
    built = build_all(made.project, "typed-text-strict")
    assert not built.refused, [gate for gate in built.datasets[0].gates if gate.violations]
    newest = release.newest(made.project, "typed-text-strict")
    assert newest is not None
    frames = [pl.read_parquet(file) for file in sorted((newest / "dataset" / "data").iterdir())]
    texts = pl.concat(frames)["text"]
    assert texts.len() > 0 and texts.n_unique() < texts.len()
    again = build_all(made.project, "typed-text-strict")
    assert [one.verdict for one in again.datasets] == ["unchanged"]
    rules = recipe.chosen(made.project.recipes, (), made.project.releases)
    assert "typed-text-strict" in {one.name for one in rules}, "a leaver would stay in it"


def test_an_optional_recipe_is_built_where_it_is_named_or_was_built(tmp_path: Path) -> None:
    names = [one.name for one in recipe.chosen(SHIPPED, (), tmp_path)]
    assert names == ["desktop-actions", "pointer-snippets", "typed-text"]
    (tmp_path / "typed-text-strict").mkdir()
    assert len(recipe.chosen(SHIPPED, (), tmp_path)) == 4
    assert [one.name for one in recipe.chosen(SHIPPED, ["typed-text-strict"])] == [
        "typed-text-strict"
    ]
