"""/api/*: control, for the dashboard and the command line. JSON in, JSON out, exact types.

Who may call is the guard's matter; here a request has already shown the token.
"""

import re
import shlex
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import BadRequest

from trayapp.errors import TrayAppError
from trayapp.event import Event
from trayapp.web import qr
from trayapp.web.agent import device_name
from trayapp.web.control import Control
from trayapp.web.fields import Json, fields
from trayapp.web.folders import listing
from trayapp.web.peeruser import PeerUser, peer_user
from trayapp.web.record import record
from trayapp.web.refusal import Refusal
from trayapp.web.routes import CLEARED, SESSION
from trayapp.web.seams import Dashboards, Desk, Guests, History, Invitation, Roots, Sharing, Switch
from trayapp.web.tokens import Tokens, Verdict

RECENT = 100
"""How many events `GET /api/events` gives at most."""

_NONCE = re.compile(r"(?:[0-9a-f]{2}){8,64}\Z")


def blueprint(control: Control) -> Blueprint:
    """The control routes."""
    routes = Blueprint("api", __name__, url_prefix="/api")
    routes.before_request(_check_cleared)
    routes.after_request(_unstored)
    routes.after_request(partial(record, control.tokens))
    _add_handshake(routes, control.tokens, control.dashboards)
    _add_reading(routes, control.switch, control.history)
    _add_switching(routes, control.switch, control.desk)
    _add_roots(routes, control.roots)
    _add_sharing(routes, control.switch, control.sharing)
    _add_guests(routes, control.guests)
    _add_sessions(routes, control.dashboards)
    _add_disk(routes, control.sharing, control.key)
    return routes


def _check_cleared() -> None:
    """Control without a guard in front, or on a path that the guard read otherwise: never."""
    if request.environ.get(CLEARED) != request.path:
        abort(403)


def _unstored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_dashboard() -> bool:
    """Whether a dashboard asks, which may be in other hands. A program with the control token has
    read a file that is this user's alone."""
    return request.environ.get(SESSION) is not False


def _add_handshake(routes: Blueprint, tokens: Tokens, dashboards: Dashboards) -> None:
    @routes.post("/session")
    def session() -> Json:
        code = fields(code=str, optional=("code",)).get("code", "")
        user = peer_user(request.environ)
        browser = device_name(request.headers.get("User-Agent", ""))
        now = time.monotonic()
        if code:
            verdict, token = tokens.trade(code, now, peer=user.kind, browser=browser)
        elif request.headers.get("Origin"):  # which the guard has found to be our own
            verdict, token = tokens.enter(now, peer=user.kind, browser=browser)
        else:
            verdict, token = Verdict.WRONG, ""
        if misuse := _misuse(verdict, user):
            dashboards.misused(misuse)
        _check_traded(verdict)
        dashboards.entered(code)
        return {"token": token, "session": tokens.session_number(token)}

    @routes.post("/proof")
    def proof() -> Json:
        nonce = fields(nonce=str)["nonce"]
        if not _NONCE.match(nonce):
            raise BadRequest("The nonce is 8 to 64 bytes in lower-case hex.")
        return {"proof": tokens.proof(nonce)}


def _misuse(verdict: Verdict, user: PeerUser) -> str:
    """What is to be said of a code that more than one program knows; empty otherwise."""
    if verdict is Verdict.STRANGER:
        return (
            f"Another user of this computer (uid {user.uid}) has tried the dashboard's one-time "
            "code, and was refused."
        )
    if verdict is Verdict.REUSED:
        return (
            "The dashboard's one-time code was used twice: another program may have read it, and "
            "may control trayapp."
        )
    return ""


def _check_traded(verdict: Verdict) -> None:
    hint = "Open the dashboard from the tray icon or run: trayapp open"
    if verdict is Verdict.LIMITED:
        error = "Too many wrong codes; try again in a minute."
        raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, error, hint, retry_after=60)
    if verdict is not Verdict.RIGHT:
        error = "The code is wrong, used or older than a minute."
        raise Refusal(HTTPStatus.UNAUTHORIZED, error, hint)


def _add_reading(routes: Blueprint, switch: Switch, history: History) -> None:
    @routes.get("/state")
    def state() -> Json:
        return switch.state().as_json()

    @routes.get("/events")
    def events() -> Json:
        return {"events": [_event(event) for event in history.recent(RECENT)]}

    @routes.get("/folders")
    def folders() -> Json:
        return asdict(listing(request.args.get("path", ""), Path.home()))


