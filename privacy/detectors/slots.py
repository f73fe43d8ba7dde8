"""Places in a sentence where a person stands, so that next to any word there is a name.

After `tell` and `news from`, before `says that`, on the line under `regards`. What follows must
end the name: a word of grammar, a comma, the end of the line.
"""

from __future__ import annotations

import re

from privacy.detectors import people, runs
from privacy.detectors.cues import AND, ARTICLES, BETWEEN, NO_NAMES, PARTICLES

_GAP = re.compile(r"['’.]?[ \t]{1,3}")
_CLAUSE = re.compile(r"[.!?;:\n|(),¿¡]")
_END = re.compile(r"\s*[,!?:;.)\n]")
_LINE_WORDS = 4  # of a line that is somebody's name under a letter
_NOUNS_FIRST = frozenset({"de", "nl"})  # languages where a noun stands before a name (`projekt X`)
_UNKNOWN = 5e-7  # frequency below which next to nobody has written a word


def end_of_name(read: runs.Words, index: int) -> int:
    """Where the name ends that stands at a word because of its place; the word itself: none."""
    led = index > 0 and read.words[index - 1] in read.cues.leading
    told = led and (_is_told(read, index) or _is_asked(read, index))
    first = runs.after_particles(read, index) if told else index
    if (told and _is_called(read, first)) or _is_owner(read, index):
        return first + 1
    if not may_be(read, first):
        return index
    if told or (led and _is_introduced(read, index)):
        end = loose(read, first)
        return end if is_over(read, end) or end > first + 1 else index
    if begins_clause(read, index) and (end := _at_start(read, index)) > index:
        return end
    if _is_first(read, index) or _is_beside(read, index) or _is_role(read, index):
        return loose(read, index)
    return index


def _at_start(read: runs.Words, index: int) -> int:
    """The same for a word that a clause begins with."""
    if _is_speaking(read, index) or _is_subject(read, index):
        return index + 1
    return _pair(read, index)


def loose(read: runs.Words, index: int) -> int:
    """Where a name ends that is known to begin at a word: on while words are listed or seldom."""
    end = max(runs.run(read, index, strict=False), index + 1)
    while end < min(len(read.words), index + _LINE_WORDS) and _goes_on(read, end):
        end = max(runs.run(read, end, strict=True), end + 1)
    return end


def _goes_on(read: runs.Words, place: int) -> bool:
    """Whether a word may be the rest of a name that stands before it."""
    if read.gaps[place].strip(" \t") or read.language == "en":
        return False
    return runs.is_initial(read, place) or (may_be(read, place) and is_unusual(read, place))


def is_unusual(read: runs.Words, place: int) -> bool:
    """Whether people bear a word as their name, or it is seldom."""
    word = read.words[place]
    return word in people.borne() or runs.is_seldom(word, read.language)


def _pair(read: runs.Words, index: int) -> int:
    """The end of two names that begin a clause: `libero sacco e`, `gros, bienvenu et`."""
    place = index + 1
    if read.language == "en" or place >= len(read.words) or not may_be(read, place):
        return index
    word, other = read.words[index], read.words[place]
    if read.gaps[place].strip(" \t") == ",":
        one, two = _is_sure(read, index), _is_sure(read, place)
        known = (one and is_unusual(read, place)) or (two and is_unusual(read, index))
    else:
        near = not read.gaps[place].strip(" \t") and all(
            one in people.listed() or _is_unknown(read, at)
            for at, one in ((index, word), (place, other))
        )
        known = near and (is_unusual(read, index) or is_unusual(read, place))
    end = loose(read, place)
    return end if known and is_over(read, end) else index


def end_of_line(read: runs.Words, index: int) -> int:
    """Where a short line without grammar ends that begins at a word; the word itself for others."""
    end = index
    while end < len(read.words) and (end == index or "\n" not in read.gaps[end]):
        if end - index == _LINE_WORDS or not _may_sign(read, end):
            return index
        end += 1
    return end


def _may_sign(read: runs.Words, place: int) -> bool:
    """Whether a word may stand in the name under a letter."""
    word = read.words[place]
    if word in PARTICLES or runs.is_initial(read, place) or word in people.given():
        return True
    return word not in NO_NAMES and runs.frequency(word, read.language) < runs.FUNCTION


def may_be(read: runs.Words, place: int) -> bool:
    """Whether a word may be a name in the right place: no grammar, no cue, and not too common."""
    word = read.words[place]
    if len(word) < 2 or "'" in word or word in NO_NAMES or word in PARTICLES or word in AND:
        return False
    if word in read.cues.said or word in read.cues.closings:
        return False
    if word in read.cues.other or word in read.cues.roles or word in read.cues.before:
        return False
    frequency = runs.frequency(word, read.language)
    return frequency < runs.PLAIN or (frequency < runs.FUNCTION and _is_on_a_list(read, word))


def _is_on_a_list(read: runs.Words, word: str) -> bool:
    """Of English words next to all are on one."""
    return read.language != "en" and word in people.listed()


def begins_clause(read: runs.Words, index: int) -> bool:
    """Whether a clause or a line begins with a word."""
    return index == 0 or _CLAUSE.search(read.gaps[index]) is not None


