"""Recordings of the AgentNet tool: a folder of JSON lines, raw pynput events among them."""

from __future__ import annotations

import ast
import json
import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl.errors import TacendaError
from etl.sources import contract
from etl.sources.mapped import Mapped, frame

_EVENTS, _WINDOWS, _META = "events.jsonl", "top_window.jsonl", "metadata.json"
_WITHOUT = {"element.jsonl": "element", "reduced_events_complete.jsonl": "reduced event",
            "reduced_events_vis.jsonl": "reduced event", "html.jsonl": "html"}  # fmt: skip
_LARGEST_SCREEN = 2**31
_LONGEST_S = 40 * 86_400  # a recording is shorter than this, or its clock is wrong
_KEYS = {
    "alt": "Alt", "alt_l": "Alt", "alt_r": "Alt", "alt_gr": "AltGraph", "ctrl": "Control",
    "ctrl_l": "Control", "ctrl_r": "Control", "shift": "Shift", "shift_l": "Shift",
    "shift_r": "Shift", "cmd": "Meta", "cmd_l": "Meta", "cmd_r": "Meta", "enter": "Enter",
    "tab": "Tab", "space": " ", "backspace": "Backspace", "delete": "Delete", "esc": "Escape",
    "up": "ArrowUp", "down": "ArrowDown", "left": "ArrowLeft", "right": "ArrowRight",
    "home": "Home", "end": "End", "page_up": "PageUp", "page_down": "PageDown",
    "insert": "Insert", "caps_lock": "CapsLock", "num_lock": "NumLock",
    "scroll_lock": "ScrollLock", "print_screen": "PrintScreen", "menu": "ContextMenu",
    "pause": "Pause", **{f"f{n}": f"F{n}" for n in range(1, 25)},
}  # fmt: skip
_MODIFIERS = ("Alt", "AltGraph", "Control", "Meta", "Shift")
_BUTTONS = ("left", "right", "middle", "x1", "x2")


@dataclass
class _Recording:
    """The recording's frame of reference, and which modifiers are down."""

    start_us: int
    anchor: float
    width: int
    height: int
    wheel: int
    held: set[str] = field(default_factory=set)


def recognises(path: Path) -> bool:
    """Whether a path is the folder of one recording."""
    return path.is_dir() and (path / _EVENTS).is_file() and (path / _META).is_file()


def read(path: Path, *, user_id: str | None, device_id: str | None) -> Mapped:
    """Maps one recording; its times, which name no zone, are taken as UTC.

    The folder's name is the session. `top_window.jsonl` gives focus events; lines of files
    without counterpart are counted by name. Raises `TacendaError` where the metadata is missing
    or does not say when the recording began or how large the screen was.
    """
    about = _metadata(path / _META)
    events: list[dict[str, Any]] = []
    bad: list[tuple[int, str]] = []
    unmapped: Counter[str] = Counter()
    lines = 0
    for name, make in ((_WINDOWS, _focus), (_EVENTS, _event)):
        for line in _lines(path / name):
            lines += 1
            event = _parsed(line, about, make)
            if isinstance(event, dict):
                events.append(event)
            else:
                bad.append((lines, event))
    mapped = len(events)
    for name, called in _WITHOUT.items():
        n = sum(1 for _ in _lines(path / name))
        lines += n
        unmapped[called] += n
    made = frame(events, user_id or "", device_id, path.name)
    return Mapped(made, lines, mapped, bad, dict(sorted((+unmapped).items())))


def _lines(path: Path) -> Iterator[bytes]:
    if path.is_file():
        with path.open("rb") as file:
            yield from (line for line in file if line.strip())


