"""GET /stream: what the view reads of a request and leaves for the hub."""

import time
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from tests.web.fakes import HELLO, Site
from trayapp.bus import ENVIRON_KEY, MemoryBus, Moment, Selection, Subscription
from trayapp.web import answers_at_once, stream


def subscription(site: Site, target: str, headers: dict[str, str] | None = None) -> Subscription:
    answer = site.ask("GET", target, headers)
    answer.close()
    assert answer.status_code == 200, answer.text
    found = site.environ[ENVIRON_KEY]
    assert isinstance(found, Subscription)
    return found


def test_without_parameters_all_topics_from_now(site: Site) -> None:
    assert subscription(site, "/stream") == Subscription(Selection(), None)


@pytest.mark.parametrize("query", ["topic=a,b", "topic=a&topic=b", "topic=b,a&topic=a"])
def test_topics_are_given_repeatedly_or_by_commas(site: Site, query: str) -> None:
    assert subscription(site, f"/stream?{query}").selection.topics == frozenset("ab")


def test_roots_may_hold_any_character(site: Site) -> None:
    selection = subscription(site, "/stream?root=my%2C+site&root=%C3%A9").selection
    assert selection.roots == frozenset({"my, site", "é"})


@pytest.mark.parametrize(
    ("query", "wanted"), [("", False), ("envelope=0", False), ("envelope=1", True)]
)
def test_envelope_is_wished_for(site: Site, query: str, wanted: bool) -> None:
    assert subscription(site, f"/stream?{query}").selection.envelope is wanted


@pytest.mark.parametrize(
    ("target", "headers", "cursor"),
    [
        ("/stream", {"Last-Event-ID": "abc-1"}, "abc-1"),
        ("/stream?last_event_id=abc-2", {}, "abc-2"),
        ("/stream?lastEventId=abc-3", {}, "abc-3"),
        ("/stream?last_event_id=abc-2", {"Last-Event-ID": "abc-1"}, "abc-1"),
        ("/stream?last_event_id=abc-2", {"Last-Event-ID": ""}, "abc-2"),
        ("/stream?last_event_id=", {}, None),
        ("/stream", {"Last-Event-ID": "é".encode().decode("latin-1")}, "é"),
        ("/stream", {"Last-Event-ID": "\xff"}, "ÿ"),
        ("/stream", {"Last-Event-ID": "9" * 5000}, "9" * 256),
    ],
)
def test_the_cursor_is_passed_on_as_given(
    site: Site, target: str, headers: dict[str, str], cursor: str | None
) -> None:
    assert subscription(site, target, headers).cursor == cursor


@pytest.mark.parametrize("seconds", ["0", "0.5", "12.345", "86400"])
def test_since_is_a_duration_that_ends_now(site: Site, seconds: str) -> None:
    before = time.time()
    cursor = subscription(site, f"/stream?since={seconds}s").cursor
    assert isinstance(cursor, Moment)
    assert before - 0.001 <= cursor.time + float(seconds) <= time.time() + 0.001


def test_an_event_id_goes_before_since(site: Site) -> None:
    """A browser that comes back by itself asks for the same address again."""
    headers = {"Last-Event-ID": "abc-1"}
    assert subscription(site, "/stream?since=5s", headers).cursor == "abc-1"
    assert subscription(site, "/stream?since=5s&last_event_id=abc-2").cursor == "abc-2"


def test_types_may_stay_in_the_envelope(site: Site) -> None:
    assert subscription(site, "/stream?envelope=1").selection.typed
    assert subscription(site, "/stream?envelope=1&typed=1").selection.typed
    assert not subscription(site, "/stream?envelope=1&typed=0").selection.typed


@pytest.mark.parametrize(
    "query",
    ["topic=", "topic=a%20b", "topic=a,,b", "topic=%0A", "topic=" + "x" * 65, "envelope=yes"]
    + ["root=" + "x" * 257, "&".join(f"root={n}" for n in range(65))]
    + ["topic=" + ",".join(f"t{n}" for n in range(65)), "topic=<script>"]
    + [f"since={each}" for each in ("", "5", "s", "-1s", "5S", "1e3s", "86400.1s", "nans", "5s%0A")]
    + ["since=%D9%A3s", "typed=0", "typed=0&envelope=0", "typed=no&envelope=1"],
)
def test_a_wish_that_cannot_be_met_is_a_bad_request(site: Site, query: str) -> None:
    answer = site.ask("GET", f"/stream?{query}")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"]
    assert ENVIRON_KEY not in site.environ


def test_the_head_keeps_proxies_from_holding_events_back(site: Site) -> None:
    answer = site.ask("GET", "/stream")
    answer.close()
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store, no-transform"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert "Content-Length" not in answer.headers


def test_a_head_request_holds_no_stream_open(site: Site) -> None:
    answer = site.ask("HEAD", "/stream")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert ENVIRON_KEY not in site.environ


def test_a_refused_stream_leaves_no_subscription(site: Site) -> None:
    environ: dict[str, Any] = {}
    answer = site.ask("GET", "/stream", {"Origin": "https://evil.example"}, environ=environ)
    assert answer.status_code == 403
    assert ENVIRON_KEY not in site.environ


@pytest.mark.parametrize(
    "target",
    ["/stream", "/stream?topic=a,b&root=c&envelope=1", "/stream?last_event_id=x", "/stream?topic"]
    + ["/stream?since=x", "/stream?since=5&last_event_id=x", "/stream?envelope=1&typed=0"]
    + ["/stream?envelope=2", "/stream?lastEventId=%C3%A9&key=1", "/stream?topic=%ff"],
)
def test_the_shortcut_answers_as_the_view_does(target: str) -> None:
    bus, app = MemoryBus(), Flask(__name__)
    app.register_blueprint(stream.blueprint(bus, lambda: HELLO))
    view, passed_on = app.wsgi_app, []

    def watched(environ: Any, start_response: Any) -> Any:
        passed_on.append(target)
        return view(environ, start_response)

    answers = []
    for answering in (view, stream.Shortcut(watched, bus, lambda: HELLO)):
        environ = create_environ(target)
        body, status, headers = run_wsgi_app(answering, environ)
        answers.append((status, list(headers), environ.get(ENVIRON_KEY), next(iter(body))))
        getattr(body, "close", lambda: None)()
    assert answers[0] == answers[1]
    assert bool(passed_on) is (answers[0][0] != "200 OK")


def test_only_the_stream_is_answered_at_once() -> None:
    assert answers_at_once("/stream")
    assert answers_at_once("/stream?topic=a")
    assert not [each for each in ("/", "/streams", "/notify", "/stream/") if answers_at_once(each)]