def _add_switching(routes: Blueprint, switch: Switch, desk: Desk) -> None:
    @routes.post("/pause")
    def pause() -> Json:
        fields()
        switch.pause()
        return {}

    @routes.post("/resume")
    def resume() -> Json:
        fields()
        switch.resume()
        return {}

    @routes.post("/stop")
    def stop() -> Json:
        fields()
        switch.request_stop()
        return {}

    @routes.post("/open")
    def open_() -> Json:
        fields()
        desk.open_dashboard()  # its address holds a one-time code, for the browser alone
        return {}

    @routes.post("/reload")
    def reload() -> Json:
        fields()
        desk.reload_pages()
        return {}

    @routes.post("/notifications")
    def notifications() -> Json:
        desk.set_notifications(fields(on=bool)["on"])
        return {}

    @routes.post("/autostart")
    def autostart() -> Json:
        desk.set_autostart(fields(on=bool)["on"])
        return {}


def _add_roots(routes: Blueprint, roots: Roots) -> None:
    @routes.post("/roots")
    def add() -> Json:
        given = fields(path=str, wide=bool, optional=("wide",))
        wide = given.get("wide", False)
        return asdict(roots.add_root(given["path"], wide=wide, dashboard=_is_dashboard()))

    @routes.post("/roots/allow")
    def allow() -> Json:
        label = fields(root=str)["root"]
        if _is_dashboard():
            raise TrayAppError(
                "A dashboard cannot let commands run.",
                f"Say yes in the tray, or in a terminal: trayapp allow {shlex.quote(label)}",
            )
        roots.allow_commands(label)
        return {}

    @routes.post("/roots/remove")
    def remove() -> Json:
        roots.remove_root(fields(root=str)["root"])
        return {}

    @routes.post("/ignore")
    def ignore() -> Json:
        given = fields(root=str, path=str)
        file, pattern = roots.ignore(given["root"], given["path"])
        return {"file": file, "pattern": pattern}

    @routes.post("/loops/resume")
    def allow_loop() -> Json:
        given = fields(root=str, path=str)
        roots.allow_loop(given["root"], given["path"])
        return {}


def _add_sharing(routes: Blueprint, switch: Switch, sharing: Sharing) -> None:
    @routes.post("/lan")
    def lan() -> Json:
        sharing.set_lan(fields(on=bool)["on"], confirmed=not _is_dashboard())
        now = switch.state().lan
        return {"on": now.on, "asked": now.asked}

    @routes.post("/lan/keep")
    def keep() -> Json:
        sharing.keep_lan(fields(on=bool)["on"])
        return {}

    @routes.post("/invite")
    def invite() -> Json:
        fields()
        return _invitation(sharing.invite())


def _invitation(given: Invitation) -> Json:
    links = [{"url": url, "svg": qr.svg(url), "text": qr.blocks(url)} for url in given.urls]
    advice = [asdict(each) for each in given.advice]
    return {"seconds": given.seconds, "links": links, "advice": advice}


def _add_guests(routes: Blueprint, guests: Guests) -> None:
    @routes.post("/devices/rename")
    def rename() -> Json:
        given = fields(device=str, name=str)
        guests.rename_device(given["device"], given["name"])
        return {}

    @routes.post("/devices/forget")
    def forget() -> Json:
        guests.forget_device(fields(device=str)["device"])
        return {}

    @routes.post("/devices/forget-all")
    def forget_all() -> Json:
        fields()
        guests.forget_devices()
        return {}


def _add_sessions(routes: Blueprint, dashboards: Dashboards) -> None:
    @routes.post("/sessions/end")
    def end_session() -> Json:
        dashboards.end_session(fields(session=int)["session"])
        return {}

    @routes.post("/sessions/end-all")
    def end_sessions() -> Json:
        fields()
        return {"ended": dashboards.end_sessions()}


def _add_disk(routes: Blueprint, sharing: Sharing, key: Callable[[], str]) -> None:
    @routes.post("/from-disk")
    def from_disk() -> Json:
        sharing.allow_from_disk(fields(on=bool)["on"])
        return {}

    @routes.get("/key")
    def read_key() -> Json:
        return {"key": key()}


def _event(event: Event) -> Json:
    return {
        "id": event.id,
        "time": event.time,
        "topic": event.topic,
        "type": event.type,
        "root": event.root,
        "data": event.data,
    }
