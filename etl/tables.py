"""The tables that ship with the packages and that a reviewer can read."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def applications() -> dict[str, str]:
    """Application -> category, by the base name that `transforms.events.app_name` gives."""
    source = resources.files("privacy") / "data" / "applications.csv"
    with source.open(encoding="utf-8", newline="") as file:
        return {row["app"].strip().lower(): row["category"].strip() for row in csv.DictReader(file)}
