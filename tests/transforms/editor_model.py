"""A slow, plain editor that knows what it holds, and that records the events that reach it.

It shares no code with `transforms`. Every letter that is typed is another one, so that a letter
tells which key it came from. Applications (`KINDS`) and platforms differ as real ones do: where
Home goes in a wrapped line, what a word is, which keys undo, select all or kill a line.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

KINDS = {
    "document": "winword", "form": "chrome", "chat": "slack", "terminal": "xterm",
    "sheet": "excel", "line": "kiosk",
}  # fmt: skip
PLATFORMS = ("windows", "mac", "linux")
CATEGORIES = {
    "winword": "documents", "chrome": "browser", "slack": "chat", "xterm": "terminal",
    "excel": "spreadsheet", "kiosk": "browser",
}  # fmt: skip
LETTERS = [
    chr(code)
    for code in [*range(0x100, 0x250), *range(0x1E00, 0x1F00), *range(0x400, 0x482)]
    if chr(code).isalpha()
]
FOREIGN = "~"
STEP_US = 700_001
WRAP = 9


class Cell(NamedTuple):
    """A grapheme and when it was typed; `ts` is None where it was not."""

    text: str
    ts: int | None


@dataclass
class Place:
    """What undo brings back."""

    fields: list[list[Cell]]
    at: int = 0
    caret: int = 0
    anchor: int | None = None
    entered: bool = True


@dataclass
class Editor:
    """One window of one application."""

    rng: Random
    kind: str
    platform: str
    events: list[dict[str, Any]] = field(default_factory=list)
    sent: list[Cell] = field(default_factory=list)
    clip: list[Cell] = field(default_factory=list)
    over: bool = False
    heeds: bool = False
    clock: int = 0
    letters: list[str] = field(default_factory=list)
    undone: list[Place] = field(default_factory=list)
    redone: list[Place] = field(default_factory=list)
    title: str = "one"
    seen: list[tuple[int, list[Cell]]] = field(default_factory=list)
    state: Place = field(default_factory=lambda: Place([[]]))

    def __post_init__(self) -> None:
        many = {"form": 4, "sheet": 4}.get(self.kind, 1)  # the last of a form is a button
        old = 0 if self.kind in ("line", "terminal") else self.rng.choice([0, 0, 5])
        self.state = Place([[Cell(FOREIGN, None)] * old for _ in range(many)], caret=old)
        self.state.entered = self.kind == "sheet"
        self.letters = self.rng.sample(LETTERS, len(LETTERS))
        self.heeds = self.kind != "line" and self.rng.random() < 0.6
        self.focus("one")

    # What is recorded.

    def put(self, kind: str, step: int = STEP_US, **values: Any) -> None:
        self.clock += step
        if kind == "focus" or values.get("key") in ("Enter", "Tab"):
            self.seen.append((self.clock, self.standing()))
        self.events.append({"ts": self.clock, "type": kind, **values})

    def key(self, name: str, *mods: str, repeat: bool = False) -> None:
        held = "+".join(sorted(mods)) or None
        self.put("keydown", key=name, mods=held, repeat=repeat or None)

    def focus(self, title: str, app: str | None = None) -> None:
        self.put("focus", app=app or KINDS[self.kind], title=title)

    def press(
        self, up: float = 5.0, button: str = "left", step: int = STEP_US, **values: Any
    ) -> None:
        place = {"y": 5.0, "screen_w": 100, "screen_h": 100, "button": button, **values}
        self.put("mousedown", step, x=5.0, **place)
        self.put("mouseup", 50_000, x=up, **place)

    # What it holds.

    @property
    def text(self) -> list[Cell]:
        return self.state.fields[self.state.at]

    def standing(self) -> list[Cell]:
        """All that is left of what was typed, in the order in which it stands."""
        return self.sent + [cell for one in self.state.fields for cell in one]

    def remember(self) -> None:
        self.undone.append(deepcopy(self.state))
        self.redone.clear()

    def left_at(self, ts: int) -> list[Cell]:
        """What stood when the field was left whose last event was at that time."""
        return next((cells for at, cells in self.seen if at >= ts), self.standing())

    def selected(self) -> tuple[int, int]:
        caret = self.state.caret
        anchor = caret if self.state.anchor is None else self.state.anchor
        return min(caret, anchor), max(caret, anchor)

    def erase(self, low: int, high: int) -> None:
        low, high = max(0, low), min(high, len(self.text))
        self.remember()
        del self.text[low:high]
        self.state.caret, self.state.anchor = low, None

    def cut_selected(self) -> bool:
        low, high = self.selected()
        self.state.anchor = None
        if low < high:
            self.erase(low, high)
        return low < high

    def insert(self, cells: list[Cell]) -> None:
        self.remember()
        if self.kind == "sheet" and self.state.entered:
            self.text.clear()
            self.state.caret, self.state.anchor = 0, None
        self.state.entered = False
        if not self.cut_selected() and self.over and self.heeds:
            del self.text[self.state.caret : self.state.caret + len(cells)]
        caret = self.state.caret
        self.text[caret:caret] = cells
        self.state.caret += len(cells)

    def go(self, caret: int, *, select: bool = False) -> None:
        if select and self.state.anchor is None:
            self.state.anchor = self.state.caret
        if not select:
            self.state.anchor = None
        self.state.caret = min(max(caret, 0), len(self.text))

    def enter_field(self, at: int) -> None:
        if self.kind == "sheet" and at == len(self.state.fields):
            self.state.fields.append([])
        self.state.at = at % len(self.state.fields)
        self.state.caret, self.state.anchor = len(self.text), None
        self.state.entered = self.kind == "sheet"

    def line(self) -> tuple[int, int]:
        """Where the line that is seen begins and ends; a wide window wraps nothing."""
        breaks = [-1, *(n for n, one in enumerate(self.text) if one.text == "\n"), len(self.text)]
        low = max(one for one in breaks if one < self.state.caret or one == -1) + 1
        high = min(one for one in breaks if one >= self.state.caret)
        if self.kind == "document":
            low = low + (self.state.caret - low) // WRAP * WRAP
            high = min(high, low + WRAP)
        return low, high

    def word(self, step: int) -> int:
        """Where a step by a word ends."""
        text, at = [one.text[0] for one in self.text], self.state.caret

        def over(wanted: Any) -> None:
            nonlocal at
            while 0 <= at - (step < 0) < len(text) and wanted(text[at - (step < 0)]):
                at += step

        if self.platform != "windows":
            over(lambda one: not one.isalnum())
            over(str.isalnum)
        elif step < 0:
            over(str.isspace)
            over(str.isalnum if at and text[at - 1].isalnum() else self._sign)
        else:
            over(str.isalnum if at < len(text) and text[at].isalnum() else self._sign)
            over(str.isspace)
        return at

    @staticmethod
    def _sign(one: str) -> bool:
        return not one.isalnum() and not one.isspace()

    # What is done to it.

    def type(self, n: int) -> None:
        if self.kind == "form" and self.state.at == 3:
            self.tab(back=False)
        for _ in range(n):
            char = " " if self.rng.random() < 0.2 else self.letters.pop()
            if self.rng.random() < 0.05:
                char = self.rng.choice(",.-")
            way = self.rng.random()
            if way < 0.03:
                self.key("Process")
                self.put("compose", text=char)
            else:
                if way < 0.06:
                    self.key("Dead")
                self.key(char, repeat=way > 0.97)
            cell = Cell(char, self.clock)
            self.insert([cell])
            if char.isalpha() and self.rng.random() < 0.03:
                self.key("\u0301")
                place = self.state.caret - 1
                self.text[place] = Cell(char + "\u0301", cell.ts)

    def backspace(self) -> None:
        self.key("Backspace")
        self._back(self.state.caret - 1)

    def _back(self, place: int) -> None:
        if self.kind == "sheet" and self.state.entered:
            self.erase(0, len(self.text))
            self.state.entered = False
        elif not self.cut_selected():
            self.erase(place, self.state.caret)

    def delete(self) -> None:
        self.key("Delete")
        if self.kind == "sheet" and self.state.entered:
            self.erase(0, len(self.text))
        elif not self.cut_selected():
            self.erase(self.state.caret, self.state.caret + 1)

    def erase_word(self) -> None:
        """Each modifier is tried on each platform, whatever it does there."""
        name = self.rng.choice(["Backspace", "Backspace", "Delete"])
        mods = self.rng.choice([("Control",), ("Alt",), ("Meta",), ("Control", "Shift")])
        self.key(name, *mods)
        step = -1 if name == "Backspace" else 1
        words = {"windows": ("Control",), "linux": ("Control",), "mac": ("Alt",)}[self.platform]
        if self.kind == "sheet" and self.state.entered:
            self.erase(0, len(self.text))
        elif mods == ("Alt",) and self.platform == "windows":
            self._undo() if step < 0 else self._take(step)
        elif mods == words or (self.kind == "terminal" and mods == ("Alt",)):
            self._reach(self.word(step))
        elif mods == (("Meta",) if self.platform == "mac" else ("Control", "Shift")):
            self._reach(self.line()[step > 0])
        elif mods == ("Control",):
            self._take(step)

    def _take(self, step: int) -> None:
        self._reach(self.state.caret + step)

    def _reach(self, place: int) -> None:
        if not self.cut_selected():
            self._until(place)

    def _until(self, place: int) -> None:
        self.erase(min(place, self.state.caret), max(place, self.state.caret))

    def arrow(self) -> None:
        step, select = self.rng.choice([-1, -1, 1]), self.rng.random() < 0.25
        for _ in range(self.rng.randint(1, 4)):
            self.key("ArrowLeft" if step < 0 else "ArrowRight", *["Shift"] * select)
            low, high = self.selected()
            if self.kind == "sheet":
                self.enter_field(self.state.at + step)
            elif low < high and not select:
                self.go(low if step < 0 else high)
            else:
                self.go(self.state.caret + step, select=select)

    def far(self) -> None:
        name, select = self.rng.choice(["Home", "End"]), self.rng.random() < 0.25
        self.key(name, *["Shift"] * select)
        if self.kind == "sheet":
            self.enter_field(0)
        else:
            self.go(self.line()[name == "End"], select=select)

    def up(self) -> None:
        select = self.rng.random() < 0.25
        self.key(self.rng.choice(["ArrowUp", "PageUp", "ArrowDown"]), *["Shift"] * select)
        if self.kind == "sheet":
            self.enter_field(self.state.at + 1)
        elif self.kind == "terminal" and not select:
            self.text[:] = [Cell(FOREIGN, None)] * 4
            self.go(4)
        elif self.kind in ("line", "chat"):
            self.go(0, select=select)
        else:
            self.go(self.rng.randint(0, len(self.text)), select=select)

    def step_word(self) -> None:
        step, select = self.rng.choice([-1, 1]), self.rng.random() < 0.25
        mods = [self.rng.choice(["Control", "Alt", "Meta"])] + ["Shift"] * select
        self.key("ArrowLeft" if step < 0 else "ArrowRight", *mods)
        if self.kind == "sheet":
            self.enter_field(0)
        elif mods[0] == ("Alt" if self.platform == "mac" else "Control"):
            self.go(self.word(step), select=select)
        elif mods[0] == "Meta" and self.platform == "mac":
            self.go(self.line()[step > 0], select=select)

    def select_all(self) -> None:
        mod = self.rng.choice(["Control", "Control", "Meta"])
        self.key("a", mod)
        if self.kind == "terminal" or (self.platform == "mac" and mod == "Control"):
            self.go(self.line()[0])
        elif mod == ("Meta" if self.platform == "mac" else "Control"):
            self.go(0)
            self.go(len(self.text), select=True)
        if self.kind == "sheet":
            self.state.entered = True

    def clipboard(self) -> None:
        mod = "Meta" if self.platform == "mac" else "Control"
        char = self.rng.choice("ccxvv")
        self.key(char, mod)
        low, high = self.selected()
        if char == "v":
            if self.clip and self.rng.random() < 0.8:
                self.put("paste", text="".join(one.text for one in self.clip))
            self.insert([Cell(one.text, None) for one in self.clip])
        elif self.kind == "terminal" and mod == "Control":
            if char == "c":
                self.text.clear()
                self.go(0)
        else:
            self.clip = self.text[low:high] or self.clip
            if char == "x":
                self.cut_selected()

    def undo(self) -> None:
        self.key("z", "Meta" if self.platform == "mac" else "Control")
        self._undo()

    def _undo(self) -> None:
        for _ in range(self.rng.randint(1, 6)):
            if self.undone:
                self.redone.append(deepcopy(self.state))
                self.state = self.undone.pop()

    def redo(self) -> None:
        self.key("y", "Control")
        for _ in range(self.rng.randint(1, 6)):
            if self.redone:
                self.undone.append(deepcopy(self.state))
                self.state = self.redone.pop()

    def kill(self) -> None:
        """The keys of Emacs, which Macs and terminals know."""
        char = self.rng.choice("kuwhdtebf")
        self.key(char, "Control")
        if self.kind == "sheet" or (self.platform != "mac" and self.kind != "terminal"):
            return
        caret, (low, high) = self.state.caret, self.line()
        if char in "ku":
            self.erase(caret if char == "k" else low, high if char == "k" else caret)
        elif char == "w" and self.kind == "terminal":
            self._until(self.word(-1))
        elif char in "hd":
            self._take(-1 if char == "h" else 1)
        elif char == "t" and 0 < caret < len(self.text):
            self.text[caret - 1], self.text[caret] = self.text[caret], self.text[caret - 1]
            self.go(caret + 1)
        elif char in "ebf":
            self.go({"e": high, "b": caret - 1, "f": caret + 1}[char])

    def overwrite(self) -> None:
        self.key("Insert")
        self.over = not self.over

    def escape(self) -> None:
        self.key("Escape")
        if self.kind == "sheet" and self.state.entered:
            return
        if self.kind in ("form", "chat", "sheet") or (
            self.kind == "terminal" and self.platform == "windows"
        ):
            self.erase(0, len(self.text))
            self.state.entered = self.kind == "sheet"

    def enter(self) -> None:
        self.key("Enter")
        if self.kind == "document":
            self.insert([Cell("\n", None)])
        elif self.kind == "sheet":
            self.enter_field(self.state.at + 1)
        else:
            self.sent = self.standing()
            self.state = Place([[] for _ in self.state.fields])
            self.undone.clear()
            self.redone.clear()

    def tab(self, back: bool | None = None) -> None:
        if back is None:
            back = self.kind in ("form", "sheet") and self.rng.random() < 0.3
        self.key("Tab", *["Shift"] * back)
        if self.kind in ("form", "sheet"):
            self.enter_field(self.state.at + (-1 if back else 1))
            self.state.anchor = 0 if self.kind == "form" else None
        elif self.kind == "document":
            self.insert([Cell("\t", None)])
        elif self.kind == "terminal":
            self.insert([Cell(FOREIGN, None)] * 3)

    def click(self) -> None:
        low = self.rng.randint(0, len(self.state.fields) - 1)
        way = self.rng.choice(["single", "single", "double", "drag", "shift", "menu"])
        if way == "shift":
            self.press(mods="Shift")
            self.go(self.rng.randint(0, len(self.text)), select=True)
            return
        if way == "menu":
            self.press(button="right")
            self.press()  # on "Cut", "Paste" or nothing
            if self.rng.random() < 0.5:
                self.cut_selected()
            return
        self.press(up=60.0 if way == "drag" else 5.0)
        self.enter_field(low)
        self.go(self.rng.randint(0, len(self.text)))
        if way == "double":
            self.press(step=200_000)
        if way in ("double", "drag"):
            self.go(self.rng.randint(0, len(self.text)), select=True)

    def away(self) -> None:
        self.key("Tab", "Alt")
        self.focus("elsewhere", "notes")
        for _ in range(self.rng.randint(0, 3)):
            self.key(self.rng.choice(["ArrowLeft", "Home", "Escape"]))
        self.focus(self.title)
        if self.kind == "sheet":
            self.state.entered = True

    def rename(self) -> None:
        self.title = self.rng.choice(["one", "* one", "one (2)"])
        self.focus(self.title)


_EVERYWHERE = (
    *(["backspace"] * 6), *(["arrow"] * 5), "delete", "erase_word", "far", "up", "step_word",
    "select_all", "clipboard", "undo", "redo", "kill", "overwrite", "escape", "enter", "tab",
)  # fmt: skip
_MOUSE = ("click", "click", "away", "rename")


def history(seed: int) -> Editor:
    """A random editing history."""
    rng = Random(seed)
    editor = Editor(rng, rng.choice(sorted(KINDS)), rng.choice(PLATFORMS))
    keys = editor.kind == "line"
    ways = _EVERYWHERE if keys else _EVERYWHERE + _MOUSE
    # Most people use few of the ways there are, so that each is also seen by itself.
    known = rng.sample(ways, rng.choice([2, 4, len(ways)]))
    for _ in range(rng.randint(1, 14)):
        editor.type(rng.randint(1, 7))
        for _ in range(rng.choice([0, 1, 1, 2, 5])):
            getattr(editor, rng.choice(known))()
    return editor
