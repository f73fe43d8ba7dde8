"""Why a moment may be used or not: as the filter has it, and from which row of which file."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import consented, keys, moments, requests, rulebook, standing, tombstones, warehouse, why
from etl import project as projects
from etl.cli import cli
from etl.errors import TacendaError, UsageError
from etl.project import Project, Settings
from etl.requests import Ask
from etl.why import Person
from privacy.causes import SCOPES, Cause
from privacy.consent import REASONS
from privacy.registry import Registries, Withdrawal
from tests.etl.conftest import NOW, line, load, write
from tests.privacy import scenarios
from tests.privacy.scenarios import Scenario
from tests.privacy.streams import STEP
from transforms.events import KEYBOARD, MOUSE

HOUR = 3_600_000_000
BEGIN = 1_790_000_000_000_000  # 2026-09-21T14:13:20Z
PAGE = (Path(__file__).parents[2] / "docs" / "consent.md").read_text(encoding="utf-8")


def scope_of(kind: str) -> str:
    return "keyboard" if kind in KEYBOARD else "mouse" if kind in MOUSE else "other"


def people(scenario: Scenario) -> Iterator[Person]:
    """Everybody of a scenario, as the command would find them."""
    connection = scenarios.desk()
    connection.register("capture", scenario.events.to_arrow())
    for (user,), own in scenario.events.group_by("user_id"):
        bounds = consented.boundaries(connection, [str(user)], "capture")
        first, last = own["ts"].min(), own["ts"].max()
        yield Person(str(user), scenario.registries, bounds, own.height, first, last, {}, None)  # type: ignore[arg-type]


def known(scenario: Scenario, user: str) -> pl.DataFrame:
    """A person's events with the reason that the filter gives."""
    return (
        scenario.events.join(scenarios.judged(scenario), on=scenario.key)
        .filter(pl.col("user_id") == user)
        .sort("ts", scenario.key)
    )


@settings(max_examples=40)
@given(st.integers(0, 10**9))
def test_the_reason_at_a_moment_is_the_filter_s(seed: int) -> None:
    scenario = scenarios.history(seed, 150)
    for person in people(scenario):
        events = known(scenario, person.user)
        held = why.holding(person, BEGIN, person.devices)
        for device, ts, kind, reason in events.select(
            "device_id", "ts", "type", "reason"
        ).iter_rows():
            found = why.weighed(held[device], ts, scope_of(kind))
            assert (found[0].reason if found else None) == reason
            assert [REASONS.index(one.reason) for one in found] == sorted(
                REASONS.index(one.reason) for one in found
            )
        # Asking about a moment by itself, as the command does, says the same.
        for device, ts, kind, reason in (
            events.sample(3, seed=seed).select("device_id", "ts", "type", "reason").iter_rows()
        ):
            by_scope = {one.scope: one for one in why.verdicts(person, ts, [device])}
            assert by_scope[scope_of(kind)].reason == reason


@settings(max_examples=40)
@given(st.integers(0, 10**9))
def test_what_each_cause_removes_is_counted_as_one_event_at_a_time_would_be(seed: int) -> None:
    scenario = scenarios.history(seed, 150)
    for person in people(scenario):
        found = standing.standing(scenarios.desk(), person, NOW, "capture")
        events = known(scenario, person.user)
        assert {key: n for key, n in found.counts.items() if n} == Counter(
            (reason, scope_of(kind)) for reason, kind in events.select("reason", "type").iter_rows()
        )
        held = why.holding(person, person.last or 0, person.devices)
        alone, shared = Counter[Cause](), Counter[Cause]()
        for device, ts, kind in events.select("device_id", "ts", "type").iter_rows():
            taking = why.weighed(held[device], ts, scope_of(kind))
            (alone if len(taking) == 1 else shared).update(taking)
        assert {
            one.cause: (one.alone, one.shared) for one in found.held if one.alone or one.shared
        } == {cause: (alone[cause], shared[cause]) for cause in {*alone, *shared}}


@settings(max_examples=40)
@given(st.integers(0, 10**9), st.sampled_from([None, "d1", "d7", "d9"]), st.integers(-300, 1300))
def test_a_moment_without_an_event_is_judged_as_an_event_there_would_be(
    seed: int, device: str | None, minute: int
) -> None:
    scenario = scenarios.history(seed, 100)
    ts = int(scenario.events["ts"].min() or 0) + minute * STEP + 1  # type: ignore[arg-type]
    for person in people(scenario):
        for verdict in why.verdicts(person, ts, [device]):
            kind = {"keyboard": "keydown", "mouse": "mousemove", "other": "telemetry"}[
                verdict.scope
            ]
            event = {"user_id": person.user, "device_id": device, "ts": ts, "type": kind}
            row = pl.DataFrame([{**event, "net_bytes": -1.0}]).cast({"net_bytes": pl.Float64})
            more = pl.concat([scenario.events, row], how="diagonal_relaxed")
            also = Scenario(more, scenario.registries, Counter(), "net_bytes")
            got = scenarios.judged(also).filter(pl.col("net_bytes") == -1)["reason"].item()
            assert verdict.reason == got


