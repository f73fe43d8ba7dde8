"""The side run is clean as shipped, and speaks for each piece of code that is broken on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from etl import assemble, chunk, recipe, siderun
from etl.project import Project, Settings
from etl.recipe import Recipe
from etl.rules import Rules
from privacy import canaries, detectors, exemptions, prompts, vocabulary, windows
from privacy.findings import Finding
from privacy.gates import Violation
from privacy.policy import default_policy
from privacy.registry import Registries
from transforms import actions, editing, keystrokes, pads, pointer, typed_text

RECIPES = {one.name: one for one in recipe.chosen(Path(__file__).parents[2] / "datasets", ())}
TEXT, POINTER, ACTIONS = "typed-text", "pointer-snippets", "desktop-actions"
PLACED = "planted pointer events came out"

Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project(tmp_path_factory.mktemp("side"), Settings(id="canaries"))
    made.warehouse.mkdir()
    return made


def side(place: Project, *names: str) -> dict[str, set[str]]:
    """Dataset -> what the side run says of it."""
    recipes = tuple(RECIPES[name] for name in names)
    rules = Rules(Registries(), recipes, default_policy(), b"k" * 32)
    return {name: {one.what for one in found} for name, found in siderun.run(place, rules).items()}


def test_as_shipped_nothing_comes_out_but_the_controls(place: Project) -> None:
    assert side(place, *RECIPES) == {TEXT: set(), POINTER: set(), ACTIONS: set()}
    assert not list((place.warehouse / "tmp").iterdir())


class Break(NamedTuple):
    """What is wrong, how it is broken, what the text's side run and those of the mouse say."""

    says: str
    broken: Callable[[Patch], object]
    kinds: frozenset[str]
    mouse: bool


def text(says: str, broken: Callable[[Patch], object], *kinds: str) -> Break:
    return Break(says, broken, frozenset(kinds), False)


def both(says: str, broken: Callable[[Patch], object], *kinds: str) -> Break:
    return Break(says, broken, frozenset(kinds), True)


def _nothing(*_: Any, **__: Any) -> Iterator[Any]:
    return iter(())


def _unasked(category: pl.Series, *_: pl.Series, **__: pl.Series) -> pl.Series:
    return pl.Series([False] * category.len(), dtype=pl.Boolean)


def _history_ignored(patch: Patch) -> None:
    real = keystrokes._told
    patch.setattr(keystrokes, "_told", lambda: pl.when(False).then(real()))


def _unread(name: str) -> Callable[[Patch], object]:
    """Exclusions whose pattern for this part of a window is taken to match nothing."""
    real = windows.matches

    def matches(rule: windows.Rule, focus: windows.Focus) -> bool:
        return getattr(rule, name) is None and real(rule, focus)

    return lambda patch: patch.setattr(windows, "matches", matches)


def _secure_keys(patch: Patch) -> None:
    real = windows.secure
    patch.setattr(windows, "secure", lambda merged, keys: real(merged, ()))


def _secure_focuses(patch: Patch) -> None:
    real = windows.secure
    patch.setattr(
        windows, "secure", lambda merged, keys: real([(t, b, False) for t, b, _ in merged], keys)
    )


def _typed(kind: str, source: str) -> Callable[[Patch], object]:
    """A text that was not typed is taken for one that was."""
    real = typed_text.judged

    def judged(frame: pl.DataFrame) -> pl.DataFrame:
        places = frame.with_row_index("_row")
        text, composed = (pl.col(source) + " ").alias("text"), pl.lit("compose").alias("type")
        more = places.filter(pl.col("type") == kind).with_columns(text, composed)
        kept = places.filter(pl.col("type") != "paste") if kind == "paste" else places
        merged = pl.concat([kept, more]).sort("_row", maintain_order=True)
        return real(merged.drop("_row"))

    return lambda patch: patch.setattr(typed_text, "judged", judged)


def _kept(*names: str) -> Callable[[Patch], object]:
    def broken(patch: Patch) -> None:
        for name in names:
            patch.setitem(editing._OPERATIONS, name, lambda state: None)

    return broken


def _unselected(patch: Patch) -> None:
    real = keystrokes._selecting
    never = pl.lit(False).alias("_selects")
    patch.setattr(keystrokes, "_selecting", lambda events: real(events).with_columns(never))


