"""How many events of each sort an hour of work gives, and whether a session lags behind."""

from __future__ import annotations

from etl.simulate.desk import Desk
from etl.simulate.people import HOUR_US

RATE = 12_000
"""Events per hour of session."""

_SORTS: dict[str, tuple[float, tuple[str, ...]]] = {
    "moves": (0.68, ("mousemove",)),
    "keys": (0.24, ("keydown", "keyup")),
    "clicks": (0.03, ("mousedown", "mouseup")),
    "wheel": (0.04, ("wheel",)),
}


def behind(desk: Desk, sort: str, ahead: float = 0.0) -> bool:
    """Whether events of a sort are due by `desk.due`; `ahead` of them may be taken in advance.

    An advance is at most a tenth of what the session will hold.
    """
    share, types = _SORTS[sort]
    per_us = share * RATE / HOUR_US
    session = desk.session
    advance = min(ahead, 0.1 * per_us * (session.end - session.start))
    wanted = per_us * (desk.due - session.start) + advance
    return sum(desk.counts[type] for type in types) < wanted
