"""What was published: posts to a running trayapp and remembers what every reader must then see."""

import http.client
import json
import re
from types import TracebackType
from urllib.parse import urlencode

from tests.interop.whatwg import Message


class Publisher:
    """Publishes over one connection after the other; `sent` is what readers are to receive."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.sent: list[Message] = []

    def __enter__(self) -> "Publisher":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def post(self, data: str, type: str = "", *, as_header: bool = False) -> Message:
        """Publish one event to the topic `tries`; returns it as it must arrive.

        Of data only line ends may change: the format knows none but LF.
        """
        headers = {"Event": type.encode().decode("latin-1")} if type and as_header else {}
        query = "?" + urlencode({"event": type}) if type and not as_header else ""
        self._connection.request("POST", f"/tries{query}", data.encode(), headers)
        answer = self._connection.getresponse()
        said = json.loads(answer.read())
        assert answer.status == 200, said
        message = Message(type or "message", re.sub("\r\n|\r", "\n", data), said["id"])
        self.sent.append(message)
        return message

    def post_some(self, count: int = 6) -> list[Message]:
        """Publish `count` events, named and unnamed in turn, on one line and on several."""
        first = len(self.sent)
        return [
            self.post(
                f"{number}: ä☃\n  two\n" if number % 3 else f"{number}", "named" * (number % 2)
            )
            for number in range(first, first + count)
        ]
