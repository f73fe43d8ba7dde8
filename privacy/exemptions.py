"""Which people are exempt, and in which scopes (C1 to C4 of docs/consent.md)."""

from __future__ import annotations

from privacy.pseudonyms import normal_id
from privacy.registry import Exemption, Registries
from privacy.windows import FIRST


def exempt_scopes(registries: Registries) -> dict[str, dict[str, Exemption]]:
    """Person -> each scope that is excluded for good (`all`, `keyboard`, `mouse`), by which row."""
    latest: dict[tuple[str, str], Exemption] = {}
    for row in registries.exemptions:
        key = (normal_id(row.user_id), row.scope)
        known = latest.get(key)
        if known is None or decided(row) > decided(known):
            latest[key] = row
    found: dict[str, dict[str, Exemption]] = {}
    for (user, scope), row in sorted(latest.items(), key=lambda item: item[0]):
        if row.status in ("approved", "pending"):
            found.setdefault(user, {})[scope] = row
    return found


def decided(row: Exemption) -> int:
    """When a row of the registry began to count (C3)."""
    if row.decided_at is not None:
        return row.decided_at
    return row.requested_at if row.requested_at is not None else FIRST
