"""Consent, counted again from where the rows came from: shares no code with the consent rules.

For each released row's span of time this asks of the registries and of the deciding events, one
by one, whether they would have it. It is slower and simpler than `privacy.consent` on purpose.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

from privacy.gates import Violation
from privacy.registry import Exclusion, Registries

_SECOND = 1_000_000
_GUARD = 2 * _SECOND
_HALF_HOUR = 1800 * _SECOND
_ALWAYS = 1 << 61
_NAMELESS = "\0"  # what came without a device, and nothing else

_Match = Callable[[str], re.Match[str] | None] | None


@dataclass
class _Person:
    """One person's deciding events as plain tuples, in order of time."""

    pauses: list[tuple[int, str | None]] = field(default_factory=list)
    resumes: list[tuple[int, str | None]] = field(default_factory=list)
    focuses: list[tuple[int, str | None, bool, bool]] = field(default_factory=list)
    hidden: list[tuple[int, str | None]] = field(default_factory=list)
    devices: set[str | None] = field(default_factory=set)


def consent(
    where: str, lineage: pl.DataFrame, registries: Registries, boundaries: pl.DataFrame
) -> list[Violation]:
    """Nothing came from an excluded person, window or scope.

    `lineage` has the columns of `transforms.events.LINEAGE`; `boundaries` those of
    `privacy.consent.BOUNDARIES`, of everyone in it.
    """
    out = _exempt(lineage, registries)
    people = _people(boundaries, registries)
    for (user,), rows in lineage.group_by("user_id"):
        devices = rows["device_id"].unique().to_list()
        person = people.get(str(user), _Person())
        forbidden = list(_forbidden(str(user), person, registries, devices))
        for device in devices:
            own = rows.filter(pl.col("device_id").eq_missing(pl.lit(device, pl.String)))
            out.update(_overlaps(own, _here(forbidden, device)))
    return [Violation(where, n, what) for what, n in sorted(out.items())]


def _fold(text: str) -> str:
    once = unicodedata.normalize("NFC", text.strip()).casefold()
    return unicodedata.normalize("NFC", once)


def _exempt(lineage: pl.DataFrame, registries: Registries) -> Counter[str]:
    """Rows of people who are exempt in a scope that the row used."""
    standing: dict[tuple[str, str], tuple[int, str]] = {}
    for row in registries.exemptions:
        when = next((t for t in (row.decided_at, row.requested_at) if t is not None), -_ALWAYS)
        key = (_fold(row.user_id), row.scope)
        if key not in standing or when > standing[key][0]:
            standing[key] = (when, row.status)
    out = {key for key, (_, status) in standing.items() if status in ("approved", "pending")}
    used = {
        "all": pl.lit(True),
        "keyboard": pl.col("n_keyboard") > 0,
        "mouse": pl.col("n_mouse") > 0,
    }
    found: Counter[str] = Counter()
    for scope, uses in used.items():
        users = [user for user, named in out if named == scope]
        n = lineage.filter(pl.col("user_id").is_in(users) & uses).height
        if n:
            found[f"rows of people exempt from {scope}"] += n
    return found


def _people(boundaries: pl.DataFrame, registries: Registries) -> dict[str, _Person]:
    people: dict[str, _Person] = {}
    verdicts: dict[tuple[str | None, ...], bool] = {}
    names = ("user_id", "device_id", "ts", "type", "app", "title", "url", "secure")
    for user, device, ts, kind, app, title, url, secure in (
        boundaries.select(names).sort("user_id", "ts").iter_rows()
    ):
        person = people.setdefault(user, _Person())
        person.devices.add(device)
        if kind == "pause":
            person.pauses.append((ts, device))
        elif kind == "resume":
            person.resumes.append((ts, device))
        elif kind == "focus":
            place = (user, app, title, url)
            if place not in verdicts:
                verdicts[place] = _barred(user, app, title, url, registries.exclusions)
            person.focuses.append((ts, device, verdicts[place], bool(secure)))
        elif secure:
            person.hidden.append((ts, device))
    return people


def _barred(
    user: str, app: str | None, title: str | None, url: str | None, rules: tuple[Exclusion, ...]
) -> bool:
    values = ([_fold2(app)] if app else [], [_fold2(title)] if title else [], _addresses(url))
    hits = keeps = kept = False
    for rule, patterns in _patterns(rules):
        if rule.user_id is not None and _fold(rule.user_id) != user:
            continue
        found = all(p is None or any(map(p, v)) for p, v in zip(patterns, values, strict=True))
        hits = hits or (found and rule.effect == "drop")
        keeps = keeps or rule.effect == "keep_only"
        kept = kept or found
    return hits or (keeps and not kept)


@lru_cache(maxsize=4)
def _patterns(rules: tuple[Exclusion, ...]) -> list[tuple[Exclusion, tuple[_Match, ...]]]:
    return [(rule, tuple(map(_like, (rule.app, rule.title, rule.url)))) for rule in rules]


