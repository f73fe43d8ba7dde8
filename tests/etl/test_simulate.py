"""The simulator: lines that keep the contract, and an answer key that agrees with them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import UsageError
from etl.simulate import SimulationReport, people, simulate, targets
from etl.simulate.dice import Dice
from etl.simulate.registries import roles
from etl.simulate.secrets import KINDS, secret

USERS, HOURS, SEED = 8, 0.7, 15
HALF_HOUR_US = 30 * 60_000_000

Event = dict[str, Any]

_MOUSE = {"x": float, "y": float, "screen_w": int, "screen_h": int}
_BUTTON = {**_MOUSE, "button": str}
_KEY = {"key": str, "code": str, "mods": list, "repeat": bool, "secure": bool}
ALLOWED: dict[str, dict[str, type]] = {
    "mousemove": _MOUSE,
    "mousedown": _BUTTON,
    "mouseup": _BUTTON,
    "wheel": {**_MOUSE, "dx": float, "dy": float},
    "keydown": _KEY,
    "keyup": _KEY,
    "compose": {"text": str, "secure": bool},
    "paste": {"text": str, "secure": bool},
    "focus": {"app": str, "title": str, "url": str, "secure": bool},
    "pause": {},
    "resume": {},
    "telemetry": {"battery_pct": float, "cpu_pct": float, "net_bytes": float},
}
COMMON = {"user_id": str, "device_id": str, "session_id": str, "seq": int}
OPTIONAL = {"mods", "repeat", "secure", "title", "url"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def faults(event: Event) -> list[str]:
    """Which rules of the capture format a line breaks: written from its table of fields."""
    found = [f"no {name}" for name in ("user_id", "ts", "type") if not event.get(name)]
    fields = ALLOWED.get(event["type"])
    if fields is None:
        return [*found, "type"]
    rest = {name: value for name, value in event.items() if name not in ("ts", "type")}
    for name, value in rest.items():
        kind = {**COMMON, **fields}.get(name)
        if kind is None or not _is(value, kind):
            found.append(name)
    found += [f"no {name}" for name in set(fields) - set(event) - OPTIONAL]
    ts = event["ts"]
    if not (type(ts) is int or (type(ts) is str and TIME.fullmatch(ts))):
        found.append("ts")
    if event.get("button", "left") not in ("left", "right", "middle", "x1", "x2"):
        found.append("button value")
    if len(event.get("key", "")) > 32:
        found.append("key length")
    if set(event.get("mods", ())) - {"Shift", "Control", "Alt", "AltGraph", "Meta"}:
        found.append("mods value")
    return found


def _is(value: Any, kind: type) -> bool:
    return type(value) in (int, float) if kind is float else type(value) is kind


def raw_lines(capture: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(capture.iterdir()):
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        for line in text.decode().splitlines():
            yield path, line


def micros(ts: int | str) -> int:
    if isinstance(ts, int):
        return ts
    moment = datetime.fromisoformat(ts)
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{n: v.strip() for n, v in row.items()} for row in csv.DictReader(file)]


class Made:
    """One simulation as read back: raw lines, events by time, the key."""

    def __init__(self, out: Path, report: SimulationReport) -> None:
        self.out, self.report = out, report
        self.key = json.loads((out / "answer_key.json").read_text(encoding="utf-8"))
        self.raw = [(path, json.loads(line)) for path, line in raw_lines(out / "capture")]
        timed = ({**event, "ts": micros(event["ts"])} for _, event in self.raw)
        self.events = sorted(timed, key=lambda event: (event["ts"], event.get("seq", 0)))

    def stream(self, user: str, device: str, first: int, last: int) -> list[Event]:
        """Events of one machine between two times, both included, in order."""
        mine = self.by_device()[user, device]
        return [event for event in mine if first <= event["ts"] <= last]

    def by_device(self) -> dict[tuple[str, str | None], list[Event]]:
        if not hasattr(self, "_grouped"):
            self._grouped: dict[tuple[str, str | None], list[Event]] = defaultdict(list)
            for event in self.events:
                self._grouped[event["user_id"], event.get("device_id")].append(event)
        return self._grouped


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = tmp_path_factory.mktemp("sim")
    return Made(out, simulate(out, users=USERS, hours=HOURS, seed=SEED))


def test_every_line_keeps_the_contract(made: Made) -> None:
    wrong = Counter(fault for _, event in made.raw for fault in faults(event))
    assert not wrong
    assert len(made.raw) == made.report.events > 40_000


@pytest.mark.parametrize(
    "bad",
    [{"type": "move"}, {"ts": "2026-09-21T14:13:20"}, {"x": "1"}, {"button": "left"}, {"seq": 1.0}],
    ids=str,
)
def test_the_checker_sees_faults(bad: Event) -> None:
    good = {"user_id": "a", "ts": 1, "type": "mousemove", **_zeros()}
    assert faults(good) == []
    assert faults({**good, **bad}) != []


def _zeros() -> Event:
    return {"x": 0, "y": 0.5, "screen_w": 1, "screen_h": 1}


def test_numbers_count_up_by_one_in_order_of_time(made: Made) -> None:
    streams: dict[tuple[str, str, str], list[Event]] = defaultdict(list)
    for _, event in made.raw:
        if "session_id" in event:
            ids = (event["user_id"], event["device_id"], event["session_id"])
            streams[ids].append(event)
        else:
            assert event["type"] in ("pause", "resume")
    for events in streams.values():
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        times = [micros(event["ts"]) for event in events]
        assert times == sorted(times)


def test_files_differ_in_how_they_are_written(made: Made) -> None:
    kinds: dict[Path, set[type]] = defaultdict(set)
    people: dict[Path, set[str]] = defaultdict(set)
    for path, event in made.raw:
        kinds[path].add(type(event["ts"]))
        people[path].add(event["user_id"])
    assert {frozenset(found) for found in kinds.values()} == {frozenset({int}), frozenset({str})}
    assert {len(found) for found in people.values()} >= {1, 3}
    assert {path.suffix for path in kinds} == {".jsonl", ".gz"}
    assert len(kinds) == made.report.files


def digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def test_a_seed_gives_one_set_of_bytes(tmp_path: Path) -> None:
    seeds = {"one": 1, "again": 1, "other": 2}
    for name, seed in seeds.items():
        simulate(tmp_path / name, users=3, hours=0.1, seed=seed)
    digests = {name: digest(tmp_path / name) for name in seeds}
    assert digests["one"] == digests["again"] != digests["other"]


@pytest.mark.parametrize(("users", "hours"), [(1, 0.1), (1, 0.001), (2, 0.3), (1, 30.0)])
def test_works_at_every_size(users: int, hours: float, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = simulate(
        tmp_path / "new",
        users=users,
        hours=hours,
        seed=0,
        progress=lambda n, of: calls.append((n, of)),
    )
    assert calls == [(n, users) for n in range(1, users + 1)]
    assert report.people == users
    lines = list(raw_lines(tmp_path / "new" / "capture"))
    assert len(lines) == report.events > 0
    if hours > 0.2:
        assert report.events == pytest.approx(12_000 * hours * users, rel=0.2)


@pytest.mark.parametrize(
    "bad", [{"users": 0}, {"hours": 0.0}, {"hours": float("nan")}, {"seed": -1}], ids=str
)
def test_senseless_numbers_are_refused(bad: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        simulate(tmp_path / "new", **{"users": 1, "hours": 0.1, "seed": 1, **bad})
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageError):
        simulate(tmp_path, users=1, hours=0.1, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_sums_and_ids_agree_with_the_key(made: Made) -> None:
    assert made.key["counts"] == Counter(event["type"] for event in made.events)
    each = Counter(event["user_id"] for event in made.events)
    assert {one["user_id"]: one["events"] for one in made.key["people"]} == each
    told = {
        (person["user_id"], session["device_id"], session["session_id"])
        for person in made.key["people"]
        for session in person["sessions"]
    }
    seen = {
        (event["user_id"], event["device_id"], event["session_id"])
        for event in made.events
        if "session_id" in event
    }
    assert told == seen


def test_rate_and_shares_are_those_of_an_office(made: Made) -> None:
    for person in made.key["people"]:
        assert person["events"] / HOURS == pytest.approx(12_000, rel=0.2)
    counts, total = made.key["counts"], made.report.events
    assert counts["mousemove"] / total == pytest.approx(0.68, abs=0.05)
    assert (counts["keydown"] + counts["keyup"]) / total == pytest.approx(0.24, abs=0.05)
    assert counts["wheel"] / total == pytest.approx(0.04, abs=0.02)
    assert counts["mousedown"] == counts["mouseup"]


def test_everyone_works_on_four_days(made: Made) -> None:
    days = defaultdict(set)
    for event in made.events:
        days[event["user_id"]].add(event["ts"] // 86_400_000_000)
    assert len(days) == USERS
    assert all(len(one) >= 4 for one in days.values())


def holds(event: Event, **wanted: Any) -> bool:
    return all(event.get(name) == value for name, value in wanted.items())


IN_CAPTURE: dict[str, Callable[[Event], bool]] = {
    "Enter": lambda e: holds(e, type="keydown", key="Enter"),
    "Tab": lambda e: holds(e, type="keydown", key="Tab") and "mods" not in e,
    "Alt+Tab": lambda e: holds(e, type="keydown", key="Tab", mods=["Alt"]),
    "Backspace": lambda e: holds(e, type="keydown", key="Backspace"),
    "key repeat": lambda e: holds(e, type="keydown", repeat=True),
    "capital": lambda e: e.get("key", "").isupper() and e.get("mods") == ["Shift"],
    "AltGraph": lambda e: holds(e, key="€", mods=["AltGraph"]),
    "Dead": lambda e: holds(e, type="keydown", key="Dead"),
    "accent": lambda e: e.get("key") in ("é", "è", "ü"),
    "Process": lambda e: holds(e, type="keydown", key="Process"),
    "compose": lambda e: holds(e, type="compose"),
    "paste": lambda e: holds(e, type="paste"),
    "selection": lambda e: holds(e, type="keydown", key="ArrowLeft", mods=["Shift"]),
    "Home": lambda e: holds(e, type="keydown", key="Home"),
    "End": lambda e: holds(e, type="keydown", key="End"),
    "copy": lambda e: holds(e, type="keydown", key="c", mods=["Control"]),
    "paste key": lambda e: holds(e, type="keydown", key="v", mods=["Control"]),
    "save": lambda e: holds(e, type="keydown", key="s", mods=["Control"]),
    "undo": lambda e: holds(e, type="keydown", key="z", mods=["Control"]),
    "right click": lambda e: holds(e, type="mousedown", button="right"),
    "middle click": lambda e: holds(e, type="mousedown", button="middle"),
    "scroll down": lambda e: holds(e, type="wheel", dy=1),
    "scroll up": lambda e: holds(e, type="wheel", dy=-1),
    "scroll sideways": lambda e: holds(e, type="wheel", dy=0),
    "other monitor": lambda e: "x" in e and not 0 <= e["x"] < e["screen_w"],
    "secure focus": lambda e: holds(e, type="focus", secure=True),
    "secure key": lambda e: holds(e, type="keydown", secure=True),
    "fraction of a pixel": lambda e: "x" in e and e["x"] != int(e["x"]),
}


@pytest.mark.parametrize("name", IN_CAPTURE)
def test_capture_shows(name: str, made: Made) -> None:
    assert sum(map(IN_CAPTURE[name], made.events)) >= 2


def test_every_behaviour_happens(made: Made) -> None:
    rare = {name: n for name, n in made.key["behaviours"].items() if n < 3}
    assert not rare
    assert set(made.key["behaviours"]) >= {
        "click", "double click", "triple click", "drag", "missed word", "replaced", "clicked",
        "held backspace", "undone", "accented", "composed", "paste with key", "paste from menu",
        "paste unknown", "open pad", "secure pad", "secure login", "secure keys",
        "password manager", "private browsing", "lock screen", "correction", "tab",
    }  # fmt: skip


class Replay:
    """What an editor would hold after these keys; deliberately another program."""

    def __init__(self) -> None:
        self.before, self.after, self.selected = "", "", 0

    def text(self) -> str:
        return self.before + self.after

    def put(self, text: str) -> None:
        self.after = self.after[self.selected :]
        self.selected = 0
        self.before += text

    def jump(self, n: int, shift: bool) -> None:
        """Moves the caret by n characters; all selections here are made leftwards."""
        whole, place = self.text(), max(0, len(self.before) + n)
        self.before, self.after = whole[:place], whole[place:]
        self.selected = self.selected - n if shift else 0

    def key(self, event: Event) -> None:
        key, mods = event["key"], set(event.get("mods", ()))
        if mods & {"Control", "Alt", "Meta"}:
            return
        if len(key) == 1 or key == "Enter":
            self.put("\n" if key == "Enter" else key)
        elif key == "Backspace" and self.selected:
            self.put("")
        elif key == "Backspace":
            self.before = self.before[:-1]
        elif key in ("ArrowLeft", "Home"):
            line = len(self.before) - self.before.rfind("\n") - 1
            self.jump(-1 if key == "ArrowLeft" else -line, "Shift" in mods)
        elif key in ("ArrowRight", "End"):
            self.jump(1 if key == "ArrowRight" else len((self.after + "\n").split("\n")[0]), False)


def replayed(events: list[Event]) -> str:
    field = Replay()
    for event in events:
        if event["type"] == "keydown":
            field.key(event)
        elif event["type"] in ("paste", "compose"):
            field.put(event["text"])
    return field.text()


def test_fields_end_as_a_replay_says(made: Made) -> None:
    exact = [field for field in made.key["fields"] if field["exact"]]
    for field in exact:
        ids = (field["user_id"], field["device_id"])
        events = made.stream(*ids, field["first_ts"], field["last_ts"])
        assert replayed(events) == field["text"], field["focus_ts"]
        if field["simple"]:
            typed = {e["key"] for e in events if e["type"] == "keydown" and len(e["key"]) > 1}
            quiet = {"Enter", "Backspace", "Shift", "Alt", "Tab", "Control", "F5", "s"}
            assert typed <= quiet
            assert not any(e["type"] in ("paste", "compose") for e in events)
    assert len(exact) >= 100
    assert 0.3 < sum(field["simple"] for field in exact) / len(exact) < 1
    assert any(not field["exact"] for field in made.key["fields"])


def test_focus_of_a_field_is_in_the_capture(made: Made) -> None:
    focuses = {(e["user_id"], e["device_id"], e["ts"]) for e in made.events if e["type"] == "focus"}
    for field in made.key["fields"]:
        assert (field["user_id"], field["device_id"], field["focus_ts"]) in focuses


def test_sentences_stand_in_their_fields(made: Made) -> None:
    """A sentence is found again in a field of its person and machine that holds its time."""
    fields = defaultdict(list)
    for field in made.key["fields"]:
        fields[field["user_id"], field["device_id"]].append(field)
    for sentence in made.key["sentences"]:
        around = [
            field["text"]
            for field in fields[sentence["user_id"], sentence["device_id"]]
            if field["first_ts"] <= sentence["ts"] <= field["last_ts"]
        ]
        assert any(sentence["text"] in text for text in around), sentence["ts"]
        day = datetime.fromtimestamp(sentence["ts"] / 1e6, UTC).date().isoformat()
        assert sentence["day"] == day
    secrets = {secret["text"] for secret in made.key["secrets"]}
    plain = [one["text"] for one in made.key["sentences"] if one["ordinary"]]
    assert len(plain) >= 50
    assert not [text for text in plain if any(secret in text for secret in secrets)]


def spans(made: Made, kind: str) -> set[tuple[Any, ...]]:
    return {
        (w["user_id"], w["device_id"], w["start"], w["end"])
        for w in made.key["windows"]
        if w["kind"] == kind
    }


def focus_spans(made: Made, matches: Callable[[Event], bool]) -> set[tuple[Any, ...]]:
    """From each focus of which one event matches to the device's next focus, from the capture."""
    current: dict[tuple[str, str], tuple[int, bool]] = {}
    found = set()
    for event in made.events:
        ids = (event["user_id"], event.get("device_id", ""))
        start, hit = current.get(ids, (0, False))
        if event["type"] == "focus":
            if hit:
                found.add((*ids, start, event["ts"]))
            current[ids] = (event["ts"], matches(event))
        else:
            current[ids] = (start, hit or matches(event))
    return found | {(*ids, start, None) for ids, (start, hit) in current.items() if hit}


