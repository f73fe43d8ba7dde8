"""Which words of a text, side by side, may be one name: listed ones, initials, `van der`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from privacy.detectors import names, people
from privacy.detectors.cues import AND, NO_NAMES, PARTICLES, Cues
from privacy.languages import COVERED

STOP = re.compile(r"[.!?;:\n|>()]")
SPACE = re.compile(r"[ \t]{1,3}|\.[ \t]?")
_JOIN = re.compile(r"[ \t]{1,3}|\.[ \t]?|,[ \t]")
FUNCTION = 8e-4  # frequency from which a word is grammar more than a name
PLAIN = 2e-4  # from which a name needs more than a preposition before it
SELDOM, UNLISTED = 5e-5, 2.5e-5  # up to which a word beside a name is one
_SELDOM = 4e-5  # up to which a particle before it makes a word a name, if a list has it
_RARE = 5e-6  # and if none has
_PARTICLES = 3  # in a row
_LONGEST = 4  # words of a name, particles apart


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, folded, with what is between them: `gaps[i]` stands before word i."""

    text: str
    spans: list[tuple[int, int]]
    words: list[str]
    gaps: list[str]
    language: str
    cues: Cues


def run(read: Words, index: int, *, strict: bool) -> int:
    """The end of the words that may be one name; not strict: the first may be any but grammar."""
    place, parts = index, 0
    while place < len(read.words) and parts < _LONGEST:
        if place > index and not _is_near(read, place):
            break
        if read.words[place] in PARTICLES and _holds(read, place, strict):
            place = after_particles(read, place) + 1
        elif _holds(read, place, strict) or (place > index and _is_rest(read, place)):
            place += 1
        else:
            break
        parts, strict = parts + 1, True
    return place


def after_particles(read: Words, place: int) -> int:
    """The first word from here on that is no particle, or the fourth word."""
    last = min(place + _PARTICLES, len(read.words) - 1)
    while place < last and read.words[place] in PARTICLES:
        place += 1
    return place


def _is_near(read: Words, place: int) -> bool:
    """Whether a word may belong to the name before it: `ann lee`, `a. lee`, `lee, ann`."""
    gap = read.gaps[place]
    if is_initial(read, place - 1):
        return _JOIN.fullmatch(gap) is not None
    if gap.strip() == ",":
        before, word = read.words[place - 1], read.words[place]
        sure = is_name(word, read) and is_rather_name(read, place)
        return sure or (is_name(before, read) and is_given(read, place))
    return gap.strip(" \t") == ""


def _holds(read: Words, place: int, strict: bool) -> bool:
    """Whether a word may be part of a name."""
    word = read.words[place]
    if word in PARTICLES and place + 1 < len(read.words):
        return _is_joined(read, place + 1, sure=not strict or _is_after_name(read, place))
    if is_initial(read, place):
        return True
    if word in NO_NAMES:
        return False
    if strict:
        return is_rather_name(read, place)
    return not _is_grammar(word, read.language)


def _is_after_name(read: Words, place: int) -> bool:
    """Whether an initial, or a name that is hardly a word, stands before a word."""
    if place == 0 or not _is_near(read, place):
        return False
    return is_initial(read, place - 1) or is_name(read.words[place - 1], read)


def _is_joined(read: Words, place: int, *, sure: bool) -> bool:
    """Whether a word after `de` or `van der` is a name: hardly a word, or a rare one."""
    place = after_particles(read, place)
    word = read.words[place]
    if word in PARTICLES:
        return False
    if read.words[place - 2 : place] in (["van", "der"], ["van", "den"]) and len(word) > 1:
        return True
    if (sure or read.words[place - 2] in PARTICLES) and word in people.borne():
        return not _is_grammar(word, read.language)
    if sure and read.language != "en" and frequency(word, read.language) < _RARE:
        return word not in NO_NAMES and "'" not in word
    if not is_rather_name(read, place):
        return False
    capital = read.language != "de" and is_capital(read, place)
    return capital or is_name(word, read) or frequency(word, read.language) < _SELDOM


