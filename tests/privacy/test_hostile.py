"""Broken and hostile input: nothing raises, nothing says the text, nothing takes too long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy import detectors
from privacy.detectors import (
    dates,
    desktop,
    identifiers,
    national,
    noise,
    numbers,
    secrets,
    titles,
)

OWN = (secrets, numbers, national, identifiers, dates, desktop, titles, noise)
SIZE = detectors.PIECE

_UNITS = [
    "a", "1", "-", "a-", "a.", "1.", "1/", "a/", "a@", "@", "aA", "a b ", "1 ", "one ", "é", "\n",
    "a\n", "1\n", "_", "a_", "#a", "%41", "&#1;", "=41=", "\\u0061", "a:", "::", "ff:", "00 ",
    "pw: ", "password is ", "password for a ", "use a to ", "echo a ", "mysql -u ", "curl ",
    "customer ", "customer a ", "Aa ", "head of a and a ", "a at b dot ", "a@a.", "a (at) ", "( ",
    "inc ", "и", "аa", "\u200b", "a\u0301", "１", "A1", "GB29 ", "+1 ", "(1) ", "born on ", "1/1/",
    "order no ", "git clone -a ", "~", "/a", "C:\\a ", "\\\\a\\", " ", "\t", "http://a", "user: ",
    "-----BEGIN PRIVATE KEY-----", "eyJabcdefgh.", "sk-a-", "log in with ", "sort code ", "bic ",
    "am9obg==", "zero ", "double ", "net user a ", "PASSWORD_", "ping a", "x'", "\"", "gmbh ",
    "create user a with ", "user a ", "nmcli a ",
    "seed phrase ", "secret_", "\ud800", "\x00", "\u202e", "\x08", "漢", "ᚠ", "𐎀", "\U000e0061",
]  # fmt: skip


@pytest.mark.parametrize("unit", _UNITS, ids=range(len(_UNITS)))
def test_patterns_are_linear_enough_for_any_piece(unit: str) -> None:
    """A pattern that goes back and forth over all of a piece would not come to an end here."""
    for text in ((unit * SIZE)[:SIZE], "password " + (unit * SIZE)[:SIZE] + "!"):
        for module in OWN:
            assert all(f.start <= f.end <= len(text) for f in module.find(text))
        noise.readings(text)


@pytest.fixture(scope="module")
def detector() -> detectors.Detector:
    return detectors.load()


BROKEN = [
    "lone \ud800 surrogate \udfff ann@corp.example",
    "\x00\x01\x02\x7f\x85 control ann@corp.example",
    "\u202eright to left\u202c ann@corp.example",
    "e" + "\u0301" * 32 + " ann@corp.example",
    "ᚠᚢᚦᚨᚱᚲ 𐎀𐎁𐎂 ann@corp.example",
    "\ufffe\uffff ann@corp.example",
    "\r\r\n\u2028\u2029 ann@corp.example",
]


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_broken_text_is_read_all_the_same(detector: detectors.Detector, text: str) -> None:
    [found] = detector.find([text])
    assert text.index("ann@") in {f.start for f in found if f.kind == "EMAIL"}


@given(st.text(st.characters(), max_size=60))
@settings(deadline=None, max_examples=60)
def test_any_text_at_all(detector: detectors.Detector, text: str) -> None:
    [found] = detector.find([text])
    assert all(0 <= f.start <= f.end <= len(text) for f in found)


def test_a_run_without_white_space_is_found_whole(detector: detectors.Detector) -> None:
    text = "see " + "a." * 3_000 + " there"
    [found] = detector.find([text])
    covered = {place for f in found for place in range(f.start, f.end)}
    assert set(range(4, 6_004)) <= covered


def test_many_short_texts(detector: detectors.Detector) -> None:
    texts = [f"{number:03x}"[-3:] for number in range(20_000)]
    found = detector.find(texts)
    assert len(found) == len(texts)


@pytest.mark.soak
def test_ten_megabytes_in_one_text(detector: detectors.Detector) -> None:
    line = "please send the report before the meeting on monday\n"
    text = line * (10_000_000 // len(line)) + "ann@corp.example"
    [found] = detector.find([text])
    assert {f.start for f in found if f.kind == "EMAIL"} == {text.index("ann@")}


@pytest.mark.soak
def test_a_million_texts_of_three_characters(detector: detectors.Detector) -> None:
    letters = "abcdefghij"
    texts = [a + b + c for a in letters for b in letters for c in letters] * 1_000
    assert len(detector.find(texts)) == 1_000_000
