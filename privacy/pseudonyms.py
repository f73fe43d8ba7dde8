"""Keyed names: what stands for a person where the person must not stand."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata


def normal_id(text: str) -> str:
    """The form in which ids of people are compared: trimmed, Unicode NFC, case folded."""
    folded = unicodedata.normalize("NFC", text.strip()).casefold()
    return unicodedata.normalize("NFC", folded)


def derive(key: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, by HMAC-SHA-256 of its name."""
    return hmac.new(key, purpose.encode(), hashlib.sha256).digest()
