"""What becomes of each kind of finding: a frozen table with a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType

ACTIONS = ("keep", "placeholder", "drop_segment")
"""What may become of a finding, the least strict first. What is kept still meets the allow-list."""

PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "PERSON": "<PERSON>",
        "EMAIL": "<EMAIL>",
        "PHONE": "<PHONE>",
        "ADDRESS": "<ADDRESS>",
        "PLACE": "<PLACE>",
        "ORG": "<ORG>",
        "GROUP": "<GROUP>",
        "DATE": "<DATE>",
        "URL": "<URL>",
        "PATH": "<PATH>",
        "HANDLE": "<HANDLE>",
        "IP": "<IP>",
        "SECRET": "<SECRET>",
        "PASSWORD": "<SECRET>",
        "PRIVATE_KEY": "<SECRET>",
        "CARD": "<ID>",
        "BANK": "<ID>",
        "ID": "<ID>",
        "NUMBER": "<NUMBER>",
        "TERM": "<WORD>",
        "WORD": "<WORD>",
    }
)
"""What stands in a text for each kind. `WORD` is no kind of finding: the allow-list writes it
for a word that too few people use."""

UNKNOWN = "<ID>"

ALL_PLACEHOLDERS = tuple(sorted({*PLACEHOLDERS.values(), UNKNOWN}))


@dataclass(frozen=True)
class Policy:
    """Actions by kind, in pairs; a kind that is not named gets a placeholder.

    `reasons`, in pairs too, say of a kind why it is looser than the default. Raises ValueError on
    an unknown action or a kind named twice.
    """

    actions: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        wrong = sorted({action for _, action in self.actions} - set(ACTIONS))
        if wrong:
            raise ValueError(f"unknown action {wrong[0]!r}; the actions are {', '.join(ACTIONS)}")
        if len(self._table) != len(self.actions):
            raise ValueError("a kind is named twice in the policy")

    @cached_property
    def _table(self) -> dict[str, str]:
        return dict(self.actions)

    def action(self, kind: str) -> str:
        """One of `ACTIONS`."""
        return self._table.get(kind, "placeholder")

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, over the actions, reasons and placeholders, whatever their order."""
        value = {
            "actions": self._table,
            "reasons": dict(self.reasons),
            "placeholders": dict(PLACEHOLDERS),
            "unknown": UNKNOWN,
        }
        canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def placeholder(kind: str) -> str:
    """What stands for a finding of this kind, `<ID>` for an unknown one."""
    return PLACEHOLDERS.get(kind, UNKNOWN)


@lru_cache(maxsize=1)
def default_policy() -> Policy:
    """The shipped policy: a text with a private key is dropped, all else gets a placeholder."""
    return Policy((("PRIVATE_KEY", "drop_segment"),))


def looser(one: Policy, than: Policy) -> tuple[str, ...]:
    """The kinds for which a policy does less than another, sorted."""
    kinds = {kind for policy in (one, than) for kind, _ in policy.actions}
    return tuple(
        kind for kind in sorted(kinds)
        if ACTIONS.index(one.action(kind)) < ACTIONS.index(than.action(kind))
    )  # fmt: skip
