"""The commands `publish` and `unpublish`: what is put where others read it, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import click

from etl.cli.base import Context, cli, example, now_option, pass_context

if TYPE_CHECKING:
    from etl.console import Console
    from etl.publish import Plan, Published
    from etl.targets import Access, Taken


@cli.command()
@click.argument("release")
@click.argument("dest")
@click.option(
    "--hold", type=click.IntRange(0), default=0, metavar="N",
    help="Only where at least N people's rows have changed since the version that lies there.",
)  # fmt: skip
@click.option("--supersede", is_flag=True, help="Then remove what older versions left there.")
@click.option(
    "--dry-run", is_flag=True, help="Show what would be sent, and where to; send nothing."
)
@click.option("--public", is_flag=True, help="On the Hub: for everybody to read; asks.")
@click.option(
    "--gated", type=click.Choice(["manual", "auto"]),
    help="On the Hub: whoever wants to read agrees to the card's terms, and is let in so.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask.")
@now_option
@example("tacenda -C work publish typed-text/v1 /srv/datasets/typed-text")
@pass_context
def publish(
    context: Context,
    release: str,
    dest: str,
    hold: int,
    supersede: bool,
    dry_run: bool,
    public: bool,
    gated: Literal["manual", "auto"] | None,
    yes: bool,
    now: int,
) -> None:
    """Puts a verified release's dataset where `load_dataset` reads it.

    DEST is a folder, s3://bucket/prefix or hf://datasets/ORG/NAME (private unless --public).
    Readers find the old version or the new one. Refuses a release that was recalled, or that holds
    rows of somebody who asked to be forgotten.
    """
    from etl import publish as publishing
    from etl import release as releases
    from etl import unpublish as taking
    from etl.targets import chosen

    folder = releases.resolve(context.folder, release)
    target = chosen.target(dest, _access(public, gated))
    if dry_run:
        _planned(context.console, publishing.plan(folder, target, hold=hold))
        return
    if supersede:  # it may name people who read, and nobody can know them afterwards
        taking.require_key(context.project())
    if public and not yes:
        click.confirm(f"Everybody will be able to read {dest}. Go on?", abort=True, err=True)
    with context.console.progress("publish") as progress:
        done = publishing.publish(
            folder, target, now=now, hold=hold, supersede=supersede, progress=progress
        )
    _published(context.console, done)


def _access(public: bool, gated: Literal["manual", "auto"] | None) -> Access | None:
    from etl.targets import Access

    return Access(public=public, gated=gated) if public or gated else None


def _planned(console: Console, plan: Plan) -> None:
    rows: list[list[object]] = [[name, n, "would be sent"] for name, n in plan.send.items()]
    rows += [[name, "", "is there"] for name in plan.there]
    rows += [[name, "", "would go"] for name in plan.remove]
    console.table(f"To {plan.where} ({plan.via})", ["file", "bytes", "what"], rows)
    console.line(f"{sum(plan.send.values()):,} bytes of {len(plan.send)} files; nothing was sent")
    console.data(asdict(plan))


def _published(console: Console, done: Published) -> None:
    plan = done.plan
    if done.note:
        console.say(done.note)
    console.line(f"{plan.rows:,} rows: {plan.where}")
    console.line(
        f"{done.sent:,} bytes sent ({plan.via}); {len(plan.send)} files new, "
        f"{len(plan.there)} there already, {len(plan.remove)} gone"
    )
    for line in done.read:
        console.line(f"  {line}")
    _taken(console, done.taken, done.readers)
    facts: dict[str, Any] = asdict(done)
    console.data({**facts, "rows": plan.rows, "dest": plan.where})


def _taken(console: Console, taken: Taken, readers: Sequence[str]) -> None:
    for line in taken.removed:
        console.line(f"removed: {line}")
    for line in taken.left:
        console.line(f"not removed: {line}")
    for line in taken.beyond:
        console.line(f"cannot be removed from here: {line}")
    if readers:
        console.line("had been given access, and should be told: " + ", ".join(readers))


@cli.command()
@click.argument("dest")
@click.option("--yes", is_flag=True, help="Do not ask.")
@now_option
@example("tacenda -C work unpublish hf://datasets/corp/typed-text")
@pass_context
def unpublish(context: Context, dest: str, yes: bool, now: int) -> None:
    """Takes back everything that this project published at a place, with its history there."""
    from etl import unpublish as taking
    from etl.targets import chosen

    project, target = context.project(), chosen.target(dest)
    there = ", ".join(taking.found(project, target))
    if not yes:
        click.confirm(
            f"{there} will be removed from {dest}, for good. Go on?", abort=True, err=True
        )
    done = taking.unpublish(project, target, now=now)
    console = context.console
    state = "not all is gone from" if done.taken.left else "no longer at"
    console.line(f"{', '.join(done.releases)}: {state} {target.where}")
    _taken(console, done.taken, done.readers)
    console.data({**asdict(done), "dest": target.where})
