"""A site: one folder as a Flask application. Reads only, and only what the resolver allows."""

from pathlib import Path

from flask import Flask, Response, redirect, request, send_file
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from trayapp.sites.host import page_for
from trayapp.sites.resolver import resolve

_PAGES = {".html", ".htm"}


def create_site(folder: Path) -> Flask:
    """The application that serves `folder`; it opens nothing before the first request."""
    root = folder.resolve()
    app = Flask(__name__, static_folder=None)

    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    def serve(path: str) -> BaseResponse:
        file = resolve(root, path)
        if file is not None:
            return _send(file)
        if path and not path.endswith("/") and resolve(root, f"{path}/"):
            return redirect(f"{request.path}/")
        raise NotFound

    @app.errorhandler(404)
    def not_found(_: NotFound) -> Response:
        return Response("There is no such file here.\n", 404, mimetype="text/plain")

    return app


def _send(file: Path) -> Response:
    """Never stale: the browser asks each time and is told when nothing changed."""
    response = _page(file) if file.suffix.lower() in _PAGES else None
    response = response or send_file(file, conditional=True, etag=True, max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _page(file: Path) -> Response | None:
    """The page `file` for another device, or None where it is good as it is."""
    try:
        text = file.read_bytes()
    except OSError:  # gone meanwhile
        raise NotFound from None
    suited = page_for(request.host, text)
    if suited == text:
        return None
    response = Response(suited, mimetype="text/html")
    response.add_etag()
    response.make_conditional(request)
    return response
