"""The service as the web room sees it, recorded; and the room put together around it."""

import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse

from werkzeug.test import Client, TestResponse

from trayapp.bus.memory import MemoryBus
from trayapp.errors import TrayAppError, Unconfirmed
from trayapp.state import Advice, DeviceState, Figures, LanState, RootState, State
from trayapp.web import (
    Answer,
    Control,
    Devices,
    Guard,
    Invitation,
    Policy,
    Tokens,
    Visit,
    create_app,
)
from trayapp.web.policy import Peer, host_in, peer

TOKEN = "control-token-of-the-tests"
READ_KEY = "read-key-of-the-tests"
DASHBOARD = "n4me0fth1srun.localhost"
HELLO = '{"server":"trayapp"}'

POLICY = Policy(
    names=frozenset({"my-pc", "my-pc.local"}),
    origins=frozenset({"https://app.example.com"}),
    read_key=READ_KEY,
    dashboard=DASHBOARD,
)


@dataclass
class Witnessed:
    """Implements Witness by counting."""

    lan_requests: int = 0
    disk_refusals: int = 0

    def lan_request(self) -> None:
        self.lan_requests += 1

    def disk_refused(self) -> None:
        self.disk_refusals += 1


@dataclass
class Recorded:
    """Implements Switch, Roots, Desk, Meter, Visitors, Sharing and Guests; `calls` is what was
    asked of it, `lan` and `devices` what its state shows of them."""

    calls: list[tuple[str, ...]] = field(default_factory=list)
    reports: list[Visit | Answer | str] = field(default_factory=list)
    lan: LanState = LanState()
    devices: Callable[[], tuple[DeviceState, ...]] = tuple

    def state(self) -> State:
        return State(
            "on",
            "1.0",
            "http://127.0.0.1:8765",
            4711,
            roots=(RootState("a", "/a", "gone"),),
            demo="http://localhost:4321/",
            lan=self.lan,
            devices=self.devices(),
        )

    def reload_pages(self) -> None:
        self.calls.append(("reload_pages",))

    def set_lan(self, on: bool, *, confirmed: bool) -> None:
        self.calls.append(("set_lan", str(on), "confirmed" if confirmed else "asked"))
        self.lan = LanState(on=on and confirmed, asked=on and not confirmed)

    def keep_lan(self, on: bool) -> None:
        self.calls.append(("keep_lan", str(on)))

    def invite(self) -> Invitation:
        if not self.lan.on:
            raise TrayAppError("Sharing is off.", "Switch it on: trayapp lan on")
        urls = ("http://192.168.1.5:8765/pair?code=c", "http://[fd00::5]:8765/pair?code=c")
        return Invitation(urls, 120.0, (Advice("Look at the firewall.", "sudo ufw status"),))

    def allow_from_disk(self, on: bool) -> None:
        self.calls.append(("allow_from_disk", str(on)))

    def rename_device(self, device: str, name: str) -> None:
        self.calls.append(("rename_device", device, name))

    def forget_device(self, device: str) -> None:
        if device == "unknown":
            raise TrayAppError("There is no such device.", "Load the list again.")
        self.calls.append(("forget_device", device))

    def forget_devices(self) -> None:
        self.calls.append(("forget_devices",))

    def figures(self) -> Figures:
        return Figures(
            streams=3,
            limit=9,
            behind=1,
            backlog=5,
            published=4,
            delivered=11,
            cut=2,
            refused=1,
            latencies=(1, 0, 2, 0, 0, 0, 0, 0, 0, 1),
            seconds=1.25,
        )

    def came(self, visit: Visit) -> tuple[str, str] | None:
        self.reports.append(visit)
        return ("site", "blog/index.html") if visit.size == 64 else None

    def applied(self, answer: Answer) -> None:
        self.reports.append(answer)

    def left(self, page: str) -> None:
        self.reports.append(page)

    def pause(self) -> None:
        self.calls.append(("pause",))

    def resume(self) -> None:
        self.calls.append(("resume",))

    def request_stop(self) -> None:
        self.calls.append(("request_stop",))

    def allow_commands(self, label: str) -> None:
        self.calls.append(("allow_commands", label))

    def add_root(self, path: str, *, wide: bool = False, dashboard: bool = False) -> RootState:
        if path == "/nowhere":
            raise TrayAppError("There is no folder /nowhere.", "Choose another.")
        if path == "/" and not wide:
            raise Unconfirmed("/ is too wide.", "If you mean it: trayapp run --wide /")
        self.calls.append(("add_root", path, *(["dashboard"] if dashboard else [])))
        return RootState("site", path, "scanning")

    def remove_root(self, label: str) -> None:
        self.calls.append(("remove_root", label))

    def ignore(self, label: str, path: str) -> tuple[str, str]:
        self.calls.append(("ignore", label, path))
        return f"/{label}/.trayappignore", f"/{path}"

    def allow_loop(self, label: str, path: str) -> None:
        self.calls.append(("allow_loop", label, path))

    def entered(self, code: str) -> None:
        self.calls.append(("entered", code and "by a code"))

    def misused(self, what: str) -> None:
        self.calls.append(("misused", what))

    def end_session(self, number: int) -> None:
        self.calls.append(("end_session", str(number)))

    def end_sessions(self) -> int:
        self.calls.append(("end_sessions",))
        return 2

    def open_dashboard(self) -> str:
        self.calls.append(("open_dashboard",))
        return "http://127.0.0.1:8765/#c=secret-code"

    def set_notifications(self, on: bool) -> None:
        self.calls.append(("set_notifications", str(on)))

    def set_autostart(self, on: bool) -> None:
        self.calls.append(("set_autostart", str(on)))


