"""Aalto's keystroke samples as canonical events: each sentence on a device of its own.

The log was taken in browsers, one row for each key that was let go. Where two keys overlap, one
row can hold the code of the first and the letter of the second; both were typed. A key that is
held repeats, but the log has one row for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from transforms import events

_NAMES = {
    8: "Backspace", 9: "Tab", 13: "Enter", 16: "Shift", 17: "Control", 18: "Alt", 20: "CapsLock",
    27: "Escape", 33: "PageUp", 34: "PageDown", 35: "End", 36: "Home", 37: "ArrowLeft",
    38: "ArrowUp", 39: "ArrowRight", 40: "ArrowDown", 45: "Insert", 46: "Delete", 91: "Meta",
    92: "Meta", 93: "ContextMenu",
}  # fmt: skip
_CODES = (192, 189, 187, 219, 221, 220, 186, 222, 188, 190, 191, 173, 59, 61)
_PAIRS = ("`~", "-_", "=+", "[{", "]}", "\\|", ";:", "'\"", ",<", ".>", "/?", "-_", ";:", "=+")
_OWN = dict(zip(_CODES, _PAIRS, strict=True)) | {
    ord(digit): digit + sign for digit, sign in zip("1234567890", "!@#$%^&*()", strict=True)
}
_HELD = ("Shift", "Control", "Alt", "Meta")
_QUIET = ("NUM_LK", "SCR_LK", "PAUSE")
# Browsers begin to repeat after half a second; nobody holds a letter for two.
_REPEATS_MS, _NEVER_MS = 450, 2_000


class Key(NamedTuple):
    """A row of the log; times in milliseconds."""

    at: int
    down: int
    up: int
    letter: str
    code: int


class Sentence(NamedTuple):
    """What one participant typed once, and what was submitted."""

    user: str
    section: str
    text: str
    keys: tuple[Key, ...]


def sentences(folder: Path) -> Iterator[Sentence]:
    """The sentences of all participants, in the order of their files."""
    for path in sorted(folder.glob("*.txt")):
        found: dict[tuple[str, str], tuple[str, list[Key]]] = {}
        for line in path.open(encoding="latin-1", newline="\n"):
            row = line.rstrip("\r\n").split("\t")
            if len(row) == 9 and row[0] != "PARTICIPANT_ID":
                text, keys = found.setdefault((row[0], row[1]), (row[3], []))
                keys.append(_key(row))
        for (user, section), (text, keys) in found.items():
            yield Sentence(user, section, text, tuple(sorted(keys, key=lambda one: one.at)))


def _key(row: Sequence[str]) -> Key:
    down, up, code = (int(float(row[n])) for n in (5, 6, 8))
    # Held for seconds, a letter has the time of an earlier press and its own release.
    stale = up - down > _NEVER_MS and _NAMES.get(code) not in (*_HELD, "Backspace")
    return Key(up if stale else down, down, up, row[7], code)


def events_of(sentence: Sentence) -> Iterator[dict[str, Any]]:
    """The key presses of a sentence, after a focus."""
    whose = {"user_id": sentence.user, "device_id": sentence.section, "session_id": "s"}
    first = sentence.keys[0].at
    yield {**whose, "ts": first * 1000, "seq": 0, "type": "focus", "title": sentence.section}
    for n, (at, key, mods) in enumerate(_pressed(sentence.keys), 1):
        yield {**whose, "ts": at * 1000, "seq": n, "type": "keydown", "key": key, "mods": mods}


def _pressed(keys: Sequence[Key]) -> Iterator[tuple[int, str, str | None]]:
    held = {
        name: [(one.down, one.up) for one in keys if _NAMES.get(one.code) == name] for name in _HELD
    }
    capitals = False
    for one in keys:
        name = _NAMES.get(one.code)
        capitals ^= name == "CapsLock"
        down = [h for h in _HELD if h != name and any(a <= one.down <= b for a, b in held[h])]
        upper = "Shift" in down
        for key in _keys(one, name, upper, capitals):
            yield one.at, key, "+".join(sorted(down)) or None


def _keys(one: Key, name: str | None, upper: bool, capitals: bool) -> Iterator[str]:
    letter = one.letter if len(one.letter) == 1 and one.letter.isprintable() else ""
    if name:
        if letter and name == "Backspace":
            yield letter
        repeats = one.up - one.down > _REPEATS_MS
        if repeats and name in ("Backspace", "Delete"):
            yield "Clear"  # nobody knows how many times
        elif repeats and name.startswith("Arrow"):
            yield "PageDown"
        else:
            yield name
        return
    own = _own(one.code, upper, capitals)
    if own and letter and 65 <= one.code <= 90 and own.lower() != letter.lower():
        yield own
    if letter or own:
        yield letter or own
    elif one.letter not in _QUIET:
        yield one.letter or "Unknown"


def _own(code: int, upper: bool, capitals: bool) -> str:
    """The character of a key by its code, on the keyboard that most had."""
    if 65 <= code <= 90:
        return chr(code) if upper != capitals else chr(code + 32)
    if 96 <= code <= 105:
        return chr(code - 48)
    return " " if code == 32 else _OWN.get(code, "  ")[upper].strip()


def frame(batch: Sequence[Sentence]) -> pl.DataFrame:
    """Events of some sentences as the transform takes them."""
    rows = [event for sentence in batch for event in events_of(sentence)]
    made = pl.DataFrame(rows, schema=events.SCHEMA, infer_schema_length=None)
    parted = made.with_columns(pl.lit(0, pl.Int64).alias("part"))
    return events.with_focus(events.with_runs(events.in_order(parted)), {})