def test_secure_spans_are_those_of_the_capture(made: Made) -> None:
    seen = focus_spans(made, lambda event: event.get("secure") is True)
    assert spans(made, "secure") == seen
    assert len(seen) >= 5


def test_excluded_windows_are_those_of_the_capture(made: Made) -> None:
    hidden = re.compile(r"KeePassXC|1Password|LockApp|LogonUI|loginwindow")

    def matches(event: Event) -> bool:
        title = event.get("title", "")
        private = title.endswith(("- Private Browsing", "InPrivate"))
        return private or bool(hidden.search(event.get("app", "")))

    seen = focus_spans(made, matches)
    assert spans(made, "excluded_window") == seen
    assert len(seen) == len(made.key["applications"]) >= 5


def test_pauses_in_the_capture_are_those_of_the_key(made: Made) -> None:
    seen, open_windows = set(), {}
    for event in made.events:
        ids = (event["user_id"], event.get("device_id"))
        if event["type"] == "pause":
            open_windows[ids] = event["ts"]
        elif event["type"] == "resume":
            seen.add((*ids, open_windows.pop(ids), event["ts"]))
    left = {(*ids, start, start + HALF_HOUR_US) for ids, start in open_windows.items()}
    assert spans(made, "pause_in_stream") == seen | left
    shapes = {(device is None, (u, device, a, b) in left) for u, device, a, b in seen | left}
    assert shapes == {(a, b) for a in (True, False) for b in (True, False)}


