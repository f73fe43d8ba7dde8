"""What an editing field holds after some operations, as far as the keys alone can tell.

A field is followed as long as the caret lies in text that was seen being typed. Where it leaves
that text the pieces stay, their order is no longer claimed, and whatever is deleted at a place
that is not known is taken to have been deleted from all that was typed before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import regex

from transforms import buffer
from transforms.buffer import Buffer

INSERT, OVER, END, OVER_END, HOLE, MASK = "insert", "over", "end", "over_end", "hole", "mask"
LOST, LINGER, STRANGE, MARK, DRAG, MENU = "lost", "linger", "strange", "mark", "drag", "menu"
GONE, VOID, CUT, SURE_BACK_WORD = "gone", "void", "cut", "sure_back_word"
BACK, AHEAD, BACK_WORD, AHEAD_WORD = "back", "ahead", "back_word", "ahead_word"
LEFT, RIGHT, SELECT_LEFT, SELECT_RIGHT = "left", "right", "select_left", "select_right"
HOME, FINISH, SELECT_HOME, SELECT_FINISH = "home", "finish", "select_home", "select_finish"
ALL = "all"

ERASING = (
    BACK, AHEAD, BACK_WORD, SURE_BACK_WORD, AHEAD_WORD, CUT, GONE, VOID, OVER, OVER_END,
    SELECT_LEFT, SELECT_RIGHT, SELECT_HOME, SELECT_FINISH, ALL, MARK,
)  # fmt: skip
"""Operations that take text out, or select it so that the next key does."""
ENDING = (END, OVER_END)
"""Operations with which a field ends."""
SELECTING = (MARK, DRAG, MENU, ALL, SELECT_LEFT, SELECT_RIGHT, SELECT_HOME, SELECT_FINISH)
LINGERING = (LINGER, STRANGE)
"""Operations after which something may be selected, also when the window is come back to, and
those that leave it so."""

# Arrows go by the look of the line, where such text runs from right to left.
_LEFTWARD = regex.compile(r"[\p{bc=R}\p{bc=AL}\p{bc=RLE}\p{bc=RLO}\p{bc=RLI}\p{bc=FSI}]")
# Other scripts have no spaces, and signs are parted from words by some platforms.
_WORD = regex.compile(r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Nd}]+")


class Field(Buffer):
    """Text around a caret, and pieces that the caret has left.

    `marked`: something may be selected that is not known; `own`: it is at the most what was typed
    in this field. `whole`: the field holds nothing but this text, on one line. `changed`: the
    text may be another than the one here. `masked`: a recorder has hidden some of it. `reached`:
    something was deleted that is not known; `voided`: it was the field itself.
    """

    def __init__(self, *, marked: bool = False, whole: bool = False) -> None:
        super().__init__()
        self.marked, self.whole = marked, whole
        self.pieces: list[str] = []
        self.own = self.changed = self.reached = self.voided = False
        self.leftward = self.masked = False


@dataclass(frozen=True)
class Replayed:
    """What is left of a field; `exact` where nothing of it is in doubt."""

    pieces: list[str]
    exact: bool
    masked: bool
    reached: bool
    voided: bool


def replay(
    operations: Iterable[tuple[str, str | None]], *, marked: bool = False, whole: bool = False
) -> Replayed:
    """Applies (operation, text) pairs to an empty field; `text` counts for `insert` and `over`."""
    state = Field(marked=marked, whole=whole)
    for name, text in operations:
        if name == INSERT:
            insert(state, text or "")
        elif name == OVER:
            overwrite(state, text or "")
        else:
            _OPERATIONS[name](state)
    leave(state)
    sure = not (state.changed or state.reached) and len(state.pieces) == 1
    return Replayed(state.pieces, sure, state.masked, state.reached, state.voided)


def insert(state: Field, text: str) -> None:
    """Puts text in place of what is selected, or at the caret."""
    _replace(state)
    if not text.isascii():
        state.leftward = state.leftward or bool(_LEFTWARD.search(text))
    buffer.insert(state, text)


def overwrite(state: Field, text: str) -> None:
    """Puts text over what follows the caret, which not every application does.

    What may be gone is taken out, and where the caret stands is not known from there on.
    """
    _replace(state)
    wanted = buffer.length(text)
    taken = sum(bool(buffer.take(state, 1)) for _ in range(wanted))
    if taken < wanted and not state.whole:
        _reach_others(state)
    insert(state, text)
    if taken:
        state.changed = True
        _part(state)


def leave(state: Field) -> None:
    """The caret goes to a place that is not known: the text so far becomes a piece."""
    piece = buffer.text(state)
    if piece:
        state.pieces.append(piece)
    buffer.clear(state)
    state.marked = state.own = state.whole = False


def _doubt(state: Field) -> None:
    """The text so far may be another by now, and the caret is at a place that is not known."""
    _linger(state)
    state.changed = state.changed or bool(state.pieces)


def _linger(state: Field) -> None:
    """The caret may have gone elsewhere, and what was selected may still be."""
    marked = state.marked or bool(state.span)
    leave(state)
    state.marked = marked


def _reach_others(state: Field) -> None:
    """Something outside the text around the caret was deleted: all that stands there may be."""
    state.pieces, state.reached = [], True


def _reach(state: Field) -> None:
    """Something was deleted at a place that is not known: all that was typed may be gone."""
    leave(state)
    _reach_others(state)


def _void(state: Field) -> None:
    """The field was emptied, or it may have been: what was typed since the last line was sent."""
    _doubt(state)
    state.marked, state.pieces, state.voided = False, [], True


def _replace(state: Field) -> bool:
    """Deletes what is selected; false where nothing is."""
    if state.marked:
        _void(state) if state.own else _reach(state)
        return True
    return buffer.cut(state)


def _end(state: Field) -> None:
    """Enter and Tab put something in place of what is selected, and end the field's text."""
    # It may also send all of the line, and what is selected with it.
    state.changed = state.changed or bool(state.pieces or state.span)
    _replace(state)
    if state.after and not state.whole:  # it breaks the line here, or sends it
        state.changed = True
        _part(state)
    leave(state)


