"""Finding, redacting and the allow-list, against Presidio's stock batch engine finding alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl

from privacy import detectors, vocabulary
from privacy.detectors import presidio
from privacy.policy import default_policy
from privacy.redact import redact
from tests.benchmarks.timing import Result, alternate
from tests.privacy.corpus import FILE, location, samples

BATCH = 64


def _ours() -> Callable[[list[str]], object]:
    detector, policy = detectors.load(), default_policy()
    allowed = vocabulary.common_words()

    def run(texts: list[str]) -> pl.Series:
        found = detector.find(texts)
        redacted = [redact(text, spans, policy) for text, spans in zip(texts, found, strict=True)]
        return vocabulary.admit(pl.Series(redacted, dtype=pl.String), allowed)

    return run


def stock() -> Callable[[list[str]], list[list[Any]]]:
    """Presidio as it comes, with the small model by name and no network.

    Only its e-mail recognizer is replaced, by the one that does not fetch the suffix list.
    """
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    model = {"lang_code": presidio.LANGUAGE, "model_name": presidio.MODEL}
    configuration = {"nlp_engine_name": "spacy", "models": [model]}
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    registry = RecognizerRegistry(recognizers=presidio.recognizers())
    registry.add_nlp_recognizer(engine)
    batch = BatchAnalyzerEngine(AnalyzerEngine(registry=registry, nlp_engine=engine))

    def run(texts: list[str]) -> list[list[Any]]:
        results: list[list[Any]] = batch.analyze_iterator(
            texts, presidio.LANGUAGE, batch_size=BATCH
        )
        return results

    return run


def main() -> list[Result]:
    """Two figures: the 1,500 texts as they are, and in lower case; none without the texts."""
    if not location(FILE).exists():
        sys.stderr.write(f"left out: the shared test data is not there: {FILE}\n")
        return []
    ours, baseline = _ours(), stock()
    results = []
    for name, lower in (("as written", False), ("in lower case", True)):
        texts = [row["full_text"] for row in samples(lower=lower)]
        title = f"redaction of {len(texts):,} texts {name}, against Presidio's detection"
        results.append(alternate(title, partial(ours, texts), partial(baseline, texts)))
    return results
