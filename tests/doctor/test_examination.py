"""Whole examinations, against servers that do one thing wrong each."""

import gzip
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.doctor import played
from tests.doctor.played import HELLO, HTML, Played, Server
from trayapp import __version__, doctor
from trayapp.doctor import asking, judgement, snippet
from trayapp.doctor.judgement import SCRIPT_MARK
from trayapp.errors import TrayAppError
from trayapp.web import client

Serve = Callable[..., Server]
SAID = HELLO.replace('"version": "1"', f'"version": "{__version__}"').replace(
    '"roots": []', '"roots": [{"root": "site", "fingerprint": "f"}]'
)
CONFIG = "config.toml"


@pytest.fixture
def trayapp(serve: Serve) -> Server:
    """A server that answers as trayapp does."""
    server = serve()
    server.answers["/client.js"] = Played(b"// The " + SCRIPT_MARK, played.SCRIPT)
    server.answers["/stream"] = Played(SAID, played.STREAM, stays=True)
    return server


def look(url: str, state: Mapping[str, object] | None = None) -> tuple[list[str], str]:
    """The marks, and all that is printed."""
    findings = list(doctor.examine(url, state, CONFIG))
    text = "\n".join(line for finding in findings for line in finding.lines())
    return [finding.mark for finding in findings], text


def tag(server: Server, more: str = "") -> str:
    return f'<script src="{server.url}/client.js" {more}></script>'


def test_the_mark_of_our_script_is_in_our_script() -> None:
    assert SCRIPT_MARK in client.script().encode()[:200]


def test_the_options_are_those_of_the_script() -> None:
    names = re.findall(r"dataset\.(\w+)", client.part("options"))
    assert {f"data-{name}" for name in names} == set(snippet.VALUES)


def test_a_page_in_order(serve: Serve, trayapp: Server) -> None:
    url = serve().page(tag(trayapp))
    marks, text = look(url)
    assert set(marks) == {"ok"}, text
    assert "The script tag is in line 1" in text
    assert f"The stream greets pages of {url.rstrip('/')}" in text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "shop.localhost"])
def test_localhost_is_known_where_the_system_does_not_know_it(
    serve: Serve, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    server.page("<p>here")
    ask = socket.getaddrinfo

    def knows_no_names(name: str, *rest: Any) -> Any:
        if "localhost" in name.lower():
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ask(name, *rest)

    monkeypatch.setattr(socket, "getaddrinfo", knows_no_names)
    answer = asking.fetch(f"http://{host}:{server.port}/")
    assert (answer.status, answer.peer) == (200, "127.0.0.1")


def test_the_tag_for_every_device_is_known(serve: Serve, trayapp: Server) -> None:
    manual = Path(__file__).parent.parent.parent / "docs" / "client.md"
    made = manual.read_text("utf-8").split("## On a phone")[1].split("```")[1].removeprefix("html")
    port = trayapp.url.rpartition(":")[2]
    marks, text = look(serve().page(made.replace(":8765/", f":{port}/")))
    assert set(marks) == {"ok"}, text
    assert f"{trayapp.url}/client.js" in text


@pytest.mark.parametrize("around", ["<!--{}-->", "<textarea>{}</textarea>", "<p>{}</p>"])
def test_words_about_the_tag_are_none(serve: Serve, around: str) -> None:
    made = "tag.src = `http://${location.hostname}:8765/client.js`"
    _, text = look(serve().page(around.format(made)))
    assert "is not in the page" in text


def test_nothing_is_published_and_no_cookie_kept(serve: Serve, trayapp: Server) -> None:
    site = serve()
    site.page(tag(trayapp), path="/in")
    site.answers["/"] = Played("", {"Location": "/in", "Set-Cookie": "a=b"}, 302)
    _, text = look(site.url)
    assert f"note  Redirected to {site.url}/in" in text
    assert {method for method, _, _ in site.asked + trayapp.asked} == {"GET"}
    assert not any("Cookie" in headers for _, _, headers in site.asked)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", 'Put it in, unless a script of the page adds it: <script src="http://localhost:8765'),
        ("<!--\n{tag} -->", "The script tag in line 1 is in a comment or a template."),
        ("<template>{tag}</template>", "is in a comment or a template"),
        ("<noscript>{tag}</noscript>", "is in a comment or a template"),
        ("<textarea>{tag}</textarea>", 'client.js"></script>'),
        ("<script src='http://[/client.js'></script>", "is not in the page"),
        ("<script src='http://a:99999/client.js'></script>", "is not in the page"),
        ("<base href='http://['><script src='data:x/client.js'></script>", "is not in the page"),
        ("<script src='/@vite/client'></script>", "is not in the page"),
        ("{tag type='text/plain'}", 'do not run a script of type="text/plain"'),
        ("{tag nomodule}", "skip a script with nomodule"),
        ("{tag integrity=sha256-x}", "Take integrity away"),
        ("{tag crossorigin=use-credentials}", "Take crossorigin away"),
        ("{tag data-update=css}", 'Write data-update="auto" or data-update="reload"'),
        ("{tag data-root='site, shop'}", 'data-root="shop" is no watched folder.'),
    ],
)
def test_what_is_wrong_with_the_tag(serve: Serve, trayapp: Server, source: str, said: str) -> None:
    name, _, more = source.partition("{tag ")
    body = f"{name}{tag(trayapp, more.removesuffix('}'))}" if more else source
    marks, text = look(serve().page(body.replace("{tag}", tag(trayapp))))
    assert said in text
    assert "fix" in marks


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("data-udpate=off", "note  data-udpate is no option.\n      Meant may be: data-update"),
        ("data-cfasync=false", ""),
        ("async defer type=module id=x", ""),
        ("type='TEXT/JavaScript ' data-update=off data-toast=off data-badge=on", ""),
    ],
)
def test_what_is_only_noted_of_the_tag(serve: Serve, trayapp: Server, more: str, said: str) -> None:
    marks, text = look(serve().page(tag(trayapp, more)))
    assert said in text
    assert set(marks) == ({"ok", "note"} if said else {"ok"}), text