def test_pauses_in_the_registry_are_those_of_the_key(made: Made) -> None:
    resumes = {event["user_id"] for event in made.events if event["type"] == "resume"}
    seen = set()
    table = rows(made.out / "consent" / "pauses.csv")
    for row in table:
        user, start = row["user_id"].casefold(), micros(row["start"])
        end = micros(row["end"]) if row["end"] else start + HALF_HOUR_US
        assert row["end"] or user not in resumes
        seen.add((user, row["device_id"] or None, start, end))
    assert spans(made, "pause") == seen
    assert {(bool(r["device_id"]), bool(r["end"])) for r in table} == {
        (a, b) for a in (True, False) for b in (True, False)
    }


def test_no_pause_is_longer_than_half_an_hour(tmp_path: Path) -> None:
    simulate(tmp_path / "long", users=1, hours=24.0, seed=1)
    key = json.loads((tmp_path / "long" / "answer_key.json").read_text())
    pauses = [w for w in key["windows"] if w["kind"].startswith("pause")]
    assert pauses
    assert all(0 < window["end"] - window["start"] <= HALF_HOUR_US for window in pauses)


def test_the_last_row_of_the_registry_is_the_key_s_word(made: Made) -> None:
    last: dict[tuple[str, str], tuple[str, str]] = {}
    people = {person["user_id"] for person in made.key["people"]}
    for row in rows(made.out / "consent" / "exemptions.csv"):
        ids = (row["user_id"].casefold(), row["scope"] or "all")
        at = micros(row["decided_at"] or row["requested_at"])
        assert ids not in last or last[ids][0] != at
        last[ids] = max(last.get(ids, (0, "")), (at, row["status"]))
    assert {ids[0] for ids in last} <= people
    told = {(one["user_id"], one["scope"]): one["status"] for one in made.key["exemptions"]}
    assert told == {ids: status for ids, (_, status) in last.items()}
    out = {(one["user_id"], one["scope"]): one["status"] for one in made.key["excluded"]}
    assert out == {ids: s for ids, s in told.items() if s in ("approved", "pending")}
    assert set(told.values()) == {"approved", "denied", "withdrawn"}


