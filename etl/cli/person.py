"""The command `person`: somebody's own page."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.base import PATH, Context, cli, example, now_option, pass_context


@cli.command()
@click.argument("user")
@click.option("--out", type=PATH, required=True, help="The folder for the page; not the project's.")
@now_option
@example("tacenda -C work person ann@corp --out /media/stick/ann")
@pass_context
def person(context: Context, user: str, out: Path, now: int) -> None:
    """Writes a page for the person concerned: what was captured of them and what became of it.

    The page holds what they typed, in full: it is for them alone.
    """
    from etl import person as people

    made = people.make(context.project(), user, out, now=now)
    context.console.say("These files hold captured text in full. They belong to this person alone.")
    context.console.line(f"{made.events:,} events, {made.texts:,} typed texts: {made.page}")
    context.console.data(
        {"page": made.page, "facts": made.facts, "events": made.events, "texts": made.texts}
    )
