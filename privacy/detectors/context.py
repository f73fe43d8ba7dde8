"""Names that are words too, by what stands beside them: a title, a greeting, another name.

What is on no list of words goes anyway; here it is about `rose`, `koch` and `luce`. Lower case is
as good as upper. Within a line only, and in one pass over its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from privacy.detectors import people, runs, slots
from privacy.detectors.cues import AND, NO_NAMES, PARTICLES, SURE, cues
from privacy.findings import Finding
from privacy.languages import language_of

NAME = "context"

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|&")
_CAPITALS = frozenset({"es", "fr", "it", "nl", "pt"})
_POLITE = frozenset({"lei", "la", "le", "suo", "sua", "suoi", "sue", "loro", "usted", "uw", "vi"})
_LINE = re.compile(r"[\s,.:!)\]-]*\n\s*|[,:!] ?|[ \t]")


def find(text: str) -> Iterator[Finding]:
    """The names in a text that its neighbours give away."""
    spans = [match.span() for match in _TOKEN.finditer(text)]
    if not spans:
        return
    words = [text[a:b].lower().replace("’", "'").replace("ß", "ss") for a, b in spans]
    ends = [0, *(end for _, end in spans)]
    gaps = [text[end:start] for end, (start, _) in zip(ends, spans, strict=False)]
    language = language_of(text) or "en"
    read = runs.Words(text, spans, words, gaps, language, cues(language))
    done = 0
    for index in _places(read):
        if index < done:
            continue
        last, score = _name_at(read, index)
        if last > index:
            done = last
            yield Finding(spans[index][0], spans[last - 1][1], "PERSON", score, NAME)


def _places(read: runs.Words) -> Iterator[int]:
    """Where a name may begin: in English not at a word on no list with nothing telling before it.

    A common one needs a title, a greeting or the like there; a rarer one may also follow a word
    that leads to names, or begin a clause.
    """
    if read.language != "en":
        yield from range(len(read.words))
        return
    sure, leading = _telling()
    before = ""
    for index, word in enumerate(read.words):
        calm = _calm(word)
        if (
            not calm
            or before in sure
            or (calm < _COMMON and (before in leading or slots.begins_clause(read, index)))
        ):
            yield index
        before = word


_CALM, _COMMON = 1, 2


@lru_cache(maxsize=65_536)
def _calm(word: str) -> int:
    """Whether an English word is on no list of names, and if so, whether it is common too."""
    if len(word) < 2 or word in PARTICLES or word in people.given() or word.endswith("'s"):
        return 0
    if runs.is_listed(word, "en"):
        return 0
    return _COMMON if runs.frequency(word, "en") >= runs.PLAIN else _CALM


@lru_cache(maxsize=1)
def _telling() -> tuple[frozenset[str], frozenset[str]]:
    """In English, last words of what may stand before a name of any word, and of a rarer one."""
    own = cues("en")
    said = {phrase.rpartition("|")[2] for phrase in own.said}
    return own.titles | own.greetings | own.closings | said, own.leading | own.called


def _name_at(read: runs.Words, index: int) -> tuple[int, float]:
    """Where the name that begins at a word ends (the word itself: there is none), and a score."""
    end = _after_cue(read, index)
    if end > index:
        return end, 0.7
    if _is_plain_particle(read, index):
        return slots.end_of_name(read, index), 0.5
    end = runs.run(read, index, strict=True)
    if _is_written_as_name(read, index):
        return max(end, index + 1), 0.5
    if end == index:
        return slots.end_of_name(read, index), 0.5
    if end - index > 1 and _is_whole_name(read, index, end):
        return end, 0.7
    if _is_led(read, index) or _is_followed(read, end):
        return end, 0.5
    return slots.end_of_name(read, index), 0.5


def _after_cue(read: runs.Words, index: int) -> int:
    """Where the name ends that a title, a greeting or the like is before; the word itself: none."""
    if _is_titled(read, index):
        end = runs.run(read, index, strict=False)
        return slots.loose(read, index) if end > index else end
    if _is_signed(read, index):
        return _signature(read, index)
    if _is_greeted(read, index):
        end = runs.run(read, index, strict=_is_function(read, index))
        known = read.words[index] in people.given() or slots.may_be(read, index)
        return max(end, index + 1 if known and _ends(read, index + 1) else index)
    return index


def _signature(read: runs.Words, index: int) -> int:
    """Where the name ends under a letter, or after `my name is`."""
    sure = _is_sure(read, index)
    if "\n" in read.gaps[index] and read.words[index] not in NO_NAMES:
        end = slots.end_of_line(read, index)
        if end > index:
            return end
    if not sure:
        return runs.run(read, index, strict=True)
    start = index + (read.words[index] in people.given())
    end = max(runs.run(read, start, strict=False), start)
    return slots.loose(read, start) if end > start else end


def _is_plain_particle(read: runs.Words, index: int) -> bool:
    """Whether a word is a particle that begins no name: `de` alone, but not `van der`."""
    following = read.words[index + 1 : index + 2]
    return read.words[index] in PARTICLES and not PARTICLES.issuperset(following or [""])


def _is_function(read: runs.Words, index: int) -> bool:
    return runs.frequency(read.words[index], read.language) >= runs.PLAIN


def _is_titled(read: runs.Words, index: int) -> bool:
    """After `Mr`, `Herr`, `Sig.ra`; after `señora` or `doctor` if a list has the word."""
    if index == 0 or not runs.SPACE.fullmatch(read.gaps[index]):
        return False
    before = read.words[index - 1]
    if before in read.cues.titles and before != "de":
        return True
    place = runs.after_particles(read, index)
    if before in read.cues.roles:
        return runs.is_listed(read.words[place], read.language)
    known = place > index or runs.is_listed(read.words[place], read.language)
    limit = runs.FUNCTION if known or read.language != "en" else runs.PLAIN
    if read.words[place] in read.cues.after:
        return False
    return before in read.cues.called and runs.frequency(read.words[place], read.language) < limit


def _is_greeted(read: runs.Words, index: int) -> bool:
    """After `hi` or `thanks` at the start of a line or sentence, up to two words before."""
    if index == 0 or runs.STOP.search(read.gaps[index]):
        return False
    if read.words[index - 1] not in read.cues.greetings or read.words[index] in NO_NAMES:
        return False
    if read.words[index] in read.cues.other:
        return False
    if read.language != "en" and slots.may_be(read, index) and slots.is_unusual(read, index):
        return True
    return runs.is_listed(read.words[index], read.language) or _ends(read, index + 1)


def _ends(read: runs.Words, place: int) -> bool:
    """Whether a line, a clause or the text ends before a word."""
    if place >= len(read.words):
        return True
    return bool(re.match(r"\s*[,!:.\n]", read.gaps[place]))


def _is_signed(read: runs.Words, index: int) -> bool:
    """On the line after `regards`, or after `my name is`."""
    if index == 0:
        return False
    before, gap = read.words[index - 1], read.gaps[index]
    if before in read.cues.closings and _LINE.fullmatch(gap):
        return "\n" in gap or runs.is_listed(read.words[index], read.language)
    if not runs.SPACE.fullmatch(gap):
        return False
    phrase = f"{read.words[index - 2]}|{before}" if index > 1 else ""
    return before in read.cues.said or phrase in read.cues.said


def _is_sure(read: runs.Words, index: int) -> bool:
    """On a line of its own after `regards`, or after `my name is`; less so after `this is`."""
    before = read.words[index - 1]
    phrase = f"{read.words[index - 2]}|{before}" if index > 1 else ""
    return "\n" in read.gaps[index] or before in SURE or phrase in SURE


def _is_whole_name(read: runs.Words, first: int, end: int) -> bool:
    """Two names or more side by side of which one is hardly a word, or all are in capitals."""
    inside = read.words[first:end]
    if any(word not in PARTICLES and len(word) > 1 and runs.is_name(word, read) for word in inside):
        return True
    if inside[0] == "van" and inside[1] in ("der", "den"):
        return True
    if any(runs.is_initial(read, place) for place in range(first, end)):
        return True
    if read.language != "en" and runs.is_given(read, first):
        return True
    capitals = all(read.text[read.spans[i][0]].isupper() for i in range(first, end))
    return capitals and (read.language != "de" or _is_led(read, first))


def _is_written_as_name(read: runs.Words, index: int) -> bool:
    """Whether a word has a capital that only a name has, in languages where nothing else has one.

    German gives one to every noun, and English has a tagger for these.
    """
    word = read.text[slice(*read.spans[index])]
    if read.language not in _CAPITALS or not word[1:].islower():
        return False
    plain = read.words[index] in NO_NAMES or read.words[index] in read.cues.other
    return runs.is_capital(read, index) and not plain and read.words[index] not in _POLITE


def _is_led(read: runs.Words, index: int) -> bool:
    """After `with`, `ask` or another name and `and`."""
    if index == 0 or not runs.SPACE.fullmatch(read.gaps[index]):
        return False
    before = read.words[index - 1]
    if before in AND and index > 1:
        return runs.is_listed(read.words[index - 2], read.language)
    return before in read.cues.before and runs.is_given(read, index)


def _is_followed(read: runs.Words, end: int) -> bool:
    """Before `said` or `wants`, or with a possessive."""
    if not runs.is_given(read, end - 1):
        return False
    if end >= len(read.words) or not runs.SPACE.fullmatch(read.gaps[end]):
        return False
    return read.words[end] in read.cues.after
