"""Each pattern fires where it should and not elsewhere; checksums; which words are names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.detectors import addresses, identifiers, names, numbers, secrets
from privacy.findings import Finding

Find = Callable[[str], Iterator[Finding]]


def kinds_by_text(find: Find, text: str) -> dict[str, set[str]]:
    """What is found, by kind: the texts of the findings."""
    found: dict[str, set[str]] = {}
    for finding in find(text):
        found.setdefault(finding.kind, set()).add(text[finding.start : finding.end])
    return found


KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"
BARE_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz"

FIRES: list[tuple[Find, str, str, str]] = [
    (secrets.find, f"here: {KEY} bye", "PRIVATE_KEY", KEY),
    (secrets.find, BARE_KEY, "PRIVATE_KEY", BARE_KEY),
    (secrets.find, "aws AKIAIOSFODNN7EXAMPLE now", "SECRET", "AKIAIOSFODNN7EXAMPLE"),
    (secrets.find, "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "SECRET",
     "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
    (secrets.find, "use xoxb-123456789012-abcdefGHI", "SECRET", "xoxb-123456789012-abcdefGHI"),
    (secrets.find, "sk-proj-abcdefghijklmnopqrst", "SECRET", "sk-proj-abcdefghijklmnopqrst"),
    (secrets.find, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.SflKxw", "SECRET",
     "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.SflKxw"),
    (secrets.find, "hash $2b$12$abcdefghijklmnopqrstuv", "SECRET",
     "$2b$12$abcdefghijklmnopqrstuv"),
    (secrets.find, "Bearer abc.def-ghi_jklmnop", "SECRET", "abc.def-ghi_jklmnop"),
    (secrets.find, "mysql://bob:pw@db/x", "SECRET", "mysql://bob:pw@db/x"),
    (secrets.find, "login --password hunter2", "SECRET", "hunter2"),
    (secrets.find, "seed 9fceb02d0ae598e95dc970b74767f193", "SECRET",
     "9fceb02d0ae598e95dc970b74767f193"),
    (secrets.find, "the password is hunter2", "PASSWORD", "hunter2"),
    (secrets.find, "the password for the wifi is banana", "PASSWORD", "banana"),
    (secrets.find, "password changed to banana", "PASSWORD", "banana"),
    (secrets.find, "Password: Sommer!", "PASSWORD", "Sommer!"),
    (secrets.find, 'api_key = "correct horse"', "PASSWORD", '"correct horse"'),
    (secrets.find, "pin: 4821", "PASSWORD", "4821"),
    (secrets.find, "mein kennwort ist tulpe", "PASSWORD", "tulpe"),
    (numbers.find, "card 4111 1111 1111 1111", "CARD", "4111 1111 1111 1111"),
    (numbers.find, "4111111111111111", "CARD", "4111111111111111"),
    (numbers.find, "to DE89 3704 0044 0532 0130 00 thanks", "BANK", "DE89 3704 0044 0532 0130 00"),
    (numbers.find, "gb82west12345698765432", "BANK", "gb82west12345698765432"),
    (numbers.find, "call +49 170 1234567 today", "PHONE", "+49 170 1234567"),
    (numbers.find, "call (555) 123-4567", "PHONE", "(555) 123-4567"),
    (numbers.find, "call 555-123-4567 x12", "PHONE", "555-123-4567 x12"),
    (numbers.find, "born 1985-07-14", "DATE", "1985-07-14"),
    (numbers.find, "customer 0012345", "NUMBER", "0012345"),
    (identifiers.find, "mail ann@corp.local now", "EMAIL", "ann@corp.local"),
    (identifiers.find, "ann dot lee at example dot com", "EMAIL", "lee at example dot com"),
    (identifiers.find, "ssh ann@build-01", "EMAIL", "ann@build-01"),
    (identifiers.find, "ask @ann_lee about it", "HANDLE", "@ann_lee"),
    (identifiers.find, "username: annlee", "HANDLE", "annlee"),
    (identifiers.find, "see https://example.com/a?b=c", "URL", "https://example.com/a?b=c"),
    (identifiers.find, "www.example.org/x", "URL", "www.example.org/x"),
    (identifiers.find, "on wiki.corp:8080/home", "URL", "wiki.corp:8080/home"),
    (identifiers.find, r"open C:\Users\ann\a.docx now", "PATH", r"C:\Users\ann\a.docx"),
    (identifiers.find, r"in C:\Program Files\App\x.exe", "PATH", r"C:\Program Files\App\x.exe"),
    (identifiers.find, r"\\server\share\ann", "PATH", r"\\server\share\ann"),
    (identifiers.find, "cd /home/ann/project", "PATH", "/home/ann/project"),
    (identifiers.find, "cat ~/notes.txt", "PATH", "~/notes.txt"),
    (identifiers.find, "fixes ABC-123 today", "ID", "ABC-123"),
    (identifiers.find, "closes #4521", "ID", "#4521"),
    (identifiers.find, "order INC0012345 open", "ID", "INC0012345"),
    (addresses.find, "i live at 12 clarke avenue and love it", "ADDRESS", "12 clarke avenue"),
    (addresses.find, "to 86036 Rua do Arenque 1634, Goiânia after", "ADDRESS",
     "86036 Rua do Arenque 1634, Goiânia"),
    (addresses.find, "6750 Koskikatu 25 Apt. 864\nArtilleros\n, CO\n Uruguay 64677", "ADDRESS",
     "6750 Koskikatu 25 Apt. 864\nArtilleros\n, CO\n Uruguay 64677"),
    (addresses.find, "at Villacher Strasse 89", "ADDRESS", "Strasse 89"),
    (addresses.find, "Hauptstraße 12 in Bonn", "ADDRESS", "Hauptstraße 12"),
    (addresses.find, "PSC 1437, Box 3833\nAPO AA 66791", "ADDRESS",
     "PSC 1437, Box 3833\nAPO AA 66791"),
    (addresses.find, "the corner of Mill Lane and Elm Pass", "ADDRESS",
     "corner of Mill Lane and Elm Pass"),
    (addresses.find, "Boulder, CO 80302", "ADDRESS", ", CO 80302"),
    (addresses.find, "zip: 7412 SL", "ADDRESS", "zip: 7412 SL"),
    (addresses.find, "EC1A 1BB is near", "ADDRESS", "EC1A 1BB"),
    (addresses.find, "her address is 9 Nowhere", "ADDRESS", "9 Nowhere"),
]  # fmt: skip

QUIET: list[tuple[Find, str]] = [
    (secrets.find, "my password is wrong again, please reset the password to something"),
    (secrets.find, "the token is expired and the secret of cooking"),
    (secrets.find, "internationalization of everything-considered-so-far"),
    (secrets.find, "aaaaaaaaaaaaaaaaaaaaaaaa1 and 20240506070809101112"),
    (secrets.find, "basic knowledge, skillful work, pk is short"),
    (secrets.find, "public key: BEGIN PUBLIC KEY"),
    (numbers.find, "we sold 25 of 30 items for $1,234.50 in 2024 at 10:30"),
    (numbers.find, "version 3.11.7 and 1/2"),
    (identifiers.find, "and/or maybe 1/2 of it, see you @ noon"),
    (identifiers.find, "the user is happy, the login is required. Done."),
    (identifiers.find, "well-known state-of-the-art 24-hour help"),
    (identifiers.find, "it costs ~5 euros; e.g. this"),
    (addresses.find, "there are 3 ways to do it, 5 people walk in the park"),
    (addresses.find, "down the street, a 10 minute drive to the court"),
    (addresses.find, "the flat was nice and the suite too"),
    (addresses.find, "call me at 10, i paid 20 in total"),
]


@pytest.mark.parametrize(("find", "text", "kind", "expected"), FIRES)
def test_fires(find: Find, text: str, kind: str, expected: str) -> None:
    assert expected in kinds_by_text(find, text).get(kind, set())


@pytest.mark.parametrize(("find", "text"), QUIET)
def test_does_not_over_fire(find: Find, text: str) -> None:
    assert kinds_by_text(find, text) == {}


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("4111111111111111", True),
        ("4111 1111 1111 1112", False),
        ("0000 0000", False),
        ("7", False),
    ],
)
def test_luhn(number: str, valid: bool) -> None:
    assert numbers.luhn(number) is valid


@given(st.text("0123456789", min_size=11, max_size=18).filter(lambda d: len(set(d)) > 2))
def test_luhn_knows_every_single_wrong_digit(digits: str) -> None:
    check = next(c for c in "0123456789" if numbers.luhn(digits + c))
    wrong = [c for c in "0123456789" if numbers.luhn(digits + c)]
    assert wrong == [check]


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("DE89370400440532013000", True),
        ("de89 3704 0044 0532 0130 00", True),
        ("DE88370400440532013000", False),
        ("DE89", False),
        ("DÉ89370400440532013000", False),
    ],
)
def test_iban(code: str, valid: bool) -> None:
    assert numbers.iban(code) is valid


@pytest.mark.parametrize(
    ("token", "bits"), [("", 0.0), ("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0)]
)
def test_entropy_in_bits_per_character(token: str, bits: float) -> None:
    assert secrets.entropy(token) == pytest.approx(bits)


@pytest.mark.parametrize(
    ("word", "struck"),
    [
        *((word, True) for word in ("smith", "linda", "mark", "grace", "york", "china", "paris")),
        *((word, False) for word in ("will", "may", "new", "an", "do", "people", "the", "table")),
        ("kubernetes", False),
        ("szczepankiewicz", False),
    ],
)
def test_a_name_is_struck_where_it_is_more_of_a_name_than_a_word(word: str, struck: bool) -> None:
    assert names.is_struck(word) is struck


@pytest.mark.parametrize(
    ("word", "kind"), [("smith", "PERSON"), ("york", "PLACE"), ("qwertz", None)]
)
def test_names_are_listed_as_people_or_places(word: str, kind: str | None) -> None:
    assert names.listed_as(word) == kind


@pytest.mark.parametrize(
    ("text", "cased"),
    [
        ("i met linda in york", "i met Linda in York"),
        ("I met linda. Then I left", "I met Linda. Then I left"),
        ("they know Anna and linda", None),
        ("nothing to see here", None),
        ("", None),
    ],
)
def test_true_cased(text: str, cased: str | None) -> None:
    assert names.true_cased(text) == cased


@given(st.text(max_size=60))
def test_true_casing_changes_nothing_but_case(text: str) -> None:
    cased = names.true_cased(text)
    assert cased is None or (len(cased) == len(text) and cased.lower() == text.lower())
