"""The sections of a person's page that hold tables, and how to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from etl.person import reasons
from etl.person.parts import (
    Figures,
    cards,
    day,
    moment,
    prose,
    quiet,
    rule_words,
    safe,
    said,
    table,
    tiles,
)

_STATES = {
    "released": ("●", "the newest version"),
    "waiting": ("◐", "a newer version is due"),
    "superseded": ("○", "superseded: a newer version took its place"),
    "recalled": ("✕", "recalled: it was taken back"),
    "erased": ("✕", "erased"),
}
_KINDS = {
    "keydown": "a key pressed",
    "keyup": "a key let go",
    "compose": "text from an input method",
    "paste": "text pasted",
    "mousemove": "the pointer moved",
    "mousedown": "a mouse button pressed",
    "mouseup": "a mouse button let go",
    "wheel": "the wheel turned",
    "focus": "a window came to the front",
    "pause": "the recorder paused",
    "resume": "the recorder resumed",
    "telemetry": "the recorder reported its own cost",
}
_MEASURES = ("events", "hours", "megabytes")
_SCOPES = ("keyboard", "mouse", "other")
_HEADS = {name: f"#{name.capitalize()}" for name in (*_MEASURES, *_SCOPES)} | {"megabytes": "#MB"}


def _heads(*names: str) -> list[str]:
    return [_HEADS[name] for name in names]


def captured(figures: Figures) -> str:
    """What was captured: in all, by day, by kind and by device."""
    found = figures.facts["captured"]
    columns = ("events", *_SCOPES, "hours", "megabytes")
    days = [
        [day(one["day"]), *figures.numbers(f"captured.days.{n}", columns)]
        for n, one in enumerate(found["days"])
    ]
    kinds = [
        [_kind(one["type"]), *figures.numbers(f"captured.kinds.{n}", _MEASURES)]
        for n, one in enumerate(found["kinds"])
    ]
    devices = [
        [said(one["device"], "no device named"), *figures.numbers(f"captured.devices.{n}", columns)]
        for n, one in enumerate(found["devices"])
    ]
    return "\n".join((
        tiles((name.capitalize(), figures.number(f"captured.{name}")) for name in _MEASURES),
        "<p>An hour stands for sixty minutes of the clock in each of which something was captured. "
        "Megabytes are the sizes of the captured values before they are compressed: a text by its "
        "letters in UTF-8, eight bytes a number, one byte a yes or no.</p>",
        _set_aside(figures),
        table("days", "By day", ["Day", *_heads(*columns)], days, "No day holds anything."),
        table("kinds", "By kind", ["Kind", *_heads(*_MEASURES)], kinds, "There is no event."),
        table("devices", "By device", ["Device", *_heads(*columns)], devices, "There is none."),
    ))  # fmt: skip


def _kind(name: str) -> str:
    words = _KINDS.get(name)
    return f'{safe(words)} <span class="note">{safe(name)}</span>' if words else said(name)


def _set_aside(figures: Figures) -> str:
    if not figures.facts["captured"]["set_aside"]:
        return ""
    return (
        f"<p>Lines that were set aside: {figures.number('captured.set_aside')}. They name you but "
        "are not written as they should be. They stay in the encrypted warehouse, and nothing is "
        "ever made of them.</p>"
    )


def left_out(figures: Figures) -> str:
    """What became of the events: left out for which reason, or used; and the rules in words."""
    found = figures.facts["left_out"]
    columns = ("events", *_SCOPES)
    rows = [
        [
            f"{said(one['words'] or one['reason'], 'no reason named')} {rule_words(one['rules'])}",
            *figures.numbers(f"left_out.{n}", columns),
        ]
        for n, one in enumerate(found)
    ]
    text = (
        f"<p>Of {figures.number('captured.events')} events, {figures.number('used')} may be used. "
        "Each of the others was left out, for the first of these reasons that held:</p>"
        if found
        else f"<p>Of {figures.number('captured.events')} events, {figures.number('used')} may be "
        "used.</p>"
    )
    heads = ["Left out because", *_heads(*columns)]
    return (
        text
        + table("reasons", "Left out", heads, rows, "Nothing was left out.")
        + _legend(figures.facts)
    )


def _legend(facts: Mapping[str, Any]) -> str:
    """The rules that this page cites, in words."""
    cited = {rule for one in (*facts["left_out"], *facts["windows"]) for rule in one["rules"]}
    known = [rule for rule in reasons.RULES if rule in cited]
    if not known:
        return ""
    listed = "".join(
        f"<div><dt>{rule_words([rule])}</dt><dd>{safe(reasons.RULES[rule])}</dd></div>"
        for rule in known
    )
    return f'<h3>The rules that this page cites</h3><dl class="rules-cited">{listed}</dl>'


def releases(figures: Figures) -> str:
    """The releases that hold rows, how many, and where these went."""
    held = [
        f"<strong>{said(_named(one))}</strong>: "
        f"{figures.number(f'releases.{n}.rows')} rows of yours. {_state(one)}."
        f"<br>Published to: {_places(one['published_to'])}"
        for n, one in enumerate(figures.facts["releases"])
    ]
    if not held:
        return '<p class="quiet">No release holds a row of yours.</p>'
    return (
        "<p>No release says whose a row is. The key-holder can tell, and this page is made with "
        "the key. What others copied from a place named here cannot be called back.</p>"
        + cards(held)
    )


def _named(release: Mapping[str, Any]) -> str:
    return f"{release['dataset']}/{release['version']}"


def _state(one: Mapping[str, Any]) -> str:
    sign, words = _STATES.get(one["state"], ("", one["state"]))
    since = f" since {moment(one['waiting_since'])}" if one["state"] == "waiting" else ""
    by = f", {safe(one['superseded_by'])}" if one["state"] == "superseded" else ""
    why = f" because of: {said(one['recalled_because'])}" if one["state"] == "recalled" else ""
    return f'<span aria-hidden="true">{sign}</span> {safe(words)}{since}{by}{why}'


def _places(places: Sequence[Mapping[str, Any]]) -> str:
    if not places:
        return quiet("nowhere")
    return f'<ul class="plain">{"".join(f"<li>{_place(one)}</li>" for one in places)}</ul>'


def _place(one: Mapping[str, Any]) -> str:
    until = f", up to {moment(one['until'])}" if one["until"] else ""
    return f'{said(one["dest"])} <span class="note">on {moment(one["at"])}{until}</span>'


_COST = ("battery_pct", "cpu_pct", "net_megabytes", "reports")
_COST_HEADS = ["#Battery, %", "#Processor, %", "#Sent, MB", "#Reports"]


def cost(figures: Figures) -> str:
    """What the recorder said that it cost itself: in all, by day and by device."""
    found = figures.facts["cost"]
    if not found["reports"]:
        return '<p class="quiet">The recorder reported nothing about what it cost.</p>'
    names = ("Battery, in all", "Processor, on average", "Sent, in all", "Reports")
    units = (" %", " %", " MB", "")
    totals = [
        (name, figures.number(f"cost.{path}", "not measured") + f"<small>{unit}</small>")
        for name, unit, path in zip(names, units, _COST, strict=True)
    ]
    days = [
        [day(one["day"]), *figures.numbers(f"cost.days.{n}", _COST, "not measured")]
        for n, one in enumerate(found["days"])
    ]
    devices = [
        [
            said(one["device"], "no device named"),
            *figures.numbers(f"cost.devices.{n}", _COST, "not measured"),
        ]
        for n, one in enumerate(found["devices"])
    ]
    return "\n".join((
        "<p>As the recorder itself reported it from time to time. Battery is in per cent of a full "
        "charge, added up; the processor's share is the mean of all reports.</p>",
        tiles(totals),
        table("cost-days", "Cost by day", ["Day", *_COST_HEADS], days, ""),
        table("cost-devices", "Cost by device", ["Device", *_COST_HEADS], devices, ""),
    ))  # fmt: skip


def requests(figures: Figures) -> str:
    """What the person asked for, and what became of it."""
    asked = [
        f"<strong>{_what(one)}</strong>, asked on {moment(one['at'])}<br>{_answer(figures, n, one)}"
        for n, one in enumerate(figures.facts["requests"])
    ]
    return cards(asked) if asked else '<p class="quiet">You have asked for nothing so far.</p>'


def _what(one: Mapping[str, Any]) -> str:
    start = f" from {moment(one['from'])}" if one["from"] else ""
    return said(one["what"]) + start + (f" to {moment(one['to'])}" if one["to"] else "")


def _answer(figures: Figures, place: int, one: Mapping[str, Any]) -> str:
    when = f" ({moment(one['answered'])})" if one["answered"] else ""
    held = "".join(
        f"<li>rows of it that still stand in {safe(_named(release))}: "
        f"{figures.number(f'requests.{place}.held_by.{n}.rows')}</li>"
        for n, release in enumerate(one["held_by"])
    )
    listed = f'<ul class="plain">{held}</ul>' if held else ""
    return f"{said(one['state'], 'no state known')}{when}{listed}"


def how(figures: Figures) -> str:
    """How to ask for what the person may ask for."""
    asks = figures.facts["how"]
    if not asks:
        return f"<p>{quiet('Nobody has written down yet how to ask.')}</p>"
    return "\n".join(
        f'<h3>{said(one["title"], "How to ask")}</h3><p class="words" dir="auto">'
        f"{prose(one['words'])}</p>"
        for one in asks
    )
