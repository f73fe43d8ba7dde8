"""The tables that ship with the packages and that a reviewer can read."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def applications() -> dict[str, str]:
    """Application -> category, by the base name that `transforms.events.app_name` gives."""
    source = resources.files("privacy") / "data" / "applications.csv"
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {row["app"].strip().lower(): row["category"].strip() for row in rows}
