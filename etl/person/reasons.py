"""The reasons and rules of docs/consent.md in words that the person concerned can read."""

from __future__ import annotations

REASONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "exempt": ("you are exempt", ("C1", "C2", "C3", "C4")),
    "withdrawn": ("you asked to have it forgotten", ("C21",)),
    "retention": ("it is older than the project keeps anything", ("C24",)),
    "cooling_off": ("it is so young that there is still time to ask", ("C23",)),
    "working_hours": ("it was outside working hours", ("C25",)),
    "pause": ("you had a pause, by the registry of pauses", ("C5", "C6", "C7", "C8")),
    "pause_in_stream": ("you paused the recorder", ("C6", "C11", "C12", "C13")),
    "excluded_window": ("a window was open that nobody should see", ("C15", "C16")),
    "secure": ("a field was open that hides what is typed", ("C17",)),
}
"""Reason -> (words that follow "because", the numbers of its rules)."""

RULES = {
    "C1": "An exemption that is approved or still pending leaves you out; a denied one does not.",
    "C2": "An exemption reaches back to everything that was ever recorded of you.",
    "C3": "Of several rows about one exemption the latest counts.",
    "C4": "Exemptions for everything, for the keyboard and for the mouse are decided apart.",
    "C5": "A pause in the registry covers the time from its start up to its end.",
    "C6": "Two seconds or more are added on both sides, for clocks that disagree.",
    "C7": "A pause of more than 30 minutes is left out whole all the same.",
    "C8": "A pause without an end holds up to the next resume, and for 30 minutes at least.",
    "C9": "You are known by your id, however it is written in upper or lower case.",
    "C10": "What names no device may have come from any of yours.",
    "C11": "A pause of the recorder holds up to its resume; without one, for 30 minutes.",
    "C12": "A pause of the recorder that names no device holds on all of yours.",
    "C13": "A second pause inside a pause changes nothing.",
    "C14": "A resume outside a pause changes nothing.",
    "C15": "Windows that nobody should see are known by application, title or address.",
    "C16": "While such a window is in front, everything is left out.",
    "C17": "While a field hides what is typed, keyboard and mouse are left out.",
    "C18": "Nothing is put together from before and after a time that was left out.",
    "C19": "Rows of the registries that nothing answers to are reported.",
    "C20": "What could be left out for several reasons is counted once, for the first of them.",
    "C21": "What you ask to have forgotten is left out; a request without an end holds for ever.",
    "C22": "Where a device's clock went back, the time left out is made longer.",
    "C23": "What is too young is not used yet, so that there is time to ask.",
    "C24": "What is too old is not used any more.",
    "C25": "Outside working hours nothing is used.",
    "C26": "Who was erased stays out, also of what is captured later.",
}

SOURCES = {
    "exemptions": "the registry of exemptions",
    "pauses": "the registry of pauses",
    "exclusions": "the project's list of excluded windows",
    "shipped exclusions": "the list of excluded windows that comes with Tacenda",
    "requests": "what you asked for",
    "capture": "the recording itself",
    "tacenda.toml": "the project's settings",
}
"""Where a rule about somebody's time may stand."""


def words(reason: str) -> str:
    """A reason as a person reads it; one that is not known, by its own name."""
    return REASONS.get(reason, (reason.replace("_", " "), ()))[0]


def rank(reason: str) -> tuple[int, str]:
    """Where a reason stands in the order in which reasons count (C20); unknown ones come last."""
    known = list(REASONS)
    return (known.index(reason) if reason in REASONS else len(known)), reason


def rules(reason: str) -> tuple[str, ...]:
    """The numbers of the rules that may stand behind a reason."""
    return REASONS.get(reason, ("", ()))[1]
