"""Attackers find what is there, find nothing where nothing is, and say when they cannot tell."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.attacks import chains, figures, linking, membership, models, seen, sides, who
from privacy.attacks.chains import Ends
from privacy.attacks.figures import Figure, Rows, TooFewError
from privacy.gates import attacked
from privacy.gates.attacked import Limit

PEOPLE, EACH = 24, 24


@pytest.fixture(autouse=True)
def small_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_TREES", 25)


def people(apart: float, seed: int = 0, people: int = PEOPLE, each: int = EACH) -> Rows:
    """Rows of six figures of which two say whose they are, by so many standard deviations."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), each)
    features = rng.normal(size=(people * each, 6))
    features[:, :2] += apart * rng.normal(size=(people, 2))[person]
    late = np.tile(np.arange(each) >= each // 2, people)
    return Rows(features.astype(np.float32), person, late)


def test_who_it_is_is_found_where_people_differ_and_not_where_they_do_not() -> None:
    told, error = who.who(people(4.0), seed=1)
    assert told.low > 3 and error.high < 0.35
    assert told.control < 3 and told.people == 19
    told, error = who.who(people(0.0), seed=1)
    assert told.low < 1 < told.high < 3 and error.low < 0.5 < error.high + 0.05


@pytest.mark.parametrize("attack", [linking.rows_of_one, linking.bags_of_one])
def test_the_same_person_is_found_where_people_differ(attack: object) -> None:
    assert callable(attack)
    one: Figure = attack(people(3.0, people=30), 1)
    assert one.low > 0.6 and one.control < 0.65
    none: Figure = attack(people(0.0, people=30), 1)
    assert none.low < 0.5 < none.high


def test_a_bag_tells_more_than_a_row() -> None:
    rows = people(1.0, people=40, each=60)
    assert linking.bags_of_one(rows, 1).value > linking.rows_of_one(rows, 1).value + 0.05


def test_a_bag_holds_rows_of_one_person_and_half() -> None:
    rows = people(0.0, people=3, each=26)
    marked = Rows((rows.person * 2 + rows.late)[:, None].astype(np.float32), rows.person, rows.late)
    bags = linking.bagged(marked, 1)
    assert bags.features[:, 0].tolist() == (bags.person * 2 + bags.late).tolist()
    assert not bags.features[:, 1].any()  # no spread
    assert np.bincount(bags.person).tolist() == [12, 12, 12]


def test_the_same_seed_gives_the_same_figures() -> None:
    rows = people(1.0)
    assert who.who(rows, 5) == who.who(rows, 5)
    assert linking.rows_of_one(rows, 5) == linking.rows_of_one(rows, 5)


@pytest.mark.parametrize("people_, each", [(3, 40), (12, 2)])
def test_too_few_people_or_rows_to_tell(people_: int, each: int) -> None:
    with pytest.raises(TooFewError):
        who.who(people(1.0, people=people_, each=each), 1)
    with pytest.raises(TooFewError):
        linking.rows_of_one(people(1.0, people=people_, each=min(each, 3)), 1)


SCORES = st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), max_size=30)


@given(SCORES)
def test_the_area_under_the_curve_is_a_count_of_pairs(scored: list[tuple[int, bool, int]]) -> None:
    yes = [(s, w) for s, wanted, w in scored if wanted]
    no = [(s, w) for s, wanted, w in scored if not wanted]
    total = sum(a * b for _, a in yes for _, b in no)
    won = sum(a * b * ((s > t) + (s == t) / 2) for s, a in yes for t, b in no)
    scores, wanted, weights = (
        np.array([one[n] for one in scored], dtype=kind)
        for n, kind in enumerate((float, bool, float))
    )
    found = figures.auc(scores, wanted, weights)
    assert np.isnan(found) if not total else found == pytest.approx(won / total)


@given(SCORES)
def test_the_equal_error_rate_lies_between_its_two_rates(
    scored: list[tuple[int, bool, int]],
) -> None:
    scores = np.array([s for s, _, _ in scored], dtype=float)
    wanted = np.array([w for _, w, _ in scored], dtype=bool)
    found = figures.equal_error(scores, wanted)
    if wanted.any() and not wanted.all():
        assert 0 <= found <= 1
    else:
        assert np.isnan(found)


def test_perfect_scores_have_no_error() -> None:
    scores, wanted = np.array([3.0, 2.0, 1.0, 0.0]), np.array([True, True, False, False])
    assert figures.equal_error(scores, wanted) == 0 and figures.auc(scores, wanted) == 1
    assert figures.equal_error(-scores, wanted) == 1 and figures.auc(-scores, wanted) == 0


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 8))
def test_at_most_so_many_rows_of_each(person: list[int], each: int) -> None:
    whose = np.array(person, dtype=np.int64)
    rows = Rows(np.zeros((len(whose), 1), np.float32), whose, np.zeros(len(whose), np.bool_))
    kept = figures.chosen(rows, each, 3)
    counts = {p: min(each, person.count(p)) for p in set(person)}
    assert dict(zip(*np.unique(whose[kept], return_counts=True), strict=True)) == counts


