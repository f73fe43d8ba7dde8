"""A folder that `load_dataset` reads: exchanged for the new one in one step."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl import manifest
from etl.errors import TacendaError, UsageError
from etl.targets import Item, Progress, Put, Standing, Taken, exchange, nothing
from etl.targets import folder_files as files

_TODO = "name a new folder, or one that holds an earlier version of this dataset"


@dataclass(frozen=True)
class Folder:
    """One folder, by its absolute path.

    Where the system cannot exchange two folders in one step it becomes a link to a hidden one
    beside it, and the link is exchanged.
    """

    path: Path

    keeps = False
    via = "copied, then exchanged in one step"

    @property
    def where(self) -> str:
        return str(self.path)

    def look(self, items: Sequence[Item]) -> Standing:
        self._usable()
        there = files.digests(self.path)
        same = frozenset(one.path for one in items if there.get(one.path) == one.sha256)
        return Standing(
            files.state(there), same, tuple(sorted(set(there) - {i.path for i in items}))
        )

    def put(
        self,
        items: Sequence[Item],
        standing: Standing,
        version: str,
        progress: Progress,
        last: Callable[[], None] = nothing,
    ) -> Put:
        read = (f"datasets.load_dataset({str(self.path)!r})",)
        there = bool(standing.state) and len(standing.same) == len(items) and not standing.other
        if there and not self._spare():
            return Put(standing.state, 0, read)
        state, sent = standing.state, 0
        with _explained(self.path), self._alone() as beside:
            try:
                if not there:
                    sent = self._copied(items, standing, beside, progress)
                    state = files.state(files.digests(beside))
                    if files.state(files.digests(self.path)) != standing.state:
                        raise _changed(self.path)
                    last()
                    self._show(beside)
            finally:
                files.gone(beside)
            # What a command left that was killed as it showed another version: that is older.
            return Put(state, sent, read, self.forget(state).left)

    def forget(self, state: str) -> Taken:
        """Removes what commands that were killed left beside it; the older version is gone."""
        gone = self._spare()
        left = [line for path in gone for line in files.gone(path)]
        return Taken(tuple(str(path) for path in gone if not path.exists()), tuple(left))

    def _spare(self) -> list[Path]:
        """What lies hidden beside the folder and is not what it shows."""
        return [path for path in self._beside() if path.resolve() != self.path.resolve()]

    def take(self) -> Taken:
        self._usable()
        aside = self._named("taken")
        with _explained(self.path, "nothing was removed"):
            target = self.path.resolve()
            if self.path.is_symlink():
                self.path.unlink()
                target.rename(aside)
            elif self.path.exists():
                self.path.rename(aside)
        hidden = self._beside()
        left = tuple(line for path in hidden for line in files.gone(path))
        return Taken((self.where,), left)

    def readers(self) -> Sequence[str]:
        return ()

    def _usable(self) -> None:
        if self.path.is_symlink():
            if self.path.resolve() not in [path.resolve() for path in self._beside()]:
                raise _wrong("this is a link that was not made here", self.path)
        elif self.path.exists() and not self.path.is_dir():
            raise _wrong("this is no folder", self.path)
        if self.path.is_dir() and any(self.path.iterdir()) and not files.publication(self.path):
            raise _wrong("the folder holds something that was not published here", self.path)

    def _named(self, what: str) -> Path:
        return self.path.with_name(f".{self.path.name}.tacenda-{what}")

    def _beside(self) -> list[Path]:
        start, parent = self._named("").name, self.path.parent
        found = parent.iterdir() if parent.is_dir() else ()
        return sorted(path for path in found if path.name.startswith(start))

    @contextmanager
    def _alone(self) -> Iterator[Path]:
        """The folder that is filled, beside the one that is shown; no other command fills it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._named("part")
        beside.mkdir(exist_ok=True)
        handle = os.open(beside, os.O_RDONLY)
        try:
            files.lock(handle, self.path)
            yield beside
        finally:
            os.close(handle)

    def _copied(
        self, items: Sequence[Item], standing: Standing, beside: Path, progress: Progress
    ) -> int:
        """Fills the folder beside: what a killed command left whole is kept, the rest is copied.

        A file that is shown already is linked, where that can be done. Says how many bytes were
        copied.
        """
        wanted = {one.path: one.sha256 for one in items}
        for name, digest in files.digests(beside).items():
            if wanted.get(name) != digest:
                (beside / name).unlink()
        sent = 0
        for item in items:
            place = beside / item.path
            if place.exists() or (item.path in standing.same and self._linked(item, place)):
                continue
            files.copy(item, place, progress)
            sent += item.size
        files.synced(beside)
        return sent

    def _linked(self, item: Item, place: Path) -> bool:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self.path / item.path, place, follow_symlinks=False)
        except OSError:
            return False
        if manifest.digest(place) == item.sha256:
            return True
        place.unlink()
        return False

    def _show(self, beside: Path) -> None:
        """Makes what was copied that which is found: in one step, or not at all."""
        if self.path.is_symlink() or not exchange.possible(self.path.parent):
            self._link(beside)
        elif self.path.exists():
            exchange.exchanged(beside, self.path)
        else:
            beside.rename(self.path)
        files.sync(self.path.parent)

    def _link(self, beside: Path) -> None:
        if self.path.exists() and not self.path.is_symlink():
            raise UsageError(
                "this file system cannot exchange two folders in one step",
                where=self.where,
                todo="publish to a new folder, which becomes a link; then unpublish this one",
                undone="what was there before is unchanged",
            )
        old = self.path.resolve() if self.path.is_symlink() else None
        shown = self._named(files.state(files.digests(beside))[:16])
        files.gone(shown)  # of a command that was killed here
        beside.rename(shown)
        try:
            link = self._named("link")
            link.unlink(missing_ok=True)
            link.symlink_to(shown.name)
            link.replace(self.path)
        except OSError:
            shown.rename(beside)
            raise
        if old is not None:
            old.rename(beside)  # to be removed, as after an exchange


@contextmanager
def _explained(path: Path, undone: str = "what was there before is unchanged") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise TacendaError(
            f"the dataset could not be put there: {error.strerror or type(error).__name__}",
            where=str(path),
            todo=f"{'make room' if full else 'allow writing'} there, then run this again",
            undone=undone,
        ) from None


def _changed(path: Path) -> TacendaError:
    return TacendaError(
        "somebody else changed the folder meanwhile",
        where=str(path),
        todo="look at what lies there now, then publish again",
        undone="nothing was replaced",
    )


def _wrong(what: str, path: Path) -> UsageError:
    return UsageError(what, where=str(path), todo=_TODO, undone="nothing was copied")
