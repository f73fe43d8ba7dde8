"""Letters that were put apart, broken over lines, run together or swapped for others."""

from __future__ import annotations

import re
import unicodedata

Change = tuple[int, int, str]

_UNSEEN = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
_UNSEEN += "\u2066-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e007f"
_STYLED = "\u2070-\u209c\u2100-\u214f\u2460-\u24ea\uff01-\uff5e\uff61-\uffdc\U0001d400-\U0001d7ff"
_STYLED += "\U0001f100-\U0001f189\u3000\u00b2\u00b3\u00b9\ufb00-\ufb06"
_ODD = re.compile(
    rf"[{_UNSEEN}]+|[{_STYLED}]|\w?[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
    r"|[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59]"
)

# Letters of Greek, Cyrillic and Armenian that look like Latin ones, pair by pair.
_ALIKE_PAIRS = """
аa вb еe ѕs іi јj кk мm нh оo рp сc тt уy хx ԁd ԛq ԝw һh ӏl ґr гr пn з3 бb дd лn иu ѵv
АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX ԀD ԚQ ԜW ҺH ӀI ЗZ
αa βb εe ηn ιi κk νv οo ρp σo ςs τt υu χx ωw γy ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX
օo սu հh ոn ցg
"""
_ALIKE = {pair[0]: pair[-1] for pair in _ALIKE_PAIRS.split() if len(pair) >= 2}
_FOREIGN = re.compile("[" + "".join(sorted(_ALIKE)) + "]")
_WORD = re.compile(r"\w+")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")

_SPACED = re.compile(
    r"(?<![^\W_])[^\W_](?P<gap>[ \u00a0.·_*|~/\\-]{1,3})[^\W_](?:(?P=gap)[^\W_]){2,}(?![^\W_])"
)
_GAPS = re.compile(r"[\W_]+")
_BROKEN = re.compile(
    r"(?<=[@/_=+-])[ \t]*\r?\n[ \t]*(?=\w)|(?<=[\w-])[ \t]*\r?\n[ \t]*(?=[@./_=]\w)"
    r"|(?<=\d)[ \t]*\r?\n[ \t]*(?=\d)"
)
_CAMEL = re.compile(
    r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])_+(?=[^\W\d_])"
)
_HUMP = re.compile(r"[a-zß-ÿ][A-ZÀ-Þ]|[^\W\d_]_+[^\W\d_]")


def characters(text: str) -> list[Change]:
    """Characters that stand for plainer ones, or for none at all."""
    if text.isascii():
        return []
    changes = [
        (match.start(), match.end(), plain)
        for match in _ODD.finditer(text)
        if (plain := _plain(match[0])) != match[0]
    ]
    if _FOREIGN.search(text) and _LATIN.search(text):
        taken = {place for start, end, _ in changes for place in range(start, end)}
        changes += [change for change in _look_alikes(text) if change[0] not in taken]
    return sorted(changes)


def _plain(odd: str) -> str:
    """One character for a letter under marks, a digit for a digit, nothing for what is unseen."""
    if odd.isdecimal():
        return str(unicodedata.decimal(odd[0]))
    folded = unicodedata.normalize("NFKC", odd)
    return "".join(c for c in folded if not unicodedata.category(c).startswith(("M", "C")))[:4]


def _look_alikes(text: str) -> list[Change]:
    """Letters of words that are partly Latin, or made of nothing but look-alikes."""
    found = []
    for word in _WORD.finditer(text):
        foreign = list(_FOREIGN.finditer(word[0]))
        letters = sum(character.isalpha() for character in word[0])
        if foreign and (_LATIN.search(word[0]) or len(foreign) == letters > 1):
            places = ((word.start() + m.start(), _ALIKE[m[0]]) for m in foreign)
            found += [(place, place + 1, letter) for place, letter in places]
    return found


def spaced_letters(text: str) -> list[Change]:
    """What stands between letters or digits that are put apart one by one, four at the least."""
    return [
        (run.start() + gap.start(), run.start() + gap.end(), "")
        for run in _SPACED.finditer(text)
        for gap in _GAPS.finditer(run[0])
    ]


def broken_lines(text: str) -> list[Change]:
    """Line breaks within a number (read as a space) or beside a sign that joins (as nothing)."""
    if "\n" not in text:
        return []
    return [
        (match.start(), match.end(), " " if _within_number(text, match) else "")
        for match in _BROKEN.finditer(text)
    ]


def _within_number(text: str, match: re.Match[str]) -> bool:
    return text[match.start() - 1].isdigit() and text[match.end()].isdigit()


def camel_case(text: str) -> list[Change]:
    """The words of `johnSmithAccount` and `john_smith_account`, put apart."""
    if not _HUMP.search(text):
        return []
    return [(match.start(), match.end(), " ") for match in _CAMEL.finditer(text)]
