"""What names a person, a machine or a case in writing: addresses of mail, paths, handles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy.findings import Finding

NAME = "identifiers"

_EMAIL = re.compile(r"[^\s@<>()\[\]{},;:\"|]+@[^\s@<>()\[\]{},;:\"|]+\.[^\W_]{2,}(?:[\w.-]*\w)?")
_EMAIL_SAID = re.compile(
    r"\b[\w.+-]+\s*(?:\(at\)|\[at\]| at )\s*[\w-]+(?:\s*(?:\(dot\)|\[dot\]| dot )\s*\w+)+", re.I
)
_HANDLE = re.compile(r"(?<![\w@.])@[^\W_][\w.-]*")
_URL = re.compile(
    r"\b(?:https?|ftp|sftp|ssh|file|smb|ldaps?|wss?|s3|gs|git|jdbc:\w+|postgres(?:ql)?|mysql"
    r"|mongodb(?:\+srv)?|redis|amqps?)://\S+"
    r"|\bwww\.[^\s.]+\.\S+"
    r"|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}\.(?:com|org|net|edu|gov|mil|info|biz|dev|app"
    r"|cloud|local|lan|internal|corp|intranet|co\.uk)\b(?:[:/]\S*)?",
    re.I,
)
_WINDOWS_PATH = re.compile(r"(?<!\w)[A-Za-z]:[\\/][^\s:*?\"<>|]*(?: [^\s:*?\"<>|\\/]+[\\/]\S*)*")
_UNC_PATH = re.compile(r"(?<!\S)\\\\[\w.$-]+\\\S+")
_HOME_PATH = re.compile(r"(?<![\w.])(?:~[\w.-]*|/(?:[\w.@+~-]+/)*[\w.@+~-]+)/\S*|(?<!\S)~[a-z]\w*")
_UNIX_PATH = re.compile(
    r"(?<![\w./])/(?:home|users|user|root|var|etc|usr|opt|mnt|media|tmp|srv|volumes)(?:/\S*)?", re.I
)
_LOGIN = re.compile(
    r"\b(?:(?:user(?:[ _]?name|[ _]id)|login|log-in|nick(?:name)?|uid|benutzername|usuario)"
    r"\s*(?:[:=]\s*|\s(?:is|ist|es)\s+)|(?:user|account(?:[ _](?:name|id))?)\s*[:=]\s*)"
    r"(?P<value>\S+)",
    re.I,
)
_CODE = re.compile(r"(?<![\w/-])[A-Za-z]{1,10}[-_#]\d{2,}[\w-]*|(?<![\w/-])#\d{3,}\b")
_MIXED = re.compile(r"(?<![\w-])(?=\w*\d)(?=\w*[A-Za-z])\w{6,}(?![\w-])")
_HOST_AT = re.compile(r"(?<!\S)[\w.-]+@[\w.-]+(?=[:\s$#%>]|$)")
_NO_LOGIN_WORDS = """
a an the not no in on for of to being wrong required my your our
"""
_NO_LOGIN = frozenset(_NO_LOGIN_WORDS.split())


def find(text: str) -> Iterator[Finding]:
    """The identifiers in a text."""
    for pattern, kind, score in (
        (_EMAIL, "EMAIL", 0.9),
        (_EMAIL_SAID, "EMAIL", 0.6),
        (_HOST_AT, "EMAIL", 0.5),
        (_HANDLE, "HANDLE", 0.7),
        (_URL, "URL", 0.8),
        (_WINDOWS_PATH, "PATH", 0.8),
        (_UNC_PATH, "PATH", 0.8),
        (_HOME_PATH, "PATH", 0.6),
        (_UNIX_PATH, "PATH", 0.8),
        (_CODE, "ID", 0.5),
        (_MIXED, "ID", 0.4),
    ):
        for match in pattern.finditer(text):
            yield Finding(*match.span(), kind, score, NAME)
    for match in _LOGIN.finditer(text):
        if match["value"].strip(".,;!?").lower() not in _NO_LOGIN:
            yield Finding(*match.span("value"), "HANDLE", 0.6, NAME)
