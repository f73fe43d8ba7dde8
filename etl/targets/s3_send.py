"""Brings a version's files into its folder: copied there by the server, or sent."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from importlib import import_module
from math import ceil
from typing import Any

from etl import manifest
from etl.errors import TacendaError
from etl.targets import Item, Progress
from etl.targets.s3_errors import MISSING, code
from etl.targets.s3_pointer import Current
from etl.targets.s3_store import CURRENT, Store, digest, each, is_whole, whole

PART = 8 << 20
_MOST_PARTS = 10_000
_MOST_COPIED = 5 << 30
"""A request cannot copy more bytes than these; larger files are sent."""


def there(
    store: Store, items: Sequence[Item], sizes: Mapping[str, int], current: Current | None
) -> dict[str, str]:
    """Where contents of the items lie already: a path by SHA-256.

    In the current version's folder, or in one that an interrupted call had begun to fill.
    """
    found: dict[str, str] = {}
    if current is not None:
        pointer = current.pointer
        for path, one in pointer.files.items():
            if sizes.get(f"{pointer.prefix}/{path}") == one.size:
                found[one.sha256] = f"{pointer.prefix}/{path}"
    begun = sorted({path.split("/")[0] for path in sizes} - {CURRENT})
    for inside in (one for one in begun if one.endswith(f"-{digest(items)}")):
        right = whole(store, items, inside, sizes)
        found |= {item.sha256: f"{inside}/{item.path}" for item in items if item.path in right}
    return found


def fill(
    store: Store,
    items: Sequence[Item],
    inside: str,
    known: Mapping[str, str],
    progress: Progress,
) -> int:
    """Puts items into a folder, from where their contents are known to lie or from here.

    Returns the bytes that were sent. A file whose sending is interrupted starts anew, for `s3fs`
    cannot resume one.
    """

    def bring(item: Item) -> int:
        source = known.get(item.sha256, "")
        if source and item.size < _MOST_COPIED and _copied(store, item, source, inside):
            return 0
        _send(store, item, inside, progress)
        return item.size

    return sum(each(bring, sorted(items, key=lambda item: item.size, reverse=True)))


def _copied(store: Store, item: Item, source: str, inside: str) -> bool:
    """Whether the server has copied an item, with the SHA-256 that is noted beside it."""
    path, origin = f"{inside}/{item.path}", {"Bucket": store.bucket, "Key": store.key(source)}
    if path == source:  # it is not there as it was sent
        return False
    try:
        store.call("copy_object", path, CopySource=origin)
    except OSError as error:
        if code(error) in MISSING:
            return False
        raise
    return is_whole(store, item, inside)


def _send(store: Store, item: Item, inside: str, progress: Progress) -> None:
    path = f"{inside}/{item.path}"
    size = max(PART, ceil(item.size / _MOST_PARTS))
    # The server compares the checksum itself, save where a file goes in parts.
    check = base64.b64encode(bytes.fromhex(item.sha256)).decode()
    store.fs.put_file(
        str(item.file),
        f"{store.bucket}/{store.key(path)}",
        callback=_counted(progress),
        chunksize=size,
        Metadata={"sha256": item.sha256},
        ChecksumSHA256=check,
    )
    if item.size >= 2 * size and manifest.digest(item.file) != item.sha256:
        store.call("delete_object", path)
        raise TacendaError(
            "the file was changed while it was sent",
            where=str(item.file),
            todo="run `tacenda verify`, then publish again",
            undone="readers find what they found before",
        )


def _counted(progress: Progress) -> Any:
    """What `fsspec` tells of one file's progress, as differences."""
    before = 0

    def told(_: int | None, value: int, **__: Any) -> None:
        nonlocal before
        if value > before:
            progress(value - before)
            before = value

    return import_module("fsspec.callbacks").Callback(hooks={"sent": told})
