"""Everything that a person's page shows, gathered as plain values: what the JSON file holds."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import Any

import duckdb

from etl import keys, moments, policyfile, recipe, registries, tombstones
from etl.errors import TacendaError, UsageError
from etl.person import asked, captured, reasons, typed, windows
from etl.project import Project
from etl.rules import Rules
from privacy.exemptions import exempt_scopes
from privacy.pseudonyms import derive, normal_id
from privacy.registry import Registries

_HOW = (
    (
        "A pause or an hour, asked for afterwards",
        "Say from when to when. The project's key-holder runs "
        "`tacenda withdraw {user} --from TIME --to TIME`. From then on no build uses that time, "
        "and the next version of each release is made without it.",
    ),
    (
        "To leave altogether",
        "The key-holder runs `tacenda withdraw {user}`. It holds for all that was ever captured "
        "of you and for all that will be.",
    ),
    (
        "An exemption",
        "Ask for it. The key-holder adds a row with your id and `pending` to the registry of "
        "exemptions: from then on you are left out, and you stay out unless the answer is no. It "
        "can be for your keyboard or your mouse alone.",
    ),
    (
        "To have everything erased",
        "The key-holder runs `tacenda erase {user} --yes`. It removes what was captured of you and "
        "gives you a certificate. It cannot reach copies that others made of a published release; "
        "this page names the places that are known.",
    ),
)


def gather(
    project: Project, connection: duckdb.DuckDBPyConnection, user: str, now: int
) -> dict[str, Any]:
    """All that is known of a person, as of `now`; raises `UsageError` where that is nothing.

    Raises `TacendaError` where the sums do not agree.
    """
    user = normal_id(user)
    known = registries.effective(project, connection, now)
    counted = captured.captured(connection, user)
    gone = erased(connection, project, user)
    if not (counted["events"] or counted["set_aside"] or gone or _named(known, user)):
        raise UsageError(
            "nobody is known by this name",
            where=user,
            todo="give the id that the recordings or the registries give; how it is written in "
            "upper or lower case does not matter",
            undone="nothing was written",
        )
    return {
        "person": user,
        "made_at": moments.written(now),
        "erased": gone,
        "exempt": sorted(exempt_scopes(known).get(user, ())),
        "captured": counted,
        **_consent(project, connection, user, known, counted["events"]),
        "windows": windows.windows(connection, user, known),
        "releases": asked.releases(project, connection, user),
        "cost": captured.cost(connection, user),
        "requests": asked.asked(project, connection, known, user),
        "how": _how(project, user),
    }


def erased(
    connection: duckdb.DuckDBPyConnection, project: Project, user: str
) -> dict[str, Any] | None:
    """What the warehouse's keyed marks say of a person: their erasure, or None."""
    found = tombstones.find(connection, tombstones.token(project, user))
    if found is None:
        return None
    return {"state": found.state, "at": moments.written(found.erased_at), "number": found.number}


def _named(known: Registries, user: str) -> bool:
    """Whether any registry or request names a person."""
    names = [
        *(row.user_id for row in known.exemptions),
        *(row.user_id for row in known.pauses),
        *(row.user_id for row in known.withdrawals),
        *(row.user_id for row in known.exclusions if row.user_id is not None),
    ]
    return any(normal_id(name) == user for name in names)


def _consent(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    user: str,
    known: Registries,
    captured_events: int,
) -> dict[str, Any]:
    """What may be used, what was left out and why, and the typed texts."""
    order = derive(keys.read(project), "order")
    rules = Rules(
        known, recipe.chosen(project.recipes, (), project.releases), policyfile.of(project), order
    )
    words = [typed.vocabulary(project, one) for one in typed.typed_recipes(rules)]
    found = typed.judged(connection, user, rules, {one["dataset"]: one["shared"] for one in words})
    left_out = _left_out(found.removed)
    used = captured_events - sum(one["events"] for one in left_out)
    if used < 0:
        raise TacendaError(
            "more events were left out than were captured",
            todo="report this",
            undone="no page was written",
        )
    return {
        "used": used,
        "left_out": left_out,
        "vocabulary": [{**one, "shared": len(one["shared"])} for one in words],
        "typed": found.texts,
    }


def _left_out(removed: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    """Removed events by reason, in the order in which reasons count, with words and rules."""
    found = []
    for reason in sorted({reason for reason, _ in removed}, key=reasons.rank):
        scopes = {name: removed[reason, name] for name in ("keyboard", "mouse", "other")}
        found.append({
            "reason": reason,
            "words": reasons.words(reason),
            "rules": list(reasons.rules(reason)),
            "events": sum(scopes.values()),
            **scopes,
        })  # fmt: skip
    return found


def _how(project: Project, user: str) -> list[dict[str, str]]:
    own = project.settings.person.how
    pairs = [(one.title, one.words) for one in own] or _HOW
    named = shlex.quote(user)
    return [{"title": title, "words": words.replace("{user}", named)} for title, words in pairs]
