"""Gates on what the rows hold: columns, values, tokens, ids, people."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

import polars as pl

from privacy import multilingual
from privacy.gates import Violation

SHORT = 5  # ids of fewer characters are looked for as whole values only


def columns(where: str, found: Mapping[str, str], declared: Mapping[str, str]) -> list[Violation]:
    """Nothing but the declared columns leaves, each of its declared type."""
    out = [Violation(where, 1, f"undeclared column {n!r}") for n in found if n not in declared]
    out += [Violation(where, 1, f"column {n!r} is missing") for n in declared if n not in found]
    both = [name for name in found if name in declared and found[name] != declared[name]]
    return out + [Violation(where, 1, f"column {n!r} has another type") for n in both]


def within(where: str, values: pl.Series, top: int) -> list[Violation]:
    """Numbers and class labels lie between 0 and `top`; a null is none of them."""
    wrong = values.is_not_null() & ~values.is_between(0, top).fill_null(False)
    n = int(wrong.sum())
    return [Violation(where, n, f"values outside 0 to {top}")] if n else []


def lengths(where: str, values: pl.Series, most: int) -> list[Violation]:
    """No list holds more than `most` points or actions, and none is missing."""
    n = int((values.list.len().fill_null(most + 1) > most).sum())
    return [Violation(where, n, f"lists of more than {most}")] if n else []


def tokens(
    where: str, texts: pl.Series, codes: pl.Series, lists: Mapping[str, frozenset[str]]
) -> list[Violation]:
    """Every word is on its language's list; everything else is a placeholder or punctuation."""
    missing = texts.null_count()
    n, rows = multilingual.violations_each(texts.fill_null(""), codes, lists)
    out = [Violation(where, missing, "texts are missing")] if missing else []
    places = ", ".join(str(row) for row in rows)
    return [*out, Violation(where, n, f"tokens not allowed, in rows {places}")] if n else out


def people(where: str, n: int, k: int) -> list[Violation]:
    """At least k people stand behind every shard, split and dataset."""
    return [Violation(where, n, f"people are fewer than {k}")] if n < k else []


def id_forms(ids: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """What to look for: forms of long ids anywhere, and short ids as whole values; all folded.

    Forms: as it is, NFKC, reversed, hex, base64 (both alphabets, no padding), base32, URL
    encoding, and MD5, SHA-1 and SHA-256 in hex, each of the id as captured and case folded.
    """
    anywhere: set[str] = set()
    whole: set[str] = set()
    for one in ids:
        for text in {one, one.strip(), one.casefold(), one.upper()}:
            if len(one.strip()) < SHORT:
                whole.add(_folded(text))
            else:
                anywhere.update(_folded(form) for form in _encodings(text))
    return frozenset(form for form in anywhere if form), frozenset(form for form in whole if form)


def _encodings(text: str) -> Iterable[str]:
    data = text.encode()
    yield text
    yield unicodedata.normalize("NFKC", text)
    yield text[::-1]
    yield quote(text, safe="")
    yield data.hex()
    yield base64.b32encode(data).decode().rstrip("=")
    for cut in range(3):  # base64 of an id within a longer text begins at one of three places
        lead = base64.b64encode(b"\0" * cut + data).decode().rstrip("=")
        inner = lead[(0, 2, 3)[cut] : len(lead) - 1]
        yield inner
        yield inner.replace("+", "-").replace("/", "_")
    for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        yield digest(data).hexdigest()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def ids(
    where: str, values: Sequence[str] | pl.Series, anywhere: frozenset[str], whole: frozenset[str]
) -> list[Violation]:
    """No id of a person, device or session is in any value, file name, card or file header."""
    series = pl.Series("value", values, dtype=pl.String).drop_nulls()
    folded = series.str.normalize("NFC").str.to_lowercase()
    plain = pl.Series("plain", [_folded(text) for text in series.unique()], dtype=pl.String)
    # Together, for with many people most of the work is to make ready for the search.
    both = pl.concat([folded, plain.alias(folded.name)])
    hits = both.str.contains_any(sorted(anywhere)) if anywhere else both.is_null()
    found = hits | both.str.strip_chars().is_in(sorted(whole))
    n = max(int(found.head(len(folded)).sum()), int(found.tail(len(plain)).sum()))
    return [Violation(where, n, "values hold an id of a person, device or session")] if n else []
