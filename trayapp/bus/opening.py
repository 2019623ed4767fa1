"""Which bus it is: the log of this computer, or the Redis that the settings name."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.bus.log import LogBus
from trayapp.errors import TrayAppError

if TYPE_CHECKING:
    from trayapp.bus.redis import RedisBus


def open_bus(
    url: str, file: Path, *, on_problem: Callable[[], None] = lambda: None
) -> "LogBus | RedisBus":
    """The bus at `url`, or where that is empty the one whose events are in `file`. Starts nothing.

    Raises: TrayAppError when the URL is no good, or a package is missing that it needs.
    """
    if not url:
        return LogBus(file, on_problem=on_problem)
    try:
        from trayapp.bus import redis  # needs a package that few have
    except ImportError as error:
        raise TrayAppError(
            "The setting bus needs the package redis.",
            _how_to_install(),
        ) from error
    origin = file.with_name(f"{file.stem}.origin")
    return redis.RedisBus(redis.parse(url), origin, on_problem=on_problem)


def _how_to_install() -> str:
    """The remedy for the missing package. Installers bring it along."""
    if hasattr(sys, "frozen"):
        return "This copy of trayapp is not complete. Install it again."
    return f"Install it: {sys.executable} -m pip install 'trayapp-live[redis]'"
