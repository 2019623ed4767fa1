"""Waiting until trayapp knows what stands in a watch root, so that a page comes later than that."""

from collections.abc import Callable
from typing import Any, TypeVar

from tests.support import Running, wait_for

T = TypeVar("T")
Control = Callable[..., dict[str, Any]]


def settled(write: Callable[[], T], running: Running, control: Control) -> T:
    """What `write` returns, once its change has been told: a page that is asked for from now on
    takes it for shown. `write` has to change a file of the first root."""

    def fingerprint() -> str:
        found: str = control(running, "state")["roots"][0]["fingerprint"]
        return found

    before = wait_for(fingerprint, 10)
    written = write()
    wait_for(lambda: fingerprint() != before)
    return written
