"""Everything that a user can cause, and the exit code that each gives.

TacendaError            1  could not: a file, a key or a registry is at fault
├── UsageError          2  the command or a recipe was written wrongly
├── RefusedError        3  a gate or `verify` said no
└── BusyError           1  another command holds the warehouse
"""

from __future__ import annotations

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
