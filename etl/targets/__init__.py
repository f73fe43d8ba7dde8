"""Where a dataset can be put: a file for each kind of place, behind this one interface."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

_OURS = re.compile(
    r"README\.md|croissant\.json|figures/[^/\x00-\x1f]+\.svg|data/[^\x00-\x1f]+\.parquet"
)

Progress = Callable[[int], None]
"""Told how many bytes more were sent."""


@dataclass(frozen=True)
class Access:
    """Who may read what is put on the Hub: everybody, or who agrees to the card's terms.

    `gated`: a person decides (`manual`), or whoever agrees is let in (`auto`); None: no terms.
    """

    public: bool = False
    gated: Literal["manual", "auto"] | None = None


@dataclass(frozen=True)
class Item:
    """One file of a dataset: its path there, where it lies here, its size and SHA-256 in hex."""

    path: str
    file: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class Standing:
    """What readers find at a place.

    `state` names it (a commit, a pointer's tag): "" where there is nothing. `same`: paths of the
    items asked about that are there with equal bytes or were sent ahead, so that they need not be
    sent. `other`: paths that are there and are none of the items.
    """

    state: str
    same: frozenset[str] = frozenset()
    other: tuple[str, ...] = ()


@dataclass(frozen=True)
class Put:
    """What was done: the new state, bytes sent, and lines that say how to read it.

    `left` says what of the older version could not be removed where the place keeps none.
    """

    state: str
    sent: int
    read: tuple[str, ...]
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taken:
    """What was removed from a place, and what could not be, in words that name no data.

    `left` is what stands there still, `beyond` what nobody can remove from here, whatever was.
    """

    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


def ours(path: str) -> bool:
    """Whether a dataset that is published here has files of this path; others are left alone."""
    return _OURS.fullmatch(path) is not None


def nothing() -> None:
    """No objection."""


class Target(Protocol):
    """One place. Every error is a `TacendaError` without credentials in it.

    `where` is the place as the user names it, `via` how bytes go there; `keeps` says whether older
    versions can still be read there once a newer one was put.
    """

    @property
    def where(self) -> str: ...

    @property
    def via(self) -> str: ...

    @property
    def keeps(self) -> bool: ...

    def look(self, items: Sequence[Item]) -> Standing:
        """What is there now; changes nothing. Raises `UsageError` where it is not ours to use."""
        ...

    def put(
        self,
        items: Sequence[Item],
        standing: Standing,
        version: str,
        progress: Progress,
        last: Callable[[], None] = nothing,
    ) -> Put:
        """Makes the items all that readers find, in one step; nothing where it fails.

        Raises `TacendaError` where the place is no longer as it was in `standing`. Called again
        after a failure it sends nothing large twice. `version` names the release. `last` is called
        when all is sent and nothing can be seen yet: what it raises leaves the place as it is.
        """
        ...

    def forget(self, state: str) -> Taken:
        """Removes everything older than `state`, which stays."""
        ...

    def take(self) -> Taken:
        """Removes everything that was published there."""
        ...

    def readers(self) -> Sequence[str]:
        """Who had been given access; none where the place does not know."""
        ...
