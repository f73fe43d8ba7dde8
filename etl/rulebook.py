"""The rules of docs/consent.md, each in the words of its heading or little more."""

from __future__ import annotations

RULES = {
    "C1": "approved and pending exclude; denied and withdrawn do not",
    "C2": "An exemption reaches back",
    "C3": "The latest row of a person and scope counts",
    "C4": "Scopes are independent",
    "C5": "A row covers [start, end)",
    "C6": "A guard of 2 seconds is added on both sides, or what guard_s says",
    "C7": "A pause may last at most 30 minutes, and a longer one is removed whole",
    "C8": "A row without an end lasts up to the next resume, 30 minutes at least",
    "C9": "People are matched after trimming, Unicode NFC and case folding",
    "C10": "What names no device may have come from any",
    "C11": "A pause opens a window that the next resume of the same person and device closes",
    "C12": "A pause without a device holds on every device until any resume of that person",
    "C13": "A second pause inside a window changes nothing",
    "C14": "A resume outside a window changes nothing",
    "C15": "A pattern describes a whole value",
    "C16": "From a focus that matches to that device's next focus every event is removed",
    "C17": "While a focus is secure, keyboard and mouse are not used",
    "C18": "Nothing is built across a window",
    "C19": "Rows of a registry that nothing answers to are reported",
    "C20": "An event is removed once, for the weightiest reason",
    "C21": "What a person asks to have forgotten is removed",
    "C22": "Where a device's clock went back, its windows are widened",
    "C23": "What is too young is not used yet",
    "C24": "What is too old is not used any more",
    "C25": "Outside working hours nothing is used",
    "C26": "Who was erased stays out",
}


def cited(numbers: set[str]) -> dict[str, str]:
    """Some of the rules, in order of their numbers."""
    return {number: words for number, words in RULES.items() if number in numbers}
