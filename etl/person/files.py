"""Two files in a folder of the person's own: written beside, renamed, readable by nobody else."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from etl.errors import BusyError, TacendaError, UsageError
from etl.project import Project

_UNDONE = "no page was written"


def check(project: Project, out: Path) -> None:
    """Raises where a folder is no place for captured text, or cannot be written to."""
    if out.resolve().is_relative_to(project.root.resolve()):
        raise UsageError(
            "a person's page must not lie in the project's folder: it holds captured text in full",
            where=str(out),
            todo="let --out name a folder outside of it",
            undone=_UNDONE,
        )
    there = next(place for place in (out, *out.absolute().parents) if place.exists())
    if not there.is_dir():
        raise _refused(out, f"{there} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise _refused(out, f"{there} may not be written to")


def _refused(out: Path, why: str) -> TacendaError:
    return TacendaError(
        "the person's files cannot be written",
        where=f"{out}: {why}",
        todo="let --out name a folder that you may write to, with room for them",
        undone=_UNDONE,
    )


def write(out: Path, contents: Mapping[str, str]) -> None:
    """Writes files into a folder (mode 0700 where it is made here), all of them or none.

    Raises `BusyError` where another command is writing there.
    """
    try:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(out) as folder:
            _write(out, folder, contents)
    except OSError as error:
        raise _refused(out, error.strerror or type(error).__name__) from None


@contextmanager
def _alone(out: Path) -> Iterator[int]:
    folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(folder)
        raise BusyError(
            "another command is writing there",
            where=str(out),
            todo="wait until it has ended, then run this again",
            undone=_UNDONE,
        ) from None
    try:
        yield folder
    finally:
        os.close(folder)


def _write(out: Path, folder: int, contents: Mapping[str, str]) -> None:
    beside = {name: out / f".{name}.part" for name in contents}
    try:
        for name, text in contents.items():
            _put(beside[name], text)
        for name in contents:
            beside[name].replace(out / name)
        os.fsync(folder)
    finally:
        for place in beside.values():
            with suppress(OSError):
                place.unlink(missing_ok=True)


def _put(place: Path, text: str) -> None:
    place.unlink(missing_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode("utf-8", "surrogateescape"))
        file.flush()
        os.fsync(file.fileno())
