"""Many readers of one stream, in a process of C: they cost the measured server nothing extra."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import processes


class Readers:
    """Open streams. `seconds` is how long it took from the first connect until the last response
    head, with as many under way as a listen queue holds."""

    def __init__(self, process: "subprocess.Popen[str]", count: int) -> None:
        word, _, nanoseconds = processes.line(process).partition(" ")
        if word != "open":
            raise RuntimeError(f"Not all {count} streams opened: {word}")
        self.seconds = int(nanoseconds) / 1e9
        self._process = process

    def wait(self, mark: int) -> tuple[int, int]:
        """When the first and the last stream had `mark`: monotonic time in ns."""
        seen, first, last = map(int, processes.line(self._process).split())
        if seen != mark:
            raise RuntimeError(f"The readers saw mark {seen} instead of {mark}.")
        return first, last


@contextmanager
def reading(folder: Path, port: int, path: str, count: int) -> Iterator[Readers]:
    """`count` streams of `path`, open for the length of the `with` block."""
    command = [processes.build("readers", folder), str(port), path, str(count)]
    with processes.started(command) as process:
        yield Readers(process, count)
