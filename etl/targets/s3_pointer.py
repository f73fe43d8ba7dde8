"""The object that names the version which readers find, replaced only where it is as it was seen.

A server that takes a conditional write without looking at the condition would let two publishers
overwrite each other unnoticed, so that is tried on an object of no meaning each time.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from etl.errors import TacendaError, UsageError
from etl.targets import Item
from etl.targets.s3_errors import CONFLICT, MISSING, UNABLE, code
from etl.targets.s3_store import CURRENT, PROBE, Store, is_folder, ours

_STRICT = ConfigDict(extra="forbid", frozen=True)
_TRIES = 3


class Listed(BaseModel):
    """A file of a version: its SHA-256 in hex, and its size in bytes."""

    model_config = _STRICT

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]


class Pointer(BaseModel):
    """What `current.json` holds: a version, its folder beside it, and its files.

    `publication` is drawn anew each time, so that no two states of the pointer are ever equal.
    """

    model_config = _STRICT

    format: Literal[1] = 1
    version: str
    prefix: str
    publication: str
    files: Mapping[str, Listed]


@dataclass(frozen=True)
class Current:
    """A pointer as it was read: its ETag, and when the server took it, to the second."""

    tag: str
    at: datetime
    pointer: Pointer


def made(version: str, folder: str, items: Sequence[Item]) -> Pointer:
    """A pointer to a version's folder."""
    files = {item.path: Listed(sha256=item.sha256, size=item.size) for item in items}
    return Pointer(
        version=version,
        prefix=folder,
        publication=secrets.token_hex(8),
        files=dict(sorted(files.items())),
    )


def state(current: Current | None) -> str:
    """What names a standing: the pointer's ETag, "" where there is none."""
    return "" if current is None else current.tag


def read(store: Store) -> Current | None:
    """The pointer; None where there is none. Raises `UsageError` where it is none of ours."""
    try:
        # The body comes with the ETag: two requests could speak of two pointers.
        body, answer = _fetched(store)
    except OSError as error:
        if code(error) in MISSING:
            return None
        raise
    try:
        pointer = Pointer.model_validate_json(body)
    except ValidationError:
        raise _foreign(store) from None
    if not is_folder(pointer.prefix) or not all(
        ours(f"{pointer.prefix}/{path}") for path in pointer.files
    ):
        raise _foreign(store)
    return Current(answer["ETag"], answer["LastModified"].replace(microsecond=0), pointer)


def _fetched(store: Store) -> tuple[bytes, Any]:
    answer = store.call("get_object", CURRENT)
    body: bytes = import_module("fsspec.asyn").sync(store.fs.loop, answer["Body"].read)
    return body, answer


def _foreign(store: Store) -> UsageError:
    return UsageError(
        "the pointer there was not written by a publication",
        where=f"{store.where}/{CURRENT}",
        todo="name a new prefix, or remove what is there",
        undone="nothing was sent or removed",
    )


def still(store: Store, seen: str) -> Current | None:
    """The pointer, where its state is still the one that was seen; raises elsewhere."""
    current = read(store)
    if state(current) != seen:
        raise lost(store)
    return current


def lost(store: Store) -> TacendaError:
    """What to say where another publisher was faster."""
    return TacendaError(
        "another publication has taken place there since it was looked at",
        where=store.where,
        todo="look at what is there now, then run this again",
        undone="what readers find is the other's, and was left as it is",
    )


def swap(store: Store, pointer: Pointer, seen: str) -> Current:
    """Puts the pointer in place of the one of state `seen`, in one step.

    Raises `TacendaError` where another was put there meanwhile.
    """
    body = pointer.model_dump_json(indent=1).encode()
    for _ in range(_TRIES):
        refused = _put_refused(store, CURRENT, body, seen)
        now = read(store)
        # A refusal can be of a second try whose first had come through unheard.
        if now is not None and now.pointer.publication == pointer.publication:
            return now
        if state(now) != seen or not refused:
            raise lost(store)
    raise TacendaError(
        "the server refuses to replace the pointer, though it is as it was seen",
        where=store.where,
        todo="publish again; if it comes back, ask whoever runs the server",
        undone="readers find what they found before",
    )


def _put_refused(store: Store, path: str, body: bytes, seen: str) -> bool:
    condition = {"IfMatch": seen} if seen else {"IfNoneMatch": "*"}
    try:
        store.call("put_object", path, Body=body, ContentType="application/json", **condition)
    except OSError as error:
        if code(error) not in CONFLICT:
            raise
        return True
    return False


def probe(store: Store) -> None:
    """Makes sure that the server refuses a write whose condition does not hold.

    Raises `TacendaError` where it does not.
    """
    path = f"{PROBE}{secrets.token_hex(8)}"
    versions = [store.call("put_object", path, Body=b"").get("VersionId")]
    try:
        for seen in ("", f'"{secrets.token_hex(16)}"'):
            try:
                refused = _put_refused(store, path, b"", seen)
            except OSError as error:
                if code(error) not in UNABLE:
                    raise
                refused = False
            if not refused:
                raise _unconditional(store)
    finally:
        _drop(store, path, versions)


def _drop(store: Store, path: str, versions: Sequence[str | None]) -> None:
    """Removes the probe; where that is not allowed, an empty object stays."""
    with contextlib.suppress(OSError):
        for version in versions:
            store.call("delete_object", path, **({"VersionId": version} if version else {}))


def _unconditional(store: Store) -> TacendaError:
    return TacendaError(
        "the server does not refuse a write whose condition does not hold, so that two "
        "publishers could overwrite each other unnoticed",
        where=store.where,
        todo="use a server with conditional writes (If-Match and If-None-Match on PUT)",
        undone="nothing was sent",
    )
