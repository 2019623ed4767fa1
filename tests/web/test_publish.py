"""POST /<topic> and POST /notify."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.fakes import Site
from trayapp.bus import Bus
from trayapp.errors import TrayAppError, Unavailable
from trayapp.event import RESERVED_TOPICS, Event
from trayapp.web.notification import MAX_MESSAGE, Wishes, build
from trayapp.web.publish import RESERVED_TYPES

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CHUNKED: dict[str, Any] = {
    "HTTP_TRANSFER_ENCODING": "chunked",
    "wsgi.input_terminated": True,
    "CONTENT_LENGTH": "",
}
JSON = {"Content-Type": "application/json"}


def latin(text: str) -> str:
    """`text` as its UTF-8 octets arrive in a header."""
    return text.encode().decode("latin-1")


def last(site: Site) -> Event:
    return site.bus.recent(1)[0]


def notified(site: Site, topic: str = "notify") -> dict[str, Any]:
    event = last(site)
    assert (event.topic, event.type) == (topic, "notify")
    found: dict[str, Any] = json.loads(event.data)
    return found


# Topics


def test_a_body_becomes_an_event_and_its_id_is_told(site: Site) -> None:
    answer = site.ask("POST", "/log", FORM, "a=b&c=%20d")
    assert answer.json == {"id": last(site).id}
    assert (last(site).topic, last(site).type, last(site).data) == ("log", "", "a=b&c=%20d")


@pytest.mark.parametrize("text", ["é\r\n\u2028", "\ufeffx", "a\0b", " ", "\n", "x" * 65536])
def test_the_body_is_passed_on_as_it_came(site: Site, text: str) -> None:
    assert site.ask("POST", "/log", FORM, text).status_code == 200
    assert last(site).data == text


@pytest.mark.parametrize("text", ['{"a": [1,  2]}\n', "null", '"\\ud800"', "0", "1e400"])
def test_json_is_checked_and_passed_on_as_it_came(site: Site, text: str) -> None:
    assert site.ask("POST", "/log", JSON, text).status_code == 200
    assert last(site).data == text


@pytest.mark.parametrize(
    "text", ["{", "NaN", "[Infinity]", "{'a': 1}", "[" * 30000, " ", "\ufeff1"]
)
def test_what_only_says_that_it_is_json_is_refused(site: Site, text: str) -> None:
    answer = site.ask("POST", "/log", {"Content-Type": "application/json; charset=utf-8"}, text)
    assert answer.status_code == 400
    assert site.bus.recent(1) == ()


@pytest.mark.parametrize("topic", sorted(RESERVED_TOPICS))
def test_reserved_topics_are_refused_with_the_reason(site: Site, topic: str) -> None:
    answer = site.ask("POST", f"/{topic}", FORM, "hi")
    assert answer.status_code in {400, 401, 415}
    assert answer.json is not None
    if topic not in {
        "api",
        "applied",
        "chat",
        "health",
        "metrics",
        "pair",
        "post",
    }:  # they are no topics from the start
        assert topic in answer.json["error"]
    assert site.bus.recent(1) == ()


@pytest.mark.parametrize(
    "path", ["/a%20b", "/é", "/a.b", "/" + "x" * 65, "/a/b", "/%0a", "/log%0a"]
)
def test_what_is_no_topic_is_not_found(site: Site, path: str) -> None:
    answer = site.ask("POST", path, FORM, "hi")
    assert answer.status_code == 404
    assert answer.json is not None
    assert ("is no topic: 1 to 64 of" in answer.json["error"]) == (path != "/a/b")
    assert site.bus.recent(1) == ()


@pytest.mark.parametrize(
    ("target", "headers", "type_"),
    [
        ("/log", {"Event": "build-failed"}, "build-failed"),
        ("/log?event=build-failed", {}, "build-failed"),
        ("/log?event=query", {"Event": "header"}, "header"),
        ("/log", {"Event": latin("é")}, "é"),
        ("/log?event=message", {}, ""),
        ("/log?event=", {}, ""),
    ],
)
def test_the_publisher_names_the_event_type(
    site: Site, target: str, headers: dict[str, str], type_: str
) -> None:
    assert site.ask("POST", target, FORM | headers, "hi").status_code == 200
    assert last(site).type == type_


@pytest.mark.parametrize("type_", [*sorted(RESERVED_TYPES), "a%0Ab", "a%0Db", "a%00b", "x" * 65])
def test_an_event_type_that_would_confuse_readers_is_refused(site: Site, type_: str) -> None:
    assert site.ask("POST", f"/log?event={type_}", FORM, "hi").status_code == 400
    assert site.bus.recent(1) == ()


@pytest.mark.parametrize("path", ["/log", "/notify"])
def test_broken_bodies_are_refused(site: Site, path: str) -> None:
    for body in (b"", b"\xff\xfe", b"\xed\xa0\x80"):
        answer = site.ask("POST", path, FORM, body)
        assert answer.status_code == 400
    answer = site.ask("POST", path, FORM, b"")
    assert answer.json is not None
    assert answer.json["hint"].startswith("For example: curl -d")
    assert f"localhost:8765{path}" in answer.json["hint"]
    assert site.bus.recent(1) == ()


@pytest.mark.parametrize("error", [TimeoutError(), OSError("Invalid chunk header")])
def test_a_body_that_stops_coming_is_no_event(site: Site, error: OSError) -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: object) -> int:
            raise error

    for environ in ({"CONTENT_LENGTH": "5"}, CHUNKED):
        answer = site.ask("POST", "/log", FORM, environ={"wsgi.input": Broken()} | environ)
        assert answer.status_code == 400
    assert site.bus.recent(1) == ()


def test_a_chunked_body_is_taken_up_to_its_limit(site: Site) -> None:
    for size, status in ((65536, 200), (65537, 413), (65538, 413), (200000, 413)):
        environ = {"wsgi.input": io.BytesIO(b"x" * size)} | CHUNKED
        assert site.ask("POST", "/log", FORM, environ=environ).status_code == status
    assert len(site.bus.recent(9)) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_never_publishes(site: Site, method: str) -> None:
    assert site.ask(method, "/notify?text=hi").status_code == 405
    assert site.ask(method, "/log?text=hi").status_code == 404
    assert site.bus.recent(1) == ()


def test_a_bus_that_cannot_keep_the_event_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> list[Event]:
        raise Unavailable("The log is full.", "Free some space.")

    bus: Bus = site.bus
    monkeypatch.setattr(bus, "publish_all", refuse)
    answer = site.ask("POST", "/notify", FORM, "hi")
    assert answer.status_code == 503
    assert answer.json == {"error": "The log is full.", "hint": "Free some space."}
    assert answer.headers["Retry-After"]


# Notifications


def test_a_plain_body_is_a_notification(site: Site) -> None:
    answer = site.ask("POST", "/notify", FORM, "tests passed")
    assert answer.json == {
        "id": last(site).id,
        "time": int(last(site).time),
        "event": "message",
        "topic": "notify",
        "message": "tests passed",
    }
    found = notified(site)
    assert found.pop("time") == pytest.approx(last(site).time, abs=1)
    assert found == {"message": "tests passed"}


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (
            "/notify",
            {"Title": latin("é T"), "Priority": "high", "Tags": "a, b", "Click": "http://x/"},
        ),
        ("/notify", {"X-Title": latin("é T"), "p": "4", "ta": "a,b,", "X-Click": "http://x/"}),
        ("/notify?t=%C3%A9+T&prio=HIGH&tags=a,b&click=http://x/", {}),
        (
            "/notify?title=other&priority=1&tags=c&click=http://y/",
            {"ti": latin("é T"), "X-Priority": "4"} | {"tag": "a,b", "Click": "http://x/"},
        ),
    ],
)
def test_ntfy_names_are_understood(site: Site, target: str, headers: dict[str, str]) -> None:
    assert site.ask("POST", target, FORM | headers, "hi").status_code == 200
    found = notified(site)
    del found["time"]
    wanted = {
        "message": "hi",
        "title": "é T",
        "priority": 4,
        "tags": ["a", "b"],
        "click": "http://x/",
    }
    assert found == wanted


@pytest.mark.parametrize(
    ("target", "headers", "wanted"),
    [
        ("/log", {"Title": "T"}, {"title": "T"}),
        ("/log?p=5", {}, {"priority": 5}),
        ("/log", {"Tags": "a"}, {"tags": ["a"]}),
        ("/log?click=http://x/", {}, {"click": "http://x/"}),
        ("/log", {"X-Icon": "http://x/"}, {"icon": "http://x/"}),
    ],
)
def test_whatever_topic_has_a_title_or_the_like_is_a_notification(
    site: Site, target: str, headers: dict[str, str], wanted: dict[str, Any]
) -> None:
    answer = site.ask("POST", target, FORM | headers, "hi")
    found = notified(site, "log")
    assert found.pop("time") > 0
    assert found == {"message": "hi"} | wanted
    assert answer.json is not None
    assert answer.json.items() >= ({"id": last(site).id, "topic": "log"} | found).items()


def test_a_notification_has_no_type_of_its_own(site: Site) -> None:
    for target, headers in (("/notify", {}), ("/log", {"Title": "T"})):
        answer = site.ask("POST", target, FORM | headers | {"Event": "tick"}, "hi")
        assert answer.status_code == 400
        assert "tick" in answer.text
    assert site.bus.recent(1) == ()


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ("=?UTF-8?B?8J+HqfCfh6o=?=", "\U0001f1e9\U0001f1ea"),
        ("=?utf-8?q?=C3=84pfel?= rot", "Äpfel rot"),
        ("=?iso-8859-1?q?=C4?=", "Ä"),
        ("=?utf-8?b?/w==?=", "=?utf-8?b?/w==?="),
        ("=?utf-8?b?x?=", "=?utf-8?b?x?="),
        ("=?idna?q?xn--a?=", "=?idna?q?xn--a?="),
        ("=?x", "=?x"),
        ("=?utf-8?q?a?= =?\xc3\xa9 x?q?b?=", "=?utf-8?q?a?= =?é x?q?b?="),
        ("=?utf-8?q?a?= =?? ?q?b?=", "a =?? ?q?b?="),
        ("\xdcber Stra\xdfen", "Über Straßen"),  # Latin-1, as Python's requests sends it
        ("\x80 \x99", "€ ™"),
    ],
)
def test_headers_may_be_encoded_words(site: Site, given: str, title: str) -> None:
    assert site.ask("POST", "/notify", FORM | {"Title": given}, "hi").status_code == 200
    assert notified(site)["title"] == title


def test_a_parameter_may_stand_for_the_body(site: Site) -> None:
    assert site.ask("POST", "/log?message=a%20b").status_code == 200
    assert (last(site).type, last(site).data) == ("", "a b")
    assert site.ask("POST", "/notify", {"X-Message": "two\\nlines"}).status_code == 200
    assert notified(site)["message"] == "two\nlines"
    assert site.ask("POST", "/log?m=x&t=y").status_code == 200
    assert notified(site, "log")["title"] == "y"
    answer = site.ask("POST", "/log?m=x", FORM, "body")
    assert answer.status_code == 400
    assert "Attachments" in answer.text


@pytest.mark.parametrize("urgency", ["u=4", "u=0, i", "i"])
def test_how_soon_a_browser_needs_the_answer_is_no_wish(site: Site, urgency: str) -> None:
    """Firefox sends it with every request (RFC 9218)."""
    headers = FORM | {"Priority": urgency}
    assert site.ask("POST", "/notify?priority=5", headers, "hi").status_code == 200
    assert notified(site)["priority"] == 5


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(priority="0"),
        Wishes(priority="6"),
        Wishes(priority="loud"),
        Wishes(priority="٣"),
        Wishes(title="a\nb"),
        Wishes(title="x" * 257),
        Wishes(tags=",".join("abcdefghijklmnopq")),
        Wishes(click="javascript:alert(1)"),
        Wishes(click=" javascript:alert(1)"),
        Wishes(click="data:text/html,x"),
        Wishes(click="/relative"),
        Wishes(click="http://["),
        Wishes(icon="file:///etc/passwd"),
        Wishes(icon="mailto:a@b"),
        Wishes(icon="https://x/" + "x" * 2048),
    ],
)
def test_a_wish_that_cannot_be_met_is_named(wishes: Wishes) -> None:
    with pytest.raises(TrayAppError):
        build("hi", wishes)


def test_a_message_has_an_end(site: Site) -> None:
    assert site.ask("POST", "/notify", FORM, "é" * MAX_MESSAGE).status_code == 200
    assert site.ask("POST", "/notify", FORM, "é" * (MAX_MESSAGE + 1)).status_code == 400
    assert len(site.bus.recent(9)) == 1


@given(st.text(min_size=1, max_size=200))
def test_every_message_survives_the_way(message: str) -> None:
    assert json.loads(build(message, Wishes(), 1.5)) == {"message": message, "time": 1.5}


# Lines


def test_each_line_is_an_event(site: Site) -> None:
    answer = site.ask("POST", "/log?lines=1&event=tick", FORM, "one\r\n\n two=2\nthr\ree")
    events = site.bus.recent(3)
    assert answer.json == {"id": events[-1].id, "count": 3}
    assert [event.data for event in events] == ["one", " two=2", "thr\ree"]
    assert {(event.topic, event.type) for event in events} == {("log", "tick")}


def test_lines_of_json_are_checked_one_by_one(site: Site) -> None:
    kind = {"Content-Type": "application/x-ndjson"}
    answer = site.ask("POST", "/log", kind, '{"a":  1}\n[]\n')
    assert (answer.json or {})["count"] == 2
    assert site.bus.recent(2)[0].data == '{"a":  1}'
    before = site.bus.head
    assert site.ask("POST", "/log", kind, "{}\n{\n").status_code == 400
    assert site.ask("POST", "/log?lines=1", JSON, "{}\nno").status_code == 400
    assert site.bus.head == before


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/log?lines=1", "\n\r\n", "has 0 lines"),
        ("/log?lines=1", "x\n" * 1001, "has 1001 lines"),
        ("/log?lines=yes", "x", "lines is 1 or 0"),
        ("/log?lines=1&title=x", "x", "a notification is sent alone"),
        ("/notify?lines=1", "x", "a notification is sent alone"),
    ],
)
def test_lines_that_cannot_be_are_refused(site: Site, path: str, body: str, words: str) -> None:
    before = site.bus.head
    answer = site.ask("POST", path, FORM, body)
    assert answer.status_code == 400
    assert words in (answer.json or {})["error"]
    assert site.bus.head == before
