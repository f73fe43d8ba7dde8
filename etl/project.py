"""`tacenda.toml` and the places that belong to a project."""

from __future__ import annotations

import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from etl.consenttable import ConsentTable
from etl.errors import TacendaError, UsageError

CONFIG = "tacenda.toml"

M = TypeVar("M", bound=BaseModel)

_TEMPLATE = """\
# A Tacenda project. Move or copy this folder as you like: it uses its own files only.
# The key of its warehouse lies elsewhere, under this id (see `tacenda status`).
id = "{id}"

# "off" keeps captured text in plain files; every command then says so.
encryption = "on"

# How much memory DuckDB may take in each process before it spills (encrypted) to disk.
memory_limit = "800MB"

# What may be used, beside what people say (docs/consent.md, C6 and C23 to C25): only tighter than
# this, unless `i_accept` says why; the reason then stands in every report.
# [consent]
# guard_s = 2           # added on both sides of each pause, in seconds
# cooling_off_h = 48    # what is younger, in hours, is not built from yet; there is time to ask
# retention_days = 365  # what is older is not used any more; `tacenda prune` erases it
# i_accept = ""
#
# [[consent.working_hours]]  # outside them nothing is used
# zone = "Europe/Berlin"
# days = ["mon", "tue", "wed", "thu", "fri"]
# from = "08:00"
# to = "18:00"
# people = ["USER"]          # without it, for everybody whom no other entry names
"""


class Advice(BaseModel):
    """One thing that a person may ask for, and how; `{user}` stands for their id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    words: str = Field(min_length=1)


class PersonTable(BaseModel):
    """What the project says on each person's own page, in its own words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    how: tuple[Advice, ...] = ()


class Settings(BaseModel):
    """What `tacenda.toml` may say; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9-]{8,64}$")
    encryption: Literal["on", "off"] = "on"
    consent: ConsentTable = ConsentTable()
    person: PersonTable = PersonTable()
    memory_limit: str = Field(default="800MB", pattern=r"^[0-9]+(MB|GB)$")


@dataclass(frozen=True)
class Project:
    """A project's folder, opened; every place is derived from where it lies now."""

    root: Path
    settings: Settings

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse"

    @property
    def consent(self) -> Path:
        return self.root / "consent"

    @property
    def recipes(self) -> Path:
        return self.root / "datasets"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def refused(self) -> Path:
        return self.root / "refused"

    @property
    def encrypted(self) -> bool:
        return self.settings.encryption == "on"


def create(root: Path) -> Project:
    """Writes a new project: `tacenda.toml` and an empty `consent/`."""
    if (root / CONFIG).exists():
        raise UsageError(
            "this is a project already",
            where=str(root / CONFIG),
            todo="use it as it is, or name another folder",
            undone="nothing was changed",
        )
    try:
        (root / "consent").mkdir(parents=True, exist_ok=True)
        with (root / CONFIG).open("x", encoding="utf-8") as file:
            file.write(_TEMPLATE.format(id=secrets.token_hex(8)))
    except OSError as error:
        raise TacendaError(
            "the project's folder cannot be made",
            where=f"{root}: {error.strerror}",
            todo="name a folder that you may write to",
            undone="no project was made",
        ) from None
    return load(root)


def load(root: Path) -> Project:
    """Opens the project at `root`; raises `UsageError` where it is none or is written wrongly."""
    config = root / CONFIG
    try:
        text = config.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(
            "there is no project here",
            where=str(root.absolute()),
            todo="run `tacenda init DIR`, then `tacenda -C DIR …`",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise TacendaError(
            "the project's settings cannot be read", where=f"{config}: {type(error).__name__}"
        ) from None
    return Project(root.absolute(), parse_toml(Settings, text, str(config)))


def parse_toml(model: type[M], text: str, where: str) -> M:
    """Reads TOML into a pydantic model; raises `UsageError` naming each key at fault."""
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"this is not TOML: {error}", where=where, todo="mend the line") from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise UsageError(
            f"settings not understood: {faults}", where=where, todo="mend or remove these keys"
        ) from None
