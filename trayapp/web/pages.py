"""What browsers load: the dashboard, its files, and the page script. No data is put into any."""

import hashlib
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from trayapp.web import client
from trayapp.web.routes import FROM_LAN

_STATIC = Path(__file__).parent / "static"

# Not `mimetypes`: on Windows it asks the registry, and many a program has made .js text/plain
# there; under `nosniff` no browser would run it.
_KINDS = {
    ".css": "text/css",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


def dashboard() -> Blueprint:
    """The route of the dashboard."""
    routes = Blueprint("dashboard", __name__)

    @routes.get("/")
    def dashboard() -> BaseResponse:
        """Another device could only look at it."""
        if request.environ.get(FROM_LAN):
            return redirect("/pair", HTTPStatus.SEE_OTHER)
        return revalidated(render_template("dashboard.html").encode(), "text/html")

    return routes


def files() -> Blueprint:
    """The routes of files that are the same for everybody."""
    routes = Blueprint("files", __name__)
    script = client.script().encode()
    extras = {f"{name}.js": client.module(name).encode() for name in client.EXTRAS}

    @routes.get("/static/<name>")
    def static(name: str) -> Response:
        return _file(name)

    @routes.get("/client.js")
    def page_script() -> Response:
        return revalidated(script, "text/javascript")

    @routes.get("/client/<name>")
    def extra_script(name: str) -> Response:
        return revalidated(extras.get(name) or abort(404), "text/javascript")

    @routes.get("/favicon.ico")
    def favicon() -> Response:
        """None yet; a 404 would show as an error in every browser's console."""
        response = Response(status=204)
        del response.headers["Content-Type"]
        return response

    return routes


def _file(name: str) -> Response:
    """The file called `name`; 404 unless it is one of ours."""
    known = {path.name: path for path in _STATIC.iterdir() if path.suffix in _KINDS}
    path = known.get(name) or abort(404)
    return revalidated(path.read_bytes(), _KINDS[path.suffix])


def revalidated(body: bytes, kind: str) -> Response:
    """Asked for at each load and sent once: an update of trayapp reaches every page at once."""
    response = Response(body, content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(hashlib.sha256(body).hexdigest()[:16])
    response.make_conditional(request)
    del response.headers["Date"]  # the server's to say
    return response
