"""Numbers of states and banks: each kind fires on a valid one, and not once a digit is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.detectors import national

CHECKED = [
    ("us.rtn", "BANK", "routing 111000025 please", "111000025"),
    ("gb.nhs", "ID", "nhs 943 476 5919", "943 476 5919"),
    ("de.idnr", "ID", "steuer id 36 574 261 809", "36 574 261 809"),
    ("fr.nir", "ID", "nir 2 95 10 99 126 111 93", "2 95 10 99 126 111 93"),
    ("fr.siren", "ID", "siren 552 008 443", "552 008 443"),
    ("es.dni", "ID", "dni 54362315-K", "54362315-K"),
    ("es.nie", "ID", "nie X-2482300W", "X-2482300W"),
    ("es.ccc", "BANK", "a la cuenta 1234-1234-16 1234567890", "1234-1234-16 1234567890"),
    ("it.codicefiscale", "ID", "cf RCCMNL83S18D969H", "RCCMNL83S18D969H"),
    ("nl.bsn", "ID", "bsn 1112.22.333", "1112.22.333"),
    ("pt.nif", "ID", "nif 501 964 843", "501 964 843"),
    ("be.nn", "ID", "nn 85.07.30 033 28", "85.07.30 033 28"),
    ("ch.ssn", "ID", "ahv 756.9217.0769.85", "756.9217.0769.85"),
    ("at.vnr", "ID", "svnr 1237 010180", "1237 010180"),
    ("pl.pesel", "ID", "pesel 44051401359", "44051401359"),
    ("se.personnummer", "ID", "personnummer 880320-0016", "880320-0016"),
    ("no.fodselsnummer", "ID", "fnr 151086 95088", "151086 95088"),
    ("fi.hetu", "ID", "hetu 131052-308T", "131052-308T"),
    ("br.cpf", "ID", "cpf 390.533.447-05", "390.533.447-05"),
    ("in_.aadhaar", "ID", "aadhaar 2341 2341 2346", "2341 2341 2346"),
    ("ca.sin", "ID", "sin 123-456-782", "123-456-782"),
    ("au.tfn", "ID", "tfn 123 456 782", "123 456 782"),
    ("ie.pps", "ID", "pps 6433435F", "6433435F"),
    ("mx.curp", "ID", "curp BOXW310820HNERXN09", "BOXW310820HNERXN09"),
    ("kr.rrn", "ID", "rrn 971013-9019902", "971013-9019902"),
    ("lei", "ID", "lei 213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15"),
]
UNCHECKED = [
    ("us.ssn", "ID", "my ssn is 536-90-4399", "536-90-4399"),
    ("de.stnr", "ID", "steuernummer 181/815/08155", "181/815/08155"),
    ("dk.cpr", "ID", "cpr 211062-5629", "211062-5629"),
    ("gb.nino", "ID", "nino AB 12 34 56 C", "AB 12 34 56 C"),
    ("in_.pan", "ID", "pan ACUPA7085R", "ACUPA7085R"),
    ("bic", "BANK", "swift code: NEDSZAJJXXX", "NEDSZAJJXXX"),
    ("bic", "BANK", "bic deutdeff and more", "deutdeff"),
    ("account", "BANK", "account number 31926819", "31926819"),
    ("account", "BANK", "sort code 12-34-56", "12-34-56"),
    ("account", "BANK", "kontonummer 1234567", "1234567"),
]
QUIET = [
    "we sold 25 of 30 items for 1,234 in 2024",
    "a swift answer is best, the bic pen is blue",
    "version 3.11.7 at 10:30",
    "the account is closed",
    "",
]


def found(text: str) -> set[tuple[str, str, str]]:
    return {
        (
            finding.detector.removeprefix("national:"),
            finding.kind,
            text[finding.start : finding.end],
        )
        for finding in national.find(text)
    }


@pytest.mark.parametrize(("check", "kind", "text", "number"), CHECKED + UNCHECKED)
def test_fires(check: str, kind: str, text: str, number: str) -> None:
    assert (check, kind, number) in found(text)


@pytest.mark.parametrize("text", QUIET)
def test_stays_quiet(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(("check", "kind", "text", "number"), CHECKED)
def test_a_wrong_last_digit_fails_the_check(check: str, kind: str, text: str, number: str) -> None:
    place = max(i for i, sign in enumerate(number) if sign.isdigit())
    wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert (check, kind, wrong) not in found(text.replace(number, wrong))


def test_more_than_twelve_countries_are_checked() -> None:
    countries = {check.split(".")[0] for check, *_ in CHECKED if "." in check}
    assert len(countries) >= 12


@given(st.text("0123456789 .-/ABXYaz\u0661\uff11", max_size=60))
def test_spans_lie_within_the_text_and_nothing_raises(text: str) -> None:
    for finding in national.find(text):
        assert 0 <= finding.start < finding.end <= len(text)
