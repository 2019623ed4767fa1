"""Forms, urlencoded and multipart, that become notifications; and text that is no form."""

import io
import json
from typing import Any

import pytest

from tests.web.fakes import Site

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=xx"}


def parts(*fields: tuple[str, str]) -> bytes:
    """The multipart body with these fields; a name may go on with further parameters."""
    lines = [
        f'--xx\r\nContent-Disposition: form-data; name="{name}\r\n\r\n{value}\r\n'
        if '"' in name
        else f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    ]
    return "".join([*lines, "--xx--\r\n"]).encode()


def told(site: Site) -> dict[str, Any]:
    event = site.bus.recent(1)[0]
    assert event.type == "notify"
    found: dict[str, Any] = json.loads(event.data)
    del found["time"]
    return found


@pytest.mark.parametrize("path", ["/notify", "/alerts"])
def test_a_form_is_a_notification_on_its_topic(site: Site, path: str) -> None:
    wanted = {"message": "é & a\nb", "title": "T", "priority": 4, "tags": ["a", "b"]}
    wanted |= {"click": "http://x/"}
    body = "message=%C3%A9+%26+a%0D%0Ab&title=T&priority=high&tags=a%2Cb&click=http%3A%2F%2Fx%2F"
    assert site.ask("POST", path, URLENCODED, f"{body}&icon=").status_code == 200
    assert told(site) == wanted
    fields = [("message", "é & a\r\nb"), ("title", "T"), ("priority", "4"), ("tags", "a,b")]
    answer = site.ask("POST", path, MULTIPART, parts(*fields, ("click", "http://x/")))
    assert answer.status_code == 200
    assert told(site) == wanted
    assert answer.json is not None
    assert answer.json.items() >= ({"topic": path[1:], "event": "message"} | wanted).items()


def test_fields_go_before_headers(site: Site) -> None:
    headers = URLENCODED | {"Title": "header", "Priority": "5"}
    site.ask("POST", "/log", headers, "message=hi&title=field")
    assert told(site) == {"message": "hi", "title": "field", "priority": 5}


@pytest.mark.parametrize(
    "text",
    ["message=two words", "message=a&x=1", "message", "title=x", "message=%zz", "message=é"]
    + ["message=a&message", "message=<b>", "message=%ff", '{"message": "x"}', "a=b&message=c"],
)
def test_text_that_only_resembles_a_form_is_passed_on(site: Site, text: str) -> None:
    assert site.ask("POST", "/log", URLENCODED, text).status_code == 200
    event = site.bus.recent(1)[0]
    assert (event.type, event.data) == ("", text)


def test_a_form_that_says_it_is_something_else_is_none(site: Site) -> None:
    site.ask("POST", "/log", {"Content-Type": "text/plain"}, "message=hi")
    assert site.bus.recent(1)[0].data == "message=hi"


@pytest.mark.parametrize(
    ("headers", "body", "word"),
    [
        (URLENCODED, b"message=", "message"),
        (URLENCODED, b"message=a&message=b", "twice"),
        (URLENCODED, b"message=a&delay=10m", "Delayed"),
        (URLENCODED, b"message=a&priority=9", "Priority"),
        (MULTIPART, parts(("title", "x")), "message"),
        (MULTIPART, parts(("message", "a"), ("message", "b")), "twice"),
        (MULTIPART, parts(("message", "a"), ("colour", "b")), "colour"),
        (MULTIPART, parts(("message", "a"), ("email", "b@c")), "E-mails"),
        (MULTIPART, parts(("message", "a"), ('f"; filename="x"', "b")), "Attachments"),
        (MULTIPART, parts(('message"; filename="x"', "b")), "Attachments"),
        (MULTIPART, parts(("message", "a")).replace(b"\r\n\r\na", b"\r\n\r\n\xff"), "UTF-8"),
        (MULTIPART, parts(("message", "a")).replace(b'; name="message"', b""), "''"),
        (MULTIPART, b"message=hi", "message"),
        (MULTIPART, b"--xx", "message"),
        (MULTIPART, b"", "message"),
        ({"Content-Type": "multipart/form-data"}, parts(("message", "a")), "message"),
    ],
)
def test_a_form_that_cannot_be_used_is_refused(
    quiet: Site, headers: dict[str, str], body: bytes, word: str
) -> None:
    answer = quiet.ask("POST", "/log", headers, body)
    assert answer.status_code == 400
    assert word in answer.text
    assert quiet.bus.recent(1) == ()


def test_a_long_form_is_refused_whole_or_in_chunks(quiet: Site) -> None:
    body = parts(("message", "x" * 70000))
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    chunked |= {"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(body)}
    assert quiet.ask("POST", "/log", MULTIPART, body).status_code == 413
    assert quiet.ask("POST", "/log", MULTIPART, environ=chunked).status_code == 413
    many = parts(*((f"f{number}", "") for number in range(1100)))
    assert quiet.ask("POST", "/log", MULTIPART, many).status_code in {400, 413}
    assert quiet.bus.recent(1) == ()


def test_a_page_may_send_a_form_and_a_foreign_one_not(site: Site) -> None:
    """Browsers name the origin of every form; Sec-Fetch-Site differs between loopback names."""
    sent = URLENCODED | {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    here = sent | {"Origin": "http://127.0.0.1:5173", "Sec-Fetch-Site": "cross-site"}
    assert site.ask("POST", "/notify", here, "message=hi").status_code == 200
    for origin in ("https://evil.example", "null"):
        there = sent | {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
        assert site.ask("POST", "/notify", there, "message=hi").status_code == 403
