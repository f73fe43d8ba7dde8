"""Inputlog's keystroke logs (`.idfx`): XML that often is none, for it holds control characters."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from etl.errors import TacendaError
from etl.sources.mapped import Mapped, frame

_DECLARED = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LARGEST = 512 * 1024 * 1024
_LONGEST_MS = 40 * 86_400_000
_KEYS = {
    "VK_BACK": "Backspace", "VK_DELETE": "Delete", "VK_RETURN": "Enter", "VK_TAB": "Tab",
    "VK_LEFT": "ArrowLeft", "VK_RIGHT": "ArrowRight", "VK_UP": "ArrowUp", "VK_DOWN": "ArrowDown",
    "VK_HOME": "Home", "VK_END": "End", "VK_PRIOR": "PageUp", "VK_NEXT": "PageDown",
    "VK_INSERT": "Insert", "VK_ESCAPE": "Escape", "VK_SHIFT": "Shift", "VK_LSHIFT": "Shift",
    "VK_RSHIFT": "Shift", "VK_CONTROL": "Control", "VK_LCONTROL": "Control",
    "VK_RCONTROL": "Control", "VK_MENU": "Alt", "VK_LMENU": "Alt", "VK_RMENU": "AltGraph",
    "VK_CAPITAL": "CapsLock", "VK_LWIN": "Meta", "VK_RWIN": "Meta", "VK_APPS": "ContextMenu",
}  # fmt: skip


def recognises(path: Path) -> bool:
    """Whether a file is named as Inputlog names its logs."""
    return path.suffix.lower() == ".idfx"


def read(path: Path, *, user_id: str | None, device_id: str | None) -> Mapped:
    """Maps one log; its times, which name no zone, are taken as UTC.

    Each `event` element counts as a line. A key with a text of several characters is a paste. A
    `replacement` tells that a selection was replaced which the log shows nowhere else: it becomes
    the key `Cut`. Raises `TacendaError` where the file is not such a log from its first character.
    """
    root = _parsed(path)
    meta = {e.findtext("key"): e.findtext("value") for e in root.iterfind("meta/entry")}
    start = _start(path, meta)
    events: list[dict[str, Any]] = []
    bad: list[tuple[int, str]] = []
    unmapped: Counter[str] = Counter()
    lines = mapped = 0
    last = start
    for lines, element in enumerate(root.iterfind("event"), 1):
        kind = element.get("type", "")
        if kind not in ("keyboard", "replacement", "focus"):
            unmapped[kind if kind.isidentifier() else "unnamed"] += 1
            continue
        try:
            made = list(_events(element, kind, start, last))
        except (ValueError, TypeError, OverflowError) as error:
            bad.append((lines, str(error) if type(error) is _Broken else "a broken number"))
            continue
        mapped += 1
        events += made
        last = made[-1]["ts"]
    made_frame = frame(events, user_id or "", device_id, path.stem)
    return Mapped(made_frame, lines, mapped, bad, dict(sorted(unmapped.items())))


class _Broken(ValueError):
    """An element that lacks something; the message is one of a fixed few."""


def _parsed(path: Path) -> ElementTree.Element:
    if path.stat().st_size > _LARGEST:
        raise _refused(path, "the file is larger than a log can be")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(path, "the file is not UTF-8") from None
    if _DECLARED.search(text):
        raise _refused(path, "the file declares entities, which no log does")
    clean = _FORBIDDEN.sub("\ufffd", _REFERENCE.sub(_referenced, text))
    try:
        root = ElementTree.fromstring(clean)
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        line, column = getattr(error, "position", (0, 0))
        what = f"the file is not XML from line {line}, column {column} on"
        before = text.split("<", 1)[0].strip()
        if before:
            what = f"the file begins with {len(before)} characters that are no XML"
        raise _refused(path, what) from None
    if root.tag != "log":
        raise _refused(path, "the file is XML, but no Inputlog log")
    return root


def _referenced(reference: re.Match[str]) -> str:
    """A reference to a character that XML forbids stands for nothing that is typed."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    allowed = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0x10FFFF
    return reference[0] if allowed and code not in (0xFFFE, 0xFFFF) else "\ufffd"


def _refused(path: Path, what: str) -> TacendaError:
    return TacendaError(
        what,
        where=str(path),
        todo="copy the log again from where it was made, or mend it",
        undone="nothing of this file was loaded",
    )


def _start(path: Path, meta: dict[str | None, str | None]) -> int:
    """The time, in microseconds, at which the log's own milliseconds were 0."""
    try:
        made = datetime.strptime(meta["__LogCreationDate"] or "", "%y/%m/%d %H:%M:%S.%f")
        relative = int(meta["__LogRelativeCreationDate"] or "")
        if not 0 <= relative < _LONGEST_MS * 100:
            raise ValueError
    except (KeyError, ValueError):
        raise _refused(path, "the log does not say when it was made") from None
    since = made.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1) - relative * 1000


def _events(
    element: ElementTree.Element, kind: str, start: int, last: int
) -> Iterator[dict[str, Any]]:
    if kind == "replacement":
        yield {"ts": last, "type": "keydown", "key": "Cut"}
        return
    part = element.find("part[@type='winlog']")
    if part is None:
        raise _Broken("no winlog part")
    begun, ended = (_time(part, name, start) for name in ("startTime", "endTime"))
    if kind == "focus":
        yield {"ts": begun, "type": "focus", "title": part.findtext("title")}
        return
    value = part.findtext("value") or ""
    name = part.findtext("key") or ""
    key = _KEYS.get(name) or (value if _typed(value) else "Unidentified")
    if key == "Unidentified" and len(value) > 1:
        yield {"ts": begun, "type": "paste", "text": value}
        return
    mods = {"mods": _mods(part.findtext("keyboardstate") or "")}
    yield {"ts": begun, "type": "keydown", "key": key, "code": name or None, **mods}
    yield {"ts": max(begun, ended), "type": "keyup", "key": key, "code": name or None, **mods}


def _typed(value: str) -> bool:
    return len(value) == 1 and unicodedata.category(value) != "Cc" and value != "\ufffd"


def _time(part: ElementTree.Element, name: str, start: int) -> int:
    number = int(part.findtext(name) or "")
    if not 0 <= number < _LONGEST_MS * 100:
        raise _Broken("a time out of range")
    return start + number * 1000


def _mods(state: str) -> str | None:
    """Modifiers in Inputlog's list of keys held down, sorted and joined by `+`."""
    held = {_KEYS.get(name.strip()) for name in re.split(r"[,+;\s]+", state)}
    named = sorted(str(m) for m in held & {"Alt", "AltGraph", "Control", "Meta", "Shift"})
    return "+".join(named) or None
