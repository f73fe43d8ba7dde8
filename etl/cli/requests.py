"""The commands `withdraw` and `recall`: what is asked after the capture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.base import MOMENT, PATH, Context, cli, example, now_option, pass_context

if TYPE_CHECKING:
    from etl.requestfile import Row


@cli.command()
@click.argument("user", required=False)
@click.option("--from", "start", type=MOMENT, help="The first moment to forget.")
@click.option("--to", "end", type=MOMENT, help="The moment at which that ends.")
@click.option("--scope", type=click.Choice(("all", "keyboard", "mouse")), help="By default all.")
@click.option("--reason", help="Why, in the person's words; it stays in the warehouse.")
@click.option("--file", "file", type=PATH, metavar="REQUESTS",
              help="Many at once: .csv or .jsonl with request_id, user_id, from, to, scope, "
              "reason.")  # fmt: skip
@click.option("--list", "listed", is_flag=True, help="Show every request and where it stands.")
@click.option("--dry-run", is_flag=True, help="Show what would go; change nothing.")
@now_option
@example("tacenda -C work withdraw ann@corp --from 2026-09-21T14:00:00+02:00 "
         "--to 2026-09-21T15:00:00+02:00")  # fmt: skip
@pass_context
def withdraw(
    context: Context, user: str | None, start: int | None, end: int | None, scope: str | None,
    reason: str | None, file: Path | None, listed: bool, dry_run: bool, now: int,
) -> None:  # fmt: skip
    """Forgets what a person asks for: everything, a window of time, the keyboard or the mouse.

    It holds from then on, also for what is captured later, and for people never captured. No
    build uses it any more; what is released already is named, and `build` makes the next version.
    """
    if sum((user is not None, file is not None, listed)) != 1:
        raise click.UsageError("name one of: a person, --file REQUESTS, --list")
    if user is None and (start, end, scope, reason) != (None,) * 4:
        raise click.UsageError("--from, --to, --scope and --reason belong to one person")
    if listed:
        if dry_run:
            raise click.UsageError("--list changes nothing, so it has no --dry-run")
        _list(context)
        return
    rows = _one(user or "", start, end, scope, reason) if file is None else _many(file)
    _withdraw(context, rows, file is not None, dry_run, now)


def _one(
    user: str, start: int | None, end: int | None, scope: str | None, reason: str | None
) -> list[Row]:
    from etl.requestfile import Row
    from etl.requests import Ask, checked

    try:
        asked = checked(user, start, end, scope)
    except ValueError as error:
        raise click.UsageError(f"{error}; nothing was asked") from None
    return [Row(None, None, Ask(asked, None, reason))]


def _many(file: Path) -> list[Row]:
    from etl import requestfile

    return requestfile.read(file)


def _withdraw(context: Context, rows: list[Row], many: bool, dry_run: bool, now: int) -> None:
    from etl import impact, show_requests, warehouse
    from etl import withdraw as asking

    project = context.project()
    with warehouse.opened(project, "withdraw", write=not dry_run) as connection:
        if dry_run:
            outcome = asking.plan(connection, project, rows, now)
            found = impact.impact(connection, project, asking.accepted(rows, outcome), now)
        else:
            outcome, found = asking.withdraw(connection, project, rows, now), None
    shown = show_requests.receipts if many else show_requests.receipt
    shown(context.console, outcome, found)
    if outcome.count("refused"):
        raise click.exceptions.Exit(1)


def _list(context: Context) -> None:
    from etl import listing, show_requests, warehouse

    project = context.project()
    with warehouse.opened(project, "withdraw --list", write=False) as connection:
        found = listing.listing(connection, project)
    show_requests.listed(context.console, found)


@cli.command()
@click.argument("release")
@click.option("--reason", required=True, help="Why; it stands beside the release, in plain text.")
@now_option
@example('tacenda -C work recall typed-text/v1 --reason "a list was tightened"')
@pass_context
def recall(context: Context, release: str, reason: str, now: int) -> None:
    """Takes a release back, for a leak found later or a list or policy that was tightened.

    It is not published any more, and no build releases the same files again. Name nobody in the
    reason: `status` shows it, and it stands outside the encrypted warehouse.
    """
    if not reason.strip():
        raise click.UsageError("a recall needs a reason; nothing was recalled")
    from etl import recall as recalling
    from etl import release as releases
    from etl import show_requests, warehouse

    project = context.project()
    folder = releases.resolve(context.folder, release)
    releases.require_own(project, folder)
    with warehouse.opened(project, "recall", write=True) as connection:
        found = recalling.recall(connection, project, folder, reason.strip(), now)
    show_requests.recalled(context.console, found)
