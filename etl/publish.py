"""A verified release's dataset, put where others load it from: the old one or the new, whole."""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path

from etl import manifest, verify
from etl.errors import TacendaError, UsageError

_AT_FDCWD, _EXCHANGE = -100, 2


def publish(release: Path, dest: Path) -> int:
    """Copies `dataset/` of a release that passes `verify` to the folder `dest`; gives its rows.

    A folder that holds an earlier publication is exchanged in one step, any other is refused.
    """
    _usable(release, dest)
    verified = verify.verify(release)
    source = release / "dataset"
    beside = dest.absolute().with_name(f".{dest.name}.part-{os.getpid()}")
    try:
        dest.absolute().parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, beside)
        if manifest.files(beside) != manifest.files(source):
            raise OSError("the copy differs from the release")
        _put(beside, dest.absolute())
    except OSError as error:
        raise TacendaError(
            f"the dataset could not be copied: {error.strerror or error}",
            where=str(dest),
            todo="make room or allow writing there, then publish again",
            undone="what was there before is unchanged",
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return verified.rows


def _usable(release: Path, dest: Path) -> None:
    if "://" in str(dest) or str(dest).startswith(("hf:", "s3:")):
        raise _wrong("only a folder can be published to", dest)
    inside = [release.absolute(), *release.absolute().parents]
    if dest.absolute() in inside or release.absolute() in dest.absolute().parents:
        raise _wrong("the folder is the release itself, holds it or lies in it", dest)
    if dest.is_symlink() or (dest.exists() and not dest.is_dir()):
        raise _wrong("this is no folder", dest)
    if dest.is_dir() and any(dest.iterdir()) and not _publication(dest):
        raise _wrong("the folder holds something that was not published here", dest)


def _wrong(what: str, dest: Path) -> UsageError:
    return UsageError(
        what,
        where=str(dest),
        todo="name a new folder, or one that holds an earlier version of this dataset",
        undone="nothing was copied",
    )


def _publication(folder: Path) -> bool:
    """Whether a folder holds what `publish` puts there, and nothing else."""
    card = folder / "README.md"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")} - {"data"}
    shards = {name for name in names if name.startswith("data/") and name.endswith(".parquet")}
    return card.is_file() and bool(shards) and names == shards | {"README.md"}


def _put(beside: Path, dest: Path) -> None:
    if not dest.exists():
        beside.rename(dest)
    elif not _exchanged(beside, dest):
        aside = beside.with_name(f"{beside.name}-old")
        dest.rename(aside)
        beside.rename(dest)
        shutil.rmtree(aside, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchanges two folders' names in one step, where the system can (Linux's renameat2)."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done: int = call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE)
    return done == 0
