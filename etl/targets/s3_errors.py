"""What S3 and the way there can refuse, in plain words without addresses or credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from etl.errors import TacendaError

CONFLICT = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchUpload", "404"})
DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "AccountProblem", "403"})
UNABLE = frozenset({"NotImplemented", "MethodNotAllowed", "501", "405"})

_AGAIN = "run this again; what was sent whole is not sent twice"
_SAID: tuple[tuple[frozenset[str], str, str], ...] = (
    (
        DENIED,
        "access was denied",
        "allow these credentials to list, read, write and delete there, then run this again",
    ),
    (
        frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken",
                   "TokenRefreshRequired", "InvalidSecurity", "RequestTimeTooSkewed",
                   "UnauthorizedSSOTokenError", "SSOTokenLoadError"}),
        "the credentials were not accepted",
        "renew them where AWS tools find them (environment, profile), and look at the clock",
    ),
    (
        frozenset({"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound",
                   "CredentialRetrievalError", "TokenRetrievalError", "ConfigParseError",
                   "ConfigNotFound", "InvalidConfigError"}),
        "no credentials were found",
        "put them where AWS tools find them: the environment, or a profile named in AWS_PROFILE",
    ),
    (
        frozenset({"NoSuchBucket", "InvalidBucketName"}),
        "there is no such bucket",
        "make it, or name another",
    ),
    (
        frozenset({"PermanentRedirect", "TemporaryRedirect", "Redirect", "301", "307",
                   "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
                   "NoRegionError", "InvalidRegionError"}),
        "the bucket lies in another region",
        "name its region in AWS_DEFAULT_REGION or in the profile",
    ),
    (
        frozenset({"InsufficientStorage", "QuotaExceeded", "BucketQuotaExceeded", "507",
                   "EntityTooLarge", "XMinioStorageFull", "StorageFull"}),
        "there is no room left",
        "make room there or raise the quota, then " + _AGAIN,
    ),
    (
        CONFLICT | {"NoSuchUpload"},
        "another publication came first",
        "look at what is there now, then publish again",
    ),
    (
        frozenset({"BadDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"}),
        "what arrived there is not what was to be sent",
        "run `tacenda verify`, then publish again",
    ),
    (UNABLE, "the server cannot do what is needed", "use one that answers conditional writes"),
    (
        frozenset({"SlowDown", "ServiceUnavailable", "InternalError", "OperationAborted",
                   "RequestTimeout", "500", "502", "503", "504"}),
        "the server is at fault or has too much to do",
        "wait, then " + _AGAIN,
    ),
    (
        frozenset({"HTTPClientError", "ConnectionError", "TimeoutError", "FSTimeoutError",
                   "ConnectionClosedError", "ClientConnectionError", "ClientPayloadError",
                   "ResponseStreamingError", "IncompleteReadError", "ResponseParserError"}),
        "the server could not be reached, or did not answer in time",
        "look at the network and at AWS_ENDPOINT_URL, then " + _AGAIN,
    ),
)  # fmt: skip


def code(error: BaseException) -> str:
    """What the server called its refusal; "" where the error did not come from a server."""
    answer = _answer(error)
    named = str(answer.get("Error", {}).get("Code", ""))
    return named or str(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))


def _answer(error: BaseException) -> dict[str, Any]:
    for one in (error, error.__cause__):
        answer = getattr(one, "response", None)
        if isinstance(answer, dict):
            return answer
    return {}


@contextmanager
def spoken(where: str, undone: str) -> Iterator[None]:
    """Turns whatever the client raises within into a `TacendaError` that quotes none of it."""
    try:
        yield
    except TacendaError:
        raise
    except Exception as error:
        said = _plain(error, where, undone)
        if said is None:
            raise
        raise said from None


def _plain(error: Exception, where: str, undone: str) -> TacendaError | None:
    known, kinds = code(error), {kind.__name__ for kind in type(error).__mro__}
    status = str(_answer(error).get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    for names in ({known}, {status}, set() if known else kinds):
        for wanted, what, todo in _SAID:
            if names & wanted:
                return TacendaError(what, where=where, todo=todo, undone=undone)
    if known:
        name = known if re.fullmatch(r"[A-Za-z0-9.]{1,60}", known) else "no reason"
        return TacendaError(f"the server refused: {name}", where=where, undone=undone)
    if isinstance(error, OSError) and isinstance(error.filename, str):
        what = f"a file could not be read: {error.strerror}"
        return TacendaError(what, where=error.filename, undone=undone)
    if {"BotoCoreError", "OSError", "ValueError"} & kinds:
        todo = "look at AWS_ENDPOINT_URL and at the profile in use, then run this again"
        what = f"S3 could not be used ({type(error).__name__})"
        return TacendaError(what, where=where, todo=todo, undone=undone)
    return None
