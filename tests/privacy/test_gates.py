"""Every gate on what is clean and on what is not; one that cannot run refuses."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import consented
from privacy import gates
from privacy.consent import BOUNDARIES
from privacy.gates import CLEAN, REFUSED, UNCHECKED, Violation, content, recount
from privacy.registry import (
    Exclusion,
    Exemption,
    Limits,
    Pause,
    Registries,
    Withdrawal,
    WorkingHours,
)
from tests.privacy import scenarios
from tests.privacy.scenarios import Scenario
from transforms.events import KEYBOARD, LINEAGE, MOUSE, OTHER

DECLARED = {"text": "string", "app": "int64"}

Change = Callable[[str], str]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (DECLARED, []),
        ({"app": "int64", "text": "string"}, []),
        ({**DECLARED, "user_id": "string"}, ["undeclared column 'user_id'"]),
        ({"text": "string"}, ["column 'app' is missing"]),
        ({"text": "large_string", "app": "int64"}, ["column 'text' has another type"]),
        ({"Text": "string", "app": "int64"},
         ["undeclared column 'Text'", "column 'text' is missing"]),
        ({}, ["column 'text' is missing", "column 'app' is missing"]),
    ],
)  # fmt: skip
def test_columns(found: dict[str, str], said: list[str]) -> None:
    assert content.columns("a", found, DECLARED) == [Violation("a", 1, what) for what in said]


@pytest.mark.parametrize(
    ("values", "top", "n"),
    [
        ([0, 3, None], 3, 0),
        ([4], 3, 1),
        ([-1, 4, 2], 3, 2),
        ([], 3, 0),
        ([None], 0, 0),
        ([255], 255, 0),
    ],
)
def test_within(values: list[int | None], top: int, n: int) -> None:
    found = content.within("a", pl.Series(values, dtype=pl.Int64), top)
    assert found == ([Violation("a", n, f"values outside 0 to {top}")] if n else [])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_within(value: float) -> None:
    assert content.within("a", pl.Series([value, 1.0]), 3) == [
        Violation("a", 1, "values outside 0 to 3")
    ]


@pytest.mark.parametrize(
    ("values", "n"),
    [
        ([[1], [1, 2]], 0),
        ([[]], 0),
        ([[1, 2, 3], [1]], 1),
        ([None, [1]], 1),
        ([[None, None, None]], 1),
    ],
)
def test_lengths(values: list[list[int | None] | None], n: int) -> None:
    found = content.lengths("a", pl.Series(values, dtype=pl.List(pl.UInt8)), 2)
    assert found == ([Violation("a", n, "lists of more than 2")] if n else [])


@pytest.mark.parametrize(
    ("texts", "n", "said"),
    [
        (["the plan", "<PERSON> the <WORD>!", "The Plan’s"], 0, ""),
        (["", "...", "\n"], 0, ""),
        (["the", "kestrel the kestrel"], 2, "tokens not allowed, in rows 1"),
        (["plan2"], 1, "tokens not allowed, in rows 0"),
        (["the plan 7"], 1, "tokens not allowed, in rows 0"),
        (["the-kestrel"], 1, "tokens not allowed, in rows 0"),
        (["<KESTREL>"], 1, "tokens not allowed, in rows 0"),
        (["the\u200bplan"], 1, "tokens not allowed, in rows 0"),
        (["the \U0001f600"], 1, "tokens not allowed, in rows 0"),
        (["the!!!!"], 1, "tokens not allowed, in rows 0"),
        (["the", None], 1, "texts are missing"),
    ],
)
def test_tokens(texts: list[str | None], n: int, said: str) -> None:
    lists = {"en": frozenset({"the", "plan"}), "de": frozenset({"der", "plan"})}
    codes = pl.Series(["en"] * len(texts), dtype=pl.String)
    found = content.tokens("a", pl.Series(texts, dtype=pl.String), codes, lists)
    assert found == ([Violation("a", n, said)] if said else [])


@pytest.mark.parametrize("code", ["de", "pl", "", None])
def test_a_word_of_another_language_s_list_is_not_allowed(code: str | None) -> None:
    lists = {"en": frozenset({"the", "plan"}), "de": frozenset({"der", "plan"})}
    texts, codes = pl.Series(["the plan"]), pl.Series([code], dtype=pl.String)
    assert content.tokens("a", texts, codes, lists)
    assert not content.tokens("a", texts, pl.Series(["en"]), lists)


def test_tokens_names_the_first_rows_only_and_no_word() -> None:
    codes = pl.Series(["en"] * 30)
    (found,) = content.tokens("a", pl.Series(["kestrel"] * 30), codes, {"en": frozenset()})
    assert found.count == 30
    assert found.what == "tokens not allowed, in rows " + ", ".join(map(str, range(10)))


@pytest.mark.parametrize(("n", "k", "clean"), [(10, 10, True), (11, 10, True), (9, 10, False),
                                               (0, 1, False)])  # fmt: skip
def test_people(n: int, k: int, clean: bool) -> None:
    assert content.people("a", n, k) == ([] if clean else [Violation("a", n, f"people are fewer "
                                                                     f"than {k}")])  # fmt: skip


LONG = "Ann.Kestrel@Corp"


def _hash(name: str) -> Change:
    return lambda text: hashlib.new(name, text.encode()).hexdigest()


def _b64(before: str, after: str = "!") -> Change:
    return lambda text: base64.b64encode(f"{before}{text}{after}".encode()).decode()


FORMS: list[tuple[str, Change]] = [
    ("as it is", lambda text: text),
    ("lower case", str.lower),
    ("upper case", str.upper),
    ("reversed", lambda text: text[::-1]),
    ("hex", lambda text: text.encode().hex()),
    ("hex in upper case", lambda text: text.encode().hex().upper()),
    ("base64", lambda text: base64.b64encode(text.encode()).decode()),
    ("base64 one further", _b64("x")),
    ("base64 two further", _b64("xy")),
    ("base64 three further", _b64("xyz")),
    ("base64 for addresses", lambda text: base64.urlsafe_b64encode(text.encode()).decode()),
    ("base32", lambda text: base64.b32encode(text.encode()).decode()),
    ("in an address", lambda text: quote(text, safe="")),
    ("MD5", _hash("md5")),
    ("SHA-1", _hash("sha1")),
    ("SHA-256", _hash("sha256")),
    ("SHA-256 of it in lower case", lambda text: _hash("sha256")(text.lower())),
    ("SHA-256 of it in upper case", lambda text: _hash("sha256")(text.upper())),
    ("hex of it in lower case", lambda text: text.lower().encode().hex()),
    ("base64 of it in lower case", lambda text: _b64("x")(text.lower())),
]


@pytest.mark.parametrize("around", ["{}", "see {} there", "a{}b"])
@pytest.mark.parametrize(("name", "form"), FORMS, ids=[name for name, _ in FORMS])
def test_a_long_id_is_found_in_every_form(name: str, form: Change, around: str) -> None:
    forms = content.id_forms([LONG])
    found = content.ids("a", ["nothing here", around.format(form(LONG))], *forms)
    assert found == [Violation("a", 1, "values hold an id of a person, device or session")]


ids = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs")), min_size=5, max_size=20).filter(
    lambda text: len(text.strip()) >= 5
)


@settings(max_examples=60)
@given(ids, st.text(max_size=5), st.text(max_size=5), st.sampled_from(FORMS))
def test_any_long_id_is_found(one: str, before: str, after: str, form: tuple[str, Change]) -> None:
    """Combining marks may join with what stands before, so ids stand between spaces here."""
    changed = form[1](one)
    if form[0] in ("lower case", "upper case") and changed.casefold() != one.casefold():
        return
    value = f"{before} {changed} {after}"
    assert content.ids("a", [value], *content.id_forms([one]))


@pytest.mark.parametrize(
    ("captured", "value"),
    [
        ("stra\u00dfe-9", "see strasse-9"),
        ("STRASSE-9", "see stra\u00dfe-9"),
        ("rene\u0301-lap", "see Ren\u00c9-LAP"),
        ("\uff21\uff4e\uff4e\uff0ekestrel", "see ann.kestrel"),
        ("  ann.kestrel  ", "ann.kestrel"),
    ],
)
def test_spellings_of_an_id_are_found(captured: str, value: str) -> None:
    assert content.ids("a", [value], *content.id_forms([captured]))


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("d1", False),
        (" D1\n", False),
        ("d1 and more", True),
        ("sd1x", True),
        ("1d", True),
        (hashlib.md5(b"d1").hexdigest(), True),
    ],
)
def test_a_short_id_is_looked_for_as_a_whole_value(value: str, clean: bool) -> None:
    anywhere, whole = content.id_forms(["d1"])
    assert not anywhere and whole == {"d1"}
    assert (content.ids("a", [value], anywhere, whole) == []) is clean


@pytest.mark.parametrize("known", [[], [""], ["  "], [LONG], ["d1"], [LONG, "d1"]])
def test_values_without_ids_are_clean(known: list[str]) -> None:
    values = ["the plan", "", "Ann Kestrel", "corp", "ann.kestrel at corp"]
    assert content.ids("a", values, *content.id_forms(known)) == []


def test_each_value_with_an_id_counts_once_and_missing_ones_do_not() -> None:
    values = pl.Series([LONG, None, LONG, f"{LONG} {LONG}", "d1", "the plan"])
    (found,) = content.ids("a", values, *content.id_forms([LONG, "d1"]))
    assert found.count == 4
    assert LONG not in found.what and "d1" not in found.what


def test_normal_forms_of_an_id_are_found_the_other_way_round() -> None:
    composed = unicodedata.normalize("NFC", "ren\u00e9.kestrel")
    apart = unicodedata.normalize("NFD", composed)
    assert content.ids("a", [apart], *content.id_forms([composed]))
    assert content.ids("a", [composed], *content.id_forms([apart]))


def _raises() -> Sequence[Violation]:
    raise ValueError("ann.kestrel typed this")


FOUND = Violation("a file", 2, "values outside 0 to 3")
UNSURE = Violation("a file", 1, "could not check: the control sentence did not come out")


@pytest.mark.parametrize(
    ("gate", "verdict", "found"),
    [
        (lambda: [], CLEAN, ()),
        (lambda: [FOUND], REFUSED, (FOUND,)),
        (lambda: [FOUND, UNSURE], UNCHECKED, (UNSURE, FOUND)),
        (_raises, UNCHECKED,
         (Violation("the gate itself", 1, "could not check: ValueError"),)),
    ],
)  # fmt: skip
def test_a_gate_s_verdict(gate: gates.Gate, verdict: str, found: tuple[Violation, ...]) -> None:
    (result,) = gates.run([("a gate", gate)])
    assert (result.gate, result.verdict, result.violations) == ("a gate", verdict, found)


def test_a_gate_that_raises_says_nothing_of_what_it_saw_and_stops_no_other() -> None:
    results = gates.run([("one", _raises), ("two", lambda: []), ("three", lambda: [FOUND])])
    assert [one.verdict for one in results] == [UNCHECKED, CLEAN, REFUSED]
    assert "kestrel" not in repr(results)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interruption_is_no_verdict(error: type[BaseException]) -> None:
    def gate() -> Sequence[Violation]:
        raise error

    with pytest.raises(error):
        gates.run([("a gate", gate)])


S, MIN = 1_000_000, 60_000_000
EXEMPT = {scope: Exemption("Ann ", "approved", scope) for scope in ("all", "keyboard", "mouse")}
REGISTRY = "in a pause of the registry"
ASKED, HOURS = "in time that was asked back", "outside working hours"
STREAM = "in a pause in the stream"
WINDOW, FIELD = "in an excluded window", "in a secure field"
KEY, HAND, REST = (3, 0, 0), (0, 3, 0), (0, 0, 3)


def source(first: float, last: float, made_of: tuple[int, int, int] = KEY, on: str | None = "d1",
           user: str = "ann") -> pl.DataFrame:  # fmt: skip
    """One released row, from so many seconds to so many."""
    row = (user, on, round(first * S), round(last * S), *made_of)
    return pl.DataFrame([row], schema=_LINEAGE, orient="row")


def deciding(*rows: dict[str, object]) -> pl.DataFrame:
    """Deciding events of one person, times in seconds."""
    base = {"user_id": "ann", "device_id": "d1"}
    made = [{**base, **row, "ts": round(cast(float, row["ts"]) * S)} for row in rows]
    return pl.DataFrame(made, schema=_BOUNDARIES)


def back(before: float, after: float, on: str | None = "d1") -> dict[str, object]:
    """A step back of a clock, in seconds."""
    return {"ts": after, "type": "step", "before_ts": round(before * S), "device_id": on}


def at(ts: float, kind: str, **more: object) -> dict[str, object]:
    return {"ts": ts, "type": kind, **more}


_LINEAGE = dict.fromkeys(LINEAGE, pl.Int64()) | {"user_id": pl.String(), "device_id": pl.String()}
_BOUNDARIES = dict.fromkeys(BOUNDARIES, pl.String()) | {
    "ts": pl.Int64(), "secure": pl.Boolean(), "before_ts": pl.Int64()
}  # fmt: skip

NOTHING = Registries()
PAUSED = Registries(pauses=(Pause(" ANN", 100 * S, 200 * S),))
OPEN = Registries(pauses=(Pause("ann", 100 * S),))
OPEN_D9 = Registries(pauses=(Pause("ann", 100 * S, None, " d9"),))
ON_D1 = Registries(pauses=(Pause("ann", 100 * S, 200 * S, "d1 "),))
VAULT = Registries(exclusions=(Exclusion(app="*vault*"), Exclusion(url="portal.example")))
ONLY = Registries(exclusions=(Exclusion(app="word", effect="keep_only"),))
HIS = Registries(exclusions=(Exclusion(app="word", user_id="bob"),))
FORGET = {
    scope: Registries(withdrawals=(Withdrawal("ANN ", 100 * S, 200 * S, scope),))
    for scope in ("all", "keyboard", "mouse")
}
GONE = Registries(withdrawals=(Withdrawal("ann"),))
UNTIL = Registries(withdrawals=(Withdrawal("ann", None, 200 * S),))
FROM = Registries(withdrawals=(Withdrawal("ann", 100 * S, None),))
AGES = Registries(limits=Limits(not_before=100 * S, not_from=200 * S))
WIDE = replace(PAUSED, limits=Limits(guard_us=10 * S))
STOPPED = (at(100, "pause"), at(200, "resume"))
SHOWN = (at(100, "focus", app="The Vault"), at(200, "focus", app="word"))
PORTAL = (at(100, "focus", app="web", url="https://me@Portal.example:99/x"),)
SECRET = (at(100, "focus", app="word", secure=True), at(200, "focus", app="word"))
HID = (at(100, "focus", app="word"), at(150, "keydown", secure=True), at(200, "focus", app="word"))

RECOUNTED: list[tuple[Registries, Sequence[dict[str, object]], pl.DataFrame, str]] = [
    (NOTHING, (), source(1, 2), ""),
    *[(Registries((EXEMPT[scope],)), (), source(1, 2, made_of), said)
      for scope, made_of, said in [
          ("all", KEY, "of people exempt from all"), ("all", REST, "of people exempt from all"),
          ("keyboard", KEY, "of people exempt from keyboard"), ("keyboard", HAND, ""),
          ("mouse", (1, 1, 0), "of people exempt from mouse"), ("mouse", KEY, ""),
      ]],
    (Registries((EXEMPT["all"],)), (), source(1, 2, user="bob"), ""),
    *[(Registries((Exemption("ann", status),)), (), source(1, 2), said)
      for status, said in [("pending", "of people exempt from all"), ("denied", ""),
                           ("withdrawn", "")]],
    (Registries((Exemption("ann", "approved", "all", 1, 1), Exemption("ann", "denied", "all", 2))),
     (), source(1, 2), ""),
    *[(PAUSED, (), source(first, last), said)
      for first, last, said in [
          (90, 97.999999, ""), (90, 98, REGISTRY), (150, 150, REGISTRY), (1, 999, REGISTRY),
          (201.999999, 210, REGISTRY), (202, 210, ""),
      ]],
    (PAUSED, (), source(150, 151, on=None), REGISTRY),
    (PAUSED, (), source(150, 151, user="bob"), ""),
    (ON_D1, (), source(150, 151), REGISTRY),
    (ON_D1, (), source(150, 151, on=None), REGISTRY),
    (OPEN_D9, (at(3000, "resume", device_id=None),), source(2500, 2501, on=None), REGISTRY),
    (OPEN_D9, (at(3000, "resume", device_id=None),), source(2500, 2501), ""),
    (OPEN_D9, (at(3000, "resume", device_id="d9"),), source(2500, 2501, on="d9"), REGISTRY),
    (ON_D1, (), source(150, 151, on="d2"), ""),
    (OPEN, (), source(1901.9, 1902), REGISTRY),
    (OPEN, (), source(1902, 1903), ""),
    (OPEN, (at(200, "resume"),), source(1900, 1901), REGISTRY),
    (OPEN, (at(3000, "resume"),), source(3001, 3001), REGISTRY),
    (OPEN, (at(3000, "resume"),), source(3002, 3002), ""),
    *[(NOTHING, STOPPED, source(first, last), said)
      for first, last, said in [
          (90, 97.9, ""), (90, 98, STREAM), (150, 160, STREAM), (201.9, 210, STREAM),
          (202, 210, ""),
      ]],
    (NOTHING, STOPPED, source(150, 160, on="d2"), ""),
    (NOTHING, (at(100, "pause", device_id=None), at(200, "resume")), source(150, 160, on="d2"),
     STREAM),
    (NOTHING, (at(100, "pause"), at(120, "resume", device_id="d2")), source(150, 160), STREAM),
    (NOTHING, (at(100, "pause"),), source(1901.9, 1902), STREAM),
    (NOTHING, (at(100, "pause"),), source(1902, 1903), ""),
    *[(VAULT, SHOWN, source(first, last), said)
      for first, last, said in [(90, 99.9, ""), (90, 100, WINDOW), (199, 199.9, WINDOW),
                                (200, 210, "")]],
    (VAULT, SHOWN, source(150, 160, on="d2"), ""),
    (VAULT, PORTAL, source(150, 160), WINDOW),
    (NOTHING, PORTAL, source(150, 160), ""),
    (HIS, SHOWN, source(250, 260), ""),
    *[(ONLY, SHOWN, source(first, last), said)
      for first, last, said in [(90, 99.9, "in a window that is not listed"), (150, 160, WINDOW),
                                (200, 210, "")]],
    *[(NOTHING, hidden, source(first, last, made_of), said)
      for hidden in (SECRET, HID)
      for first, last, made_of, said in [
          (90, 99.9, KEY, ""), (110, 120, KEY, FIELD), (110, 120, HAND, FIELD),
          (110, 120, REST, ""), (200, 210, KEY, ""),
      ]],
    (NOTHING, (at(150, "keydown", secure=True, device_id=None),), source(110, 120), FIELD),
    (NOTHING, (at(100, "focus", device_id=None), at(150, "paste", secure=True, device_id="d2")),
     source(110, 120), FIELD),
    (NOTHING, HID, source(90, 250, REST), FIELD),
    *[(FORGET[scope], (), source(first, last, made_of), said)
      for scope, first, last, made_of, said in [
          ("all", 90, 97.9, KEY, ""), ("all", 90, 98, REST, ASKED), ("all", 201.9, 205, KEY, ASKED),
          ("all", 202, 205, KEY, ""), ("keyboard", 150, 160, KEY, ASKED),
          ("keyboard", 150, 160, HAND, ""), ("keyboard", 150, 160, REST, ""),
          ("keyboard", 90, 98, HAND, ASKED), ("keyboard", 201.9, 202, HAND, ASKED),
          ("mouse", 150, 160, HAND, ASKED), ("mouse", 150, 160, KEY, ""),
      ]],
    (FORGET["all"], (), source(150, 160, on=None), ASKED),
    (FORGET["all"], (), source(150, 160, user="bob"), ""),
    (GONE, (), source(1, 2, REST), ASKED), (GONE, (), source(1, 2, user="bob"), ""),
    (UNTIL, (), source(-9999, -9998), ASKED), (UNTIL, (), source(202, 203), ""),
    (FROM, (), source(9998, 9999), ASKED), (FROM, (), source(90, 97.9), ""),
    *[(AGES, (), source(first, last), said)
      for first, last, said in [
          (90, 99.9, "older than the project keeps"), (100, 199.9, ""),
          (199, 200, "younger than the project uses"),
      ]],
    (WIDE, (), source(90, 90), REGISTRY), (WIDE, (), source(89, 89.9), ""),
]  # fmt: skip


@pytest.mark.parametrize(("registries", "events", "row", "said"), RECOUNTED)
def test_consent_counted_again(
    registries: Registries, events: Sequence[dict[str, object]], row: pl.DataFrame, said: str
) -> None:
    found = recount.consent("a file", row, registries, deciding(*events))
    assert found == ([Violation("a file", 1, f"rows {said}")] if said else [])


STEPS: list[tuple[Registries, Sequence[dict[str, object]], pl.DataFrame, str]] = [
    *[(PAUSED, (back(300, 240, on),), source(first, first, on=where), said)
      for on, where, first, said in [
          ("d1", "d1", 38, REGISTRY), ("d1", "d1", 37.9, ""), ("d1", "d1", 261.9, REGISTRY),
          ("d1", "d1", 262, ""), ("d2", "d1", 50, ""), (None, "d1", 50, REGISTRY),
          ("d2", None, 50, REGISTRY),
      ]],
    (PAUSED, (back(300, 298), ), source(97, 97), ""),  # no more than the guard
    (PAUSED, (back(300, 297.9), ), source(97, 97), REGISTRY),
    (PAUSED, (back(2005, 2000), ), source(94, 94), REGISTRY),  # half an hour after the end
    (PAUSED, (back(2006, 2000.1), ), source(94, 94), ""),
    (PAUSED, (back(9000, 4600), ), source(-4302, -4302), REGISTRY),  # as far as it went back
    (PAUSED, (back(9000, 4601), ), source(-4200, -4200), ""),
    (PAUSED, (back(110, 100), back(195, 190)), source(83, 83), REGISTRY),
    (PAUSED, (back(110, 100), back(195, 190)), source(82.9, 82.9), ""),
    (FORGET["keyboard"], (back(300, 240),), source(38, 38), ASKED),
    (NOTHING, (*STOPPED, back(300, 240)), source(38, 38), STREAM),
    (VAULT, (*SHOWN, back(250, 249)), source(200.9, 200.9), WINDOW),
    (VAULT, (*SHOWN, back(250, 249)), source(201, 201), ""),
    (NOTHING, (*HID, back(250, 249)), source(99, 99), FIELD),
    (NOTHING, (at(100, "pause", device_id=None), at(200, "resume"), back(300, 240, "d2")),
     source(38, 38), STREAM),
    (AGES, (back(150, 120),), source(100, 110), ""),
]  # fmt: skip


@pytest.mark.parametrize(("registries", "events", "row", "said"), STEPS)
def test_windows_widened_by_clocks_that_went_back_are_counted_again(
    registries: Registries, events: Sequence[dict[str, object]], row: pl.DataFrame, said: str
) -> None:
    found = recount.consent("a file", row, registries, deciding(*events))
    assert found == ([Violation("a file", 1, f"rows {said}")] if said else [])


BERLIN = WorkingHours("Europe/Berlin", (0, 1, 2, 3, 4), 8 * 60, 18 * 60)
NIGHTS = WorkingHours("Europe/Berlin", (6,), 22 * 60, 2 * 60 + 30)
HERS = WorkingHours("UTC", (0, 1, 2, 3, 4, 5, 6), 0, 12 * 60, (" ANN",))
HIS_HOURS = replace(HERS, users=("bob",))
ROUND = WorkingHours("UTC", (0, 1, 2, 3, 4, 5, 6), 60, 60)


@pytest.mark.parametrize(
    ("entries", "first", "last", "late"),
    [
        ((BERLIN,), "2026-09-21T05:59:59.9Z", "2026-09-21T06:30Z", True),
        ((BERLIN,), "2026-09-21T06:00Z", "2026-09-21T15:59:59.9Z", False),
        ((BERLIN,), "2026-09-21T15:00Z", "2026-09-21T16:00Z", True),
        ((BERLIN,), "2026-09-20T10:00Z", "2026-09-20T10:00Z", True),  # a Sunday
        ((BERLIN,), "2026-10-26T06:30Z", "2026-10-26T06:30Z", True),  # in winter time
        ((BERLIN,), "2026-09-21T10:00Z", "2026-09-22T10:00Z", True),  # over a night
        ((NIGHTS,), "2026-09-21T00:29Z", "2026-09-21T00:29Z", False),
        ((NIGHTS,), "2026-09-21T00:30Z", "2026-09-21T00:30Z", True),
        ((HERS, BERLIN), "2026-09-21T03:00Z", "2026-09-21T03:00Z", False),
        ((HIS_HOURS, BERLIN), "2026-09-21T03:00Z", "2026-09-21T03:00Z", True),
        ((HIS_HOURS,), "2026-09-21T10:00Z", "2026-09-21T10:00Z", True),
        ((HERS, HERS), "2026-09-21T10:00Z", "2026-09-21T10:00Z", False),
        ((HERS, replace(HERS, from_=660)), "2026-09-21T10:00Z", "2026-09-21T10:00Z", True),
        ((ROUND,), "2026-09-21T00:59Z", "2026-09-21T01:00Z", False),
        ((ROUND,), "0001-01-01T12:00Z", "0001-01-01T12:00Z", True),  # beyond any calendar
    ],
)
def test_working_hours_are_counted_again(
    entries: tuple[WorkingHours, ...], first: str, last: str, late: bool
) -> None:
    times = [
        datetime.fromisoformat(one) - datetime(1970, 1, 1, tzinfo=UTC) for one in (first, last)
    ]
    row = source(*(one.total_seconds() for one in times))
    rules = Registries(limits=Limits(working_hours=entries))
    found = recount.consent("a file", row, rules, deciding())
    assert found == ([Violation("a file", 1, f"rows {HOURS}")] if late else [])


@pytest.mark.parametrize(("make", "seed", "n"), [
    *((scenarios.events, seed, 400) for seed in (1, 2, 19)),
    *((scenarios.history, seed, 150) for seed in range(12)),
])  # fmt: skip
def test_both_ways_of_counting_consent_say_the_same_of_every_event(
    make: Callable[[int, int], Scenario], seed: int, n: int
) -> None:
    """An event that the rules take out is a violation by itself, all others together are none."""
    made = make(seed, n)
    verdicts = made.events.join(scenarios.judged(made), on=made.key)
    users = made.events["user_id"].unique().to_list()
    with duckdb.connect() as connection:
        connection.register("capture", made.events.to_arrow())
        bounds = consented.boundaries(connection, users, "capture")
    rows = verdicts.select(
        "user_id", "device_id", pl.col("ts").alias("first_ts"), pl.col("ts").alias("last_ts"),
        *(pl.col("type").is_in(names).cast(pl.Int64).alias(f"n_{scope}")
          for scope, names in (("keyboard", KEYBOARD), ("mouse", MOUSE), ("other", OTHER))),
    )  # fmt: skip
    out = verdicts["reason"].is_not_null()
    assert int(out.sum()) > 0
    assert recount.consent("a", rows.filter(~out), made.registries, bounds) == []
    for row in rows.filter(out).iter_slices(1):
        assert recount.consent("a", row, made.registries, bounds), row
