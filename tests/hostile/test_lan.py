"""The whole program, shared with a network: what another computer gets of it, paired and unpaired.

Both computers are network namespaces of this one, so this needs root.
"""

import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hostile.network import (
    HOST_ADDRESS,
    HOST_GLOBAL,
    HOST_PRIVATE,
    PHONE_ADDRESS,
    inside,
)
from tests.hostile.phone import Phone
from tests.hostile.program import Program, request, started
from tests.hostile.test_every_way_in import routes
from tests.hostile.wire import exchange
from tests.streams import Reader
from tests.support import wait_for
from trayapp.hub.limits import SPARE_FILES
from trayapp.web.routes import classify

SOON = 1.0
PER_SENDER = 12
MANY = 300
AT_THE_DOOR = 64
CODE = {
    "/pair",
    "/favicon.ico",
    "/static/pair.js",
    "/static/pair.css",
    "/static/look.css",
    "/static/live.js",
}
CODE |= {"/client.js"}

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def other(phone: Phone, tmp_path: Path) -> Iterator[Program]:
    """Another trayapp on the same computer, started as most are: sharing is not asked for."""
    with started(tmp_path, within=phone.lan.host, demo=True) as program:
        yield program


@pytest.fixture
def cookie(phone: Phone) -> str:
    return phone.pair()


@pytest.fixture
def off_and_on(phone: Phone) -> Iterator[Callable[[bool], None]]:
    """Switch sharing; it is on again after the test."""

    def switch(on: bool) -> None:
        phone.program.ask("lan", {"on": on})

    yield switch
    switch(True)
    wait_for(lambda: phone.reaches(HOST_ADDRESS), 10)


# Unpaired


def test_an_unpaired_device_gets_not_one_byte(phone: Phone) -> None:
    """Whatever it asks for: a refusal, the page that pairs, or published code."""
    for method, path in routes():
        route = classify(path, method)
        head = f"{method} {path} HTTP/1.1\r\nHost: {HOST_ADDRESS}\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        answer = exchange(phone.connect(), head.encode())
        if route.unpaired and answer.status == 200:
            assert phone.program.read_key not in answer.octets.decode()
            assert str(phone.program.site) not in answer.octets.decode()
            assert path in CODE or path.startswith("/client/")
        elif route.instead and method != "POST":
            assert (answer.status, answer.headers["location"]) == (303, "/pair")
        else:
            assert answer.status in {204, 400, 401, 403, 404, 405}, (method, path, answer.octets)
        assert b"event:" not in answer.octets
    assert phone.program.ask("state")["pages"] == 0


@pytest.mark.parametrize(
    "wrong",
    ["?key=wrong", "?key=", "?key=%00", "?KEY={key}", "?key={key}x", "?x=1;key={key}"],
)
def test_a_wrong_key_reads_nothing(phone: Phone, wrong: str) -> None:
    query = wrong.replace("{key}", phone.program.read_key)
    assert phone.get(f"/stream{query}")[0] == 401
    assert phone.post(f"/notify{query}", b"forged") == 401


def test_a_wrong_cookie_reads_nothing(phone: Phone, cookie: str) -> None:
    device, _, secret = cookie.partition("=")[2].partition(".")
    for wrong in (f"{device}.{'A' * 43}", f"{'0' * 16}.{secret}", device, secret, f'"{secret}"'):
        assert phone.get("/stream", {"Cookie": f"trayapp-device={wrong}"})[0] == 401
    assert phone.get("/stream", {"Cookie": cookie.upper()})[0] == 401


@pytest.mark.parametrize("host", ["localhost", "evil.example", "127.0.0.1", "[::1]", "0.0.0.0"])
def test_a_device_that_says_another_host_is_refused(phone: Phone, cookie: str, host: str) -> None:
    assert phone.get("/pair", {"Host": host})[0] == 403
    assert phone.get("/stream", {"Host": host, "Cookie": cookie})[0] == 403


# Paired