def _is_rest(read: Words, place: int) -> bool:
    """Whether a word goes with what is before it: an initial, or a name that is hardly a word."""
    word, before = read.words[place], read.words[place - 1]
    if word in NO_NAMES:
        return False
    if is_initial(read, place - 1) and "." in read.gaps[place]:
        return place > 1 or not _is_grammar(word, read.language)
    if _is_grammar(word, read.language):
        return False
    if len(word) == 1 and word not in AND and place + 1 < len(read.words):
        return is_name(before, read) and is_name(read.words[place + 1], read)
    if word in read.cues.other:
        return False
    if word not in people.borne() and not _may_follow(read, place):
        return False
    return is_initial(read, place - 1) or is_name(before, read)


def _may_follow(read: Words, place: int) -> bool:
    """Whether a word after a given name is rare enough to be the family's, outside English."""
    if read.language not in COVERED[1:] or read.words[place - 1] not in people.given():
        return False
    return is_seldom(read.words[place], read.language)


def is_seldom(word: str, language: str) -> bool:
    """Whether a word is so rare that beside a name it is one: rarer yet if no list has it."""
    return frequency(word, language) < (SELDOM if word in people.listed() else UNLISTED)


def is_rather_name(read: Words, place: int) -> bool:
    """Whether a list of names has a word, and it is no common word unless it has a capital."""
    word = read.words[place]
    if not is_listed(word, read.language) or word in read.cues.other:
        return False
    if frequency(word, read.language) < PLAIN:
        return True
    return read.language != "de" and (is_capital(read, place) or _begins_name(read, place))


def _begins_name(read: Words, place: int) -> bool:
    """Whether a capital at the start of a sentence is followed by one of another listed name."""
    following = place + 1
    if following >= len(read.words) or not read.text[read.spans[place][0]].isupper():
        return False
    near = SPACE.fullmatch(read.gaps[following]) is not None
    return near and is_capital(read, following) and is_listed(read.words[following], read.language)


def is_capital(read: Words, place: int) -> bool:
    """Whether a word has a capital that the start of a sentence does not explain."""
    if not read.text[read.spans[place][0]].isupper():
        return False
    return place > 0 and not STOP.search(read.gaps[place])


def is_initial(read: Words, place: int) -> bool:
    """A single letter with a full stop, or one that is no word of the language."""
    word = read.words[place]
    if len(word) > 1 or not word.isalpha():
        return False
    after = read.gaps[place + 1] if place + 1 < len(read.gaps) else ""
    return after.startswith(".") or word not in "aeoiuyàéè"


@lru_cache(maxsize=65_536)
def is_listed(word: str, language: str) -> bool:
    """Whether a word is a listed name, or one that no list of words has and a list of names may."""
    parts = word.split("'")[-1].split("-")
    if parts != [word]:
        return any(len(part) > 2 and is_listed(part, language) for part in parts)
    return word in people.borne() and not _is_grammar(word, language)


@lru_cache(maxsize=65_536)
def frequency(word: str, language: str) -> float:
    """A word's frequency in the one language that a text is in; 0 where it is not covered."""
    own = names.frequencies(language).get(word, 0.0) if language in COVERED else 0.0
    return max(own, names.frequencies("en").get(word, 0.0) if language == "en" else 0.0)


def _is_grammar(word: str, language: str) -> bool:
    return frequency(word, language) >= FUNCTION


def is_name(word: str, read: Words) -> bool:
    """Whether a part of a word is more of a name than a word in the text's language."""
    languages = (read.language, "en") if read.language in COVERED else ("en",)
    return any(
        names.is_struck(part, languages) for part in re.split(r"['-]", word) if len(part) > 2
    )


def is_given(read: Words, index: int) -> bool:
    """Whether a word is somebody's given name more than a common word."""
    return (
        read.words[index] in people.given() and frequency(read.words[index], read.language) < PLAIN
    )