class Blind:
    """A detector that finds nothing, or nothing of one kind of detector."""

    def __init__(self, real: detectors.Detector | None = None, without: str = "") -> None:
        self.real, self.without = real, without

    def find(self, texts: list[str]) -> list[list[Finding]]:
        if self.real is None:
            return [[] for _ in texts]
        return [
            [one for one in found if not one.detector.startswith(self.without)]
            for found in self.real.find(texts)
        ]


def _without(name: str) -> Callable[[Patch], object]:
    real = chunk.detector
    return lambda patch: patch.setattr(chunk, "detector", lambda: Blind(real(), name))


def _open(patch: Patch) -> None:
    patch.setattr(chunk, "detector", Blind)
    patch.setattr(vocabulary, "admit", lambda texts, _: texts)


def _lowered(**values: int) -> Callable[[Patch], object]:
    """The words of a recipe that asks for less."""
    real = assemble.allowed_words

    def allowed(store: Any, one: Recipe) -> tuple[str, ...]:
        lower = {name: getattr(one.vocabulary, name) - by for name, by in values.items()}
        words = one.vocabulary.model_copy(update=lower)
        return real(store, one.model_copy(update={"vocabulary": words}))

    return lambda patch: patch.setattr(assemble, "allowed_words", allowed)


DETECTED = ("a person whom no list names", "a password of letters", "a path of words", "a handle",
            "a street")  # fmt: skip
HELD_TWICE = ("a person", "a mail address", "a phone number", "a card number", "a bank account",
              "a key", "a password", "a path", "a network address")  # fmt: skip
"""Held back by the allow-list even where every detector fails."""

BREAKS = [
    both("no guard",
         lambda p: p.setattr(windows, "guarded", lambda w, _: w), "the guard of a pause"),
    both("pauses in the stream ignored",
         lambda p: p.setattr(windows, "stream_windows", _nothing), "a pause in the stream"),
    both("pauses of the registry ignored",
         lambda p: p.setattr(windows, "registry_window", lambda *_: (windows.FIRST,) * 2),
         "a pause of the registry", "the guard of a pause"),
    both("no guard before a pause",
         lambda p: p.setattr(windows, "guarded", lambda w, by: (w[0], w[1] + by)),
         "the guard of a pause"),
    both("no guard after a pause",
         lambda p: p.setattr(windows, "guarded", lambda w, by: (w[0] - by, w[1])),
         "the guard of a pause"),
    both("exemptions ignored", lambda p: p.setattr(exemptions, "exempt_scopes", lambda _: {}),
         "an exempt person"),
    both("exclusions ignored", lambda p: p.setattr(windows, "excluded", _nothing),
         "an excluded application", "an excluded title", "an excluded address"),
    both("applications ignored", _unread("app"), "an excluded application"),
    both("titles ignored", _unread("title"), "an excluded title"),
    both("addresses ignored", _unread("url"), "an excluded address"),
    both("secure ignored", lambda p: p.setattr(windows, "secure", _nothing),
         "a secure field", "a secure key's focus"),
    both("secure keys ignored", _secure_keys, "a secure key's focus"),
    both("secure focuses ignored", _secure_focuses, "a secure field"),
    text("pasted text inserted", _typed("paste", "text"), "pasted text"),
    text("titles inserted", _typed("focus", "title"), "a title"),
    text("addresses inserted", _typed("focus", "url"), "an address"),
    text("deleted text kept", _kept(editing.BACK), "deleted text"),
    text("a selection by mouse not noticed", _unselected, "text replaced by way of the mouse"),
    text("detectors find nothing", lambda p: p.setattr(chunk, "detector", Blind), *DETECTED),
    text("no patterns of secrets", _without("secrets"), "a password of letters"),
    text("no patterns of identifiers", _without("identifiers"), "a path of words", "a handle"),
    text("no patterns of addresses", _without("addresses"), "a street"),
    text("prompts ignored", lambda p: p.setattr(prompts, "hidden", _unasked),
         "a password at a terminal"),
    text("a shell's history ignored", _history_ignored, "a password at a terminal"),
    text("no named entities", _without("spacy"), "a person whom no list names"),
    text("nothing redacted", lambda p: p.setattr(chunk, "redact", lambda text, *_: text),
         "a listed term", *DETECTED),
    text("no list of terms",
         lambda p: p.setattr(chunk.own_terms, "find", lambda texts, _: [()] * len(texts)),
         "a listed term"),
    text("nothing found, everything admitted", _open, "too few people", "too few days",
         *DETECTED, *HELD_TWICE),
    text("every word admitted", lambda p: p.setattr(vocabulary, "admit", lambda texts, _: texts),
         "too few people", "too few days"),
    text("one person fewer", _lowered(people=1), "too few people"),
    text("one day fewer", _lowered(days=1), "too few days"),
]  # fmt: skip