def test_a_second_computer_pairs_and_reads(phone: Phone) -> None:
    assert phone.get("/pair?code=ahead")[0] == 200  # as a QR program does that looks ahead
    stream = phone.stream(phone.pair("Kim's phone"))
    try:
        assert (stream.next().type, stream.status) == ("hello", 200)
        phone.program.publish("notify", "for the phone")
        assert "for the phone" in stream.next().data
        (phone.program.site / "index.html").write_text("saved")
        change = stream.next(10)
        assert json.loads(change.data)["paths"] == [{"path": "index.html", "change": "modified"}]
        assert str(phone.program.site) not in stream.raw.decode()
        devices = phone.program.ask("state")["devices"]
        found = next(one for one in devices if one["name"] == "Kim's phone")
        assert (found["address"], found["streams"]) == (PHONE_ADDRESS, 1)
    finally:
        stream.close()


def test_a_code_pairs_once(phone: Phone) -> None:
    body = json.dumps({"code": phone.invited(), "name": "first"}).encode()
    kind = {"Content-Type": "application/json"}
    assert phone.post("/pair", body, kind) == 200
    assert phone.post("/pair", body, kind) == 401


def test_a_foreign_page_pairs_and_reads_nothing(phone: Phone, cookie: str) -> None:
    """In the phone's browser, which has the cookie: it is Strict, and the Origin tells."""
    foreign = {"Origin": "https://evil.example", "Content-Type": "application/json"}
    assert (
        phone.post("/pair", json.dumps({"code": phone.invited(), "name": ""}).encode(), foreign)
        == 403
    )
    for origin in ("https://evil.example", "null", f"http://{HOST_ADDRESS}.evil.example"):
        status, headers = phone.get("/stream", {"Origin": origin, "Cookie": cookie})
        assert status == 403
        assert "access-control-allow-origin" not in headers


def test_control_is_refused_even_with_the_token(phone: Phone, cookie: str) -> None:
    for host in (HOST_ADDRESS, "localhost", "127.0.0.1", "[::1]", "app.localhost"):
        rights = {"X-TrayApp-Token": phone.program.token, "Cookie": cookie}
        given = rights | {"Host": f"{host}:{phone.program.port}", "X-Forwarded-For": "127.0.0.1"}
        key = phone.program.read_key
        for path in ("/api/state", "/api/key", "/api/folders", f"/api/state?key={key}", "/health"):
            assert phone.get(path, given)[0] == 403, (host, path)
        kind = {"Content-Type": "application/json"}
        for path, body in (
            ("/api/lan", b'{"on":true}'),
            ("/api/stop", b"{}"),
            ("/api/invite", b"{}"),
        ):
            assert phone.post(path, body, given | kind) == 403, (host, path)
    assert phone.program.ask("state")["status"] == "on"


def test_a_forgotten_device_is_out_at_once(phone: Phone) -> None:
    cookie = phone.pair("to be forgotten")
    stream = phone.stream(cookie)
    assert stream.next().type == "hello"
    device = cookie.partition("=")[2].partition(".")[0]

    phone.program.ask("devices/forget", {"device": device})

    stream.wait_for_end(SOON)
    stream.close()
    assert phone.get("/stream", {"Cookie": cookie})[0] == 401


def test_forgetting_all_changes_the_key_too(phone: Phone, cookie: str) -> None:
    key = phone.program.read_key
    by_key, by_cookie = phone.stream(query=f"?key={key}"), phone.stream(cookie)
    assert (by_key.next().type, by_cookie.next().type) == ("hello", "hello")

    phone.program.ask("devices/forget-all", {})

    for stream in (by_key, by_cookie):
        stream.wait_for_end(SOON)
        stream.close()
    assert phone.get(f"/stream?key={key}")[0] == 401
    assert phone.get("/stream", {"Cookie": cookie})[0] == 401
    assert phone.program.read_key != key


# Where it listens


