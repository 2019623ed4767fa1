"""Every route behind every listener of the whole program, asked as nobody may ask."""

import re
import socket
from collections.abc import Iterator

import psutil
import pytest

from tests.hostile.program import Program, started
from tests.hostile.wire import exchange
from tests.web.fakes import Site
from trayapp.web.routes import classify

EVIL = "https://evil.example"

WRONG = {
    "a foreign Host": "Host: evil.example:{port}\r\n",
    "a rebound name": "Host: localhost.evil.example\r\n",
    "no Host": "",
    "two Hosts": "Host: localhost\r\nHost: localhost\r\n",
    "a foreign Origin": f"Host: localhost:{{port}}\r\nOrigin: {EVIL}\r\n",
    "no Origin at all": "Host: localhost:{port}\r\nOrigin: null\r\n",
    "an Origin that looks like ours": "Host: localhost:{port}\r\nOrigin: http://localhost.a.b\r\n",
    "a frame of another site": "Host: localhost:{port}\r\nSec-Fetch-Site: cross-site\r\n"
    "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
    "a script of another site": "Host: localhost:{port}\r\nSec-Fetch-Site: same-site\r\n"
    "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n",
}
ANYWHERE = {
    "a foreign Origin",
    "no Origin at all",
    "an Origin that looks like ours",
    "a frame of another site",
    "a script of another site",
}
"""What may include the page script, for that holds nothing of anybody's."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with started(tmp_path_factory.mktemp("ways"), demo=True) as program:
        yield program


def routes() -> list[tuple[str, str]]:
    """(method, path) of all that the application can route, and of what it cannot."""
    found = [
        (method, re.sub(r"<[^>]+>", "word", rule.rule))
        for rule in Site().app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
    ]
    files = ["/index.html", "/style.css", "/nothing/here", "/api/nothing", "/static/dashboard.js"]
    return found + [("GET", path) for path in files] + [("OPTIONS", "/stream"), ("OPTIONS", "/")]


def listeners(program: Program) -> list[tuple[str, int]]:
    """Address and port of all that the program listens on, as the system says."""
    connections = psutil.Process(program.running.pid).net_connections("tcp")
    return [
        (each.laddr.ip, each.laddr.port)
        for each in connections
        if each.status == psutil.CONN_LISTEN
    ]


def test_it_listens_on_loopback_only_with_a_site_beside_it(program: Program) -> None:
    found = listeners(program)
    assert {address for address, _ in found} <= {"127.0.0.1", "::1"}
    assert len({port for _, port in found}) == 2


@pytest.mark.parametrize("wrong", WRONG)
def test_no_route_of_any_listener_answers(program: Program, wrong: str) -> None:
    token = f"X-TrayApp-Token: {program.token}\r\nContent-Type: application/json\r\n"
    asked = 0
    for address, port in listeners(program):
        for method, path in routes():
            if wrong in ANYWHERE and classify(path).anywhere and port == program.port:
                continue
            head = f"{method} {path} HTTP/1.1\r\n{WRONG[wrong]}{token}Content-Length: 2\r\n\r\n{{}}"
            octets = head.replace("{port}", str(port)).encode()
            answer = exchange(socket.create_connection((address, port), timeout=5), octets)
            assert answer.status in {400, 403}, (address, port, method, path, answer.octets[:300])
            assert not [name for name in answer.headers if name.startswith("access-control")]
            assert b"trayapp</title>" not in answer.octets
            asked += 1
    assert asked > 100
    assert program.ask("state")["status"] == "on"
    assert program.ask("events")["events"] == []


def test_the_same_requests_are_answered_when_they_come_from_here(program: Program) -> None:
    """Else the test above would be content with a server that answers nobody."""
    good = 0
    for address, port in listeners(program):
        for path in ("/", "/client.js", "/index.html", "/stream", "/api/state"):
            head = f"Host: localhost:{port}\r\nX-TrayApp-Token: {program.token}\r\n"
            octets = f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()
            answer = exchange(socket.create_connection((address, port), timeout=5), octets)
            good += answer.status == 200
    assert good == 2 * (4 + 2)
