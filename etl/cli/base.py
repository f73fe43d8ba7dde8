"""The command group `tacenda`, and what every command is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from etl import moments
from etl import project as projects
from etl.console import Console
from etl.project import Project

PATH = click.Path(path_type=Path)


@dataclass(frozen=True)
class Context:
    """What every command is given: the project's folder and where its report goes."""

    folder: Path
    console: Console

    def project(self) -> Project:
        """Opens the project, and says so where its warehouse is not encrypted."""
        opened = projects.load(self.folder)
        if not opened.encrypted:
            self.console.say('warning: encryption = "off": captured text lies in plain files')
        return opened


pass_context = click.make_pass_decorator(Context)


def example(text: str) -> Callable[[Any], Any]:
    """Adds an example to a command's help."""

    def add(function: Any) -> Any:
        function.__doc__ = f"{inspect.cleandoc(function.__doc__)}\n\n\b\nExample:\n  {text}"
        return function

    return add


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("-C", "folder", type=PATH, default=Path(), help="The project's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.version_option(version("tacenda"), prog_name="tacenda")
@click.pass_context
def cli(click_context: click.Context, folder: Path, as_json: bool) -> None:
    """Turns recordings of mouse, keyboard and windows into datasets that may leave.

    \b
    Exit codes: 0 done, 1 could not, 2 wrong usage, 3 refused by a gate, 130 interrupted.

    \b
    Example:
      tacenda init work && tacenda -C work ingest capture/ && tacenda -C work build
    """
    click_context.obj = Context(folder, Console(as_json))


class Moment(click.ParamType[int]):
    """A time in RFC 3339 with its offset, as microseconds since the Unix epoch."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        try:
            return moments.parse(str(value))
        except ValueError as error:
            self.fail(f"{error}; write it like 2026-09-21T14:00:00+02:00", param, ctx)


MOMENT = Moment()
now_option = click.option(
    "--now", type=MOMENT, default=moments.clock, help="The time to go by; by default the clock's."
)
