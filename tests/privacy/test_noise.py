"""Other readings of noisy text, where they point back to, and that ordinary text has none."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.detectors import noise, numbers, secrets
from privacy.findings import Finding

READ = [
    ("spaced", "J o h n   S m i t h", "John   Smith"),
    ("spaced", "so p.a.s.s it", "so pass it"),
    ("spaced", "j-o-h-n", "john"),
    ("spaced", "4 1 1 1 1 1", "411111"),
    ("digits", "call zero one seven six, two two three", "call 0176223"),
    ("digits", "null eins sieben sechs zwo zwo", "017622"),
    ("digits", "zéro un sept six deux", "01762"),
    ("digits", "cero uno siete seis dos", "01762"),
    ("digits", "zero uno sette sei due", "01762"),
    ("digits", "nul een zeven zes twee", "01762"),
    ("digits", "zero um sete seis dois", "01762"),
    ("digits", "double seven six five four", "77654"),
    ("digits", "triple one two three four", "111234"),
    ("said", "mail john punkt smith at firma punkt de ok", "mail john.smith@firma.de ok"),
    ("said", "john dot smith (at) example [dot] com", "john.smith@example.com"),
    ("said", "ana arroba empresa punto es", "ana@empresa.es"),
    ("said", "anna chiocciola ditta punto it", "anna@ditta.it"),
    ("said", "jean arobase exemple point fr", "jean@exemple.fr"),
    ("said", "ana arroba empresa ponto com ponto br", "ana@empresa.com.br"),
    ("said", "ann @ corp . com", "ann@corp.com"),
    ("characters", "раssword іs summer", "password is summer"),
    ("characters", "p\u200bassword", "password"),
    ("characters", "４１１１", "4111"),
    ("characters", "j\u0335o\u0335h\u0335n", "john"),
    ("characters", "Zoe\u0308", "Zoë"),
    ("characters", "𝓳𝓸𝓱𝓷", "john"),
    ("characters", "٤١١١", "4111"),
    ("lines", "john.smith@\nfirma.de", "john.smith@firma.de"),
    ("lines", "4111 1111\r\n1111 1111", "4111 1111 1111 1111"),
    ("camel", "johnSmithAccount", "john Smith Account"),
    ("camel", "john_smith", "john smith"),
    ("escapes", "john%2Esmith%40example.com", "john.smith@example.com"),
    ("escapes", "&#106;&#111;hn", "john"),
    ("escapes", "\\u006a\\u006f\\u0068\\u006e", "john"),
    ("escapes", "\\x6a\\x6f\\x68\\x6e", "john"),
    ("decoded", "am9obi5zbWl0aEBleGFtcGxlLmNvbQ==", "john.smith@example.com"),
    ("decoded", "6a6f686e2e736d697468406578616d706c652e636f6d", "john.smith@example.com"),
    ("decoded", "6a 6f 68 6e 20 73 6d 69 74 68", "john smith"),
]
ORDINARY = [
    "please send the report before the meeting on monday",
    "We sold 25 of 30 items for $1,234.50 in 2024 at 10:30.",
    "I met her at some point in time; at this point it is fine",
    "Ünïcode façade straße déjà vu, été à la plage, mañana",
    "well-known state-of-the-art and/or 24-hour help",
    "one or two of them, maybe three",
    "é una bella giornata, no? Sì!",
    "Это обычный русский текст",
    "\n\n- first\n- second\n\nend",
    "internationalization of everything",
    "",
]


@pytest.mark.parametrize(("name", "text", "expected"), READ)
def test_readings(name: str, text: str, expected: str) -> None:
    assert (name, expected) in {(r.name, r.text) for r in noise.readings(text)}


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_has_no_other_reading(text: str) -> None:
    assert noise.readings(text) == []
    assert list(noise.find(text)) == []


def test_what_is_found_points_back() -> None:
    text = "card ４１１１ １１１１ １１１１ １１１１ ok"
    [reading] = noise.readings(text)
    [card] = [f for f in numbers.find(reading.text) if f.kind == "CARD"]
    back = reading.back(card)
    assert back is not None
    assert text[back.start : back.end] == "４１１１ １１１１ １１１１ １１１１"


def test_what_is_found_in_encoded_text_is_the_whole_token() -> None:
    token = base64.b64encode(b"the password is summer").decode()
    text = f"see {token} there"
    [reading] = [r for r in noise.readings(text) if r.name == "decoded"]
    [found] = [f for f in secrets.find(reading.text) if f.kind == "PASSWORD"]
    back = reading.back(found)
    assert back is not None and text[back.start : back.end] == token


def test_encoded_twice_and_encoded_noise() -> None:
    twice = base64.b64encode(base64.b64encode(b"mail ann@corp.example now")).decode()
    assert "mail ann@corp.example now" in {r.text for r in noise.readings(twice)}
    spaced = base64.b64encode(b"J o h n S m i t h").decode()
    assert "JohnSmith" in {r.text for r in noise.readings(spaced)}


def test_spelled_numbers_and_encoded_text_are_found_as_such() -> None:
    kinds = {f.kind for f in noise.find("it is one two three four five")}
    assert kinds == {"NUMBER"}
    assert {f.kind for f in noise.find("c3VtbWVyIGhvdXNl")} == {"SECRET"}


def test_an_empty_finding_has_no_place() -> None:
    [reading] = noise.readings("johnSmith")
    assert reading.back(Finding(4, 5, "PERSON", 0.5, "t")) is None  # the space that is not there
    assert reading.back(Finding(3, 3, "PERSON", 0.5, "t")) is None


ALPHABET = "aAbZ09 .@-_\n%4&#;\\ux=/оа\u200b１é\u0301one two"


@given(st.text(st.sampled_from(ALPHABET), max_size=80))
def test_every_reading_points_into_the_text(text: str) -> None:
    for reading in noise.readings(text):
        assert len(reading.text) == len(reading.starts) == len(reading.ends)
        places = zip(reading.starts, reading.ends, strict=True)
        assert all(0 <= start <= end <= len(text) for start, end in places)
        assert reading.text != text
    assert noise.readings(text) == noise.readings(text)


@given(st.binary(min_size=6, max_size=60))
def test_any_bytes_in_base64_are_looked_at(raw: bytes) -> None:
    for reading in noise.readings(base64.b64encode(raw).decode()):
        assert reading.name in ("decoded", "camel", "escapes", "lines", "spaced", "digits", "said",
                                "characters")  # fmt: skip
