"""Lines: everything of one session in order, as bytes of JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

import polars as pl

from etl.simulate.desk import Desk, Truth
from etl.simulate.pauses import Pause
from etl.simulate.people import Person
from etl.simulate.pointer import samples


class Clock(NamedTuple):
    """How a file writes `ts`: microseconds since the epoch, or RFC 3339 in UTC or local time."""

    integer: bool
    local: bool


def session_lines(desk: Desk, clock: Clock) -> bytes:
    """The session's events, in order of time and numbered from 1 by `seq`."""
    person, session = desk.person, desk.session
    given = pl.DataFrame({"ts": desk.ts, "tail": desk.tails}, schema=_SCHEMA)
    if desk.moves:
        moves = samples(desk.moves, session.device, desk.dice)
        given = pl.concat([given, moves])
    ordered = given.sort("ts", maintain_order=True)
    ids = {"user_id": person.user_id, "device_id": session.device.device_id}
    head = json.dumps({**ids, "session_id": session.session_id}, separators=(",", ":"))[:-1]
    line = pl.concat_str(
        pl.lit(head + ',"ts":'), _ts(clock, person.zone_minutes), pl.lit(',"seq":'),
        pl.int_range(1, pl.len() + 1).cast(pl.String), pl.lit(","), pl.col("tail"),
    )  # fmt: skip
    return _joined(ordered, line)


_SCHEMA = {"ts": pl.Int64, "tail": pl.String}


def _joined(frame: pl.DataFrame, line: pl.Expr) -> bytes:
    if not frame.height:
        return b""
    text: str = frame.select(line.str.join("\n")).item()
    return text.encode() + b"\n"


def _ts(clock: Clock, zone_minutes: int) -> pl.Expr:
    if clock.integer:
        return pl.col("ts").cast(pl.String)
    minutes = zone_minutes if clock.local else 0
    shifted = (pl.col("ts") + minutes * 60_000_000).cast(pl.Datetime("us"))
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    zone = f"{sign}{size // 60:02d}:{size % 60:02d}" if minutes else "Z"
    return pl.concat_str(
        pl.lit('"'), shifted.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f"), pl.lit(f'{zone}"')
    )


def stray_lines(person: Person, pauses: Iterable[Pause], truth: Truth, clock: Clock) -> bytes:
    """The pauses that hold for every machine: events without device, session and number."""
    lines = []
    for pause in pauses:
        if pause.in_stream and pause.device_id is None:
            for ts, type in ((pause.start, "pause"), (pause.end, "resume")):
                if ts is not None:
                    when = ts if clock.integer else _rfc3339(ts, person, clock)
                    lines.append({"user_id": person.user_id, "ts": when, "type": type})
                    truth.counts[type] += 1
    return b"".join(json.dumps(one, separators=(",", ":")).encode() + b"\n" for one in lines)


def _rfc3339(ts: int, person: Person, clock: Clock) -> str:
    zone = timezone(timedelta(minutes=person.zone_minutes)) if clock.local else UTC
    return datetime.fromtimestamp(ts // 1_000_000, zone).isoformat()
