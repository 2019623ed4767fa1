"""The commands that let other devices in: lan and pair."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from trayapp import instance
from trayapp.cli.boundary import draw, say
from trayapp.errors import TrayAppError
from trayapp.paths import locate

Json = Mapping[str, Any]

STEP = 0.5
"""Seconds between two looks at who is there."""
HELP_AFTER = 15.0
"""Seconds without a request of another device until it is said what to look at."""
INTERRUPTED = 130


def switch_lan(on: bool) -> None:
    """Share with the local network, or no longer. Raises: TrayAppError."""
    running = instance.require(locate(os.environ))
    running.ask("POST", "/api/lan", {"on": on})
    if not on:
        say("Sharing is off.")
        return
    for line in lan_lines(running.ask("GET", "/api/state")["lan"]):
        say(line)
    say("Let a phone in: trayapp pair")


def show_lan() -> None:
    """Print whether and where trayapp is shared. Raises: TrayAppError."""
    lan = instance.require(locate(os.environ)).ask("GET", "/api/state")["lan"]
    for line in lan_lines(lan):
        say(line)
    if not lan["on"]:
        say("Switch it on: trayapp lan on")


def lan_lines(lan: Json) -> Iterable[str]:
    """What is to be said of `State.lan`."""
    if lan["on"]:
        yield "Sharing is on. Other devices of this network reach trayapp at:"
        yield from (f"  {url}" for url in lan["urls"])
    elif lan["asked"]:
        yield "Sharing is off; the dashboard asks for it. Allow it: trayapp lan on"
    else:
        yield "Sharing is off."
    if lan["problem"]:
        yield f"Problem: {lan['problem']}"
    if lan["keep"]:
        yield "It is switched on at every start."


def pair() -> None:
    """Show a code for one device, and wait until it is there. Raises: TrayAppError."""
    running = instance.require(locate(os.environ))
    try:
        Pairing(running.ask).run()
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None


class Pairing:
    """One code on the terminal. `ask` is that of `instance.Running`; `clock` and `sleep` are in
    seconds."""

    def __init__(
        self,
        ask: Callable[..., Json],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._sleep = sleep

    def run(self) -> None:
        """Raises: TrayAppError when nobody comes while the code is good."""
        before = self._ask("GET", "/api/state")
        if not before["lan"]["on"]:
            raise TrayAppError("Sharing is off.", "Switch it on: trayapp lan on")
        invitation = self._ask("POST", "/api/invite", {})
        show_invitation(invitation)
        say(f"Paired: {self._newcomer(before, invitation)}")

    def _newcomer(self, before: Json, invitation: Json) -> str:
        """The name of the device that was let in, once it is there."""
        begun, advised = self._clock(), False
        while (waited := self._clock() - begun) < invitation["seconds"]:
            now = self._ask("GET", "/api/state")
            if name := newcomer(before, now):
                return name
            if not now["lan"]["on"]:
                raise TrayAppError("Sharing was switched off.", "Switch it on: trayapp lan on")
            silent = now["lan"]["seen"] <= before["lan"]["seen"]
            if silent and not advised and waited >= HELP_AFTER:
                advised = True
                show_advice(invitation["advice"])
            self._sleep(STEP)
        raise TrayAppError("The code is too old now.", "Make a new one: trayapp pair")


def newcomer(before: Json, now: Json) -> str:
    """The name of a device that was paired between two states; empty when there is none."""
    known = {(device["device"], device["paired"]) for device in before["devices"]}
    return next(
        (
            str(device["name"])
            for device in now["devices"]
            if (device["device"], device["paired"]) not in known
        ),
        "",
    )


def show_invitation(invitation: Json) -> None:
    """Print the code as a picture, and the addresses that hold it."""
    likeliest, *others = invitation["links"]
    say("Scan this with the phone's camera:")
    if _takes(likeliest["text"], getattr(sys.stdout, "encoding", None)):
        draw(likeliest["text"])
    say("Or open this address on it:")
    say(f"  {likeliest['url']}")
    for other in others:
        say(f"If that does not answer: {other['url']}")
    say(f"Waiting for {invitation['seconds']:.0f} seconds; Ctrl+C ends it.")


def show_advice(advice: Sequence[Json]) -> None:
    """Print what to look at when no device gets through."""
    say("No other device has come through so far. What to look at:")
    for one in advice:
        say(f"- {one['text']}")
        if one["command"]:
            say(f"    {one['command']}")


def _takes(text: str, encoding: str | None) -> bool:
    """Whether a terminal with this encoding can show the text."""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
