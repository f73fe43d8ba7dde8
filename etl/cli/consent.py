"""The command `consent`: why a person's time may be used or not, and what a change would do."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.base import MOMENT, PATH, Context, cli, example, now_option, pass_context
from etl.errors import UsageError


@cli.command()
@click.argument("user", required=False)
@click.option("--at", "ts", type=MOMENT, help="A moment, in RFC 3339; without it, over all.")
@click.option("--device", help='One device, at a moment; "" for what names none.')
@click.option("--diff", nargs=2, type=PATH, metavar="OLD NEW",
              help="Two folders of registries: who and how much goes or comes.")  # fmt: skip
@now_option
@example("tacenda -C work consent ann@corp --at 2026-09-21T14:00:00+02:00")
@pass_context
def consent(
    context: Context,
    user: str | None,
    ts: int | None,
    device: str | None,
    diff: tuple[Path, Path] | None,
    now: int,
) -> None:
    """Says of a person what may be used, by which rule, from which row of which registry.

    Instead of a person --diff takes two states of the registries, and says what would change
    before anything is built. Both name people: they are for the key-holder's eyes.
    """
    _check(user, ts, device, diff)
    if diff:
        _diff(context, *diff, now)
    elif user:
        _why(context, user, ts, device, now)


def _check(
    user: str | None, ts: int | None, device: str | None, diff: tuple[Path, Path] | None
) -> None:
    if (user is None) == (diff is None) or not (user or diff):
        raise UsageError(
            "a person or --diff OLD NEW is wanted, one of the two",
            todo="name one: tacenda consent USER, or tacenda consent --diff OLD NEW",
        )
    if ts is None and device is not None:
        raise UsageError("--device needs a moment", todo="add --at TIME, or leave it out")
    if ts is not None and diff:
        raise UsageError("--at needs a person", todo="leave it out, or name a person")


def _why(context: Context, user: str, ts: int | None, device: str | None, now: int) -> None:
    from etl import show_why, standing, warehouse, why

    project = context.project()
    with warehouse.opened(project, "consent", write=False) as connection:
        person = why.find(connection, project, user, now)
        if ts is None:
            found = standing.standing(connection, person, now)
            show_why.over_all(context.console, project, person, found)
            return
    devices = why.named(person, device)
    if device and devices[0] not in person.devices:
        context.console.say("No event names this device: shown is what would hold for one.")
    show_why.at(context.console, project, person, ts, why.verdicts(person, ts, devices))


def _diff(context: Context, old: Path, new: Path, now: int) -> None:
    from etl import consentdiff, show_diff, warehouse

    project = context.project()
    with warehouse.opened(project, "consent", write=False) as connection:
        found = consentdiff.diff(project, connection, old, new, now)
    show_diff.diff(context.console, found)
