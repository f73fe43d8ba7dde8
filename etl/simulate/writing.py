"""Sentences: what is written, and the detours by which a person gets there.

Every detour ends at the sentence that was meant, so that the answer key can name it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from etl.simulate import keyboard as keys
from etl.simulate import pointer, words
from etl.simulate.desk import Desk, note_secret, put, wait

_SLOT = re.compile(r"\{(\w+)\}")
_COMPOSED = ("会議", "ありがとう", "資料", "明日")


def ordinary(desk: Desk) -> str:
    """A sentence of common words."""
    return _styled(desk, _filled(desk, desk.decks.draw("sentence", words.SENTENCES)))


def with_rare(desk: Desk) -> str:
    """A sentence about this person's hobby, in words that hardly anyone else types."""
    rare = desk.dice.pick(desk.person.rare)
    return _filled(desk, desk.dice.pick(words.ABOUT_RARE)).replace("{rare}", rare)


def with_secret(desk: Desk, kind: str, text: str, templates: dict[str, tuple[str, ...]]) -> str:
    """A sentence or command in which a secret stands as it is."""
    return _filled(desk, desk.dice.pick(templates[kind])).replace("{s}", text)


def _filled(desk: Desk, template: str) -> str:
    def fill(slot: re.Match[str]) -> str:
        pool = words.POOLS.get(slot[1])
        return desk.decks.draw(slot[1], pool) if pool else slot[0]

    return _SLOT.sub(fill, template)


def _styled(desk: Desk, sentence: str) -> str:
    end = "?" if sentence.startswith(("can ", "could ", "do ", "is ", "what ", "who ")) else "."
    if desk.dice.chance(0.6):
        sentence = sentence[0].upper() + sentence[1:]
    return sentence + (end if desk.dice.chance(0.75) else "")


def write(desk: Desk, sentence: str, *, ordinary: bool) -> None:
    """Writes a sentence into the field at hand, plainly or by a detour, and notes it."""
    began = len(desk.ts)
    name = desk.decks.draw("detour", _DETOUR_DECK) if ordinary and " " in sentence else "typo"
    _DETOURS[name](desk, sentence)
    desk.truth.behaviours[name] += 1
    keys.settle(desk)
    note_sentence(desk, sentence, desk.ts[began], ordinary=ordinary)


