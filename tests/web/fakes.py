"""The service as the web room sees it, recorded; and the room put together around it."""

import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse

from werkzeug.test import Client, TestResponse

from trayapp.bus.memory import MemoryBus
from trayapp.errors import TrayAppError, Unconfirmed
from trayapp.state import Figures, RootState, State
from trayapp.web import Answer, Devices, Guard, Policy, Tokens, Visit, create_app

TOKEN = "control-token-of-the-tests"
READ_KEY = "read-key-of-the-tests"
HELLO = '{"server":"trayapp"}'

POLICY = Policy(
    names=frozenset({"my-pc", "my-pc.local"}),
    origins=frozenset({"https://app.example.com"}),
    read_key=READ_KEY,
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
    """Implements Switch, Roots, Desk, Meter and Visitors; `calls` is what was asked of it."""

    calls: list[tuple[str, ...]] = field(default_factory=list)
    reports: list[Visit | Answer | str] = field(default_factory=list)

    def state(self) -> State:
        return State(
            "on", "1.0", "http://127.0.0.1:8765", 4711, roots=(RootState("a", "/a", "gone"),)
        )

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

    def add_root(self, path: str, *, wide: bool = False) -> RootState:
        if path == "/nowhere":
            raise TrayAppError("There is no folder /nowhere.", "Choose another.")
        if path == "/" and not wide:
            raise Unconfirmed("/ is too wide.", "If you mean it: trayapp run --wide /")
        self.calls.append(("add_root", path))
        return RootState("site", path, "scanning")

    def remove_root(self, label: str) -> None:
        self.calls.append(("remove_root", label))

    def ignore(self, label: str, path: str) -> tuple[str, str]:
        self.calls.append(("ignore", label, path))
        return f"/{label}/.trayappignore", f"/{path}"

    def allow_loop(self, label: str, path: str) -> None:
        self.calls.append(("allow_loop", label, path))

    def open_dashboard(self) -> str:
        self.calls.append(("open_dashboard",))
        return "http://127.0.0.1:8765/#c=secret-code"

    def set_notifications(self, on: bool) -> None:
        self.calls.append(("set_notifications", str(on)))


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Site:
    """The whole room behind its guard, asked through WSGI."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.bus = MemoryBus()
        self.service = Recorded()
        self.tokens = Tokens(TOKEN)
        self.clock = Clock()
        self.app = create_app(
            bus=self.bus,
            history=self.bus,
            switch=self.service,
            roots=self.service,
            desk=self.service,
            meter=self.service,
            visitors=self.service,
            tokens=self.tokens,
            hello=lambda: HELLO,
        )
        self.devices = Devices(_nowhere())
        self.witness = Witnessed()
        self.guard = Guard(
            self.app, policy, self.tokens, self.devices, self.witness, clock=self.clock
        )
        self.environ: dict[str, Any] = {}
        self.client = Client(self._keep_environ)

    def _keep_environ(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        """What stands outside the guard: `environ` of the last request is what it would see."""
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
