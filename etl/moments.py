"""Times as people write them: RFC 3339 with an offset, to microseconds since the Unix epoch."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(text: str) -> int:
    """Microseconds since the epoch; `ValueError` says what is wrong with the text."""
    if not _TIME.fullmatch(text):
        raise ValueError("is not RFC 3339 with an offset")
    try:
        since = datetime.fromisoformat(text.upper()) - _EPOCH
    except (ValueError, OverflowError):
        raise ValueError("is no time that exists") from None
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def of(row: Mapping[str, str | None], name: str) -> int | None:
    """The time in a row's field, None where it has none; `ValueError` names field and fault."""
    value = row.get(name)
    if value is None:
        return None
    try:
        return parse(value)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None


def written(moment: int) -> str:
    """A time as RFC 3339 in UTC, with as many decimals as it has; year 1 to 9999."""
    return (_EPOCH + timedelta(microseconds=moment)).isoformat().replace("+00:00", "Z")


def clock() -> int:
    """What the clock says now, in microseconds since the epoch."""
    return time.time_ns() // 1000
