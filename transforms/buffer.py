"""Text around a caret, by grapheme clusters, at a constant price for each key.

Two stacks meet at the caret. Their elements are graphemes, or runs of ASCII that nothing has
touched yet and that are halved only where the caret comes near.
"""

from __future__ import annotations

from collections.abc import Callable

import regex

_GRAPHEME = regex.compile(r"\X")
_SMALL = 32


class Buffer:
    """`before` ends at the caret, and so does `after`, whose last element is the nearest.

    `span` counts the graphemes that are selected: to the right of the caret, or to the left
    where it is negative.
    """

    __slots__ = ("after", "before", "span")

    def __init__(self) -> None:
        self.before: list[str] = []
        self.after: list[str] = []
        self.span = 0


def text(state: Buffer) -> str:
    """All of the text."""
    return "".join(state.before) + "".join(reversed(state.after))


def clear(state: Buffer) -> None:
    """Leaves nothing."""
    state.before, state.after, state.span = [], [], 0


def split(state: Buffer) -> str:
    """Takes out what follows the caret."""
    behind = "".join(reversed(state.after))
    state.after, state.span = [], 0
    return behind


def insert(state: Buffer, new: str) -> None:
    """Puts text at the caret; a combining mark joins the grapheme before it."""
    if new.isascii():
        if new:
            state.before.append(new)
        return
    state.before.extend(_GRAPHEME.findall(take(state, -1) + new))


def length(new: str) -> int:
    """How many graphemes a text has."""
    return len(new) if new.isascii() else len(_GRAPHEME.findall(new))


def take(state: Buffer, step: int) -> str:
    """Takes out the grapheme before (`step` -1) or after the caret; empty where there is none."""
    stack = state.before if step < 0 else state.after
    if not stack:
        return ""
    if len(stack[-1]) > 1 and stack[-1].isascii():
        _loosen(stack, step)
    return stack.pop()


def _loosen(stack: list[str], step: int) -> None:
    """Breaks up the run at the top of a stack, by halves, so that no key pays for all of it."""
    run = stack.pop()
    while len(run) > _SMALL:
        half = len(run) // 2
        far, run = (run[:half], run[half:]) if step < 0 else (run[half:], run[:half])
        stack.append(far)
    stack.extend(run if step < 0 else reversed(run))


def move(state: Buffer, step: int, *, select: bool = False) -> bool:
    """Moves the caret by one grapheme; false where the text ends. With `select` the span grows."""
    one = take(state, step)
    if not one:
        return False
    (state.after if step < 0 else state.before).append(one)
    if select:
        state.span -= step
    return True


def collapse(state: Buffer, step: int) -> None:
    """The caret goes to the left or right end of what is selected, and nothing is selected."""
    far = abs(state.span) if (state.span > 0) == (step > 0) else 0
    state.span = 0
    for _ in range(far):
        move(state, step)


def cut(state: Buffer) -> bool:
    """Takes out what is selected; false where nothing is."""
    step = 1 if state.span > 0 else -1
    n, state.span = abs(state.span), 0
    for _ in range(n):
        take(state, step)
    return n > 0


def word(state: Buffer, step: int) -> tuple[list[str], bool]:
    """Takes out a word, and whether more text follows there.

    As much as any platform takes: signs and white space, then all up to the next white space,
    and, ahead, that white space too.
    """
    stack = state.before if step < 0 else state.after
    out = _while(state, step, lambda one: not one[0].isalnum())
    out += _while(state, step, lambda one: not one.isspace())
    if step > 0:
        out += _while(state, step, str.isspace)
    return out, bool(stack)


def _while(state: Buffer, step: int, wanted: Callable[[str], bool]) -> list[str]:
    out: list[str] = []
    while one := take(state, step):
        if not wanted(one):
            (state.before if step < 0 else state.after).append(one)
            break
        out.append(one)
    return out
