"""The main job's commands: each parses, calls one function, and shows its report."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.base import PATH, Context, cli, example, now_option, pass_context


@cli.command()
@click.argument("directory", type=PATH)
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
@click.argument("out", type=PATH)
@click.option("--users", type=click.IntRange(1), default=44, show_default=True)
@click.option("--hours", type=click.FloatRange(0, min_open=True), default=2.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@example("tacenda simulate sim --users 44 --hours 1 --seed 1")
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
@click.argument("paths", nargs=-1, required=True, type=PATH)
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
    project = context.project()
    with (
        warehouse.opened(project, "ingest", write=True) as connection,
        context.console.progress("ingest") as progress,
    ):
        report = ingesting.ingest(connection, project, found, progress)
    show.ingest(context.console, report)
    if report.faults:
        raise click.exceptions.Exit(1)


@cli.command()
@now_option
@example("tacenda -C work status")
@pass_context
def status(context: Context, now: int) -> None:
    """Shows what the project holds, in counts, and the next sensible command."""
    from etl import show_status, warehouse
    from etl import status as looking

    project = context.project()
    with warehouse.opened(project, "status", write=False) as connection:
        found = looking.status(connection, project, now)
    show_status.status(context.console, project, found)


@cli.command()
@click.argument("datasets", nargs=-1)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True,
              help="Processes that work side by side; the result is the same.")  # fmt: skip
@click.option("--preview", type=click.IntRange(1, 100), metavar="N",
              help="Show N rows before and after, from a few people; release nothing.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Say why each file was made anew.")
@now_option
@example("tacenda -C work build typed-text --workers 2")
@pass_context
def build(
    context: Context, datasets: tuple[str, ...], workers: int, preview: int | None,
    explain: bool, now: int,
) -> None:  # fmt: skip
    """Builds one release for each recipe, or says which gate refused it.

    Of a later version only those files are made anew that depend on what has changed since.

    With --preview captured text is shown in the terminal: it is for the key-holder's eyes.
    """
    from etl import build as building
    from etl import preview as previewing
    from etl import show

    project = context.project()
    if preview:
        show.preview(context.console, previewing.preview(project, datasets, preview, now=now))
        return
    with context.console.progress("build") as progress:
        built = building.build(project, datasets, now=now, workers=workers, progress=progress)
    show.build(context.console, built, explain)
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
@click.option("--out", type=PATH, required=True, help="The Parquet file to write.")
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
        lines = sources.export(connection, folder, out)
    context.console.say("This file names people. It belongs with the key, not with the release.")
    context.console.line(f"{lines:,} lines: {out}")
    context.console.data({"lines": lines, "out": out})


@cli.command()
@click.argument("directory", type=PATH, default=Path("tacenda-demo"))
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@example("tacenda demo")
@pass_context
def demo(context: Context, directory: Path, workers: int) -> None:
    """Runs the main job from end to end on people that it makes up, and shows the rows."""
    from etl import demo as whole
    from etl import show

    show.demo(context.console, whole.run(directory, context.console, workers))
