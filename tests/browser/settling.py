"""Waiting until trayapp has told what was saved, so that a page comes later than that."""

from collections.abc import Callable
from typing import Any, TypeVar

from tests.support import Running, wait_for

T = TypeVar("T")
Control = Callable[..., dict[str, Any]]


def scanned(running: Running, control: Control) -> None:
    """Return once trayapp knows what stands in its first root: from then on it tells in order."""
    wait_for(lambda: control(running, "state")["roots"][0]["fingerprint"], 10)


def settled(write: Callable[[], T], path: str, running: Running, control: Control) -> T:
    """What `write` returns, once trayapp has told that the file `path` of its first root is another
    one: a page that is asked for from now on takes that for shown."""

    def told() -> set[str]:
        changes = [one for one in control(running, "events")["events"] if one["type"] == "change"]
        return {one["id"] for one in changes if f'"{path}"' in str(one["data"]).replace("'", '"')}

    scanned(running, control)
    before = told()
    written = write()
    wait_for(lambda: told() - before, 10)
    return written