def test_the_rules_in_words_are_those_of_the_page() -> None:
    headings = re.findall(r"\*\*(C\d+) — (.*?)\*\*", PAGE, re.DOTALL)
    plain = {number: re.sub(r"\s+", " ", text.replace("`", "")).rstrip(".,;:")
             for number, text in headings}  # fmt: skip
    assert set(plain) == set(rulebook.RULES)
    assert [number for number, text in plain.items()
            if not rulebook.RULES[number].startswith(text)] == []  # fmt: skip
    assert all(len(words) < 90 and words[-1] not in ".,;:" for words in rulebook.RULES.values())


# The command, over a small project in which every source of a reason occurs.

EXEMPTIONS = """user_id,status,scope,requested_at,decided_at

Ann@Corp,denied,all,,2026-09-01T00:00:00Z
ann@corp,approved,keyboard,,2026-09-02T00:00:00Z
ann@corp,pending,keyboard,2026-09-01T00:00:00Z,
eve@corp,approved,,,2026-09-02T00:00:00Z
"""
PAUSE = {"user_id": "bob@corp", "start": "2026-09-21T14:00:00Z", "device_id": "d1"}
TITLE = "zzsecret title"


def second(n: float, **fields: Any) -> str:
    return line(**{"seq": int(n * 10), "ts": BEGIN + int(n * 1_000_000), **fields})


