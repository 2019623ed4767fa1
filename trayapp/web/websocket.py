"""What a client that wants a WebSocket is told: events are sent by SSE here, and where."""

from http import HTTPStatus

from trayapp.event import TOPIC
from trayapp.web.refusal import Refusal

_FORMS = frozenset({"json", "sse", "raw", "ws"})


def refusal(host: str, path: str) -> Refusal:
    """For a client that asks for `path` under the Host header `host`."""
    topics, _, form = path.strip("/").rpartition("/")
    named = form in _FORMS and all(map(TOPIC.match, topics.split(",")))
    sse = f"{topics}/sse" if named else "stream"
    lines = f"{topics}/json" if named else "stream"
    return Refusal(
        HTTPStatus.BAD_REQUEST,
        "WebSockets are not spoken here.",
        f'In a page: new EventSource("http://{host}/{sse}"); else read http://{host}/{lines}',
    )
