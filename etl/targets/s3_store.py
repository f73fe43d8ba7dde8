"""A place in a bucket as `tacenda` lays it out, and the client that reaches it.

current.json                   which version readers find
v7-0123456789abcdef/README.md  a version, whole, in a folder named by its content
v7-0123456789abcdef/data/*.parquet
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, TypeVar

from etl import targets
from etl.errors import TacendaError, UsageError
from etl.targets import Item
from etl.targets.s3_errors import DENIED, MISSING, code

CURRENT = "current.json"
PROBE = ".probe-"
AT_ONCE = 4

_FOLDER = r"[A-Za-z0-9][A-Za-z0-9._+]*-[0-9a-f]{16}"
_OURS = re.compile(
    rf"{re.escape(CURRENT)}|{re.escape(PROBE)}[0-9a-f]{{16}}|{_FOLDER}/(?P<file>.+)|"
)
_MARKS = {
    "list_objects_v2": ("ContinuationToken",),
    "list_object_versions": ("KeyMarker", "VersionIdMarker"),
    "list_multipart_uploads": ("KeyMarker", "UploadIdMarker"),
}
"""What each listing wants back from the page before, which calls it `Next…`."""

One = TypeVar("One")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Store:
    """A prefix of a bucket; paths are below it, without a slash in front."""

    bucket: str
    prefix: str
    fs: Any = field(repr=False)

    @property
    def where(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def key(self, path: str) -> str:
        return f"{self.prefix}/{path}"

    def path(self, key: str) -> str:
        return key.removeprefix(f"{self.prefix}/")

    def call(self, method: str, path: str, **options: Any) -> Any:
        """One request about one object."""
        return self.fs.call_s3(method, Bucket=self.bucket, Key=self.key(path), **options)

    def pages(self, method: str) -> Iterator[Any]:
        """Every page of a listing of what is below the prefix."""
        marks: dict[str, str] = {}
        while True:
            page = self.fs.call_s3(method, Bucket=self.bucket, Prefix=self.key(""), **marks)
            yield page
            if not page.get("IsTruncated"):
                return
            asked = ((mark, page.get(f"Next{mark}")) for mark in _MARKS[method])
            following = {mark: value for mark, value in asked if value}
            if not following or following == marks:
                raise TacendaError("the server's listing does not end", where=self.where)
            marks = following


def opened(bucket: str, prefix: str) -> Store:
    """The place, through `s3fs`; endpoint and credentials are whatever AWS tools find.

    Raises `TacendaError` where `s3fs` is not installed. Nothing is sent yet.
    """
    try:
        s3fs: Any = import_module("s3fs")
    except ImportError:
        raise TacendaError(
            "what is needed for S3 is not installed",
            where=f"s3://{bucket}/{prefix}",
            todo="pip install 'tacenda[s3]'",
            undone="nothing was sent",
        ) from None
    options = {"skip_instance_cache": True, "use_listings_cache": False, "max_concurrency": 2}
    return Store(bucket, prefix, s3fs.S3FileSystem(config_kwargs={"read_timeout": 60}, **options))


def each(work: Callable[[One], Made], things: Sequence[One]) -> list[Made]:
    """The results of `work` for all things, a few at a time; the first error ends it."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        return list(pool.map(work, things))
    finally:
        pool.shutdown(cancel_futures=True)


def listed(store: Store) -> dict[str, int]:
    """The size of every object below the prefix, by path.

    Raises `UsageError` where one of them was not put there by a publication.
    """
    found = {
        store.path(one["Key"]): int(one["Size"])
        for page in store.pages("list_objects_v2")
        for one in page.get("Contents", [])
    }
    foreign = sum(not ours(path) for path in found)
    if foreign:
        raise UsageError(
            f"{foreign} of the {len(found)} objects there are none of a publication",
            where=store.where,
            todo="name a new prefix, or one that holds an earlier version of this dataset",
            undone="nothing was sent or removed",
        )
    return found


def ours(path: str) -> bool:
    """Whether a publication puts objects of this path; the empty one marks the folder itself."""
    found = _OURS.fullmatch(path)
    return found is not None and (found["file"] is None or targets.ours(found["file"]))


def digest(items: Sequence[Item]) -> str:
    """What names a version by its content: 16 hex digits."""
    lines = sorted(f"{item.path} {item.sha256}\n" for item in items)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def folder(version: str, items: Sequence[Item]) -> str:
    """The folder of a version, by name and content; `UsageError` where readers could not use it."""
    made = f"{version}-{digest(items)}"
    for path in (f"{made}/README.md", *(f"{made}/{item.path}" for item in items)):
        if not ours(path):
            raise UsageError("a bucket cannot take a file or version of this name", where=path)
    return made


def is_folder(name: str) -> bool:
    """Whether a version's folder can have this name."""
    return re.fullmatch(_FOLDER, name) is not None


def whole(
    store: Store, items: Sequence[Item], inside: str, sizes: Mapping[str, int] | None = None
) -> set[str]:
    """Paths of the items that lie in a folder with their size and SHA-256.

    `sizes` spares questions about what a listing did not hold.
    """
    asked = [
        item for item in items if sizes is None or sizes.get(f"{inside}/{item.path}") == item.size
    ]
    right = each(lambda item: is_whole(store, item, inside), asked)
    return {item.path for item, is_right in zip(asked, right, strict=True) if is_right}


def is_whole(store: Store, item: Item, inside: str) -> bool:
    """Whether an item lies in a folder, by its size and the SHA-256 noted when it was sent."""
    try:
        head = store.call("head_object", f"{inside}/{item.path}")
    except OSError as error:
        # Without the right to list, S3 answers 403 for what is not there.
        if code(error) in MISSING | DENIED:
            return False
        raise
    noted = head.get("Metadata", {}).get("sha256")
    return bool(head["ContentLength"] == item.size and noted == item.sha256)
