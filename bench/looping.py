"""A page in a loop: it opens its stream, reads hello, goes, and is there again after 15 ms.

What that costs is the price of one stream that comes and goes, as often as the program lets it.
"""

import socket
import tempfile
import time
from pathlib import Path

from bench import figures, processes
from bench.program import Program

PERIOD = 0.015
GOAL_PERCENT = 1.0
WARM = 100


def measure(seconds: float) -> str:
    """Let a page loop for `seconds`."""
    with tempfile.TemporaryDirectory(prefix="trayapp-bench-") as name:
        folder = Path(name)
        (folder / "index.html").write_text("<p>Hello")
        with Program(folder) as program:
            for _ in range(WARM):
                _visit(program.port)
            rounds, used, took = _loop(program, seconds)
    percent = 100 * used / took
    return "\n".join(
        [
            f"A page that comes again {PERIOD * 1000:g} ms after it has gone, for {seconds:g} s",
            f"{rounds / took:.1f} streams a second, {1e6 * used / rounds:.0f} us of CPU each",
            figures.verdict("CPU of the program", percent, GOAL_PERCENT, "%"),
        ]
    )


def _loop(program: Program, seconds: float) -> tuple[int, float, float]:
    """Visits, seconds of CPU that they cost the program, seconds that they took."""
    before = processes.cpu_at_rest([program.pid])
    began = time.monotonic()
    rounds = 0
    while time.monotonic() < began + seconds:
        time.sleep(PERIOD)
        _visit(program.port)
        rounds += 1
    took = time.monotonic() - began
    return rounds, processes.cpu_at_rest([program.pid]) - before, took


def _visit(port: int) -> None:
    """As a browser asks: its usual headers, some of them long."""
    with socket.create_connection(("127.0.0.1", port), 5) as stream:
        stream.sendall(
            f"GET /stream?topic=change,notify HTTP/1.1\r\nHost: localhost:{port}\r\n"
            "Connection: keep-alive\r\nCache-Control: no-cache\r\nAccept: text/event-stream\r\n"
            "Origin: http://localhost:5173\r\nReferer: http://localhost:5173/\r\n"
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/142.0.0.0 Safari/537.36\r\nSec-Fetch-Site: same-site\r\n"
            "Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
            "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en\r\n\r\n".encode()
        )
        received = b""
        while b"event: hello" not in received or not received.endswith(b"\n\n\r\n"):
            received += stream.recv(65536)
