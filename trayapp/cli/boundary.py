"""Where errors of a command become what its user reads: one or two sentences, never a traceback."""

import logging
import os
from typing import IO, Any

import click

from trayapp import logs
from trayapp.errors import TrayAppError
from trayapp.paths import locate, make_folder

logger = logging.getLogger(__name__)

INTERRUPTED = 130
"""Exit code after Ctrl+C, as shells have it."""


def say(text: str, *, error: bool = False) -> None:
    """Print one line, safe for a terminal, and flush it. Without a terminal, or when nobody reads
    it any more (`trayapp run | head -1`), nothing happens."""
    _print(logs.escaped(text), error=error)


def draw(picture: str) -> None:
    """Print a picture made of characters, of ours and not of strangers: white on black on any
    terminal, in its own colours when it goes to a file."""
    for line in picture.splitlines():
        _print(click.style(line, fg="bright_white", bg="black"))


def _print(line: str, *, error: bool = False) -> None:
    try:
        click.echo(line, err=error)
    except OSError as failure:
        logger.info("cannot print: %s", failure)


class Refusal(click.ClickException):
    """A TrayAppError as click shows it: exit code 1, the hint on a line of its own."""

    def __init__(self, error: TrayAppError) -> None:
        super().__init__(error.message)
        self.hint = error.hint

    def show(self, file: IO[Any] | None = None) -> None:
        say(f"Error: {self.message}", error=True)
        if self.hint:
            say(self.hint, error=True)


class Commands(click.Group):
    """A group at whose edge every error of a command ends."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TrayAppError as error:
            raise Refusal(error) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt as interruption:
            raise click.exceptions.Exit(INTERRUPTED) from interruption
        except Exception as error:
            raise Refusal(_bug(error)) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # as they are written, not by the alphabet


def _bug(error: Exception) -> TrayAppError:
    """Write the traceback to the log and say where it is."""
    file = locate(os.environ).log_file
    message = f"trayapp failed: {error!r}."
    try:
        make_folder(file.parent)
        close = logs.setup(file)
    except (OSError, TrayAppError):
        return TrayAppError(message, "This is a bug; please report it.")
    logger.error("a command failed", exc_info=error)
    close()
    return TrayAppError(message, f"This is a bug; the details are in {file}")
