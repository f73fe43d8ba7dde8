"""The command `tacenda`: its commands, and how it ends."""

from __future__ import annotations

import os
import signal
import sys

import click

from etl.cli import consent, erase, flow, person, publishing, requests, text
from etl.cli.base import cli
from etl.errors import INTERRUPTED, TacendaError, unforeseen

__all__ = ["cli", "consent", "erase", "flow", "main", "person", "publishing", "requests",
           "text"]  # fmt: skip

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
