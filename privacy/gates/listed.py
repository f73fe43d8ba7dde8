"""Whether a term that must never pass stands in texts: a second look, by words instead of letters.

Shares no code with `privacy.terms`.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from privacy.gates import Violation

_WORDS = 5  # of which a term may be made, however it is spaced


def terms(where: str, texts: pl.Series, never: Sequence[str]) -> list[Violation]:
    """No text holds a listed term as words beside one another, whatever their case or accents."""
    plain = [one for one in never if "*" not in one and "?" not in one]
    n = _listed(texts, _joined(pl.Series(plain, dtype=pl.String)))
    n += sum(_matching(texts, one) for one in never if one not in plain)
    return [Violation(where, n, "terms that must never pass")] if n else []


def _folded(texts: pl.Series) -> pl.Series:
    return texts.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()


def _joined(terms: pl.Series) -> frozenset[str]:
    return frozenset(_folded(terms).str.replace_all(r"[^\p{L}\p{N}]", "").to_list()) - {""}


def _listed(texts: pl.Series, wanted: frozenset[str]) -> int:
    if not wanted:
        return 0
    words = (
        pl.DataFrame({"word": _folded(texts).str.extract_all(r"[\p{L}\p{N}]+")})
        .with_row_index("row")
        .explode("word")
        .drop_nulls("word")
    )
    forms = pl.Series(sorted(wanted | {f"{one}s" for one in wanted}), dtype=pl.String).implode()
    run, n = pl.lit(""), 0
    for step in range(_WORDS):
        run = pl.concat_str(run, pl.col("word").shift(-step).over("row"))
        n += int(words.select(run.is_in(forms).sum()).item() or 0)
    return n


def _matching(texts: pl.Series, term: str) -> int:
    """How many texts hold a term with wildcards."""
    signs = {"*": r"\S*", "?": r"\S"}
    plain = str(_folded(pl.Series([term]))[0])
    escaped = "".join(signs.get(c, c if c.isalnum() else f"\\x{{{ord(c):x}}}") for c in plain)
    found = _folded(texts).str.contains(
        rf"(?:^|[^\p{{L}}\p{{N}}_]){escaped}(?:$|[^\p{{L}}\p{{N}}_])"
    )
    return int(found.sum() or 0)
