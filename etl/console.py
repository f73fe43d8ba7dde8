"""What the user sees: results on stdout, words and progress on stderr, JSON when asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click
from rich.console import Console as Rich
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

Advance = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Console:
    """Writes a command's report; with `as_json`, one JSON object instead of tables."""

    as_json: bool = False
    err: Rich = field(default_factory=lambda: Rich(stderr=True, highlight=False, soft_wrap=True))

    def say(self, words: str) -> None:
        """A line for the person who waits, on stderr."""
        self.err.print(words, markup=False)

    def line(self, words: str) -> None:
        """A line of the result, on stdout; left out where JSON is asked for."""
        if not self.as_json:
            click.echo(words)

    def data(self, value: Mapping[str, Any]) -> None:
        """The whole result for machines; printed only where JSON is asked for."""
        if self.as_json:
            click.echo(json.dumps(value, indent=2, sort_keys=True, default=str))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table of the result, on stdout: aligned in a terminal and in a file alike."""
        if self.as_json or not rows:
            return
        drawn = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
        for place, name in enumerate(columns):
            numbers = all(isinstance(row[place], int | float) for row in rows)
            drawn.add_column(name, justify="right" if numbers else "left", overflow="fold")
        for row in rows:
            drawn.add_row(*(_cell(value) for value in row))
        out = Rich(highlight=False, width=None if Rich().is_terminal else 160)
        out.print(drawn, markup=False)
        click.echo()

    @contextmanager
    def progress(self, what: str, unit: str = "MB") -> Iterator[Advance]:
        """A bar with rate and time left; plain lines at each tenth where stderr is no terminal."""
        if not self.err.is_terminal:
            yield _plain(self, what)
            return
        with Progress(
            TextColumn(what), BarColumn(), TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(), TextColumn("{task.fields[item]}"),
            console=self.err, transient=True,
        ) as bar:  # fmt: skip
            task = bar.add_task(what, total=None, item="")

            def advance(done: int, total: int, item: str) -> None:
                bar.update(task, completed=done, total=total, item=item)

            yield advance


def _plain(console: Console, what: str) -> Advance:
    last = [-1]

    def advance(done: int, total: int, item: str) -> None:
        tenth = 10 * done // total if total else 10
        if tenth != last[0]:
            last[0] = tenth
            console.say(f"{what}: {10 * tenth} %")

    return advance


def _cell(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    return f"{value:,}".replace(",", " ")
