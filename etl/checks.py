"""A written dataset, read back and put before every gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from etl import assemble, documents, features, shards, timing
from etl.features import Feature, Label, Number, Text, arrow_type
from etl.recipe import Recipe
from etl.shards import Shard
from privacy import gates
from privacy.gates import Gate, GateResult, Violation, content
from privacy.gates import listed as gates_listed
from privacy.terms import Terms

ROWS = 50_000  # read back at a time
_TOGETHER = 200_000  # texts that are searched for ids at a time


@dataclass(frozen=True)
class Written:
    """A dataset's folder as it would leave, and what it should be.

    `words` are those that may stand in it beyond the common ones. `passed` names by gate the
    shards whose verdict still holds from an earlier build, which that gate passes over.
    """

    folder: Path
    recipe: Recipe
    features: Mapping[str, Feature]
    shards: tuple[Shard, ...]
    words: tuple[str, ...]
    passed: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def to_check(self, gate: str) -> tuple[Shard, ...]:
        """The shards that a gate has to look at."""
        known = self.passed.get(gate, frozenset())
        return tuple(shard for shard in self.shards if shard.file not in known)


def batches(written: Written, gate: str) -> Iterator[tuple[Shard, pl.DataFrame]]:
    """(shard, rows) in bounded parts, as the files hold them, of all that a gate has to look at."""
    for shard in written.to_check(gate):
        with pq.ParquetFile(written.folder / shard.file) as file:
            for batch in file.iter_batches(ROWS):
                yield shard, pl.DataFrame(pl.from_arrow(batch))


def own_gates(written: Written) -> list[tuple[str, Gate]]:
    """The gates that need nothing but the dataset and its recipe."""
    return [
        ("columns", lambda: _columns(written)),
        ("values", lambda: _values(written)),
        ("tokens", lambda: _tokens(written)),
        ("people", lambda: _people(written)),
        ("files", lambda: _files(written)),
        ("statistics", lambda: _statistics(written)),
    ]


def _each(
    written: Written, gate: str, look: Callable[[Shard, pl.DataFrame], Sequence[Violation]]
) -> list[Violation]:
    return [found for shard, rows in batches(written, gate) for found in look(shard, rows)]


def _columns(written: Written) -> list[Violation]:
    declared = {name: _shape(arrow_type(one)) for name, one in written.features.items()}
    out = []
    for shard in written.to_check("columns"):
        schema = pq.read_schema(written.folder / shard.file)
        found = {field.name: _shape(field.type) for field in schema}
        out += content.columns(shard.file, found, declared)
    return out


def _shape(kind: pa.DataType) -> str:
    """A type in words, without what Parquet calls a list's item."""
    if pa.types.is_list(kind):
        return f"list<{_shape(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{part.name}: {_shape(part.type)}' for part in kind)}>"
    return str(kind)


def _values(written: Written) -> list[Violation]:
    most = written.recipe.pointer.max_points
    if written.recipe.transform == "actions":
        most = written.recipe.actions.max_actions

    def look(shard: Shard, rows: pl.DataFrame) -> list[Violation]:
        out = []
        for name, feature in written.features.items():
            out += _value(f"{shard.file}, {name}", rows[name], feature, most)
        return out

    return _each(written, "values", look)


def _value(where: str, values: pl.Series, feature: Feature, most: int) -> list[Violation]:
    if isinstance(feature, Text):
        return []
    if isinstance(feature, Label):
        return content.within(where, values, len(feature.names) - 1) + _missing(where, values)
    if isinstance(feature, Number):
        inner = values.explode() if feature.many else values
        lists = content.lengths(where, values, most) if feature.many else []
        return lists + content.within(where, inner, feature.top)
    out = content.lengths(where, values, most)
    parts = values.explode().drop_nulls().struct.unnest()
    for name, part in feature.parts:
        out += _value(f"{where}.{name}", parts[name], part, most)
    return out


def _missing(where: str, values: pl.Series) -> list[Violation]:
    n = values.null_count()
    return [Violation(where, n, "labels are missing")] if n else []


def _tokens(written: Written) -> list[Violation]:
    if "text" not in written.features:
        return []
    codes = dict(enumerate(features.LANGUAGES))
    allowed = {
        part: assemble.allowed_in(written.recipe, part, written.words)
        for part in {shard.part for shard in written.shards}
    }
    return _each(
        written,
        "tokens",
        lambda shard, rows: content.tokens(
            f"{shard.file}, text",
            rows["text"],
            rows["language"].replace_strict(codes, default=None, return_dtype=pl.String),
            allowed[shard.part],
        ),
    )


def _people(written: Written) -> list[Violation]:
    k = written.recipe.k
    out = content.people("dataset", shards.people(written.shards), written.recipe.min_people)
    out += [v for shard in written.shards for v in content.people(shard.file, shard.people, k)]
    for name in sorted({shard.split for shard in written.shards}):
        out += content.people(f"split {name}", shards.people(written.shards, name), k)
    return out


def _files(written: Written) -> list[Violation]:
    """Nothing lies in the folder but shards and the files beside them, each what it should be.

    No link leads out of it, and no folder is there for nothing.
    """
    beside = documents.names(written.recipe)
    wanted = {*beside, *(shard.file for shard in written.shards)}
    folders = {Path(name).parent.as_posix() for name in wanted}
    found = {p.relative_to(written.folder).as_posix(): p for p in written.folder.rglob("*")}
    out = [Violation(name, 1, "a file is missing") for name in sorted(wanted - set(found))]
    for name, path in found.items():
        if path.is_symlink():
            out.append(Violation(name, 1, "a link"))
        elif name not in (folders if path.is_dir() else wanted):
            out.append(Violation(name, 1, "a file that is not declared"))
    return out or documents.wrong(written.folder, written.recipe, written.shards)


