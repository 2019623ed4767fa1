"""The commands that ask the trayapp which runs: status, pause, ignore, open, stop …"""

import json
import os
import shlex
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from trayapp import instance
from trayapp.cli.boundary import say
from trayapp.cli.devices import device_lines
from trayapp.cli.sharing import lan_lines
from trayapp.errors import TrayAppError
from trayapp.paths import Paths, locate
from trayapp.state import delay

PATIENCE = 2.0
STOP_SECONDS = 15.0


def tell(path: str, done: str) -> None:
    """POST to a control path, then say `done`. Raises: TrayAppError."""
    instance.require(locate(os.environ)).ask("POST", path)
    say(done)


def show_status(as_json: bool) -> None:
    """Print the state, for people or as JSON. Raises: TrayAppError."""
    state = instance.require(locate(os.environ)).ask("GET", "/api/state")
    if as_json:
        click.echo(json.dumps(state, indent=2))
        return
    for line in described(state, time.time()):
        say(line)


def described(state: Mapping[str, Any], now: float = 0.0) -> Iterable[str]:
    """The lines of `trayapp status` for the JSON of /api/state. `now` is Unix time."""
    yield f"trayapp {state['version']} is {state['status']} at {state['url']} (pid {state['pid']})"
    if state["problem"]:
        yield f"Problem: {state['problem']}"
    yield f"Pages connected: {state['pages']}"
    for view in state.get("views", ()):
        yield f"  {view['title'] or view['url'] or 'a page'}  {view['url']}  {_shown(view)}"
    yield from map(_ran, state.get("commands", ()))
    yield f"Desktop notifications: {'on' if state['notifications'] else 'off'}"
    yield from _shared(state, now)
    yield "Watched folders:" if state["roots"] else "No folder is watched."
    for root in state["roots"]:
        yield f"  {root['label']}  {root['path']}  {_how(root)}"
        yield from (f"      {line}" for line in _why(root))


def _shared(state: Mapping[str, Any], now: float) -> Iterable[str]:
    """Who else than this computer may come in."""
    yield from lan_lines(state["lan"])
    if state["devices"]:
        yield "Paired devices:"
        yield from device_lines(state["devices"], now)
    if state["from_disk"]:
        yield "Pages opened from disk: allowed"
    elif state["disk_refused"]:
        yield "A page opened from disk was turned away. Its tag is in the dashboard: trayapp open"


def _shown(view: Mapping[str, Any]) -> str:
    """What a page shows."""
    match view["status"]:
        case "behind":
            return "did not apply the last change"
        case "waiting":
            return "waits with an update"
    return f"{view['cause'] or 'updated'}, {delay(view['ms'])}" if view["at"] else "no update yet"


def _ran(command: Mapping[str, Any]) -> str:
    """How a command did that runs when files change."""
    took = delay(command["seconds"] * 1000)
    match command["status"]:
        case "running":
            how = "runs; pages are told when it has succeeded"
        case "waiting":
            how = f"waits for your yes: trayapp allow {shlex.quote(command['root'])}"
        case "failed":
            how = f"failed after {took} (exit code {command['exit']}); pages stay as they were"
        case _:
            how = f"succeeded, {took}"
    return f"Command {command['name']}: {how}"


def _how(root: Mapping[str, Any]) -> str:
    """How a root is watched, and what is known of it."""
    files = f"{root['files']:,} {'file' if root['files'] == 1 else 'files'}"
    match root["status"]:
        case "watching":
            return f"events proven, {files}"
        case "scanning":
            return f"scanning, {files} so far"
        case "gone":
            return "gone, waiting for it"
    return f"{root['status']}, {files}"


def _why(root: Mapping[str, Any]) -> Iterable[str]:
    """The reason, and on a line of its own the command that helps: to be copied."""
    if root["status"] in ("polling", "error"):
        reason, _, command = root["detail"].partition(" Run: ")
        yield from (text for text in (reason, command) if text)


def allow(label: str) -> None:
    """Let commands run in a watched folder. Raises: TrayAppError."""
    instance.require(locate(os.environ)).ask("POST", "/api/roots/allow", {"root": label})
    say(f"Commands run in {label} from its next change on, now and after each start.")


def ignore(text: str) -> None:
    """Have a path ignored in the watched folder it lies in. Raises: TrayAppError."""
    running = instance.require(locate(os.environ))
    label, inside = _placed(text, running.ask("GET", "/api/state")["roots"])
    answer = running.ask("POST", "/api/ignore", {"root": label, "path": inside})
    say(f"Ignored from now on: {answer['pattern']} is in {answer['file']}")


def _placed(text: str, roots: Sequence[Mapping[str, str]]) -> tuple[str, str]:
    """The label of the innermost root that the path lies in, and the path in it. What lies in none
    may begin with a label, as messages name files."""
    # Not resolve(): a link is ignored itself, not what it leads to.
    path = Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100
    real = path.parent.resolve() / path.name
    for root in sorted(roots, key=lambda root: -len(root["path"])):
        for place, folder in ((path, Path(root["path"])), (real, Path(root["path"]).resolve())):
            if folder in place.parents:
                return root["label"], place.relative_to(folder).as_posix()
    for root in roots:
        if text.startswith(f"{root['label']}/"):
            return root["label"], text.removeprefix(f"{root['label']}/")
    known = ", ".join(root["path"] for root in roots) or "none"
    raise TrayAppError(f"{path} is in no watched folder.", f"Watched folders: {known}")


def stop_service() -> None:
    """Ask it to stop and wait until it has. Raises: TrayAppError when it does not end."""
    paths = locate(os.environ)
    running = instance.require(paths)
    running.ask("POST", "/api/stop")
    if not _ended(paths, PATIENCE):
        say("Still stopping …", error=True)
        if not _ended(paths, STOP_SECONDS):
            raise TrayAppError(
                f"trayapp (pid {running.pid}) did not stop.", f"End it: kill {running.pid}"
            )
    say("trayapp has stopped.")


def _ended(paths: Paths, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while instance.is_held(paths):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
