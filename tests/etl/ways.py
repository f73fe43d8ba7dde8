"""Twelve ways in which a text gets typed, each with what stands before and after it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from privacy import tape
from privacy.tape import Tape


def plain(text: str) -> str:
    """Without capitals and accents."""
    split = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in split if not unicodedata.combining(c))


def typed(tape_: Tape, before: str, text: str, after: str) -> None:
    tape.line(tape_, before + text + after)


def with_typos(tape_: Tape, before: str, text: str, after: str) -> None:
    """Each fourth character after a slip, and a word that is taken back whole."""
    tape.write(tape_, before)
    for place, char in enumerate(text):
        if place % 4 == 3:
            tape.write(tape_, "xx"[: 1 + place % 2])
            for _ in range(1 + place % 2):
                tape.press(tape_, "Backspace")
        tape.press(tape_, char)
    tape.write(tape_, after + " ok")
    for _ in range(3):
        tape.press(tape_, "Backspace")
    tape.press(tape_, "Enter")


def with_caret(tape_: Tape, before: str, text: str, after: str) -> None:
    """The middle is put in last; every other time the beginning, after Home."""
    half = len(text) // 2
    if half % 2:
        tape.write(tape_, text[half:] + after)
        tape.press(tape_, "Home")
        tape.line(tape_, before + text[:half])
        return
    tape.write(tape_, before + text[:2] + text[half:])
    for _ in text[half:]:
        tape.press(tape_, "ArrowLeft")
    tape.write(tape_, text[2:half])
    tape.press(tape_, "End")
    tape.line(tape_, after)


def pasted(tape_: Tape, before: str, text: str, after: str) -> None:
    tape.write(tape_, before)
    tape.press(tape_, "v", mods="Control")
    tape.put(tape_, "paste", text=text)
    tape.line(tape_, after)


def composed(tape_: Tape, before: str, text: str, after: str) -> None:
    """Through an input method, some characters at a time; accents after a dead key."""
    tape.write(tape_, before)
    for place in range(0, len(text), 5):
        part = text[place : place + 5]
        for char in part:
            tape.press(tape_, "Process" if char.isascii() else "Dead")
        tape.put(tape_, "compose", text=part)
    tape.line(tape_, after)


def split(tape_: Tape, before: str, text: str, after: str) -> None:
    """Over two fields, or two lines."""
    gap = text.find(" ") + 1 or len(text) // 2
    tape.write(tape_, before + text[:gap])
    tape.press(tape_, "Tab" if len(text) % 2 else "Enter")
    tape.line(tape_, text[gap:] + after)


def in_small_letters(tape_: Tape, before: str, text: str, after: str) -> None:
    tape.line(tape_, before + plain(text) + after)


def spaced(tape_: Tape, before: str, text: str, after: str) -> None:
    tape.line(tape_, before + (" " if len(text) % 2 else ".").join(text) + after)


def replaced(tape_: Tape, before: str, text: str, after: str) -> None:
    """Over a draft that was selected."""
    tape.write(tape_, before + "somebody")
    for _ in "somebody":
        tape.press(tape_, "ArrowLeft", mods="Shift")
    tape.line(tape_, text + after)


def held(tape_: Tape, before: str, text: str, after: str) -> None:
    """With a key held down, the letters taken back, and a click where the caret is."""
    half = len(text) // 2
    tape.write(tape_, before + text[:half])
    for _ in range(3):
        tape.put(tape_, "keydown", key="x", code="KeyX", repeat=True)
    for _ in range(3):
        tape.put(tape_, "keydown", key="Backspace", code="Backspace", repeat=True)
    tape.write(tape_, text[half:])
    tape.click(tape_, 20, 20)
    tape.wait(tape_, 2)
    tape.line(tape_, after)


ASKING = (
    "sudo apt update", "ssh box", "mysql -u root -p", "su", "git push", "passwd", "psql -W db",
    "docker login", "sftp box", "gpg -d plan.gpg", "aws configure", "ssh-add", "mysqldump -p shop",
)  # fmt: skip


def at_a_prompt(tape_: Tape, before: str, text: str, after: str) -> None:
    """After a command that asks for it, and once where the command takes it."""
    tape.line(tape_, ASKING[len(text) % len(ASKING)])
    tape.wait(tape_, 1)
    tape.line(tape_, text)
    tape.line(tape_, f"echo '{text}' | sudo -S ls")


Way = Callable[[Tape, str, str, str], None]
WAYS: dict[str, Way] = {
    "typed": typed,
    "with typos": with_typos,
    "with the caret": with_caret,
    "pasted": pasted,
    "composed": composed,
    "on many days": typed,
    "split": split,
    "in small letters": in_small_letters,
    "spaced": spaced,
    "replaced": replaced,
    "held": held,
    "at a prompt": at_a_prompt,
}