@pytest.mark.parametrize(("users", "least"), [(1, 0), (5, 1), (8, 3), (12, 6), (30, 7), (100, 17)])
def test_shares_of_the_exempt(users: int, least: int) -> None:
    given = roles(1, users)
    assert len(given) == least
    assert set(given) <= set(range(users))
    assert users < 5 or "approved" in given.values()
    excluded = sum(role not in ("denied", "withdrawn") for role in given.values())
    assert users < 20 or users - excluded >= 0.8 * users


def test_secrets_were_captured_where_the_key_says(made: Made) -> None:
    fields, pasted, focuses = defaultdict(str), defaultdict(set), defaultdict(set)
    for field in made.key["fields"]:
        fields[field["user_id"]] += field["text"] + "\0"
    for event in made.events:
        if event["type"] == "paste":
            pasted[event["user_id"]].add(event["text"])
        elif event["type"] == "focus":
            focuses[event["user_id"]] |= {event.get("title", ""), event.get("url", "")}
    seen = Counter(one["where"] for one in made.key["secrets"])
    assert set(seen) == {"field", "secure", "pasted", "pad", "excluded", "title", "url"}
    for one in made.key["secrets"]:
        user, text, where = one["user_id"], one["text"], one["where"]
        if where == "pasted":
            assert text in pasted[user]
        elif where in ("title", "url"):
            assert any(text in shown for shown in focuses[user])
        elif where != "pad":
            assert text in fields[user]


