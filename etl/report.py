"""`review/report.md`: what a reviewer reads before saying yes or no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def render(facts: Mapping[str, Any]) -> str:
    """The report of a manifest's facts, in Markdown; counts and names of rules, never a value."""
    counts = facts["counts"]
    recipe = facts["recipe"]["values"]
    parts = [
        f"# Review of {facts['dataset']} {facts['version']}",
        f"{counts['released']:,} rows of {counts['people']:,} people in {len(facts['shards'])} "
        f"files, from {counts['events']:,} events. Every figure below is also in `manifest.json`.",
        *_accepted(facts),
        "## What became of every event",
        _table(("step", "events"), _events(counts)),
        "## What became of every row",
        _table(("step", "rows"), _rows(counts)),
        "## Noted on the way",
        _table(("what", "times"), sorted(counts["notes"].items())),
        *_text_parts(facts),
        "## Gates",
        _table(("gate", "verdict", "what it found"), [_gate(gate) for gate in facts["gates"]]),
        *_attacks(facts),
        "## Files",
        _table(
            ("file", "split", "rows it holds", "people", "rows", "bytes", "SHA-256"),
            [[s[n] for n in ("file", "split", "part", "people", "rows", "bytes", "sha256")]
             for s in facts["shards"]],
        ),
        "## Made with",
        _table(("what", "value"), _made(facts, recipe)),
        "## How to check this yourself",
        _CHECK.format(dataset=facts["dataset"], version=facts["version"]),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


_CHECK = """\
- `sha256sum` over the files of `dataset/` must give the digests above.
- `tacenda verify {dataset}/{version}` looks again at digests, columns, values, words, people, \
planted secrets and sums, from these files alone.
- `tacenda lineage {dataset}/{version} --out lineage.parquet` (with the project's key) tells for \
each row whose it is and when it was made; put it beside the consent registries with any tool.
- `words.txt` lists each word that passed because enough people typed it; the common words are \
those of the `wordfreq` package."""


def _events(counts: Mapping[str, Any]) -> Iterable[Sequence[object]]:
    yield "in the warehouse", counts["events"]
    for reason, n in sorted(counts["excluded"].items()):
        yield f"excluded: {reason}", -n
    yield "allowed by consent", counts["allowed"]
    yield "of these, nothing in this dataset's rows", -counts["not_used"]
    yield "in rows", counts["used"]


def _rows(counts: Mapping[str, Any]) -> Iterable[Sequence[object]]:
    yield "made", counts["rows_made"]
    yield "left out by policy or as neighbours of others", counts["rows_kept"] - counts["rows_made"]
    yield "like which too few people of a file made one, or all of a file that would hold rows " \
          "of too few people", -counts["alone"]  # fmt: skip
    yield ("not drawn, with no word left, or cut",
           counts["released"] + counts["alone"] - counts["rows_kept"])  # fmt: skip
    yield "released", counts["released"]


def _accepted(facts: Mapping[str, Any]) -> list[str]:
    """What the project set looser than the default, and why: it must not be overlooked."""
    reason, lines = facts["consent"].get("i_accept"), facts["policy"].get("looser", {})
    found = [f"**Consent is set looser than the default. The reason given:** {_cell(reason)}"]
    return (found if reason else []) + [
        f"**The policy does less than the default with {kind}. The reason given:** {_cell(why)}"
        for kind, why in sorted(lines.items())
    ]


def _text_parts(facts: Mapping[str, Any]) -> list[str]:
    if "words" not in facts:
        return []
    return [
        "## Found in the text, and replaced",
        _table(("kind", "times"), sorted(facts["counts"]["found"].items())),
        "## Words",
        f"{facts['words']['common']:,} common words may stand in a text, and "
        f"{facts['words']['shared']:,} more that enough people typed (`words.txt`).",
        "## The project's own lists",
        f"{facts['terms']['never']:,} terms that must never pass, {facts['terms']['let_pass']:,} "
        f"words that a reviewer lets pass; keyed digest {facts['terms']['digest']}.",
    ]


def _attacks(facts: Mapping[str, Any]) -> list[str]:
    """What attackers reached, and on raw recordings of the same people, where they must win."""
    names = ("attack", "measure", "risk", "reached", "95 % interval", "nobody to find",
             "without a look", "people", "rows")  # fmt: skip
    parts = []
    for title, own in (
        ("What attackers reached", facts["attacks"]["released"]),
        ("What they reach on raw recordings of the same people", facts["attacks"]["raw"]),
    ):
        lines = [
            [one["attack"], one["measure"], one["risk"], f"{one['value']:.2f}",
             f"{one['low']:.2f} to {one['high']:.2f}", f"{one['control']:.2f}",
             f"{one['naive']:.2f}", one["people"], one["rows"]]
            for one in own
        ]  # fmt: skip
        parts += [f"## {title}", _table(names, lines)] if lines else []
    return [*parts, *_uses(facts)]


def _uses(facts: Mapping[str, Any]) -> list[str]:
    """What can still be learned, beside raw recordings of the same people."""
    names = ("task", "released", "raw", "without a model", "kept", "tried")
    lines = [
        [one["measure"], *(f"{one[name]:.2f}" for name in ("value", "raw", "naive", "kept")),
         one["rows"]]
        for one in facts["uses"]
    ]  # fmt: skip
    return ["## What can still be learned", _table(names, lines)] if lines else []


def _gate(gate: Mapping[str, Any]) -> Sequence[object]:
    found = "; ".join(f"{v['where']}: {v['what']} ({v['count']})" for v in gate["violations"])
    return gate["gate"], gate["verdict"], found or "nothing"


def _made(facts: Mapping[str, Any], recipe: Mapping[str, Any]) -> Iterable[Sequence[object]]:
    yield "recipe", f"SHA-256 {facts['recipe']['digest']}"
    yield "least people in the dataset, and behind a file", f"{recipe['min_people']}, {recipe['k']}"
    yield "policy", f"SHA-256 {facts['policy']['digest']}"
    yield "snapshot of the warehouse", facts["snapshot"]
    for name, value in sorted(facts["consent"].items()):
        if value not in (None, [], ()):
            yield f"consent: {name}", value
    for name, digest in sorted(facts["registries"].items()):
        yield name, f"SHA-256 {digest}"
    for name, version in sorted(facts["versions"].items()):
        yield name, version


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    if len(lines) == 2:
        return "Nothing."
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.replace("|", "\\|")
