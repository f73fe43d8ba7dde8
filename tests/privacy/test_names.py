"""Lists of names, which of them may never pass, and names that their neighbours give away."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.detectors import context, desktop, names, people
from privacy.detectors.cues import cues
from privacy.languages import COVERED
from privacy.vocabulary import common_words


@pytest.mark.parametrize(
    "name",
    ["müller", "mueller", "muller", "garcía", "garcia", "giulia", "nguyen", "weiss", "wanjiru",
     "kowalczyk", "connor", "agnieszka", "brandão", "brandao"],
)  # fmt: skip
def test_names_of_many_countries_are_listed_as_they_are_typed(name: str) -> None:
    assert name in people.listed()


def test_lists_are_large_and_nested() -> None:
    assert len(people.listed()) > 120_000
    assert people.FIRST <= people.borne() <= people.listed()
    assert people.given() <= people.listed()
    assert "need" not in people.borne()
    assert {"anna", "wolfgang"} <= people.given() and "sanderson" not in people.given()


@pytest.mark.parametrize(
    ("word", "languages", "struck"),
    [
        ("juan", ("es", "en"), True),
        ("müller", ("de", "en"), True),
        ("garcía", ("es", "en"), True),
        ("giulia", ("it", "en"), True),
        ("ben", ("en",), True),
        ("ben", ("nl", "en"), False),
        ("kurz", ("de", "en"), False),
        ("kurz", ("en",), True),
        ("rosa", ("en",), True),
        ("reunión", ("es", "en"), False),
        ("kubernetes", ("en",), False),
    ],
)
def test_a_word_is_struck_by_the_languages_of_its_text(
    word: str, languages: tuple[str, ...], struck: bool
) -> None:
    assert names.is_struck(word, languages) is struck


@pytest.mark.parametrize("language", COVERED)
def test_few_listed_names_are_common_words(language: str) -> None:
    words = common_words((language, "en") if language != "en" else ("en",))
    assert not people.FIRST & words
    assert all(names.frequencies("en").get(w, 0) or names.frequencies(language).get(w, 0)
               for w in words & people.given())  # fmt: skip


def test_accents_that_are_lost_cost_no_word() -> None:
    assert {"pequeño", "pequeno", "direccion"} <= common_words(("es", "en"))
    assert {"für", "fur", "fuer", "größer".replace("ß", "ss")} <= common_words(("de", "en"))


@pytest.mark.parametrize(
    ("word", "passes"),
    [("o'connor", False), ("d'angelo", False), ("don't", True), ("let's", True)],
)
def test_a_name_after_an_apostrophe_never_passes(word: str, passes: bool) -> None:
    from privacy.vocabulary import may_pass

    assert may_pass(word) is passes


FOUND = [
    ("dear will, please find the file attached", "will"),
    ("the meeting with mr king and mrs day is at noon", "king"),
    ("sehr geehrter herr koch, vielen dank für die nachricht", "koch"),
    ("frau klein bittet um rückruf wegen der rechnung", "klein"),
    ("madame petit demande qu'on la rappelle demain", "petit"),
    ("bonjour fleur, tu peux m'envoyer le fichier", "fleur"),
    ("la señora blanco pide que la llamen mañana", "blanco"),
    ("la signora conti chiede di essere richiamata", "conti"),
    ("gentile sig. neri, grazie per la pazienza", "neri"),
    ("de vergadering met mevrouw de jong is morgen", "jong"),
    ("geachte heer van den berg, bedankt voor uw geduld", "berg"),
    ("o senhor coelho ligou por causa da fatura", "coelho"),
    ("muito obrigada pela ajuda\natenciosamente,\nv. castelo", "castelo"),
    ("cordiali saluti,\nluce serra", "serra"),
    ("bitte l. prata in kopie nehmen", "prata"),
    ("ieri ho parlato con Luce Rosa Riva e abbiamo deciso", "Riva"),
    ("je m'appelle victoire blanc et j'ai une question", "blanc"),
    ("mein name ist ernst kurz und ich habe eine frage", "ernst"),
    ("la reunión con pilar es el jueves por la tarde", "pilar"),
    ("vital said that the numbers do not add up", "vital"),
    ("tell Will that the delivery is late", "Will"),
    ("chance's laptop is broken and she uses mine", "chance"),
    ("zeg tegen peiling dat de levering te laat komt", "peiling"),
    ("sag wolke dass die lieferung später kommt", "wolke"),
    ("di' a primavera che la consegna è in ritardo", "primavera"),
    ("dile a fuente que la entrega se retrasa", "fuente"),
    ("alguma notícia de leite? o orçamento ainda está aberto", "leite"),
    ("des nouvelles de riviere ? le devis est toujours ouvert", "riviere"),
    ("nos reunimos con la senora iglesias para ver los resultados", "iglesias"),
    ("dawei pesce e chiara pesce sono nel nuovo progetto", "chiara pesce"),
    ("il paziente chiara pesce è stato spostato stamattina", "chiara pesce"),
    ("fattura per libero sacco, da pagare entro la fine del mese", "libero sacco"),
    ("libero bosco ha chiamato per il rimborso di ieri", "libero bosco"),
    ("aqui é nuvem do suporte, agora vejo a sua tela", "nuvem"),
    ("de patiënt diego van der meer is naar huis gebracht", "van der meer"),
    ("nous avons vu mme de beauvoir pour les résultats", "beauvoir"),
    ("muchas gracias por todo\nun saludo,\npia pesce", "pia pesce"),
    ("hat wolke den entwurf schon gesehen und was sagt sie", "wolke"),
]


@pytest.mark.parametrize(("text", "name"), FOUND, ids=[text[:30] for text, _ in FOUND])
def test_names_that_are_words_are_found_in_context(text: str, name: str) -> None:
    start = text.index(name)
    assert any(f.start <= start and f.end >= start + len(name) for f in context.find(text))


@pytest.mark.parametrize(
    "text",
    [
        "will the rose grow in summer",
        "hi all, thanks for that",
        "hello everyone, good morning",
        "we need to talk about the price of the new windows",
        "der koch ist klein und der winter war lang",
        "la puerta de la sala no funciona",
        "la porta della sala è rotta e il vino è buono",
        "le petit chat blanc est sur le pont",
        "de kleine jongen speelt in de berg",
        "a casa é grande e a costa do brasil é longa",
        "best,\nplease call me back when you can",
        "ik heb een vraag over mijn laatste rekening",
        "apaga el ordenador y la luz cuando salgas",
        "o cliente quer receber o pacote de manhã e paga com cartão",
        "wir brauchen eine neue rechnung und zwei kopien davon",
        "il nuovo progetto è pronto e la riunione è domani",
        "today's meeting is about the company's new office",
        "the customer wants the parcel and the invoice by friday",
        "",
        "...",
        "&",
    ],
)
def test_words_are_no_names_without_a_cue(text: str) -> None:
    assert list(context.find(text)) == []


@given(st.text(max_size=120))
@settings(max_examples=200, deadline=None)
def test_findings_lie_within_the_text(text: str) -> None:
    for finding in context.find(text):
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.kind == "PERSON"


@pytest.mark.parametrize("language", [*COVERED, "pl"])
def test_cues_of_a_language_hold_english_greetings(language: str) -> None:
    own = cues(language)
    assert "hi" in own.greetings and "dr" in own.titles
    assert ("herr" in own.titles) is (language == "de")


@pytest.mark.parametrize(
    ("text", "cased"),
    [
        ("i met linda in york", "i met Linda in York"),
        ("ich habe linda in berlin getroffen und sie war nett", None),
        ("ho parlato con giulia della riunione di domani", None),
    ],
)
def test_only_english_is_cased_for_the_tagger(text: str, cased: str | None) -> None:
    assert names.true_cased(text) == cased


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("il cliente abita in centro e vuole il pacco", ""),
        ("o cliente mora na cidade e quer receber o pacote", ""),
        ("el cliente vive en el centro y quiere el paquete", ""),
        ("de klant woont op de hoek en wil het pakket graag", ""),
        ("der kunde wohnt in der stadt und möchte das paket", ""),
        ("der kunde blaue lagune möchte das paket am vormittag", "blaue lagune"),
        ("il cliente Fiume vuole il pacco entro domani", "Fiume vuole"),
        ("il cliente: fiume vuole il pacco entro domani", "fiume vuole"),
    ],
)
def test_what_a_customer_does_is_no_name(text: str, whole: str) -> None:
    found = {text[f.start : f.end] for f in desktop.find(text) if f.detector == "desktop:customer"}
    assert found == ({whole} if whole else set())


@pytest.mark.parametrize(
    "part",
    [
        "tell ",
        "di' a ",
        "anna e ",
        "libero ",
        "notizie da ",
        "herr ",
        "a. ",
        "von der ",
        "de ",
        "dear ",
        "anna, ",
        "a-",
        "O'",
    ],
)
def test_hostile_repetition_is_survived(part: str) -> None:
    text = part * (4_000 // len(part))
    assert all(finding.end <= len(text) for finding in context.find(text))
