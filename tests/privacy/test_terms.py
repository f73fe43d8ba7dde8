"""A project's own terms, wherever and however they are written."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import terms
from privacy.findings import Finding
from privacy.gates import listed
from privacy.terms import Terms

LISTED = Terms(("Blue Heron", "Müller", "acme-*", "IT", "Company", "J?hn", "Señorío"))

CASES = [
    ("the blue heron flew", ["blue heron"]),
    ("the blueherons flew", ["blueheron"]),
    ("BLUE-HERON's plan", ["BLUE-HERON"]),
    ("b l u e  h e r o n", ["b l u e  h e r o n"]),
    ("blue_heron.xlsx", ["blue_heron"]),
    ("projectBlueHeronTwo", ["BlueHeron"]),
    ("blue\nheron", ["blue\nheron"]),
    ("blueheron2", ["blueheron"]),
    ("bluebell and heronry", []),
    ("MULLER said", ["MULLER"]),
    ("muellers idea", ["mueller"]),
    ("mu\u0308ller", ["mu\u0308ller"]),
    ("müllerin", ["müller"]),
    ("see acme-4711 and ACME-X", ["acme-4711", "ACME-X"]),
    ("acme", []),
    ("it is its item", ["it", "it"]),
    ("companies accompany him", ["companies"]),
    ("john, jahn and johnny", ["john", "jahn"]),
    ("senorio del rio", ["senorio"]),
    ("ＢＬＵＥ ＨＥＲＯＮ", ["ＢＬＵＥ ＨＥＲＯＮ"]),
    ("", []),
]


def shown(text: str, given: Terms = LISTED) -> list[str]:
    found = terms.find([text], given)[0]
    assert {one.kind for one in found} <= {"TERM"}
    return [text[one.start : one.end] for one in found]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_a_term_is_found_however_it_is_written(text: str, wanted: list[str]) -> None:
    assert shown(text) == wanted


LETTERS = st.text("abcdefgh", min_size=4, max_size=8)
BETWEEN = st.sampled_from(["", " ", "-", "_", ".", "\n", "'"])


@given(
    st.lists(LETTERS, min_size=1, max_size=3), BETWEEN, st.booleans(), st.sampled_from(["", "s"])
)
def test_case_spacing_and_plural_hide_nothing(
    words: list[str], between: str, upper: bool, ending: str
) -> None:
    text = between.join(words) + ending
    text = text.upper() if upper else text
    assert terms.find([f"the {text} is"], Terms((" ".join(words),)))[0]


@given(st.lists(st.text(max_size=12), max_size=5), st.text(min_size=1, max_size=12))
def test_findings_lie_in_the_text_whatever_is_written(given_texts: list[str], term: str) -> None:
    for text, found in zip(given_texts, terms.find(given_texts, Terms((term,))), strict=True):
        assert all(0 <= one.start < one.end <= len(text) for one in found)


def test_a_word_let_pass_is_no_name_and_anything_else_still_is() -> None:
    given_terms = Terms(passing=frozenset({"jenkins"}))
    text = "Jenkins and Jenkins Miller at jenkins@corp.example"
    name = Finding(0, 7, "PERSON", 0.8, "spacy:PERSON")
    both = Finding(12, 26, "PERSON", 0.8, "spacy:PERSON")
    mail = Finding(30, 50, "EMAIL", 0.8, "x")
    assert terms.let_pass(text, [name, both, mail], given_terms) == (both, mail)
    assert terms.let_pass(text, [name], Terms()) == (name,)


def test_a_digest_depends_on_the_key_and_on_both_lists_not_on_their_order() -> None:
    one = Terms(("a1", "b2"), frozenset({"x"}))
    assert one.digest(b"k") == Terms(("b2", "a1"), frozenset({"x"})).digest(b"k")
    others = [one.digest(b"l"), Terms(("a1",), frozenset({"x"})).digest(b"k"), Terms().digest(b"k")]
    assert len({one.digest(b"k"), *others}) == 4


@pytest.mark.parametrize(
    "text", ["a blue heron", "a Blue-Heron!", "blueherons", "MÜLLER", "b l u e heron", "acme-12 x"]
)
def test_the_gate_sees_a_term_that_came_through(text: str) -> None:
    never = ("Blue Heron", "Müller", "acme-*")
    assert listed.terms("x", pl.Series(["nothing", text]), never)
    assert not listed.terms("x", pl.Series(["nothing", "bluebell", None, ""]), never)
