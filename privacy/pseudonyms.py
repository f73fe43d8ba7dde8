"""Keyed names: what stands for a person where the person must not stand, and orders by them."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

TOKEN_BITS = 256


def normal_id(text: str) -> str:
    """The form in which ids of people are compared: trimmed, Unicode NFC, case folded."""
    folded = unicodedata.normalize("NFC", text.strip()).casefold()
    return unicodedata.normalize("NFC", folded)


def derive(key: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, by HMAC-SHA-256 of its name."""
    return hmac.new(key, purpose.encode(), hashlib.sha256).digest()


def person_token(key: bytes, user_id: str) -> bytes:
    """32 bytes that stand for a person; nobody can tell whose they are without the key."""
    return derive(key, f"person\0{user_id}")


def groups(key: bytes, users: Iterable[str], k: int) -> list[tuple[str, ...]]:
    """People in groups of k to some 4k: the leaves of a prefix tree over their keyed names.

    A node is split while both halves hold at least k people, so that taking one person out
    changes the leaf they were in, or joins it with its sibling, and no other. Fewer than k people
    are one group all the same: a gate refuses it. Groups come in the order of the tree.
    """
    tokens = sorted((int.from_bytes(person_token(key, user)), user) for user in users)
    return [tuple(sorted(user for _, user in leaf)) for leaf in _leaves(tokens, 0, k) if leaf]


def _leaves(
    members: Sequence[tuple[int, str]], depth: int, k: int
) -> list[Sequence[tuple[int, str]]]:
    bit = 1 << (TOKEN_BITS - 1 - depth)
    cut = next((i for i, (token, _) in enumerate(members) if token & bit), len(members))
    left, right = members[:cut], members[cut:]
    if min(len(left), len(right)) < k:
        # A lopsided node may still be worth splitting further down, but then a single leaver
        # could join far-away branches; it is left whole, which keeps leaves below some 4k.
        return [members]
    return [*_leaves(left, depth + 1, k), *_leaves(right, depth + 1, k)]


def splits(
    key: bytes, users: Sequence[str], shares: Mapping[str, float], from_people: int, k: int
) -> dict[str, tuple[str, ...]]:
    """Split -> its people, by keyed names, so that nobody's split depends on who else is there.

    Below `from_people` people, or where a split would have fewer than k, all are `train`.
    """
    alone = {"train": tuple(sorted(users))}
    if len(users) < from_people:
        return alone
    found: dict[str, list[str]] = {name: [] for name in shares}
    for user in sorted(users):
        place = int.from_bytes(derive(key, f"split\0{user}")[:8]) / 2**64
        for name, share in shares.items():
            place -= share
            if place < 0:
                found[name].append(user)
                break
        else:
            found["train"].append(user)
    if min(len(members) for members in found.values()) < k:
        return alone
    return {name: tuple(members) for name, members in found.items()}


def members_key(key: bytes, dataset: str, members: Mapping[str, str]) -> bytes:
    """The key of a shard: of the people in it, each with a digest of the rows that they have.

    Who leaves, takes an hour back or records another one draws the shard anew, so that two
    versions side by side do not hand over the rows that are gone.
    """
    tokens = sorted(
        derive(person_token(key, user), f"rows\0{digest}") for user, digest in members.items()
    )
    named = b"shard\0" + dataset.encode() + b"\0" + b"".join(tokens)
    return hmac.new(key, named, hashlib.sha256).digest()


def row_rank(shard_key: bytes, *source: str | int | None) -> bytes:
    """Where a row stands in its shard: keyed by what it came from, not by where it was read."""
    named = "\0".join("" if part is None else f"={part}" for part in source)
    return hashlib.blake2b(named.encode(), key=shard_key, digest_size=16).digest()
