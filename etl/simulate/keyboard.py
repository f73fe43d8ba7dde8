"""Keys: from characters and commands to key events, and to the text that they leave behind.

These loops run once per key, a tenth of all events; mouse samples are made by the array.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from etl.simulate.desk import Desk, Field, put, wait

_PLAIN = {
    " ": "Space", "-": "Minus", "=": "Equal", "[": "BracketLeft", "]": "BracketRight",
    "\\": "Backslash", ";": "Semicolon", "'": "Quote", "`": "Backquote", ",": "Comma",
    ".": "Period", "/": "Slash",
}  # fmt: skip
_SHIFTED = dict(zip('!@#$%^&*()_+{}|:"~<>?', "1234567890-=[]\\;'`,./", strict=True))
_NEIGHBOURS = {
    "a": "s", "b": "v", "c": "x", "d": "f", "e": "r", "f": "g", "g": "h", "h": "j", "i": "o",
    "j": "k", "k": "l", "l": "k", "m": "n", "n": "m", "o": "p", "p": "o", "q": "w", "r": "t",
    "s": "d", "t": "y", "u": "i", "v": "b", "w": "e", "x": "c", "y": "u", "z": "x",
}  # fmt: skip
_DEAD = {"é": ("Quote", "KeyE"), "ü": ("Quote", "KeyU"), "è": ("Backquote", "KeyE")}
_THIRD = {"€": "KeyE"}


def neighbour(char: str) -> str:
    """The key beside, where fingers slip to."""
    return _NEIGHBOURS.get(char.lower(), "e")


def _code(char: str) -> str:
    if char.isascii() and char.isalpha():
        return f"Key{char.upper()}"
    return f"Digit{char}" if char.isdigit() else _PLAIN[char]


def press(desk: Desk, key: str, code: str, *, repeats: int = 0) -> None:
    """One key down and up with what is held, after this person's usual gap."""
    dice, hand = desk.dice, desk.hand
    spread = dice.uniform()
    desk.clock += int(hand.key_gap * (0.55 + 0.7 * spread + (2.0 if spread > 0.97 else 0.0)))
    if code == desk.last_code and desk.clock <= desk.last_up:
        desk.clock = desk.last_up + 9_000
    _down(desk, key, code)
    for at in range(repeats):
        desk.clock += 500_000 if at == 0 else 33_000
        _down(desk, key, code, repeat=True)
    hold = hand.key_hold * (0.7 + 0.6 * dice.uniform())
    _up(desk, key, code, desk.clock + int(hold * (1.8 if dice.chance(hand.rollover) else 1.0)))
    desk.truth.behaviours["key repeat"] += bool(repeats)


def _down(desk: Desk, key: str, code: str, *, repeat: bool = False) -> None:
    extra = ((("repeat", True),) if repeat else ()) + marked(desk)
    put(desk, desk.clock, "keydown", ("key", key), ("code", code), *_held(desk), *extra)
    typed = desk.typed
    typed.last_ts = desk.clock
    if typed.first_ts is None:
        typed.first_ts = desk.clock


def _up(desk: Desk, key: str, code: str, ts: int) -> None:
    put(desk, ts, "keyup", ("key", key), ("code", code), *_held(desk), *marked(desk))
    desk.last_up, desk.last_code = max(ts, desk.last_up), code


def _held(desk: Desk) -> tuple[tuple[str, object], ...]:
    return (("mods", desk.mods),) if desk.mods else ()


def marked(desk: Desk) -> tuple[tuple[str, object], ...]:
    """The mark of a secure key or paste, if that is on; one makes its whole focus secure."""
    if not desk.secure_keys:
        return ()
    desk.truth.focuses[-1]["secure"] = True
    return (("secure", True),)


@contextmanager
def held(desk: Desk, *names: str) -> Iterator[None]:
    """Holds modifiers down around what happens inside."""
    before = desk.mods
    for name in names:
        desk.clock = max(desk.clock, desk.last_up) + desk.dice.whole(20_000, 90_000)
        desk.mods = (*desk.mods, name)
        _down(desk, name, _modifier_code(name))
    yield
    desk.clock = max(desk.clock, desk.last_up) + desk.dice.whole(5_000, 30_000)
    desk.mods = before
    for name in reversed(names):
        _up(desk, name, _modifier_code(name), desk.clock)
        desk.clock += 2_000


