"""`trayapp exec`: a command as if it stood alone, and its report to whoever listens.

Theory of operation: the command stays in our process group, so the terminal treats both as one:
Ctrl+C and Ctrl+Z reach the command by themselves, and a script around us ends as it would without
us. A signal sent to us alone is passed on. It never waits for trayapp but within the bounds of
`Output`: its output goes where it would have gone, first.
"""

import os
import shlex
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence

import click

from trayapp.cli import standard
from trayapp.cli.boundary import INTERRUPTED, Refusal, say
from trayapp.cli.publisher import Publisher, check_topic
from trayapp.cli.signals import Takeover, numbers_of
from trayapp.errors import TrayAppError
from trayapp.event import COMMAND
from trayapp.paths import Paths, locate
from trayapp.sources import Command, NotStarted, Output, report

ANSWER_SECONDS = 3.0
AGAIN_SECONDS = 1.0
"""How soon trayapp is looked for again, once it did not take an event."""

LONGEST_NAME = 80


def execute(argv: Sequence[str], topic: str, name: str | None) -> None:
    """Run `argv` and exit with its exit code. Raises: TrayAppError."""
    check_topic(topic)
    line = shlex.join(argv)
    name = name or (line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…")
    execution = Execution(argv, topic, name, locate(os.environ))
    code = execution.run()
    if code == INTERRUPTED and execution.interrupted and sys.platform != "win32":
        # A script that runs us ends by Ctrl+C only when we do (www.cons.org/cracauer/sigint.html).
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    raise click.exceptions.Exit(code)


class Execution:
    """One run of `argv`, called `name` in its reports; what it prints goes to `topic` too."""

    def __init__(self, argv: Sequence[str], topic: str, name: str, paths: Paths) -> None:
        self._argv = argv
        self._topic = topic
        self._name = name
        self._reports = Publisher(paths, seconds=ANSWER_SECONDS)
        self._prints = Publisher(paths, seconds=ANSWER_SECONDS)
        self._begun = threading.Event()
        self._said = False
        self._started = threading.Event()
        self._problem = TrayAppError("")
        self._not_before = 0.0
        self._output = Output(self._publish)
        self._command = Command(
            argv,
            output=lambda data: self._print(standard.OUTPUT, data),
            errors=lambda data: self._print(standard.ERRORS, data),
            attached=True,
        )
        self.interrupted = False

    def run(self) -> int:
        """Its exit code, as shells count. Raises: click's Exit when it cannot start."""
        signals = Takeover(_all_that_end(), self._pass_on)
        signals.start()
        try:
            self._start()
            code = self._command.wait()
            assert code is not None  # noqa: S101 - it waits without a limit
        finally:
            self._started.set()
            signals.stop()
            self._command.stop()
            self._begun.set()
            self._output.close()
            self._prints.close()
        self._report_end(code, self._output.tail())
        return code

    def _start(self) -> None:
        try:
            self._command.start()
        except NotStarted as error:
            self._report_end(error.exit, error.message)
            Refusal(self._explained(error)).show()
            raise click.exceptions.Exit(error.exit) from error
        self._started.set()
        self._report(report.begin(self._name, shlex.join(self._argv), time.time()))
        self._begun.set()

    def _explained(self, error: NotStarted) -> TrayAppError:
        [line, *rest] = self._argv
        if rest or len(line.split()) < 2:
            return error
        hint = f"A line of the shell is run by: trayapp exec -- sh -c {shlex.quote(line)}"
        return TrayAppError(error.message, hint)

    def _print(self, stream: int, data: bytes) -> None:
        try:
            standard.write(stream, data)
        except BrokenPipeError:
            raise
        except OSError as error:  # a full disk: then it ends as if nobody read it
            say(f"trayapp exec: {standard.failure(error).message}", error=True)
            raise BrokenPipeError from error
        self._output.write(data)

    def _report_end(self, code: int, output: str) -> None:
        seconds = self._command.seconds
        self._report(report.end(self._name, code, seconds, output, time.time()))
        self._reports.close()

    def _report(self, text: str) -> None:
        try:
            self._reports.publish(COMMAND, text)
        except TrayAppError as error:
            self._say_once(error)

    def _publish(self, text: str) -> None:
        """Runs on the thread trayapp-output."""
        self._begun.wait()  # its report comes before what it prints
        if time.monotonic() < self._not_before:
            raise self._problem
        try:
            self._prints.publish(self._topic, text)
        except TrayAppError as error:
            self._problem, self._not_before = error, time.monotonic() + AGAIN_SECONDS
            self._say_once(error)
            raise

    def _say_once(self, error: TrayAppError) -> None:
        if not self._said:
            self._said = True
            say(f"trayapp exec: {error.message} Nobody is told of this command.", error=True)

    def _pass_on(self, source: socket.socket) -> None:
        """Runs on the thread trayapp-signals."""
        for number in numbers_of(source):
            self.interrupted = self.interrupted or number == signal.SIGINT
            self._started.wait()
            if number not in _OF_THE_TERMINAL or not _is_foreground():  # or it has got it as well
                self._command.send(number)


def _all_that_end() -> Iterator[int]:
    """What is ignored stays so, for the command too: SIGHUP under nohup."""
    for name in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            yield number


_OF_THE_TERMINAL = {signal.SIGINT, getattr(signal, "SIGQUIT", signal.SIGINT)}


def _is_foreground() -> bool:
    """Whether a terminal sends what is typed to our process group."""
    if sys.platform == "win32":
        return True
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
