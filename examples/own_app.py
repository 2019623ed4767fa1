"""The stream in an application of one's own: three lines, and one to publish.

flask --app examples/own_app.py run
"""

from itertools import count

from flask import Flask

from trayapp.bus import MemoryBus
from trayapp.web import stream_blueprint

PAGE = """<!doctype html>
<title>Counter</title>
<button id="more">One more</button> <output id="count">?</output>
<script>
  new EventSource("/stream?topic=count&since=3600s").onmessage = ({ data }) => {
    document.getElementById("count").textContent = data;
  };
  document.getElementById("more").onclick = () => fetch("/more", { method: "POST" });
</script>
"""

app = Flask(__name__)
app.config["TRUSTED_HOSTS"] = ["localhost", "127.0.0.1"]

bus = MemoryBus()
clicks = count(1)
app.register_blueprint(stream_blueprint(bus))


@app.post("/more")
def more() -> tuple[str, int]:
    """Counts; every page that is open shows it."""
    bus.publish("count", str(next(clicks)))
    return "", 204


@app.get("/")
def page() -> str:
    """It asks for the last hour, so that a page that has just been opened has a number too."""
    return PAGE
