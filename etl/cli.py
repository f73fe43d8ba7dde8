"""The command `tacenda`: each command parses, calls one function, and shows its report."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import duckdb

from etl import project as projects
from etl.console import Console
from etl.errors import TacendaError
from etl.project import Project

_PATH = click.Path(path_type=Path)


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
        function.__doc__ = f"{function.__doc__}\n\n\b\nExample:\n  {text}"
        return function

    return add


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-C", "folder", type=_PATH, default=Path(), help="The project's folder.")
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


@cli.command()
@click.argument("directory", type=_PATH)
@example("tacenda init work")
@pass_context
def init(context: Context, directory: Path) -> None:
    """Makes a project: settings, consent folder, recipes, encrypted warehouse, key."""
    from etl import setup

    made = setup.init(directory)
    context.console.say(made.warning)
    context.console.line(f"project  {made.root}\nkey      {made.key}")
    context.console.data({"project": made.root, "key": made.key, "key_made": made.key_made})


@cli.command()
@click.argument("out", type=_PATH)
@click.option("--users", type=click.IntRange(1), default=30, show_default=True)
@click.option("--hours", type=click.FloatRange(0, min_open=True), default=2.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@example("tacenda simulate sim --users 30 --hours 2 --seed 1")
@pass_context
def simulate(context: Context, out: Path, users: int, hours: float, seed: int) -> None:
    """Makes up people at work: capture logs, consent registries and an answer key."""
    from etl import simulate as simulation

    with context.console.progress("simulate") as progress:
        report = simulation.simulate(
            out, users=users, hours=hours, seed=seed, progress=lambda n, of: progress(n, of, "")
        )
    context.console.line(
        f"{report.events:,} events of {report.people} people in {report.files} files: {out}"
    )
    context.console.data(
        {"events": report.events, "people": report.people, "files": report.files, "out": out}
    )


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=_PATH)
@click.option("--format", type=click.Choice(("auto", "native", "agentnet", "inputlog")),
              default="auto", show_default=True)  # fmt: skip
@click.option("--user", help="Whose it is, where the format names nobody.")
@click.option("--device", help="The machine, where the format names none.")
@example("tacenda -C work ingest capture/")
@pass_context
def ingest(
    context: Context, paths: tuple[Path, ...], format: str, user: str | None, device: str | None
) -> None:
    """Loads capture files and folders into the warehouse."""
    from etl import discover, show, warehouse
    from etl import ingest as ingesting

    found = discover.discover(paths, format, user, device)
    with (
        warehouse.opened(context.project(), "ingest", write=True) as connection,
        context.console.progress("ingest") as progress,
    ):
        report = ingesting.ingest(connection, found, progress)
    show.ingest(context.console, report)
    if report.faults:
        raise click.exceptions.Exit(1)


def main() -> None:
    """Runs `tacenda`; every failure becomes a message without captured text, and an exit code."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted\nNot done: what was under way; what was there before is unchanged", 130)
    except TacendaError as error:
        _fail(error.message(), error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except Exception as error:
        _fail(_unforeseen(error), 1)


def _fail(message: str, code: int) -> None:
    click.echo(f"error: {message}", err=True)
    sys.exit(code)


def _unforeseen(error: Exception) -> str:
    """What can be said of any other error: its kind and place, for its message may quote data."""
    text = str(error)
    if "No space left" in text or "disk full" in text.lower() or "ENOSPC" in text:
        return "the disk is full\nWhat to do: make room, then run this again"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "not enough memory\nWhat to do: raise memory_limit in tacenda.toml"
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror}{where}\nWhat to do: mend that, then run this again"
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    near = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else place
    return (
        f"an error that was not foreseen: {type(error).__name__} at {near}\n"
        "What to do: run it again; if it comes back, report this line\n"
        "Not done: the command did not end; what was there before is unchanged"
    )
