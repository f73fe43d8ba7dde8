"""Making a project."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from etl import keys, locks, project, warehouse
from etl.project import Project


@dataclass(frozen=True)
class Made:
    """Where a new project and its key lie, and what losing the key means."""

    root: Path
    key: Path
    key_made: bool
    warning: str


def init(root: Path) -> Made:
    """Makes a project in `root`; what lies there already is never overwritten.

    A project that an older Tacenda made gets its tables brought up to date.
    """
    opened = _outdated(root) or project.create(root)
    key, key_made = keys.make(opened)
    copy_recipes(opened)
    warehouse.create(opened)
    words = f"The key of the warehouse is {key}."
    return Made(opened.root, key, key_made, f"{words} {keys.LOSS}")


def _outdated(root: Path) -> Project | None:
    """The project that is there already, if its warehouse's tables are older than this code."""
    if not (root / project.CONFIG).exists():
        return None
    opened = project.load(root)
    if not warehouse.catalog_file(opened).exists():
        return None
    with locks.held(opened.warehouse, "init", write=False):
        connection = warehouse.connect(opened, write=False)
        try:
            return opened if warehouse.outdated(connection) else None
        finally:
            connection.close()


def shipped_recipes() -> Path:
    """The folder of recipes that come with Tacenda: in a wheel, or beside the packages."""
    packed = Path(str(resources.files("etl") / "recipes"))
    return packed if packed.is_dir() else Path(__file__).parent.parent / "datasets"


def copy_recipes(opened: Project) -> None:
    """Copies each shipped recipe that the project does not have yet."""
    for folder in sorted(shipped_recipes().iterdir()):
        target = opened.recipes / folder.name
        if folder.is_dir() and (folder / "recipe.toml").exists() and not target.exists():
            shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__"))
