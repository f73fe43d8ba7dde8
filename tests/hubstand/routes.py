"""Finds who answers a request to the stand-in."""

from __future__ import annotations

import re
from urllib.parse import unquote

from tests.hubstand import reading, writing
from tests.hubstand.calls import Answer, Call, Refused, failed


def answer(call: Call) -> Answer:
    """What the first route that fits gives; 404 where none does."""
    for method, pattern, handler in (*reading.ROUTES, *writing.ROUTES):
        found = re.fullmatch(pattern, call.path)
        if found and call.method in method:
            try:
                return handler(call, *(unquote(part or "") for part in found.groups()))
            except Refused as refused:
                return refused.answer
    return failed(404, "no such page")