def _statistics(written: Written) -> list[Violation]:
    """No file says of its rows what they do not: least and greatest values, indexes, notes."""
    out = []
    for shard in written.to_check("statistics"):
        meta = pq.read_metadata(written.folder / shard.file)
        groups = [meta.row_group(n) for n in range(meta.num_row_groups)]
        columns = [group.column(n) for group in groups for n in range(group.num_columns)]
        told = sum(one.is_stats_set or one.has_column_index for one in columns)
        uneven = any(group.num_rows != shards.GROUP for group in groups[:-1])
        found = {"least and greatest values": told, "row groups of uneven size": int(uneven),
                 "notes": len(meta.metadata or {}),
                 "an order": sum(len(group.sorting_columns) for group in groups)}  # fmt: skip
        out += [Violation(shard.file, n, what) for what, n in found.items() if n]
    return out


def ids(written: Written, known: Sequence[str]) -> list[Violation]:
    """No id of a person, device or session in any value, name, card, picture or header."""
    anywhere, whole = content.id_forms(known)
    out: list[Violation] = []
    parts: list[tuple[str, pl.Series]] = []
    for part in _said(written):
        parts.append(part)
        if sum(len(values) for _, values in parts) >= _TOGETHER:
            out += _ids_in(parts, anywhere, whole)
            parts = []
    return out + list(_ids_in(parts, anywhere, whole))


def _said(written: Written) -> Iterator[tuple[str, pl.Series]]:
    """All that could hold an id, and where it stands."""
    headers = [_header(written.folder / shard.file) for shard in written.to_check("ids")]
    ours = frozenset(documents.own(written.recipe, written.features))
    for name, said in documents.texts(written.folder, written.recipe):
        yield name, _texts([one for one in said if one not in ours])
    yield "names of files", _texts([shard.file for shard in written.shards])
    yield "headers of files", _texts(headers)
    names = [name for name, feature in written.features.items() if isinstance(feature, Text)]
    for shard, rows in batches(written, "ids"):
        for name in names:
            yield f"{shard.file}, {name}", rows[name].rename("value")


def _texts(values: Sequence[str]) -> pl.Series:
    return pl.Series("value", values, dtype=pl.String)


def _ids_in(
    parts: Sequence[tuple[str, pl.Series]], anywhere: frozenset[str], whole: frozenset[str]
) -> Iterator[Violation]:
    """Many at once: with many people, to make ready for the search is most of its work."""
    if not parts or not content.ids(
        "", pl.concat([values for _, values in parts]), anywhere, whole
    ):
        return
    for where, values in parts:
        yield from content.ids(where, values, anywhere, whole)


def listed(written: Written, terms: Terms) -> list[Violation]:
    """No term that must never pass, in any text or in what lies beside the rows."""
    names = [name for name, feature in written.features.items() if isinstance(feature, Text)]
    if not terms.never:
        return []
    return _listed_beside(written, terms) + _each(
        written,
        "terms",
        lambda shard, rows: [
            found
            for name in names
            for found in gates_listed.terms(f"{shard.file}, {name}", rows[name], terms.never)
        ],
    )


def _listed_beside(written: Written, terms: Terms) -> list[Violation]:
    """Terms in card, metadata and pictures, but for those that are words of our own."""
    said = [
        (name, pl.Series(lines, dtype=pl.String))
        for name, lines in documents.texts(written.folder, written.recipe)
    ]
    there = {one for _, lines in said for one in _standing(lines, terms.never)}
    if not there:
        return []
    ours = pl.Series(documents.own(written.recipe, written.features), dtype=pl.String)
    left = sorted(there - set(_standing(ours, sorted(there))))
    return [found for name, lines in said for found in gates_listed.terms(name, lines, left)]


def _standing(lines: pl.Series, terms: Sequence[str]) -> Sequence[str]:
    """Which of the terms stand in lines."""
    if not terms or not gates_listed.terms("", lines, terms):
        return []
    half = len(terms) // 2
    return [*_standing(lines, terms[:half]), *_standing(lines, terms[half:])] if half else terms


def _header(path: Path) -> str:
    """What a Parquet file says of itself: schema, metadata, who wrote it."""
    meta = pq.read_metadata(path)
    extra = meta.metadata or {}
    named = " ".join(f"{key!r} {value!r}" for key, value in sorted(extra.items()))
    return f"{meta.schema.to_arrow_schema()} {named} {meta.created_by}"


def run(written: Written, more: Sequence[tuple[str, Gate]]) -> tuple[GateResult, ...]:
    """Every gate's verdict, in order."""
    return timed(written, more)[0]


def timed(
    written: Written, more: Sequence[tuple[str, Gate]]
) -> tuple[tuple[GateResult, ...], dict[str, float]]:
    """Every gate's verdict, in order, and how many seconds each took."""
    clock = timing.Stopwatch()
    results: list[GateResult] = []
    for name, gate in [*own_gates(written), *more]:
        results += gates.run([(name, gate)])
        clock.lap(f"gate {name}")
    return tuple(results), clock.seconds
