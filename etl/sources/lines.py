"""The slow, exact road through a damaged file: its lines with their numbers, block by block."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

import pyarrow as pa

from etl.sources.contract import MAX_LINE

BLOCK = 4 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


class Line(NamedTuple):
    """One line: its number from 1, its length in bytes, and its text or why it has none."""

    number: int
    size: int
    text: str | None
    fault: str | None


@contextmanager
def stream(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, decompressed by its name's ending."""
    if path.suffix == ".gz":
        with gzip.open(path, "rb") as file:
            yield cast(IO[bytes], file)
    elif path.suffix == ".zst":
        with pa.input_stream(str(path), compression="zstd") as file:
            yield file
    else:
        with path.open("rb") as file:
            yield file


def read(path: Path) -> Iterator[list[Line]]:
    """The lines that are not blank, in blocks; a line over the limit has its length alone.

    Memory is bounded by the block and by one line. Raises `OSError` or `EOFError` where the
    file ends too early or cannot be read.
    """
    with stream(path) as file:
        number, pending, size = 0, bytearray(), 0
        while block := file.read(BLOCK):
            pieces = block.split(b"\n")
            lines = []
            for piece in pieces[:-1]:
                number += 1
                lines.append(_line(number, pending, size, piece))
                pending, size = bytearray(), 0
            size += len(pieces[-1])
            if size <= MAX_LINE:
                pending += pieces[-1]
            else:
                pending = bytearray()
            yield [line for line in lines if line is not None]
        last = _line(number + 1, pending, size, b"")
        if last is not None:
            yield [last]


def _line(number: int, pending: bytearray, size: int, piece: bytes) -> Line | None:
    size += len(piece)
    if size > MAX_LINE:
        return Line(number, size, None, "longer than 16 MB")
    data = (bytes(pending) + piece).removeprefix(_BOM if number == 1 else b"").strip(_BLANK)
    if not data:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Line(number, size, None, "not UTF-8")
    return Line(number, size, text, None)
