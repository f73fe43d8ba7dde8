"""The table of actions, and its digest."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import policy
from privacy.findings import KINDS, Finding, counts, merged, most_severe
from privacy.policy import ACTIONS, Policy, default_policy, looser, placeholder

ACTIONS_BY_KIND = st.dictionaries(st.sampled_from(KINDS), st.sampled_from(ACTIONS))


@pytest.mark.parametrize(
    ("kind", "action"),
    [("PERSON", "placeholder"), ("PRIVATE_KEY", "drop_segment"), ("NEVER_SEEN", "placeholder")],
)
def test_default_policy(kind: str, action: str) -> None:
    assert default_policy().action(kind) == action


def test_the_default_policy_keeps_nothing() -> None:
    assert "keep" not in {default_policy().action(kind) for kind in KINDS}


@pytest.mark.parametrize(
    "actions", [(("PERSON", "mask"),), (("PERSON", "keep"), ("PERSON", "placeholder"))]
)
def test_a_wrong_policy_is_an_error(actions: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(ValueError):
        Policy(actions)


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        default_policy().actions = ()  # type: ignore[misc]


@given(ACTIONS_BY_KIND, st.randoms(use_true_random=False))
def test_the_digest_does_not_depend_on_order(table: dict[str, str], random: object) -> None:
    pairs = list(table.items())
    shuffled = pairs[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Policy(tuple(pairs)).digest == Policy(tuple(shuffled)).digest


@given(ACTIONS_BY_KIND, ACTIONS_BY_KIND)
def test_the_digest_tells_policies_apart(one: dict[str, str], other: dict[str, str]) -> None:
    same = Policy(tuple(one.items())).digest == Policy(tuple(other.items())).digest
    assert same == (one == other)


def test_the_digest_covers_the_placeholders(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Policy(()).digest
    monkeypatch.setattr(policy, "PLACEHOLDERS", {**policy.PLACEHOLDERS, "PERSON": "<NAME>"})
    assert Policy(()).digest != before


def test_an_unknown_kind_has_a_placeholder() -> None:
    assert placeholder("NEVER_SEEN") in policy.ALL_PLACEHOLDERS


def test_counts_by_kind_in_alphabetical_order() -> None:
    found = [Finding(0, 1, kind, 0.5, "t") for kind in ("URL", "EMAIL", "URL")]
    assert list(counts(found).items()) == [("EMAIL", 1), ("URL", 2)]


@pytest.mark.parametrize(
    ("kinds", "first"),
    [(["PERSON", "PASSWORD"], "PASSWORD"), (["NUMBER", "DATE"], "DATE"), (["URL", "NEW"], "NEW")],
)
def test_most_severe(kinds: list[str], first: str) -> None:
    assert most_severe(kinds) == first


SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 10), st.sampled_from(KINDS)).map(
        lambda span: (span[0], span[0] + span[1], span[2])
    )
)


@given(SPANS)
def test_merged_spans_cover_the_same_and_are_apart(spans: list[tuple[int, int, str]]) -> None:
    result = list(merged(spans))
    covered = {place for start, end, _ in spans for place in range(start, end)}
    assert {place for start, end, _ in result for place in range(start, end)} == covered
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(result))
    for start, end, kind in result:
        assert kind == most_severe(k for s, e, k in spans if s < end and e > start)


def test_what_is_looser_is_told_kind_by_kind() -> None:
    strict = Policy((("DATE", "drop_segment"), ("PRIVATE_KEY", "drop_segment")))
    loose = Policy((("ORG", "keep"), ("PRIVATE_KEY", "placeholder")))
    assert looser(strict, default_policy()) == ()
    assert looser(default_policy(), strict) == ("DATE",)
    assert looser(loose, default_policy()) == ("ORG", "PRIVATE_KEY")
