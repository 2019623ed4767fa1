"""Waiting until trayapp has told what was saved, so that a page comes later than that."""

from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

from tests.streams import open_stream, wait_for_scan
from tests.support import Running, wait_for

T = TypeVar("T")
Control = Callable[..., dict[str, Any]]


def scanned(running: Running, control: Control) -> None:
    """Return once trayapp knows what stands in its first root: from then on it tells in order."""
    wait_for(lambda: control(running, "state")["roots"][0]["fingerprint"], 10)


def older(write: Callable[[], T], path: str, running: Running) -> T:
    """As `settled`, for who has no token: what is told is read as pages read it."""
    wait_for_scan(running.port)
    with closing(open_stream(running.port, "/stream?topic=change")) as reader:
        assert reader.next().type == "hello"
        written = write()
        while f'"{path}"' not in reader.next(10).data:
            pass
    return written


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
