"""Everything that decides what becomes of an event, gathered before anything is read."""

from __future__ import annotations

from dataclasses import dataclass

from etl.recipe import Recipe
from privacy.policy import Policy
from privacy.registry import Registries
from privacy.terms import Terms

RELATION = "lake.events"
NO_TERMS = Terms()


@dataclass(frozen=True)
class Rules:
    """Registries, recipes, policy and terms of a build; `key` orders and thins out."""

    registries: Registries
    recipes: tuple[Recipe, ...]
    policy: Policy
    key: bytes
    terms: Terms = NO_TERMS
    relation: str = RELATION
