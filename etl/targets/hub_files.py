"""A dataset's files as the Hub's client takes them, each read as it is sent."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

from etl.errors import TacendaError
from etl.targets import Item, Progress

BATCH = 64
_LARGE = ".parquet"


def address(repo: str) -> str:
    """A dataset's place as users name it."""
    return f"hf://datasets/{repo}"


class Sent:
    """How many bytes of files went out, told on as they go; files are sent from many threads."""

    def __init__(self, progress: Progress) -> None:
        self.bytes = 0
        self._progress, self._lock = progress, Lock()

    def add(self, more: int) -> None:
        with self._lock:
            self.bytes += more
            self._progress(more)


class _File(io.BufferedIOBase):
    """A file that counts what is read of it, once, and is open only while it is being read."""

    def __init__(self, item: Item) -> None:
        self._item, self._at, self._furthest = item, 0, 0
        self.sent: Sent | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._item.size}[whence]
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        with self._item.file.open("rb") as file:
            file.seek(self._at)
            data = file.read(-1 if size is None else size)
        self._at += len(data)
        if self.sent is not None and self._at > self._furthest:
            self.sent.add(self._at - self._furthest)
            self._furthest = self._at
        return data


def additions(hub: Any, items: Iterable[Item], sent: Sent) -> list[Any]:
    """The client's operations that add the items; raises where a file is no longer the item's."""
    out = []
    for item in items:
        file = _File(item)
        adding = hub.CommitOperationAdd(path_in_repo=item.path, path_or_fileobj=file)
        if adding.upload_info.sha256.hex() != item.sha256:
            raise TacendaError(
                "a file changed while it was being published",
                where=item.path,
                todo="check the release with `tacenda verify`, then publish again",
                undone="nothing that readers can see has changed",
            )
        file.sent = sent
        out.append(adding)
    return out


def ahead(api: Any, repo: str, adding: Sequence[Any]) -> None:
    """Sends the large ones of the files, which nobody sees before a commit names them.

    Those of equal bytes never go together: both would be read through one file at a time.
    """
    first = {one.upload_info.sha256: one for one in adding}
    again = [one for one in adding if first[one.upload_info.sha256] is not one]
    for wave in (list(first.values()), again):
        for start in range(0, len(wave), BATCH):
            part = wave[start : start + BATCH]
            api.preupload_lfs_files(repo, part, repo_type="dataset", revision="main")
    for one in adding:
        # A data file that went as plain git could not be taken out of the history again.
        if one.path_in_repo.endswith(_LARGE) and one.path_or_fileobj != b"":
            raise TacendaError(
                "the dataset's .gitattributes does not have Parquet stored as large files",
                where=address(repo),
                todo="mend .gitattributes on the Hub (`*.parquet filter=lfs`), or use a new name",
                undone="nothing that readers can see has changed",
            )


def same(item: Item, there: Any) -> bool:
    """Whether a file on the Hub holds the item's bytes: by SHA-256 or, if small, git's own.

    A data file that lies there as plain git is not the same: it has to become a large file.
    """
    if there.lfs is not None:
        return bool(there.lfs.sha256 == item.sha256)
    if there.size != item.size or item.path.endswith(_LARGE):
        return False
    data = item.file.read_bytes()
    return bool(hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() == there.blob_id)


def files_of(api: Any, repo: str, state: str) -> dict[str, Any]:
    """The files of a commit by their paths, as the client tells of them, without folders."""
    entries = api.list_repo_tree(repo, recursive=True, revision=state, repo_type="dataset")
    return {one.path: one for one in entries if hasattr(one, "blob_id")}
