"""spaCy's network for named entities, run by NumPy over whole batches: the same weights and moves.

What the network makes of a word depends on the word and the four on each side of it, and what it
does there on that, and on whether a name is open. So each layer is worked out once for each run of
words that differs, and all words where no name is open are decided together; only names of more
than one word are followed step by step, all of a batch at once. Sums are rounded in another order
than spaCy's; the tests hold that the same entities come out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float32]]
Places = np.ndarray[Any, np.dtype[np.int64]]
Span = tuple[int, int, str]
"""A name: the places of its first and last word, and its label."""

PAD = 0
"""The row that stands for no word, before a text and after it."""

_FEW = 2  # how often each row must stand in triples to be multiplied alone
_BLOCK = 512  # rows that are worked out together: they stay near the processor
_STEPS = 1_000_000  # rows that a key of three rows has room for


@dataclass(frozen=True, slots=True)
class _Layer:
    """One convolution over three words: weights by place and piece, bias, scale and shift."""

    weights: Numbers
    bias: Numbers
    scale: Numbers
    shift: Numbers

    def apply(self, rows: Numbers, triples: Places) -> Numbers:
        """A row for each triple of rows: the greatest of three sums, normalised, and its middle."""
        size = rows.shape[1]
        sums = self._sums(rows, few=_FEW * len(rows) < len(triples))
        best = np.empty((len(triples), size), np.float32)
        for start in range(0, len(triples), _BLOCK):
            block = triples[start : start + _BLOCK]
            into = best[start : start + _BLOCK]
            self._apply(sums(block), into)
            into += rows[block[:, 1]]
        return best

    def _sums(self, rows: Numbers, *, few: bool) -> Callable[[Places], Numbers]:
        """What the weights make of triples; of few rows, each is multiplied once for each place."""
        size = rows.shape[1]
        if not few:
            return lambda triples: rows[triples].reshape(len(triples), -1) @ self.weights
        left, middle, right = (rows @ self.weights[i * size : (i + 1) * size] for i in range(3))
        return lambda t: left[t[:, 0]] + middle[t[:, 1]] + right[t[:, 2]]

    def _apply(self, sums: Numbers, into: Numbers) -> None:
        size = into.shape[1]
        sums += self.bias
        np.maximum(sums[:, :size], sums[:, size : 2 * size], out=into)
        np.maximum(into, sums[:, 2 * size :], out=into)
        into -= into.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", into, into) / np.float32(size) + np.float32(1e-8)
        into *= (1 / np.sqrt(spread))[:, None]
        into *= self.scale
        into += self.shift


@dataclass(frozen=True, slots=True)
class _Moves:
    """What may be done at a word: the columns of the moves, by label, in the network's order."""

    begin: tuple[int, ...]
    unit: tuple[int, ...]
    inside: tuple[int, ...]
    last: tuple[int, ...]
    out: int
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """The layers after a word's own; made by `of_spacy`."""

    layers: tuple[_Layer, ...]
    narrow: tuple[Numbers, Numbers]
    lower: tuple[Numbers, Numbers, Numbers]
    upper: tuple[Numbers, Numbers]
    moves: _Moves

    @property
    def margin(self) -> int:
        """How many rows `PAD` must stand before, between and after texts."""
        return len(self.layers)

    def names(self, table: Numbers, words: Places, spaces: Any) -> Iterator[Span]:
        """The names in texts, in order, given the rows of their words in a table.

        `words` are rows of `table`, with `margin` of `PAD` on both sides of each text; `spaces`
        says of each whether it is white space. Places are counted in `words`.
        """
        if not words.any():
            return
        features, rows = self._features(table, words)
        yield from _first_of_all(self._candidates(features, rows, words == PAD, spaces))

    def _features(self, table: Numbers, words: Places) -> tuple[Numbers, Places]:
        """For each run of words that differs its three parts of a state; which run is where."""
        used, rows = np.unique(words, return_inverse=True)
        values = table[used]
        near = words != PAD
        wanted = [near]
        for _ in self.layers[1:]:
            near = near.copy()
            near[1:] |= wanted[-1][:-1]
            near[:-1] |= wanted[-1][1:]
            wanted.append(near)
        for layer, here in zip(self.layers, reversed(wanted), strict=True):
            triples, rows = _triples(rows, here)
            values = layer.apply(values, triples)
        weights, bias = self.narrow
        parts: Any = (values @ weights + bias) @ self.lower[0]
        return parts.reshape(len(parts), 3, -1), rows

    def _candidates(
        self, features: Numbers, rows: Places, pads: Any, spaces: Any
    ) -> Iterator[Span]:
        """The names that would begin at each word if none were open there, in order."""
        closed = self._scores(features[:, 0] + self.lower[2])
        moves = self.moves
        out = closed[:, moves.out]
        begin, unit = closed[:, moves.begin], closed[:, moves.unit]
        best_begin, best_unit = begin.max(axis=1), unit.max(axis=1)
        begins = (best_begin >= best_unit) & (best_begin >= out)
        words = np.flatnonzero(~(pads | spaces))
        at = rows[words]
        ends = pads[words + 1]
        opened = begins[at] & ~ends
        single = (best_unit[at] >= out[at]) & ~opened
        labels = np.where(opened, begin.argmax(axis=1)[at], unit.argmax(axis=1)[at])
        starts, kinds = words[opened], labels[opened]
        until = np.array(words)
        until[opened] = self._followed(features, rows, pads, starts, kinds)
        chosen = opened | single
        for start, end, label in zip(
            words[chosen].tolist(), until[chosen].tolist(), labels[chosen].tolist(), strict=True
        ):
            yield start, end, moves.labels[label]

    def _followed(
        self, features: Numbers, rows: Places, pads: Any, starts: Places, labels: Places
    ) -> Places:
        """Where each name ends that begins at a place and goes on to the next."""
        inside, last = np.array(self.moves.inside), np.array(self.moves.last)
        ends = starts + 1
        going = np.arange(len(starts))
        while len(going):
            here, label = ends[going], labels[going]
            state = features[rows[here], 0] + features[rows[starts[going]], 1]
            state += features[rows[here - 1], 2] + self.lower[1]
            scores = self._scores(state)
            each = np.arange(len(going))
            on = scores[each, inside[label]] >= scores[each, last[label]]
            going = going[on & ~pads[here + 1]]
            ends[going] += 1
        return ends

    def _scores(self, state: Numbers) -> Numbers:
        half = state.shape[1] // 2
        weights, bias = self.upper
        scores: Numbers = np.maximum(state[:, :half], state[:, half:]) @ weights + bias
        return scores


