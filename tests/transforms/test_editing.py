"""Text around a caret: each step against a list of graphemes, and input that means harm."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import buffer, editing, events, typed_text
from transforms.buffer import Buffer

TEXTS = st.sampled_from(["a", "bc", "x" * 100, "é", "e\u0301", "会議", "👍🏽", "\u0301", " d e "])
STEPS = st.one_of(
    TEXTS,
    st.tuples(st.just("take"), st.sampled_from([-1, 1])),
    st.tuples(st.just("move"), st.sampled_from([-1, 1])),
    st.tuples(st.just("select"), st.sampled_from([-1, 1])),
    st.tuples(st.just("cut"), st.just(0)),
    st.tuples(st.just("collapse"), st.sampled_from([-1, 1])),
)


class Plain:
    """The same as a list and two places."""

    def __init__(self) -> None:
        self.cells: list[str] = []
        self.at = self.anchor = 0

    def insert(self, text: str) -> None:
        held = self.cells.pop(self.at - 1) if self.at and not text.isascii() else ""
        start = self.at - bool(held)
        new = regex.findall(r"\X", held + text)
        self.cells[start:start] = new
        self.at = self.anchor = start + len(new)

    def step(self, name: str, step: int) -> None:
        low, high = sorted((self.at, self.anchor))
        place = self.at - (step < 0)
        if name == "cut":
            del self.cells[low:high]
            self.at = self.anchor = low
        elif name == "collapse":
            self.at = self.anchor = low if step < 0 else high
        elif 0 <= place < len(self.cells):
            if name == "take":
                del self.cells[place]
                self.at -= step < 0
            else:
                self.at += step
            if name != "select":
                self.anchor = self.at


def apply(state: Buffer, one: str | tuple[str, int]) -> None:
    if isinstance(one, str):
        buffer.insert(state, one)
        return
    name, step = one
    if name == "take":
        buffer.take(state, step)
    elif name == "cut":
        buffer.cut(state)
    elif name == "collapse":
        buffer.collapse(state, step)
    else:
        buffer.move(state, step, select=name == "select")


@settings(max_examples=300)
@given(st.lists(STEPS, max_size=40))
def test_a_buffer_is_a_list_with_a_caret(steps: list[str | tuple[str, int]]) -> None:
    state, plain = Buffer(), Plain()
    for one in steps:
        name = one[0] if isinstance(one, tuple) else ""
        if name not in ("select", "cut", "collapse"):  # as editing does
            buffer.collapse(state, 1)
            plain.step("collapse", 1)
        apply(state, one)
        plain.insert(one) if isinstance(one, str) else plain.step(*one)
        assert buffer.text(state) == "".join(plain.cells)
        before = "".join(state.before)
        assert before == "".join(plain.cells[: plain.at])
        assert abs(state.span) == abs(plain.at - plain.anchor)


@pytest.mark.parametrize(
    ("typed", "deleted", "left"),
    [
        ("x" * 1_000, 3, "x" * 997),
        ("ab" * 500, 999, "a"),
        ("e\u0301" * 5, 2, "e\u0301" * 3),
        ("👩‍👩‍👧‍👦" * 3, 1, "👩‍👩‍👧‍👦" * 2),
        ("🇩🇪🇫🇷", 1, "🇩🇪"),
        ("a" + "\u0301" * 32, 1, ""),
    ],
)
def test_deleting_goes_by_what_a_reader_sees(typed: str, deleted: int, left: str) -> None:
    operations = [(editing.INSERT, typed), *[(editing.BACK, None)] * deleted]
    found = editing.replay(operations)
    assert "".join(found.pieces) == left and not found.reached


def test_arrows_are_not_followed_in_writing_from_right_to_left() -> None:
    operations = [(editing.INSERT, "שלום"), (editing.LEFT, None), (editing.INSERT, "x")]
    found = editing.replay(operations)
    assert found.pieces == ["שלום", "x"] and not found.exact


HOSTILE = st.one_of(
    st.sampled_from(
        ["\x00", "\x1b", "\u202e", "\u200f", "\u2066", "\ufeff", "\U0001e900", "𐤀", "\U000e0041"]
    ),
    st.sampled_from(["a" + "\u0301" * 31, "\u0301" * 32, "\u200d" * 32, "🇩", "•", "****", "\n"]),
    st.sampled_from(["Backspace", "Delete", "ArrowLeft", "Home", "Insert", "Tab", "Enter", "F5"]),
    st.text(max_size=32),
    st.none(),
)
MODS = st.sampled_from([None, None, None, "Shift", "Control", "Alt", "Meta", "Control+Shift"])


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(["keydown", "compose", "paste"]), HOSTILE, MODS)),
    st.booleans(),
)
def test_no_input_breaks_it(given_: list[tuple[str, str | None, str | None]], line: bool) -> None:
    typed = [
        {"type": kind, "key" if kind == "keydown" else "text": value, "mods": mods}
        for kind, value, mods in given_
    ]
    made = typed_text.judged(frame(typed), one_line=line)
    sources = "".join(value or "" for kind, value, _ in given_ if kind != "paste") + "\n"
    assert set("".join(made["text"].drop_nulls())) <= set(sources)
    assert (
        made.filter(pl.col("kind") == typed_text.UNKNOWN)["text"].null_count()
        == (made["kind"] == typed_text.UNKNOWN).sum()
    )


def frame(typed: list[dict[str, Any]]) -> pl.DataFrame:
    whose = {"user_id": "u", "device_id": "d", "session_id": "s"}
    rows = [{**whose, "ts": n, "seq": n, **one} for n, one in enumerate(typed)]
    made = pl.DataFrame(rows, schema=events.SCHEMA, infer_schema_length=None)
    parted = made.with_columns(pl.lit(0, pl.Int64).alias("part"))
    return events.with_focus(events.with_runs(parted), {})


@pytest.mark.audit
def test_a_million_backspaces_in_ten_megabytes() -> None:
    long, n = "typed " * 1_700_000, 1_000_000
    back = frame([{"type": "keydown", "key": "Backspace"}])
    typed = frame([{"type": "compose", "text": long}])
    deleting = pl.concat([back] * 1_000, rechunk=True)
    whole = pl.concat([typed, *[deleting] * (n // 1_000)], rechunk=True)
    made = typed_text.judged(whole, one_line=True)
    same = made["text"].to_list() == [long[:-n]]
    assert same and made["kind"].to_list() == [typed_text.EXACT]


@pytest.mark.audit
def test_a_million_segments_of_three_characters() -> None:
    keys = ["a", "b", "c", "Enter"] * 1_000_000
    one = frame([{"type": "keydown", "key": "a"}])
    many = one.select(pl.exclude("key", "ts")).join(pl.DataFrame({"key": keys}), how="cross")
    timed = many.with_columns(pl.int_range(pl.len()).alias("ts")).select(one.columns)
    made = typed_text.judged(timed, sighted=True)
    assert made.height == 1_000_000
    assert made["text"].unique().to_list() == ["abc"]
    assert made["follows"].null_count() == 1 and made["follows_3"].null_count() == 3
