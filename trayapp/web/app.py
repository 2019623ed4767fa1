"""create_app: the Flask application, put together from its blueprints.

It starts no thread and opens nothing. It authorises nobody either: everything that must be
refused is refused by a `Guard` in front of it, on every route and before Flask runs.
"""

from datetime import timedelta
from functools import partial
from secrets import token_urlsafe

from flask import Flask

from trayapp.bus import Bus, MemoryBus
from trayapp.web import (
    api,
    applied,
    chat,
    failures,
    health,
    pages,
    pair,
    publish,
    stream,
    subscription,
)
from trayapp.web.control import Control
from trayapp.web.fallback import greeting
from trayapp.web.files import Files
from trayapp.web.routes import MAX_BODY
from trayapp.web.session import Sessions
from trayapp.web.standalone import Nobody, for_this_computer


def create_app(bus: Bus | None = None, control: Control | None = None) -> Flask:
    """The application on `bus`, which is `app.extensions["trayapp"]`: of this process and in memory
    when none is given.

    As it stands it has the stream, publishing, the chat and the page script, for programs and pages
    of this computer only. With the `control` of a service it has all the rest too, and no guard:
    it must be served behind one that has the same `tokens` and `devices`.
    """
    bus = MemoryBus() if bus is None else bus
    app = _empty(control.session_key if control else token_urlsafe(32))
    app.extensions["trayapp"] = bus
    hello = control.hello if control else partial(greeting, bus)
    files = Files()
    app.register_blueprint(pages.files(files))
    app.register_blueprint(stream.blueprint(bus, hello))
    app.register_blueprint(applied.blueprint(control.visitors if control else Nobody()))
    app.register_blueprint(chat.blueprint(bus, files, "/" if control else ""))
    app.register_blueprint(publish.blueprint(bus))
    app.register_blueprint(subscription.blueprint(bus))
    failures.register(app, ours=control is not None)
    app.wsgi_app = stream.Shortcut(app.wsgi_app, bus, hello)  # type: ignore[method-assign]
    if control is None:
        app.wsgi_app = for_this_computer(app.wsgi_app)  # type: ignore[method-assign]
    else:
        _add_control(app, control, files)
    return app


def _empty(secret_key: str) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config.update(
        # One more than we take: werkzeug cuts a chunked body off at the limit without a word.
        MAX_CONTENT_LENGTH=MAX_BODY + 1,
        SECRET_KEY=secret_key,
        # Cookies know no ports: other servers of this computer have a `session` of their own.
        SESSION_COOKIE_NAME=chat.COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=chat.LIFETIME),
    )
    app.session_interface = Sessions()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False  # "/api//state" is another path, not a redirect to one
    return app


def _add_control(app: Flask, control: Control, files: Files) -> None:
    app.register_blueprint(pages.dashboard(files))
    app.register_blueprint(health.blueprint(control.switch, control.meter))
    app.register_blueprint(pair.blueprint(control.switch, control.devices, files))
    app.register_blueprint(api.blueprint(control))
