"""Which language a text is in, and what may stand in a text of each."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy import languages, multilingual, vocabulary
from tests.audit_text import made
from tests.audit_text.typing import STYLES, typed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("can you send me the file", "en"),
        ("kannst du mir bitte die datei schicken", "de"),
        ("tu peux m'envoyer le fichier", "fr"),
        ("puedes mandarme el archivo", "es"),
        ("mi puoi mandare il file", "it"),
        ("kun je mij het bestand sturen", "nl"),
        ("pode me mandar o arquivo", "pt"),
        ("voce pode reservar uma reuniao", "pt"),
        ("<PERSON> wants to see the <DATE> numbers", "en"),
        ("proszę wyślij mi prezentację na jutrzejsze spotkanie", "pl"),
        ("kan du skicka bilderna till mötet i morgon före lunch", "sv"),
        ("пришли мне пожалуйста слайды к завтрашней встрече", "ru"),
        ("请把明天会议的幻灯片发给我", "zh"),
        ("明日の会議の資料を送ってください", "zh"),
        ("ᚠᚢᚦᚨᚱᚲ", "und"),
        ("xkcd qwrtz", ""),
        ("42 17:30", ""),
        ("<PERSON> <EMAIL>", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_recognize(text: str | None, code: str) -> None:
    assert languages.recognize(pl.Series([text], dtype=pl.String)).to_list() == [code]


def test_only_declared_languages_cover_a_text() -> None:
    text = pl.Series(["kannst du mir bitte die datei schicken", "can you send me the file"])
    assert languages.recognize(text, ("en",)).to_list() == ["de", "en"]
    assert languages.recognize(text, ("de", "en")).to_list() == ["de", "en"]


def _right(texts: list[str], codes: list[str]) -> list[bool]:
    found = languages.recognize(pl.Series(texts)).to_list()
    return [a == b for a, b in zip(found, codes, strict=True)]


@pytest.mark.parametrize("style", STYLES)
def test_sentences_of_people_at_work_are_recognized(style: str) -> None:
    rng, texts, codes = random.Random(5), [], []
    for code in made.LANGUAGES:
        for frame in made.frames(code):
            bare = made.SLOT.sub("", frame)
            texts.append("".join(t for t, _ in typed(rng, [(bare, None)], style)))
            codes.append(code)
    right = _right(texts, codes)
    assert sum(right) / len(right) >= 0.97


def test_sentences_in_other_languages_are_not_taken_for_covered_ones() -> None:
    lines = [line.split(": ", 1) for line in made.lines(made.HERE / "others.txt")]
    found = languages.recognize(pl.Series([text for _, text in lines])).to_list()
    covered = sum(code in languages.COVERED for code in found)
    assert len(lines) > 60
    assert covered / len(lines) <= 0.03
    near = {
        code for (a, _), code in zip(lines, found, strict=True) if a in ("pl", "tr", "fi", "sv")
    }
    assert not near & set(languages.COVERED)


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_code(text: str) -> None:
    [code] = languages.recognize(pl.Series([text])).to_list()
    assert code == "" or (code.isalpha() and code.islower())
    assert languages.recognize(pl.Series([text, text])).to_list() == [code, code]


LISTS = multilingual.allow_lists(("en", "de", "it"), ["kubernetes", "luce", "jenkins"])


def test_allow_lists_are_of_each_language_and_english() -> None:
    assert set(LISTS) == {"en", "de", "it", "", multilingual.UNTOLD}
    assert LISTS[multilingual.UNTOLD] == LISTS[""]
    assert {"und", "the"} <= LISTS["de"] and "und" not in LISTS["en"]
    assert "riunione" in LISTS["it"] and "riunione" not in LISTS["de"]
    assert LISTS[""] == LISTS["en"]
    alone = multilingual.allow_lists(("de",))
    assert "und" in alone["de"] and "meeting's" not in alone["de"]
    assert multilingual.spoken("de", ("de",)) == ("de",)
    assert multilingual.spoken("", ("de", "en")) == ("de", "en")


def test_a_shared_word_passes_where_it_is_no_name() -> None:
    assert all("kubernetes" in words for words in LISTS.values())
    assert [code for code, words in LISTS.items() if "luce" in words] == ["it"]


def test_a_name_in_every_language_is_there_because_a_reviewer_lets_it_pass() -> None:
    assert all("jenkins" in words for words in LISTS.values())
    assert "smith" not in frozenset().union(*LISTS.values())


def test_each_text_is_admitted_by_its_own_language() -> None:
    texts = pl.Series("text", ["la riunione", "la riunione", None, "the meeting", "hej alla"])
    codes = pl.Series(["it", "en", "en", "", "sv"])
    found = multilingual.admit_each(texts, codes, LISTS)
    assert found.name == "text"
    assert found.to_list() == ["la riunione", "la <WORD>", None, "the meeting", None]
    assert multilingual.violations_each(texts.fill_null(""), codes, LISTS) == (2, (1, 4))
    clean = found.fill_null("").head(4)
    assert multilingual.violations_each(clean, codes.head(4), LISTS) == (0, ())
    none = pl.Series([], dtype=pl.String)
    assert multilingual.admit_each(none, none, LISTS).to_list() == []
    assert multilingual.violations_each(pl.Series(["a"]), pl.Series([None]), LISTS) == (1, (0,))


def test_words_to_share_are_beyond_each_text_s_own_language() -> None:
    texts = pl.Series(["la riunione kubernetes", "la riunione", "hej", None])
    codes = pl.Series(["it", "en", "sv", "en"])
    found = multilingual.words_of_each(texts, codes, ("en", "it"))
    assert found.rows() == [("kubernetes", 0), ("riunione", 1)]
    assert found.schema == vocabulary.words_of(pl.Series([], dtype=pl.String)).schema


CODES = st.sampled_from(["en", "de", "it", "", "sv"])


@given(st.lists(st.tuples(st.text("aeiln rsu'é<>PL", max_size=20), CODES), max_size=6))
@settings(deadline=None, max_examples=60)
def test_nothing_admitted_by_language_is_a_violation(rows: list[tuple[str, str]]) -> None:
    texts = pl.Series([text for text, _ in rows], dtype=pl.String)
    codes = pl.Series([code for _, code in rows], dtype=pl.String)
    found = multilingual.admit_each(texts, codes, LISTS)
    kept = found.is_not_null()
    assert (kept == (codes != "sv")).all()
    left, own = found.filter(kept), codes.filter(kept)
    assert multilingual.violations_each(left, own, LISTS) == (0, ())
