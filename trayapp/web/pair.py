"""/pair: the page that a phone opens by the QR code, and what it is paired by.

Loading it spends no code: programs that read QR codes fetch links ahead. Its script posts the
code, and the answer's cookie is what the device is known by from then on.
"""

import platform
import time
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, render_template, request

from trayapp.bus import READER_KEY, Reader
from trayapp.web.agent import device_name
from trayapp.web.devices import Devices, Pairing
from trayapp.web.fields import Json, fields
from trayapp.web.files import Files
from trayapp.web.refusal import Refusal
from trayapp.web.routes import FROM_LAN
from trayapp.web.seams import Switch
from trayapp.web.tokens import Verdict

HINT = "Ask trayapp for a new one, on the dashboard or with: trayapp pair"


def blueprint(switch: Switch, devices: Devices, files: Files) -> Blueprint:
    """Both halves of the route."""
    routes = Blueprint("pair", __name__)

    @routes.get("/pair")
    def page() -> Response:
        html = files.page(render_template("pair.html", **_facts(switch, devices)))
        response = Response(html, mimetype="text/html")
        response.headers["Cache-Control"] = "no-store"
        return response

    @routes.post("/pair")
    def pair() -> Response:
        given = fields(code=str, name=str, optional=("code",))
        if "code" in given:
            return _paired(_trade(devices, given["code"], given["name"]))
        devices.rename(_known(), given["name"])
        return jsonify({})

    return routes


def _facts(switch: Switch, devices: Devices) -> Json:
    """What the page shows. Names and addresses only to a device that is paired."""
    device = _reader().device
    if not request.environ.get(FROM_LAN):
        return {"view": "here"}
    if not device:
        return {"view": "new", "asked": "code" in request.args}
    state = switch.state()
    return {
        "view": "paired",
        "computer": platform.node().partition(".")[0] or request.host,
        "name": _name(devices, device),
        "host": _hostname(),
        "port": urlsplit(state.url).port or 80,
        "demo": _demo(state.demo),
    }


def _name(devices: Devices, device: str) -> str:
    """What it is called; empty when it is not paired."""
    return next((one.name for one in devices.states({}) if one.device == device), "")


def _demo(url: str) -> str:
    """The address of the demo under the host that was asked; empty when there is none."""
    port = urlsplit(url).port
    return f"http://{_hostname()}:{port}/" if port else ""


def _hostname() -> str:
    """The host of the Host header, which the guard has read; an IPv6 address in its brackets."""
    host, _, port = request.host.rpartition(":")
    return host if host and port.isdecimal() else request.host


def _trade(devices: Devices, code: str, name: str) -> Pairing:
    """The pairing that `code` buys; a device that was paired before keeps its place.

    Raises: Refusal.
    """
    reader = _reader()
    agent = request.headers.get("User-Agent", "")
    called = name or _name(devices, reader.device) or device_name(agent)
    address = reader.address or request.remote_addr or ""
    pairing = devices.pair(code, called, address, time.monotonic(), former=reader.device)
    if pairing.verdict is Verdict.LIMITED:
        error = "Too many wrong codes; try again in a minute."
        raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, error, HINT, retry_after=60)
    if pairing.verdict is not Verdict.RIGHT:
        error = "The code is wrong, used or older than two minutes."
        raise Refusal(HTTPStatus.UNAUTHORIZED, error, HINT)
    return pairing


def _paired(pairing: Pairing) -> Response:
    response = jsonify({})
    response.headers["Set-Cookie"] = pairing.cookie
    response.headers["Cache-Control"] = "no-store"
    return response


def _known() -> str:
    """The paired device that asks. Raises: Refusal."""
    device = _reader().device
    if not device:
        error = "This device is not paired, or it has been forgotten."
        raise Refusal(HTTPStatus.UNAUTHORIZED, error, HINT)
    return device


def _reader() -> Reader:
    reader: Reader = request.environ.get(READER_KEY, Reader())
    return reader