def _metadata(path: Path) -> _Recording:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        start = datetime.strptime(facts["start_time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        width, height = int(facts["screen_width"]), int(facts["screen_height"])
        wheel = int(facts.get("scroll_direction", -1))
        anchor = float(facts["video_start_timestamp"])
        if (
            not 1 <= min(width, height) <= max(width, height) < _LARGEST_SCREEN
            or wheel not in (1, -1)
            or not math.isfinite(anchor)
        ):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        named = f" {error}" if isinstance(error, KeyError) else ""
        raise TacendaError(
            f"the recording's metadata cannot be used: {type(error).__name__}{named}",
            where=str(path),
            todo="copy the recording again; it must say start_time, video_start_timestamp, "
            "screen_width and screen_height",
            undone="nothing of this recording was loaded",
        ) from None
    return _Recording(int(start.timestamp()) * 1_000_000, anchor, width, height, wheel)


def _parsed(
    line: bytes, about: _Recording, make: Callable[[dict[str, Any], _Recording], dict[str, Any]]
) -> dict[str, Any] | str:
    """An event, or the reason why there is none."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(raw, dict):
        return "not an object"
    try:
        since = _number(raw["time_stamp"]) - about.anchor
        if not abs(since) < _LONGEST_S:
            return "time out of range"
        ts = about.start_us + round(since * 1_000_000)
        if not contract.YEAR_1_US <= ts < contract.YEAR_10000_US:
            return "time out of range"
        return {"ts": ts, **make(raw, about)}
    except LookupError as error:
        return f"no {error.args[0]}" if isinstance(error, KeyError) else "unknown action"
    except (TypeError, ValueError, OverflowError):
        return "a value of the wrong type"


def _focus(raw: dict[str, Any], about: _Recording) -> dict[str, Any]:
    """Some recorders name the application, some its window: the name is taken for both."""
    name = raw["top_window_name"]
    if not isinstance(name, str):
        raise TypeError
    name.encode()  # a lone surrogate is a ValueError
    return {"type": "focus", "app": name.rsplit(" - ", 1)[-1], "title": name}


def _event(raw: dict[str, Any], about: _Recording) -> dict[str, Any]:
    action = raw["action"]
    if action in ("press", "release"):
        return _key(raw, about, down=action == "press")
    if action not in ("move", "scroll", "click"):
        raise IndexError
    place = {
        "x": _finite(raw["x"]), "y": _finite(raw["y"]), "screen_w": about.width,
        "screen_h": about.height, "mods": "+".join(sorted(about.held)) or None,
    }  # fmt: skip
    if action == "move":
        return {"type": "mousemove", **place}
    if action == "scroll":
        # pynput counts upward turns as positive; canonical turns go down the page.
        turn = {"dx": _finite(raw["dx"]), "dy": about.wheel * _finite(raw["dy"])}
        return {"type": "wheel", **place, **turn}
    button = raw["button"] if raw["button"] in _BUTTONS else None
    if not isinstance(raw["pressed"], bool):
        raise TypeError
    return {"type": "mousedown" if raw["pressed"] else "mouseup", "button": button, **place}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _finite(value: Any) -> float:
    number = _number(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _key(raw: dict[str, Any], about: _Recording, *, down: bool) -> dict[str, Any]:
    key = _named(str(raw["pynput_key"]), bool(about.held - {"Shift"}))
    mods = "+".join(sorted(about.held - {key})) or None
    if key in _MODIFIERS:
        (about.held.add if down else about.held.discard)(key)
    return {"type": "keydown" if down else "keyup", "key": key, "mods": mods}


def _named(key: str, command: bool) -> str:
    """pynput's name of a key (`Key.enter`, `'a'`, `<84>`) as KeyboardEvent.key has it."""
    if key.startswith("Key."):
        return _KEYS.get(key[4:], "Unidentified")
    if key.startswith("<") and key[1:-1].isdigit():
        code = int(key[1:-1])
        # With Control or Alt held, pynput gives Windows' virtual key codes; letters are ASCII.
        return chr(code).lower() if command and 65 <= code <= 90 else "Unidentified"
    try:
        char = ast.literal_eval(key)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return "Unidentified"
    if not isinstance(char, str) or len(char) != 1:
        return "Unidentified"
    if command and "\x01" <= char <= "\x1a":
        return chr(ord(char) + 96)  # Control+C as pynput gives it on some systems
    return char if unicodedata.category(char) not in ("Cc", "Cs") else "Unidentified"