def test_secrets_in_secure_fields_lie_in_secure_spans(made: Made) -> None:
    kinds = {"secure": "secure", "excluded": "excluded_window"}
    for one in made.key["secrets"]:
        if one["where"] in kinds:
            assert any(
                (user, device) == (one["user_id"], one["device_id"])
                and start <= one["ts"]
                and (end is None or one["ts"] < end)
                for user, device, start, end in spans(made, kinds[one["where"]])
            )


def test_pads_were_clicked_where_the_key_says(made: Made) -> None:
    assert {pad["secure"] for pad in made.key["pads"]} == {True, False}
    for pad in made.key["pads"]:
        events = made.stream(pad["user_id"], pad["device_id"], pad["start"], pad["end"])
        clicks = [(e["ts"], e["x"], e["y"]) for e in events if e["type"] == "mouseup"]
        assert clicks == [(c["ts"], c["x"], c["y"]) for c in pad["clicks"]]
        assert [c["label"] for c in pad["clicks"]] == [*pad["pin"], "OK"]
        assert 4 <= len(pad["pin"]) <= 6


def test_people_have_hands_of_their_own(made: Made) -> None:
    down: dict[tuple[str, str], int] = {}
    holding: dict[str, list[int]] = defaultdict(list)
    screens = set()
    for event in made.events:
        if event["type"] == "keydown":
            down[event["user_id"], event["code"]] = event["ts"]
        elif event["type"] == "keyup" and (event["user_id"], event["code"]) in down:
            since = down.pop((event["user_id"], event["code"]))
            holding[event["user_id"]].append(event["ts"] - since)
        elif event["type"] == "mousemove":
            screens.add((event["screen_w"], event["screen_h"]))
    usual = sorted(median(times) for times in holding.values())
    assert len(usual) == USERS
    assert usual[-1] > 1.2 * usual[0]
    assert len(screens) >= 3
    assert any(len(person["devices"]) == 2 for person in made.key["people"])


