"""The answer to a browser that asks for the script of a service worker: one that removes itself.

trayapp has no service worker. A browser that asks for one has it from another server that had our
port before, and looks whether there is a newer one. This one is newer, and does nothing but end.
"""

from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse

from trayapp.web.refusal import Headers

_SCRIPT = Path(__file__).parent / "static" / "worker.js"


def script() -> bytes:
    """The worker that removes itself."""
    return _SCRIPT.read_bytes()


def answer(body: bytes, headers: Headers, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the script `body`, whatever scope the former worker was registered for."""
    headers = [
        *headers,
        ("Content-Type", "text/javascript; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        # Without it a browser refuses a script that lies deeper than the scope (Service Workers,
        # "Update"), and the former worker would stay.
        ("Service-Worker-Allowed", "/"),
    ]
    start_response("200 OK", headers)
    return [body]
