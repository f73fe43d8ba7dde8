"""Two folders' names exchanged in one step, where the system can."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from pathlib import Path

_AT_FDCWD, _EXCHANGE = -100, 2


def exchanged(one: Path, other: Path) -> None:
    """Exchanges the names of two folders; raises `OSError` where that cannot be done.

    By renameat2 with RENAME_EXCHANGE on Linux, by renamex_np with RENAME_SWAP on macOS.
    """
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            done: int = library.renamex_np(first, second, _EXCHANGE)
        else:
            done = library.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _EXCHANGE)
    except AttributeError:
        raise OSError("the system has no call for it") from None
    if done:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))


def possible(parent: Path) -> bool:
    """Whether two folders in `parent` can be exchanged, tried on two that are made for it."""
    pair = [Path(tempfile.mkdtemp(prefix=".tacenda-", dir=parent)) for _ in range(2)]
    try:
        exchanged(*pair)
    except OSError:
        return False
    finally:
        for folder in pair:
            shutil.rmtree(folder, ignore_errors=True)
    return True
