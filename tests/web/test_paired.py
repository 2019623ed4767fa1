"""What devices of the local network reach: unpaired nothing, paired all but control."""

import dataclasses
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from tests.web.fakes import POLICY, READ_KEY, TOKEN, Connection, Site, Witnessed
from trayapp.bus import READER_KEY, Reader
from trayapp.errors import TrayAppError
from trayapp.web import Devices, Guard, HostGuard, Policy, Tokens
from trayapp.web.policy import Peer, peer
from trayapp.web.request import Request
from trayapp.web.routes import FROM_LAN, PUBLISHING, SESSION, classify

OWN = "192.168.1.5"
PHONE = "192.168.1.20"
HOST = {"Host": f"{OWN}:8765"}
LAN = dataclasses.replace(POLICY, lan=True)
METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "TRACE"]
PATHS = ["/", "/stream", "/notify", "/applied", "/topic", "/static/dashboard.js", "/no/such"]
CONTROL = ["/api", "/api/", "/api/state", "/api/session", "/api/proof", "/health", "/metrics"]


class Door:
    """A guard, and an application that notes what has come through."""

    def __init__(self, policy: Policy = LAN) -> None:
        self.devices = Devices(Path("no such folder", "devices.json"))
        self.witness = Witnessed()
        self.tokens = Tokens(TOKEN)
        self.guard = Guard(self._app, policy, self.tokens, self.devices, self.witness)
        self.site = HostGuard(self._app, policy, self.devices, self.witness)
        self.reached: list[WSGIEnvironment] = []

    def _app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.reached.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"content"]

    def pair(self) -> tuple[str, str]:
        """A device that is paired, and the Cookie that it sends."""
        pairing = self.devices.pair(self.devices.issue_code(0), "phone", PHONE, 0)
        return pairing.device, pairing.cookie.partition(";")[0]

    def ask(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        *,
        peer: str = PHONE,
        own: str = OWN,
        site: bool = False,
        environ: dict[str, str] | None = None,
    ) -> TestResponse:
        path, _, query = target.partition("?")
        return Client(self.site if site else self.guard, use_cookies=False).open(
            "/",
            headers=HOST | (headers or {}),
            environ_overrides={
                "REQUEST_METHOD": method,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REMOTE_ADDR": peer,
                "werkzeug.socket": Connection(own),
            }
            | (environ or {}),
        )


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def lan_site() -> Site:
    return Site(LAN)


def assert_nothing_said(answer: TestResponse) -> None:
    """A refusal tells how to pair, and nothing else; no page may read even that."""
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
    assert "Set-Cookie" not in answer.headers
    assert b"content" not in answer.data
    if answer.status_code == 401 and answer.data:
        assert answer.json is not None
        assert set(answer.json) == {"error", "hint"}


