"""Every byte of an encrypted DuckDB file, decrypted without DuckDB.

How such a file lies on the disk, as DuckDB 1.5 writes it (checked against its tag v1.5.5):

- At 0, 4,096 bytes in plain: from 8 the magic `DUCK`, from 20 the flags (bit 0: encrypted), from
  116 key derivation, additional data, cipher and format, from 124 the salt, and from 140 a known
  word that was encrypted, with its nonce and tag, by which a wrong key is told at once.
- At 4,096 and 8,192 a database header each, encrypted: the newer one counts.
- From 12,288 the blocks, 262,144 bytes each unless the headers say otherwise.
- Headers and blocks alike: nonce (12), tag (16), four bytes of nothing, then what is encrypted.
- The log beside it: a header in plain, then entries, each with its length in plain, nonce, what
  is encrypted, tag.

The key is the SHA-256 of the salt and of what the user gave, read as Base64 where it reads so: 64
hexadecimal digits do. Nothing ties a block to its place: blocks that changed places go unseen.
"""

from __future__ import annotations

import binascii
import hashlib
import struct
from base64 import b64decode
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_HEADER = 4096
_START = 3 * _HEADER
_PLAIN = 1024 * 1024
_NONCE, _TAG, _SECRET = 12, 16, 32
_SHA256, _GCM, _FORMAT = 1, 1, 1
_WORD = b"DUCKKEY\0"
_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")
_ENCRYPTED_LOG = 3


def decrypted(path: Path, key: str) -> bytes:
    """Every block of an encrypted DuckDB file, decrypted: live, free, what is left in them.

    As long as the file, each byte in its place: the main header, nonces and tags are given as they
    lie. A file that is not encrypted is given as it is. Raises `ValueError` for a wrong key, a
    damaged block, or what is no DuckDB file.
    """
    return b"".join(pieces(path, key))


def pieces(path: Path, key: str) -> Iterator[bytes]:
    """The same one after the other: main header, the two headers, each block."""
    with path.open("rb") as file:
        first = file.read(_START)
        if not _encrypted(first, path.name):
            yield first
            while block := file.read(_PLAIN):
                yield block
            return
        cipher = _cipher(first, key, path.name)
        headers = [
            _opened(cipher, first[at : at + _HEADER], f"header {at // _HEADER} of {path.name}")
            for at in (_HEADER, 2 * _HEADER)
        ]
        yield from (first[:_HEADER], *headers)
        size = _block_size(headers)
        for number in count():
            block = file.read(size)
            if not block:
                return
            yield _opened(cipher, block, f"block {number} of {path.name}")


def decrypted_wal(path: Path, key: str) -> bytes:
    """What the logs beside a DuckDB file hold, decrypted; nothing where there are none."""
    logs = [path.with_name(path.name + ending) for ending in _LOGS]
    logs = [log for log in logs if log.exists() and log.stat().st_size]
    if not logs:
        return b""
    with path.open("rb") as file:
        first = file.read(_START)
    if not _encrypted(first, path.name):
        return b"".join(log.read_bytes() for log in logs)
    cipher = _cipher(first, key, path.name)
    return b"".join(part for log in logs for part in _entries(log.read_bytes(), cipher, log.name))


def _encrypted(raw: bytes, name: str) -> bool:
    """Whether a DuckDB file says of itself that it is encrypted."""
    if len(raw) < _START or raw[8:12] != b"DUCK":
        raise ValueError(f"{name} is not a DuckDB file")
    return bool(raw[20] & 1)


def _cipher(raw: bytes, key: str, name: str) -> AESGCM:
    """The cipher of a file, from the key it was made with."""
    derivation, additional, cipher, form = raw[116:120]
    if (derivation, additional, cipher, form) != (_SHA256, 0, _GCM, _FORMAT):
        raise ValueError(f"{name} is encrypted in a way that is not known here")
    found = AESGCM(hashlib.sha256(raw[124:140] + _given(key)).digest())
    word, nonce, tag = raw[140:148], raw[148:160], raw[160:176]
    try:
        right = found.decrypt(nonce, word + tag, None) == _WORD
    except InvalidTag:
        right = False
    if not right:
        raise ValueError(f"the key does not open {name}")
    return found


def _given(key: str) -> bytes:
    """The user's key as DuckDB reads it: Base64 if it can be, its own characters otherwise."""
    try:
        return b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return key.encode()


def _opened(cipher: AESGCM, block: bytes, name: str) -> bytes:
    """One block with its secret part decrypted; zeroes alone were never written, and stay."""
    if not any(block):
        return block
    nonce, tag = block[:_NONCE], block[_NONCE : _NONCE + _TAG]
    try:
        return block[:_SECRET] + cipher.decrypt(nonce, block[_SECRET:] + tag, None)
    except (InvalidTag, ValueError):
        raise ValueError(f"{name} is damaged, or not of this key") from None


def _block_size(headers: list[bytes]) -> int:
    """The size of a block, from the newer of the two headers."""
    fields = [struct.unpack_from("<5Q", header, _SECRET + 8) for header in headers]
    size: int = max(fields)[4]
    if size < _HEADER or size & (size - 1):
        raise ValueError(f"blocks of {size} bytes are not known here")
    return size


def _entries(log: bytes, cipher: AESGCM, name: str) -> Iterator[bytes]:
    """A log's header, then its entries, decrypted one by one."""
    at = _log_header(log, name)
    yield log[:at]
    number = 0
    while at < len(log):
        start = at + 8 + _NONCE
        length = int.from_bytes(log[at : at + 8], "little")
        end = start + 8 + length + _TAG
        if end > len(log):
            raise ValueError(f"entry {number} of {name} is cut short")
        try:
            yield cipher.decrypt(log[at + 8 : start], log[start:end], None)
        except InvalidTag:
            raise ValueError(f"entry {number} of {name} is damaged, or not of this key") from None
        at, number = end, number + 1


def _log_header(log: bytes, name: str) -> int:
    """Where a log's header ends: fields 100 to 103, all numbers but 102, a list, then the end."""
    at, seen = 0, {}
    try:
        while (field := struct.unpack_from("<H", log, at)[0]) != 0xFFFF:
            seen[field], at = _number(log, at + 2)
            for _ in range(seen[field] if field == 102 else 0):
                _, at = _number(log, at)
    except (struct.error, IndexError):
        raise ValueError(f"{name} has no header") from None
    if seen.get(101) != _ENCRYPTED_LOG:
        raise ValueError(f"{name} is not an encrypted log")
    return at + 2


def _number(raw: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        value |= (raw[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not raw[at - 1] & 0x80:
            return value, at
