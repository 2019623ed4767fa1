"""GET /<topics>/json, /sse, /raw: polls, and what is left for the hub."""

import json
import time
from typing import Any

import pytest

from tests.web.fakes import Site
from trayapp.bus import ALL, ENVIRON_KEY, Moment, Selection, Subscription
from trayapp.event import RESERVED_TOPICS
from trayapp.ntfy import Filter
from trayapp.sse import Decoder

PHONE = "192.168.1.20"


def poll(site: Site, target: str, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """What a poll of a json stream is told."""
    answer = site.ask("GET", target, headers)
    assert answer.status_code == 200, answer.text
    assert ENVIRON_KEY not in site.environ
    return [json.loads(line) for line in answer.data.splitlines()]


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [each["message"] for each in messages]


def live(site: Site, target: str, headers: dict[str, str] | None = None) -> Subscription:
    """What is left for the hub."""
    answer = site.ask("GET", target, headers)
    answer.close()
    assert answer.status_code == 200, answer.text
    found = site.environ[ENVIRON_KEY]
    assert isinstance(found, Subscription)
    return found


def publish(site: Site, *texts: str, topic: str = "log") -> list[str]:
    return [site.bus.publish(topic, text).id for text in texts]


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("json", "application/x-ndjson; charset=utf-8"),
        ("sse", "text/event-stream; charset=utf-8"),
        ("raw", "text/plain; charset=utf-8"),
    ],
)
def test_each_form_has_its_type_and_is_left_for_the_hub(site: Site, form: str, kind: str) -> None:
    wanted = live(site, f"/a,b/{form}")
    assert wanted.selection == Selection(frozenset("ab"), form=form)  # type: ignore[arg-type]
    assert (wanted.cursor, wanted.padded) == (None, False)
    answer = site.ask("HEAD", f"/a/{form}")
    assert (answer.status_code, answer.content_type, answer.data) == (200, kind, b"")
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert ENVIRON_KEY not in site.environ
    browser = {"User-Agent": "Mozilla/5.0"}
    assert live(site, f"/a/{form}", browser).padded is (form == "sse")


def test_a_poll_gets_all_that_is_held_in_every_form(site: Site) -> None:
    ids = publish(site, "one", "two\nlines")
    publish(site, "other", topic="other")
    messages = poll(site, "/log/json?poll=1")
    assert texts(messages) == ["one", "two\nlines"]
    assert [each["id"] for each in messages] == ids
    assert site.ask("GET", "/log/raw?poll=1").data == b"one\ntwo lines\n"
    events = Decoder().feed(site.ask("GET", "/log/sse?poll=1").data)
    assert [(event.type, event.id, json.loads(event.data)) for event in events] == [
        ("message", each["id"], each) for each in messages
    ]
    assert texts(poll(site, "/log,other/json?poll=1")) == ["one", "two\nlines", "other"]
    assert poll(site, "/none/json?poll=1") == []


def test_a_long_answer_is_made_while_it_is_read(site: Site) -> None:
    """Or readers that take their time would hold the history, each on its own."""
    publish(site, *("x" * 60_000 for _ in range(100)))
    answer = site.ask("GET", "/log/json?poll=1")
    pieces = list(answer.iter_encoded())
    answer.close()
    assert max(map(len, pieces)) < 200_000
    assert sum(map(len, pieces)) == answer.content_length
    assert len(b"".join(pieces).splitlines()) == 100


@pytest.mark.parametrize("headers", [{"X-Poll": "1"}, {"Poll": "yes"}, {"po": "true"}])
def test_parameters_may_be_headers(site: Site, headers: dict[str, str]) -> None:
    ids = publish(site, "one", "two")
    assert texts(poll(site, "/log/json", headers)) == ["one", "two"]
    for name in ("X-Since", "Since", "si"):
        assert texts(poll(site, "/log/json", headers | {name: ids[0]})) == ["two"]
    assert texts(poll(site, f"/log/json?po=1&si={ids[0]}&sched=1")) == ["two"]


def test_a_poll_begins_where_it_is_asked_to(site: Site) -> None:
    (first,) = publish(site, "one")
    then = time.time()
    publish(site, "two", "three")
    for since, wanted in {
        "all": ["one", "two", "three"],
        "none": [],
        "latest": ["three"],
        "10m": ["one", "two", "three"],
        "1h30m": ["one", "two", "three"],
        "0s": [],
        "0": ["one", "two", "three"],
        str(int(then) + 60): [],
        first: ["two", "three"],
    }.items():
        assert texts(poll(site, f"/log/json?poll=1&since={since}")) == wanted, since
    assert texts(poll(site, "/log/json?poll=1", {"Last-Event-ID": first})) == ["two", "three"]
    publish(site, "other", topic="other")
    assert texts(poll(site, "/log/json?poll=1&since=latest")) == ["three"]
    assert poll(site, "/none/json?poll=1&since=latest") == []