def test_it_never_listens_on_an_address_of_the_internet(phone: Phone) -> None:
    found = listening(phone)
    assert HOST_ADDRESS in found
    assert HOST_PRIVATE in found
    assert not {HOST_GLOBAL, "0.0.0.0", "*", "::"} & found, found
    assert phone.reaches(HOST_PRIVATE)
    assert not phone.reaches(HOST_GLOBAL)


def test_nothing_is_shared_before_somebody_says_so(phone: Phone, other: Program) -> None:
    there = Phone(phone.lan, other)
    assert other.ask("state")["lan"]["on"] is False
    assert not there.reaches(HOST_ADDRESS)
    assert not there.reaches(HOST_PRIVATE)


def test_the_demo_is_shared_with_paired_devices_only(phone: Phone, other: Program) -> None:
    demo = int(other.ask("state")["demo"].rstrip("/").rpartition(":")[2])
    other.ask("lan", {"on": True})
    there = Phone(phone.lan, other)
    wait_for(lambda: there.reaches(HOST_ADDRESS), 10)
    cookie = there.pair()

    def get(path: str, headers: dict[str, str]) -> int:
        place = (HOST_ADDRESS, demo)
        connection = inside(phone.lan.phone, lambda: socket.create_connection(place, timeout=5))
        return request(connection, path, None, headers)[0]

    for path in ("/", "/index.html", "/style.css", "/nothing"):
        assert get(path, {}) in {401, 403}, path
    assert get("/index.html", {"Cookie": cookie}) == 200
    assert get("/index.html", {"Cookie": cookie, "Host": "localhost"}) == 403
    assert get("/index.html", {"Cookie": cookie, "Origin": "https://evil.example"}) == 403


