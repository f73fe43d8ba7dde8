"""Time zones, as the pinned data set of tzdata has them: never those of the machine."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name such as `Europe/Berlin`; raises `ValueError` for any other name."""
    parts = name.split("/") if _NAME.fullmatch(name) else [""]
    file = resources.files("tzdata").joinpath("zoneinfo", *parts)
    if not file.is_file():
        raise ValueError("is no zone of the IANA data set, such as Europe/Berlin")
    with file.open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
