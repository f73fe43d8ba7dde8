"""PINs and keys are found where rows show them, and not where they do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.attacks import typed
from privacy.attacks.figures import TooFewError
from privacy.attacks.typed import Entries

NAN = float("nan")


def entries(n: int = 400, off: float = 0.0, hidden: tuple[int, ...] = ()) -> Entries:
    """PINs on pads of two rows of five keys a step of 1 apart, clicked so far off the middle."""
    rng = np.random.default_rng(3)
    pin = rng.integers(0, 10, (n, 4))
    key_x = np.tile(np.arange(10) % 5, (n, 1)) + rng.uniform(0, 90, (n, 1))
    key_y = np.tile(np.arange(10) // 5, (n, 1)) + rng.uniform(0, 90, (n, 1))
    x = np.take_along_axis(key_x, pin, axis=1) + rng.uniform(-off, off, (n, 4))
    y = np.take_along_axis(key_y, pin, axis=1) + rng.uniform(-off, off, (n, 4))
    x[:, list(hidden)] = y[:, list(hidden)] = NAN
    return Entries(x, y, key_x.astype(float), key_y.astype(float), pin)


def test_pins_are_found_where_every_press_is_shown_within_its_key() -> None:
    found = typed.pins(entries(off=0.49), 1)
    assert found.value == 1 and found.low > 0.98 and found.high == pytest.approx(1)
    assert found.control < 0.02 and found.naive == 1e-4 and found.people == 400


@pytest.mark.parametrize(
    ("hidden", "least", "most"),
    [((3,), 0.07, 0.14), ((1, 2), 0.003, 0.025), ((0, 1, 2, 3), 0, 0.0006)],
    ids=["one digit is not shown", "two", "none is shown"],
)
def test_what_is_not_shown_is_guessed(hidden: tuple[int, ...], least: float, most: float) -> None:
    assert least <= typed.pins(entries(6000, hidden=hidden), 1).value <= most


def test_places_too_coarse_for_the_keys_tell_less() -> None:
    shown = entries(2000)
    coarse = shown._replace(x=np.floor(shown.x / 3) * 3 + 1.5, y=np.floor(shown.y / 3) * 3 + 1.5)
    assert 0 < typed.pins(coarse, 1).value < 0.2


def test_none_found_of_many_is_no_certainty() -> None:
    found = typed.pins(entries(3000, hidden=(0, 1, 2, 3)), 2)
    assert found.low <= found.naive <= found.high <= 0.004


def timed(told: float, n: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Classes of time for a hundred pairs of keys; a share of them says whether keys are equal."""
    rng = np.random.default_rng(4)
    pair = rng.integers(0, 100, n)
    left = np.where(rng.random(n) < told, pair % 11 == 0, rng.random(n) < 0.1).astype(np.int64)
    return left, pair, rng.integers(0, 30, n)


def test_the_bits_of_a_class_that_says_all_it_can_are_its_entropy() -> None:
    left, pair, person = timed(1.0)
    share = left.mean()
    entropy = -(share * np.log2(share) + (1 - share) * np.log2(1 - share))
    found = typed.bits(left, pair, person, 1)
    assert found.value == pytest.approx(entropy, abs=0.01)
    assert found.low > 0.4 and abs(found.control) < 0.002 and found.people == 30


@pytest.mark.parametrize("classes", [1, 2, 8])
def test_timing_that_says_nothing_has_no_bits_however_many_classes(classes: int) -> None:
    _, pair, person = timed(0)
    left = np.random.default_rng(5).integers(0, classes, len(pair))
    found = typed.bits(left, pair, person, 1)
    assert abs(found.value) < 0.005 and found.low <= 0 <= found.high < 0.05


def test_more_that_is_told_is_more_bits() -> None:
    some, most = (typed.bits(*timed(told), 1).value for told in (0.5, 0.9))
    assert 0.02 < some < most


@given(st.integers(0, 2**32 - 1))
def test_bits_do_not_depend_on_the_names_of_keys(seed: int) -> None:
    left, pair, _ = timed(0.7, 1000)
    names = np.random.default_rng(seed).permutation(100)
    one, other = typed._information(left, pair).mean(), typed._information(left, names[pair]).mean()
    assert one == pytest.approx(other)


def test_the_same_seed_gives_the_same_figures() -> None:
    assert typed.pins(entries(hidden=(1,)), 5) == typed.pins(entries(hidden=(1,)), 5)
    assert typed.bits(*timed(0.5, 2000), 5) == typed.bits(*timed(0.5, 2000), 5)


def test_too_few_to_tell() -> None:
    with pytest.raises(TooFewError):
        typed.pins(entries(99), 1)
    with pytest.raises(TooFewError):
        typed.bits(*timed(0.5, 999), 1)