def _modifier_code(name: str) -> str:
    return "AltRight" if name == "AltGraph" else f"{name}Left"


def type_text(desk: Desk, text: str) -> None:
    """Types every character: Enter for a line's end, dead keys and AltGraph where it needs them."""
    for char in text:
        type_char(desk, char)


def type_char(desk: Desk, char: str) -> None:
    """Types one character at the caret."""
    if char == "\n":
        press(desk, "Enter", "Enter")
    elif char in _DEAD:
        accent, code = _DEAD[char]
        press(desk, "Dead", accent)
        press(desk, char, code)
        desk.truth.behaviours["dead key"] += 1
    elif char in _THIRD:
        with held(desk, "AltGraph"):
            press(desk, char, _THIRD[char])
    elif char in _SHIFTED or char.isupper():
        with held(desk, "Shift"):
            press(desk, char, _code(_SHIFTED.get(char, char)))
    else:
        press(desk, char, _code(char))
    insert(desk.typed, char)


def insert(field: Field, text: str) -> None:
    """Puts text in place of the selection, or at the caret."""
    cut_selection(field)
    field.chars[field.caret : field.caret] = text
    field.caret += len(text)


def cut_selection(field: Field) -> bool:
    """Removes what is selected; false where nothing is."""
    if field.anchor is None:
        return False
    low, high = sorted((field.anchor, field.caret))
    del field.chars[low:high]
    field.caret, field.anchor = low, None
    return True


def backspace(desk: Desk, n: int = 1, *, hold: bool = False) -> None:
    """Deletes `n` characters before the caret, by single strokes or by holding the key."""
    strokes = 1 if hold else n
    for _ in range(strokes):
        press(desk, "Backspace", "Backspace", repeats=n - 1 if hold else 0)
    field = desk.typed
    if not cut_selection(field):
        del field.chars[max(0, field.caret - n) : field.caret]
        field.caret = max(0, field.caret - n)
    desk.truth.behaviours["backspace"] += strokes


def arrow(desk: Desk, step: int, n: int = 1, *, hold: bool = False) -> None:
    """Moves the caret by `n` characters, left (`step` -1) or right (1)."""
    key = "ArrowLeft" if step < 0 else "ArrowRight"
    for _ in range(1 if hold else n):
        press(desk, key, key, repeats=n - 1 if hold else 0)
    move_caret(desk, min(max(0, desk.typed.caret + step * n), len(desk.typed.chars)))
    desk.truth.behaviours["arrow"] += 1


def to_line_end(desk: Desk, key: str) -> None:
    """`Home` or `End`: the caret goes to the start or end of its line."""
    press(desk, key, key)
    field = desk.typed
    breaks = [at for at, char in enumerate(field.chars) if char == "\n"]
    if key == "Home":
        place = max((at + 1 for at in breaks if at < field.caret), default=0)
    else:
        place = min((at for at in breaks if at >= field.caret), default=len(field.chars))
    move_caret(desk, place)
    desk.truth.behaviours[key.lower()] += 1


def move_caret(desk: Desk, place: int) -> None:
    """Moves the caret; with Shift held the text between is selected."""
    field = desk.typed
    field.simple = False
    if "Shift" in desk.mods:
        field.anchor = field.caret if field.anchor is None else field.anchor
    else:
        field.anchor = None
    field.caret = place


def hotkey(desk: Desk, key: str, modifier: str = "Control") -> None:
    """A command: its name is counted as `control+c` and the like."""
    with held(desk, modifier):
        press(desk, key, key if len(key) > 1 else _code(key))
    desk.truth.behaviours[f"{modifier}+{key}".lower()] += 1


def settle(desk: Desk) -> None:
    """Waits until every key is up."""
    desk.clock = max(desk.clock, desk.last_up)
    wait(desk, 5_000, 40_000)