# Not paired


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", PATHS)
def test_an_unpaired_device_gets_not_one_byte(door: Door, method: str, path: str) -> None:
    for headers in (
        {},
        {"Origin": f"http://{OWN}:3000"},
        {"Origin": f"http://{OWN}:8765"},
        {"Cookie": "trayapp-device=0123456789abcdef." + "x" * 43},
        {"Cookie": "trayapp-device="},
        {"X-HTTP-Method-Override": "OPTIONS", "Access-Control-Request-Method": "GET"},
        {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost", "X-TrayApp-Token": TOKEN},
    ):
        for target in (path, f"{path}?key=", f"{path}?key={READ_KEY}x", f"{path}?KEY={READ_KEY}"):
            answer = door.ask(method, target, headers)
            sent_away = path == "/" and method not in {"POST", "OPTIONS"}
            assert answer.status_code == (303 if sent_away else 401), (headers, target)
            assert_nothing_said(answer)
    assert door.reached == []


def test_a_refusal_says_how_to_pair_and_asks_for_no_password(door: Door) -> None:
    answer = door.ask("GET", "/stream")
    assert answer.json is not None
    assert "Scan the code" in answer.json["hint"]
    assert "?key=" in answer.json["hint"]
    # Basic, Digest or NTLM would have each browser ask the person for a password
    assert answer.headers["WWW-Authenticate"] == "TrayApp"
    assert answer.headers["Cache-Control"] == "no-store"


def test_who_comes_to_the_door_is_shown_the_way_to_pair(door: Door) -> None:
    answer = door.ask("GET", "/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/pair")
    assert door.reached == []


@pytest.mark.parametrize("path", ["/pair", "/static/pair.js", "/static/pair.css", "/favicon.ico"])
def test_the_way_to_pair_is_open(door: Door, path: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        assert door.ask(method, path, {"Origin": f"http://{OWN}:8765"}).status_code == 200
        assert door.ask(method, path).status_code == 200
    for origin in (f"http://{OWN}:3000", "http://localhost:3000", "null", "https://evil.example"):
        answer = door.ask("POST", f"{path}?key={READ_KEY}", {"Origin": origin})
        assert answer.status_code == 403
        assert_nothing_said(answer)


def test_the_way_to_pair_has_a_rate(door: Door) -> None:
    statuses = [door.ask("POST", "/pair").status_code for _ in range(200)]
    assert statuses.count(200) < 2 * PUBLISHING.burst
    assert statuses[-1] == 429
    assert door.ask("GET", "/pair").status_code == 200
    assert door.ask("POST", "/pair", peer="192.168.1.21").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/pair/../stream", "/pair/..", "/pair/", "//pair", "/PAIR", "/pair;x", "/pair\0", "/pair.js"]
    + ["/pair%2f..", "/./pair", "/static/../stream", "/static/pair.js/../x"]
    + ["/static/pair.css/", "/static/PAIR.js", "/favicon.ico/../stream", "/pair\\..\\stream"],
)
def test_another_spelling_of_the_way_to_pair_is_closed(
    door: Door, lan_site: Site, path: str
) -> None:
    assert door.ask("GET", path).status_code in {400, 401}
    assert door.reached == []
    answer = lan_site.ask("GET", "/", HOST, peer=PHONE, environ={"PATH_INFO": path})
    assert answer.status_code in {400, 401}


@pytest.mark.parametrize("path", ["/client/../stream", "/client/../../stream", "/client//stream"])
def test_the_scripts_of_pages_lead_nowhere_else(lan_site: Site, path: str) -> None:
    answer = lan_site.ask("GET", "/", HOST, peer=PHONE, environ={"PATH_INFO": path})
    assert answer.status_code == 404


# Paired


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/stream", None),
        ("POST", "/notify", "hi"),
        ("POST", "/a-topic", "hi"),
        ("GET", "/client.js", None),
        ("GET", "/static/dashboard.css", None),
    ],
)
@pytest.mark.parametrize("by", ["cookie", "key"])
def test_a_paired_device_reads_and_publishes(
    lan_site: Site, method: str, path: str, body: str | None, by: str
) -> None:
    headers = HOST | ({"Cookie": lan_site.pair()} if by == "cookie" else {})
    target = f"{path}?key={READ_KEY}" if by == "key" else path
    answer = lan_site.ask(method, target, headers, body, peer=PHONE)
    answer.close()
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/stream", "/notify", "/applied"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_of_the_same_host_on_any_port_may_use_the_cookie(
    door: Door, path: str, method: str
) -> None:
    _, cookie = door.pair()
    page = {"Origin": f"http://{OWN}:3000"}
    wish = page | {"Access-Control-Request-Method": method}
    for answer in (
        door.ask("OPTIONS", path, wish),  # browsers send no cookie along with it
        door.ask(method, path, page | {"Cookie": cookie}),
    ):
        assert answer.status_code in {200, 204}
        assert answer.headers["Access-Control-Allow-Origin"] == f"http://{OWN}:3000"
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert len(door.reached) == 1


def test_what_no_origin_owns_never_gets_what_a_cookie_opens(door: Door) -> None:
    _, cookie = door.pair()
    answer = door.ask("GET", f"/stream?key={READ_KEY}", {"Origin": "null", "Cookie": cookie})
    assert answer.headers["Access-Control-Allow-Origin"] == "null"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    for origin in ("null", "https://evil.example", "http://192.168.1.66"):
        answer = door.ask("GET", "/stream", {"Origin": origin, "Cookie": cookie})
        assert answer.status_code == 403
        assert_nothing_said(answer)


@pytest.mark.parametrize("path", CONTROL)
@pytest.mark.parametrize("method", METHODS)
def test_control_is_closed_to_a_paired_device_with_every_secret_there_is(
    door: Door, method: str, path: str
) -> None:
    _, cookie = door.pair()
    secrets = {"Cookie": cookie, "X-TrayApp-Token": TOKEN, "Content-Type": "application/json"}
    for host in (f"{OWN}:8765", "localhost:8765", "127.0.0.1:8765", "my-pc.local:8765"):
        for origin in ({}, {"Origin": f"http://{host}"}):
            answer = door.ask(method, f"{path}?key={READ_KEY}", secrets | {"Host": host} | origin)
            assert answer.status_code == 403
            assert_nothing_said(answer)
    assert door.reached == []


