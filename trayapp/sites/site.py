"""A site: one folder as a Flask application. Reads only, and only what the resolver allows."""

import mimetypes
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import NotFound, RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response as BaseResponse
from werkzeug.wsgi import wrap_file

from trayapp.openfolder import open_below
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
            return _send(root, file)
        if path and not path.endswith("/") and resolve(root, f"{path}/"):
            return redirect(f"{request.path}/")
        raise NotFound

    @app.errorhandler(404)
    def not_found(_: NotFound) -> Response:
        return Response("There is no such file here.\n", 404, mimetype="text/plain")

    return app


def _send(root: Path, file: Path) -> Response:
    """Never stale: the browser asks each time, and learns that nothing has changed."""
    try:
        descriptor = open_below(root, *file.relative_to(root).parts)
    except OSError:  # gone, or something else than a file by now
        raise NotFound from None
    opened = os.fdopen(descriptor, "rb")
    response = _page(opened) if file.suffix.lower() in _PAGES else None
    response = response or _whole(opened, file.name)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _page(file: BinaryIO) -> Response | None:
    """The page `file` for another device, or None where it is good as it is."""
    text = file.read()
    suited = page_for(request.host, text)
    if suited == text:
        file.seek(0)
        return None
    file.close()
    response = Response(suited, mimetype="text/html")
    response.add_etag()
    response.make_conditional(request)
    return response


def _whole(file: BinaryIO, name: str) -> Response:
    """As `send_file` of the path would answer, but from the descriptor that was judged."""
    status = os.fstat(file.fileno())
    response = Response(wrap_file(request.environ, file), direct_passthrough=True)
    response.mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response.content_length = status.st_size
    response.last_modified = datetime.fromtimestamp(int(status.st_mtime), UTC)
    response.set_etag(f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}")
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=status.st_size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise
    if request.method == "HEAD" or response.status_code == 304:
        file.close()  # werkzeug reads and closes only what has a body
        response.response = ()
    return response