def path(chain: bool, n: int = 400) -> Ends:
    """Rows of four streams, each beginning where the one before ended, or anywhere."""
    rng = np.random.default_rng(1)
    first, last = rng.random((n, 2)), rng.random((n, 2))
    stream = np.repeat(np.arange(4), n // 4)
    if chain:
        first[1:] = last[:-1]
    began = np.arange(n) * 1_000_000
    return Ends(first, last, np.zeros(n, np.int64), stream, began, began + 500_000)


def test_chains_are_found_where_rows_go_on_from_one_another() -> None:
    found, none = chains.chained(path(True), 1), chains.chained(path(False), 1)
    assert found is not None and found.low > 0.95 and 0.4 < found.control < 0.6
    assert none is not None and none.low < 0.5 < none.high


def test_rows_far_apart_make_no_chain() -> None:
    ends = path(True)
    assert chains.chained(ends._replace(began=ends.began * 999, ended=ends.ended * 999), 1) is None


def test_rows_in_the_order_of_people_or_of_time_are_noticed() -> None:
    rng = np.random.default_rng(2)
    person, file = np.repeat(np.arange(20), 30), np.zeros(600, dtype=np.int64)
    mixed = rng.permutation(600)
    assert sides.adjacent(person, file, 1).low > 10
    shuffled = sides.adjacent(person[mixed], file, 1)
    assert shuffled.low < 1 < shuffled.high < 2
    assert sides.timed(np.arange(600), file, 1).low > 0.99
    assert sides.timed(mixed, file, 1).high < 0.25
    with pytest.raises(TooFewError):
        sides.adjacent(person[:50], file[:50], 1)


def test_sequences_are_seen_with_and_without_a_place() -> None:
    one = {"action": 0, "x": 31, "y": 17, "length": 0, "hotkey": 0, "app": 0, "gap": 0}
    other = {**one, "action": 2, "x": None, "y": None, "gap": 3}
    found = seen.sequences(pl.DataFrame({"actions": [[one, other], [other], [one]]}), 32, 18)
    assert found.shape[0] == 3 and np.isfinite(found).all()
    assert found[:, -1].tolist() == [2, 1, 1]  # how many actions


@settings(max_examples=30)
@given(st.lists(st.lists(st.tuples(*[st.integers(0, 31)] * 2), min_size=1, max_size=6), min_size=1))
def test_snippets_are_seen_whatever_their_length(paths: list[list[tuple[int, int]]]) -> None:
    rows = pl.DataFrame(
        {
            "x": [[x for x, _ in one] for one in paths],
            "y": [[y % 18 for _, y in one] for one in paths],
            "gap": [[0] * len(one) for one in paths],
            "app": [0] * len(paths),
            "end": [1] * len(paths),
        },
        schema_overrides={name: pl.List(pl.UInt8) for name in ("x", "y", "gap")},
    )
    found = seen.snippets(rows, 32, 18, 6)
    assert found.shape[0] == len(paths) and np.isfinite(found).all()
    assert found[:, 5].tolist() == [one[-1][0] for one in paths]  # the last place


def figure(measure: str, value: float, spread: float = 0.02) -> Figure:
    return Figure("a", measure, "r", value, value - spread, value + spread, 0.5, 0.5, 40, 900)


LIMITS = (Limit("AUC", 0.6), Limit("EER", 0.4, above=True))


@pytest.mark.parametrize(
    ("auc", "eer", "refused"),
    [(0.5, 0.45, []), (0.59, 0.45, ["AUC"]), (0.5, 0.41, ["EER"]), (0.7, 0.1, ["AUC", "EER"]),
     (float("nan"), 0.45, ["AUC"])],
)  # fmt: skip
def test_the_far_end_of_an_interval_keeps_the_limit(
    auc: float, eer: float, refused: list[str]
) -> None:
    found = attacked.beyond([figure("AUC", auc), figure("EER", eer)], LIMITS)
    assert [one.where for one in found] == refused


def test_a_figure_that_is_missing_could_not_be_checked() -> None:
    (found,) = attacked.beyond([figure("AUC", 0.5)], LIMITS)
    assert found.where == "EER" and found.what.startswith("could not check")


def test_an_attacker_who_cannot_win_on_raw_rows_says_nothing() -> None:
    least = {"AUC": 0.55}
    assert attacked.powerless([figure("AUC", 0.6)], least) == []
    for weak in ([figure("AUC", 0.55)], [figure("AUC", float("nan"))], []):
        (found,) = attacked.powerless(weak, least)
        assert found.what.startswith("could not check")


@pytest.mark.parametrize(("inside_too", "least", "most"), [(True, 0.9, 1.0), (False, 0.35, 0.65)])
def test_who_is_in_it_is_told_by_rows_that_nobody_else_has(
    inside_too: bool, least: float, most: float
) -> None:
    rng = np.random.default_rng(3)
    whose = np.repeat(np.arange(120), 10)
    own = rng.integers(0, 5000, len(whose))
    inside = np.arange(120) < 60
    released = own[inside[whose]] if inside_too else rng.integers(0, 5000, 600)
    found = membership.member(membership.overlap(own, whose, released, 120), inside, seed=1)
    assert least <= found.value <= most and found.low <= found.value <= found.high
    assert 0.3 < found.control < 0.7 and found.people == 120


def test_common_rows_hide_who_is_in_it() -> None:
    rng = np.random.default_rng(3)
    whose = np.repeat(np.arange(400), 10)
    own = rng.integers(0, 4, len(whose))
    inside = np.arange(400) < 200
    released = own[inside[whose]]
    found = membership.member(membership.overlap(own, whose, released, 400), inside, seed=1)
    assert found.value < 0.62


def test_membership_needs_people_on_both_sides() -> None:
    inside = np.arange(30) < 3
    with pytest.raises(TooFewError):
        membership.member([np.zeros(30)], inside, seed=1)