def test_a_tag_that_is_there_twice(serve: Serve, trayapp: Server) -> None:
    _, text = look(serve().page(f"{tag(trayapp)}\n\n{tag(trayapp)}"))
    assert "note  It is there again, in line 3." in text


def test_a_policy_of_a_header_and_one_of_the_page(serve: Serve, trayapp: Server) -> None:
    meta = "<meta http-equiv=content-security-policy content=\"default-src 'self'\">"
    url = serve().page(
        f"{meta}{tag(trayapp)}",
        Content_Security_Policy="connect-src 'none'",
        Content_Security_Policy_Report_Only="script-src 'none'",
    )
    marks, text = look(url)
    ours = trayapp.url
    assert marks.count("fix") == 3
    put = "Put into the policy:"
    assert f"header blocks the updates, by its connect-src.\n      {put} connect-src {ours}" in text
    assert f"blocks the script, by its default-src.\n      {put} script-src 'self' {ours}" in text
    assert f"blocks the updates, by its default-src.\n      {put} connect-src 'self' {ours}" in text


def test_a_policy_that_keeps_the_page_from_fetching_itself(serve: Serve, trayapp: Server) -> None:
    url = serve().page(tag(trayapp), Content_Security_Policy=f"connect-src {trayapp.url}")
    marks, text = look(url)
    assert "fix" not in marks
    assert f"Put into the policy: connect-src {trayapp.url} 'self'" in text


@pytest.mark.parametrize(
    ("policy", "noted"),
    [
        ("require-trusted-types-for 'script'; trusted-types a", True),
        ("trusted-types a", False),
    ],
)
def test_trusted_types(serve: Serve, trayapp: Server, policy: str, noted: bool) -> None:
    marks, text = look(serve().page(tag(trayapp), Content_Security_Policy=policy))
    assert ("Trusted Types are required" in text) is noted
    assert "fix" not in marks


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("", "in which no script runs"),
        ("allow-scripts", "without an origin of the page's own"),
        ("allow-scripts allow-same-origin", "allows the script and the updates"),
    ],
)
def test_a_sandbox(serve: Serve, trayapp: Server, flags: str, said: str) -> None:
    _, text = look(serve().page(tag(trayapp), Content_Security_Policy=f"sandbox {flags}"))
    assert said in text


