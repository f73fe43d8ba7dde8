"""Consent, counted again from where the rows came from: shares no code with the consent rules.

For each released row's span of time this asks of the registries and of the deciding events, one
by one, whether they would have it. It is slower and simpler than `privacy.consent` on purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import polars as pl

from privacy.gates import Violation, forbidden, opening
from privacy.gates.patterns import fold
from privacy.registry import Registries

_OUTSIDE = "outside working hours"


def consent(
    where: str, lineage: pl.DataFrame, registries: Registries, boundaries: pl.DataFrame
) -> list[Violation]:
    """Nothing came from an excluded person, window or scope.

    `lineage` has the columns of `transforms.events.LINEAGE`; `boundaries` those of
    `privacy.consent.BOUNDARIES`, of everyone in it.
    """
    out = _exempt(lineage, registries)
    people = forbidden.people(boundaries, registries)
    limits = registries.limits
    for (user,), rows in lineage.group_by("user_id"):
        devices = rows["device_id"].unique().to_list()
        person = people.get(str(user), forbidden.Person())
        person.devices.update(devices)
        known = forbidden.spans(str(user), person, registries)
        for device in devices:
            own = rows.filter(pl.col("device_id").eq_missing(pl.lit(device, pl.String)))
            out.update(_overlaps(own, forbidden.here(known, device, person, limits.guard_us)))
        late = opening.outside(str(user), rows, limits.working_hours)
        out.update({f"rows {_OUTSIDE}": late} if late else {})
    return [Violation(where, n, what) for what, n in sorted(out.items())]


def _exempt(lineage: pl.DataFrame, registries: Registries) -> Counter[str]:
    """Rows of people who are exempt in a scope that the row used."""
    standing: dict[tuple[str, str], tuple[int, str]] = {}
    for row in registries.exemptions:
        times = (row.decided_at, row.requested_at)
        when = next((t for t in times if t is not None), -forbidden.ALWAYS)
        key = (fold(row.user_id), row.scope)
        if key not in standing or when > standing[key][0]:
            standing[key] = (when, row.status)
    out = {key for key, (_, status) in standing.items() if status in ("approved", "pending")}
    used = {
        "all": pl.lit(True),
        "keyboard": pl.col("n_keyboard") > 0,
        "mouse": pl.col("n_mouse") > 0,
    }
    found: Counter[str] = Counter()
    for scope, uses in used.items():
        users = [user for user, named in out if named == scope]
        n = lineage.filter(pl.col("user_id").is_in(users) & uses).height
        if n:
            found[f"rows of people exempt from {scope}"] += n
    return found


_USED = {
    "all": pl.lit(True),
    "hidden": pl.col("n_keyboard") + pl.col("n_mouse") > 0,
    "keyboard": pl.col("n_keyboard") > 0,
    "mouse": pl.col("n_mouse") > 0,
}


def _overlaps(rows: pl.DataFrame, spans: Iterable[forbidden.Span]) -> Counter[str]:
    """Counts rows `[first_ts, last_ts]` that use a forbidden `[start, end)` or cross its edge."""
    found: Counter[str] = Counter()
    table = pl.DataFrame(
        [(span.start, span.end, span.scopes, span.reason) for span in spans],
        schema={"s": pl.Int64, "e": pl.Int64, "scopes": pl.String, "reason": pl.String},
        orient="row",
    )
    first, last = pl.col("first_ts"), pl.col("last_ts")
    hits = rows.with_row_index("_line").join_where(table, first < pl.col("e"), last >= pl.col("s"))
    uses = pl.any_horizontal((pl.col("scopes") == scope) & used for scope, used in _USED.items())
    crosses = (first < pl.col("s")) | (last >= pl.col("e"))
    each = hits.filter(uses | crosses).unique(["_line", "reason"])
    for reason, n in each.group_by("reason").len().iter_rows():
        found[f"rows {reason}"] += int(n)
    return found
