"""Readers that stall while much is published: what the others notice of it, and the memory."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import figures, processes
from bench.publish import publication
from bench.readers import Readers, reading
from bench.servers import OURS, Serving, serving

READERS = 20
SIZE = 62_500
"""Bytes of an event: sixteen of them are a megabyte."""

RING_KB = 8 * 1024
"""What docs/events.md says is held at most."""

STALLED_KB = 64
GOAL = 2.0
WARM = 32


@dataclass(slots=True)
class _Run:
    """The program, its healthy readers, the milliseconds until the last of them had an event."""

    server: Serving
    readers: Readers
    number: int = 0
    peak: int = 0
    quiet: list[float] = field(default_factory=list)
    loaded: list[float] = field(default_factory=list)

    def publish(self, size: int) -> float:
        self.number += 1
        with publication(self.server.port) as one:
            begun = one.send("bench", f"mark-{self.number} ".rjust(size, "x"))
            _, last = self.readers.wait(self.number)
            one.answer()
        if self.number % 16 == 0:
            self.peak = max(self.peak, processes.memory_kb(self.server.pids))
        return (last - begun) / 1e6


def measure(stalled: int, megabytes: int) -> str:
    """Publish `megabytes` with `stalled` readers that read nothing, and as much without them."""
    if shutil.which("cc") is None:
        return "Slow: not measured, its readers need a C compiler (Debian: apt-get install gcc)."
    with (
        tempfile.TemporaryDirectory(prefix="trayapp-bench-") as folder,
        serving(OURS, Path(folder)) as server,
        reading(Path(folder), server.port, server.path, READERS) as readers,
    ):
        run = _Run(server, readers)
        for _ in range(WARM):
            run.publish(100)
        before = processes.memory_kb(server.pids)
        half = megabytes * 1_000_000 // SIZE // 2
        run.quiet += [run.publish(SIZE) for _ in range(half)]
        quiet_peak = run.peak
        with _stalled(server, stalled) as files:
            run.loaded += [run.publish(SIZE) for _ in range(2 * half)]
            cut = files - _open_files(server)
        run.quiet += [run.publish(SIZE) for _ in range(half)]
    memory = (
        f"Memory: {before / 1024:.1f} MB before, at most {quiet_peak / 1024:.1f} MB without and"
        f" {run.peak / 1024:.1f} MB with stalled readers; {max(cut, 0)} of {stalled} were cut."
    )
    return "\n".join([_latency(run, stalled, megabytes), memory, _growth(run, before, stalled)])


def _latency(run: _Run, stalled: int, megabytes: int) -> str:
    rows = [
        figures.Row("none stalled", run.quiet, "ms"),
        figures.Row(f"{stalled} stalled", run.loaded, "ms"),
    ]
    title = f"Publish to the last of {READERS} readers, {megabytes} MB in events of {SIZE:,} bytes"
    ends = [row.quantile(0.99) for row in rows]
    return "\n".join(
        [
            figures.table(title, rows),
            f"99 %: {ends[0]:.3f} ms with none stalled, {ends[1]:.3f} ms with {stalled}",
            figures.verdict("99 % with stalled readers", ends[1] / ends[0], GOAL, "x without"),
        ]
    )


def _growth(run: _Run, before: int, stalled: int) -> str:
    allowed = (RING_KB + STALLED_KB * stalled) / 1024
    what = f"Memory growth (ring + {STALLED_KB} KiB a stalled stream)"
    return figures.verdict(what, (run.peak - before) / 1024, allowed, "MB")


@contextmanager
def _stalled(server: Serving, count: int) -> Iterator[int]:
    """Streams that never read; the number of files the program has open with them."""
    request = f"GET {server.path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    with ExitStack() as stack:
        for _ in range(count):
            stream = stack.enter_context(socket.socket())
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stream.connect(("127.0.0.1", server.port))
            stream.sendall(request)
            stream.recv(1)
        yield _open_files(server)


def _open_files(server: Serving) -> int:
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in server.pids)
