"""The allow-list, and the scan that does not trust it."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from privacy.policy import ALL_PLACEHOLDERS
from privacy.vocabulary import (
    PUNCTUATION,
    admit,
    common_words,
    may_pass,
    tokens,
    violations,
    words_of,
)

_WORDS = "a i the cat dog don't it and or well known hello you're café strasse"
ALLOWED = frozenset(_WORDS.split())


def admitted(text: str, allowed: frozenset[str] = ALLOWED) -> str:
    return str(admit(pl.Series([text]), allowed)[0])


CASES = [
    ("the cat", "the cat"),
    ("The CAT", "The CAT"),
    ("the qwertz", "the <WORD>"),
    ("linda and paris", "<PERSON> and <PLACE>"),
    ("Linda's cat, linda-cat", "<PERSON> cat, <PERSON>"),
    ("don't you're it's the dog's", "don't you're it's the dog's"),
    ("don’t", "don’t"),
    ("cat'dog dog'", "<WORD> dog'"),
    ("well-known and/or cat–dog dog…cat hello,cat", "well-known and/or cat–dog dog…cat hello,cat"),
    ("well-qwertz", "<WORD>"),
    ("Straße", "Straße"),
    ("cat.dog cat@dog cat_dog", "<WORD> <WORD> <WORD>"),
    (
        "42 3.14 10:30 50% 1/2 2024-05-06 $1,234.50",
        "<NUMBER> <NUMBER> <NUMBER> <NUMBER>% <NUMBER> <NUMBER> $<NUMBER>",
    ),
    ("+1(555)2 24-hour 3rd cat9", "+<NUMBER> <WORD> <WORD> <WORD>"),
    ("٤٢", "<NUMBER>"),
    ("½ ²", "<WORD> <WORD>"),
    ("j o h n", "<WORD> <WORD> <WORD> <WORD>"),
    ("a-i j-o-h-n", "a-i <WORD>"),
    ('"hello!" (cat?)', '"hello!" (cat?)'),
    ("“hello” — cat…", "“hello” — cat…"),
    ("cat!!!!!! ----- ...", "cat!!! --- ..."),
    ("cat     dog\n\n\n\n\nit", "cat   dog\n\n\nit"),
    ("cat\r\ndog\u00a0it\u2028the\tcat", "cat\ndog it the\tcat"),
    ("cat🙂 🙂 ca\u200bt", "<WORD> <WORD> <WORD>"),
    ("cafe\u0301", "café"),
    ("<PERSON> (<EMAIL>), <ID>.", "<PERSON> (<EMAIL>), <ID>."),
    ("<PERSON>qwertz <linda> <QWERTZ>", "<PERSON><WORD> <<PERSON>> <<WORD>>"),
    ("", ""),
    ("   ", "   "),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_admit(text: str, expected: str) -> None:
    assert admitted(text) == expected


def test_admit_keeps_rows_names_and_nulls() -> None:
    texts = pl.Series("text", ["the cat", None, "", "zebra"], dtype=pl.String)
    result = admit(texts, ALLOWED)
    assert result.name == "text"
    assert result.to_list() == ["the cat", None, "", "<WORD>"]
    assert admit(pl.Series([], dtype=pl.String), ALLOWED).to_list() == []


WORDS = st.sampled_from([*sorted(ALLOWED), "zebra", "Linda", "42", "j", *ALL_PLACEHOLDERS])
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.one_of(WORDS, st.sampled_from([*PUNCTUATION, " ", "\n", "é", "☃"]))).map("".join),
)


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_nothing_admitted_is_a_violation(text: str) -> None:
    assert violations(pl.Series([admitted(text)]), ALLOWED) == (0, ())


@given(TEXTS)
@settings(deadline=None)
def test_admitting_twice_changes_nothing(text: str) -> None:
    once = admitted(text)
    assert admitted(once) == once


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("the cat", 0),
        ("don't the dog's <PERSON>, café!", 0),
        ("the zebra", 1),
        ("zebra zebra.linda", 3),
        ("<BOGUS>", 1),
        ("cat 42", 1),
        ("cat🙂", 1),
        ("cat....", 1),
        ("cat    dog", 1),
        ("a\u00a0b", 2),
        ("cat\u200b", 1),
        ("ﬁt", 1),
    ],
)
def test_violations_are_counted(text: str, count: int) -> None:
    assert violations(pl.Series([text]), ALLOWED) == (count, (0,) if count else ())


def test_violations_name_the_first_rows() -> None:
    texts = pl.Series(["the", "zebra", None, "42", "cat", "linda"])
    assert violations(texts, ALLOWED) == (3, (1, 3, 5))
    assert violations(texts, ALLOWED, show=2) == (3, (1, 3))


@pytest.mark.parametrize(
    ("word", "passes"),
    [
        ("kubernetes", True),
        ("don't", True),
        ("will", True),
        ("smith", False),
        ("smith's", False),
        ("x", False),
        ("covid19", False),
        ("a_b", False),
        ("", False),
    ],
)
def test_may_pass(word: str, passes: bool) -> None:
    assert may_pass(word) is passes


def test_common_words() -> None:
    words = common_words()
    assert {"the", "will", "may", "don't", "it's", "a", "i"} <= words
    assert not words & {"smith", "linda", "mark", "york", "king's", "e.g", "1st", "o", "x", "_"}
    assert 20_000 < len(words) <= 25_000


@pytest.mark.parametrize(
    "word", ["cancel", "page", "parcel", "invoice", "weeks", "church", "files"]
)
def test_everyday_words_pass_though_somebody_is_called_so(word: str) -> None:
    assert word in common_words()


@pytest.mark.parametrize("word", ["june", "hope", "summer", "carter", "york", "rose", "kelly"])
def test_words_that_are_as_often_names_do_not_pass(word: str) -> None:
    assert word not in common_words()


@pytest.mark.parametrize(
    ("language", "word", "passes"),
    [
        ("it", "rinnoviamo", False),  # too rare for its length
        ("it", "riprovare", True),
        ("it", "richiamata", True),
        ("pt", "verificamos", True),
        ("de", "rechtsabteilung", True),
        ("de", "dringenden", True),
        ("nl", "donderdagmiddag", True),
        ("es", "puigdemont", False),
        ("fr", "delacroix", False),
        ("es", "kalashnikov", False),
    ],
)
def test_rare_words_pass_if_they_are_made_of_common_ones(
    language: str, word: str, passes: bool
) -> None:
    assert (word in common_words((language,))) is passes


def test_common_words_of_several_languages() -> None:
    words = common_words(("en", "de"))
    assert {"the", "und", "strasse"} <= words
    assert "linda" not in words


def test_words_of() -> None:
    texts = pl.Series(
        ["The Zebra's kubernetes-zebra <PERSON>", None, "linda 42 x don't zebra9", "ZEBRA zebra"]
    )
    expected = pl.DataFrame(
        {"token": ["kubernetes", "the", "zebra", "don't", "zebra"], "row": [0, 0, 0, 2, 3]},
        schema={"token": pl.String, "row": pl.UInt32},
    )
    assert_frame_equal(words_of(texts), expected)
    assert words_of(texts, known=ALLOWED | {"zebra"})["token"].to_list() == ["kubernetes"]
    assert words_of(pl.Series([], dtype=pl.String)).schema == expected.schema


@given(st.lists(TEXTS, max_size=4))
@settings(deadline=None)
def test_words_that_are_counted_are_what_would_then_pass(texts: list[str]) -> None:
    series = pl.Series(texts, dtype=pl.String)
    counted = frozenset(words_of(series)["token"].to_list())
    assert all(may_pass(word) for word in counted)
    kept = words_of(admit(series, counted))["token"].to_list()
    assert set(kept) <= counted


def test_tokens() -> None:
    text = '"Hello, well-known <PERSON>! 3.14 cat_dog …'
    found = [(text[start:end], kind) for start, end, kind in tokens(text)]
    assert found == [
        ('"', "punct"), ("Hello", "word"), (",", "punct"), ("well-known", "word"),
        ("<PERSON>", "placeholder"), ("!", "punct"), ("3.14", "number"), ("cat_dog", "other"),
        ("…", "punct"),
    ]  # fmt: skip


@given(TEXTS)
def test_tokens_are_in_order_and_leave_only_white_space(text: str) -> None:
    found = tokens(text)
    ends = [0, *(end for _, end, _ in found)]
    starts = [*(start for start, _, _ in found), len(text)]
    gaps = [text[a:b] for a, b in zip(ends, starts, strict=True)]
    assert all(gap == "" or gap.isspace() for gap in gaps)
