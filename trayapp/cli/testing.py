"""`trayapp selftest`: print what was tried, line by line as it is known."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from types import FrameType

import click

from trayapp import selftest
from trayapp.cli.boundary import say
from trayapp.selftest.program import command

# Ends the process at once otherwise, and what it started would stay.
_ENDING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)


def show_selftest(*, notify: bool, as_json: bool) -> None:
    """Exit code 1 when something failed."""
    facts = selftest.facts(os.environ)
    if not as_json:
        for name, value in facts.items():
            say(f"{name:8} {value}")
    outcomes = []
    with _orderly(), closing(selftest.run(command(), os.environ, notify=notify)) as found:
        for outcome in found:
            outcomes.append(outcome)
            if not as_json:
                say(outcome.line())
    failed = [one for one in outcomes if one.mark == "FAILED"]
    if as_json:
        say(json.dumps(facts | {"ok": not failed, "checks": [asdict(one) for one in outcomes]}))
    else:
        say(f"{len(failed)} of {len(outcomes)} failed." if failed else "All is well.")
    if failed:
        raise click.exceptions.Exit(1)


@contextmanager
def _orderly() -> Iterator[None]:
    """A signal that ends the process unwinds it first."""
    before = {number: signal.signal(number, _interrupt) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
