"""What browsers load: the dashboard, its files, and the page script. No data is put into any."""

import hashlib
from http import HTTPStatus

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from trayapp.web import client
from trayapp.web.files import Files
from trayapp.web.routes import FROM_LAN

_FOR_A_YEAR = "public, max-age=31536000, immutable"


def dashboard(known: Files) -> Blueprint:
    """The route of the dashboard."""
    routes = Blueprint("dashboard", __name__)

    @routes.get("/")
    def dashboard() -> BaseResponse:
        """Another device could only look at it."""
        if request.environ.get(FROM_LAN):
            return redirect("/pair", HTTPStatus.SEE_OTHER)
        html = known.page(render_template("dashboard.html"))
        return _answer(html.encode(), "text/html", "no-store")

    return routes


def files(known: Files) -> Blueprint:
    """The routes of files that are the same for everybody."""
    routes = Blueprint("files", __name__)
    script = client.script().encode()
    extras = {f"{name}.js": client.module(name).encode() for name in client.EXTRAS}

    @routes.get("/static/<version>/<name>")
    def versioned(version: str, name: str) -> Response:
        """As our pages name it: nobody has ever been answered otherwise at this address."""
        if version != known.version:
            abort(404)
        return _answer(*(known.content(name) or abort(404)), _FOR_A_YEAR)

    @routes.get("/static/<name>")
    def static(name: str) -> Response:
        return _answer(*(known.content(name) or abort(404)), "no-store")

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


def revalidated(body: bytes, kind: str) -> Response:
    """Asked for at each load and sent once: an update of trayapp reaches every page at once."""
    response = _answer(body, kind, "no-cache")
    response.set_etag(hashlib.sha256(body).hexdigest()[:16])
    response.make_conditional(request)
    del response.headers["Date"]  # the server's to say
    return response


def _answer(body: bytes, kind: str, caching: str) -> Response:
    response = Response(body, content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = caching
    return response