def test_a_page_in_a_sandbox_asks_without_an_origin(serve: Serve, trayapp: Server) -> None:
    refusal = '{"error": "Pages of this Origin have no access.", "hint": ""}'
    trayapp.answers["/stream"] = Played(refusal, {"Content-Type": "application/json"}, 403)
    url = serve().page(tag(trayapp), Content_Security_Policy="sandbox allow-scripts")
    _, text = look(url)
    assert "fix   Pages without an origin need the read key." in text
    assert trayapp.asked[-1][2]["Origin"] == "null"


def test_a_page_that_is_not_let_in(serve: Serve, trayapp: Server) -> None:
    refusal = '{"error": "Pages of this Origin have no access.", "hint": ""}'
    trayapp.answers["/stream"] = Played(refusal, {"Content-Type": "application/json"}, 403)
    url = serve().page(tag(trayapp))
    _, text = look(url)
    assert f'start trayapp anew: origins = ["{url.rstrip("/")}"]' in text


def test_a_host_that_trayapp_does_not_know(serve: Serve, trayapp: Server) -> None:
    refusal = '{"error": "This Host is not a name of this service.", "hint": ""}'
    refused = Played(refusal, {"Content-Type": "application/json"}, 403)
    trayapp.answers["/client.js"] = refused
    _, text = look(serve().page(tag(trayapp)))
    assert "nginx: proxy_set_header Host localhost;" in text
    answer = asking.Answer("http://dev.example/client.js", 403, (), refusal.encode())
    (finding,) = judgement.script(answer, snippet.Tag(answer.url, 1), answer, CONFIG)
    assert 'config.toml and start trayapp anew: hosts = ["dev.example"]' in finding.remedy


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Played("no", HTML, 502), "answers 502, and not as trayapp does"),
        (Played("x", HTML), "is text/html, no stream"),
        (Played("", played.STREAM, stays=True), "though the stream is open"),
        (Played(": wait\n", played.STREAM, stays=True), "proxy_buffering off"),
        (
            Played(SAID, {"Content-Type": "text/event-stream"}, stays=True),
            "Origin of the stream is",
        ),
        (
            Played(SAID, played.STREAM | {"Access-Control-Allow-Origin": "*, *"}, stays=True),
            "says '*, *'",
        ),
        (
            Played(
                gzip.compress(SAID.encode()),
                played.STREAM | {"Content-Encoding": "gzip"},
                stays=True,
            ),
            "gzip off",
        ),
        (
            Played(SAID.replace(__version__, "0.0.9"), played.STREAM, stays=True),
            "is version 0.0.9, this command is",
        ),
        (Played(SAID.replace('"roots"', '"paused": true, "x"'), played.STREAM), "trayapp resume"),
    ],
)
def test_what_is_wrong_with_the_stream(
    serve: Serve, trayapp: Server, monkeypatch: pytest.MonkeyPatch, answer: Played, said: str
) -> None:
    monkeypatch.setattr(asking, "HELLO_SECONDS", 0.5)
    trayapp.answers["/stream"] = answer
    _, text = look(serve().page(tag(trayapp)))
    assert said in text


def test_a_proxy_that_sends_not_even_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "HELLO_SECONDS", 0.3)
    with Listening(b"") as port:
        heard = asking.listen(f"http://127.0.0.1:{port}/stream", {})
    assert (heard.answer, heard.hello) == (None, None)
    said = [one.text for one in judgement.stream(heard, "http://a/stream", "http://b", CONFIG)]
    assert "not even sent the head" in said[0]