@dataclass(frozen=True, slots=True)
class Connection:
    """Our end of a connection, by its address."""

    own: str

    def getsockname(self) -> tuple[str, int]:
        return (self.own, 8765)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Site:
    """The whole room behind its guard, asked through WSGI. Pairings are kept in `folder`, if one
    is given."""

    def __init__(self, policy: Policy = POLICY, folder: Path | None = None) -> None:
        self.bus = MemoryBus()
        self.service = Recorded()
        self.tokens = Tokens(TOKEN)
        self.clock = Clock()
        self.devices = Devices(folder / "devices.json" if folder else _nowhere())
        self.service.devices = lambda: self.devices.states({})
        control = Control(
            history=self.bus,
            switch=self.service,
            roots=self.service,
            desk=self.service,
            meter=self.service,
            visitors=self.service,
            sharing=self.service,
            guests=self.service,
            dashboards=self.service,
            tokens=self.tokens,
            devices=self.devices,
            key=lambda: READ_KEY,
            hello=lambda: HELLO,
            session_key="session-key-of-the-tests",
        )
        self.app = create_app(self.bus, control)
        self.witness = Witnessed()
        self.guard = Guard(
            self.app, policy, self.tokens, self.devices, self.witness, clock=self.clock
        )
        self.environ: dict[str, Any] = {}
        self.client = Client(self._keep_environ, use_cookies=False)

    def _keep_environ(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        """What stands outside the guard: `environ` of the last request is what it would see. A
        Host that is an address is the one by which another computer has come."""
        host = host_in(environ.get("HTTP_HOST", ""))
        far = peer(environ["REMOTE_ADDR"]) is not Peer.LOCAL
        if far and isinstance(host, IPv4Address | IPv6Address):
            environ.setdefault("werkzeug.socket", Connection(str(host)))
        self.environ = environ
        return self.guard(environ, start_response)

    def ask(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: str | bytes | None = None,
        *,
        peer: str = "127.0.0.1",
        environ: dict[str, Any] | None = None,
    ) -> TestResponse:
        """One request from `peer`; the Host is localhost:8765 unless `headers` name another."""
        path, _, query = target.partition("?")
        return self.client.open(
            path,
            method=method,
            query_string=query,
            headers={"Host": "localhost:8765"} | (headers or {}),
            data=body,
            environ_overrides={"REMOTE_ADDR": peer} | (environ or {}),
        )

    def control(self, method: str, target: str, value: Any = None, **headers: str) -> TestResponse:
        """A request to the control API with the token; `value` is its JSON body."""
        given = {"X-TrayApp-Token": TOKEN} | headers
        if method == "POST":
            given.setdefault("Content-Type", "application/json")
        return self.ask(method, target, given, None if value is None else json.dumps(value))

    def pair(self, name: str = "phone", *, peer: str = "192.168.1.20") -> str:
        """Pair a device. Returns the Cookie header that it sends from then on."""
        code = self.devices.issue_code(0.0)
        return self.devices.pair(code, name, peer, 0.0).cookie.partition(";")[0]


def _nowhere() -> Path:
    """A file that cannot be written, for devices that are to be kept in memory only."""
    return Path(tempfile.gettempdir(), "trayapp-tests-have-no-such-folder", "devices.json")
