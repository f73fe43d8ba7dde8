"""What the Hub's client raises, in plain words: its own quote addresses that are signed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from etl.errors import TacendaError

_FULL = ("storage limit", "storage quota", "quota", "exceed", "payment", "billing", "out of space")
_AGAIN = "run this again; what was sent is kept there and is not sent twice"
_ROOM = "make room there or name another place, then run this again"
_SAID: dict[int, tuple[str, str]] = {
    401: (
        "the Hub does not know the token, or none was found",
        "set HF_TOKEN to a token that may write there, or run `hf auth login`",
    ),
    402: ("the Hub has no more room for this account", _ROOM),
    403: (
        "the token may not do this there",
        "use a token that may write to this dataset, or ask its owner",
    ),
    404: (
        "the Hub says that it is not there, or not for this token",
        "look at the name and at what the token may do, then run this again",
    ),
    409: (
        "the Hub says that something of this name is there already",
        "look at the dataset on the Hub; choose another name where it is not yours",
    ),
    412: (
        "someone else changed the dataset meanwhile",
        "look at what they changed on the Hub, then run this again",
    ),
    413: ("the Hub takes nothing so large, or has no more room for this account", _ROOM),
    429: ("the Hub has had too many requests", f"wait some minutes, then {_AGAIN}"),
    507: ("the Hub has no more room for this account", _ROOM),
}


@contextmanager
def told(where: str, undone: str, unsure: str = "") -> Iterator[None]:
    """Turns whatever the client raises inside into a `TacendaError` about `where`.

    `undone` is what was not done. `unsure` stands instead of it, where given, for an answer that
    never came or says that the Hub itself failed: then nobody knows what was done.
    """
    try:
        yield
    except TacendaError:
        raise
    except Exception as error:
        what, todo, answered = _words(error)
        raise TacendaError(
            what, where=where, todo=todo, undone=undone if answered or not unsure else unsure
        ) from None


def missing(error: BaseException) -> bool:
    """Whether the Hub said that there is no such dataset (and not that the token is wrong)."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    return _status(error) == 404 and headers.get("X-Error-Code") == "RepoNotFound"


def _words(error: BaseException) -> tuple[str, str, bool]:
    """What to say, what to do, and whether the Hub did answer that it will not."""
    causes, text = list(_chain(error)), str(error).lower()
    if "metadata in readme.md" in text:
        return "the Hub does not take the header of README.md", "mend the dataset's card", True
    for cause in causes:
        code = _status(cause)
        if code is not None:
            said = str(getattr(cause, "server_message", None) or "").lower()
            return (*_of_status(code, said), code < 500)
    for cause in causes:
        name = type(cause).__name__
        if "Timeout" in name:
            return "the Hub did not answer in time", _AGAIN, False
        if _lost(cause):
            return "the Hub cannot be reached, or the connection was lost", _AGAIN, False
        if isinstance(cause, OSError) and cause.strerror and cause.filename:
            return f"{cause.strerror}: {cause.filename}", "mend that, then run this again", True
    if any(word in text for word in _FULL):
        return (*_SAID[507], True)
    return f"the Hub's client gave up ({type(error).__name__})", _AGAIN, False


def _of_status(code: int, text: str) -> tuple[str, str]:
    if code == 403 and any(word in text for word in _FULL):
        code = 507
    if code in _SAID:
        what, todo = _SAID[code]
    elif code >= 500:
        what, todo = "the Hub itself failed", f"wait a little, then {_AGAIN}"
    else:
        what, todo = "the Hub refused", "look at the dataset on the Hub, then run this again"
    return f"{what}; it answered {code}", todo


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it was raised from: uploads in threads hide the first cause."""
    while error is not None:
        yield error
        error = error.__cause__


def _status(error: BaseException) -> int | None:
    code = getattr(getattr(error, "response", None), "status_code", None)
    return code if isinstance(code, int) else None


def _lost(error: BaseException) -> bool:
    # Where one upload finds no Hub, the client closes the connection that the others use, too.
    if isinstance(error, RuntimeError) and "client has been closed" in str(error):
        return True
    transport: Any = import_module("httpx2").TransportError
    return isinstance(error, transport | ConnectionError)
