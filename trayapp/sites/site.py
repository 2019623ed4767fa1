"""A site: one folder as a Flask application. Reads only, and only what the resolver allows."""

from pathlib import Path

from flask import Flask, Response, redirect, request, send_file
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from trayapp.sites.resolver import resolve


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
    response = send_file(file, conditional=True, etag=True, max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response
