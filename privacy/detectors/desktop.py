"""What desktops show: channels, repositories, hosts, shares, and customers and deals by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from itertools import pairwise

from privacy.detectors import names
from privacy.findings import Finding
from privacy.languages import COVERED, language_of

NAME = "desktop"

_CHANNEL = re.compile(r"(?<![\w&#/.])#[^\W\d_][\w-]*(?:\.[\w-]+)*")
_REMOTE = re.compile(
    r"(?<![\w.-])[\w.-]{1,64}@[\w.-]{1,253}:[\w./~-]+"
    r"|(?:github|gitlab|bitbucket|codeberg|dev\.azure)\.(?:com|org)[:/][\w./~-]+",
    re.IGNORECASE,
)
_REPOSITORY = re.compile(
    r"(?<![\w./\\@:-])[A-Za-z0-9][\w.-]{0,38}/[A-Za-z0-9][\w.]{0,60}(?:[-_.][\w.]{1,60}){1,8}"
    r"(?![\w/\\])"
)
_CLONED = re.compile(
    r"(?<!\w)(?:git\s+(?:clone|remote\s+add\s+\S+|submodule\s+add)|gh\s+repo\s+\w+|repo(?:sitory)?"
    r"(?:\s+is|:)?|fork\s+of|docker\s+(?:pull|push|run)|(?:npm|yarn|pnpm)\s+(?:i|add|install))\s+"
    r"(?:-\S+\s+){0,4}(?P<value>@?[\w.:-]+/[\w./:@-]+)",
    re.IGNORECASE,
)
_BRANCH = re.compile(
    r"(?<!\w)(?:git\s+(?:checkout|switch|branch|merge|rebase|push\s+\S+|pull\s+\S+)|branch(?:\s+is|:))"
    r"\s+(?:-\S+\s+){0,3}(?P<value>[\w./-]*[/-][\w./-]+)",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"(?<![\w.@-])(?:[\w-]{1,63}\.){1,6}"
    r"(?:local|localdomain|internal|intranet|intra|corp|lan|home|private|priv|ad|dc|svc|cluster)"
    r"(?![\w.]*\w@)(?::\d{1,5})?(?!\w)",
    re.IGNORECASE,
)
_NAMED_HOST = re.compile(
    r"(?<!\w)(?:host(?:\s?name)?|server|machine|rechner|hôte|serveur|servidor|machina|computer)"
    r"\s*(?:[:=]|\s(?:is|ist|est|es|è|é|called|named|heißt)\s)\s*(?P<value>[\w.-]*[\w])"
    r"|(?<!\w)(?:ping|traceroute|tracert|nslookup|dig|telnet|nc|mosh|rdp|mstsc\s+/v:?|ssh|sftp)\s+"
    r"(?:-\S+\s+){0,6}(?P<other>[\w.@-]+[.@-][\w.@:-]*\w)",
    re.IGNORECASE,
)
_SHARE = re.compile(r"(?<!\S)\\\\[^\\\s]+(?:\\[^\n\\\"<>|:*?]*)*|(?<!\w)smb:/\S+", re.IGNORECASE)
_V6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?![\w:])")
_V4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?::\d{1,5})?(?![\w]|\.\d)")
_V4_PART = re.compile(
    r"(?<![\w.])(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)"
    r"(?:\.(?:\d{1,3}|\*|x)){0,3}(?:/\d{1,2})?(?!\w)",
    re.IGNORECASE,
)
_NOWHERE = IPv6Address("::")
_MAC = re.compile(
    r"(?<![\w:.-])[0-9A-F]{2}(?P<gap>[:-])(?:[0-9A-F]{2}(?P=gap)){4}[0-9A-F]{2}(?![\w:-])"
    r"|(?<![\w:.])[0-9A-F]{4}\.[0-9A-F]{4}\.[0-9A-F]{4}(?![\w.])",
    re.IGNORECASE,
)

_CUE = (
    r"(?:customers?|clients?|prospect|vendor|supplier|deals?(?: with| for)?|contract (?:with|for)"
    r"|codename|code name|project|acquisition of|merger with|acquire|bid for"
    r"|kund(?:e|en|in)|mandant(?:in|en)?|auftraggeber|projekt|lieferant|vertrag mit|übernahme von"
    r"|clientes?|clienti|fournisseur|projet|contrat avec|proveedor|proyecto|contrato (?:con|com)"
    r"|cliente|progetto|fornitore|contratto con|klant|leverancier|contract met|fornecedor|projeto)"
)
_AFTER_CUE = re.compile(
    rf"(?<![^\W_]){_CUE}(?!\w)(?:\s+(?:named|called|namens|appelé|llamado|chiamato|genaamd|chamado)(?!\w))?"
    r"(?P<sign>\s*[:=])?\s*(?P<value>[\"'“„«]?[^\W\d_][\w&'’.-]*(?:[ ][\w&'’-]+){0,4})",
    re.IGNORECASE,
)
MAY_CUE = (
    "custom", "client", "klant", "kund", "mandant", "deal", "contra", "code", "proje", "acqui",
    "merger", "bid for", "prospect", "vendor", "suppl", "liefer", "lever", "forn", "fourn",
    "proveed", "proyec", "proget", "auftrag", "vertrag", "überna",
)  # fmt: skip
_UNSAID = 2  # words without a capital that are taken for a name after its cue
_SAID = 4
_KNOWN, _GRAMMAR = 2e-6, 8e-4  # frequency from which a word is one of the language, is grammar
_LEGAL_FORMS = (
    r"(?:(?i:inc|ltd|llc|llp|plc|gmbh|kg|ohg|ug|sarl|sas|s\.a\.|spa|s\.p\.a\.|srl|s\.r\.l\.|bv|b\.v\."
    r"|nv|n\.v\.|lda|ltda|s\.l\.|oy|aps|pty)|Corp|CORP|AG|SE|SA|AB|AS|SL)(?!\w)"
)
LEGAL_WORD = re.compile(rf"(?<!\w){_LEGAL_FORMS}")
_LEGAL_FORM = re.compile(rf"(?<![\w&'’-])(?:[^\W\d_][\w&'’-]*[ ,]{{1,2}}){{1,3}}?{_LEGAL_FORMS}")
_STOP_WORDS = """
a an and are as asked asks at be because been before but by can called called? could did do does
for from had has have he her his how i if in into is it its just may me meeting might must my need
needs new no not of on or our out over please said say says service she should so some that the
their them then they this to too told until up us very wants want was we were what when where which
who will with would you your about after again all also always any back both call calls care data
each every list manager management number numbers relationship relations review side status success
support team teams details feedback experience request requests requirements plan plans tomorrow
today monday tuesday wednesday thursday friday saturday sunday yesterday now later
accept accepts accepted agree agreed agrees also approve approved approves base buy buys calls came
change changed changes chose come comes complain complained complains complaint contact contacts
database days deadline decide decided decides did documentation does email emails expect expects
facing failed feels file files find finds folder found fully gave gets give gives goes got group
happy has having heard here home id issue issues know knows left lead leader leads liked likes list
lives look looks lost love loves made make makes manager managers mail members met moved name names
needed never number often only open order orders paid pay pays phase portal price problem problems
questions really received record records rejects reply report reports reported satisfaction saw
segment sent server setup showed side signed site software specific started starts started still
structure take takes talk that's there these they're think thinks those time times today's took
tried try trying type use used users uses using via visit waiting wait waits wanted was wasn't went
wrote works work working yet closed closes won
der die das den dem des ein eine einen einem und oder ist sind war hat haben wird werden will kann
nicht noch mit von zu für auf an aus bei bis nach über unter wir sie er es ich ihr
le la les un une des du de et ou est sont a ont qui que pour avec dans sur ne pas nous vous il elle
el los las una y o es son ha han que para con en no nos se su sus lo
il lo gli i uno e è sono ha hanno che per con non ci si
het een en of is zijn heeft hebben wil met van voor op niet we ze hij
os as um uma e ou é são tem têm quer com para em não nós
"""
_STOPS = frozenset(_STOP_WORDS.split())
_NO_SPACE = re.compile(r"\S+")
_EDGE = ".,'’-\"“”„«»"


def find(text: str) -> Iterator[Finding]:
    """The channels, repositories, hosts, network addresses, customers and deals in a text."""
    if "#" in text:
        yield from _each(_CHANNEL, text, "HANDLE", 0.6, "channel")
    if "/" in text or "@" in text or "git" in text.lower():
        yield from _each(_REMOTE, text, "URL", 0.8, "repository")
        yield from _each(_REPOSITORY, text, "HANDLE", 0.5, "repository")
        yield from _each(_CLONED, text, "HANDLE", 0.7, "repository")
        yield from _each(_BRANCH, text, "HANDLE", 0.5, "branch")
    if "." in text or ":" in text or "-" in text:
        yield from _addresses(text)
    yield from _each(_NAMED_HOST, text, "URL", 0.5, "host")
    if "\\\\" in text or "smb:" in text:
        yield from _each(_SHARE, text, "PATH", 0.8, "share")
    yield from _customers(text)


def _addresses(text: str) -> Iterator[Finding]:
    yield from _each(_HOST, text, "URL", 0.8, "host")
    for pattern in (_V4, _V4_PART, _MAC):
        yield from _each(pattern, text, "IP", 0.8, "address")
    for match in _V6.finditer(text) if text.count(":") > 1 else ():
        if _is_v6(match[0]):
            yield Finding(*match.span(), "IP", 0.8, f"{NAME}:address")


def _is_v6(address: str) -> bool:
    try:
        return ip_address(address) != _NOWHERE
    except ValueError:
        return False


def _each(
    pattern: re.Pattern[str], text: str, kind: str, score: float, what: str
) -> Iterator[Finding]:
    for match in pattern.finditer(text):
        group = next((name for name in ("value", "other") if match.groupdict().get(name)), 0)
        yield Finding(*match.span(group), kind, score, f"{NAME}:{what}")


def _customers(text: str) -> Iterator[Finding]:
    """The words after `customer`, `deal with`, `Kunde` and the like, up to one that names nobody.

    With a capital or after a colon four of them, else two: a name may be made of common words.
    """
    low = text.lower()
    if any(map(low.__contains__, MAY_CUE)):
        for match in _AFTER_CUE.finditer(text):
            size = _size(match["value"], _SAID if match["sign"] else _UNSAID)
            if size and (match["sign"] or not _is_said(text, match["value"][:size])):
                start = match.start("value")
                yield Finding(start, start + size, "ORG", 0.5, f"{NAME}:customer")
    if LEGAL_WORD.search(text):
        for match in _LEGAL_FORM.finditer(text):
            start = match.start() + _unnamed(match[0])
            yield Finding(start, match.end(), "ORG", 0.6, f"{NAME}:company")


def _is_said(text: str, value: str) -> bool:
    """Whether what follows a cue is one small word of a language other than English, or two of
    which one is grammar: it is a verb then (`il cliente abita in`). English has `_STOPS`.
    """
    language = language_of(text)
    if language in ("", "en") or language not in COVERED or not value.islower():
        return False
    found = [names.frequency(word.strip(_EDGE), language) for word in value.split()]
    return found[0] >= _KNOWN and all(frequency >= _GRAMMAR for frequency in found[1:])


def _unnamed(company: str) -> int:
    """How many characters of a company's name are words before it, up to its last but one."""
    words = list(_NO_SPACE.finditer(company))
    for word, following in pairwise(words):
        if word[0].lower() not in _STOPS or following is words[-1]:
            return word.start()
    return 0


def _size(following: str, most: int) -> int:
    """How many characters of what follows a cue are taken for a name."""
    size = words = 0
    for word in _NO_SPACE.finditer(following):
        bare = word[0].strip(_EDGE)
        capital = bare[:1].isupper()
        if bare.lower() in _STOPS or (words >= most and not capital):
            break
        size, words = word.end(), words + 1
        if word[0][-1] in ".,\"'”“»" and words:
            break
    return size