def test_a_forgotten_device_is_out_with_its_next_request(door: Door) -> None:
    device, cookie = door.pair()
    assert door.ask("GET", "/stream", {"Cookie": cookie}).status_code == 200
    with pytest.raises(TrayAppError, match="Cannot write"):  # it holds all the same
        door.devices.forget(device)
    assert door.ask("GET", "/stream", {"Cookie": cookie}).status_code == 401


def test_a_new_read_key_ends_the_old_one_on_both_guards(door: Door) -> None:
    new = dataclasses.replace(LAN, read_key="another-key")
    for guard, site in ((door.guard, False), (door.site, True)):
        assert door.ask("GET", f"/x?key={READ_KEY}", site=site).status_code == 200
        guard.policy = new
        assert door.ask("GET", f"/x?key={READ_KEY}", site=site).status_code == 401
        assert door.ask("GET", "/x?key=another-key", site=site).status_code == 200


def test_a_cookie_is_worth_nothing_when_sharing_is_off() -> None:
    door = Door(POLICY)
    _, cookie = door.pair()
    answer = door.ask("GET", f"/stream?key={READ_KEY}", {"Cookie": cookie})
    assert answer.status_code == 403
    assert_nothing_said(answer)


# Cookies


SECRET = "0123456789abcdef." + "aZ0_-" * 8 + "xyz"


@pytest.mark.parametrize(
    ("field", "cookie"),
    [
        (f"trayapp-device={SECRET}", SECRET),
        (f"a=1; trayapp-device={SECRET}; b=2", SECRET),
        (f"a=1;trayapp-device={SECRET};b", SECRET),
        (f" ;;; =; trayapp-device={SECRET} ;", SECRET),
        (f'bad="a; trayapp-device={SECRET}', SECRET),
        (f"trayapp-device=junk; trayapp-device={SECRET}", SECRET),
        (f"trayapp-device={SECRET}; trayapp-device=junk", SECRET),
        (f"{'a=b; ' * 1600}trayapp-device={SECRET}", SECRET),
        (f'trayapp-device="{SECRET}"', ""),
        (f"trayapp-device={SECRET}x", ""),
        (f"trayapp-device={SECRET.upper()}", ""),
        (f"trayapp-device = {SECRET}", ""),
        (f"Trayapp-Device={SECRET}", ""),
        (f"xtrayapp-device={SECRET}", ""),
        (f"x=trayapp-device={SECRET}", ""),
        (f"trayapp-device={SECRET},trayapp-device={SECRET}", ""),
        ("trayapp-device", ""),
        ("trayapp-device=", ""),
        ("\xff\xfe\0", ""),
        ("; " * 4096, ""),
        ("a" * 8192, ""),
    ],
)
def test_a_cookie_is_found_among_whatever_else_there_is(field: str, cookie: str) -> None:
    assert Request.of({"REQUEST_METHOD": "GET", "HTTP_COOKIE": field}).cookie == cookie


@given(st.text(st.characters(max_codepoint=255)))
def test_no_cookie_field_is_an_error(field: str) -> None:
    Request.of({"REQUEST_METHOD": "GET", "HTTP_COOKIE": f"trayapp-device={field}"})


# What the application and the witness are told


def test_a_reader_over_the_lan_is_named_to_the_application(door: Door) -> None:
    device, cookie = door.pair()
    door.ask("GET", "/stream", {"Cookie": cookie})
    door.ask("GET", f"/stream?key={READ_KEY}")
    door.ask("GET", "/stream", peer=OWN)
    door.ask("GET", f"/stream?key={READ_KEY}", peer=f"::ffff:{PHONE}", own=f"::ffff:{OWN}")
    door.ask("GET", "/stream", {"Host": "localhost"}, peer="127.0.0.1", own="127.0.0.1")
    door.ask("GET", "/stream", {"Host": "localhost"}, peer="::1", own="::1")
    readers = [environ.get(READER_KEY) for environ in door.reached]
    assert readers == [
        Reader(PHONE, device, OWN),
        Reader(PHONE, "", OWN),
        Reader(OWN, "", OWN),
        Reader(PHONE, "", f"::ffff:{OWN}"),
        None,
        None,
    ]
    assert [environ[FROM_LAN] for environ in door.reached] == [True, True, False, True] + [
        False
    ] * 2