def test_people_move_as_they_do_on_the_machines_they_have(made: Made) -> None:
    """Samples of a stroke follow each other in the step of the machine, and steps differ."""
    steps = []
    for events in made.by_device().values():
        moves = [event["ts"] for event in events if event["type"] == "mousemove"]
        apart = [b - a for a, b in itertools.pairwise(moves) if b - a < 30_000]
        if apart:
            steps.append(round(median(apart), -3))
    assert set(steps) == {8_000, 10_000, 16_000}


@pytest.mark.parametrize(
    ("app", "same"), [("soffice", True), ("C:\\Office\\SOFFICE.EXE", True), ("Slack", False)]
)
def test_targets_are_those_of_an_application(app: str, same: bool) -> None:
    assert (targets.of(app) == targets.of("/usr/bin/soffice")) is same


def test_presses_come_upon_the_targets_of_an_application(made: Made) -> None:
    """Most presses are on or near a target, which a place drawn anywhere seldom is."""
    near = {True: 0, False: 0}
    for events in made.by_device().values():
        app = ""
        for event in events:
            app = event.get("app", app)
            if event["type"] == "mousedown" and app:
                near[_near_target(app, event)] += 1
    assert near[True] / sum(near.values()) > 0.5


def _near_target(app: str, event: Event) -> bool:
    x, y = event["x"] / event["screen_w"], event["y"] / event["screen_h"]
    found = targets.of(app)
    on_control = any(abs(x - a) < 0.02 and abs(y - b) < 0.02 for a, b in found.controls)
    return on_control or any(abs(x - a) < 0.07 and abs(y - b) < 0.07 for a, b in found.content)


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(1, 8), st.integers(0, 1_000))
def test_a_target_is_followed_by_one_of_the_targets(last: int, n: int, seed: int) -> None:
    dice = Dice(seed)
    drawn = Counter(targets.following(last, n, dice) for _ in range(200))
    assert set(drawn) <= set(range(n))
    assert drawn[(last + 1) % n] >= 60