def test_a_cursor_that_cannot_be_honoured_gets_one_reset(site: Site) -> None:
    publish(site, "one")
    for since in ("0123456789ab-7", f"{site.bus.epoch}-9"):
        (told,) = poll(site, f"/log/json?poll=1&since={since}")
        assert (told["event"], told["id"], told["topic"]) == ("reset", site.bus.id_at(1), "log")
    (event,) = Decoder().feed(site.ask("GET", "/log/sse?poll=1&since=a-1").data)
    assert event.type == "reset"
    assert site.ask("GET", "/log/raw?poll=1&since=a-1").data == b""


def test_a_stream_begins_where_it_is_asked_to(site: Site) -> None:
    before = time.time()
    assert live(site, "/log/json?since=all").cursor == ALL
    assert live(site, "/log/json?since=latest").cursor is None
    ids = publish(site, "one", "two", "three")
    assert live(site, "/log/json?since=latest").cursor == ids[1]
    assert live(site, f"/log/json?since=latest&id={ids[0]}").cursor == ALL
    assert live(site, "/log/json?since=none").cursor is None
    assert live(site, "/log/json?since=1700000000").cursor == Moment(1700000000.0, earlier=True)
    cursor = live(site, "/log/json?since=2d").cursor
    assert isinstance(cursor, Moment)
    assert before - 0.001 <= cursor.time + 2 * 86400 <= time.time() + 0.001
    for headers in ({"Last-Event-ID": ids[0]}, {"Last-Event-ID": "what ever"}):
        assert live(site, "/log/sse?since=all", headers).cursor == headers["Last-Event-ID"]


def test_notifications_are_told_with_their_wishes(site: Site) -> None:
    site.ask("POST", "/alerts", {"Title": "T", "Priority": "max", "Tags": "a,b"}, "hi")
    publish(site, "plain", topic="alerts")
    first, second = poll(site, "/alerts/json?poll=1")
    assert (first["title"], first["priority"], first["tags"]) == ("T", 5, ["a", "b"])
    assert set(second) == {"id", "time", "event", "topic", "message"}
    assert texts(poll(site, "/notify/json?poll=1")) == ["hi"], "those of all topics"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("message=plain", ["plain"]),
        ("title=T", ["hi"]),
        ("priority=high,urgent", ["hi"]),
        ("p=3", ["plain"]),
        ("tags=a", ["hi"]),
        ("tags=a,c", []),
        ("ta=b&t=T&prio=5&m=hi", ["hi"]),
        ("id=x-1", []),
    ],
)
def test_filters_narrow_polls_and_streams(site: Site, query: str, wanted: list[str]) -> None:
    site.ask("POST", "/log", {"Title": "T", "Priority": "max", "Tags": "a,b"}, "hi")
    publish(site, "plain")
    assert texts(poll(site, f"/log/json?poll=1&{query}")) == wanted
    assert live(site, f"/log/json?{query}").selection.filter is not None
    assert live(site, "/log/json", {"Priority": "u=4"}).selection.filter is None
    assert live(site, "/log/json?title=x").selection.filter == Filter(title="x")


@pytest.mark.parametrize("topic", sorted(RESERVED_TOPICS - {"api", "static", "client"}))
def test_reserved_topics_are_read_where_something_is_published(quiet: Site, topic: str) -> None:
    answer = quiet.ask("GET", f"/{topic}/json?poll=1")
    assert answer.status_code == (200 if topic in {"change", "chat"} else 400)


@pytest.mark.parametrize(
    "target",
    [f"/log/json?poll=1&since={since}" for since in ("yesterday", "1w", "-5m", "%D9%A3s", "1h1")]
    + ["/log/json?poll=maybe", "/log/json?sched=x", "/log/json?priority=loud", "/a%20b/json"]
    + ["/a,/json", "/,/raw", "/" + "x" * 65 + "/json", "/a%0A/json"]
    + ["/" + ",".join(f"t{number}" for number in range(65)) + "/json"],
)
def test_what_cannot_be_asked_is_a_bad_request(quiet: Site, target: str) -> None:
    answer = quiet.ask("GET", target)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"]
    assert ENVIRON_KEY not in quiet.environ


def test_the_access_is_that_of_the_stream(quiet: Site) -> None:
    page = {"Origin": "http://localhost:3000"}
    answer = quiet.ask("GET", "/log/json?poll=1", page)
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    for wrong in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    ):
        assert quiet.ask("GET", "/log/json?poll=1", wrong).status_code == 403
    assert quiet.ask("GET", "/log/json?poll=1", peer=PHONE).status_code == 403
    assert quiet.ask("POST", "/log/json", body="hi").status_code == 405
