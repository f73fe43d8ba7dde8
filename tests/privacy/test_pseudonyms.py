"""Keyed names: groups, splits and ranks that tell nothing and move as little as they can."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.pseudonyms import (
    derive,
    groups,
    members_key,
    normal_id,
    person_token,
    row_rank,
    splits,
)

KEY, OTHER = b"k" * 32, b"o" * 32
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
EVEN = {"train": 0.4, "validation": 0.3, "test": 0.3}

keys = st.binary(min_size=16, max_size=32)
crowds = st.integers(0, 160).map(lambda n: [f"person-{number}" for number in range(n)])
some = st.integers(1, 15)


@given(keys, crowds, some)
def test_everyone_is_in_exactly_one_group(key: bytes, users: list[str], k: int) -> None:
    found = [user for group in groups(key, users, k) for user in group]
    assert sorted(found) == sorted(users)


@given(keys, crowds, some)
def test_groups_have_k_people_where_there_are_as_many(key: bytes, users: list[str], k: int) -> None:
    sizes = [len(group) for group in groups(key, users, k)]
    if len(users) >= k:
        assert min(sizes) >= k
    else:
        assert sizes == ([len(users)] if users else [])


@given(keys, crowds, some, st.randoms(use_true_random=False))
def test_the_order_of_people_does_not_matter(
    key: bytes, users: list[str], k: int, rnd: object
) -> None:
    shuffled = list(users)
    rnd.shuffle(shuffled)  # type: ignore[attr-defined]
    assert groups(key, shuffled, k) == groups(key, users, k)


@given(keys, crowds.filter(bool), some, st.data())
def test_a_leaver_changes_their_own_group_and_at_most_its_siblings(
    key: bytes, users: list[str], k: int, data: st.DataObject
) -> None:
    """Every group that is new holds someone of the leaver's, or is joined from one branch."""
    gone = data.draw(st.sampled_from(users))
    before = groups(key, users, k)
    after = groups(key, [user for user in users if user != gone], k)
    old, new = set(before) - set(after), set(after) - set(before)
    own = next(group for group in before if gone in group)
    assert own in old
    assert len(new) <= 1
    left = {user for group in old for user in group} - {gone}
    assert {user for group in new for user in group} == left
    if len(old) > 1:
        assert len(own) == k


def test_groups_differ_with_the_key() -> None:
    users = [f"person-{number}" for number in range(60)]
    assert groups(KEY, users, 10) != groups(OTHER, users, 10)
    assert len(groups(KEY, users, 10)) > 1


@given(keys, st.integers(0, 80), st.integers(0, 60))
def test_below_so_many_people_all_are_train(key: bytes, n: int, more: int) -> None:
    users = [f"person-{number}" for number in range(n)]
    expected = {"train": tuple(sorted(users))}
    assert splits(key, users, EVEN, n + 1 + more, 1) == expected


@settings(max_examples=40)
@given(keys, st.integers(30, 150), st.integers(1, 12))
def test_each_split_has_k_people_or_there_is_one_split(key: bytes, n: int, k: int) -> None:
    users = [f"person-{number}" for number in range(n)]
    found = splits(key, users, SHARES, 30, k)
    assert sorted(user for members in found.values() for user in members) == sorted(users)
    assert set(found) in ({"train"}, set(SHARES))
    if len(found) > 1:
        assert min(len(members) for members in found.values()) >= k


@settings(max_examples=40)
@given(keys, st.integers(60, 150), st.data())
def test_nobody_s_split_depends_on_who_else_is_there(
    key: bytes, n: int, data: st.DataObject
) -> None:
    users = [f"person-{number}" for number in range(n)]
    gone = set(data.draw(st.lists(st.sampled_from(users), max_size=10)))
    before = splits(key, users, EVEN, 40, 1)
    after = splits(key, [user for user in users if user not in gone], EVEN, 40, 1)
    if len(before) > 1 and len(after) > 1:
        kept = {
            name: tuple(u for u in members if u not in gone) for name, members in before.items()
        }
        assert after == kept


def test_shares_are_about_what_was_asked_for() -> None:
    users = [f"person-{number}" for number in range(2000)]
    found = splits(KEY, users, SHARES, 200, 10)
    for name, share in SHARES.items():
        assert abs(len(found[name]) / len(users) - share) < 0.03


@pytest.mark.parametrize(
    ("shares", "k", "names"),
    [
        (SHARES, 1, {"train", "validation", "test"}),
        (SHARES, 60, {"train"}),
        (EVEN, 60, {"train", "validation", "test"}),
    ],
)
def test_a_split_of_fewer_than_k_people_is_none(
    shares: dict[str, float], k: int, names: set[str]
) -> None:
    users = [f"person-{number}" for number in range(300)]
    assert set(splits(KEY, users, shares, 200, k)) == names


KEYED: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("a purpose", lambda key: derive(key, "order")),
    ("a person", lambda key: person_token(key, "ann@corp")),
    ("a shard", lambda key: members_key(key, "typed-text", {"ann": "1", "bob": "2"})),
    ("a row", lambda key: row_rank(key, "ann", "d1", 1, 2, "{}")),
]


@pytest.mark.parametrize(("name", "made"), KEYED, ids=[name for name, _ in KEYED])
def test_names_are_the_same_for_one_key_and_others_for_another(
    name: str, made: Callable[[bytes], bytes]
) -> None:
    assert made(KEY) == made(KEY) != made(OTHER)
    assert len(made(KEY)) == (16 if name == "a row" else 32)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (derive(KEY, "order"), derive(KEY, "split")),
        (person_token(KEY, "ann"), person_token(KEY, "anne")),
        (person_token(KEY, "ann"), derive(KEY, "ann")),
        (
            members_key(KEY, "typed-text", {"ann": "1", "bob": "2"}),
            members_key(KEY, "typed-text", {"ann": "1"}),
        ),
        (
            members_key(KEY, "typed-text", {"ann": "1"}),
            members_key(KEY, "typed-text", {"ann": "2"}),
        ),
        (
            members_key(KEY, "typed-text", {"ann": "1", "bob": "2"}),
            members_key(KEY, "typed-text", {"ann": "2", "bob": "1"}),
        ),
        (
            members_key(KEY, "typed-text", {"ann": ""}),
            members_key(KEY, "pointer-snippets", {"ann": ""}),
        ),
        (row_rank(KEY, "ann", None, 1), row_rank(KEY, "ann", "", 1)),
        (row_rank(KEY, "ann", "d", 12, 3), row_rank(KEY, "ann", "d", 1, 23)),
        (row_rank(KEY, "ann", "d", 1), row_rank(KEY, "ann", "d", 1, None)),
    ],
)
def test_what_differs_has_different_names(one: bytes, other: bytes) -> None:
    assert one != other


@given(st.permutations(["ann", "bob", "cyd", "dan"]))
def test_a_shard_s_key_is_of_the_set_of_its_people(members: Sequence[str]) -> None:
    expected = members_key(KEY, "typed-text", dict.fromkeys(["ann", "bob", "cyd", "dan"], "1"))
    assert members_key(KEY, "typed-text", dict.fromkeys(members, "1")) == expected


@given(st.text(max_size=30))
def test_a_normal_id_stays_as_it_is(text: str) -> None:
    once = normal_id(text)
    assert normal_id(once) == once


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("  Ann@Corp\n", "ann@corp"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("Rene\u0301", "ren\u00e9"),
    ],
)
def test_spellings_of_one_person_are_one(spelled: str, expected: str) -> None:
    assert normal_id(spelled) == expected
