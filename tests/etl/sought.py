"""Looks for canaries in a whole release: each file's name, bytes and values, in any encoding."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from tests.etl.planted import Canary, forms
from tests.etl.remains import packed, spelled
from tests.etl.ways import plain

_SEPARATORS = re.compile(r"[\W_]+")


def found(folder: Path, canaries: Sequence[Canary]) -> list[tuple[str, Canary]]:
    """Each file of a release in which a part of a canary stands, and the canary."""
    free, strict = _patterns(canaries)
    hits: set[tuple[str, Canary]] = set()
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        for text in _texts(path):
            for form in _within(text.lower(), free):
                hits |= {(name, one) for one in free[form]}
            for form in _within(text, strict):
                hits |= {(name, one) for one in strict[form]}
    return sorted(hits, key=lambda hit: (hit[0], hit[1].kind, hit[1].text))


def values(path: Path) -> Iterator[str]:
    """Every text of a Parquet file: values of columns, parts of structures and of lists."""
    for column in pl.read_parquet(path).get_columns():
        while isinstance(column.dtype, pl.List):
            column = column.explode()
        if isinstance(column.dtype, pl.Struct):
            yield from (str(value) for value in column.to_list())
        else:
            yield from column.cast(pl.String).drop_nulls()


def _texts(path: Path) -> Iterator[str]:
    """What stands in a file: as bytes, as values, and those bare of accents and separators."""
    yield str(path)
    if path.is_file():
        raw = path.read_bytes()
        yield raw.decode("latin-1")
        lines = list(values(path)) if path.suffix == ".parquet" else _lines(raw)
        yield "\n".join(lines)
        bare = [plain(line) for line in lines]
        yield "\n".join(bare)
        yield "\n".join(_SEPARATORS.sub("", line) for line in bare)


def _lines(raw: bytes) -> list[str]:
    return raw.decode("utf-8", "replace").splitlines()


Patterns = dict[str, set[Canary]]


def _patterns(canaries: Iterable[Canary]) -> tuple[Patterns, Patterns]:
    """What to look for whatever its case, and what exactly so."""
    free: Patterns = defaultdict(set)
    strict: Patterns = defaultdict(set)
    for one in canaries:
        for form in {*forms(one), *map(_bare, forms(one))}:
            big = form.encode("utf-16-be").lower()
            for way in {*spelled(form), big, form.lower().encode()}:
                free[way.decode("latin-1")].add(one)
            free[form.lower()].add(one)
            for way in packed(form):
                strict[way.decode()].add(one)
    return dict(free), dict(strict)


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", plain(text))


def _within(text: str, patterns: Patterns) -> set[str]:
    """Which of the patterns stand in a text."""
    hits = pl.Series([text]).str.extract_many(sorted(patterns), overlapping=True)
    return set(hits.explode().drop_nulls())
