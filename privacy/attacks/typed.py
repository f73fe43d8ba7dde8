"""What was typed: PINs from the places that rows show, and keys from the timing that is left."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from privacy.attacks import figures
from privacy.attacks.figures import INFERENCE, Figure, Floats, Ints

FOUND, BITS = "PINs found at the first guess", "bits per pair of keys"
PADS, PAIRS = 100, 1000  # at the least
_SHUFFLES = 50
_Z = 1.96  # of a 95 % interval


class Entries(NamedTuple):
    """PINs clicked on pads, what rows show of them, and the truth.

    `x`, `y`: where each digit was pressed as far as rows show, in any unit (n, digits), not a
    number where no row shows it. `key_x`, `key_y`: where the ten keys lay, in the same unit
    (n, 10). `pin`: the digits (n, digits).
    """

    x: Floats
    y: Floats
    key_x: Floats
    key_y: Floats
    pin: Ints


def pins(entries: Entries, seed: int) -> Figure:
    """The share of PINs that are found whole at the first guess.

    The attacker is stronger than a real one: the pads' layouts and places are known, and which
    press was which. Each digit is the one whose key lies nearest; one that no row shows is drawn.
    The control tries the PINs of other pads, the naive guess is one of all PINs. The interval is
    Wilson's (1927) over pads, since none found of many is not certainty. Raises `TooFewError`
    below `PADS` pads.
    """
    n, digits = entries.pin.shape
    figures.enough(n, PADS, "pads")
    guessed = _guessed(entries, seed)
    found = int((guessed == entries.pin).all(axis=1).sum())
    control = float((guessed == np.roll(entries.pin, 1, axis=0)).all(axis=1).mean())
    low, high = _wilson(found, n)
    return Figure("what was typed", FOUND, INFERENCE, found / n, low, high, control,
                  10.0**-digits, n, n)  # fmt: skip


def bits(left: Ints, pair: Ints, person: Ints, seed: int) -> Figure:
    """The mutual information of the timing that rows show and the pair of keys, in bits a pair.

    `left`: the class of the time between two keys, or any number for what a row shows, and one
    of its own where no row shows anything (n). `pair`: which two keys (n). `person`: whose (n).
    The plug-in estimate is too high by what shuffled pairs show, so their mean is taken off, and
    a value slightly below 0 is possible; the control is one shuffle more. The interval is over
    pairs, by the spread of their information or of shuffles, whichever is wider. Raises
    `TooFewError` below `PAIRS` pairs.
    """
    figures.enough(len(pair), PAIRS, "pairs of keys")
    rng = np.random.default_rng([seed, 12])
    own = _information(left, pair)
    shuffled = [float(_information(left, rng.permutation(pair)).mean()) for _ in range(_SHUFFLES)]
    chance = float(np.mean(shuffled))
    wide = _Z * max(float(own.std()) / np.sqrt(len(own)), float(np.std(shuffled)))
    value = float(own.mean()) - chance
    control = float(_information(left, rng.permutation(pair)).mean()) - chance
    return Figure("what was typed", BITS, INFERENCE, value, value - wide, value + wide, control,
                  0.0, len(np.unique(person)), len(pair))  # fmt: skip


def _guessed(entries: Entries, seed: int) -> Ints:
    """A digit for each press."""
    away = np.hypot(
        entries.x[:, :, None] - entries.key_x[:, None, :],
        entries.y[:, :, None] - entries.key_y[:, None, :],
    )
    drawn = np.random.default_rng([seed, 11]).integers(0, 10, entries.pin.shape)
    return np.where(np.isnan(away[:, :, 0]), drawn, away.argmin(axis=2))


def _wilson(found: int, tries: int) -> tuple[float, float]:
    share, part = found / tries, _Z * _Z / tries
    middle = share + part / 2
    half = _Z * np.sqrt(share * (1 - share) / tries + part / tries / 4)
    return max(float(middle - half) / (1 + part), 0.0), float(middle + half) / (1 + part)


def _information(one: Ints, other: Ints) -> Floats:
    """The pointwise mutual information of each pair of values, in bits; its mean is the whole."""
    _, a, many_a = np.unique(one, return_inverse=True, return_counts=True)
    _, b, many_b = np.unique(other, return_inverse=True, return_counts=True)
    _, both, many = np.unique(a * len(many_b) + b, return_inverse=True, return_counts=True)
    found: Floats = np.log2(many[both] * len(one) / (many_a[a] * many_b[b]))
    return found
