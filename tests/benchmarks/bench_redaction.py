"""Detection, and redaction, against Presidio's stock batch engine with the same model."""

from __future__ import annotations

import json
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from etl.simulate.run import simulate
from privacy import detectors, languages, vocabulary
from privacy.detectors import presidio
from privacy.policy import default_policy
from privacy.redact import redact
from tests.benchmarks.timing import Result, alternate
from tests.privacy.corpus import FILE, location, samples

BATCH = 64


_STATE: dict[str, detectors.Detector] = {}


def _load() -> None:
    _STATE["detector"] = detectors.load()
    _STATE["detector"].find(["Ann Lee called 555-123-4567 from Paris"])


def _forget() -> None:
    """Drops what is kept of texts; words that are known stay so, as in spaCy's vocabulary."""
    _STATE["detector"].remembered.clear()
    languages.forget()


def _detect(texts: list[str]) -> int:
    """Finds with nothing remembered from the round before; in this process or a worker."""
    _forget()
    return sum(map(len, _STATE["detector"].find(texts)))


def _detect_by_two(pool: ProcessPoolExecutor, texts: list[str]) -> int:
    """The same by two workers, each with every other text; equal texts go to one of them."""
    distinct = sorted({*texts})
    return sum(pool.map(_detect, [distinct[::2], distinct[1::2]]))


def _redact(texts: list[str]) -> pl.Series:
    """Finding, redacting and the allow-list, as a build does them."""
    _forget()
    found = _STATE["detector"].find(texts)
    policy, allowed = default_policy(), vocabulary.common_words()
    redacted = [redact(text, spans, policy) for text, spans in zip(texts, found, strict=True)]
    return vocabulary.admit(pl.Series(redacted, dtype=pl.String), allowed)


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


def _simulated() -> list[str]:
    """What twelve simulated people typed in two hours, field by field."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sim"
        simulate(out, users=12, hours=2.0, seed=1)
        key = json.loads((out / "answer_key.json").read_text(encoding="utf-8"))
    return [field["text"] for field in key["fields"]]


def _repeated(texts: list[str]) -> list[str]:
    """Ten times as many texts, drawn from these by Zipf's law: some often, most hardly ever."""
    weights = [1 / rank for rank in range(1, len(texts) + 1)]
    return Random(1).choices(texts, weights, k=10 * len(texts))


def _short_lines() -> list[str]:
    """A hundredth of 700,000 lines of ten characters, 7 MB, as often repeated as in the whole.

    The words are drawn as often as English has them. Of the distinct lines, by how often each
    comes, every hundredth is taken, all the times that it comes.
    """
    import wordfreq

    frequencies = wordfreq.get_frequency_dict("en")
    words = sorted(frequencies, key=lambda word: (-frequencies[word], word))
    drawn = Random(1).choices(words, [frequencies[word] for word in words], k=2_000_000)
    times = Counter(textwrap.wrap(" ".join(drawn), 13)[:700_000])
    taken = sorted(times.items(), key=lambda item: (-item[1], item[0]))[50::100]
    return [line for line, count in taken for _ in range(count)]


def main() -> list[Result]:
    """Detection in one process and in two, on four kinds of texts, and redaction; else none."""
    if not location(FILE).exists():
        sys.stderr.write(f"left out: the shared test data is not there: {FILE}\n")
        return []
    _load()
    baseline = stock()
    written = [row["full_text"] for row in samples()][::3]
    lower = [row["full_text"] for row in samples(lower=True)][::3]
    simulated, lines = _simulated(), _short_lines()
    results = [
        alternate(f"{name}, {len(texts):,} texts", partial(ours, texts), partial(baseline, texts))
        for name, ours, texts in (
            ("detection as written", _detect, written),
            ("detection in lower case", _detect, lower),
            ("detection of simulated text", _detect, simulated),
            ("redaction as written, against detection", _redact, written),
        )
    ]
    often = _repeated(written)
    title = f"detection of repeated text, {len(often):,} texts"
    results.append(alternate(title, partial(_detect, often), partial(baseline, often), rounds=1))
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=_load) as pool:
        for name, texts in (
            ("as written", written),
            ("of simulated text", simulated),
            ("of short lines", lines),
        ):
            ours = partial(_detect_by_two, pool, texts)
            ours()
            title = f"detection {name} by two workers, {len(texts):,} texts"
            results.append(alternate(title, ours, partial(baseline, texts), rounds=3))
    return results
