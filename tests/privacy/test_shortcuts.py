"""What is left out for speed changes no finding: plain words, signs, telephones, calm words."""

from __future__ import annotations

import random
import re
from functools import cache
from types import ModuleType
from typing import Any

import pytest
import wordfreq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy import languages
from privacy.detectors import (
    addresses,
    context,
    dates,
    desktop,
    encodings,
    identifiers,
    national,
    noise,
    numbers,
    plain,
    presidio,
    secrets,
    signs,
    spoken,
    titles,
    unfolding,
)
from tests.audit_text import made
from tests.privacy.corpus import samples

FINDERS = (secrets, numbers, national, identifiers, dates, desktop, titles, addresses, noise)
MODULES = (*FINDERS, encodings, spoken, unfolding)
WORDS = wordfreq.top_n_list("en", 5_000)
TELLING = sorted(
    {word for part in (secrets.MAY_HOLD, identifiers.MAY_LOG_IN, desktop.MAY_CUE) for word in part}
    | {*spoken.DIGITS, "is", "street", "corner of", "inc", "AG", "dot", "at", "com", "manager of"}
    | {
        "of",
        "as",
        "to",
        "be",
        "ad",
        "fa",
        "ce",
        "a",
        "b",
        "deadbeef",
        "www.",
        "cd",
        "swift",
        "host",
    }
)


@cache
def _presidio() -> presidio.Find:
    return presidio.patterns()


def _corpus() -> list[str]:
    rows = [row["full_text"] for lower in (False, True) for row in samples(lower=lower)]
    return [*rows, *(row["full_text"] for row in made.texts(1_500, 11))]


def _holds(text: str) -> bool:
    """Whether a text that is told to be plain is, and whether it was told so."""
    if not plain.is_plain(text):
        return False
    found = [finding for module in FINDERS for finding in module.find(text)]
    assert (text, found, noise.readings(text)) == (text, [], [])
    assert list(_presidio()(text)) == []
    return True


def test_nothing_is_found_in_plain_texts_of_the_corpora() -> None:
    texts = {part for text in _corpus() for part in (text, *re.split(r"[.\n]", text))}
    assert sum(map(_holds, sorted(texts))) > 1_000


def test_nothing_is_found_in_plain_texts_of_words_drawn() -> None:
    rng = random.Random(1)
    plain_ones = 0
    for _ in range(20_000):
        drawn = rng.choices(WORDS if rng.random() < 0.5 else [*WORDS[:300], *TELLING], k=5)
        drawn = [word.capitalize() if rng.random() < 0.2 else word for word in drawn]
        plain_ones += _holds(
            "".join(word + rng.choice([" "] * 6 + ["\n", ". ", ", "]) for word in drawn)
        )
    assert plain_ones > 2_000


_PLACES = ("_BROKEN", "_CAMEL")  # patterns of what stands between two characters
_PATTERNS = [
    (module, name)
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
]


@pytest.mark.parametrize(
    ("module", "name"), _PATTERNS, ids=lambda value: getattr(value, "NAME", value)
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_pattern_matches_is_not_plain_if_it_is_found(
    module: ModuleType, name: str, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(getattr(module, name), fullmatch=name not in _PLACES))
    for one in (text, f"the {text} of", text.lower(), re.sub(r"[^A-Za-z .]", " ", text)):
        _holds(one)


_SIGNED = [
    (pattern.entity, pattern.search.pattern)
    for recognizer in presidio.recognizers()
    if hasattr(recognizer, "patterns") and recognizer.supported_entities[0] in signs.SIGNS
    for pattern in presidio._compiled(recognizer)
]


@pytest.mark.parametrize(("entity", "pattern"), _SIGNED)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_recognizer_matches_has_its_sign(
    entity: str, pattern: str, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(re.compile(pattern, re.IGNORECASE | re.DOTALL)))
    least = signs.NEEDS.get(entity, (0, ""))[0]
    assert signs.SIGNS[entity].search(text)
    assert sum(character.isdecimal() for character in text) >= least


@cache
def _phone_recognizer() -> Any:
    [recognizer] = [r for r in presidio.recognizers() if r.supported_entities == ["PHONE_NUMBER"]]
    return recognizer


_NUMBER = st.lists(
    st.one_of(
        st.text("0123456789", min_size=1, max_size=6),
        st.sampled_from(
            ["+", "+1", "+49 ", "+44", "00", "011", " ", "-", ".", "(", ")", "/", " x"]
        ),
        st.sampled_from(
            [" ext 5", "call ", "a", "\n", ", ", "030", "212 555 0187", "+33 1 4020 5050"]
        ),
    ),
    max_size=9,
).map("".join)


@settings(max_examples=600, deadline=None)
@given(text=_NUMBER)
def test_telephones_are_those_of_presidios_recognizer(text: str) -> None:
    recognizer = _phone_recognizer()
    own = {(hit.start, hit.end, hit.score) for hit in recognizer.analyze(text, ["PHONE_NUMBER"])}
    assert {(f.start, f.end, f.score) for f in presidio._telephones(recognizer)(text)} == own


def test_no_name_begins_where_context_does_not_look(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(2)
    cues = ["mr", "hi", "dear", "regards", "said", "ask", "tell", "with", "and", "smith", "rose"]
    texts = [" ".join(rng.choices([*WORDS[:2_000], *cues * 40], k=8)) for _ in range(4_000)]
    texts += [text.title() for text in texts[::4]] + _corpus()
    quick = [list(context.find(text)) for text in texts]
    monkeypatch.setattr(context, "_places", lambda read: range(len(read.words)))
    assert quick == [list(context.find(text)) for text in texts]
    assert sum(map(bool, quick)) > 1_000


def test_a_languages_score_is_the_sum_of_its_words() -> None:
    table, codes = languages._table(), languages._codes()
    for text in _corpus()[::40]:
        words, scores, known = languages._read(text)
        hits = [table[word] for one in words if (word := one.lower().replace("’", "'")) in table]
        if scores is None:
            assert not hits
            continue
        for place, code in enumerate(codes):
            own = [hit[code] - languages._FLOOR for hit in hits if code in hit]
            assert known[place] == len(own)
            assert not own or scores[place] == pytest.approx(sum(own))
