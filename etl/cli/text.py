"""The commands about text: `policy`, `terms` and `try-redact`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import click

from etl import project as projects
from etl.cli.base import PATH, Context, cli, example, now_option, pass_context
from etl.project import Project


def _project_or_none(context: Context) -> Project | None:
    """The project, where there is one: these commands serve without one too."""
    return context.project() if (context.folder / projects.CONFIG).exists() else None


@cli.group()
@example("tacenda -C work policy diff default project")
def policy() -> None:
    """Shows and compares what becomes of each kind of finding in a text."""


@policy.command("show")
@click.argument("name", default="project")
@example("tacenda -C work policy show")
@pass_context
def policy_show(context: Context, name: str) -> None:
    """Prints a policy: `project` (the default), `default`, or a file like policy.toml.

    A project's policy.toml holds [actions] (KIND = "placeholder", "drop_segment" or "keep"), and
    [i_accept] with the reason for each line that is looser than the default.
    """
    from etl import policyfile, show_policy

    project = _project_or_none(context)
    chosen = policyfile.DEFAULT if name == "project" and project is None else name
    show_policy.show(context.console, policyfile.named(chosen, project))


@policy.command("diff")
@click.argument("a")
@click.argument("b")
@click.option("--sample", type=click.IntRange(0), default=2000, help="Texts of the project's.")
@click.option("--seed", type=int, default=0, help="Draws the sample.")
@now_option
@example("tacenda -C work policy diff project stricter.toml")
@pass_context
def policy_diff(context: Context, a: str, b: str, sample: int, seed: int, now: int) -> None:
    """Says in which kinds two policies differ, and what that does.

    Counts are over a sample of the project's texts, of which nothing is shown or kept; examples
    are made up.
    """
    from etl import policydiff, policyfile, show_policy, warehouse

    project = _project_or_none(context)
    old, new = (policyfile.named(name, project) for name in (a, b))
    counted = None
    if project is not None and sample:
        with warehouse.opened(project, "policy", write=False) as connection:
            found = policydiff.sample(project, connection, now, sample, seed)
        counted = len(found), policydiff.counts(found, old), policydiff.counts(found, new)
    changes = policydiff.examples(old, new)
    show_policy.diff(context.console, policydiff.lines(old, new), changes, counted)


@cli.group()
@example("tacenda -C work terms add staff.txt")
def terms() -> None:
    """Keeps lists of what must never pass, and of words that a reviewer lets pass."""


_let_pass = click.option("--let-pass", is_flag=True, help="The list of words that may pass.")


@terms.command("add")
@click.argument("file", type=PATH)
@_let_pass
@click.option("--reason", default="", help="Why, for lines that do not say.")
@now_option
@example("tacenda -C work terms add staff.txt")
@pass_context
def terms_add(context: Context, file: Path, let_pass: bool, reason: str, now: int) -> None:
    """Adds the terms of a file: one on each line, or CSV with the columns term and reason.

    A term is found in any case, accent, spacing and usual inflection; * and ? are wildcards. With
    --let-pass these are words that may stand in a release though few people typed them.
    """
    from etl import terms as lists
    from etl import warehouse

    name = _list(let_pass)
    read = lists.read(file, name, reason)
    with warehouse.opened(context.project(), "terms", write=True) as connection:
        added = lists.add(connection, name, read, now)
        total = len(lists.listed(connection, name))
    context.console.say("The next build uses them, and goes through everybody's text again.")
    context.console.line(f"{added:,} terms added, {total:,} on the list")
    context.console.data({"list": name, "added": added, "total": total})


@terms.command("remove")
@click.argument("file", type=PATH)
@_let_pass
@example("tacenda -C work terms remove former-customers.txt")
@pass_context
def terms_remove(context: Context, file: Path, let_pass: bool) -> None:
    """Takes the terms of a file off the list."""
    from etl import terms as lists
    from etl import warehouse

    name = _list(let_pass)
    read = lists.read(file, name, "(removed)")
    with warehouse.opened(context.project(), "terms", write=True) as connection:
        gone = lists.remove(connection, name, read)
        total = len(lists.listed(connection, name))
    context.console.line(f"{gone:,} terms removed, {total:,} on the list")
    context.console.data({"list": name, "removed": gone, "total": total})


@terms.command("list")
@_let_pass
@click.option("--show", is_flag=True, help="Print the terms, not only how many there are.")
@example("tacenda -C work terms list --let-pass --show")
@pass_context
def terms_list(context: Context, let_pass: bool, show: bool) -> None:
    """Says how many terms are on the list; the terms themselves where --show asks for them."""
    from etl import terms as lists
    from etl import warehouse

    name = _list(let_pass)
    with warehouse.opened(context.project(), "terms", write=False) as connection:
        found = lists.listed(connection, name)
    context.console.line(f"{len(found):,} terms on the list")
    rows = [[one.term, one.reason] for one in found] if show else []
    context.console.table("Terms", ["term", "why"], rows)
    shown = {"terms": [{"term": t, "reason": why} for t, why in rows]} if show else {}
    context.console.data({"list": name, "total": len(found), **shown})


def _list(let_pass: bool) -> str:
    return "pass" if let_pass else "never"


@cli.command("try-redact")
@click.argument("file", required=False, type=click.File("r", encoding="utf-8"))
@click.option("--dataset", default="typed-text", help="The recipe whose words may pass.")
@example('echo "call Jennifer on 555 0199 7425" | tacenda -C work try-redact')
@pass_context
def try_redact(context: Context, file: TextIO | None, dataset: str) -> None:
    """Shows what would become of texts: one on each line of FILE, of stdin, or typed at a prompt.

    With a project its policy, its terms and the words of its newest release hold; without one the
    defaults. Nothing is stored. The result repeats the texts: it is for your eyes.
    """
    from etl import show_try, tryredact

    source: TextIO = file or sys.stdin
    if source.isatty():
        lines = [str(click.prompt("text", err=True))]
    else:
        lines = [line for line in source.read().splitlines() if line.strip()]
    policy, terms, allowed = tryredact.rules(_project_or_none(context), dataset)
    found = list(tryredact.examine(lines, policy, terms, allowed))
    show_try.tried(context.console, found, policy)
