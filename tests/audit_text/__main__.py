"""Measures what is left of personal data in texts, and writes the tables of docs/text-privacy.md.

`python -m tests.audit_text` runs in about two minutes; the shared texts are left out where they are
not there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from privacy.detectors import Detector
from tests.audit_text import made
from tests.audit_text.measuring import LISTS, Texts, detector, found_by, is_listed, read, wilson
from tests.privacy.corpus import ADDRESS, FILE, GENERIC, IDENTIFYING, QUASI, location, samples

PAGE = Path(__file__).parents[2] / "docs" / "text-privacy.md"
TEXTS, SEED = 3_000, 20_261
UNSEEN = {
    "these sentences, names held": (made.HELD, made.OTHER_FRAMES),
    "sentences as above, these names": (made.BLIND, made.FRAMES),
    "both": (made.BLIND, made.OTHER_FRAMES),
}
"""What the rules were not tuned on: names and folder of sentences."""
WORDS = re.compile(r"words$")


def main() -> None:
    """Measures, and writes what stands between the page's markers."""
    finder = detector()
    tuned = read(made.texts(TEXTS, SEED), finder)
    held = read(made.texts(TEXTS, SEED + 1, made.HELD), finder)
    parts = {
        "kinds": _kinds({"names known": tuned, "names held": held}),
        "languages": _languages(tuned, held),
        "styles": _styles(tuned, held),
        "names": _names(tuned, held),
        "detectors": _detectors(tuned),
        "generic": ", ".join(f"`{word}`" for word in sorted(GENERIC)) + ".\n",
        "words": _sizes(),
        "blind": _blind(finder),
    }
    if location(FILE).exists():
        sets = {
            "as written": read(samples(), finder),
            "lower case": read(samples(lower=True), finder),
        }
        parts["shared"] = _shared(sets)
    PAGE.write_text(_filled(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {', '.join(sorted(parts))}\n")


def _filled(page: str, parts: dict[str, str]) -> str:
    for name, table in parts.items():
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        page = between.sub(lambda m, table=table: f"{m[1]}{table}{m[2]}", page)  # type: ignore[misc]
    return page


def _table(head: list[str], rows: Iterator[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _rate(hits: int, n: int) -> str:
    """`3 of 400: 0.75 % (0.26 to 2.18)`."""
    low, high = wilson(hits, n)
    share = f"{100 * hits / n:.2f} % " if n else ""
    return f"{hits} of {n}: {share}({100 * low:.2f} to {100 * high:.2f})"


def _leaks(texts: Texts, kinds: frozenset[str], *, alone: bool = False) -> str:
    result = texts.by_list if alone else texts.by_all
    return _rate(sum(result.leaking[k] for k in kinds), sum(result.spans[k] for k in kinds))


def _lost(texts: Texts) -> list[str]:
    """Shares of words outside spans that are lost: to the list alone, to everything."""
    alone, every = texts.by_list, texts.by_all
    return [f"{100 * one.lost / max(one.words, 1):.1f} %" for one in (alone, every)]


def _kinds(sets: dict[str, Texts]) -> str:
    kinds = sorted({k for texts in sets.values() for k in texts.by_all.spans})
    groups = [("**identifying**", IDENTIFYING), *((k, frozenset({k})) for k in kinds)]
    rows = ([name, *(_leaks(texts, group) for texts in sets.values())] for name, group in groups)
    return _table(["spans that leave a token", *sets], rows)


def _shared(sets: dict[str, Texts]) -> str:
    kinds = sorted({k for texts in sets.values() for k in texts.by_all.spans})
    groups = [
        ("**identifying**", IDENTIFYING),
        ("**address line**", ADDRESS),
        ("**quasi-identifiers**", QUASI),
        *((k, frozenset({k})) for k in kinds),
    ]
    rows = [[name, *(_leaks(texts, group) for texts in sets.values())] for name, group in groups]
    lost = [_lost(texts) for texts in sets.values()]
    rows += [["*words lost to the list alone*", *(one for one, _ in lost)]]
    rows += [["*words lost to everything*", *(every for _, every in lost)]]
    return _table(["spans that leave a token", *sets], iter(rows))


def _languages(tuned: Texts, held: Texts) -> str:
    def rows() -> Iterator[list[str]]:
        for code in (*made.LANGUAGES, "all"):
            own = tuned.where(lambda row, code=code: code in (row["language"], "all"))  # type: ignore[misc]
            other = held.where(lambda row, code=code: code in (row["language"], "all"))  # type: ignore[misc]
            leaks = [_leaks(own, IDENTIFYING, alone=True), _leaks(own, IDENTIFYING)]
            yield [code, *leaks, _leaks(other, IDENTIFYING), _leaks(own, ADDRESS), *_lost(own)]

    head = ["language", "by the list alone", "by everything", "names held", "address lines"]
    return _table([*head, "words lost to the list", "words lost to everything"], rows())


def _styles(tuned: Texts, held: Texts) -> str:
    def rows() -> Iterator[list[str]]:
        for style in made.STYLES:
            own = tuned.where(lambda row, style=style: row["style"] == style)  # type: ignore[misc]
            other = held.where(lambda row, style=style: row["style"] == style)  # type: ignore[misc]
            yield [style, _leaks(own, IDENTIFYING), _leaks(other, IDENTIFYING), *_lost(own)]

    head = ["typed", "names known", "names held"]
    return _table([*head, "words lost to the list", "words lost to everything"], rows())


def _names(tuned: Texts, held: Texts) -> str:
    """Names by whether they are words as well, and whether a list has them."""

    def rows() -> Iterator[list[str]]:
        for what, words in (("names that were chosen as words", True), ("other names", False)):
            yield [what, *(_of_names(t, lambda s, w=words: _is_word(s) is w) for t in sets)]  # type: ignore[misc]
        for what, on in (("every word of it on a list of names or places", True), ("not", False)):
            yield [
                what,
                *(_of_names(t, lambda s, o=on: is_listed(s["entity_value"]) is o) for t in sets),
            ]  # type: ignore[misc]

    sets = (tuned, held)
    return _table(["people's names that leave a token", "names known", "names held"], rows())


def _blind(finder: Detector) -> str:
    """Sentences and names that no rule was tuned on."""

    def rows() -> Iterator[list[str]]:
        for place, (what, (file, folder)) in enumerate(UNSEEN.items()):
            texts = read(made.texts(TEXTS, SEED + 2 + place, file, folder), finder)
            names = [
                _of_names(texts, lambda s, w=words: _is_word(s) is w) for words in (True, False)
            ]  # type: ignore[misc]
            yield [what, _leaks(texts, IDENTIFYING), *names, *_lost(texts)]

    head = ["unseen", "**identifying**", "names that were chosen as words", "other names"]
    return _table([*head, "words lost to the list", "words lost to everything"], rows())


def _is_word(span: dict[str, str]) -> bool:
    return WORDS.search(span["culture"]) is not None


def _of_names(texts: Texts, keep: object) -> str:
    leaks = {(row, place) for row, place, _ in texts.by_all.leaks}
    hits = n = 0
    for number, row in enumerate(texts.rows):
        for place, span in enumerate(row["spans"]):
            if span["entity_type"] == "PERSON" and keep(span):  # type: ignore[operator]
                n += 1
                hits += (number, place) in leaks
    return _rate(hits, n)


def _detectors(texts: Texts) -> str:
    kinds = {"people": frozenset({"PERSON"}), "addresses": ADDRESS, "all others": _OTHERS}
    counts = {name: found_by(texts, group) for name, group in kinds.items()}
    spans = texts.by_all.spans
    totals = {name: sum(spans[k] for k in group) for name, group in kinds.items()}

    def rows() -> Iterator[list[str]]:
        for one in sorted({name for own in counts.values() for name in own}):
            shares = (f"{100 * counts[n].get(one, 0) / totals[n]:.0f} %" for n in kinds)
            yield [f"`{one}`", *shares]

    return _table(["detector", *(f"{name} ({n})" for name, n in totals.items())], rows())


_OTHERS = IDENTIFYING - {"PERSON"}


def _sizes() -> str:
    rows = ([code or "(too short to tell)", f"{len(words):,}"] for code, words in LISTS.items())
    return _table(["a text in", "words that may stand in it"], rows)


if __name__ == "__main__":
    main()
