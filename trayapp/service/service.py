"""Service: the only composition root. It builds every part, starts them from the sink to the
source, stops them from the source to the sink, and is what tray, CLI and dashboard switch.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from wsgiref.types import WSGIApplication

from trayapp import __version__, config, desktop, event, hub, server, sites, watch, web
from trayapp.bus import open_bus
from trayapp.config import Config, RootEntry
from trayapp.desktop import Notifier
from trayapp.errors import TrayAppError
from trayapp.paths import Paths
from trayapp.service import picture
from trayapp.service.access import Access
from trayapp.service.changes import Changes
from trayapp.service.commands import Commands
from trayapp.service.consent import Consent
from trayapp.service.dashboards import Dashboards
from trayapp.service.feed import Callback, Feed
from trayapp.service.gate import Gate
from trayapp.service.keys import read_key
from trayapp.service.loop import sentence
from trayapp.service.roots import Roots, written
from trayapp.service.sharing import Place, Sharing
from trayapp.service.spread import Spread
from trayapp.service.surroundings import Surroundings
from trayapp.service.tidings import Tidings
from trayapp.service.visitors import Visitors
from trayapp.state import Figures, Loop, State, Status

logger = logging.getLogger(__name__)


class Service:
    """trayapp, switched on and off. Every public method is safe from any thread.

    `token` is the control token of this run. `keep_lan` is whether sharing with the local network
    is switched on at the next start too, as `settings` has it for this one.
    """

    def __init__(
        self, settings: Config, paths: Paths, token: str, *, keep_lan: bool | None = None
    ) -> None:
        self._settings = settings
        self._paths = paths
        self._stack = ExitStack()
        self._stop_asked = threading.Event()
        self._status: Status = "stopped"
        self._port = 0
        self._dashboard = ""
        self._demo = ""
        self._started = 0.0
        self._bus = open_bus(settings.bus, paths.events_file, on_problem=self._picture_changed)
        self._spread = Spread(self._bus)
        self._changes = Changes(
            self._bus,
            written=lambda label, files: written(self._watcher, label, files),
            on_loops=self._loops_changed,
            on_told=self._spread.take,
        )
        self._consent = Consent(config.allowed(paths))
        self._commands = Commands(settings.on_change, self._surroundings())
        self._tidings = Tidings(
            self._bus,
            settings.rules,
            lambda: self._watcher.roots(),
            shown=settings.notifications,
        )
        self._hub = hub.Hub(
            self._bus,
            self._hello,
            heartbeat=settings.heartbeat,
            on_count=self._picture_changed,
            on_page=self._changes.page_came,
        )
        self._server = server.Server()
        self._watcher = watch.Watcher(
            self._commands.take,
            lambda _root: self._picture_changed(),
            ignore=watch.Ignore(settings.ignore, gitignore=settings.gitignore),
            links=settings.links,
            apart=map(str, paths.folders),
        )
        self.roots = Roots(
            paths,
            self._watcher,
            self._changes,
            self._commands,
            self._consent,
            self._picture_changed,
        )
        self._visitors = Visitors(
            self._bus,
            self._watcher.roots,
            self._watcher.knows,
            on_page=self._changes.page_came,
            on_change=self._picture_changed,
        )
        self._gate = Gate(settings, paths, token, self._picture_changed)
        self._sharing = Sharing(
            self._server,
            self._gate,
            self._hub.end,
            self._picture_changed,
            keep=settings.lan if keep_lan is None else keep_lan,
        )
        self.access = Access(paths, self._gate, self._sharing, self._hub, self._tidings.notifier)
        self.dashboards = Dashboards(
            paths.launch_folder,
            self._gate.tokens,
            self._tidings.notifier,
            lambda: self._dashboard,
            self._picture_changed,
        )
        self._autostart = desktop.autostart.here()
        self._feed = Feed(self.state, self._due)

    @property
    def notifier(self) -> Notifier:
        """The desktop's notifications, for a tray that shows them itself."""
        return self._tidings.notifier

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end; empty before `start`."""
        return f"http://127.0.0.1:{self._port}" if self._port else ""

    def start(self) -> None:
        """Serve and watch; returns once requests are answered.

        Raises: TrayAppError when the port or a folder cannot be had; nothing is left running then.
        """
        with ExitStack() as stack:
            listener = server.listen_on_loopback(self._settings.port)
            stack.callback(listener.close)
            self._port = listener.port
            self._gate.open()
            stack.callback(self._gate.close)
            self._start_sinks(stack)
            stack.callback(self._sharing.stop)
            place = Place(self._port, self._application(), web.answers_at_once)
            self._sharing.add(place)
            self._start_watching(stack)
            self._dashboard = self._dashboard_origin(place, stack)
            self._serve(place, listener)  # callers wait in its backlog so far
            if self._settings.lan:
                self._sharing.set(True)
            self._stack = stack.pop_all()
        self._started = time.time()
        self._status = "on"
        self._picture_changed()

    def stop(self) -> None:
        """Say goodbye to every page and end every thread. Idempotent, takes seconds at most."""
        self._status = "stopped"
        self._stop_asked.set()
        stack, self._stack = self._stack, ExitStack()
        stack.close()
        self._stop_asked.clear()

    def wait(self) -> None:
        """Block until somebody asks for the stop. For the main thread; signals still arrive."""
        self._stop_asked.wait()

    def request_stop(self) -> None:
        """Ask whoever waits to stop the service; returns at once."""
        self._stop_asked.set()

    def pause(self) -> None:
        """Hold file changes back from pages. Idempotent."""
        self._changes.pause()
        self._picture_changed()

    def resume(self) -> None:
        """Tell pages, in one change per root, what they missed. Idempotent."""
        self._changes.resume()
        self._commands.resume()
        self._picture_changed()

    def state(self) -> State:
        """The picture of now."""
        roots, loops = self._watcher.roots(), self._changes.loops
        problem = self.dashboards.problem or picture.root_problem(roots)
        problem = problem or self._bus.problem or sentence(loops)
        streams = self._hub.pages
        # Without a stream nobody can be told anything: those are gone without a word.
        views = self._visitors.views() if streams else ()
        return State(
            status=self._shown_status(problem),
            version=__version__,
            url=self.url,
            pid=os.getpid(),
            pages=max(streams, len(views)),
            roots=roots,
            notifications=self._tidings.shown,
            problem=problem,
            demo=self._demo,
            started=self._started,
            loops=loops,
            views=views,
            lan=self._sharing.state(),
            devices=self._gate.devices.states(self._hub.devices()),
            from_disk=self._gate.from_disk,
            disk_refused=self._gate.disk_seen,
            commands=self._commands.states(),
            autostart=self._autostart.on(),
            sessions=self._gate.tokens.sessions(time.monotonic(), time.time()),
        )

    def figures(self) -> Figures:
        """What was counted of streams and events."""
        return self._hub.figures()

    def reload_pages(self) -> None:
        """Have every page load itself, whether anything changed or not."""
        self._tidings.reload("asked for")

    def on_state(self, callback: Callback) -> Callable[[], None]:
        """Call back with each new picture, at most twice a second, from one thread. Returns what
        ends it."""
        return self._feed.subscribe(callback)

    def remove_root(self, label: str) -> None:
        """Watch the root called `label` no longer. Raises: TrayAppError when there is none."""
        self.roots.remove_root(label)

    def allow_commands(self, label: str) -> None:
        """Let commands run in the root called `label`. Raises: TrayAppError."""
        self.roots.allow_commands(label)

    def set_notifications(self, on: bool) -> None:
        """Whether published notifications also show on the desktop, now and at the next start."""
        self._tidings.shown = on
        self._picture_changed()
        config.remember(self._paths, notifications=on)

    def set_autostart(self, on: bool) -> None:
        """Start when the user logs in, or no longer. Raises: TrayAppError."""
        self._autostart.switch(on)
        self._picture_changed()

    def set_lan(self, on: bool) -> None:
        """Share with the local network, or no longer."""
        self.access.set_lan(on)

    def allow_from_disk(self, on: bool) -> None:
        """Whether pages opened from disk are let in without the read key."""
        self.access.allow_from_disk(on)

    def forget_device(self, device: str) -> None:
        """The device is paired no longer, and its streams end. Raises: TrayAppError."""
        self.access.forget_device(device)

    def open_dashboard(self, view: str = "") -> str:
        """Open the dashboard, with control over this service, in the user's browser, at the part
        of it called `view`.

        Returns what the browser was given. Raises: TrayAppError that names an address, good once
        and for a minute, when there is no browser to open it with.
        """
        return self.dashboards.open(dict(os.environ), view)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            tell=self._changes.take,
            publish=self._publish_here,
            roots=lambda: self._watcher.roots(),
            tells=lambda: self._watcher.tells(),
            paused=lambda: self._changes.paused,
            on_change=self._picture_changed,
            warn=lambda text: self._tidings.tell("A command starts itself", text),
            may_run=lambda folder, named: self._consent.may_run(folder, named=named),
            ask=lambda text: self._tidings.tell("A command waits for your yes", text),
        )

    def _publish_here(self, topic: str, data: str) -> None:
        self._bus.publish(topic, data, local=True)

    def _start_sinks(self, stack: ExitStack) -> None:
        self._bus.start()  # ended last: a request under way may still publish
        stack.callback(self._bus.stop)
        self._server.start()
        stack.callback(self._server.stop)
        self._hub.start()
        stack.callback(self._hub.stop)
        self._tidings.start(stack)
        stack.callback(self._visitors.watch())
        self._feed.start()
        stack.callback(self._feed.stop)
        stack.callback(self._feed.subscribe(lambda _state: self._hub.signal(event.STATE)))
        stack.callback(self.dashboards.start())
        stack.callback(self._feed.subscribe(lambda _state: self.dashboards.expire()))

    def _start_watching(self, stack: ExitStack) -> None:
        if self._settings.bus:
            self._spread.start()
            stack.callback(self._spread.stop)
        self._commands.start()
        stack.callback(self._commands.stop)
        self._watcher.start()
        stack.callback(self._watcher.stop)
        entries = self._settings.roots or (self._serve_demo(stack),)
        if not self._watcher.roots():  # else switched on again
            for entry in entries:
                if entry.dashboard:
                    self._consent.added_by_dashboard(entry.path)
                root = self._watcher.add(str(entry.path), entry.label, missing_ok=True)
                if entry.shared:
                    self._spread.share(root.label)
        self._commands.check()

    def _serve_demo(self, stack: ExitStack) -> RootEntry:
        """Nothing of the user's own to watch: serve the demo, a copy free to edit."""
        folder = sites.prepare_demo(self._paths.demo, f"http://localhost:{self._port}")
        listener = _listen_beside(self._port)
        stack.callback(listener.close)
        place = Place(listener.port, self._gate.guard_site(sites.create_site(folder)))
        self._sharing.add(place)
        self._serve(place, listener)
        self._demo = f"http://localhost:{listener.port}/"
        return RootEntry(folder, "demo")

    def _dashboard_origin(self, place: Place, stack: ExitStack) -> str:
        """Where the dashboard is opened: under a name that no server had before. Where a browser
        may not find such a name, on a port that the system has just chosen."""
        name = web.new_dashboard_host()
        if web.browsers_find(name):
            self._gate.let_dashboard_in(name)
            return f"http://{name}:{self._port}"
        listener = server.listen_on_loopback(0)
        stack.callback(listener.close)
        host = f"127.0.0.1:{listener.port}"
        self._gate.let_dashboard_in(host)
        self._serve(place, listener)
        return f"http://{host}"

    def _serve(self, place: Place, listener: server.Listener) -> None:
        self._server.serve(listener, place.app, place.at_once)

    def _application(self) -> WSGIApplication:
        control = web.Control(
            history=self._bus,
            switch=self,
            roots=self.roots,
            desk=self,
            meter=self,
            visitors=self._visitors,
            sharing=self.access,
            guests=self.access,
            dashboards=self.dashboards,
            tokens=self._gate.tokens,
            devices=self._gate.devices,
            key=lambda: self._gate.read_key,
            hello=self._hello,
            session_key=read_key(self._paths.session_file),
        )
        app = web.create_app(self._bus, control)
        return hub.hand_off(self._gate.guard(app), self._hub)

    def _due(self) -> float | None:
        """Seconds until the picture changes by the mere passing of time; None when it will not."""
        parts = (self._visitors.due(), self._sharing.due(), self.dashboards.due())
        return min((due for due in parts if due is not None), default=None)

    def _hello(self) -> str:
        roots = self._watcher.roots()
        return picture.hello(
            roots,
            self._changes.fingerprints([root.label for root in roots]),
            epoch=self._bus.epoch,
            heartbeat=self._settings.heartbeat,
            now=time.time(),
            paused=self._changes.paused,
        )

    def _shown_status(self, problem: str) -> Status:
        if self._status == "on" and self._changes.paused:
            return "paused"
        if self._status != "on" or not problem:
            return self._status
        return "degraded" if problem == self._bus.problem else "error"

    def _loops_changed(self, found: tuple[Loop, ...]) -> None:
        self._picture_changed()
        if not found:
            return
        logger.warning("%s", sentence(found))
        # No address to click: the text holds a command to copy, and the dashboard wants a code.
        self._tidings.tell("A reload loop was stopped", sentence(found))

    def _picture_changed(self) -> None:
        self._feed.changed()


def _listen_beside(port: int) -> server.Listener:
    """The next port when it is free: after a restart an open demo page finds its server again."""
    try:
        return server.listen_on_loopback(min(port + 1, 65535))
    except TrayAppError:
        return server.listen_on_loopback(0)
