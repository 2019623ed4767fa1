"""When something is mounted over a watch root, or below it: no file event tells of that."""

import os
import select
import sys
from dataclasses import dataclass

from trayapp.watch.hearing import filesystem
from trayapp.watch.hearing.vigil import place_of


@dataclass(frozen=True, slots=True)
class MountChanges:
    """Look when something is mounted or unmounted (proc(5), mounts: poll with POLLPRI). Costs
    nothing until then. The fields are descriptors: of the table, and of a pipe's two ends."""

    table: int
    end: int
    ending: int

    @classmethod
    def open(cls) -> "MountChanges":
        """Raises: OSError when the system does not tell."""
        table = os.open("/proc/self/mountinfo", os.O_RDONLY)
        try:
            return cls(table, *os.pipe())
        except OSError:
            os.close(table)
            raise

    def wait(self) -> bool:
        if sys.platform == "win32":
            return False
        poll = select.poll()
        poll.register(self.table, select.POLLPRI)
        poll.register(self.end, select.POLLIN)
        return self.end not in dict(poll.poll())

    def stop(self) -> None:
        os.write(self.ending, b"!")

    def close(self) -> None:
        for opened in (self.table, self.end, self.ending):
            os.close(opened)


def place_and_mounts_of(root: str) -> object:
    """Where the path leads and to which folder, and what is mounted in it."""
    return place_of(root), filesystem.mounts_in(root)
