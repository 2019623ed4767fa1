"""`trayapp sessions`: the control sessions, listed and ended."""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trayapp import instance
from trayapp.cli.boundary import say
from trayapp.cli.devices import ago
from trayapp.paths import locate

Json = Mapping[str, Any]


def list_sessions() -> None:
    """Print the control sessions. Raises: TrayAppError."""
    sessions = instance.require(locate(os.environ)).ask("GET", "/api/state")["sessions"]
    for line in session_lines(sessions, time.time()):
        say(line)
    if not sessions:
        say("No dashboard may control trayapp. Open one: trayapp open")


def end_session(number: int) -> None:
    """End a control session. Raises: TrayAppError."""
    instance.require(locate(os.environ)).ask("POST", "/api/sessions/end", {"session": number})
    say(f"Session {number} has ended: its dashboard can only look.")


def end_sessions() -> None:
    """End all control sessions. Raises: TrayAppError."""
    running = instance.require(locate(os.environ))
    count = running.ask("POST", "/api/sessions/end-all", {})["ended"]
    say(f"{count} {'session has' if count == 1 else 'sessions have'} ended.")
    say("Open a dashboard with control again: trayapp open")


def session_lines(sessions: Sequence[Json], now: float) -> Iterable[str]:
    """A line for each session. `now` is Unix time."""
    for one in sessions:
        browser = one["browser"] or "an unknown browser"
        begun, used = ago(now - one["begun"]), ago(now - one["used"])
        yield f"  {one['session']}  {browser}  begun {begun}, last used {used}, by {one['opened']}"
