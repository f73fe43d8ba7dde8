"""One command writes to a warehouse at a time; readers share it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from etl.errors import BusyError, TacendaError

WAIT_S = float(os.environ.get("TACENDA_LOCK_WAIT_S", "20"))


@contextmanager
def held(folder: Path, command: str, *, write: bool) -> Iterator[None]:
    """Holds the warehouse at `folder` for one command, alone when it writes.

    Waits for another command for `WAIT_S` seconds, then raises `BusyError` naming it. The lock is
    the operating system's, so that a killed command leaves none behind.
    """
    try:
        file = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise TacendaError(
            "the warehouse cannot be opened", where=f"{folder}: {error.strerror}"
        ) from None
    with file:
        _acquire(file, fcntl.LOCK_EX if write else fcntl.LOCK_SH)
        if write:
            file.truncate(0)
            file.write(json.dumps({"pid": os.getpid(), "command": command}))
            file.flush()
        yield


def _acquire(file: IO[str], kind: int) -> None:
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise BusyError(
                    f"another command is at work: {_holder(file)}",
                    todo="wait until it has ended, then run this again",
                    undone="nothing was read or changed",
                ) from None
            time.sleep(0.1)


def _holder(file: IO[str]) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read())
        return f"`tacenda {holder['command']}` (process {holder['pid']})"
    except (ValueError, KeyError, TypeError):
        return "one that is only reading"