def _like(pattern: str | None) -> _Match:
    if pattern is None:
        return None
    # fnmatch knows classes in brackets, which these patterns do not.
    return re.compile(fnmatch.translate(_fold2(pattern).replace("[", "[[]"))).match


def _addresses(url: str | None) -> list[str]:
    """An address, the same without its scheme, and its host."""
    if not url:
        return []
    bare = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", "", url)
    host = re.split(r"[/?#]", bare, maxsplit=1)[0].rsplit("@", 1)[-1]
    return [_fold2(one) for one in (url, bare, re.sub(r":\d*$", "", host))]


def _fold2(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _forbidden(
    user: str, person: _Person, registries: Registries, devices: list[str | None]
) -> Iterator[tuple[int, int, str | None, str, str]]:
    """(from, to, device or None for all, scopes, reason) for everything that may not be used."""
    for row in registries.pauses:
        if _fold(row.user_id) == user:
            yield from _registered(row.start, row.end, row.device_id, person)
    for device in {device for _, device in person.pauses}:
        until = -_ALWAYS
        for start, on in person.pauses:
            if on != device or start < until:
                continue
            closing = [t for t, d in person.resumes if t > start and device in (None, d)]
            until = min(closing) if closing else start + _HALF_HOUR
            yield start - _GUARD, until + _GUARD, device, "all", "in a pause in the stream"
    yield from _by_focus(person, devices)
    if any(
        rule.effect == "keep_only" and (rule.user_id is None or _fold(rule.user_id) == user)
        for rule in registries.exclusions
    ):
        for device in devices:
            begun = [ts for ts, on, _, _ in person.focuses if on == device]
            until = min(begun, default=_ALWAYS)
            yield -_ALWAYS, until, device or _NAMELESS, "all", "in a window that is not listed"


def _registered(
    start: int, end: int | None, device: str | None, person: _Person
) -> Iterator[tuple[int, int, str | None, str, str]]:
    reason = "in a pause of the registry"
    if end is not None:
        yield start - _GUARD, end + _GUARD, device, "all", reason
        return
    yield start - _GUARD, start + _HALF_HOUR + _GUARD, device, "all", reason
    for one in _named(device, person):
        later = [t for t, d in person.resumes if d == one and t > start]
        if later:
            yield start - _GUARD, min(later) + _GUARD, one or _NAMELESS, "all", reason


def _named(device: str | None, person: _Person) -> set[str | None]:
    """The captured devices that a row of the registry means, or what came without a device."""
    if device is None:
        return {on for _, on in person.resumes}
    same: set[str | None] = {on for on in person.devices if on and on.strip() == device.strip()}
    return same or {None}


def _by_focus(
    person: _Person, devices: list[str | None]
) -> Iterator[tuple[int, int, str | None, str, str]]:
    known: set[str | None] = {device for _, device, _, _ in person.focuses}
    known |= {device for _, device in person.hidden}
    # A device without either still falls under a secure key that names none.
    for device in known | set(devices):
        own = [place for place in person.focuses if place[1] == device]
        times = sorted({place[0] for place in own})
        ends = dict(zip(times, [*times[1:], _ALWAYS], strict=False))  # there may be no focus
        for ts, _, barred, secure in own:
            if barred:
                yield ts, ends[ts], device, "all", "in an excluded window"
            if secure:
                yield ts, ends[ts], device, "hidden", "in a secure field"
        for ts, on in person.hidden:
            if on == device or on is None:
                begun = max((t for t in times if t <= ts), default=-_ALWAYS)
                ended = min((t for t in times if t > ts), default=_ALWAYS)
                yield begun, ended, device or _NAMELESS, "hidden", "in a secure field"


def _here(
    forbidden: list[tuple[int, int, str | None, str, str]], device: str | None
) -> list[tuple[int, int, str, str]]:
    return [
        (start, end, scopes, reason)
        for start, end, on, scopes, reason in forbidden
        if on is None or device is None or on.strip() == device.strip()
    ]


def _overlaps(rows: pl.DataFrame, spans: list[tuple[int, int, str, str]]) -> Counter[str]:
    """Counts rows `[first_ts, last_ts]` that touch a forbidden `[start, end)`."""
    found: Counter[str] = Counter()
    if not spans:
        return found
    table = pl.DataFrame(
        spans, schema={"s": pl.Int64, "e": pl.Int64, "scopes": pl.String, "reason": pl.String},
        orient="row",
    )  # fmt: skip
    hits = rows.join_where(
        table, pl.col("first_ts") < pl.col("e"), pl.col("last_ts") >= pl.col("s")
    ).filter((pl.col("scopes") == "all") | (pl.col("n_keyboard") + pl.col("n_mouse") > 0))
    for reason, n in hits.group_by("reason").len().iter_rows():
        found[f"rows {reason}"] += int(n)
    return found