@pytest.mark.parametrize("broken", BREAKS, ids=lambda one: one.says)
def test_what_is_broken_is_seen(broken: Break, place: Project, monkeypatch: Patch) -> None:
    broken.broken(monkeypatch)
    found = side(place, *((TEXT, POINTER) if broken.mouse else (TEXT,)))
    assert found[TEXT] == {f"planted text came out: {kind}" for kind in broken.kinds}
    assert found.get(POINTER, {PLACED}) == {PLACED}


def test_each_kind_that_is_planted_speaks_for_something() -> None:
    assert {kind for one in BREAKS for kind in one.kinds} == set(canaries.NEEDLES)


MOUSE: list[tuple[str, Callable[[Patch], object]]] = [
    ("pads not removed", lambda p: p.setattr(pads, "without_pads", lambda frame: (frame, 0))),
    *[(one.says, one.broken) for one in BREAKS if one.says in ("no guard", "exemptions ignored")],
]


@pytest.mark.parametrize(("says", "broken"), MOUSE, ids=[says for says, _ in MOUSE])
def test_what_is_broken_is_seen_by_the_mouse_s_recipes(
    says: str, broken: Callable[[Patch], object], place: Project, monkeypatch: Patch
) -> None:
    broken(monkeypatch)
    assert side(place, POINTER, ACTIONS) == {POINTER: {PLACED}, ACTIONS: {PLACED}}


def _bounded(texts: pl.Series, _: frozenset[str]) -> pl.Series:
    return pl.Series(texts.name, ["the <WORD>"] * texts.len(), dtype=pl.String)


def _empty(module: Any, name: str) -> Callable[[Patch], object]:
    real = getattr(module, name)

    def none(*given: Any) -> pl.DataFrame:
        made: pl.DataFrame = real(*given)
        return made.clear()

    return lambda patch: patch.setattr(module, name, none)


CONTROL = "could not check: the control sentence did not come out"
WORD = "could not check: the shared word did not come out"
CLICKS = "could not check: the control clicks did not come out"
NOTHING = "could not check: nothing came out"


@pytest.mark.parametrize(
    ("name", "broken", "said"),
    [
        (TEXT, _empty(typed_text, "judged"), {NOTHING}),
        (TEXT, lambda p: p.setattr(vocabulary, "admit", _bounded), {CONTROL, WORD}),
        (TEXT, lambda p: p.setattr(assemble, "allowed_words", lambda *_: ()), {WORD}),
        (TEXT, _lowered(people=-3), {WORD}),
        (TEXT, _lowered(days=-2), {WORD}),
        (POINTER, _empty(pointer, "snippets"), {NOTHING}),
        (POINTER, lambda p: p.setattr(canaries, "FORBIDDEN_COLUMN", 0), {CLICKS, PLACED}),
        (ACTIONS, _empty(actions, "sequences"), {NOTHING}),
    ],
)
def test_where_the_controls_are_held_back_it_could_not_check(
    name: str,
    broken: Callable[[Patch], object],
    said: set[str],
    place: Project,
    monkeypatch: Patch,
) -> None:
    broken(monkeypatch)
    assert side(place, name) == {name: said}


def test_no_place_is_named_but_the_side_run(place: Project, monkeypatch: Patch) -> None:
    """What is said names rules and counts, never what was planted."""
    _open(monkeypatch)
    rules = Rules(Registries(), (RECIPES[TEXT],), default_policy(), b"k" * 32)
    found = siderun.run(place, rules)[TEXT]
    assert {type(one) for one in found} == {Violation}
    assert {one.where for one in found} == {"side run"}
    said = repr(found)
    assert not any(needle in said for needles in canaries.NEEDLES.values() for needle in needles)


def test_a_side_run_that_cannot_be_made_is_a_violation(place: Project, monkeypatch: Patch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("zq-quoted-zq")

    monkeypatch.setattr(chunk, "process", fail)
    assert side(place, POINTER) == {POINTER: {"could not check: RuntimeError"}}
