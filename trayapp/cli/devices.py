"""`trayapp devices`: the paired devices, listed, renamed, forgotten."""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trayapp import instance
from trayapp.cli.boundary import say
from trayapp.errors import TrayAppError
from trayapp.paths import locate

Json = Mapping[str, Any]


def list_devices() -> None:
    """Print the paired devices. Raises: TrayAppError."""
    devices = instance.require(locate(os.environ)).ask("GET", "/api/state")["devices"]
    for line in device_lines(devices, time.time()):
        say(line)
    if not devices:
        say("No device is paired. Let one in: trayapp pair")


def rename_device(text: str, name: str) -> None:
    """Call a device something else. Raises: TrayAppError."""
    running = instance.require(locate(os.environ))
    device = one_device(text, running.ask("GET", "/api/state")["devices"])
    running.ask("POST", "/api/devices/rename", {"device": device["device"], "name": name})
    say(f"{device['name']} is now called {name}.")


def forget_device(text: str) -> None:
    """Pair a device no longer. Raises: TrayAppError."""
    running = instance.require(locate(os.environ))
    device = one_device(text, running.ask("GET", "/api/state")["devices"])
    running.ask("POST", "/api/devices/forget", {"device": device["device"]})
    say(f"{device['name']} is no longer paired.")


def forget_devices() -> None:
    """Pair no device any longer, and change the read key. Raises: TrayAppError."""
    instance.require(locate(os.environ)).ask("POST", "/api/devices/forget-all", {})
    say("No device is paired any longer. Pages with the read key need the new one.")


def device_lines(devices: Sequence[Json], now: float) -> Iterable[str]:
    """A line for each device. `now` is Unix time."""
    for device in devices:
        yield f"  {device['device']}  {device['name']}  {_where(device, now)}"


def _where(device: Json, now: float) -> str:
    place = f" at {device['address']}" if device["address"] else ""
    if streams := device["streams"]:
        return f"{streams} {'stream' if streams == 1 else 'streams'} open{place}"
    return f"last seen {ago(now - device['seen'])}{place}" if device["seen"] else "never seen"


def ago(seconds: float) -> str:
    """How long ago, for people: `5 minutes ago`."""
    for length, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {name if count == 1 else name + 's'} ago"
    return "just now"


def one_device(text: str, devices: Sequence[Json]) -> Json:
    """The device with this id or name. Raises: TrayAppError when there is none, or several."""
    for device in devices:
        if device["device"] == text:
            return device
    found = [device for device in devices if device["name"].casefold() == text.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        ids = " or ".join(device["device"] for device in found)
        raise TrayAppError(f"{len(found)} devices are called {text}.", f"Say which one: {ids}")
    known = ", ".join(device["name"] for device in devices) or "none"
    raise TrayAppError(f"No paired device is called {text}.", f"Paired devices: {known}")
