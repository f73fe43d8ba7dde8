"""Text, findings and policy in; text with placeholders out."""

from __future__ import annotations

from collections.abc import Iterable

from privacy.findings import Finding, merged
from privacy.policy import Policy, placeholder


def redact(text: str, findings: Iterable[Finding], policy: Policy) -> str | None:
    """The text with each finding replaced, or None where the policy drops the whole of it.

    A finding is widened to whole words (runs without white space) before findings that
    overlap are joined, so that no part of a word found stays. The result must not be split
    and redacted again.
    """
    spans = []
    for finding in findings:
        action = policy.action(finding.kind)
        if action == "drop_segment":
            return None
        if action == "placeholder":
            spans.append((*_widened(text, finding.start, finding.end), finding.kind))
    parts, done = [], 0
    for start, end, kind in merged(span for span in spans if span[0] < span[1]):
        parts += [text[done:start], placeholder(kind)]
        done = end
    return "".join([*parts, text[done:]])


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Without white space at its edges, then out to white space on both sides."""
    start, end = max(start, 0), min(end, len(text))
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start >= end:
        return start, start
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end
