"""Everything that a user can cause, and the exit code that each gives.

TacendaError            1  could not: a file, a key or a registry is at fault
├── UsageError          2  the command or a recipe was written wrongly
├── RefusedError        3  a gate or `verify` said no
└── BusyError           1  another command holds the warehouse
"""

from __future__ import annotations

import traceback
from pathlib import Path

import duckdb

INTERRUPTED = "interrupted\nNot done: what was under way; what was there before is unchanged"


class TacendaError(Exception):
    """Something went wrong that the user can mend; never holds captured text.

    `what` happened, `where` (a file, a line, a setting), `todo` (what to do next) and
    `undone` (what was therefore not done). Empty parts are left out of the message.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", todo: str = "", undone: str = "") -> None:
        self.what, self.where, self.todo, self.undone = what, where, todo, undone
        super().__init__(self.message())

    def message(self) -> str:
        """The lines to show: what and where, what to do, what was not done."""
        first = f"{self.what} ({self.where})" if self.where else self.what
        parts = [first]
        if self.todo:
            parts.append(f"What to do: {self.todo}")
        if self.undone:
            parts.append(f"Not done: {self.undone}")
        return "\n".join(parts)


class UsageError(TacendaError):
    """The command, `tacenda.toml` or a recipe was written wrongly."""

    exit_code = 2


class RefusedError(TacendaError):
    """A gate or `verify` refused; nothing was published."""

    exit_code = 3


class BusyError(TacendaError):
    """Another command is writing to the warehouse."""


def unforeseen(error: Exception) -> str:
    """What can be said of any other error: its kind and place, for its message may quote data."""
    text = str(error)
    if "No space left" in text or "disk full" in text.lower() or "ENOSPC" in text:
        return (
            "the disk is full\nWhat to do: make room, then run this again\n"
            "Not done: the command did not end; what was there before is unchanged"
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return (
            "memory is used up, and the disk has no room to spill to\n"
            "What to do: make room on the disk, or raise memory_limit in tacenda.toml\n"
            "Not done: the command did not end; what was there before is unchanged"
        )
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror}{where}\nWhat to do: mend that, then run this again"
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    near = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else place
    return (
        f"an error that was not foreseen: {type(error).__name__} at {near}\n"
        "What to do: run it again; if it comes back, report this line\n"
        "Not done: the command did not end; what was there before is unchanged"
    )
