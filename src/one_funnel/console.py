"""What the commands say: progress on stderr, and errors with an exit code.

Standard output is for data alone, so that a command can be piped.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click


class Finding(click.ClickException):
    """The command did its work, and what it looked at is not fine."""

    exit_code = 1


class WrongUse(click.ClickException):
    """The command could not do its work; the message says what to do next."""

    exit_code = 2


def say(message: str) -> None:
    """Print one line of progress."""
    click.echo(message, err=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the name of a step and the seconds that it took, even when it fails."""
    say(f"{name} ...")
    started = time.perf_counter()
    try:
        yield
    finally:
        say(f"{name}: {time.perf_counter() - started:.1f} s")