class Listening:
    """A socket that takes one connection and sends `data`, a byte each 50 ms, then nothing."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> int:
        self._thread.start()
        port: int = self._socket.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:
            return
        with connection:
            for byte in self._data:
                if self._over.wait(0.05):
                    return
                connection.sendall(bytes([byte]))
            self._over.wait()


def test_a_server_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAGE_SECONDS", 0.5)
    started = time.monotonic()
    with Listening(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100) as port:
        marks, text = look(f"http://127.0.0.1:{port}/")
    assert marks == ["fix"]
    assert "did not answer within 0.5 s" in text
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"SSH-2.0-x\r\n", "gives no answer of a web server"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "no HTML"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70000, "gives no answer of a web server"),
    ],
)
def test_what_is_no_web_server(data: bytes, said: str, serve: Serve) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(data)

    thread = threading.Thread(target=answer)
    thread.start()
    marks, text = look(f"127.0.0.1:{listener.getsockname()[1]}")
    thread.join()
    listener.close()
    assert said in text or "browsers show it without" in text
    assert "fix" in marks


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (404, HTML, "gone", "answers 404"),
        (401, {"Content-Type": "text/plain"}, "who", "needs a login"),
        (200, {"Content-Type": "image/png"}, b"\x89PNG\0\xff", "is image/png"),
        (200, {}, b"\0\xff", "is without a Content-Type"),
        (200, HTML | {"Content-Encoding": "br"}, b"\x0b", "is compressed (br)"),
        (200, HTML | {"Content-Encoding": "gzip"}, b"no", "is compressed (gzip)"),
        (302, {"Location": "/"}, b"", "do not end"),
        (302, {"Location": "file:///etc/passwd"}, b"", "is no address of a web server"),
        (302, {"Location": "http://[::1"}, b"", "is no address"),
    ],
)
def test_what_is_no_page(
    serve: Serve, status: int, headers: dict[str, str], body: str | bytes, said: str
) -> None:
    site = serve()
    site.answers["/"] = Played(body, headers, status)
    marks, text = look(site.url)
    assert said in text
    assert set(marks) == {"fix"}


def test_an_endless_way(serve: Serve) -> None:
    site = serve()
    for number in range(20):
        site.answers[f"/{number}"] = Played("", {"Location": f"/{number + 1}"}, 307)
    marks, text = look(f"{site.url}/0")
    assert "do not end" in text
    assert len(site.asked) == asking.MAX_HOPS + 1
    assert marks == ["fix"]


@pytest.mark.parametrize("packed", [True, False])
def test_a_page_in_another_encoding(serve: Serve, trayapp: Server, packed: bool) -> None:
    site = serve()
    body = f"<!doctype html><title>ä</title>{tag(trayapp)}".encode("utf-16")
    headers = {"Content-Type": "text/html; charset=utf-16"}
    if packed:
        body, headers = gzip.compress(body), headers | {"Content-Encoding": "gzip"}
    site.answers["/"] = Played(body, headers)
    assert "The script tag is in line 1" in look(site.url)[1]


def test_a_very_long_page_is_cut(
    serve: Serve, trayapp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MAX_BODY", 1000)
    _, text = look(serve().page(tag(trayapp) + "x" * 5000))
    assert "Only its first 1,000 bytes were looked at" in text


@pytest.mark.parametrize(
    "text",
    ["", "http://", "http://a b/", "http://[::1", "localhost:99999", "ftp://x/", "file:///x"],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(TrayAppError) as raised:
        look(text)
    assert raised.value.hint


def test_a_name_that_nobody_has() -> None:
    assert (
        "No computer is known by the name in http://xn--bcher-kva.invalid"
        in look("bücher.invalid")[1]
    )


def test_an_address_of_ipv6(serve: Serve, trayapp: Server) -> None:
    url = serve("::1").page(tag(trayapp))
    marks, text = look(url)
    assert set(marks) == {"ok"}, text


def test_a_certificate_that_is_not_trusted(
    serve: Serve, tls: ssl.SSLContext, trayapp: Server
) -> None:
    url = serve("127.0.0.1", tls).page(tag(trayapp))
    marks, text = look(url)
    assert marks == ["fix"]
    assert "is not trusted: self-signed certificate" in text
    assert "SSL_CERT_FILE=" in text


def test_a_page_of_https(
    serve: Serve,
    tls: ssl.SSLContext,
    trayapp: Server,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    site = serve("127.0.0.1", tls)
    site.page(tag(trayapp))
    site.page('<script src="http://dev.invalid/client.js"></script>', path="/b")
    marks, text = look(site.url)
    assert set(marks) == {"ok", "note"}
    assert "For Safari open the page by http." in text
    assert (
        "fix   A page of https may not load http://dev.invalid/client.js"
        in look(f"{site.url}/b")[1]
    )


def test_http_spoken_to_a_server_of_https(serve: Serve, tls: ssl.SSLContext) -> None:
    port = serve("127.0.0.1", tls).port
    assert "Does it speak https?" in look(f"http://127.0.0.1:{port}/")[1]
    plain = serve().url.replace("http", "https")
    assert "does not speak TLS" in look(plain)[1]


def test_a_script_that_nobody_serves(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    url = serve().page(f'<script src="http://localhost:{port}/client.js"></script>')
    assert f"Start trayapp: trayapp run --port {port}" in look(url)[1]
    state = {"url": "http://127.0.0.1:8000", "roots": []}
    assert 'the tag needs <script src="http://localhost:8000/client.js">' in look(url, state)[1]


def test_a_script_of_somebody_else(serve: Serve, trayapp: Server) -> None:
    trayapp.answers["/client.js"] = Played("hot()", played.SCRIPT)
    _, text = look(serve().page(tag(trayapp)))
    assert "is not the script of trayapp" in text
    assert not [path for _, path, _ in trayapp.asked if path.startswith("/stream")]


@pytest.mark.parametrize(
    ("script", "page", "fine"),
    [
        ({"Cross-Origin-Resource-Policy": "same-origin"}, {}, False),
        ({}, {"Cross-Origin-Embedder-Policy": "require-corp"}, False),
        (
            {"Cross-Origin-Resource-Policy": "cross-origin"},
            {"Cross-Origin-Embedder-Policy": "require-corp"},
            True,
        ),
        ({}, {"Cross-Origin-Embedder-Policy": "credentialless"}, True),
    ],
)
def test_headers_between_origins(
    serve: Serve, trayapp: Server, script: dict[str, str], page: dict[str, str], fine: bool
) -> None:
    answer = trayapp.answers["/client.js"]
    trayapp.answers["/client.js"] = Played(answer.body, {**answer.headers, **script})
    marks, _ = look(serve().page(tag(trayapp), **page))
    assert ("fix" not in marks) is fine


@pytest.mark.parametrize(
    ("header", "noted"),
    [
        ("no-store", False),
        ("max-age=3600", True),
        ("public, max-age=31536000, immutable", True),
        ("max-age=3600, no-cache", False),
        ("max-age=0", False),
    ],
)
def test_caching(serve: Serve, trayapp: Server, header: str, noted: bool) -> None:
    marks, text = look(serve().page(tag(trayapp), Cache_Control=header))
    assert ("Cache-Control: no-cache" in text) is noted
    assert "fix" not in marks


@pytest.mark.parametrize(
    ("page", "peer", "script", "marks"),
    [
        ("http://dev.example/", "192.168.1.7", "http://localhost:8765", ["fix"]),
        ("https://dev.example/", "93.184.216.34", "http://127.0.0.1:8765", ["note"]),
        ("https://dev.example/", "fe80::1%eth0", "http://localhost:8765", ["note"]),
        ("http://dev.example/", "127.0.0.1", "http://localhost:8765", []),
        ("http://dev.example/", "::1", "http://localhost:8765", []),
        ("http://192.168.1.7/", "192.168.1.7", "http://192.168.1.7:8765", []),
    ],
)
def test_a_page_of_another_computer(page: str, peer: str, script: str, marks: list[str]) -> None:
    answer = asking.Answer(page, 200, (), peer=peer)
    found = judgement.reach(snippet.Tag(f"{script}/client.js", 1), answer)
    assert [one.mark for one in found] == marks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site" / "public" / "blog").mkdir(parents=True)
    return tmp_path / "site"


def test_the_file_that_a_page_is(serve: Serve, trayapp: Server, folder: Path) -> None:
    site = serve()
    url = site.page(tag(trayapp), path="/blog/")
    body = site.answers["/blog/"].body
    assert isinstance(body, str)
    (folder / "public" / "blog" / "index.html").write_text(body)
    root = {"path": str(folder), "label": "site", "status": "watching", "detail": "", "files": 1}
    state = {"url": trayapp.url, "roots": [root]}
    assert 'The page is public/blog/index.html of the watched folder "site".' in look(url, state)[1]
    (folder / "public" / "blog" / "index.html").write_text(f"{body} ")
    assert "The page is no file of a watched folder" in look(url, state)[1]
