"""Values instead of text: data is JSON, and each kind of event has a type of its own.

flask --app examples/structured.py run
"""

import json
from dataclasses import asdict, dataclass

from flask import Flask

from trayapp.bus import MemoryBus
from trayapp.web import stream_blueprint

PAGE = """<!doctype html>
<title>Build</title>
<progress id="bar" max="1" value="0"></progress> <span id="step"></span>
<button id="go">Build</button>
<script>
  const show = (id) => document.getElementById(id);
  const source = new EventSource("/stream?topic=build");
  source.addEventListener("progress", ({ data }) => {
    const { step, done, of } = JSON.parse(data);
    show("step").textContent = step;
    show("bar").value = done / of;
  });
  source.addEventListener("finished", ({ data }) => {
    show("step").textContent = `finished in ${JSON.parse(data).seconds} s`;
  });
  show("go").onclick = () => fetch("/build", { method: "POST" });
</script>
"""

STEPS = ("fetch", "compile", "test", "pack")


@dataclass(frozen=True)
class Progress:
    """How far a build is."""

    step: str
    done: int
    of: int


app = Flask(__name__)
app.config["TRUSTED_HOSTS"] = ["localhost", "127.0.0.1"]

bus = MemoryBus()
app.register_blueprint(stream_blueprint(bus))


@app.post("/build")
def build() -> tuple[str, int]:
    """Tells of each step as it is done."""
    for done, step in enumerate(STEPS, 1):
        progress = Progress(step, done, len(STEPS))
        bus.publish("build", json.dumps(asdict(progress)), type="progress")
    bus.publish("build", json.dumps({"seconds": 0.1}), type="finished")
    return "", 204


@app.get("/")
def page() -> str:
    """What shows it."""
    return PAGE