CAPTURE = [
    *(second(n, user_id="ann@corp", type=kind) for n, kind in ((0, "telemetry"), (1, "mousemove"))),
    second(2, user_id="ann@corp", type="keydown", key="a"),
    second(3, user_id="ann@corp", type="focus", app="KeePassXC.exe", title=TITLE),
    second(4, user_id="ann@corp"),
    second(10, user_id="ann@corp", type="focus", app="chrome.exe", title=TITLE),
    second(20, user_id="ann@corp", type="focus", app="chrome.exe", title=TITLE, secure=True),
    second(21, user_id="ann@corp"),
    second(30, user_id="ann@corp", type="focus", app="own thing", title=TITLE),
    second(31, user_id="ann@corp"),
    second(40, user_id="ann@corp", type="focus", app="chrome.exe"),
    second(60, user_id="ann@corp", type="pause"),
    second(70, user_id="ann@corp"),
    second(80, user_id="ann@corp", type="resume"),
    second(2000, user_id="ann@corp"),
    second(1, user_id="bob@corp"),
    second(1, user_id="bob@corp", device_id="d2"),
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the capture and the registries above, with two requests."""
    base = tmp_path_factory.mktemp("why")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(keys.ENVIRONMENT, str(base / "test.key"))
        made = projects.create(base / "work")
        keys.make(made)
        warehouse.create(made)
        (made.consent / "exemptions.csv").write_text(EXEMPTIONS)
        other = {"user_id": "zoe@corp", "start": "2026-09-20T00:00:00Z"}
        write(made.consent / "pauses.jsonl", "", json.dumps(other), "", json.dumps(PAUSE))
        pl.DataFrame({"app": ["none", "own*"]}).write_parquet(made.consent / "exclusions.parquet")
        load(made, write(base / "capture.jsonl", *CAPTURE))
        with warehouse.opened(made, "test", write=True) as connection:
            window = BEGIN + 2000 * 1_000_000, BEGIN + 2100 * 1_000_000
            asks = [Ask(Withdrawal("ann@corp", *window, "mouse")), Ask(Withdrawal("Gus@corp"))]
            requests.add(connection, asks, NOW)
            tombstones.begin(connection, tombstones.token(made, "Hal@corp"), NOW)
    return base


@pytest.fixture
def target(place: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """That project, which tests must not change."""
    monkeypatch.setenv(keys.ENVIRONMENT, str(place / "test.key"))
    return projects.load(place / "work")


def run(target: Project, *arguments: object, as_json: bool = False) -> Result:
    options = ["-C", str(target.root), *(["--json"] if as_json else [])]
    return CliRunner().invoke(cli, [*options, "consent", *map(str, arguments)])


def told(target: Project, *arguments: object) -> dict[str, Any]:
    done = run(target, *arguments, as_json=True)
    assert done.exit_code == 0, done.output
    assert TITLE not in done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def moment(n: float) -> str:
    return moments.written(BEGIN + int(n * 1_000_000))


AT: list[tuple[str, float, str, list[tuple[str, str, str]]]] = [
    ("ann@corp", 1, "keyboard", [("exempt", "C1 C2", "consent/exemptions.csv, line 4")]),
    ("ann@corp", 1, "mouse", []),
    (" ANN@corp", 1, "other", []),
    ("ann@corp", 4, "keyboard", [("exempt", "C1 C2", "consent/exemptions.csv, line 4"),
                                 ("excluded_window", "C16", "shipped exclusions, line 4")]),
    ("ann@corp", 4, "other", [("excluded_window", "C16", "shipped exclusions, line 4")]),
    ("ann@corp", 21, "mouse", [("secure", "C17", "the capture")]),
    ("ann@corp", 21, "other", []),
    ("ann@corp", 31, "mouse", [("excluded_window", "C16", "consent/exclusions.parquet, row 2")]),
    ("ann@corp", 70, "mouse", [("pause_in_stream", "C11 C6", "the capture")]),
    ("ann@corp", 2000, "mouse", [("withdrawn", "C21 C6", "request 1")]),
    ("bob@corp", 1, "mouse", [("pause", "C8 C6", "consent/pauses.jsonl, line 4")]),
    ("eve@corp", 1, "other", [("exempt", "C1 C2", "consent/exemptions.csv, line 6")]),
    ("gus@corp", 1, "other", [("withdrawn", "C21", "request 2")]),
]  # fmt: skip


@pytest.mark.parametrize(("user", "n", "scope", "wanted"), AT)
def test_a_moment_is_explained_by_rule_file_and_row(
    target: Project, user: str, n: float, scope: str, wanted: list[tuple[str, str, str]]
) -> None:
    found = told(target, user, "--at", moment(n))
    one = next(x for x in found["devices"][0]["scopes"] if x["scope"] == scope)
    causes = [(c["reason"], " ".join(c["rules"]), c["where"]) for c in one["causes"]]
    assert causes == wanted
    assert one["allowed"] is not bool(wanted)
    assert one["reason"] == (wanted[0][0] if wanted else None)
    cited = {
        rule
        for x in found["devices"]
        for y in x["scopes"]
        for c in y["causes"]
        for rule in c["rules"]
    }
    assert found["rules"] == {rule: rulebook.RULES[rule] for rule in cited}


def test_a_focus_is_told_by_its_time_and_category_alone(target: Project) -> None:
    found = told(target, "ann@corp", "--at", moment(4))
    assert found["devices"][0]["scopes"][2]["causes"][0]["focus"] == {
        "at": moment(3), "category": "other",
    }  # fmt: skip
    found = told(target, "ann@corp", "--at", moment(21))
    assert found["devices"][0]["scopes"][1]["causes"][0]["focus"]["category"] == "browser"
    shown = run(target, "ann@corp", "--at", moment(4)).output + run(target, "ann@corp").output
    assert TITLE not in shown and "keepass" not in shown.lower()


def test_devices_are_told_apart(target: Project) -> None:
    found = told(target, "bob@corp", "--at", moment(1))
    used = {x["device"]: x["scopes"][1]["allowed"] for x in found["devices"]}
    assert used == {"d1": False, "d2": True}
    for device, captured, allowed in (("d2", True, True), ("d1 ", True, False), ("d5", False, True),
                                      ("", False, False)):  # fmt: skip
        (one,) = told(target, "bob@corp", "--at", moment(1), "--device", device)["devices"]
        assert (one["captured"], one["scopes"][1]["allowed"]) == (captured, allowed)


def test_over_all_counts_what_holds(target: Project) -> None:
    found = told(target, "ann@corp")
    assert (found["events"], found["first"], found["last"]) == (15, moment(0), moment(2000))
    sums = {name: sum(by.values()) for name, by in found["counts"].items() if sum(by.values())}
    assert sums == {"used": 5, "exempt": 1, "withdrawn": 1, "pause_in_stream": 3,
                    "excluded_window": 4, "secure": 1}  # fmt: skip
    held = {(one["reason"], one["where"]): (one["alone"], one["shared"]) for one in found["held"]}
    assert held == {
        ("exempt", "consent/exemptions.csv, line 4"): (1, 0),
        ("withdrawn", "request 1"): (1, 0),
        ("pause_in_stream", "the capture"): (3, 0),
        ("excluded_window", "shipped exclusions, line 4"): (2, 0),
        ("excluded_window", "consent/exclusions.parquet, row 2"): (2, 0),
        ("secure", "the capture"): (1, 0),
    }
    idle = [(one["where"], one["rule"]) for one in found["idle"]]
    assert idle == [
        ("consent/exemptions.csv, line 3", "C1"),
        ("consent/exemptions.csv, line 5", "C3"),
    ]
    text = run(target, "ann@corp").output
    assert "15 events" in text and "C16  From a focus" in text


def test_somebody_without_an_event_is_known_by_registry_or_request(target: Project) -> None:
    for user, reason in (("EVE@corp", "exempt"), ("gus@corp", "withdrawn")):
        found = told(target, user)
        assert (found["events"], found["first"], found["last"]) == (
            0,
            None,
            None,
        )
        assert [one["reason"] for one in found["held"]] == [reason]


def test_an_erased_person_is_told_to_be(target: Project) -> None:
    found = told(target, "hal@corp")
    assert found["erased"] == {"state": "begun", "number": 1, "at": "2027-01-15T08:00:00Z"}
    text = run(target, "hal@corp").output
    assert "erased as number 1" in text and "has not ended" in text and "C26" in text


PLACES: list[tuple[str, int | None, str, str]] = [
    ("exemptions", 4, "exempt", "consent/exemptions.csv, line 4"),
    ("pauses", 4, "pause", "consent/pauses.jsonl, line 4"),
    ("exclusions", 2, "excluded_window", "consent/exclusions.parquet, row 2"),
    ("exclusions", None, "excluded_window",
     "consent/exclusions.parquet, the keep_only rows together"),
    ("shipped exclusions", 9, "excluded_window", "shipped exclusions, line 9"),
    ("requests", 3, "withdrawn", "request 3"),
    ("capture", None, "secure", "the capture"),
    ("tacenda.toml", None, "retention", "tacenda.toml, [consent] retention_days"),
    ("tacenda.toml", None, "cooling_off", "tacenda.toml, [consent] cooling_off_h"),
    ("tacenda.toml", None, "working_hours", "tacenda.toml, [consent] working_hours"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "row", "reason", "says"), PLACES)
def test_every_source_is_told_by_its_place(
    target: Project, source: str, row: int | None, reason: str, says: str
) -> None:
    assert why.where(target, source, row, reason) == says


def test_the_project_s_own_settings_are_causes_too(target: Project) -> None:
    hours = {"zone": "UTC", "from": "00:00", "to": "01:00", "people": ["bob@corp"]}
    table = {"cooling_off_h": 2, "retention_days": 1, "working_hours": [hours]}
    settings = Settings.model_validate({"id": "a" * 16, "consent": table})
    tight = replace(target, settings=settings)
    with warehouse.opened(target, "test", write=False) as connection:
        for now, reason in ((BEGIN + HOUR, "cooling_off"), (BEGIN + 30 * HOUR, "retention")):
            person = why.find(connection, tight, "bob@corp", now)
            found = why.verdicts(person, BEGIN + 1_000_000, ["d2"])
            assert [[c.reason for c in one.causes] for one in found] == [
                [reason, "working_hours"]
            ] * 3


WRONG = [
    (("nobody@corp",), "nobody is known by this name"),
    (("nobody@corp", "--at", "2026-09-21T14:00:00Z"), "nobody is known by this name"),
    ((), "a person or --diff"),
    (("ann@corp", "--diff", "a", "b"), "one of the two"),
    (("ann@corp", "--device", "d1"), "--device needs a moment"),
    (("--diff", "a", "b", "--at", "2026-09-21T14:00:00Z"), "--at needs a person"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG)
def test_wrong_use_is_told_to_be(target: Project, arguments: tuple[str, ...], says: str) -> None:
    done = run(target, *arguments)
    assert isinstance(done.exception, UsageError) and says in str(done.exception)
    assert done.stdout == ""


def test_a_time_without_a_zone_is_wrong_usage(target: Project) -> None:
    done = run(target, "ann@corp", "--at", "2026-09-21T14:00:00")
    assert done.exit_code == 2 and "not RFC 3339 with an offset" in done.output


def test_without_the_registries_nothing_is_said(new_project: Callable[[], Project]) -> None:
    done = run(new_project(), "ann@corp")
    assert isinstance(done.exception, TacendaError) and done.exception.exit_code == 1
    assert done.stdout == ""


def test_events_that_no_stretch_of_time_holds_are_not_passed_over(target: Project) -> None:
    with warehouse.opened(target, "test", write=False) as connection:
        person = why.find(connection, target, "ann@corp", NOW)
        more = replace(person, events=16)
        with pytest.raises(TacendaError, match="went missing"):
            standing.standing(connection, more, NOW)


def test_every_scope_has_a_verdict_for_a_person_whom_nothing_concerns() -> None:
    bounds = consented.boundaries(scenarios.desk(), ["nobody"], _empty())
    person = Person("nobody", Registries(), bounds, 0, None, None, {}, None)
    found = why.verdicts(person, BEGIN, why.named(person, None))
    assert [(one.device, one.scope, one.reason) for one in found] == [
        (None, s, None) for s in SCOPES
    ]


def _empty() -> str:
    scenario = scenarios.history(1, 10)
    scenarios.desk().register("capture", scenario.events.to_arrow())
    return "capture"
