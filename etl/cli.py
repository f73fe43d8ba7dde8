"""The command `tacenda`: each command parses, calls one function, and shows its report."""

from __future__ import annotations

import inspect
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from etl import project as projects
from etl.console import Console
from etl.errors import INTERRUPTED, TacendaError, unforeseen
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
        function.__doc__ = f"{inspect.cleandoc(function.__doc__)}\n\n\b\nExample:\n  {text}"
        return function

    return add


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
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


@cli.command()
@example("tacenda -C work status")
@pass_context
def status(context: Context) -> None:
    """Shows what the project holds, in counts, and the next sensible command."""
    from etl import show, warehouse
    from etl import status as looking

    project = context.project()
    with warehouse.opened(project, "status", write=False) as connection:
        found = looking.status(connection, project)
    show.status(context.console, project, found)


@cli.command()
@click.argument("datasets", nargs=-1)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True,
              help="Processes that work side by side; the result is the same.")  # fmt: skip
@click.option("--preview", type=click.IntRange(1, 100), metavar="N",
              help="Show N rows before and after, from a few people; release nothing.")  # fmt: skip
@example("tacenda -C work build typed-text --workers 2")
@pass_context
def build(context: Context, datasets: tuple[str, ...], workers: int, preview: int | None) -> None:
    """Builds one release for each recipe, or says which gate refused it.

    With --preview captured text is shown in the terminal: it is for the key-holder's eyes.
    """
    from etl import build as building
    from etl import preview as previewing
    from etl import show

    project = context.project()
    if preview:
        show.preview(context.console, previewing.preview(project, datasets, preview))
        return
    with context.console.progress("build") as progress:
        built = building.build(project, datasets, workers=workers, progress=progress)
    show.build(context.console, built)
    if built.refused:
        raise click.exceptions.Exit(3)


@cli.command()
@click.argument("release")
@example("tacenda -C work verify typed-text/v1")
@pass_context
def verify(context: Context, release: str) -> None:
    """Checks a release again from its own files; needs no key."""
    from etl import release as releases
    from etl import show
    from etl import verify as verifying

    show.verified(context.console, verifying.verify(releases.resolve(context.folder, release)))


@cli.command()
@click.argument("release")
@click.option("--out", type=_PATH, required=True, help="The Parquet file to write.")
@example("tacenda -C work lineage typed-text/v1 --out lineage.parquet")
@pass_context
def lineage(context: Context, release: str, out: Path) -> None:
    """Writes where each row of a release came from, for the key-holder alone."""
    from etl import lineage as sources
    from etl import release as releases
    from etl import warehouse

    project = context.project()
    folder = releases.resolve(context.folder, release)
    releases.require_own(project, folder)
    with warehouse.opened(project, "lineage", write=False) as connection:
        lines = sources.export(connection, folder.parent.name, folder.name, out)
    context.console.say("This file names people. It belongs with the key, not with the release.")
    context.console.line(f"{lines:,} lines: {out}")
    context.console.data({"lines": lines, "out": out})


@cli.command()
@click.argument("release")
@click.argument("dest", type=_PATH)
@example("tacenda -C work publish typed-text/v1 /srv/datasets/typed-text")
@pass_context
def publish(context: Context, release: str, dest: Path) -> None:
    """Puts a verified release's dataset into a folder that `load_dataset` reads."""
    from etl import publish as publishing
    from etl import release as releases

    rows = publishing.publish(releases.resolve(context.folder, release), dest)
    context.console.line(f"{rows:,} rows: {dest}")
    context.console.data({"rows": rows, "dest": dest})


@cli.command()
@click.argument("directory", type=_PATH, default=Path("tacenda-demo"))
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@example("tacenda demo")
@pass_context
def demo(context: Context, directory: Path, workers: int) -> None:
    """Runs the main job from end to end on people that it makes up, and shows the rows."""
    from etl import demo as whole
    from etl import show

    show.demo(context.console, whole.run(directory, context.console, workers))


_pressed: list[int] = []


def main() -> None:
    """Runs `tacenda`; every failure becomes a message without captured text, and an exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        ended = cli.main(standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail(INTERRUPTED, 130)
    except TacendaError as error:
        _fail(error.message(), error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except Exception as error:
        _fail(unforeseen(error), 1)
    # Without `standalone_mode` click gives the code of `Exit` back instead of raising it.
    if ended and _pressed:
        _fail(INTERRUPTED, 130)
    sys.exit(ended if isinstance(ended, int) else 0)


def _interrupt(number: int, frame: object) -> None:
    """Remembers ctrl-C, of which DuckDB makes an error of another kind, and raises it."""
    _pressed.append(number)
    raise KeyboardInterrupt


def _fail(message: str, code: int) -> None:
    if _pressed:
        message, code = INTERRUPTED, 130
    click.echo(f"error: {message}", err=True)
    sys.exit(code)
