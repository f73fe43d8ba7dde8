"""A verified release's dataset, put where others load it from: the old one or the new, whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from etl import locks, manifest, marks, permitted, targets, verify
from etl.errors import BusyError, RefusedError, TacendaError, UsageError
from etl.targets import Item, Standing, Taken, Target
from etl.targets.folder import Folder

Progress = Callable[[int, int, str], None]
"""Bytes sent, bytes in all, and where to."""


@dataclass(frozen=True)
class Plan:
    """What a publication comes to: files to send with their bytes, files there already.

    `remove`: what readers will not find any more. `rows`: of the whole dataset.
    """

    where: str
    via: str
    version: str
    rows: int
    send: dict[str, int]
    there: tuple[str, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True)
class Published:
    """What was done: bytes sent, lines that say how to read it, what should be known about it.

    `taken` is what was taken back, `readers` who had been given access and is to be told.
    """

    plan: Plan
    sent: int
    read: tuple[str, ...]
    note: str = ""
    taken: Taken = field(default_factory=Taken)
    readers: tuple[str, ...] = ()


def plan(release: Path, target: Target, *, hold: int = 0) -> Plan:
    """What `publish` would send, and where to; refuses the same, and changes nothing."""
    with _alone(release):
        permitted.permitted(release)
        return _ready(release, target, hold)[0]


def publish(
    release: Path,
    target: Target,
    *,
    now: int,
    hold: int = 0,
    supersede: bool = False,
    progress: Progress | None = None,
) -> Published:
    """Puts `dataset/` of a release that passes `verify` in this call to a place, and notes that.

    Readers there find the old version or the new one. With `supersede` older ones are removed
    then. Raises `RefusedError` for a release that was recalled, or that a request concerns, and
    where fewer than `hold` people's rows have changed since what is there; a request that comes
    while it is sent counts too. Needs no key, and no project where the release lies outside one;
    then nothing can be noted.
    """
    with _alone(release):
        known = permitted.permitted(release)
        going, standing, items = _ready(release, target, hold)
        readers = tuple(target.readers()) if supersede and standing.state else ()
        # Noted before anybody can see it: a copy that nobody knows of could never be withdrawn.
        _noted(release, target, now)
    # To send may take hours, in which somebody may ask to be forgotten: nothing is held meanwhile.
    put = target.put(
        items,
        standing,
        going.version,
        _counted(going, progress),
        lambda: _still(release),
    )
    taken = target.forget(put.state) if supersede else Taken()
    gone = (supersede or not target.keeps) and not taken.left and not put.left
    unsettled = _settled(release, target, now, gone=gone)
    note = " ".join(filter(None, [known, *put.left, unsettled]))
    return Published(going, put.sent, put.read, note, taken, readers)


def _ready(release: Path, target: Target, hold: int) -> tuple[Plan, Standing, list[Item]]:
    """Everything that may refuse, before the first byte is sent."""
    _apart(release, target)
    verified = verify.verify(release)
    items = sendable(release)
    standing = target.look(items)
    permitted.gathered(release, standing, hold)
    going = Plan(
        where=target.where,
        via=target.via,
        version=verified.version,
        rows=verified.rows,
        send={one.path: one.size for one in items if one.path not in standing.same},
        there=tuple(sorted(standing.same)),
        remove=standing.other,
    )
    return going, standing, items


def sendable(release: Path) -> list[Item]:
    """The files of a release's `dataset/` as its manifest lists them, by path.

    Raises `RefusedError` where one is no plain file in there.
    """
    part, folder = "dataset/", release / "dataset"
    listed = sorted(manifest.read(release)["files"].items())
    return [
        _item(folder, name.removeprefix(part), digest)
        for name, digest in listed
        if name.startswith(part)
    ]


def _item(folder: Path, name: str, digest: str) -> Item:
    path, file = PurePosixPath(name), folder / name
    plain = file.is_file() and file.resolve() == folder.resolve() / name
    if ".." in path.parts or path.is_absolute() or not plain:
        raise RefusedError(
            "a file of the release is no plain file in its dataset/",
            where=name,
            todo="build the release again",
            undone="nothing was sent",
        )
    return Item(name, file, file.stat().st_size, digest)


def _counted(going: Plan, progress: Progress | None) -> targets.Progress:
    total, done = sum(going.send.values()), [0]

    def advance(more: int) -> None:
        done[0] += more
        if progress is not None:
            progress(min(done[0], total), total, "")

    return advance


def _still(release: Path) -> None:
    """Raises where it may no longer be published: asked again when all is sent, before it shows."""
    try:
        permitted.permitted(release)
    except RefusedError as error:
        raise RefusedError(
            error.what,
            where=error.where,
            todo=f"{error.todo}, with --supersede",
            undone="readers find what they found before; what was sent lies there unseen until a "
            "later version supersedes it",
        ) from None


@contextmanager
def _alone(release: Path) -> Iterator[None]:
    """Holds the project that a release lies in, so that nothing else is noted meanwhile."""
    found = marks.home(release)
    warehouse = found[0].parent.parent / "warehouse" if found else None
    if warehouse is None or not warehouse.is_dir():
        yield
        return
    with locks.held(warehouse, "publish", write=True):
        yield


def _noted(release: Path, target: Target, now: int) -> None:
    try:
        marks.publishing(release, target.where, now)
    except OSError as error:
        raise TacendaError(
            f"where it goes cannot be noted: {error.strerror or type(error).__name__}",
            where=str(release.parent),
            todo="make room or allow writing in the project, then publish again",
            undone="nothing was sent",
        ) from None


def _settled(release: Path, target: Target, now: int, *, gone: bool) -> str:
    """Notes that it is there, and where nothing older is kept that the older is `gone`."""
    try:
        with _alone(release):
            marks.published(release, target.where, now, gone=gone)
    except (OSError, BusyError):
        return "What was published there before is still noted as being there: publish it again."
    return ""


def _apart(release: Path, target: Target) -> None:
    if not isinstance(target, Folder):
        return
    dest, own = target.path.resolve(), release.resolve()
    if dest in (own, *own.parents) or own in dest.parents:
        raise UsageError(
            "the folder is the release itself, holds it or lies in it",
            where=target.where,
            todo="name a new folder, or one that holds an earlier version of this dataset",
            undone="nothing was sent",
        )