def test_a_hand_types_alike_in_every_window() -> None:
    own = people.person(1, 0, 1.0, {}).hand
    dice = Dice(1)
    hands = [people.at_work(own, dice) for _ in range(300)]
    assert {(one.key_gap, one.key_hold, one.typo, one.rollover) for one in hands} == {
        (own.key_gap, own.key_hold, own.typo, own.rollover)
    }
    assert 0.5 < sum(one == own for one in hands) / len(hands) < 0.8


CHECKS: dict[str, Callable[[str], bool]] = {
    "card": lambda text: _luhn(text.replace(" ", "")),
    "iban": lambda text: int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1,
    "password": lambda text: bool(re.search(r"\d", text) and re.search(r"[!#$%&*+?]", text)),
    "email": lambda text: bool(re.fullmatch(r"[a-z.]+\d\d@[a-z.]+", text)),
    "pin": lambda text: bool(re.fullmatch(r"\d{4,6}", text)),
    "customer_code": lambda text: bool(re.fullmatch(r"[A-Z]{3,4}-\d{4}", text)),
    "ticket": lambda text: bool(re.fullmatch(r"[A-Z]+-\d{5}", text)),
}


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in number[::-1]]
    return (sum(digits[::2]) + sum(sum(divmod(2 * n, 10)) for n in digits[1::2])) % 10 == 0


@pytest.mark.parametrize("kind", KINDS)
def test_secrets_are_valid_and_nobody_else_s(kind: str) -> None:
    dice = Dice(1, 2, 3)
    drawn = [secret(dice, kind) for _ in range(200)]
    assert all(CHECKS.get(kind, bool)(text) for text in drawn)
    assert len(set(drawn)) > 150
