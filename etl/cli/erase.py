"""The commands `erase` and `prune`: what goes for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from etl.cli.base import Context, cli, example, now_option, pass_context

if TYPE_CHECKING:
    from etl.console import Console
    from etl.erase import Erasure, Plan
    from etl.prune import Pruned


@cli.command()
@click.argument("user")
@click.option("--yes", is_flag=True, help="Erase; without it, what would go is shown alone.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and change nothing.")
@now_option
@example("tacenda -C work erase ann@corp --yes")
@pass_context
def erase(context: Context, user: str, yes: bool, dry_run: bool, now: int) -> None:
    """Deletes everything of a person for good, and proves that nothing is left.

    Rows, quarantined lines, rows in consent/, releases that hold rows of theirs, caches. What
    arrives of them later is refused. A certificate and a page for the person are written.
    """
    from etl import erase as erasing
    from etl.errors import UsageError

    project = context.project()
    if dry_run or not yes:
        found = erasing.look(project, user)
        if isinstance(found, erasing.Erasure):
            _erased(context.console, found)
            return
        _planned(context.console, found)
        if dry_run:
            return
        raise UsageError(
            "this cannot be undone",
            todo="run it again with --yes to erase, or with --dry-run to look",
            undone="nothing was changed",
        )
    with context.console.progress("erase") as progress:
        ended = erasing.erase(project, user, now=now, progress=progress)
    _erased(context.console, ended)


def _planned(console: Console, plan: Plan) -> None:
    """What an erasure would take out."""
    rows: list[list[object]] = [[name, n] for name, n in plan.tables.items()]
    rows += [[f"consent/{name}", n] for name, n in plan.registries.items()]
    console.table("Would be deleted", ["what", "rows"], rows)
    releases: list[list[object]] = [
        [f"{dataset}/{version}", *("not known" if n is None else n for n in (rows, shards))]
        for dataset, version, rows, shards in plan.releases
    ]
    console.table("Releases that would go", ["release", "rows of theirs", "files"], releases)
    console.data({"tables": plan.tables, "registries": plan.registries, "releases": plan.releases})


def _erased(console: Console, ended: Erasure) -> None:
    """Where the certificate of an erasure lies."""
    rows: list[list[object]] = [[name, n] for name, n in ended.plan.tables.items()]
    rows += [[f"consent/{name}", n] for name, n in ended.plan.registries.items()]
    console.table("Deleted", ["what", "rows"], rows)
    for dataset, version, *_ in ended.plan.releases:
        console.line(f"deleted      {dataset}/{version}")
    if ended.before:
        console.say("This person was erased before; nothing of theirs can have arrived since.")
    console.line(f"certificate  {ended.certificate}\nfor them     {ended.page}")
    for command in ended.todo:
        console.line(f"next         {command}")
    console.data(
        {
            "number": ended.number,
            "certificate": ended.certificate,
            "page": ended.page,
            "before": ended.before,
            "todo": ended.todo,
            "tables": ended.plan.tables,
            "registries": ended.plan.registries,
            "releases": ended.plan.releases,
        }
    )


@cli.command()
@click.option("--dry-run", is_flag=True, help="Show what would go, and change nothing.")
@now_option
@example("tacenda -C work prune")
@pass_context
def prune(context: Context, dry_run: bool, now: int) -> None:
    """Deletes what is older than `retention_days` for good.

    Releases that hold rows from before are marked as waiting for a successor.
    """
    from etl import prune as pruning

    done = pruning.prune(context.project(), now=now, dry_run=dry_run)
    _pruned(context.console, done, dry_run)


def _pruned(console: Console, done: Pruned, dry_run: bool) -> None:
    """What went, or would go, and which releases wait."""
    rows: list[list[object]] = [[name, n] for name, n in done.tables.items()]
    console.table("Would be deleted" if dry_run else "Deleted", ["what", "rows"], rows)
    if not rows:
        console.line("nothing is older than retention_days")
    for dataset, version in done.releases:
        console.line(f"waits for a successor  {dataset}/{version}")
    console.data(
        {"before": done.before, "tables": done.tables, "people": done.people,
         "releases": done.releases}
    )  # fmt: skip
