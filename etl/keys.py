"""The warehouse's key: where it lies, how it is made, and when it is not to be trusted."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from etl.errors import TacendaError, UsageError
from etl.project import Project

ENVIRONMENT = "TACENDA_KEY_FILE"
LOSS = (
    "Losing this file loses the warehouse: nothing can be read again without it, and there is "
    "no second copy. Keep a copy of it where the warehouse is not."
)


def path(project: Project) -> Path:
    """Where this project's key lies: `TACENDA_KEY_FILE`, else the user's settings by its id."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        place = Path(given).absolute()
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        place = Path(base).expanduser() / "tacenda" / "keys" / f"{project.settings.id}.key"
    if place.resolve().is_relative_to(project.root.resolve()):
        raise UsageError(
            "the key must not lie beside the warehouse that it opens",
            where=str(place),
            todo=f"let {ENVIRONMENT} name a file outside the project",
        )
    return place


def make(project: Project) -> tuple[Path, bool]:
    """Makes the key (mode 0600), or takes the one that is there; says which by True for made."""
    place = path(project)
    if place.exists():
        read(project)
        return place, False
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise TacendaError(
            "the key cannot be written",
            where=f"{place}: {error.strerror}",
            todo=f"let {ENVIRONMENT} name a file that you may write",
            undone="no warehouse was made",
        ) from None
    return place, True


def read(project: Project) -> bytes:
    """The key's 32 bytes; raises where it is missing, readable by others, or no key."""
    place = path(project)
    try:
        mode = place.stat().st_mode
        text = place.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise _unusable("the key is missing", place, "bring the key file back") from None
    except (OSError, UnicodeDecodeError):
        raise _unusable("the key cannot be read", place, "check its owner and content") from None
    if stat.S_IMODE(mode) & 0o077:
        raise _unusable("others may read the key", place, f"run `chmod 600 {place}`")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise _unusable("this is no key: 64 hexadecimal digits are expected", place, "name the key")
    return key


def _unusable(what: str, place: Path, todo: str) -> TacendaError:
    return TacendaError(
        what,
        where=str(place),
        todo=f"{todo}, or let {ENVIRONMENT} name the right file",
        undone="the warehouse was not opened",
    )
