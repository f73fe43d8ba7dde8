"""Patterns and intervals, by tables and properties."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy import windows
from privacy.registry import Exclusion
from tests.privacy import oracle

PATTERNS = [
    ("app", "vault", "VAULT", True),
    ("app", "vault", "vault ", False),
    ("app", "vault", "my vault", False),
    ("app", "v?ult", "vault", True),
    ("app", "v?ult", "vult", False),
    ("app", "*", "", True),
    ("app", "*", None, False),
    ("title", "*b.c*", "a b.c d", True),
    ("title", "*b.c*", "a bxc d", False),
    ("title", "[a-z]+", "abc", False),
    ("title", "(1) *", "(1) inbox\nsecond line", True),
    ("title", "STRASSE", "straße", True),
    ("title", "caf\u00e9", "CAFE\u0301", True),
    ("title", "a*b*c", "a-c-b-c", True),
    ("title", "a*b*c", "a-c-b-", False),
    ("url", "vault.example", "https://vault.example/a/b?c#d", True),
    ("url", "vault.example", "https://u:p@VAULT.example:8443", True),
    ("url", "vault.example", "vault.example/login", True),
    ("url", "vault.example", "vault.example/login?next=https://elsewhere/", True),
    ("url", "vault.example", "view-source:https://vault.example/login", True),
    ("url", "vault.example", "//vault.example/login", True),
    ("url", "vault.example", "https://elsewhere/?u=https://vault.example", False),
    ("url", "vault.example", "https://my-vault.example/", False),
    ("url", "*.example", "https://vault.example/", True),
    ("url", "vault.example/pay/*", "https://vault.example/pay/1", True),
    ("url", "vault.example/pay/*", "https://vault.example/pa", False),
    ("url", "https://vault.example/*", "https://vault.example/pay", True),
    ("url", "*", None, False),
]


@pytest.mark.parametrize(("column", "pattern", "value", "fits"), PATTERNS)
def test_patterns_are_whole_values_folded_with_two_wildcards(
    column: str, pattern: str, value: str | None, fits: bool
) -> None:
    place: dict[str, Any] = {column: value}
    row = Exclusion(**{column: pattern})
    assert windows.matches(windows.compiled([row])[0], windows.Focus(0, **place)) == fits


def test_every_pattern_of_a_row_must_fit() -> None:
    rule = windows.compiled([Exclusion(app="a", title="t")])[0]
    assert windows.matches(rule, windows.Focus(0, app="a", title="t"))
    assert not windows.matches(rule, windows.Focus(0, app="a", title="u"))
    assert not windows.matches(rule, windows.Focus(0, app="b", title="t"))
    assert not windows.matches(rule, windows.Focus(0, title="t"))


SPANS = st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 9)), max_size=12).map(
    lambda pairs: [(start, start + length) for start, length in pairs]
)


@given(SPANS)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_union_covers_the_same_and_its_spans_neither_touch_nor_overlap(
    spans: list[tuple[int, int]],
) -> None:
    joined = windows.union(spans)
    covered = {t for start, end in spans for t in range(start, end)}
    assert {t for start, end in joined for t in range(start, end)} == covered
    assert all(start < end for start, end in joined)
    assert all(one[1] < two[0] for one, two in pairwise(joined))
    assert windows.union(reversed(spans)) == windows.union(joined) == joined


@given(st.text("aB*?.é\n", max_size=8), st.text("abB.é\n", max_size=8))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_patterns_agree_with_the_second_implementation(pattern: str, value: str) -> None:
    rule = windows.compiled([Exclusion(title=pattern)])[0]
    assert windows.matches(rule, windows.Focus(0, title=value)) == oracle.like(pattern, value)
