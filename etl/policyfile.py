"""A project's `policy.toml`: what becomes of each kind of finding, where it is not the default."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

from etl.errors import UsageError
from etl.project import Project, parse_toml
from privacy.findings import KINDS
from privacy.policy import ACTIONS, Policy, default_policy, looser

FILE = "policy.toml"
DEFAULT = "default"
FIXED = ("TERM",)
"""What a list of the project's own forbids never passes, whatever the policy says."""


class PolicyTable(BaseModel):
    """Actions by kind, and for each line that is looser than the default the reason for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actions: Mapping[str, str]
    i_accept: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _sound(self) -> PolicyTable:
        for kind, action in self.actions.items():
            if kind not in KINDS:
                raise ValueError(f"there is no kind {kind}; there are {', '.join(sorted(KINDS))}")
            if action not in ACTIONS:
                raise ValueError(f"{kind}: an action is one of {', '.join(ACTIONS)}")
        for kind in looser(self._policy(), default_policy()):
            if kind in FIXED:
                raise ValueError(f"{kind} cannot be looser than the default")
            if not self.i_accept.get(kind, "").strip():
                raise ValueError(
                    f'{kind} is looser than the default; say why: [i_accept] {kind} = "…"'
                )
        return self

    def _policy(self) -> Policy:
        return Policy(tuple(sorted({**dict(default_policy().actions), **self.actions}.items())))

    def policy(self) -> Policy:
        """The default with these lines; reasons only of what is looser."""
        made = self._policy()
        loose = looser(made, default_policy())
        return Policy(made.actions, tuple((kind, self.i_accept[kind].strip()) for kind in loose))


def of(project: Project) -> Policy:
    """A project's policy: that of its `policy.toml`, or the default where there is none."""
    place = project.root / FILE
    return read(place) if place.exists() else default_policy()


def named(name: str, project: Project | None) -> Policy:
    """The policy that a word names: `default`, `project`, or a file."""
    if name == DEFAULT:
        return default_policy()
    if name == "project" and project is not None:
        return of(project)
    return read(Path(name))


def read(place: Path) -> Policy:
    """Reads one file; raises `UsageError` on an unknown kind or action, or a reason that lacks."""
    try:
        text = place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "a policy cannot be read",
            where=f"{place}: {type(error).__name__}",
            todo="name a file, or `default`, or `project`",
        ) from None
    return parse_toml(PolicyTable, text, str(place)).policy()