def test_off_ends_its_streams_and_no_others(
    phone: Phone, cookie: str, off_and_on: Callable[[bool], None]
) -> None:
    far = [phone.stream(cookie), phone.stream(cookie, address=HOST_PRIVATE)]
    near = Reader(phone.program.connect())
    near.sock.sendall(b"GET /stream?topic=count HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for stream in (*far, near):
        assert stream.next().type == "hello"
    phone.program.publish("count", "before")

    began = time.monotonic()
    off_and_on(False)
    for stream in far:
        stream.wait_for_end(SOON)
    assert time.monotonic() - began < SOON
    assert not phone.reaches(HOST_ADDRESS)
    assert not phone.reaches(HOST_PRIVATE)
    assert listening(phone) <= {"127.0.0.1", "::1"}

    phone.program.publish("count", "after")
    assert [near.next().data, near.next().data] == ["before", "after"]
    assert not near.ended
    for stream in (*far, near):
        stream.close()


# Too much of it


def test_the_thirteenth_stream_of_a_device_is_told_busy(phone: Phone, cookie: str) -> None:
    streams = [phone.stream(cookie) for _ in range(PER_SENDER)]
    try:
        assert {stream.next().type for stream in streams} == {"hello"}
        more = phone.stream(cookie)
        assert (more.next().type, more.status) == ("busy", 200)
        more.wait_for_end(SOON)
        more.close()
        assert not any(stream.rest(0.05) or stream.ended for stream in streams)
        streams.pop().close()

        def let_in() -> bool:
            again = phone.stream(cookie)
            streams.append(again)
            return again.next().type == "hello"

        wait_for(let_in, 2)
    finally:
        for stream in streams:
            stream.close()


def test_a_device_with_hundreds_of_addresses_has_the_streams_of_one(
    phone: Phone, cookie: str
) -> None:
    """Paired or with the read key; and this computer has its stream at once."""
    with phone.addresses(MANY) as sources:
        for given in ({"cookie": cookie}, {"query": f"?key={phone.program.read_key}"}):
            streams = [phone.stream_on(phone.connect_from(each), **given) for each in sources]
            try:
                types = [stream.next().type for stream in streams]
                assert types.count("hello") == PER_SENDER
                assert set(types) == {"hello", "busy"}
                with phone.program.listener():
                    assert_quick(phone)
            finally:
                for stream in streams:
                    stream.close()
            wait_for(lambda: phone.program.ask("state")["pages"] == 0, 5)


def test_a_device_with_hundreds_of_addresses_publishes_as_one(phone: Phone) -> None:
    with phone.addresses(MANY) as sources:
        for headers, path in (
            ({"Cookie": phone.pair()}, "/flood"),
            ({}, f"/flood?key={phone.program.read_key}"),
        ):
            began = time.monotonic()
            statuses = [
                request(phone.connect_from(each), path, b"x", headers)[0] for each in sources
            ]
            allowed = 50 + 20 * (time.monotonic() - began) + 1
            assert set(statuses) == {200, 429}
            assert 50 <= statuses.count(200) <= allowed
            assert_quick(phone)


def test_polls_of_a_device_leave_this_computer_as_quick_as_ever(phone: Phone, cookie: str) -> None:
    """48 at a time, each of all that is held; and as many other requests of it."""
    lines = b"\n".join(b"x" * 100 for _ in range(500))
    for _ in range(8):
        assert request(phone.program.connect(), "/held?lines=1", lines, {})[0] == 200
    usual = median(phone)
    for path in ("/held/json?poll=1", "/chat/history", "/pair"):
        with flood(phone, f"GET {path} HTTP/1.1\r\nHost: {HOST_ADDRESS}\r\nCookie: {cookie}"):
            flooded = median(phone)
            status, headers = phone.get(path, {"Cookie": cookie})
        assert flooded < 6 * usual + 0.01, (path, usual, flooded)
        limited = path != "/pair"
        assert (status, headers.get("retry-after")) == ((429, "1") if limited else (200, None))


def test_the_network_has_half_of_all_streams(phone: Phone, tmp_path: Path) -> None:
    """Where the system allows 40: however many devices there are, this computer has its 20."""
    with started(tmp_path, "--lan", within=phone.lan.host, files=SPARE_FILES + 40) as program:
        there = Phone(phone.lan, program)
        wait_for(lambda: there.reaches(HOST_ADDRESS), 10)
        cookies = [there.pair() for _ in range(3)]
        far = [there.stream(cookie) for cookie in cookies for _ in range(10)]
        types = [stream.next().type for stream in far]
        near = []
        for _ in range(20):
            near.append(Reader(program.connect()))
            near[-1].sock.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert {stream.next().type for stream in near} == {"hello"}
        assert types == ["hello"] * 20 + ["busy"] * 10
        for stream in (*far, *near):
            stream.close()


def test_slow_devices_delay_nobody(phone: Phone) -> None:
    slow = [phone.connect() for _ in range(30)]
    try:
        for sock in slow:
            sock.sendall(b"GET /stream HTTP/1.1\r\nHost: ")
        assert_quick(phone)
        began = time.monotonic()
        assert phone.get("/pair")[0] == 200
        assert time.monotonic() - began < SOON
    finally:
        for sock in slow:
            sock.close()


def test_one_device_cannot_fill_the_door(phone: Phone) -> None:
    waiting = [phone.connect() for _ in range(2 * AT_THE_DOOR)]
    try:
        for sock in waiting:
            sock.setblocking(False)

        def closed() -> int:
            return sum(is_closed(sock) for sock in waiting)

        wait_for(lambda: closed() >= AT_THE_DOOR, what="the connections beyond the limit")
        assert closed() == AT_THE_DOOR
        assert_quick(phone)
    finally:
        for sock in waiting:
            sock.close()


def test_posts_beyond_the_rate_are_refused(phone: Phone, cookie: str) -> None:
    """500 as fast as they go; meanwhile this computer is served."""
    statuses: list[int] = []
    after: set[str] = set()

    def flood() -> None:
        for _ in range(500):
            status, headers, _ = request(phone.connect(), "/flood", b"x", {"Cookie": cookie})
            statuses.append(status)
            after.add(headers.get("retry-after", ""))

    thread = threading.Thread(target=flood)
    began = time.monotonic()
    thread.start()
    while thread.is_alive():
        assert_quick(phone)
        thread.join(0.2)
    allowed = 50 + 20 * (time.monotonic() - began) + 1
    assert set(statuses) == {200, 429}
    assert 50 <= statuses.count(200) <= allowed
    assert after == {"", "1"}


def test_guessing_codes_is_limited(phone: Phone) -> None:
    def guess() -> int:
        body = json.dumps({"code": "A" * 22, "name": ""}).encode()
        return phone.post("/pair", body, {"Content-Type": "application/json"})

    wait_for(lambda: guess() == 401, what="the end of the flood of the test before")
    wrong = [guess() for _ in range(30)]
    assert set(wrong) <= {401, 429}
    assert wrong.count(401) < 10
    assert_quick(phone)


def test_a_hundred_wrong_tokens_lock_nobody_out(phone: Phone) -> None:
    statuses = [phone.get("/api/state", {"X-TrayApp-Token": str(n)})[0] for n in range(100)]
    assert set(statuses) == {403}
    assert_quick(phone)


# What is left behind


def test_no_file_holds_what_opens_anything(phone: Phone, tmp_path: Path) -> None:
    """But the two that are for that: the token in instance.json, the key in read-key."""
    cookie, code, key, token = phone.pair(), phone.invited(), phone.program.read_key, ""
    phone.stream(query=f"?key={key}").close()
    phone.get(f"/pair?code={code}")
    phone.get(f"/%0akey?key={key}&code={code}", {"Cookie": cookie})
    token = phone.program.token
    secrets = {"cookie": cookie.partition(".")[2], "code": code, "key": key, "token": token}
    held = {"key": {"read-key"}, "token": {"instance.json"}}
    files = [path for path in phone.program.home.rglob("*") if path.is_file()]
    assert {"trayapp.log", "devices.json", "events.db"} <= {path.name for path in files}
    (tmp_path / "output.txt").write_text(phone.program.running.output)
    for path in [*files, tmp_path / "output.txt"]:
        text = path.read_bytes().decode("latin-1")
        found = {name for name, secret in secrets.items() if secret in text}
        assert not {name for name in found if path.name not in held.get(name, set())}, path


def median(phone: Phone) -> float:
    """Seconds that a request of this computer takes."""
    taken = []
    for _ in range(60):
        began = time.perf_counter()
        assert request(phone.program.connect(), "/favicon.ico", None, {})[0] == 204
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


FLOOD = """
import socket, sys, threading

host, port, octets = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode() + b"\\r\\n\\r\\n"
over = threading.Thread(target=sys.stdin.read)
over.start()

def ask():
    while over.is_alive():
        try:
            with socket.create_connection((host, port), 10) as sock:
                sock.sendall(octets)
                while sock.recv(65536):
                    pass
        except OSError:
            pass

for _ in range(48):
    threading.Thread(target=ask).start()
print("begun", flush=True)
"""
"""48 connections that ask again as soon as they are answered."""


@contextmanager
def flood(phone: Phone, head: str) -> Iterator[None]:
    """The other computer, as a process of its own, asks meanwhile."""
    arguments = [sys.executable, "-c", FLOOD, HOST_ADDRESS, str(phone.program.port), head]
    with subprocess.Popen(
        ["nsenter", f"--net=/run/netns/{phone.lan.phone}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as attack:
        assert attack.stdout
        assert attack.stdout.readline() == b"begun\n"
        yield
        attack.communicate(b"")


def assert_quick(phone: Phone) -> None:
    """This computer is answered as ever."""
    began = time.monotonic()
    assert phone.program.ask("state")["status"] == "on"
    assert time.monotonic() - began < SOON


def is_closed(sock: socket.socket) -> bool:
    """Whether the other end has closed, without waiting."""
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def listening(phone: Phone) -> set[str]:
    """The addresses that anything listens on where the program runs."""
    command = ["nsenter", f"--net=/run/netns/{phone.lan.host}", "ss", "-ltnH"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    places = [line.split()[3] for line in lines]
    return {place.rpartition(":")[0].strip("[]").partition("%")[0] for place in places}
