"""What a process holds: threads, open files, memory."""

from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Footprint:
    """`memory` is the resident memory in bytes."""

    threads: int
    files: int
    memory: int


def footprint(pid: int) -> Footprint:
    """Of the process `pid`, now."""
    process = psutil.Process(pid)
    with process.oneshot():
        return Footprint(process.num_threads(), process.num_fds(), process.memory_info().rss)
