"""Pauses: in the registry and in the capture, each with and without a device and an end."""

from __future__ import annotations

from typing import NamedTuple

from etl.simulate.people import Person, Session

LONGEST_US = 30 * 60_000_000
_SECOND = 1_000_000


class Pause(NamedTuple):
    """One window that a person asked for; times in microseconds, `end` None where left open.

    `quiet`: the capture agent obeyed, so nothing was recorded within.
    """

    in_stream: bool
    device_id: str | None
    start: int
    end: int | None
    quiet: bool

    @property
    def until(self) -> int:
        """Where the window ends: nothing closes an open one before its half hour is over."""
        return self.start + LONGEST_US if self.end is None else self.end


# (in the capture, with a device, with an end) by person. Nobody has both an open window and a
# `resume` elsewhere, for that would make the window as long as the time to the `resume`.
_KINDS: tuple[tuple[tuple[bool, bool, bool], ...], ...] = (
    ((True, True, True),),
    ((False, True, True),),
    ((False, False, True),),
    ((False, True, False),),
    ((True, False, True),),
    ((True, True, False),),
    ((False, False, False),),
    ((True, False, False),),
    ((False, True, True), (True, True, True)),
    (),
    (),
)


def plan(person: Person) -> list[Pause]:
    """The pauses of one person, none longer than half an hour."""
    kinds = _KINDS[person.index % len(_KINDS)]
    return [_pause(person, n, *kind) for n, kind in enumerate(kinds)]


def _pause(person: Person, n: int, in_stream: bool, device: bool, closed: bool) -> Pause:
    sessions = sorted(person.sessions, key=lambda session: session.start)
    session = sessions[n + 1] if closed else sessions[-1]
    start = _at(session, 0.35 if closed else 0.85)
    length = int((session.end - session.start) * 0.12) // _SECOND * _SECOND
    end = start + min(25 * 60 * _SECOND, max(_SECOND, length)) if closed else None
    device_id = session.device.device_id if device else None
    quiet = in_stream and closed and person.index % 2 == 0
    return Pause(in_stream, device_id, start, end, quiet)


def _at(session: Session, share: float) -> int:
    return (session.start + int((session.end - session.start) * share)) // _SECOND * _SECOND
