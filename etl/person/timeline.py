"""The windows in which nothing of a person is used: a bar for each day, and a list beside it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from etl.person import reasons
from etl.person.parts import (
    Figures,
    calendar_day,
    clock,
    counted,
    day_of,
    day_words,
    instant,
    moment_words,
    rule_words,
    safe,
    said,
    scope_words,
)

BARS = 400
_DAY = 86_400
_NARROWEST = 480
_LANES = 8
_LANE = 18
_SPREAD = 31
_MARKS = (0, 6, 12, 18, 24)


@dataclass(frozen=True)
class Window:
    """One window: where it stands among the facts, from when, until when, and the fact itself."""

    index: int
    start: datetime | None
    end: datetime | None
    fact: Mapping[str, Any]

    def first(self) -> date:
        """The first day that it touches."""
        return self.start.date() if self.start else date.min

    def last(self) -> date:
        """The last day that it touches; an end at midnight is still the day before."""
        if self.end is None:
            return date.max
        if self.start and self.end <= self.start:
            return self.start.date()
        return (self.end - timedelta(microseconds=1)).date()

    def within(self, day: date) -> tuple[int, int]:
        """The seconds of a day at which it begins and ends there."""
        begins = _second(self.start) if self.start and self.start.date() == day else 0
        ends = _second(self.end) if self.end and self.end.date() == day else _DAY
        return begins, max(begins, ends)


def render(figures: Figures) -> str:
    """All windows by day, the latest day first, as far as `BARS` bars go; then how many more."""
    facts = figures.facts
    windows = [
        Window(index, instant(fact["from"]), instant(fact["to"]), fact)
        for index, fact in enumerate(facts["windows"])
    ]
    if not windows:
        return '<p class="quiet">There is no pause of yours, and no other such window.</p>'
    days, always = _by_day(windows, _known_days(facts["captured"]["days"]))
    shown: set[int] = {window.index for window in always[:BARS]}
    left = BARS - len(always)
    parts = [_block("Every day", None, always[:BARS])] if always else []
    for day in sorted(days, reverse=True):
        if left <= 0:
            break
        held = sorted(days[day], key=lambda window: window.within(day))[:left]
        left -= len(held)
        shown |= {window.index for window in held}
        parts.append(_block(day_of(day), day, held))
    return _before(len(windows), len(shown)) + "\n".join(parts)


def _before(windows: int, shown: int) -> str:
    text = (
        "Each bar is one day of 24 hours in UTC, the latest day first; the marked parts are left "
        "out. The list with each bar says the same in words. Days on which nothing was captured "
        "and nothing begins or ends may be missing."
    )
    more = ""
    if windows > shown:
        more = (
            f'<p class="more"><strong>{counted("windows.shown", shown)} of '
            f"{counted('windows', windows)} windows are drawn here; "
            f"{counted('windows.more', windows - shown)} more are in the JSON file</strong> "
            "that came with this page.</p>"
        )
    return f"<p>{text}</p>{more}\n"


def _known_days(captured: Iterable[Mapping[str, Any]]) -> set[date]:
    return {day for one in captured if (day := calendar_day(one["day"]))}


def _by_day(
    windows: Sequence[Window], captured: set[date]
) -> tuple[dict[date, list[Window]], list[Window]]:
    """Under each day the windows that touch it; and apart those without any bound."""
    known = sorted(captured.union(*(_own_days(window) for window in windows)))
    days: dict[date, list[Window]] = {}
    always = []
    for window in windows:
        if window.start is None and window.end is None:
            always.append(window)
            continue
        for day in known[bisect_left(known, window.first()) : bisect_right(known, window.last())]:
            days.setdefault(day, []).append(window)
    return days, always


def _own_days(window: Window) -> set[date]:
    """The days that a window itself makes known: both its ends, and some of those between."""
    if window.start is None and window.end is None:
        return set()
    first = window.first() if window.start else window.last()
    last = window.last() if window.end else first
    spread = min((last - first).days, _SPREAD)
    return {first + timedelta(days=n) for n in range(spread + 1)} | {last}


def _second(moment: datetime) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _block(title: str, day: date | None, windows: Sequence[Window]) -> str:
    name = day_words(day) if day else "Every day"
    spans = [window.within(day) if day else (0, _DAY) for window in windows]
    told: dict[str, list[Window]] = {}
    for window in sorted(windows, key=lambda one: reasons.rank(one.fact["reason"])):
        told.setdefault(_cause(window.fact), []).append(window)
    listed = "\n".join(_item(cause, alike, day) for cause, alike in told.items())
    return (
        f'<section class="day"><h3>{title}</h3>'
        f'<div class="bar">{_bar(name, spans)}{_hours()}</div>'
        f'<ol class="windows">\n{listed}\n</ol></section>'
    )


def _bar(name: str, spans: Sequence[tuple[int, int]]) -> str:
    lanes = _lanes(spans)
    height = _LANE * (max(lanes) + 1)
    marks = "".join(
        f'<line x1="{hour * 3600}" x2="{hour * 3600}" y1="0" y2="{height}"/>' for hour in _MARKS
    )
    bars = "".join(
        f'<rect x="{begins}" y="{lane * _LANE + 2}" width="{ends - begins}" height="{_LANE - 4}"/>'
        for (begins, ends), lane in zip(map(_visible, spans), lanes, strict=True)
    )
    return (
        f'<svg role="img" aria-label="{name}, a bar of 24 hours; the list after it says the same" '
        f'viewBox="0 0 {_DAY} {height}" preserveAspectRatio="none" height="{height}">'
        f'<rect class="ground" width="{_DAY}" height="{height}"/>{marks}{bars}</svg>'
    )


def _visible(span: tuple[int, int]) -> tuple[int, int]:
    """A span that is wide enough to be seen, and still inside its day."""
    begins = min(span[0], _DAY - _NARROWEST)
    return begins, max(span[1], begins + _NARROWEST)


def _lanes(spans: Sequence[tuple[int, int]]) -> list[int]:
    """For each span the first lane that is free; where none is, the last lane is shared."""
    ends: list[int] = []
    lanes = []
    for begins, end in map(_visible, spans):
        lane = next((n for n, free in enumerate(ends) if free <= begins), len(ends))
        lane = min(lane, _LANES - 1)
        ends[lane : lane + 1] = [end]
        lanes.append(lane)
    return lanes


def _hours() -> str:
    marks = "".join(f"<span>{hour:02}:00</span>" for hour in _MARKS)
    return f'<div class="hours" aria-hidden="true">{marks}</div>'


def _item(cause: str, windows: Sequence[Window], day: date | None) -> str:
    """One cause and all the times of a day at which it held."""
    times = ", ".join(_span(window, day) for window in windows)
    rows = sorted({window.fact["row"] for window in windows} - {None})
    named = f", {'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, rows))}" if rows else ""
    return f'<li>{cause}{named}</span><br><span class="times">{times}</span></li>'


def _cause(fact: Mapping[str, Any]) -> str:
    """Why something is left out, and where that stands; open for the rows there."""
    source = reasons.SOURCES.get(fact["source"], fact["source"])
    notes = [scope_words(fact["scopes"]), _devices(fact["devices"])]
    return " ".join((
        f'<strong class="why">{said(fact["words"] or fact["reason"], "no reason named")}</strong>',
        f'<span class="rules">{rule_words(fact["rules"])}</span>',
        *(f'<span class="note">{note}</span>' for note in notes if note),
        f'<span class="note">from {safe(source)}',
    ))  # fmt: skip


def _devices(devices: Sequence[str | None] | None) -> str:
    if devices is None:
        return ""
    if not devices:
        return "on a device that was never captured"
    named = [said(one) for one in devices if one is not None]
    nameless = ["what names no device"] if None in devices else []
    return "on " + " and ".join([*named, *nameless])


def _span(window: Window, day: date | None) -> str:
    if day is None:
        return "at all times"
    here = "the whole day"
    if window.within(day) != (0, _DAY):
        ends = window.end if window.end and window.end.date() == day else None
        begins = window.start if window.start and window.start.date() == day else None
        here = f"{clock(begins) if begins else '00:00'} to {clock(ends) if ends else '24:00'}"
    if window.first() == window.last():
        return here
    return f'{here} <span class="note">({safe(_whole(window))})</span>'


def _whole(window: Window) -> str:
    """A window over several days in one phrase."""
    start = moment_words(window.start) if window.start else None
    end = moment_words(window.end) if window.end else None
    if start and end:
        return f"from {start} to {end}"
    return f"everything from {start} on" if start else f"everything before {end}"
