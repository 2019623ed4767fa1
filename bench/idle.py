"""What the program costs while nothing happens: wake-ups of all its threads, and memory.

The floor is nothing at all. The wake-ups of a heartbeat are kept out by counting between two.
"""

import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import processes
from bench.program import Program

CALM = 2.0
"""Seconds after the start in which nothing is counted."""

GOAL_MB = 45


def measure(seconds: float) -> str:
    """One page connected, `seconds` of quiet (less than a heartbeat): without a tray, then with."""
    with tempfile.TemporaryDirectory(prefix="trayapp-bench-") as name:
        folder = Path(name)
        (folder / "index.html").write_text("<p>Hello")
        lines = [_line("without a tray", folder, "", seconds)]
        if shutil.which("dbus-daemon"):
            with _session_bus() as bus:
                lines.append(_line("with its tray", folder, bus, seconds))
    return "\n".join([f"Idle with one page, {seconds:g} s", *lines])


def _line(name: str, folder: Path, bus: str, seconds: float) -> str:
    with (
        Program(folder, bus) as program,
        socket.create_connection(("127.0.0.1", program.port), 5) as stream,
    ):
        stream.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(CALM)
        before = processes.switches(program.pid)
        time.sleep(seconds)
        woken = processes.switches(program.pid) - before
        memory = _resident_mb(program.pid)
    verdict = "met" if memory <= GOAL_MB and woken == 0 else "MISSED"
    return f"{name}: {woken} wake-ups (goal 0), {memory:.1f} MB (goal {GOAL_MB} MB): {verdict}"


def _resident_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if found is None:
        raise RuntimeError("This system does not tell the resident memory.")
    return int(found[1]) / 1024


@contextmanager
def _session_bus() -> Iterator[str]:
    """The address of a bus of our own, without anybody on it."""
    command = ["dbus-daemon", "--session", "--nofork", "--print-address"]
    with subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as daemon:
        if daemon.stdout is None:
            raise RuntimeError("The bus did not start.")
        yield daemon.stdout.readline().strip()
        daemon.terminate()
