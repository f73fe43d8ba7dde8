"""Ten kinds of people and a town around them, event by event, with what each typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from etl import moments
from privacy import tape
from privacy.tape import Tape
from transforms.events import SCHEMA

Event = dict[str, Any]
Text = tuple[str, str | None]
DAY, MINUTE = 86_400_000_000, 60_000_000
MONDAY = moments.parse("2026-09-21T08:00:00Z")
TOWN = 24
SHARED = "whiteboarding"  # a word that is not common, but typed by enough people on enough days


@dataclass
class Life:
    """What one person did, and the texts that can be put together of it: (before, after)."""

    user_id: str
    events: list[Event] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def at(self, start: int, device: str | None = "laptop", app: str = "code") -> Tape:
        """A session that begins with a focus; its events are added as they happen."""
        made = Tape(self.user_id, device, f"s{start}", start, events=[])  # type: ignore[arg-type]
        tape.focus(made, app)
        return made

    def keep(self, *sessions: Tape) -> None:
        """Takes over what was recorded in some sessions."""
        for session in sessions:
            self.events += session.events

    def line(self, session: Tape, text: str, after: str | None = "") -> None:
        """Types a line that can be put together; it leaves as it is unless told otherwise."""
        tape.line(session, text)
        self.texts.append((text, text if after == "" else after))


def telemetry(session: Tape, battery: float | None, cpu: float, sent: int) -> None:
    """A report of the recorder about itself."""
    tape.put(session, "telemetry", battery_pct=battery, cpu_pct=cpu, net_bytes=sent)
    tape.wait(session, 1)


def workday(life: Life, start: int, *lines: Text, device: str | None = "laptop") -> Tape:
    """Some clicks and lines, and two reports."""
    session = life.at(start, device)
    for place in range(4):
        tape.click(session, 5 + 15 * place, 4 + 8 * place)
        tape.wait(session, 5)
    for before, after in lines:
        life.line(session, before, after)
        tape.wait(session, 2)
    telemetry(session, 0.25, 1.5, 40_000)
    telemetry(session, 0.5, 0.5, 2_500)
    return session


PLAIN = ("we will delete the update later", "we will delete the update later")
NAMED = ("please call Tom Miller about 4711", "please call <PERSON> about <NUMBER>")
OWN = ("we are rebaselining it again", "we are <WORD> it again")
COMMON = (f"the {SHARED} is on the table", f"the {SHARED} is on the table")
GONE = ("zzqx 4711", None)


def ordinary(life: Life) -> None:
    """Some of everything."""
    one = workday(life, MONDAY, PLAIN, NAMED, COMMON)
    tape.put(one, "pause")
    tape.wait(one, 5)
    tape.line(one, "typed while the recorder paused")
    tape.wait(one, 60)
    tape.put(one, "resume")
    tape.wait(one, 5)
    life.line(one, *OWN)
    tape.focus(one, "keepassxc", title="all my passwords")
    tape.line(one, "typed in the vault")
    tape.focus(one, "chrome", title="sign in")
    tape.line(one, "hunter2", secure=True)
    tape.focus(one, "slack")
    tape.put(one, "paste", text="what was pasted")
    tape.press(one, "Enter")
    life.line(one, *GONE)
    two = workday(life, MONDAY + DAY, PLAIN, COMMON, device="desk")
    nameless = life.at(MONDAY + 2 * DAY, None)
    telemetry(nameless, None, 2.0, 100)
    three = workday(life, MONDAY + 3 * DAY, COMMON)
    tape.wait(three, 600)
    tape.line(three, "typed in a pause of the registry")
    life.keep(one, two, nameless, three)


def unpaused(life: Life) -> None:
    """Never paused, never in a window that nobody should see."""
    for day in range(3):
        life.keep(workday(life, MONDAY + day * DAY, PLAIN, COMMON))


def left_out(life: Life) -> None:
    """Typed as others do, and nothing of it may leave."""
    hidden: list[Text] = [(before, None) for before, _ in (PLAIN, NAMED)]
    session = workday(life, MONDAY, *hidden)
    tape.focus(session, "chrome", title="sign in", secure=True)
    tape.line(session, "hunter2", secure=True)
    life.keep(session)


def hour(life: Life) -> None:
    """Withdrew the hour from nine to ten of the second day, in the middle of a text."""
    life.keep(workday(life, MONDAY, PLAIN))
    session = workday(life, MONDAY + DAY + 50 * MINUTE, COMMON)
    session.ts = MONDAY + DAY + 65 * MINUTE
    life.line(session, "this was in the hour", None)
    session.ts = MONDAY + DAY + 130 * MINUTE
    life.line(session, *PLAIN)
    life.keep(session)


def hidden_fields(life: Life) -> None:
    """Typed into fields that hide it, and nowhere else."""
    session = life.at(MONDAY)
    tape.focus(session, "chrome", title="sign in", secure=True)
    tape.line(session, "hunter2", secure=True)
    telemetry(session, 0.1, 0.1, 10)
    life.keep(session)


def silent(life: Life) -> None:
    """Used the mouse alone."""
    life.keep(workday(life, MONDAY), workday(life, MONDAY + DAY))


def busy(life: Life) -> None:
    """Forty days with twelve pauses each."""
    for day in range(40):
        session = workday(life, MONDAY + day * DAY, PLAIN)
        for _ in range(12):
            tape.put(session, "pause")
            tape.wait(session, 30)
            tape.put(session, "resume")
            tape.wait(session, 300)
        life.keep(session)


KINDS: dict[str, Callable[[Life], None]] = {
    "ordinary": ordinary,
    "unpaused": unpaused,
    "exempt": left_out,
    "half": left_out,
    "withdrawn": left_out,
    "hour": hour,
    "absent": lambda life: None,
    "secure": hidden_fields,
    "silent": silent,
    "busy": busy,
}


def name_of(kind: str) -> str:
    """A person's id by their kind."""
    return f"{kind}@corp"


def lives() -> dict[str, Life]:
    """Each of the ten kinds, lived."""
    found = {kind: Life(name_of(kind)) for kind in KINDS}
    for kind, live in KINDS.items():
        live(found[kind])
    return found


def town() -> list[Life]:
    """The others, who make it possible that anything leaves."""
    found = [Life(f"town{n:02}@corp") for n in range(TOWN)]
    for place, life in enumerate(found):
        for day in range(3):
            life.keep(workday(life, MONDAY + day * DAY + place * MINUTE, PLAIN, COMMON))
    return found


def recorded(place: Path, people: list[Life]) -> Path:
    """A capture log of some people."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", encoding="utf-8") as file:
        for life in people:
            for event in tape.logged(life.events):
                file.write(json.dumps(event) + "\n")
    return place


def whole(event: Event) -> Event:
    """An event with every field of the format, absent ones as None."""
    return {name: event.get(name) for name in SCHEMA}
