"""Gates on what attackers got out of a release: the upper end of each interval has a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from privacy.attacks.figures import Figure
from privacy.gates import Violation


@dataclass(frozen=True)
class Limit:
    """How far an attacker may get: `above` says that the figure must stay above the limit.

    One that is `optional` has no figure where the attack had nothing to try.
    """

    measure: str
    value: float
    above: bool = False
    optional: bool = False


def beyond(figures: Sequence[Figure], limits: Sequence[Limit]) -> list[Violation]:
    """Every limit is kept at the far end of the interval of its figure; a figure must be there."""
    known = {figure.measure: figure for figure in figures}
    return [one for limit in limits for one in _against(known.get(limit.measure), limit)]


def _against(figure: Figure | None, limit: Limit) -> list[Violation]:
    if figure is None and limit.optional:
        return []
    if figure is None:
        return [Violation(limit.measure, 1, "could not check: there is no figure")]
    reached = figure.low if limit.above else figure.high
    kept = reached >= limit.value if limit.above else reached <= limit.value
    if kept:  # false for what is no number
        return []
    side = "below" if limit.above else "above"
    what = f"the attack reached {reached:.2f}, {side} the limit of {limit.value:g}"
    return [Violation(limit.measure, figure.rows, what)]


def powerless(undefended: Sequence[Figure], least: Mapping[str, float]) -> list[Violation]:
    """The attackers win where nothing is defended; where they do not, they could not check.

    `least`: what each must reach there, at the lower end of its interval.
    """
    known = {figure.measure: figure for figure in undefended}
    out = []
    for measure, value in least.items():
        figure = known.get(measure)
        if figure is None or not figure.low >= value:
            what = "could not check: the attacker does not win on undefended rows either"
            out.append(Violation(measure, figure.rows if figure else 0, what))
    return out
