"""Random histories around times that are hard on clocks: every event, reason and part agrees.

`make audit` runs a million events in two thousand of them; here are the first sixty.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.privacy import features, oracle, scenarios
from tests.privacy.scenarios import Scenario

EACH = 500
SAMPLE, ALL = range(60), range(2_000)


def differences(scenario: Scenario) -> list[tuple[int, str | None, str | None]]:
    """What the second implementation decides otherwise: which event, and both reasons."""
    wanted = scenarios.expected(scenario)
    got = scenarios.judged(scenario)
    assert got[scenario.key].to_list() == list(range(len(wanted)))
    assert scenarios.wrong_parts(scenario, got) == 0
    pairs = zip(wanted, got["reason"], strict=True)
    return [(number, *pair) for number, pair in enumerate(pairs) if pair[0] != pair[1]]


def compared(seeds: range) -> tuple[Counter[str | None], Counter[str]]:
    """How often each reason was given, and each feature occurred, in histories that agree."""
    reasons: Counter[str | None] = Counter()
    occurred: Counter[str] = Counter()
    for seed in seeds:
        scenario = scenarios.history(seed, EACH)
        assert differences(scenario) == [], seed
        reasons.update(scenarios.expected(scenario))
        occurred.update(features.of(scenario))
    return reasons, occurred


def test_a_sample_of_histories_agrees_in_every_event_reason_and_part() -> None:
    reasons, occurred = compared(SAMPLE)
    assert reasons.total() == len(SAMPLE) * EACH
    assert set(reasons) == {None, *oracle.ORDER}
    assert len(features.MUST_OCCUR & set(occurred)) > 0.9 * len(features.MUST_OCCUR)


@pytest.mark.audit
def test_a_million_events_in_two_thousand_histories_agree() -> None:
    reasons, occurred = compared(ALL)
    assert reasons.total() == 1_000_000
    assert set(reasons) == {None, *oracle.ORDER}
    assert min(reasons.values()) > 10_000
    assert {name for name in features.MUST_OCCUR if occurred[name] < 10} == set()