def is_over(read: runs.Words, end: int) -> bool:
    """Whether what stands before a word is over there: by a sign, or by a word of grammar."""
    if end >= len(read.words) or _END.match(read.gaps[end]):
        return True
    word = read.words[end]
    if word in AND or word in read.cues.after or "'" in word:
        return True
    return runs.frequency(word, read.language) >= runs.FUNCTION


def _is_told(read: runs.Words, index: int) -> bool:
    """After `tell`, `di' a`, `news from`: phrases of up to three words."""
    return any(_phrase(read, index, size) in read.cues.told for size in (1, 2, 3))


def _is_called(read: runs.Words, index: int) -> bool:
    """A given name that is grammar too, with nothing more of a name behind it: `tell will that`."""
    return read.words[index] in people.given() and is_over(read, index + 1)


def _is_owner(read: runs.Words, index: int) -> bool:
    """A given name with a possessive, in English."""
    owner = read.words[index].removesuffix("'s")
    if read.language != "en" or owner == read.words[index] or owner not in people.given():
        return False
    return owner not in NO_NAMES and runs.frequency(owner, "en") < runs.PLAIN


def _is_asked(read: runs.Words, index: int) -> bool:
    """After the verb that a question begins with, and no article."""
    return any(
        _phrase(read, index, size) in read.cues.asks
        and begins_clause(read, index - size)
        and is_unusual(read, index)
        for size in (1, 2)
    )


def _phrase(read: runs.Words, index: int, size: int) -> str:
    """The words before a word on its line, joined as cues are written; empty for fewer."""
    first = index - size
    if first < 0 or not all(_GAP.fullmatch(gap) for gap in read.gaps[first + 1 : index + 1]):
        return ""
    return "|".join(read.words[first:index])


def _is_introduced(read: runs.Words, index: int) -> bool:
    """Between `this is` and `from`."""
    if not any(_phrase(read, index, size) in read.cues.said for size in (1, 2)):
        return False
    following = read.words[index + 1] if index + 1 < len(read.words) else ""
    return following in read.cues.origin or following.split("'")[0] + "'" in read.cues.origin


def _is_speaking(read: runs.Words, index: int) -> bool:
    """Before a verb that only people are the subject of."""
    place = index + 1
    if place >= len(read.words) or not runs.SPACE.fullmatch(read.gaps[place]):
        return False
    return read.words[place] in read.cues.speaks


def _is_subject(read: runs.Words, index: int) -> bool:
    """A given name before a verb, without the article that a noun has; any word before `and I`."""
    following = read.words[index + 1 : index + 3]
    if len(following) == 2 and following[0] in AND and following[1] in read.cues.selves:
        return True
    if not following or not runs.SPACE.fullmatch(read.gaps[index + 1]):
        return False
    return following[0] in read.cues.verbs and read.words[index] in people.given()


def _is_first(read: runs.Words, index: int) -> bool:
    """Before a word that is more of a name than a word, where a name may begin."""
    if read.language == "en" or index + 1 >= len(read.words) or read.gaps[index + 1].strip(" \t"):
        return False
    if not _is_sure(read, index + 1):
        return False
    if begins_clause(read, index) and read.language not in _NOUNS_FIRST:
        return True
    before = read.words[index - 1]
    if before in read.cues.roles or before in BETWEEN.get(read.language, ()):
        return True
    is_noun = before in ARTICLES.get(read.language, ())
    led = not is_noun and runs.frequency(before, read.language) >= runs.FUNCTION
    return (led or begins_clause(read, index)) and is_unusual(read, index)


def _is_role(read: runs.Words, index: int) -> bool:
    """The first of two words after `patient` or `colleague` that are both listed or seldom."""
    place = index + 1
    if index == 0 or place >= len(read.words) or read.words[index - 1] not in read.cues.roles:
        return False
    if read.language == "en" or read.gaps[place].strip(" \t") or not may_be(read, place):
        return False
    near = runs.SPACE.fullmatch(read.gaps[index]) is not None
    return near and is_unusual(read, index) and is_unusual(read, place)


def _is_beside(read: runs.Words, index: int) -> bool:
    """After another name and `and`."""
    if index < 2 or read.words[index - 1] not in BETWEEN.get(read.language, ()):
        return False
    near = runs.SPACE.fullmatch(read.gaps[index]) and runs.SPACE.fullmatch(read.gaps[index - 1])
    if not near or not (_is_sure(read, index - 2) or _is_unknown(read, index - 2)):
        return False
    two = index + 1 < len(read.words) and _goes_on(read, index + 1)
    return is_unusual(read, index) and (two or read.words[index] in people.borne())


def _is_unknown(read: runs.Words, place: int) -> bool:
    """Whether next to nobody has written a word in the text's language."""
    word = read.words[place]
    return len(word) > 3 and "'" not in word and runs.frequency(word, read.language) < _UNKNOWN


def _is_sure(read: runs.Words, place: int) -> bool:
    """Whether a word is a listed name that is hardly anything else."""
    word = read.words[place]
    return word in people.listed() and runs.is_name(word, read)
