"""A real redis-server on a port of its own, and a forwarder that can point to another one."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import redis

from tests.conftest import need
from tests.support import wait_for


class RedisServer:
    """`redis-server` in `folder`. `options` as on its command line; nothing is saved without."""

    def __init__(self, folder: Path, *options: str, port: int = 0) -> None:
        need("redis-server")
        folder.mkdir(exist_ok=True)
        self.port = port or free_port()
        self._command = ["redis-server", "--port", str(self.port), "--dir", str(folder)]
        self._command += ["--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]
        self._command += ["--repl-diskless-sync-delay", "0", *options]
        self._output = folder / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; returns once it accepts connections."""
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(self._command, stdout=output, stderr=output)
        wait_for(self._listens, 10, "redis-server")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def do(self, *command: object, port: int = 0) -> Any:
        """The answer to one command."""
        with redis.Redis(port=port or self.port, socket_timeout=5) as client:
            return client.execute_command(*command)

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._output.read_text("utf-8", "replace")
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


@contextmanager
def running(folder: Path, *options: str) -> Iterator[RedisServer]:
    """A server that is there until the end of the block."""
    server = RedisServer(folder, *options)
    server.start()
    try:
        yield server
    finally:
        with suppress(ProcessLookupError):
            server.send(signal.SIGCONT)
        server.kill()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Forwarder:
    """A TCP port that leads to `target`, another port of this computer, as a virtual address does.
    `cut` ends all that goes through; a target of 0 is nowhere."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._ended = False

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def connections(self) -> int:
        """How many are open."""
        with self._lock:
            return sum(ours.fileno() >= 0 for ours, _ in self._pairs)

    def start(self) -> None:
        self._spawn(self._accept)

    def stop(self) -> None:
        self._ended = True
        with socket.create_connection(("127.0.0.1", self.port)):
            pass
        self.cut()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def cut(self) -> None:
        """End what goes through now."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for sock in pair:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            ours, _ = self._listener.accept()
            if self._ended:
                ours.close()
                return
            try:
                theirs = socket.create_connection(("127.0.0.1", self.target), 2)
            except OSError:
                ours.close()
                continue
            theirs.settimeout(None)
            with self._lock:
                self._pairs.append((ours, theirs))
            left = [2]
            self._spawn(self._pass, ours, theirs, left)
            self._spawn(self._pass, theirs, ours, left)

    def _pass(self, source: socket.socket, sink: socket.socket, left: list[int]) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
        self._end(source, sink, left)

    def _end(self, source: socket.socket, sink: socket.socket, left: list[int]) -> None:
        for sock in (source, sink):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        with self._lock:
            left[0] -= 1
            if not left[0]:
                source.close()
                sink.close()

    def _spawn(self, target: Any, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name="forwarder")
        self._threads.append(thread)
        thread.start()


def wait_until(moment: float) -> None:
    """Sleep until this moment of the monotonic clock."""
    time.sleep(max(0.0, moment - time.monotonic()))
