"""The files of a published folder: what they are, copied whole, removed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from etl import manifest
from etl.errors import BusyError, TacendaError
from etl.targets import Item, Progress, ours

_PIECE = 1 << 20


def publication(folder: Path) -> bool:
    """Whether a folder holds what is published here, and nothing else."""
    names = list(digests(folder, read=False))
    linked = any(path.is_symlink() for path in folder.rglob("*"))
    known = all(ours(name) for name in names)
    return known and not linked and "README.md" in names and len(names) > 1


def digests(folder: Path, *, read: bool = True) -> dict[str, str]:
    """Each file of a folder with its digest; none where there is no folder."""
    if not folder.is_dir():
        return {}
    if read:
        return manifest.files(folder)
    return {p.relative_to(folder).as_posix(): "" for p in folder.rglob("*") if not p.is_dir()}


def state(digests: dict[str, str]) -> str:
    """One digest of all of them; "" where there is none."""
    listed = "".join(f"{digest} {name}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(listed.encode()).hexdigest() if digests else ""


def copy(item: Item, place: Path, progress: Progress) -> None:
    """Copies one file under another name first, so that what has its name is whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part")
    digest = hashlib.sha256()
    with item.file.open("rb") as source, part.open("wb") as copy:
        while piece := source.read(_PIECE):
            copy.write(piece)
            digest.update(piece)
            progress(len(piece))
    if digest.hexdigest() != item.sha256 or manifest.digest(part) != item.sha256:
        part.unlink()
        raise TacendaError(
            "a file was changed while it was copied",
            where=item.path,
            todo="build the release again",
            undone="what was there before is unchanged",
        )
    part.rename(place)


def lock(handle: int, path: Path) -> None:
    """Holds a folder for one command; raises `BusyError` where another has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BusyError(
            "another command publishes to this folder",
            where=str(path),
            todo="wait until it has ended, then run this again",
            undone="nothing was copied",
        ) from None
    except OSError:
        return  # some file systems have no locks; the exchange is one step all the same


def synced(folder: Path) -> None:
    """Has everything in a folder on disk."""
    for path in [*folder.rglob("*"), folder]:
        sync(path)


def sync(path: Path) -> None:
    """Has a file or folder on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # folders cannot be synced everywhere
            os.fsync(handle)
    finally:
        os.close(handle)


def gone(folder: Path) -> tuple[str, ...]:
    """Removes a folder and says what stayed; readers that hold its files open keep them."""
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    return (f"{folder} could not be removed: remove it by hand",) if folder.exists() else ()
