"""The telephone numbers that `phonenumbers` finds for several countries, parsing fewer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import phonenumbers

Span = tuple[int, int]

_DIGIT = re.compile(r"\d")
_PLUS = re.compile("[+\uff0b]")
_FEWEST = 4  # digits of any valid number


def finder(regions: tuple[str, ...], leniency: int) -> Callable[[str], Iterator[Span]]:
    """A function from a text to its numbers, as people in any of the regions would dial them.

    Those within others are left out. A number with a plus is the same to every region, so where
    no digit is outside such numbers, the first region is asked for all.
    """
    matcher = _matcher({region: _least_digits(region) for region in regions})

    def find(text: str) -> Iterator[Span]:
        spans: set[Span] = set()
        for place, region in enumerate(regions):
            spans.update((m.start, m.end) for m in matcher(text, region, leniency=leniency))
            if place == 0 and not _DIGIT.search(_without(text, spans)):
                break
        done = -1
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if end > done:
                yield start, end
                done = end

    return find


def _matcher(least: dict[str, int]) -> Callable[..., Iterable[Any]]:
    class Matcher(phonenumbers.PhoneNumberMatcher):
        """As its base, but what has fewer digits than any valid number is not parsed."""

        def _parse_and_verify(self, candidate: str, offset: int) -> Any:
            digits = _DIGIT.findall(candidate)
            abroad = _PLUS.search(candidate) or (digits and int(digits[0]) == 0)
            if len(digits) < (_FEWEST if abroad else least[str(self.preferred_region)]):
                return None
            return super()._parse_and_verify(candidate, offset)

    return Matcher


def _least_digits(region: str) -> int:
    """How many digits a number of a region's country has at least, if it leads nowhere else.

    It may lead elsewhere after a plus or the region's prefix for that, which begins with 0.
    """
    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if not metadata.international_prefix.startswith("0"):
        return _FEWEST
    shared: list[Any] = [
        phonenumbers.PhoneMetadata.metadata_for_region(one)
        for one in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[metadata.country_code]
    ]
    return int(min(min(one.general_desc.possible_length) for one in shared))


def _without(text: str, spans: Iterable[Span]) -> str:
    """A text with its numbers that begin with a plus left out."""
    for start, end in sorted(spans, reverse=True):
        if _PLUS.match(text, start):
            text = text[:start] + text[end:]
    return text