def _triples(rows: Places, here: Any) -> tuple[Places, Places]:
    """The different triples of neighbouring rows where wanted; which of them is where (else 0)."""
    places = np.flatnonzero(here)
    keys = (rows[places - 1] * _STEPS + rows[places]) * _STEPS + rows[places + 1]
    different, which = np.unique(keys, return_inverse=True)
    left, rest = np.divmod(different, _STEPS * _STEPS)
    triples = np.stack([left, *np.divmod(rest, _STEPS)], axis=1)
    numbered = np.zeros(len(rows), np.int64)
    numbered[places] = which
    return triples, numbered


def _first_of_all(names: Iterator[Span]) -> Iterator[Span]:
    """Names in order, without those that begin before another has ended."""
    done = -1
    for start, end, label in names:
        if start > done:
            yield start, end, label
            done = end


def of_spacy(tagger: Any) -> Network:
    """The network of spaCy's part for named entities; raises ValueError for one of another form."""
    words, lower, upper = tagger.model.layers
    encode = words.layers[0].get_ref("encode")
    convolutions = encode.layers[0].layers
    sizes = {part.attrs["window_size"] for part in encode.walk() if part.name == "expand_window"}
    if (
        tagger.model.attrs["unseen_classes"]
        or sizes != {1}
        or (lower.get_dim("nF"), lower.get_dim("nP")) != (3, 2)
        or words.layers[-1].name != "linear"
    ):
        raise ValueError("the tagger's network has another form than was expected")
    return Network(
        tuple(map(_layer, convolutions)),
        _linear(words.layers[-1]),
        _lower(lower),
        _linear(upper),
        _moves([tagger.moves.get_class_name(i) for i in range(tagger.moves.n_moves)]),
    )


def _layer(residual: Any) -> _Layer:
    parts = {part.name: part for part in residual.walk()}
    maxout, norm = parts["maxout"], parts["layernorm"]
    weights, bias = maxout.get_param("W"), maxout.get_param("b")
    if weights.shape[1] != 3 or weights.shape[2] != 3 * weights.shape[0]:
        raise ValueError("a layer of the tagger's network has another form than was expected")
    flat = weights.transpose(1, 0, 2).reshape(-1, weights.shape[2])
    return _Layer(
        np.ascontiguousarray(flat.T), bias.T.ravel(), norm.get_param("G"), norm.get_param("b")
    )


def _linear(layer: Any) -> tuple[Numbers, Numbers]:
    return np.ascontiguousarray(layer.get_param("W").T), layer.get_param("b")


def _lower(lower: Any) -> tuple[Numbers, Numbers, Numbers]:
    """Weights by part of a state and piece, the bias, and the bias with two parts missing."""
    weights, pad = lower.get_param("W"), lower.get_param("pad")[0]
    bias = lower.get_param("b").T.ravel()
    flat = weights.transpose(0, 2, 1, 3).reshape(-1, weights.shape[3])
    missing = pad.transpose(0, 2, 1).reshape(len(pad), -1)
    return np.ascontiguousarray(flat.T), bias, bias + missing[1] + missing[2]


def _moves(names: Sequence[str]) -> _Moves:
    labels = tuple(name[2:] for name in names if name.startswith("B-"))
    begin, unit, inside, last = (
        tuple(names.index(f"{move}-{label}") for label in labels) for move in "BUIL"
    )
    return _Moves(begin, unit, inside, last, names.index("O"), labels)
