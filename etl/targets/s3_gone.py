"""Removes what was published: objects, their earlier versions, and uploads that never ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from etl.targets import Taken
from etl.targets.s3_errors import DENIED, MISSING, UNABLE, code
from etl.targets.s3_pointer import Current
from etl.targets.s3_store import CURRENT, Store, is_folder

_AT_ONCE = 1000
_NEVER = "what replicas, backups and others' copies hold"
_UNSEEN = "earlier versions of objects, if the bucket keeps any: they could not be listed"
_NEWER = "{} of a publication that began after the current one"


@dataclass(frozen=True)
class Held:
    """One version of an object, or a mark that it was deleted; `version` is "" where unknown."""

    path: str
    version: str
    latest: bool
    mark: bool
    at: datetime

    def asked(self, store: Store) -> dict[str, str]:
        """How S3 is asked to delete it."""
        key = {"Key": store.key(self.path)}
        return {**key, "VersionId": self.version} if self.version else key


def older(store: Store, current: Current) -> Taken:
    """Removes everything but the current version's files and pointer, as they are now.

    What was written after the pointer stays: another publication may be under way.
    """
    held, unseen = _held(store)
    kept = (CURRENT, f"{current.pointer.prefix}/")
    spare = [one for one in held if not (one.latest and one.path.startswith(kept))]
    doomed = [one for one in spare if one.at <= current.at]
    newer = len(spare) - len(doomed)
    left = ([unseen] if unseen else []) + ([_NEWER.format(_objects(newer))] if newer else [])
    return _taken(store, doomed, left, abort(store, until=current.at))


def everything(store: Store) -> Taken:
    """Removes all below the prefix, the pointer first, so that nobody finds half a version."""
    if any(one.path == CURRENT and one.latest and not one.mark for one in _held(store)[0]):
        store.call("delete_object", CURRENT)
    held, unseen = _held(store)
    return _taken(store, held, [unseen] if unseen else [], abort(store))


def _taken(
    store: Store, doomed: Sequence[Held], left: Sequence[str], uploads: tuple[int, int]
) -> Taken:
    refused = _delete(store, doomed)
    stayed = {(one.path, one.version) for one in _held(store)[0]}
    # Without versions, deleting leaves nothing of that path, or a mark where versions are kept.
    gone = [one for one in doomed if (one.path, one.version) not in stayed]
    remain = [one for one in doomed if (one.path, one.version) in stayed]
    removed, kept = _said(gone), _said(remain)
    if uploads[0]:
        removed.append(f"uploads that never ended: {uploads[0]}")
    if kept:
        why = ", ".join(sorted(refused)) or "no reason given"
        kept.append(
            f"why these stayed: {why}; a lock on objects or a right that is missing can be why"
        )
    if uploads[1]:
        kept.append("uploads that never ended, if there are any: they could not be removed")
    return Taken(tuple(removed), (*kept, *left), (_NEVER,))


def _said(held: Sequence[Held]) -> list[str]:
    """Objects by what they are, in words."""
    versions = Counter(_name(one.path) for one in held if not one.mark)
    marks = sum(one.mark for one in held)
    words = [f"{name}: {_objects(count)}" for name, count in sorted(versions.items())]
    return words + ([f"marks of deletion: {marks}"] if marks else [])


def _name(path: str) -> str:
    first = path.split("/")[0]
    if is_folder(first):
        return f"version {first.rpartition('-')[0]} ({first})"
    return "pointers" if first == CURRENT else "leftovers"


def _objects(count: int) -> str:
    return f"{count} object{'' if count == 1 else 's'}"


def _held(store: Store) -> tuple[list[Held], str]:
    """All that is below the prefix; and what is to be said where versions cannot be listed."""
    try:
        pages = list(store.pages("list_object_versions"))
    except OSError as error:
        if code(error) not in DENIED | UNABLE:
            raise
        listed = (
            one for page in store.pages("list_objects_v2") for one in page.get("Contents", [])
        )
        return [_one(store, {**one, "IsLatest": True}, mark=False) for one in listed], _UNSEEN
    return [
        _one(store, one, mark=mark)
        for name, mark in (("Versions", False), ("DeleteMarkers", True))
        for page in pages
        for one in page.get(name, [])
    ], ""


def _one(store: Store, facts: Any, *, mark: bool) -> Held:
    return Held(
        store.path(facts["Key"]),
        facts.get("VersionId") or "",
        bool(facts["IsLatest"]),
        mark,
        facts["LastModified"].replace(microsecond=0),
    )


def _delete(store: Store, doomed: Sequence[Held]) -> set[str]:
    """Deletes, and returns the codes of what was refused.

    Marks of deletion go last: without its mark, an object's version before would be found again.
    """
    refused: set[str] = set()
    for kind in (False, True):
        asked = [one.asked(store) for one in doomed if one.mark == kind]
        for start in range(0, len(asked), _AT_ONCE):
            wanted = {"Objects": asked[start : start + _AT_ONCE], "Quiet": True}
            try:
                answer = store.fs.call_s3("delete_objects", Bucket=store.bucket, Delete=wanted)
            except OSError as error:
                if code(error) not in DENIED:
                    raise
                refused.add(code(error))
                continue
            refused |= {str(one.get("Code", "")) for one in answer.get("Errors", [])}
    return refused - MISSING


def abort(store: Store, inside: str = "", until: datetime | None = None) -> tuple[int, int]:
    """Ends uploads in a folder ("" means all) that began no later than `until`.

    Returns how many were ended, and how many were not; where they cannot be listed, that is one.
    """
    done = failed = 0
    try:
        found = [one for page in store.pages("list_multipart_uploads")
                 for one in page.get("Uploads", [])]  # fmt: skip
    except OSError as error:
        if code(error) not in DENIED | UNABLE:
            raise
        return 0, 1
    for one in found:
        path, began = store.path(one["Key"]), one["Initiated"].replace(microsecond=0)
        if not path.startswith(inside) or (until is not None and began > until):
            continue
        try:
            store.call("abort_multipart_upload", path, UploadId=one["UploadId"])
            done += 1
        except OSError as error:
            if code(error) not in DENIED | MISSING:
                raise
            failed += code(error) in DENIED
    return done, failed