def _over_end(state: Field) -> None:
    """As `_end`, in place of what follows the caret."""
    if not buffer.take(state, 1) and not state.whole:
        _reach_others(state)
    _end(state)


def _hole(state: Field) -> None:
    """Text that is never used comes in: what stood before and behind it are two pieces."""
    _replace(state)
    _part(state)
    _doubt(state)


def _mask(state: Field) -> None:
    _hole(state)
    state.masked = True


def _part(state: Field) -> None:
    """What stands before and behind the caret becomes two pieces."""
    behind = buffer.split(state)
    leave(state)
    if behind:
        state.pieces.append(behind)


def _mark(state: Field) -> None:
    leave(state)
    state.marked = True


def _drag(state: Field) -> None:
    """Selects, or moves what was selected to another place."""
    _doubt(state)
    state.marked = True


def _menu(state: Field) -> None:
    """A menu opens over what is selected, from which it may be cut."""
    if state.marked or state.span:
        _reach(state)
    else:
        _doubt(state)


def _cut(state: Field) -> None:
    """Without a selection some fields cut the whole line."""
    if not _replace(state):
        _reach(state)


def _delete(state: Field, step: int) -> None:
    if not _replace(state) and not buffer.take(state, step) and not state.whole:
        _reach_others(state)


def _delete_word(state: Field, step: int, *, sure: bool = False) -> None:
    """As much as any platform deletes; some stop earlier.

    Where it gets to an end of what is known, more than that may have been deleted. How much was
    is known for a word of letters, back from its end, where the platform is.
    """
    if _replace(state):
        return
    word, stopped = buffer.word(state, step)
    if not stopped and not state.whole:
        _reach_others(state)
    if not (sure and step < 0 and _WORD.fullmatch("".join(word))):
        state.changed = True
        _part(state)


def _move(state: Field, step: int, *, select: bool = False) -> None:
    if not select and state.span:
        buffer.collapse(state, step)
        return
    known = not (state.marked or state.leftward)
    if not (known and (buffer.move(state, step, select=select) or state.whole)):
        _mark(state) if select else leave(state)


def _far(state: Field, step: int, *, select: bool = False) -> None:
    """To an end of the line, which is known where the field is one line and all of it is known."""
    if not state.whole or state.marked or state.leftward:
        _mark(state) if select else leave(state)
        return
    if not select:
        state.span = 0
    while buffer.move(state, step, select=select):
        pass


def _all(state: Field) -> None:
    """All of the field is selected, or the caret is at its start: a machine has either habit."""
    own = state.whole and not state.marked
    _mark(state)
    state.own = own


_OPERATIONS: dict[str, Callable[[Field], None]] = {
    END: _end,
    OVER_END: _over_end,
    HOLE: _hole,
    MASK: _mask,
    LOST: leave,
    LINGER: _linger,
    STRANGE: _doubt,
    MARK: _mark,
    DRAG: _drag,
    MENU: _menu,
    GONE: _reach,
    VOID: _void,
    CUT: _cut,
    ALL: _all,
    BACK: lambda state: _delete(state, -1),
    AHEAD: lambda state: _delete(state, 1),
    BACK_WORD: lambda state: _delete_word(state, -1),
    SURE_BACK_WORD: lambda state: _delete_word(state, -1, sure=True),
    AHEAD_WORD: lambda state: _delete_word(state, 1),
    LEFT: lambda state: _move(state, -1),
    RIGHT: lambda state: _move(state, 1),
    SELECT_LEFT: lambda state: _move(state, -1, select=True),
    SELECT_RIGHT: lambda state: _move(state, 1, select=True),
    HOME: lambda state: _far(state, -1),
    FINISH: lambda state: _far(state, 1),
    SELECT_HOME: lambda state: _far(state, -1, select=True),
    SELECT_FINISH: lambda state: _far(state, 1, select=True),
}
