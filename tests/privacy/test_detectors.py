"""All detectors together: Presidio's part, batching, no network, and a corpus with marked spans."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy import detectors, vocabulary
from privacy.detectors import names, network, presidio, tagging
from privacy.findings import KINDS
from privacy.policy import PLACEHOLDERS
from tests.benchmarks.bench_redaction import stock
from tests.privacy.corpus import IDENTIFYING, measure, samples


@pytest.fixture(scope="module")
def detector() -> detectors.Detector:
    return detectors.load()


def test_lower_case_names_are_found_over_the_cased_copy(detector: detectors.Detector) -> None:
    [found] = detector.find(["yesterday i met linda smith in paris"])
    assert {"PERSON", "PLACE"} <= {finding.kind for finding in found}


def test_only_dates_of_a_calendar_are_found(detector: detectors.Detector) -> None:
    dated, undated = detector.find(
        ["We signed it on July 14, 1985.", "It took 10 minutes on Friday."]
    )
    assert "DATE" in {finding.kind for finding in dated}
    assert "DATE" not in {finding.kind for finding in undated}


def test_presidio_is_asked_as_its_own_engine_asks() -> None:
    """Every span of the stock recognizers' own `analyze` is found, in spite of the short cuts.

    Except telephones of under seven digits: `3369 24` in an address is one to some region.
    """
    find = presidio.patterns()
    stock = presidio.recognizers()
    for row in samples()[::3]:
        text = row["full_text"]
        ours = {(f.start, f.end, f.detector) for f in find(text)}
        theirs = {
            (hit.start, hit.end, f"presidio:{hit.entity_type}")
            for recognizer in stock
            for hit in recognizer.analyze(text, recognizer.supported_entities)
            if hit.entity_type != "PHONE_NUMBER"
            or sum(c.isdigit() for c in text[hit.start : hit.end]) >= 7
        }
        assert theirs <= ours


TAGGED = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME"})
"""What Presidio takes from the tagger."""


@pytest.mark.parametrize("lower", [False, True])
def test_findings_are_never_fewer_than_those_of_presidios_own_engine(
    detector: detectors.Detector, lower: bool
) -> None:
    """What the stock engine finds with the same model and recognizers is covered, all of it.

    Except dates that stand in no calendar (`friday`, `two weeks ago`), which tell nobody anything,
    telephones of under seven digits, and what the English tagger says of other languages' texts.
    """
    texts = [row["full_text"] for row in samples(lower=lower)][::3]
    kinds = set()
    for text, ours, theirs in zip(texts, detector.find(texts), stock()(texts), strict=True):
        covered = {place for f in ours for place in range(f.start, f.end)}
        for hit in theirs:
            kinds.add(hit.entity_type)
            said = text[hit.start : hit.end]
            if hit.entity_type in TAGGED and not names.is_english(text):
                continue
            if hit.entity_type == "DATE_TIME" and not presidio._CALENDAR.search(said):
                continue
            if hit.entity_type == "PHONE_NUMBER" and sum(c.isdigit() for c in said) < 7:
                continue
            places = (p for p in range(hit.start, hit.end) if not text[p].isspace())
            assert covered.issuperset(places)
    assert {"PERSON", "LOCATION", "ORGANIZATION", "PHONE_NUMBER", "CREDIT_CARD"} <= kinds


ODD = [
    "", " ", "\n", "a  b", "a\nb", " a", "a ", "a \n b\n\n", "\t x", "x\u00a0y", "\u2003x \u2003",
    "don't cannot U.S.", "I'm :) ok :( : ) 8-) x.x", "e.g. (this), 5km/h", "Ann\u0301 Lee\u3000met",
    "Linda Smith\nParis\n", "New  York City of New \n York", "'Tis p.m. 5p.m. Jan. 5", "a." * 50,
]  # fmt: skip
"""White space, words that spaCy has rules for, and names beside both."""


def _texts() -> list[str]:
    rows = [row["full_text"] for lower in (False, True) for row in samples(lower=lower)[::2]]
    return [*ODD, *rows, *(f"{one}\n{two} " for one, two in pairwise(rows[::5]))]


@pytest.fixture(scope="module")
def model() -> Any:
    import spacy

    return spacy.load(
        presidio.MODEL, disable=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer"]
    )


def test_the_tagger_gives_what_spacys_own_loop_gives(model: Any) -> None:
    texts = _texts()
    docs = list(model.pipe(texts))
    own = [[(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in docs]
    tag = tagging.tagger_of(model)
    assert tag(texts) == own
    assert [tag([text])[0] for text in texts[:200]] == own[:200]
    assert sum(map(len, own)) > 1_000
    assert any(len(text[start:end].split()) > 3 for text, names in zip(texts, own, strict=True)
               for start, end, _ in names)  # fmt: skip


def test_texts_are_cut_as_spacy_cuts_them_and_words_read_as_it_reads_them(model: Any) -> None:
    words = tagging.words_of(model)
    texts = _texts()
    embed = model.get_pipe("ner").model.layers[0].layers[0].get_ref("embed")
    for text in texts:
        doc, runs = model.make_doc(text), tagging.runs_of(text)
        words.learn({*runs})
        spans = tagging.spans_of(text, runs, words.cut)
        assert spans == [(token.idx, token.idx + len(token)) for token in doc]
        rows = [row for run in runs for row in words.cut[run][0]]
        assert [words.spaces[row] for row in rows] == [token.is_space for token in doc]
        if rows:
            np.testing.assert_allclose(words.table[rows], embed.predict([doc])[0], atol=1e-4)


def test_a_network_of_another_form_is_refused(model: Any) -> None:
    tagger = model.get_pipe("ner")
    other = SimpleNamespace(layers=tagger.model.layers, attrs={"unseen_classes": {1}})
    with pytest.raises(ValueError, match="another form"):
        network.of_spacy(SimpleNamespace(moves=tagger.moves, model=other))


@pytest.mark.parametrize("table", [presidio, tagging])
def test_a_vocabulary_that_is_full_is_emptied_without_another_result(
    monkeypatch: pytest.MonkeyPatch, table: Any
) -> None:
    texts = ["Linda Smith met John Miller in Paris", "unheard plorvings of Trovelia"]
    find = presidio.named_entities()
    before = [find([text]) for text in texts]
    monkeypatch.setattr(table, "_KNOWN_WORDS", 1)
    assert [find([text]) for text in texts * 2] == before * 2


def test_a_pattern_that_takes_too_long_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        def finditer(self, text: str, timeout: float) -> Iterator[Any]:
            raise TimeoutError

    pattern = presidio._Pattern("URL", Slow(), 1.0, lambda _: None, lambda _: None)
    with pytest.raises(TimeoutError):
        list(presidio._matches(pattern, "a.b"))


def test_kinds_are_all_known_to_the_policy() -> None:
    assert set(presidio.KINDS.values()) <= set(KINDS) <= set(PLACEHOLDERS)


def test_order_and_repetition_of_texts_do_not_matter(detector: detectors.Detector) -> None:
    texts = ["call 555-123-4567", "Linda Smith", "", "nothing", "Linda Smith"]
    found = detector.find(texts)
    assert found[1] == found[4] != ()
    assert found[2] == ()
    assert detector.find(texts[::-1]) == found[::-1]
    assert detector.find([]) == []
    assert all(list(one) == sorted(one) for one in found)


EVADING = [
    ("my pass is J o h n   S m i t h", "PERSON", "J o h n   S m i t h"),
    ("call zero one seven six two two three four five", "NUMBER", "zero one seven six two"),
    ("john punkt smith at firma punkt de", "EMAIL", "john punkt smith at firma punkt de"),
    ("my раssword іs summer", "PASSWORD", "summer"),
    ("my p\u200bassword is summer", "PASSWORD", "summer"),
    ("card ４１１１ １１１１ １１１１ １１１１", "CARD", "４１１１ １１１１ １１１１ １１１１"),
    ("john.smith@\nfirma.de", "EMAIL", "john.smith@\nfirma.de"),
    ("see am9obi5zbWl0aEBleGFtcGxlLmNvbQ==", "EMAIL", "am9obi5zbWl0aEBleGFtcGxlLmNvbQ=="),
    ("see john%2Esmith%40example.com", "EMAIL", "john%2Esmith%40example.com"),
    ("p a s s w o r d : summer", "PASSWORD", "summer"),
    ("4111 1111\n1111 1111", "CARD", "4111 1111\n1111 1111"),
]


@pytest.mark.parametrize(("text", "kind", "covered"), EVADING)
def test_what_is_hidden_by_noise_is_found(
    detector: detectors.Detector, text: str, kind: str, covered: str
) -> None:
    [found] = detector.find([text])
    start = text.index(covered)
    inside = [
        f for f in found if f.kind == kind and f.start < start + len(covered) and f.end > start
    ]
    places = {place for f in inside for place in range(f.start, f.end)}
    telling = {p for p in range(start, start + len(covered)) if not text[p].isspace()}
    assert telling <= places


def test_what_is_remembered_changes_nothing(detector: detectors.Detector) -> None:
    texts = ["call 555-123-4567", "Linda Smith in Paris", "x " * 300]
    first = detector.find(texts)
    assert texts[0] in detector.remembered and texts[2] not in detector.remembered
    assert detector.find([*texts, "and 10.1.2.3"])[:3] == first
    detector.remembered.clear()
    assert detector.find(texts) == first


def test_what_is_remembered_is_bounded(
    detector: detectors.Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector.remembered.clear()
    monkeypatch.setattr(detectors, "REMEMBERED", 40)
    for number in range(20):
        detector.find([f"text number {number}"])
        assert sum(map(len, detector.remembered)) <= 40
    detector.find(["x" * 50])
    assert sum(map(len, detector.remembered)) <= 40
    detector.remembered.clear()


def test_long_texts_are_read_to_their_end(detector: detectors.Detector) -> None:
    filler = "nothing to see here " * 2_000
    text = f"{filler}ann@corp.example {filler}call 555-123-4567"
    [found] = detector.find([text])
    got = {text[f.start : f.end] for f in found if f.kind in ("EMAIL", "PHONE")}
    assert {"ann@corp.example", "555-123-4567"} <= got


@given(st.text("ab \n", max_size=200), st.integers(5, 40))
@settings(deadline=None)
def test_pieces_cover_a_text_and_overlap(text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detectors, "PIECE", size)
        patch.setattr(detectors, "OVERLAP", 3)
        pieces = list(detectors._pieces(text))
    assert all(text[start : start + len(piece)] == piece for _, start, piece in pieces)
    assert all(whole == text and len(piece) <= size for whole, _, piece in pieces)
    ends = [start + len(piece) for _, start, piece in pieces]
    assert all(start <= end for (_, start, _), end in zip(pieces[1:], ends, strict=False))
    assert (pieces[0][1], ends[-1]) == (0, len(text))


def test_batches_are_bounded_and_complete() -> None:
    pieces = [("", n, "x" * n) for n in range(1, 400, 7)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detectors, "BATCH_BYTES", 4_000)
        batches = list(detectors._batches(pieces))
    assert sorted(piece for batch in batches for piece in batch) == sorted(pieces)
    assert all(sum(4 * len(p) for _, _, p in batch) <= 4_000 for batch in batches)


def test_no_network_is_touched_and_nothing_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with caplog.at_level(logging.DEBUG):
        fresh = detectors.load()
        [found] = fresh.find(["ann@example.co.uk wrote https://example.com GB00WEST12345698765432"])
    assert {"EMAIL", "URL"} <= {finding.kind for finding in found}
    assert "ann@" not in caplog.text and "WEST" not in caplog.text


def test_a_missing_model_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presidio, "MODEL", "en_no_such_model")
    with pytest.raises(OSError, match="en_no_such_model"):
        detectors.load()


@pytest.mark.parametrize("lower", [False, True])
def test_what_is_left_of_marked_spans(detector: detectors.Detector, lower: bool) -> None:
    rows = samples(lower=lower)
    found = detector.find([row["full_text"] for row in rows])
    result = measure(rows, found, vocabulary.common_words())
    whole = sum(result.covered.values()) / sum(result.spans.values())
    assert result.leak_rate(IDENTIFYING) <= 0.01
    assert result.lost / result.words <= 0.07
    assert whole >= 0.62  # the stock small model's share, on the texts as written
    assert result.leak_rate(frozenset({"ORGANIZATION"})) <= (0.25 if lower else 0.10)
