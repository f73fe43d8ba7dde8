"""The windows in which something of a person's may not be used, each once for all its devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from etl import consented, moments
from etl.person import reasons
from privacy import consent
from privacy.causes import Cause, causes
from privacy.registry import Registries


def windows(
    connection: duckdb.DuckDBPyConnection, user: str, registries: Registries
) -> list[dict[str, Any]]:
    """Every window and standing rule that holds for a person, in order of their beginnings.

    `from` and `to` are None where there is no bound; `devices` None where it holds on each device
    that was captured. Guard and widening are in them.
    """
    bounds = consented.boundaries(connection, [user])
    captured = bounds["device_id"].unique().to_list()
    if None not in captured:
        # What names no device falls under every window (C10), those of unknown devices included.
        nowhere = pl.DataFrame({"user_id": [user], "ts": [0], "type": ["device"]})
        bounds = pl.concat([bounds, nowhere], how="diagonal")
    found = causes(registries, bounds.select(consent.BOUNDARIES), user)
    held = _held(found, captured)
    return [_fact(cause, held[cause], captured) for cause in sorted(held, key=_order)]


def _held(
    found: Mapping[str | None, Sequence[Cause]], captured: Sequence[str | None]
) -> dict[Cause, list[str | None]]:
    """Each window with the captured devices that it holds on; none where it holds on no such."""
    held: dict[Cause, list[str | None]] = {}
    for device in sorted(captured, key=lambda name: name or ""):
        for cause in found.get(device, ()):
            held.setdefault(cause, []).append(device)
    known = {(cause.source, cause.row) for cause in held}
    for cause in found.get(None, ()):
        if cause not in held and (cause.source, cause.row) not in known:
            held[cause] = []
    return held


def _order(cause: Cause) -> tuple[Any, ...]:
    row = -1 if cause.row is None else cause.row
    return cause.start, cause.end, cause.reason, sorted(cause.scopes), cause.source, row


def _fact(
    cause: Cause, devices: Sequence[str | None], captured: Sequence[str | None]
) -> dict[str, Any]:
    return {
        "from": bound(cause.start),
        "to": bound(cause.end),
        "devices": None if len(devices) == len(captured) else list(devices),
        "scopes": sorted(cause.scopes),
        "reason": cause.reason,
        "words": reasons.words(cause.reason),
        "rules": sorted(cause.rules, key=lambda rule: (len(rule), rule)),
        "source": cause.source,
        "row": cause.row,
    }


def bound(ts: int) -> str | None:
    """A time as RFC 3339, None where it lies beyond every calendar and so is no bound."""
    try:
        return moments.written(ts)
    except OverflowError:
        return None
