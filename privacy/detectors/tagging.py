"""spaCy's named entity tagger, without its objects: what stands between spaces is cut once.

A word's first layer depends on the word alone, so it is kept with the word; `network` does the
rest. The tests hold that words and names are those that spaCy gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from thinc.api import NumpyOps
from threadpoolctl import ThreadpoolController

from privacy.detectors.network import PAD, Network, Numbers, of_spacy

Named = tuple[int, int, str]
"""A name's start and end in code points, and its label."""
Part = tuple[tuple[int, ...], tuple[int, ...]]
"""The words that a run of characters is cut into: rows of the table, and sizes."""

_OTHER_SPACE = re.compile(r"[^\S ]")
_RUNS = re.compile(r"\s+|\S+")
_KNOWN_WORDS = 20_000  # rows that are kept from one batch to the next
_KNOWN_SIGNS = 500_000  # characters of the runs that are kept


@dataclass(slots=True)
class Words:
    """The words met so far and what the network's first layer makes of each; see `kept`."""

    tokenize: Callable[[str], Any]
    embed: Callable[[list[Any]], list[Numbers]]
    table: Numbers
    spaces: list[bool] = field(default_factory=lambda: [False])
    cut: dict[str, Part] = field(default_factory=dict)
    rows: dict[tuple[int, int], int] = field(default_factory=dict)
    signs: int = 0

    def learn(self, runs: set[str]) -> None:
        """Cuts runs of characters that are new, and adds a row for each word that is."""
        if len(self.spaces) > _KNOWN_WORDS or self.signs > _KNOWN_SIGNS:
            self.forget()
        new = sorted(runs - self.cut.keys())
        if not new:
            return
        docs = [self.tokenize(run) for run in new]
        added: list[Numbers] = []
        for run, doc, vectors in zip(new, docs, self.embed(docs), strict=True):
            self.cut[run] = self._rows(doc, vectors, added), tuple(len(token) for token in doc)
            self.signs += len(run)
        if added:
            self.table = np.concatenate([self.table, np.stack(added)])

    def _rows(self, doc: Any, vectors: Numbers, added: list[Numbers]) -> tuple[int, ...]:
        found = []
        for token, vector in zip(doc, vectors, strict=True):
            key = token.orth, token.norm
            if key not in self.rows:
                self.rows[key] = len(self.spaces)
                self.spaces.append(token.is_space)
                added.append(vector)
            found.append(self.rows[key])
        return tuple(found)

    def forget(self) -> None:
        """Drops all words."""
        self.table, self.spaces, self.signs = self.table[:1], [False], 0
        self.cut.clear()
        self.rows.clear()


def words_of(model: Any) -> Words:
    """No words yet, of a spaCy model; its part for named entities is changed to use NumPy."""
    words = model.get_pipe("ner").model.layers[0]
    embed = words.layers[0].get_ref("embed")
    _multiply_by_numpy(embed)
    width = words.layers[0].get_dim("nO")
    return Words(model.tokenizer, embed.predict, np.zeros((1, width), np.float32))


def tagger_of(model: Any) -> Callable[[Sequence[str]], list[list[Named]]]:
    """A function from texts to the names in each, with labels, as a spaCy model gives them.

    Raises ValueError where its network has another form than was expected.
    """
    network, words = of_spacy(model.get_pipe("ner")), words_of(model)
    limit_threads = _one_thread()

    def tag(texts: Sequence[str]) -> list[list[Named]]:
        runs = [runs_of(text) for text in texts]
        with limit_threads():
            words.learn({run for own in runs for run in own})
            return _named(network, words, texts, runs)

    return tag


def runs_of(text: str) -> list[str]:
    """What spaCy cuts into words one by one: a space after other characters is in none."""
    if not text:
        return []
    if not _OTHER_SPACE.search(text):
        runs = text.split(" ")
        if all(runs):
            return runs
    runs = _RUNS.findall(text)
    inner = (run[1:] if run[0] == " " else run for run in runs[1:])
    return [run for run in (runs[0], *inner) if run]


def spans_of(text: str, runs: Sequence[str], cut: dict[str, Part]) -> list[tuple[int, int]]:
    """Where each word of a text stands."""
    spans: list[tuple[int, int]] = []
    place = 0
    for run in runs:
        if place and text[place] == " " and not text[place - 1].isspace():
            place += 1
        ends = list(accumulate(cut[run][1], initial=place))
        spans += pairwise(ends)
        place += len(run)
    return spans


def _named(
    network: Network, words: Words, texts: Sequence[str], runs: Sequence[Sequence[str]]
) -> list[list[Named]]:
    gap = [PAD] * network.margin
    rows, starts = [*gap], []
    for own in runs:
        starts.append(len(rows))
        for run in own:
            rows += words.cut[run][0]
        rows += gap
    found: list[list[Named]] = [[] for _ in texts]
    places = np.array(rows)
    spaces = np.array(words.spaces)[places]
    names = list(network.names(words.table, places, spaces))
    at = np.searchsorted(starts, [name[0] for name in names], side="right") - 1
    spans: dict[int, list[tuple[int, int]]] = {}
    for text, (first, last, label) in zip(at.tolist(), names, strict=True):
        if text not in spans:
            spans[text] = spans_of(texts[text], runs[text], words.cut)
        start, end = first - starts[text], last - starts[text]
        found[text].append((spans[text][start][0], spans[text][end][1], label))
    return found


def _multiply_by_numpy(network: Any) -> None:
    """Three times as fast as the library that the network comes with."""
    ops = NumpyOps(use_blis=False)
    for part in network.walk():
        part.ops = ops


def _one_thread() -> Callable[[], AbstractContextManager[Any]]:
    """What to enter around each use: on matrices as small as these, more threads than one wait
    for one another, and take the cores of other workers."""
    libraries = ThreadpoolController()
    return lambda: libraries.limit(limits=1, user_api="blas")
