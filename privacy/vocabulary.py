"""Which words may leave: the allow-list, applied last, and the strict scan that checks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import polars as pl

from privacy.common import ranked
from privacy.detectors import names
from privacy.detectors.people import UMLAUTS
from privacy.languages import without_accents
from privacy.policy import ALL_PLACEHOLDERS, PLACEHOLDERS

RUN = 3  # longer runs of one punctuation character are cut to this

_SINGLE = {
    "de": "",
    "en": "ai",
    "es": "aeouy",
    "fr": "aày",
    "it": "aeèio",
    "nl": "u",
    "pl": "aiouwz",
    "pt": "aàeéo",
}

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" + "‘’“”„‚«»‹›–—…·•¿¡§€£¥¢°′″→←"

_PLACEHOLDER = re.compile("(" + "|".join(map(re.escape, ALL_PLACEHOLDERS)) + ")")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_NUMBER = re.compile(r"[\d,.:/%+()–-]*\d[\d,.:/%+()–-]*")
_JOINTS = re.compile(r"[-/–—,…]|\.{2,}")
_LONG_RUN = re.compile(rf"(.)\1{{{RUN},}}", re.DOTALL)
_ELIDED = (
    "l|d|j|m|n|s|t|c|qu|jusqu|lorsqu|puisqu|quoiqu|quelqu|presqu"  # French
    "|un|all|dell|dall|nell|sull|quell|quest|bell|sant|tutt|anch|com|dov|cos|gl|v"  # Italian
)
_ELISION = re.compile(rf"^(?:{_ELIDED})'(?=[^\W\d_]{{2}})")
_PIECES = r"\s+|\S+"


@lru_cache(maxsize=16)
def common_words(languages: tuple[str, ...] = ("en",)) -> frozenset[str]:
    """The commonest words of each language, folded, less what may never pass.

    20,000 of each, 25,000 where English is alone, and longer ones that are rarer but made like
    one of these (`privacy.common`). Each also as it is typed where its accents are lost
    (`pequeno`, `fuer`).
    """
    single = {letter for language in languages for letter in _SINGLE.get(language, "")}
    passing = set(single)
    for language in languages:
        words = ranked(language, alone=languages == ("en",))
        passing |= {word for word in words if may_pass(word, languages)}
    return frozenset(passing | {plain for word in passing for plain in _plain(word, languages)})


def _plain(word: str, languages: tuple[str, ...]) -> Iterator[str]:
    """A common word as it is typed without its accents, if no name as frequent is typed so."""
    if word.isascii():
        return
    for plain in {without_accents(word), word.translate(UMLAUTS)} - {word}:
        if len(plain) > 1 and not all(
            names.is_rather_name(plain, names.frequency(word, one), one) for one in languages
        ):
            yield plain


def may_pass(word: str, languages: tuple[str, ...] = ("en",)) -> bool:
    """Whether a lower-cased word may be on the allow-list at all, however many people use it.

    It has two letters or more, nothing but letters and inner apostrophes, and is not struck as
    a name (`names.is_struck`), with or without a possessive `'s`.
    """
    if word.isalpha():
        return len(word) > 1 and not names.is_struck(word, languages)
    if not _WORD.fullmatch(word):
        return False
    parts = {word, _stem(word), *(part for part in word.split("'")[1:] if len(part) > 2)}
    return not any(names.is_struck(part, languages) for part in parts)


def tokens(text: str) -> list[tuple[int, int, str]]:
    """The tokens of a text in order: `(start, end, class)`, without the white space between.

    Classes: `placeholder`, `word` (letters, joined by apostrophes, hyphens, slashes, commas),
    `number` (digits and their punctuation), `punct`, `other` (all else).
    """
    found = []
    for chunk in re.finditer(r"\S+", text):
        start = chunk.start()
        for part, kind in _tokens(chunk[0]):
            found.append((start, start + len(part), kind))
            start += len(part)
    return found


def _tokens(chunk: str) -> Iterator[tuple[str, str]]:
    """What a run without white space is made of, in order and complete."""
    for part in filter(None, _PLACEHOLDER.split(chunk)):
        if part in ALL_PLACEHOLDERS:
            yield part, "placeholder"
            continue
        rest = part.lstrip(PUNCTUATION)
        core = rest.rstrip(PUNCTUATION)
        before, after = part[: len(part) - len(rest)], rest[len(core) :]
        if before:
            yield before, "punct"
        if core:
            yield core, _class(core)
        if after:
            yield after, "punct"


def _class(core: str) -> str:
    if _NUMBER.fullmatch(core):
        return "number"
    units = _units(core)
    return "word" if all(_WORD.fullmatch(unit) for unit in units) else "other"


def _units(core: str) -> list[str]:
    """The words that a token is joined of, folded: lower case, straight apostrophes, ss for ß."""
    plain = core.lower().replace("’", "'").replace("ß", "ss")
    return [unit for unit in _JOINTS.split(plain) if unit]


def _stem(unit: str) -> str:
    """A word without possessive `'s`, or without the elided one before it (`l'`, `dell'`)."""
    return _ELISION.sub("", unit.removesuffix("'s"), count=1)


def words_of(
    texts: pl.Series,
    known: frozenset[str] = frozenset(),
    languages: tuple[str, ...] = ("en",),
) -> pl.DataFrame:
    """The words in each text that k people would have to share: `token` (String), `row` (UInt32).

    Folded (lower case, ss for ß), without possessive `'s`, each once per row, sorted by row and
    token; not those in `known`, nor any that may not pass whoever types it. `row` counts from 0.
    """
    pieces = _pieces(texts)
    chunks = pieces["piece"].unique().sort()
    words = [_countable(chunk, known, languages) for chunk in chunks]
    table = pl.DataFrame({"piece": chunks, "token": pl.Series(words, dtype=pl.List(pl.String))})
    joined = pieces.join(table, on="piece").explode("token").drop_nulls("token")
    return joined.select("token", "row").unique().sort("row", "token")


def listed_in(texts: pl.Series, listed: frozenset[str]) -> pl.DataFrame:
    """Which of some words stand in each text: `token`, `row`, as `words_of` gives them."""
    words = texts.str.to_lowercase().str.replace_all("’", "'").str.extract_all(_SCAN_WORD)
    rows = pl.DataFrame({"token": words}).with_row_index("row").explode("token")
    known = rows.filter(pl.col("token").is_in(pl.Series(sorted(listed), dtype=pl.String).implode()))
    return known.select("token", pl.col("row").cast(pl.UInt32)).unique().sort("row", "token")


def _countable(chunk: str, known: frozenset[str], languages: tuple[str, ...]) -> list[str]:
    found = {
        _stem(unit)
        for core, kind in _tokens(chunk)
        if kind == "word"
        for unit in _units(core)
        if unit not in known
    }
    return sorted(word for word in found - known if may_pass(word, languages))


def _pieces(texts: pl.Series) -> pl.DataFrame:
    """Runs with and without white space, in order: `row` (UInt32), `piece` (String)."""
    normal = texts.alias("piece").str.normalize("NFC")
    return (
        normal.to_frame()
        .with_row_index("row")
        .with_columns(pl.col("row").cast(pl.UInt32), pl.col("piece").str.extract_all(_PIECES))
        .explode("piece")
        .drop_nulls("piece")
    )


def admit(texts: pl.Series, allowed: frozenset[str]) -> pl.Series:
    """The texts with every word that is not in `allowed` replaced; the last step of all.

    A token is what stands between white space, without punctuation at its edges. One with
    inner apostrophes, hyphens, slashes or commas stays if all its words are allowed. Others
    become `<PERSON>` or `<PLACE>` where a list of names has them, `<NUMBER>` where there is
    nothing but digits and their punctuation, else `<WORD>`. Null stays null.
    """
    pieces = _pieces(texts)
    chunks = pieces["piece"].unique().sort()
    admitted = pl.Series([admitted_chunk(chunk, allowed) for chunk in chunks], dtype=pl.String)
    rows = (
        pieces.with_columns(pl.col("piece").replace_strict(chunks, admitted))
        .group_by("row", maintain_order=True)
        .agg(pl.col("piece").str.join(""))
    )
    every = pl.DataFrame({"empty": texts}).with_row_index("row").cast({"row": pl.UInt32})
    joined = every.join(rows, on="row", how="left", maintain_order="left")
    kept = pl.when(pl.col("empty").is_not_null()).then(pl.col("piece").fill_null(""))
    return joined.select(kept.alias(texts.name)).to_series()


def admitted_chunk(chunk: str, allowed: frozenset[str]) -> str:
    """One run with or without white space, as `admit` leaves it."""
    if chunk.isspace():
        plain = chunk.replace("\r\n", "\n")
        return _cut("".join(c if c in "\n\t" else " " for c in plain))
    return "".join(_admitted_token(part, kind, allowed) for part, kind in _tokens(chunk))


def _admitted_token(part: str, kind: str, allowed: frozenset[str]) -> str:
    if kind == "placeholder":
        return part
    if kind == "punct":
        return _cut(part)
    if kind == "number":
        return PLACEHOLDERS["NUMBER"]
    units = _units(part)
    if kind == "word":
        refused = [_stem(u) for u in units if u not in allowed and _stem(u) not in allowed]
        if not refused:
            return _cut(part)
        for listed in ("PERSON", "PLACE"):
            if any(names.listed_as(word) == listed for word in refused):
                return PLACEHOLDERS[listed]
    return PLACEHOLDERS["WORD"]


def _cut(text: str) -> str:
    """Runs of one punctuation or white space character cut; letters are left as they are."""
    return _LONG_RUN.sub(lambda m: m[0] if m[1].isalpha() else m[1] * RUN, text)


_SCAN_WORD = r"\p{L}+(?:['’]\p{L}+)*"
_SCAN_ELIDED = rf"^(?:{_ELIDED})'"
_SCAN_PLACEHOLDER = "|".join(re.escape(name) for name in ALL_PLACEHOLDERS)
_SCAN_OTHER = r"[^\p{L} \n\t" + "".join(map(re.escape, PUNCTUATION)) + "]+"
_SCAN_RUN = "|".join(
    f"{re.escape(character)}{{{RUN + 1},}}" for character in [*PUNCTUATION, " ", "\n", "\t"]
)


def violations(
    texts: pl.Series, allowed: frozenset[str], show: int = 10
) -> tuple[int, tuple[int, ...]]:
    """How many tokens should not be there, and the first rows (from 0) that hold one.

    Shares no code with `admit`: what is no placeholder is cut into runs of letters, each of
    which must be allowed; digits, unlisted characters and long runs all count.
    """
    bare = texts.str.replace_all(_SCAN_PLACEHOLDER, " ")
    folded = bare.str.to_lowercase().str.replace_all("’", "'").str.replace_all("ß", "ss")
    words = folded.str.extract_all(_SCAN_WORD)
    good = pl.Series(sorted(allowed), dtype=pl.String).implode()
    bad_words = (
        pl.DataFrame({"word": words})
        .with_row_index("row")
        .explode("word")
        .drop_nulls("word")
        .with_columns(
            pl.col("word").str.strip_suffix("'s").str.replace(_SCAN_ELIDED, "").alias("w")
        )
        .filter(~pl.col("word").is_in(good) & ~pl.col("w").is_in(good))
    )
    others = bare.str.count_matches(_SCAN_OTHER) + texts.str.count_matches(_SCAN_RUN)
    rows = {*bad_words["row"], *(others > 0).arg_true()}
    return bad_words.height + int(others.sum() or 0), tuple(sorted(rows)[:show])
