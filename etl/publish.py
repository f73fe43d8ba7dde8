"""A verified release's dataset, put where others load it from: the old one or the new, whole."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl import assemble, copies, locks, manifest, marks, moments, verify
from etl.errors import RefusedError, TacendaError, UsageError
from etl.marks import Marks

_AT_FDCWD, _EXCHANGE = -100, 2


@dataclass(frozen=True)
class Published:
    """How many rows were published, and what should be known about this release, if anything."""

    rows: int
    note: str = ""


def publish(release: Path, dest: Path, *, now: int, hold: int = 0) -> Published:
    """Copies `dataset/` of a release that passes `verify` to the folder `dest`, and notes that.

    A folder that holds an earlier publication is exchanged in one step, any other is refused.
    Raises `RefusedError` for a release that was recalled, or that a request concerns, and where
    an earlier version lies there and fewer than `hold` people's rows have changed since. Needs no
    key, and no project where the release lies outside one; then nothing can be noted.
    """
    _usable(release, dest)
    with _alone(release):
        note = _allowed(release)
        _gathered(release, dest, hold)
        verified = verify.verify(release)
        _copy(release, dest.absolute(), now)
        try:
            marks.published(release, dest, now)
        except OSError:
            note += " What was published there before is still noted as being there."
    return Published(verified.rows, note.strip())


@contextmanager
def _alone(release: Path) -> Iterator[None]:
    """Holds the project that a release lies in, so that nothing becomes of it meanwhile."""
    found = marks.home(release)
    warehouse = found[0].parent.parent / "warehouse" if found else None
    if warehouse is None or not warehouse.is_dir():
        yield
        return
    with locks.held(warehouse, "publish", write=True):
        yield


def _allowed(release: Path) -> str:
    """What should be known of a release that may be published; raises for any other."""
    found = marks.of_release(release)
    if found is None:
        return (
            "This release lies outside its project's releases/, so that nobody can tell here "
            "whether it was recalled or superseded, and where it goes is not noted."
        )
    mark, others = found
    if mark.recalled is not None:
        raise _refused(release, f"the release was recalled: {mark.recalled['reason']}", others)
    same = _same_files(release, others)
    if same:
        raise _refused(release, f"it holds the same files as {same}, which was recalled", others)
    if mark.waiting:
        since = moments.written(min(mark.waiting.values()))
        why = " and ".join(_WHY.get(one, one) for one in sorted(mark.waiting, reverse=True))
        raise _refused(release, f"the release holds {why} (since {since})", others)
    if mark.superseded is not None:
        return f"A newer version of this dataset has been built: {mark.superseded['by']}."
    return ""


_WHY = {
    marks.WITHDRAWAL: "rows of people who asked to be forgotten",
    marks.RETENTION: "rows that are past their retention",
}


def _gathered(release: Path, dest: Path, hold: int) -> None:
    """Raises where too few people's changes lie between what is there and this version.

    Two versions side by side tell who left, the better the fewer did. A file is named by whose
    rows are in it and which: one of another name stands for one person's change at the least.
    Files of texts with shared words do not count, for anybody's change may draw them anew.
    """
    there = {path.name for path in (dest / "data").glob("*.parquet")}
    if not there:
        return
    shards = manifest.read(release)["shards"]
    own = {Path(one["file"]).name for one in shards if one["part"] != assemble.SHARED}
    changed = len(own - there)
    if changed < hold:
        raise RefusedError(
            f"{changed} files of people were drawn anew since what lies there, {hold} are asked",
            where=str(release),
            todo="publish a later version, or this one without --hold",
            undone="nothing was copied",
        )


def _same_files(release: Path, others: Marks) -> str | None:
    """The recalled version that a release's dataset is equal to, whatever its name."""
    recalled = {version: one.recalled["files"] for version, one in others.items() if one.recalled}
    files = manifest.data(manifest.files(release / "dataset")) if recalled else {}
    same = (version for version, known in recalled.items() if manifest.data(known) == files)
    return next(same, None)


def _refused(release: Path, what: str, others: Marks) -> RefusedError:
    last = copies.newest(others)
    todo = "run `tacenda build`, then publish the version that it makes (see `tacenda status`)"
    if last is not None and not last.withheld and last.version != release.name:
        todo = f"publish {last.version} instead (see `tacenda status`)"
    return RefusedError(
        what,
        where=str(release),
        todo=todo,
        undone="nothing was copied",
    )


def _copy(release: Path, target: Path, now: int) -> None:
    source = release / "dataset"
    beside = target.with_name(f".{target.name}.part-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, beside)
        if manifest.files(beside) != manifest.files(source):
            raise OSError("the copy differs from the release")
        # Noted before anybody can see it: a copy that nobody knows of could never be withdrawn.
        marks.publishing(release, target, now)
        _put(beside, target)
    except OSError as error:
        raise TacendaError(
            f"the dataset could not be copied: {error.strerror or error}",
            where=str(target),
            todo="make room or allow writing there and in the project, then publish again",
            undone="what was there before is unchanged",
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


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
