"""What an editing field holds after some operations, as far as the keys alone can tell.

A field is followed as long as the caret lies in text that was seen being typed. Where it leaves
that text the pieces stay, their order is no longer claimed, and whatever is deleted at a place
that is not known is taken to have been deleted from all that was typed before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import regex

_GRAPHEME = regex.compile(r"\X")

INSERT, END, HOLE, MARK, LOST, GONE = "insert", "end", "hole", "mark", "lost", "gone"
BACK, AHEAD, BACK_WORD, AHEAD_WORD = "back", "ahead", "back_word", "ahead_word"
LEFT, RIGHT, SELECT_LEFT, SELECT_RIGHT = "left", "right", "select_left", "select_right"
CUT, MENU = "cut", "menu"


@dataclass
class Field:
    """The text around the caret in grapheme clusters, and pieces that the caret has left.

    `anchor` is the other end of a selection inside the text; `marked` says that something may
    be selected outside it. `reached` counts: something was deleted that is not known.
    """

    text: list[str] = field(default_factory=list)
    caret: int = 0
    anchor: int | None = None
    marked: bool = False
    pieces: list[str] = field(default_factory=list)
    lost: bool = False
    reached: bool = False


def replay(operations: Iterable[tuple[str, str]]) -> Field:
    """Applies (operation, text) pairs to an empty field; `text` counts for `insert` alone."""
    state = Field()
    for name, text in operations:
        if name == INSERT:
            insert(state, text)
        else:
            _OPERATIONS[name](state)
    leave(state)
    return state


def insert(state: Field, text: str) -> None:
    """Puts text in place of what is selected, or at the caret."""
    _replace(state)
    if text.isascii():
        new = list(text)
    else:
        before = state.text.pop(state.caret - 1) if state.caret else ""
        state.caret -= bool(before)
        new = _GRAPHEME.findall(before + text)
    state.text[state.caret : state.caret] = new
    state.caret += len(new)


def leave(state: Field) -> None:
    """The caret goes to a place that is not known: the text so far becomes a piece."""
    piece = "".join(state.text)
    if piece:
        state.pieces.append(piece)
    state.text, state.caret, state.anchor, state.marked = [], 0, None, False


def _lose(state: Field) -> None:
    leave(state)
    state.lost = state.lost or bool(state.pieces)


def _reach(state: Field) -> None:
    """Something was deleted at a place that is not known: all that was typed may be gone."""
    leave(state)
    state.lost = state.lost or bool(state.pieces)
    state.pieces, state.reached = [], True


def _replace(state: Field) -> bool:
    """Deletes what is selected; false where nothing is."""
    if state.marked:
        _reach(state)
        return True
    if state.anchor is None or state.anchor == state.caret:
        state.anchor = None
        return False
    low, high = sorted((state.anchor, state.caret))
    del state.text[low:high]
    state.caret, state.anchor = low, None
    return True


def _end(state: Field) -> None:
    """Enter and Tab put something in place of what is selected, and end the field's text."""
    _replace(state)
    leave(state)


def _hole(state: Field) -> None:
    """Text that is never used comes in: what stood before and behind it are two pieces."""
    _replace(state)
    behind = state.text[state.caret :]
    del state.text[state.caret :]
    _lose(state)
    if behind:
        state.pieces.append("".join(behind))


def _mark(state: Field) -> None:
    _lose(state)
    state.marked = True


def _menu(state: Field) -> None:
    """A menu opens over what is selected, from which it may be cut."""
    if state.marked or state.anchor is not None:
        _reach(state)
    else:
        _lose(state)


def _cut(state: Field) -> None:
    """Without a selection some fields cut the whole line."""
    if not _replace(state):
        _reach(state)


def _delete(state: Field, step: int) -> None:
    if _replace(state):
        return
    place = state.caret - 1 if step < 0 else state.caret
    if not 0 <= place < len(state.text):
        _reach(state)
        return
    del state.text[place]
    state.caret = place


def _delete_word(state: Field, step: int) -> None:
    """Up to white space: at the least what any platform deletes, some stop earlier.

    Where it gets to an end of what is known, more than that may have been deleted.
    """
    if _replace(state):
        return
    text, end = state.text, state.caret
    limit = 0 if step < 0 else len(text)
    for wanted in (str.isspace, _is_word):
        while end != limit and wanted(text[end - 1 if step < 0 else end]):
            end += step
    low, high = sorted((end, state.caret))
    clean = end != limit and all(c.isalnum() or c.isspace() for c in text[low:high])
    if end == limit:
        _reach(state)
        return
    del text[low:high]
    state.caret = low
    if not clean:  # where there is punctuation platforms differ in how much stays
        _hole(state)


def _is_word(grapheme: str) -> bool:
    return not grapheme.isspace()


def _move(state: Field, step: int, *, select: bool) -> None:
    if not select and state.anchor is not None and state.anchor != state.caret:
        ends = sorted((state.anchor, state.caret))
        state.caret, state.anchor = ends[step > 0], None
        return
    place = state.caret + step
    if state.marked or not 0 <= place <= len(state.text):
        _mark(state) if select else _lose(state)
        return
    if select:
        state.anchor = state.caret if state.anchor is None else state.anchor
    else:
        state.anchor = None
    state.caret = place


_OPERATIONS: dict[str, Callable[[Field], None]] = {
    END: _end,
    HOLE: _hole,
    LOST: _lose,
    MARK: _mark,
    MENU: _menu,
    GONE: _reach,
    CUT: _cut,
    BACK: lambda state: _delete(state, -1),
    AHEAD: lambda state: _delete(state, 1),
    BACK_WORD: lambda state: _delete_word(state, -1),
    AHEAD_WORD: lambda state: _delete_word(state, 1),
    LEFT: lambda state: _move(state, -1, select=False),
    RIGHT: lambda state: _move(state, 1, select=False),
    SELECT_LEFT: lambda state: _move(state, -1, select=True),
    SELECT_RIGHT: lambda state: _move(state, 1, select=True),
}
