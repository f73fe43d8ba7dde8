"""Keys, tokens and passwords: by their prefix, by the words before them, by their entropy."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from privacy.findings import Finding

NAME = "secrets"

_PRIVATE_KEY = re.compile(
    r"-{4,5} ?BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)? ?-{0,5}"
    r"(?:.{0,20000}?-{4,5} ?END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)? ?-{0,5}|.*)",
    re.DOTALL,
)

_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"  # GitHub
    r"|glpat-[\w-]{16,}"  # GitLab
    r"|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}"  # Slack
    r"|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"  # AWS
    r"|AIza[\w-]{30,}|ya29\.[\w-]{20,}"  # Google
    r"|(?:sk|pk|rk)[-_](?:[A-Za-z]+[-_])*[A-Za-z0-9_-]{16,}"  # Stripe, OpenAI, Anthropic
    r"|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{20,}|pypi-[\w-]{16,}|dop_v1_[a-f0-9]{20,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|shpat_[a-fA-F0-9]{20,}|lin_api_\w{20,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"  # JSON Web Token
    r"|\$2[abxy]\$\d\d\$[./A-Za-z0-9]{20,}|\$argon2\w*\$\S{16,}"  # password hashes
    r")"
)

_URL_LOGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@]{1,256}@\S+")
_BEARER = re.compile(r"\b(?:bearer|basic)\s+([\w.~+/-]{12,}=*)", re.IGNORECASE)

_WORD_FOR_IT = (
    r"(?:pass(?:word|wd|code|phrase|wort)?|pwd|pin(?: code)?|kennwort|contraseña|clave"
    r"|mot de passe|senha|wachtwoord|hasło|secret(?:[ _-]?key)?|(?:api|access|private|auth)"
    r"[ _-]?(?:key|token)|token|credentials?|otp|2fa code|security code|cvv|cvc)"
)
_SAID = re.compile(
    rf"(?<![^\W_]){_WORD_FOR_IT}(?:\s+(?:for|to|of)(?:\s+[\w'-]+){{1,4}}?)?"
    r"""["']?\s*(?:(?:[:=]|=>|:=|->)\s*|\s(?:(?:is|was|are|ist|es|est|è|é|jest)(?:\s+now)?"""
    r"""|(?:(?:is|was|has been)\s+)?(?:changed|set|reset)\s+to)(?:\s*:)?\s+)"""
    r"""(?P<value>"[^"\n]{1,200}"|'[^'\n]{1,200}'|\S+)""",
    re.IGNORECASE,
)
_FLAG = re.compile(r"(?<!\S)--?(?:password|passwd|pwd|token|secret|api-key)[= ]\s*(\S+)")

_CANDIDATE = re.compile(r"(?<![A-Za-z0-9+_-])[A-Za-z0-9+/_=-]{16,}(?![A-Za-z0-9+_-])")
_HEX = re.compile(r"[0-9a-fA-F-]+")
_MIN_BITS, _MIN_HEX_BITS = 3.5, 3.0  # per character; English words in camel case lie below

_NO_VALUE_WORDS = """
a an the not no wrong right required incorrect invalid correct expired weak strong too very
needed being been going reset changed sent to used in on for of my your our their his her its it
this that what good bad fine safe same different empty missing still now also always never only
just there here ok okay working stored saved important common
"""
_NO_VALUE = frozenset(_NO_VALUE_WORDS.split())


def find(text: str) -> Iterator[Finding]:
    """The secrets in a text."""
    for match in _PRIVATE_KEY.finditer(text):
        yield Finding(*match.span(), "PRIVATE_KEY", 1.0, NAME)
    for pattern, group, score in (
        (_PREFIXED, 0, 0.95),
        (_URL_LOGIN, 0, 0.9),
        (_BEARER, 1, 0.8),
        (_FLAG, 1, 0.9),
    ):
        for match in pattern.finditer(text):
            yield Finding(*match.span(group), "SECRET", score, NAME)
    yield from _said(text)
    for match in _CANDIDATE.finditer(text):
        if _is_random(match[0]):
            yield Finding(*match.span(), "SECRET", 0.7, NAME)


def _said(text: str) -> Iterator[Finding]:
    """What is called a password: `password is hunter2`, `PIN: 1234`, `api_key="…"`."""
    for match in _SAID.finditer(text):
        value = match["value"].strip("\"'.,;!?()").lower()
        if value and value not in _NO_VALUE:
            yield Finding(*match.span("value"), "PASSWORD", 0.8, NAME)


def _is_random(token: str) -> bool:
    """Letters and digits mixed, with the entropy per character of a key."""
    letters = sum(character.isalpha() for character in token)
    digits = sum(character.isdigit() for character in token)
    if not digits or not letters:
        return False
    least = _MIN_HEX_BITS if _HEX.fullmatch(token) else _MIN_BITS
    return entropy(token) >= least


def entropy(token: str) -> float:
    """Shannon's entropy of a token's characters, in bits per character; 0 for no characters."""
    size = len(token)
    return -sum(n / size * math.log2(n / size) for n in Counter(token).values())
