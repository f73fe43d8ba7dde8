"""A person's own page: what was captured of them, and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from etl import warehouse
from etl.person import facts, files, page
from etl.project import Project

HTML, JSON = "person.html", "person.json"


@dataclass(frozen=True)
class Made:
    """Where a person's files lie, and how much they tell: events and typed texts."""

    page: Path
    facts: Path
    events: int
    texts: int


def make(project: Project, user: str, out: Path, *, now: int) -> Made:
    """Writes a person's page into a folder outside the project, and the same as JSON."""
    files.check(project, out)
    with warehouse.opened(project, "person", write=False) as connection:
        found = facts.gather(project, connection, user, now)
    as_json = json.dumps(found, indent=2, sort_keys=True, ensure_ascii=True)
    files.write(out, {HTML: page.render(found), JSON: f"{as_json}\n"})
    return Made(out / HTML, out / JSON, found["captured"]["events"], len(found["typed"]))
