"""Which capture files lie under the given paths, and what format each is in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.errors import TacendaError, UsageError
from etl.sources import agentnet, inputlog, native

FOREIGN = ("agentnet", "inputlog")
FORMATS = ("auto", "native", *FOREIGN)
_UNDONE = "nothing of it was loaded"


@dataclass(frozen=True)
class Input:
    """One file or recording to load; `user_id` and `device_id` for formats that name nobody."""

    path: Path
    format: str
    size: int
    user_id: str | None = None
    device_id: str | None = None


@dataclass(frozen=True)
class Discovery:
    """What was found: inputs, files that are no capture, and places that could not be read."""

    inputs: tuple[Input, ...]
    ignored: tuple[Path, ...]
    faults: tuple[tuple[Path, TacendaError], ...]


def discover(
    paths: Sequence[Path], format: str = "auto", user: str | None = None, device: str | None = None
) -> Discovery:
    """Looks through files and folders; raises `UsageError` where a person's id is needed."""
    inputs: list[Input] = []
    ignored: list[Path] = []
    faults: list[tuple[Path, TacendaError]] = []
    for given in paths:
        for path, what in _walk(given):
            kind = what if isinstance(what, TacendaError) else _format(path, format)
            if isinstance(kind, TacendaError):
                faults.append((path, kind))
            elif kind is None and path == given:
                faults.append((path, _unknown(path)))
            elif kind is None:
                ignored.append(path)
            else:
                inputs.append(_input(path, kind, user, device))
    unique = {str(entry.path.resolve()): entry for entry in inputs}
    return Discovery(tuple(unique.values()), tuple(ignored), tuple(faults))


def _walk(given: Path) -> Iterator[tuple[Path, TacendaError | None]]:
    if not given.exists():
        yield given, TacendaError("no such file", where=str(given), undone=_UNDONE)
    elif given.is_file() or agentnet.recognises(given):
        yield given, None
    else:
        yield from _folder(given)


def _folder(folder: Path) -> Iterator[tuple[Path, TacendaError | None]]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        fault = TacendaError(
            "the folder cannot be read",
            where=f"{folder}: {os.strerror(error.errno or 0)}",
            todo="allow reading it, then ingest it again",
            undone=_UNDONE,
        )
        yield folder, fault
        return
    for entry in entries:
        if entry.is_dir() and not agentnet.recognises(entry):
            yield from _folder(entry)
        else:
            yield entry, None


def _format(path: Path, wanted: str) -> str | None:
    if path.is_dir():
        return "agentnet"
    if path.suffix == ".parquet":
        return "parquet" if wanted in ("auto", "native") else None
    if wanted == "inputlog" or (wanted == "auto" and inputlog.recognises(path)):
        return "inputlog"
    named = path.name.lower().endswith(native.SUFFIXES)
    if wanted == "native" and (named or path.suffix in ("", ".json", ".log", ".txt")):
        return "native"
    return "native" if wanted == "auto" and named else None


def _unknown(path: Path) -> TacendaError:
    return TacendaError(
        "the file's name does not tell its format",
        where=str(path),
        todo="say which with --format",
        undone=_UNDONE,
    )


def _input(path: Path, kind: str, user: str | None, device: str | None) -> Input:
    if kind in FOREIGN and not user:
        raise UsageError(
            f"a recording in {kind}'s format names nobody",
            where=str(path),
            todo="say whose it is with --user",
            undone="nothing was loaded",
        )
    files = path.rglob("*") if path.is_dir() else [path]
    size = sum(file.stat().st_size for file in files if file.is_file())
    return Input(path, kind, size, user, device)
