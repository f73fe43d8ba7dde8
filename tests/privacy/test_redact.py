"""Findings in, placeholders out: widened, joined, and never a piece of what was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.findings import KINDS, Finding
from privacy.policy import ALL_PLACEHOLDERS, Policy, default_policy
from privacy.redact import redact

POLICY = default_policy()


def at(start: int, end: int, kind: str = "PERSON") -> Finding:
    return Finding(start, end, kind, 0.9, "test")


CASES: list[tuple[str, str, list[Finding], str | None]] = [
    ("nothing found", "a b c", [], "a b c"),
    ("one word", "I am Ann today", [at(5, 8)], "I am <PERSON> today"),
    ("widened to the whole word", "I am Ann-Marie!", [at(5, 8)], "I am <PERSON>"),
    ("several words", "I am Ann Lee.", [at(5, 12)], "I am <PERSON>"),
    ("from the middle of a word", "xxannxx y", [at(2, 5)], "<PERSON> y"),
    ("white space at the edges", "I am Ann ok", [at(4, 9)], "I am <PERSON> ok"),
    ("only white space", "a  b", [at(1, 3)], "a  b"),
    ("empty", "a b", [at(2, 2)], "a b"),
    ("beyond the end", "Ann", [at(0, 99)], "<PERSON>"),
    ("overlapping", "a@b.c d", [at(0, 5, "EMAIL"), at(2, 5, "URL")], "<EMAIL> d"),
    ("overlapping once widened", "Ann-Bob c", [at(0, 3), at(4, 7, "PLACE")], "<PERSON> c"),
    ("chain of overlaps", "a b c d", [at(0, 3, "ORG"), at(2, 5), at(4, 7, "URL")], "<PERSON>"),
    ("neighbours stay apart", "Ann Bob", [at(0, 3), at(4, 7)], "<PERSON> <PERSON>"),
    ("in any order", "Ann x Bob", [at(6, 9), at(0, 3)], "<PERSON> x <PERSON>"),
    ("over lines", "12 Elm\nRoad x", [at(0, 11, "ADDRESS")], "<ADDRESS> x"),
    ("unknown kind", "x 99", [at(2, 4, "NEW")], "x <ID>"),
    ("a private key drops all", "Ann KEY", [at(0, 3), at(4, 7, "PRIVATE_KEY")], None),
    ("beyond the first plane", "🙂🙂 Ann 🙂", [at(3, 6)], "🙂🙂 <PERSON> 🙂"),
]


@pytest.mark.parametrize(
    ("text", "findings", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_redact(text: str, findings: list[Finding], expected: str | None) -> None:
    assert redact(text, findings, POLICY) == expected


def test_a_policy_may_keep_a_kind() -> None:
    keep = Policy((("DATE", "keep"),))
    assert (
        redact("on 1.2.2024 Ann", [at(3, 11, "DATE"), at(12, 15)], keep) == "on 1.2.2024 <PERSON>"
    )
    assert redact("1.2.2024", [at(0, 8, "DATE"), at(0, 4, "ID")], keep) == "<ID>"


FOUND = st.lists(
    st.builds(at, st.integers(0, 30), st.integers(0, 35), st.sampled_from(KINDS)), max_size=6
)


@given(st.text("ab \n.", max_size=30), FOUND)
def test_no_found_character_is_left(text: str, findings: list[Finding]) -> None:
    marked = list(text)
    for finding in findings:
        for place in range(finding.start, min(finding.end, len(text))):
            marked[place] = "Q" if not text[place].isspace() else text[place]
    result = redact("".join(marked), findings, Policy(()))
    assert result is not None
    bare = result
    for name in ALL_PLACEHOLDERS:
        bare = bare.replace(name, "")
    assert "Q" not in bare


@given(st.text(max_size=30), FOUND)
def test_words_without_a_finding_stay(text: str, findings: list[Finding]) -> None:
    result = redact(text, findings, Policy(()))
    assert result is not None
    if not any(f.start < min(f.end, len(text)) for f in findings):
        assert result == text
    assert set(result) <= set(text) | set("".join(ALL_PLACEHOLDERS))