def test_the_way_to_pair_knows_who_is_paired_already(door: Door) -> None:
    device, cookie = door.pair()
    door.ask("POST", "/pair", {"Cookie": cookie})
    door.ask("POST", "/pair")
    readers = [each[READER_KEY] for each in door.reached]
    assert readers == [Reader(PHONE, device, OWN), Reader(PHONE, "", OWN)]


def test_a_session_is_told_from_the_control_token(door: Door) -> None:
    _, session = door.tokens.trade(door.tokens.issue_code(0), 0)
    local = {"Host": "localhost"}
    for token in (TOKEN, session):
        door.ask("GET", "/api/state", local | {"X-TrayApp-Token": token}, peer="127.0.0.1")
    door.ask("GET", "/stream", local | {"X-TrayApp-Token": session}, peer="127.0.0.1")
    assert [environ[SESSION] for environ in door.reached] == [False, True, False]


def test_the_witness_is_told_of_each_request_of_another_device(door: Door) -> None:
    for site in (False, True):
        door.ask("GET", "/stream", site=site)
        door.ask("GET", f"/stream?key={READ_KEY}", site=site)
        door.ask("GET", "/stream", {"Host": "evil.example"}, site=site)
    assert door.witness.lan_requests == 6
    door.ask("GET", "/stream", {"Host": "localhost"}, peer="127.0.0.1", own="127.0.0.1")
    door.ask("GET", "/stream", peer=OWN)
    door.ask("GET", "/stream", peer="8.8.8.8")
    assert door.witness.lan_requests == 6


def test_the_witness_is_told_of_pages_from_disk_of_this_computer(door: Door) -> None:
    here: dict[str, Any] = {"peer": "127.0.0.1", "own": "127.0.0.1"}
    null = {"Host": "localhost", "Origin": "null"}
    door.ask("GET", "/stream", null, **here)
    door.ask("OPTIONS", "/notify", null, **here)
    assert door.witness.disk_refusals == 2
    door.ask("GET", f"/stream?key={READ_KEY}", null, **here)
    door.ask("GET", "/api/state", null, **here)  # no page has any business there
    door.ask("GET", "/stream", null | {"Origin": "https://evil.example"}, **here)
    door.ask("GET", "/stream", {"Origin": "null"})
    assert door.witness.disk_refusals == 2


# Pages of other devices


@pytest.mark.parametrize("origin", ["http://192.168.1.66", "http://[fd00::66]:3000"])
def test_a_page_of_another_device_reads_nothing_through_a_browser_of_this_computer(
    door: Door, origin: str
) -> None:
    here: dict[str, Any] = {"peer": "127.0.0.1", "own": "127.0.0.1"}
    for host in ("localhost:8765", f"{OWN}:8765"):
        headers = {"Host": host, "Origin": origin}
        for method, path in (("GET", "/stream"), ("POST", "/notify"), ("OPTIONS", "/notify")):
            answer = door.ask(method, path, headers, **here)
            assert answer.status_code == 403
            assert_nothing_said(answer)
        assert door.ask("GET", f"/stream?key={READ_KEY}", headers, **here).status_code == 200


def test_pages_of_this_computer_under_its_lan_address_need_no_key_in_its_own_browser(
    door: Door,
) -> None:
    for origin in (f"http://{OWN}:3000", "http://my-pc.local:3000", "http://localhost:3000"):
        assert door.ask("GET", "/stream", {"Origin": origin}, peer=OWN).status_code == 200
    named = dataclasses.replace(LAN, names=LAN.names | {OWN})
    headers = {"Host": "localhost", "Origin": f"http://{OWN}:3000"}
    here: dict[str, Any] = {"peer": "127.0.0.1", "own": "127.0.0.1"}
    assert door.ask("GET", "/stream", headers, **here).status_code == 403
    door.guard.policy = named
    assert door.ask("GET", "/stream", headers, **here).status_code == 200


# Sites


@pytest.mark.parametrize("method", METHODS)
def test_a_site_is_for_paired_devices_too(door: Door, method: str) -> None:
    for path in ("/", "/index.html", "/pair", "/favicon.ico", "/client.js", "/static/pair.js"):
        answer = door.ask(method, path, site=True)
        assert answer.status_code == 401
        assert_nothing_said(answer)
    assert door.reached == []
    _, cookie = door.pair()
    for headers, query in (({"Cookie": cookie}, ""), ({}, f"?key={READ_KEY}")):
        assert door.ask(method, f"/index.html{query}", headers, site=True).status_code == 200
        evil = headers | {"Origin": "https://evil.example"}
        assert door.ask(method, f"/index.html{query}", evil, site=True).status_code == 403


