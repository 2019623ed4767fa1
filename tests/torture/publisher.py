"""Publishers over HTTP, which know what was acknowledged and go on when the server is gone."""

import http.client
import json
import threading
import time
from itertools import count

from tests.support import wait_for

AGAIN = 0.02


class Publishers:
    """Several threads that publish numbered texts to `topic` until there are `total` of them, or
    until `stop`. Each is a little longer than `size`.

    `acknowledged` maps the id of each event answered with 200 to its text. `unsure` are texts whose
    answer never came: they may have been published or not. `refused` are the other answers.
    """

    def __init__(
        self, port: int, total: int, *, threads: int = 4, topic: str = "t", size: int = 0
    ) -> None:
        self.acknowledged: dict[str, str] = {}
        self.unsure: set[str] = set()
        self.refused: list[tuple[int, dict[str, str]]] = []
        self._url = (port, f"/{topic}")
        self._total = total
        self._filling = "x" * size
        self._numbers = count()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def __enter__(self) -> "Publishers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def wait_for(self, more: int, seconds: float) -> None:
        """Until `more` events than now are acknowledged."""
        enough = len(self.acknowledged) + more
        wait_for(lambda: len(self.acknowledged) >= enough, seconds, f"{more} more events")

    def stop(self) -> None:
        """Publish no more. Idempotent."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._url[0], timeout=20)
        while not self._over.is_set() and (number := next(self._numbers)) < self._total:
            self._publish(connection, f"text {number} {self._filling}")
        connection.close()

    def _publish(self, connection: http.client.HTTPConnection, text: str) -> None:
        if not self._reach(connection):
            return
        try:
            connection.request("POST", self._url[1], text.encode())
            answer = connection.getresponse()
            said = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):  # none, or not all of it
            self.unsure.add(text)
            connection.close()
            return
        if answer.status == 200:
            self.acknowledged[said["id"]] = text
        else:
            self.refused.append((answer.status, said))

    def _reach(self, connection: http.client.HTTPConnection) -> bool:
        """Connect, however long that takes; False when stopped meanwhile."""
        while connection.sock is None:
            try:
                connection.connect()
            except OSError:
                connection.close()
                if self._over.wait(AGAIN):
                    return False
        return True


def post(port: int, target: str, body: bytes) -> tuple[int, dict[str, str], float]:
    """Publish once: status, JSON answer, and the seconds that it took."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", target, body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), time.monotonic() - began
    finally:
        connection.close()


def publish(port: int, body: bytes, topic: str = "t") -> str:
    """Publish once and return the id."""
    status, said, _ = post(port, f"/{topic}", body)
    assert status == 200, said
    return said["id"]
