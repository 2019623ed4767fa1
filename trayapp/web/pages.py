"""What browsers load: the dashboard, its files, and the page script. No data is put into any."""

from flask import Blueprint, Response, current_app, render_template


def blueprint() -> Blueprint:
    """The routes of files that are the same for everybody."""
    routes = Blueprint("pages", __name__)

    @routes.get("/")
    def dashboard() -> Response:
        response = Response(
            render_template("dashboard.html"), content_type="text/html; charset=utf-8"
        )
        response.headers["Cache-Control"] = "no-cache"
        return response

    @routes.get("/client.js")
    def client() -> Response:
        """Revalidated at each load (ETag): an update of trayapp reaches every page at once."""
        return current_app.send_static_file("client.js")

    @routes.get("/favicon.ico")
    def favicon() -> Response:
        return Response(status=204)

    return routes
