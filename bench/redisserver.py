"""Redis as a server of its own: its own port, nothing on disk."""

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import processes

INSTALL = "apt-get install redis-server"


@dataclass(frozen=True, slots=True)
class Redis:
    """A running redis-server."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


def missing(name: str) -> str:
    """Why what is called `name` cannot be measured on a Redis here, or nothing."""
    if shutil.which("redis-server") is None:
        return f"{name} needs Redis (Debian: {INSTALL})."
    if importlib.util.find_spec("redis") is None:
        return f"{name} needs the package redis (scripts/bench scale installs it)."
    return ""


@contextmanager
def redis(folder: Path) -> Iterator[Redis]:
    """A Redis for the length of the `with` block. It keeps nothing, as in all that is compared:
    what it costs to keep is Redis's own, and the same for all who use it."""
    port = processes.free_port()
    options = f"--port {port} --bind 127.0.0.1 --appendonly no --daemonize no --dir {folder}"
    with processes.started(["redis-server", *options.split(), "--save", ""]) as process:
        processes.wait_for_door(port)
        yield Redis(process.pid, port)
