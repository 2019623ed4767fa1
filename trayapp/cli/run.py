"""`trayapp run`: become the one instance and serve, or ask the one that serves already."""

import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING

from trayapp import config, instance, logs
from trayapp.cli import otherpackage
from trayapp.cli.boundary import say
from trayapp.cli.signals import Signals
from trayapp.errors import TrayAppError
from trayapp.paths import Paths, locate

if TYPE_CHECKING:
    from trayapp.service import Service

logger = logging.getLogger(__name__)


def run_service(folders: Sequence[str], options: Mapping[str, object], *, wide: bool) -> None:
    """Serve until stopped. `options` holds the settings given on the command line, None for those
    that were not. Raises: TrayAppError."""
    paths = locate(os.environ)
    roots = [str(config.folder(text, wide=wide)) for text in folders]
    paths.prepare()
    loaded = config.load(paths, os.environ, {**options, "roots": roots or None})
    for warning in filter(None, (otherpackage.warning(), *loaded.warnings)):
        say(f"Warning: {warning}", error=True)
    entered = instance.enter(paths)
    if isinstance(entered, instance.Running):
        _ask_first(entered, roots, wide=wide, opens=options.get("open") is not False)
        _share_first(entered, options.get("lan"))
        return
    with ExitStack() as stack:
        stack.callback(entered.release)
        stack.callback(logs.setup(paths.log_file, os.environ.get("TRAYAPP_LOG") or "INFO"))
        for warning in loaded.warnings:
            logger.warning(warning)  # a start from the desktop has no terminal to say it on
        kept = options.get("lan") is None or config.load(paths, os.environ, {}).config.lan
        _serve(loaded.config, paths, stack, keep_lan=kept and loaded.config.lan)


def _ask_first(first: instance.Running, roots: Sequence[str], *, wide: bool, opens: bool) -> None:
    say(f"trayapp is running already at {first.url} (pid {first.pid}).")
    for root in roots:
        watched = first.ask("POST", "/api/roots", {"path": root} | ({"wide": True} if wide else {}))
        say(f'It now watches {root} as "{watched.get("label", "")}".')
    if opens:
        _open_first(first)


def _share_first(first: instance.Running, lan: object) -> None:
    if lan is not None:
        first.ask("POST", "/api/lan", {"on": lan})
        say(f"Its sharing is now {'on' if lan else 'off'}.")


def _open_first(first: instance.Running) -> None:
    """No browser is no failure of this start: its user is told the address instead."""
    try:
        first.ask("POST", "/api/open")
    except TrayAppError as error:
        say(str(error))
    else:
        say("Its dashboard opens in the browser.")


def _serve(settings: config.Config, paths: Paths, stack: ExitStack, *, keep_lan: bool) -> None:
    from trayapp.service import Service

    token = secrets.token_urlsafe(32)
    service = Service(settings, paths, token, keep_lan=keep_lan)
    signals = Signals(service.request_stop, _still_stopping)
    signals.start()
    stack.callback(signals.stop)
    stack.callback(service.stop)
    _start(service)
    port = int(service.url.rpartition(":")[2])
    instance.announce(paths, instance.Running(port, os.getpid(), token))
    stack.callback(instance.withdraw, paths)
    say(f"READY {service.url}")
    _explain_demo(service)
    _explain_sharing(service)
    if settings.open:
        _open_dashboard(service)
    if not signals.received:  # one that came while it started must not be lost
        _wait(service, settings.tray)


def _open_dashboard(service: "Service") -> None:
    """Serving goes on without a browser: its user is told the address instead."""
    try:
        service.open_dashboard()
    except TrayAppError as error:
        say(str(error))


def _explain_demo(service: "Service") -> None:
    state = service.state()
    if state.demo:
        say(f"No folder was named, so here is a demo: open {state.demo}")
        say(f"Then edit index.html or style.css in {state.roots[0].path} and save.")


def _explain_sharing(service: "Service") -> None:
    shared = service.state().lan
    if shared.on:
        from trayapp.cli.sharing import lan_lines

        for line in lan_lines(asdict(shared)):
            say(line)


def _start(service: "Service") -> None:
    from trayapp.server import PortInUse

    try:
        service.start()
    except PortInUse as error:
        raise instance.port_busy(error.port) from error


def _wait(service: "Service", with_tray: bool) -> None:
    if not with_tray:
        service.wait()
        return
    from trayapp import tray

    tray.run(service, lambda text: say(text, error=True))


def _still_stopping() -> None:
    say("Still stopping. To end it at once, press Ctrl+C again.", error=True)