# Whatever is sent

LATIN = st.characters(max_codepoint=255)
TARGETS = (
    st.sampled_from([*PATHS, *CONTROL, "/pair", "/pair/x", "/client.js", "/static/pair.js"])
    | st.text(LATIN, max_size=30).map(lambda text: f"/{text}")
    | st.builds("/{}/../{}".format, st.text(LATIN, max_size=8), st.sampled_from(["pair", "stream"]))
)
HOSTS = st.sampled_from(
    ["my-pc", "my-pc.local:1", f"{OWN}:8765", "[fd00::5]", "8.8.8.8", "127.0.0.1"]
)
ORIGINS = st.sampled_from(
    ["null", "", "http://localhost:3000", f"http://{OWN}:3000", f"http://{OWN}:8765"]
    + ["https://app.example.com", "http://my-pc", "http://192.168.1.66"]
)
HEADERS = st.fixed_dictionaries(
    {"HTTP_HOST": HOSTS},
    optional={
        "HTTP_ORIGIN": ORIGINS,
        "HTTP_COOKIE": st.text(LATIN, max_size=60).map(lambda text: f"trayapp-device={text}"),
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": st.sampled_from(["GET", "POST"]),
        "HTTP_X_FORWARDED_FOR": st.just("127.0.0.1"),
        "HTTP_X_HTTP_METHOD_OVERRIDE": st.sampled_from(METHODS),
        "HTTP_AUTHORIZATION": st.just(f"Bearer {READ_KEY}"),
        "HTTP_X_TRAYAPP_TOKEN": st.sampled_from(["", TOKEN, READ_KEY]),
        "CONTENT_TYPE": st.sampled_from(["application/json", "text/plain"]),
        "QUERY_STRING": st.sampled_from(["", "key", "key=", "key=x", "code=x", f"Key={READ_KEY}"]),
    },
)
ADDRESSES = st.ip_addresses().map(str) | st.sampled_from(
    [PHONE, f"::ffff:{PHONE}", "fe80::9%eth0", "fd00::9", "100.64.0.9", "10.0.0.9", "", "x"]
)
EVERYTHING = settings(max_examples=400, deadline=None)


@EVERYTHING
@given(method=st.sampled_from(METHODS), path=TARGETS, headers=HEADERS, source=ADDRESSES)
def test_no_device_without_key_or_cookie_ever_gets_past_the_way_to_pair(
    method: str, path: str, headers: dict[str, str], source: str
) -> None:
    door = Door()
    door.pair()
    answer = door.ask(method, path, peer=source, environ=headers)
    if peer(source, OWN) is not Peer.LOCAL:
        assert all(classify(each["PATH_INFO"]).unpaired for each in door.reached)
        assert answer.status_code != 200 or door.reached
    if peer(source, OWN) is Peer.OUTSIDE:
        assert door.reached == []
        assert answer.status_code in {400, 403}
    answer = door.ask(method, path, peer=source, site=True, environ=headers)
    if peer(source, OWN) is not Peer.LOCAL:
        assert answer.status_code in {400, 401, 403}


@EVERYTHING
@given(
    method=st.sampled_from(METHODS),
    path=st.sampled_from(CONTROL) | TARGETS.map(lambda path: f"/api{path}"),
    headers=HEADERS,
    source=ADDRESSES,
    host=st.sampled_from(["localhost", "127.0.0.1:8765", "[::1]:8765", f"{OWN}:8765", "my-pc"]),
)
def test_no_peer_but_a_local_one_ever_reaches_control(
    method: str, path: str, headers: dict[str, str], source: str, host: str
) -> None:
    door = Door()
    _, cookie = door.pair()
    secrets = {
        "HTTP_HOST": host,
        "HTTP_COOKIE": cookie,
        "HTTP_X_TRAYAPP_TOKEN": TOKEN,
        "QUERY_STRING": f"key={READ_KEY}",
        "CONTENT_TYPE": "application/json",
    }
    answer = door.ask(method, path, peer=source, environ=headers | secrets)
    if peer(source, OWN) is not Peer.LOCAL:
        assert door.reached == []
        assert answer.status_code in {400, 403}
        assert_nothing_said(answer)


@EVERYTHING
@given(source=st.ip_addresses(), own=st.ip_addresses())
def test_a_peer_on_the_lan_is_never_one_of_the_open_internet(source: Any, own: Any) -> None:
    if peer(str(source), str(own)) is Peer.LAN:
        assert not source.is_global
        assert not source.is_loopback
        assert source != ip_address(own)
