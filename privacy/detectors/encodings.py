"""What encoded text stands for: base64, hex, URL, HTML and string escapes."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

Change = tuple[int, int, str]

_ESCAPED = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+"
    r"|&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8}\d{0,2});"
    r"|(?:\\u[0-9A-Fa-f]{4})+|(?:\\x[0-9A-Fa-f]{2})+|(?:=[0-9A-F]{2}){2,}"
)
_MAY_ESCAPE = re.compile(r"%[0-9A-Fa-f]|&[#A-Za-z]|\\[ux]|=[0-9A-F]{2}=")
_TOKEN = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{8,}={0,2}(?![A-Za-z0-9+/_=-])")
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:0x)?(?:[0-9A-Fa-f]{2}){4,}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[0-9A-Fa-f]{2}(?:[ :-][0-9A-Fa-f]{2}){3,}(?![0-9A-Za-z])"
)
_HEX_DIGITS = re.compile(r"[0-9A-Fa-f]{2}")
_HEX_LETTER = re.compile("[A-Fa-f]")  # without one it is a number
_LETTER = re.compile("[A-Za-z]")
_MIXED = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]|\d|=$")
_LEAST, _LONGEST = 4, 4_000


def escapes(text: str) -> list[Change]:
    """Escaped characters and what they are; a run of them is read as one."""
    if not _MAY_ESCAPE.search(text):
        return []
    changes = []
    for match in _ESCAPED.finditer(text):
        plain = _unescaped(match[0])
        if plain and plain != match[0]:
            changes.append((match.start(), match.end(), plain))
    return changes


def _unescaped(escaped: str) -> str:
    if escaped[0] == "&":
        return html.unescape(escaped)
    if escaped[0] == "%":
        return unquote_to_bytes(escaped).decode("utf-8", "replace")
    if escaped[:2] == "\\u":
        units = binascii.unhexlify(escaped.replace("\\u", ""))
        return units.decode("utf-16-be", "replace")
    return binascii.unhexlify(re.sub(r"\\x|=", "", escaped)).decode("utf-8", "replace")


def decoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Tokens that are printable text in base64 or hex: `(start, end, that text)`."""
    for match in _TOKEN.finditer(text):
        if (
            _LETTER.search(match[0])
            and _MIXED.search(match[0])
            and (plain := _printable(_from_base64(match[0])))
        ):
            yield match.start(), match.end(), plain
    for match in _HEX.finditer(text):
        if not _HEX_LETTER.search(match[0]):
            continue
        raw = bytes.fromhex("".join(_HEX_DIGITS.findall(match[0].removeprefix("0x"))))
        if plain := _printable(raw):
            yield match.start(), match.end(), plain


def _from_base64(token: str) -> bytes:
    """The bytes of a token in either alphabet, with or without its padding."""
    bare = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return b""


def _printable(raw: bytes) -> str:
    """Bytes as text, where that is what they are; else nothing."""
    if not _LEAST <= len(raw) <= _LONGEST:
        return ""
    for encoding in ("utf-8", "utf-16-le"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_text(text):
            return text
    return ""


def _is_text(text: str) -> bool:
    """Mostly letters, digits and spaces of one keyboard, and nothing that prints as nothing."""
    if not all(character.isprintable() or character in "\n\t\r" for character in text):
        return False
    plain = sum(c < "\u0250" and (c.isalnum() or c in " .@-_\n") for c in text)
    return plain >= 0.75 * len(text)