def note_sentence(desk: Desk, sentence: str, ts: int, *, ordinary: bool) -> None:
    """Notes a sentence with the UTC day on which it was typed."""
    desk.truth.sentences.append(
        {
            "user_id": desk.person.user_id,
            "device_id": desk.session.device.device_id,
            "ts": ts,
            "end": desk.clock,
            "day": datetime.fromtimestamp(ts // 1_000_000, UTC).date().isoformat(),
            "text": sentence,
            "ordinary": ordinary,
        }
    )


def _typo(desk: Desk, sentence: str) -> None:
    """Types with this person's slips, each noticed at once or some characters later."""
    at = 0
    while at < len(sentence):
        if desk.dice.chance(desk.hand.typo) and sentence[at].isalpha():
            late = desk.dice.below(min(3, len(sentence) - at))
            keys.type_text(desk, keys.neighbour(sentence[at]) + sentence[at + 1 : at + 1 + late])
            wait(desk, 150_000, 500_000)
            keys.backspace(desk, 1 + late)
            desk.truth.behaviours["correction"] += 1
        keys.type_char(desk, sentence[at])
        at += 1


def _missed_word(desk: Desk, sentence: str) -> None:
    """Leaves a word out, goes back for it with arrows or Home, and returns with End."""
    parts = sentence.split(" ")
    at = desk.dice.below(len(parts) - 1)
    before, after = " ".join(parts[:at]), " ".join(parts[at + 1 :])
    keys.type_text(desk, f"{before} {after}" if before else after)
    # From Home only where the line holds nothing else, so that the count of steps is right.
    alone = len(desk.typed.chars) == desk.typed.caret == len(sentence) - len(parts[at]) - 1
    if alone and len(before) < len(after):
        keys.to_line_end(desk, "Home")
        if before:
            keys.arrow(desk, 1, len(before) + 1)
    else:
        keys.arrow(desk, -1, len(after), hold=len(after) > 12)
    keys.type_text(desk, f"{parts[at]} ")
    keys.to_line_end(desk, "End")


def _replaced(desk: Desk, sentence: str) -> None:
    """Ends with a wrong word, selects it with Shift and arrows, and types over it."""
    head, _, last = sentence.rpartition(" ")
    wrong = desk.decks.draw("n", words.POOLS["n"])
    keys.type_text(desk, f"{head} {wrong}")
    with keys.held(desk, "Shift"):
        keys.arrow(desk, -1, len(wrong))
    keys.type_text(desk, last)


def _clicked(desk: Desk, sentence: str) -> None:
    """Clicks into the field half-way; the caret happens to stay where it was."""
    half = sentence.find(" ", len(sentence) // 2) + 1
    keys.type_text(desk, sentence[:half])
    keys.settle(desk)
    pointer.wander(desk, content=True)
    pointer.click(desk)
    desk.typed.simple = desk.typed.exact = False
    keys.type_text(desk, sentence[half:])


def _held_backspace(desk: Desk, sentence: str) -> None:
    """Begins with a word that it takes back by holding Backspace."""
    wrong = desk.decks.draw("v", words.POOLS["v"])
    keys.type_text(desk, wrong)
    keys.backspace(desk, len(wrong), hold=True)
    desk.typed.simple = False
    keys.type_text(desk, sentence)


def _undone(desk: Desk, sentence: str) -> None:
    """Types a stray letter and undoes it."""
    keys.type_text(desk, sentence + "x")
    keys.hotkey(desk, "z")
    desk.typed.chars.pop(desk.typed.caret - 1)
    desk.typed.caret -= 1
    desk.typed.simple = desk.typed.exact = False


def _accented(desk: Desk, sentence: str) -> None:
    """Adds a word with an accent, by a dead key."""
    _typo(desk, sentence)
    desk.typed.simple = False
    keys.type_text(desk, desk.dice.pick((" café", " crème", " über", " 5 €")))


def _composed(desk: Desk, sentence: str) -> None:
    """Adds a word through an input method."""
    _typo(desk, sentence + " ")
    for _ in range(desk.dice.whole(3, 8)):
        keys.press(desk, "Process", f"Key{desk.dice.pick('AEIOUKSTNM')}")
    keys.settle(desk)
    text = desk.dice.pick(_COMPOSED)
    put(desk, desk.clock, "compose", ("text", text))
    keys.insert(desk.typed, text)
    desk.typed.simple = False
    desk.typed.last_ts = desk.clock


def _pasted(desk: Desk, sentence: str) -> None:
    """Types half and pastes half, with Control+V or from a menu."""
    half = sentence.find(" ") + 1
    keys.type_text(desk, sentence[:half])
    paste(desk, sentence[half:], with_key=desk.dice.chance(0.6))


def _pasted_unknown(desk: Desk, sentence: str) -> None:
    """Presses Control+V for something that no paste event tells of."""
    _typo(desk, sentence + " ")
    keys.hotkey(desk, "v")
    desk.typed.simple = desk.typed.exact = False
    desk.truth.behaviours["paste unknown"] += 1


def paste(desk: Desk, text: str, *, with_key: bool) -> None:
    """Pastes text at the caret."""
    if with_key:
        keys.hotkey(desk, "v")
    else:
        keys.settle(desk)
        wait(desk, 200_000, 600_000)
    put(desk, desk.clock, "paste", ("text", text), *keys.marked(desk))
    keys.insert(desk.typed, text)
    desk.typed.simple = False
    desk.typed.first_ts = desk.typed.first_ts or desk.clock
    desk.typed.last_ts = desk.clock
    desk.truth.behaviours["paste with key" if with_key else "paste from menu"] += 1


def paste_secret(desk: Desk, kind: str, text: str, where: str = "pasted") -> None:
    """Pastes a secret as it is."""
    paste(desk, text, with_key=desk.dice.chance(0.6))
    note_secret(desk, kind, text, where)


_DETOURS: dict[str, Callable[[Desk, str], None]] = {
    "plain": keys.type_text,
    "typo": _typo,
    "missed word": _missed_word,
    "replaced": _replaced,
    "clicked": _clicked,
    "held backspace": _held_backspace,
    "undone": _undone,
    "accented": _accented,
    "composed": _composed,
    "pasted": _pasted,
    "pasted unknown": _pasted_unknown,
}
_DETOUR_DECK = (
    *("plain", "typo") * 8,
    *("missed word", "replaced", "held backspace", "pasted") * 2,
    *(name for name in _DETOURS if name not in ("plain", "typo")),
)
