"""What four clicks look like, and whether those of a PIN can be told from those of other work."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tests.transforms import pad_layouts
from transforms import pads

Floats = NDArray[np.float64]

SPLIT = 2  # every second window is learned from
_STEPS, _TURNS = 12, 9  # of lattices that are tried
_ACROSS = 4.0  # steps across four clicks at the most: on a finer lattice anything fits


def windows(frame: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Any four clicks in a row of one stretch that the rule takes: x, y (pixels), ts (seconds)."""
    taken = frame.with_row_index("_row").join(pads._clicks(frame), on="_row", how="semi")
    x, y, ts = (taken[n].cast(pl.Float64).to_numpy() for n in ("x", "y", "ts"))
    run = taken["run"].to_numpy()
    at = np.arange(len(x) - 3)[:, None] + np.arange(4)
    soon = (np.diff(ts[at], axis=1) <= pads.REACH_US).all(axis=1)
    near = (np.ptp(x[at], axis=1) <= 0.25 * taken["screen_w"].to_numpy()[at[:, 0]]) & (
        np.ptp(y[at], axis=1) <= 0.45 * taken["screen_h"].to_numpy()[at[:, 0]]
    )
    at = at[(run[at[:, 0]] == run[at[:, 3]]) & soon & near]
    return x[at], y[at], ts[at] / 1e6


def entered(each: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """PINs on pads of every layout, as `windows`; places in whole pixels, as most mice tell."""
    made = [pad_layouts.clicked(name, each, seed) for name in pad_layouts.NAMES]
    x, y = (np.concatenate([getattr(one, n)[:, :4] for one in made]).round() for n in "xy")
    return x, y, np.concatenate([one.ts[:, :4] for one in made]) / 1e6


def told(x: Floats, y: Floats, ts: Floats) -> Floats:
    """One line a window: distances, pauses, turns, extent, and the fit of the best lattice."""
    one, other = np.triu_indices(4, 1)
    away = np.hypot(x[:, one] - x[:, other], y[:, one] - y[:, other])
    extent = np.maximum(away.max(axis=1, keepdims=True), 1)
    gap = np.diff(ts, axis=1)
    dx, dy = np.diff(x, axis=1), np.diff(y, axis=1)
    turn = np.sin(np.diff(np.arctan2(dy, dx), axis=1))
    fine = np.minimum(np.abs(dx), np.abs(dy)) / extent
    parts = [away, np.sort(away, axis=1) / extent, gap, gap / gap.sum(axis=1, keepdims=True),
             np.ptp(x, axis=1)[:, None], np.ptp(y, axis=1)[:, None], turn, fine,
             fit(x, y)[:, None]]  # fmt: skip
    return np.column_stack(parts)


def fit(x: Floats, y: Floats) -> Floats:
    """How well places fit the best square lattice, from 0 to 1.

    The mean length, along both axes, of the sum of unit vectors that stand for places as phases
    of the step (Rayleigh's test of periodicity, 1919), which needs no origin.
    """
    extent = np.hypot(np.ptp(x, axis=1), np.ptp(y, axis=1))
    least = np.maximum(pad_layouts.STEP_PX, extent / _ACROSS)
    best = np.zeros(len(x))
    for share in np.linspace(0, 1, _STEPS):
        step = least * (np.maximum(extent, least) / least) ** share
        for turn in np.arange(_TURNS) * (np.pi / 2 / _TURNS):
            cos, sin = np.cos(turn), np.sin(turn)
            along, across = _phased(x * cos + y * sin, step), _phased(y * cos - x * sin, step)
            np.maximum(best, (along + across) / 2, out=best)
    return np.where(extent < pad_layouts.STEP_PX, 0.0, best)


def _phased(place: Floats, step: Floats) -> Floats:
    phase = (2 * np.pi / step)[:, None] * place
    mean: Floats = np.hypot(np.cos(phase).mean(axis=1), np.sin(phase).mean(axis=1))
    return mean


def taken_at(own: Floats, others: Floats, share: float) -> float:
    """The share of others' scores at or above the score that such a share of own ones reach."""
    return float((others >= np.quantile(own, 1 - share)).mean())
