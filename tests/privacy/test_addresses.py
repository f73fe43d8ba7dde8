"""Postal addresses in seven languages, as people type them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.detectors import addresses, streets

CASES = [
    ("please ship it to [12 old mill road, leeds] and call me", "en"),
    ("der kunde wohnt in der [lindenallee 22a, 10115 berlin] und wartet", "de"),
    ("bitte an [alter postweg 88] liefern, danke", "de"),
    ("meine neue adresse ist [unter den eichen 94, d-23502 görlitz], bitte ändern", "de"),
    ("die rechnung geht an [postfach 9568, d-59421 cottbus] wie immer", "de"),
    ("le client habite [12 rue des lilas, 75011 paris] et attend le colis", "fr"),
    ("ma nouvelle adresse est [1 bis avenue jean jaurès] merci de changer", "fr"),
    ("on livre tout au [lieu-dit les essarts 6, f-45429 vierzon] maintenant", "fr"),
    ("el cliente vive en [calle mayor 48, torrelavega] y quiere el paquete", "es"),
    ("la factura es de [c/ alcalá 23, 3º b, 28014 madrid] por favor", "es"),
    ("el cliente abita in [viale dei mille 80, scala b] e vuole il pacco", "it"),
    ("spediamo tutto in [piazza san marco 3, 87238 pordenone] da adesso", "it"),
    ("de klant woont op [oude rijnkade 9, 5695 au roosendaal] en wil het pakket", "nl"),
    ("mijn adres is [van goghlaan 22] en dat moet in het systeem", "nl"),
    ("o cliente mora na [largo do rato 3, maceió] e quer o pacote", "pt"),
    ("mi dirección es [c. san bartolomé 6 bajo, cp 18289 getafe] desde ayer", "es"),
    ("o cliente mora na [rua das flores, 93, 9421-855 coimbra] e quer o pacote", "pt"),
    ("meu novo endereço é [caixa postal 302] por favor atualizem o sistema", "pt"),
]


@pytest.mark.parametrize(("marked", "language"), CASES, ids=[c[0][:40] for c in CASES])
def test_an_address_is_taken_whole_and_little_else(marked: str, language: str) -> None:
    text = re.sub(r"[\[\]]", "", marked)
    start, end = marked.index("["), marked.index("]") - 1
    covered: set[int] = set()
    for finding in addresses.find(text):
        covered.update(range(finding.start, finding.end))
    words = list(re.finditer(r"[^\W_]+", text))
    inside = [m for m in words if start <= m.start() < end]
    outside = [m for m in words if not start <= m.start() < end]
    assert all(covered.issuperset(range(*m.span())) for m in inside)
    lost = sum(bool(covered & {*range(*m.span())}) for m in outside)
    assert lost <= 1


@pytest.mark.parametrize(
    "text",
    [
        "ruf mich unter 0171 1234567 an wenn der server nicht läuft",
        "bitte das geld bis freitag auf das konto überweisen",
        "appelle-moi au 06 12 34 56 78 si le serveur tombe encore",
        "llámame al 612 345 678 si el servidor se cae otra vez",
        "ich komme in 10 minuten ins büro und bringe kaffee mit",
        "we hebben 12 mensen nodig voor de vergadering van morgen",
        "no dia 3 de maio vamos ter uma reunião com a equipe",
        "le prix est de 20 euros pour la place de parking",
    ],
)
def test_numbers_are_no_addresses(text: str) -> None:
    assert [f for f in addresses.find(text) if f.detector == streets.NAME] == []


@given(st.text("rue 12,calle\nstraße.34º b", max_size=120))
@settings(max_examples=200, deadline=None)
def test_findings_lie_within_the_text(text: str) -> None:
    for language in ("de", "fr", "nl", "xx"):
        for finding in streets.find(text, language):
            assert 0 <= finding.start < finding.end <= len(text)
