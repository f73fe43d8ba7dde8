"""A bucket of S3, or of a server that speaks as S3 does, as a place to publish to.

Each version lies whole in a folder of its own, and `current.json` beside them names one. Readers
who follow it find the old version or the new one, never files of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from etl.errors import TacendaError, UsageError
from etl.targets import Item, Progress, Put, Standing, Taken, nothing
from etl.targets import s3_gone as gone
from etl.targets import s3_pointer as pointers
from etl.targets import s3_send as sending
from etl.targets import s3_store as stores
from etl.targets.s3_errors import spoken
from etl.targets.s3_pointer import Current, Pointer
from etl.targets.s3_store import CURRENT, Store

_DEST = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])"
    r"/(?P<prefix>[A-Za-z0-9][A-Za-z0-9._+=-]*(?:/[A-Za-z0-9][A-Za-z0-9._+=-]*)*)"
)
_BEFORE = "readers find what they found before"
_UNSURE = "it could not be seen whether readers find this version already or the one before"


def bucket(dest: str) -> Bucket:
    """The place `s3://bucket/prefix`; nothing is asked of it yet.

    Raises `UsageError` for any other form, without quoting it, for it may hold a key.
    """
    found = _DEST.fullmatch(dest)
    if found is None:
        raise UsageError(
            "a place in a bucket is written s3://bucket/prefix: letters, digits and ._+=- in each "
            "part of the prefix, none of them empty, and nothing before or after",
            todo="keys and addresses go into the environment or into a profile of AWS",
            undone="nothing was sent",
        )
    return Bucket(found["bucket"], found["prefix"])


@dataclass(frozen=True)
class Bucket:
    """A `Target`: a prefix of a bucket, which nothing but publications may use."""

    bucket: str
    prefix: str

    keeps = True

    @property
    def where(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def via(self) -> str:
        return "s3fs"

    @cached_property
    def _store(self) -> Store:
        return stores.opened(self.bucket, self.prefix)

    def look(self, items: Sequence[Item]) -> Standing:
        """The pointer's ETag, and what need not be sent; see `Target`."""
        with spoken(self.where, "nothing was sent"):
            current = pointers.read(self._store)
            sizes = stores.listed(self._store)
            known = sending.there(self._store, items, sizes, current)
        paths = {item.path for item in items}
        files = current.pointer.files if current else {}
        return Standing(
            pointers.state(current),
            frozenset(item.path for item in items if item.sha256 in known),
            tuple(path for path in files if path not in paths),
        )

    def put(
        self,
        items: Sequence[Item],
        standing: Standing,
        version: str,
        progress: Progress,
        last: Callable[[], None] = nothing,
    ) -> Put:
        """Fills the version's folder, checks it, and points to it; see `Target`."""
        inside = stores.folder(version, items)
        with spoken(self.where, _BEFORE):
            current = pointers.still(self._store, standing.state)
            sizes = stores.listed(self._store)
            pointers.probe(self._store)
            gone.abort(self._store, f"{inside}/")
            known = sending.there(self._store, items, sizes, current)
            missing = {i.path for i in items} - stores.whole(self._store, items, inside, sizes)
            sent = self._fill([i for i in items if i.path in missing], inside, known, progress)
        last()
        wanted = pointers.made(version, inside, items)
        if current is None or not _equal(current.pointer, wanted):
            with spoken(self.where, _UNSURE):
                current = pointers.swap(self._store, wanted, standing.state)
        self._settle(items, inside, current)
        return Put(current.tag, sent, self._lines())

    def _fill(
        self, items: Sequence[Item], inside: str, known: Mapping[str, str], progress: Progress
    ) -> int:
        sent = sending.fill(self._store, items, inside, known, progress)
        bad = len(items) - len(stores.whole(self._store, items, inside))
        if bad:
            raise TacendaError(
                f"{bad} files are not there as they were sent",
                where=f"{self.where}/{inside}",
                todo="publish again",
                undone=_BEFORE,
            )
        return sent

    def _settle(self, items: Sequence[Item], inside: str, current: Current) -> None:
        """Makes sure that nobody removed a file meanwhile, and ends uploads that lost."""
        with spoken(self.where, "the version is published; what was left over was not removed"):
            sizes = stores.listed(self._store)
            if any(sizes.get(f"{inside}/{item.path}") != item.size for item in items):
                raise TacendaError(
                    "files of this version were removed while it was published",
                    where=f"{self.where}/{inside}",
                    todo="publish again at once: readers find a version that is not whole",
                    undone="the version is not whole",
                )
            gone.abort(self._store, until=current.at)

    def _lines(self) -> tuple[str, str]:
        """Lines of Python that load the newest version into `rows`, names of labels included."""
        return (
            'import json, fsspec, datasets; s3 = fsspec.filesystem("s3"); now = json.loads('
            f's3.cat_file("{self.where}/{CURRENT}"))["prefix"]',
            f's3.get(f"{self.where}/{{now}}/", f"{{now}}/", recursive=True); '
            'rows = datasets.load_dataset(now, split="train")',
        )

    def forget(self, state: str) -> Taken:
        """Removes all but the version that `state` names; see `Target`.

        Raises `TacendaError` where that is not the current one, and removes nothing then; also
        where it is no longer current in the end.
        """
        with spoken(self.where, "it could not be seen whether anything was removed"):
            current = pointers.still(self._store, state)
            stores.listed(self._store)
            taken = Taken() if current is None else gone.older(self._store, current)
            # Another publication may have pointed to an older version's folder meanwhile.
            pointers.still(self._store, state)
            return taken

    def take(self) -> Taken:
        """Removes all that is below the prefix; see `Target`."""
        with spoken(self.where, "it could not be seen whether anything was removed"):
            pointers.read(self._store)
            stores.listed(self._store)
            return gone.everything(self._store)

    def readers(self) -> Sequence[str]:
        """Nobody can be named: S3 does not say who may read or has read."""
        return ()


def _equal(one: Pointer, other: Pointer) -> bool:
    return one.model_copy(update={"publication": other.publication}) == other
