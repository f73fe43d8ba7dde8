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
_RELATIVE_PATH = re.compile(
    r"(?<![\w./\\@:-])(?:\.{1,2}/)?[\w.@+-]+(?:/[\w.@+-]+){2,}/?"  # a/b/c
    r"|(?<![\w./\\@:-])\.{1,2}/[\w.@+-]+(?:/[\w.@+-]*)*"  # ./a
    r"|(?<![\w./\\@:-])[\w.@+-]+(?:\\[\w.@$+-]+)+"  # domain\user, a\b
)
_DIGIT = re.compile(r"\d")
_DOTTED = re.compile(r"\.[^\s.]")
_ALL_DIGITS = re.compile(r"[\d/.,+-]+")
_CHANGED_TO = re.compile(
    r"(?<!\S)(?:cd|pushd|chdir|mkdir|rmdir)\s+(?:-\S+\s+)*(?P<value>[^\s;&|]+)"
)
_LOGIN = re.compile(
    r"\b(?:(?:user(?:[ _-]?name|[ _]id)|login|log-in|nick(?:name)?|uid|benutzer(?:name|kennung)?"
    r"|anmeldename|usuario|utilisateur|nom d'utilisateur|identifiant|nombre de usuario"
    r"|nome utente|utente|gebruikers?(?:naam)?|inlognaam|nome de (?:usuário|utilizador)|usuário"
    r"|utilizador)\s*(?:[:=]\s*|\s(?:is|ist|lautet|est|es|è|é)\s+)"
    r"|(?:user|account(?:[ _](?:name|id))?|konto|compte|cuenta|conta)\s*[:=]\s*"
    r"|(?:logged|log|sign|signed) (?:in|on) as\s+|(?<!\S)(?:whois|finger|chown|useradd|adduser"
    r"|usermod|userdel|su -l|su -)\s+(?:-\S+\s+)*)"
    r"(?P<value>\S+)",
    re.I,
)
_NUMBERED = re.compile(
    r"\b(?:order|ticket|invoice|case|customer|client|account|reference|ref|policy|contract|booking"
    r"|reservation|tracking|claim|incident|issue|job|member(?:ship)?|employee|staff|patient|file"
    r"|purchase order|po|matter|serial|part|rma"
    r"|bestell(?:ung|nummer)|auftrag(?:snummer)?|rechnung(?:snummer)?|kunden(?:nummer|nr)"
    r"|vorgang(?:snummer)?|aktenzeichen|az|vertrag(?:snummer)?|personalnummer|police|fall"
    r"|commande|facture|dossier|billet|contrat|référence|réf|matricule|sinistre"
    r"|pedido|factura|expediente|caso|contrato|referencia|póliza"
    r"|ordine|fattura|pratica|contratto|riferimento|polizza"
    r"|bestelling|factuur|klantnummer|zaak|kenmerk|polis"
    r"|encomenda|fatura|processo|referência|apólice)"
    r"(?:\s*(?:number|no|nr|num|nummer|numéro|numero|número|n|id|code|#)(?!\w))?\.?\s*[°º:#.-]?\s*"
    r"(?:(?:is|ist|est|es|è|é)\s+)?"
    r"(?P<value>(?:[A-Za-z]{1,4}[ -]?)?\d[\w./-]*(?:\s[A-Z]{1,3}\s\d[\w./-]*)?)",
    re.I,
)
_CODE = re.compile(r"(?<![\w/-])[A-Za-z]{1,10}[-_#]\d{2,}[\w-]*|(?<![\w/-])#\d{3,}\b")
_TAGGED = re.compile(r"(?<![\w/-])[A-Za-z]{1,10}-\d{1,4}-\d+[\w-]*")
_MIXED = re.compile(r"(?<![\w-])(?=\w*\d)(?=\w*[A-Za-z])\w{6,}(?![\w-])")
_HOST_AT = re.compile(r"(?<!\S)[\w.-]+@[\w.-]+(?=[:\s$#%>]|$)")
_NO_LOGIN_WORDS = """
a an the not no in on for of to being wrong required my your our
"""
_NO_LOGIN = frozenset(_NO_LOGIN_WORDS.split())


_BY_SIGN: tuple[tuple[str, re.Pattern[str], str, float], ...] = (
    ("@", _EMAIL, "EMAIL", 0.9),
    ("@", _HOST_AT, "EMAIL", 0.5),
    ("@", _HANDLE, "HANDLE", 0.7),
    (":", _WINDOWS_PATH, "PATH", 0.8),
    ("\\", _UNC_PATH, "PATH", 0.8),
    ("/~", _HOME_PATH, "PATH", 0.6),
    ("/", _UNIX_PATH, "PATH", 0.8),
    ("", _TAGGED, "ID", 0.5),
    ("", _CODE, "ID", 0.5),
    ("", _MIXED, "ID", 0.4),
)
"""Patterns, each with the signs of which a text must hold one; none stands for a digit."""
MAY_LOG_IN = (
    "user", "log", "nick", "uid", "account", "benutz", "anmeld", "usu", "util", "ident", "utente",
    "gebruik", "konto", "compte", "cuenta", "conta", "sign", "whois", "finger", "chown", "su -",
)  # fmt: skip


def find(text: str) -> Iterator[Finding]:
    """The identifiers in a text."""
    digits = _DIGIT.search(text) is not None
    for signs, pattern, kind, score in _BY_SIGN:
        if any(map(text.__contains__, signs)) if signs else digits:
            for match in pattern.finditer(text):
                yield Finding(*match.span(), kind, score, NAME)
    if "://" in text or _DOTTED.search(text):
        for match in _URL.finditer(text):
            yield Finding(*match.span(), "URL", 0.8, NAME)
    low = text.lower()
    if "dot" in low and "at" in low:
        for match in _EMAIL_SAID.finditer(text):
            yield Finding(*match.span(), "EMAIL", 0.6, NAME)
    if "/" in text or "\\" in text:
        for match in _RELATIVE_PATH.finditer(text):
            if not _ALL_DIGITS.fullmatch(match[0]):
                yield Finding(*match.span(), "PATH", 0.5, NAME)
    yield from _called(text, low)


def _called(text: str, low: str) -> Iterator[Finding]:
    """What is called an order, a folder or a user by the word before it."""
    for pattern, kind, may in (
        (_NUMBERED, "ID", _DIGIT.search(text) is not None),
        (_CHANGED_TO, "PATH", "d" in low),
    ):
        for match in pattern.finditer(text) if may else ():
            yield Finding(*match.span("value"), kind, 0.6, NAME)
    if any(map(low.__contains__, MAY_LOG_IN)):
        for match in _LOGIN.finditer(text):
            if match["value"].strip(".,;!?").lower() not in _NO_LOGIN:
                yield Finding(*match.span("value"), "HANDLE", 0.6, NAME)
