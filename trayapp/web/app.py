"""create_app: the Flask application, put together from its blueprints.

It starts no thread and opens nothing. It authorises nobody either: everything that must be
refused is refused by the `Guard` in front of it, on every route and before Flask runs.
"""

from collections.abc import Callable

from flask import Flask

from trayapp.bus import Bus
from trayapp.web import api, applied, failures, health, pages, pair, publish, stream
from trayapp.web.devices import Devices
from trayapp.web.routes import MAX_BODY
from trayapp.web.seams import Desk, Guests, History, Meter, Roots, Sharing, Switch, Visitors
from trayapp.web.tokens import Tokens


def create_app(
    *,
    bus: Bus,
    history: History,
    switch: Switch,
    roots: Roots,
    desk: Desk,
    meter: Meter,
    visitors: Visitors,
    sharing: Sharing,
    guests: Guests,
    tokens: Tokens,
    devices: Devices,
    key: Callable[[], str],
    hello: Callable[[], str],
) -> Flask:
    """The application, to be served behind a `Guard` that has the same `tokens` and `devices`.

    `key` gives the read key of now, for the snippets of the dashboard. `hello` gives the JSON data
    of a stream's first event; it is asked only where nobody takes the sockets of streams over
    (another WSGI server than ours).
    """
    app = Flask(__name__, static_folder=None)
    # One more than we take: werkzeug cuts a chunked body off at the limit without a word.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False  # "/api//state" is another path, not a redirect to one
    app.register_blueprint(pages.blueprint())
    app.register_blueprint(stream.blueprint(bus, hello))
    app.register_blueprint(health.blueprint(switch, meter))
    app.register_blueprint(applied.blueprint(visitors))
    app.register_blueprint(publish.blueprint(bus))
    app.register_blueprint(pair.blueprint(switch, devices))
    control = api.blueprint(switch, roots, desk, tokens, history, sharing, guests, key)
    app.register_blueprint(control)
    failures.register(app)
    app.wsgi_app = stream.Shortcut(app.wsgi_app, bus, hello)  # type: ignore[method-assign]
    return app
