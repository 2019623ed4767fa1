"""create_app: the Flask application, put together from its blueprints.

It starts no thread and opens nothing. It authorises nobody either: everything that must be
refused is refused by the `Guard` in front of it, on every route and before Flask runs.
"""

from collections.abc import Callable

from flask import Flask

from trayapp.bus import Bus
from trayapp.web import api, applied, failures, health, pages, publish, stream
from trayapp.web.routes import MAX_BODY
from trayapp.web.seams import Desk, History, Meter, Roots, Switch, Visitors
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
    tokens: Tokens,
    hello: Callable[[], str],
) -> Flask:
    """The application, to be served as `Guard(create_app(...), policy, tokens)`.

    `hello` gives the JSON data of a stream's first event; it is asked only where nobody takes
    the sockets of streams over (another WSGI server than ours).
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
    app.register_blueprint(api.blueprint(switch, roots, desk, tokens, history))
    failures.register(app)
    app.wsgi_app = stream.Shortcut(app.wsgi_app, bus, hello)  # type: ignore[method-assign]
    return app
