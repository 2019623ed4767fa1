"""A generator of messages, as events in a page: the least that is needed.

flask --app examples/generator.py run
"""

import time
from collections.abc import Iterator

from flask import Flask, Response

from trayapp import sse

PAGE = """<!doctype html>
<title>Messages</title>
<ul id="list"></ul>
<script>
  new EventSource("/stream").onmessage = ({ data }) => {
    const line = document.createElement("li");
    line.textContent = data;
    document.getElementById("list").append(line);
  };
</script>
"""

app = Flask(__name__)
app.config["TRUSTED_HOSTS"] = ["localhost", "127.0.0.1"]


def messages() -> Iterator[str]:
    """One each second, as long as somebody listens."""
    for number in range(1, 1_000_000):
        yield f"message {number}\nat {time.strftime('%H:%M:%S')}"
        time.sleep(1)


@app.get("/stream")
def stream() -> Response:
    """A message may have several lines: `encode` makes one frame of it, whatever it holds."""
    frames = (sse.encode(message) for message in messages())
    return Response(frames, mimetype=sse.MEDIA_TYPE, headers={"Cache-Control": "no-store"})


@app.get("/")
def page() -> str:
    """What shows them."""
    return PAGE
