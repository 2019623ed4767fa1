"""flask-sse as its documentation shows it: a Flask application with its blueprint, and Redis.

Run by gunicorn with gevent, as the documentation says, with `REDIS_URL` in the environment:
`gunicorn bench.flask_sse_server:app --worker-class gevent`. From the group `bench`.
"""

import os

from flask import Flask, request
from flask_sse import sse

app = Flask(__name__)
app.config["REDIS_URL"] = os.environ["REDIS_URL"]
app.register_blueprint(sse, url_prefix="/stream")


@app.post("/bench")
def publish() -> str:
    """Publish the body; the documentation's `/hello` with another text."""
    sse.publish({"message": request.get_data(as_text=True)}, type="greeting")
    return "Message sent!"


@app.post("/bench/lines")
def publish_lines() -> str:
    """Publish each line of the body: flask-sse has no way to publish several at once."""
    for line in request.get_data(as_text=True).splitlines():
        sse.publish({"message": line}, type="greeting")
    return "Messages sent!"
