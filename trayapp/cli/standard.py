"""The standard streams, for commands whose input and output are data of other programs."""

import os
import select
import sys
from typing import BinaryIO

import click

from trayapp.errors import TrayAppError

OUTPUT, ERRORS = 1, 2
BROKEN_PIPE = 141
"""What a shell sees of a program that SIGPIPE has ended; `head` leaves such behind."""


def occupy() -> None:
    """Give the standard streams that our caller has closed (`>&-`) to nobody: else the next file or
    connection gets the number, and what is printed goes into that. Call it before all else."""
    for stream in range(ERRORS + 1):
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, so this one


def source() -> BinaryIO:
    """The standard input. Raises: click.UsageError where there is none."""
    if sys.stdin is None:
        raise click.UsageError("There is no standard input here to read from.")
    return sys.stdin.buffer


def is_terminal(stream: int) -> bool:
    """Whether a person reads `stream`."""
    try:
        return os.isatty(stream)
    except OSError:
        return False


def write(stream: int, data: bytes) -> None:
    """All of `data`, at once and as it is. Raises: BrokenPipeError when nobody reads any more,
    OSError when the disk is full."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(stream, view) :]
        except BlockingIOError:  # somebody made the terminal we share non-blocking
            select.select([], [stream], [])


def put(data: bytes) -> None:
    """`data` to the standard output; when nobody reads it any more the command ends, quietly.

    Raises: TrayAppError when it cannot be written.
    """
    try:
        write(OUTPUT, data)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), OUTPUT)  # or Python complains at its exit
        raise click.exceptions.Exit(BROKEN_PIPE) from None
    except OSError as error:
        raise failure(error) from error


def failure(error: OSError) -> TrayAppError:
    """For output that cannot be written."""
    return TrayAppError(f"The output cannot be written: {error.strerror}.", "Write it elsewhere.")
