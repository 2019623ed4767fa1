"""The room as a library: an application that stands alone, and the stream in somebody else's."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from tests import support
from trayapp.bus import MemoryBus
from trayapp.sse import Decoder, Dispatched
from trayapp.web import create_app, stream_blueprint

HERE = {"Host": "localhost:5000"}


def ask(app: Flask, method: str, path: str, data: Any = None, **headers: str) -> TestResponse:
    peer = headers.pop("peer", "127.0.0.1")
    return Client(app).open(
        path,
        method=method,
        data=data,
        headers=HERE | headers,
        environ_overrides={"REMOTE_ADDR": peer},
    )


def events(answer: TestResponse, count: int) -> list[Dispatched]:
    """The first `count` events of a stream, which is closed then."""
    decoder, found = Decoder(), list[Dispatched]()
    chunks: Iterator[bytes] = answer.iter_encoded()
    while len(found) < count:
        found += decoder.feed(next(chunks))
    answer.close()
    return found


def test_it_streams_what_is_published_by_request_and_by_code() -> None:
    app = create_app()
    bus = app.extensions["trayapp"]
    before = bus.id_at(0)
    first = ask(app, "POST", "/news", "hello").json
    second = bus.publish("news", "from code").id
    ask(app, "POST", "/post", {"message": "hi", "name": "Ann"})
    hello, *rest = events(ask(app, "GET", f"/stream?last_event_id={before}"), 4)
    assert json.loads(hello.data)["epoch"] == bus.epoch
    assert [event.id for event in rest[:2]] == [first and first["id"], second]
    assert rest[2].data.endswith("] Ann: hi")


def test_it_has_the_chat_and_the_page_script_and_no_control() -> None:
    app = create_app()
    for path in ("/chat", "/chat/history", "/static/chat.js", "/client.js", "/client/morph.js"):
        with ask(app, "GET", path) as answer:
            assert answer.status_code == 200, path
    assert 'href="/"' not in ask(app, "GET", "/chat").text
    for path in ("/", "/pair", "/health", "/metrics", "/api/state"):
        assert ask(app, "GET", path).status_code in {401, 404, 405}, path
    came = {"event": "came", "page": "0" * 8, "url": "", "title": "", "size": 0, "hidden": False}
    assert ask(app, "POST", "/applied", json.dumps(came)).json == {"file": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"Host": "evil.example"},
        {"Host": "192.168.1.5:5000"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"peer": "192.168.1.20"},
        {"peer": "8.8.8.8"},
        {"peer": ""},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_it_is_for_this_computer_only(wrong: dict[str, str]) -> None:
    app = create_app()
    app.add_url_rule("/mine", view_func=lambda: "mine")
    for method, path in (
        ("GET", "/stream"),
        ("POST", "/news"),
        ("POST", "/post"),
        ("GET", "/mine"),
    ):
        answer = ask(app, method, path, **wrong)
        assert answer.status_code in {401, 403}, (method, path)
        assert b"mine" not in answer.data
    assert app.extensions["trayapp"].recent(1) == ()
    assert ask(app, "GET", "/mine").text == "mine"


def test_a_mistake_in_a_route_of_ones_own_is_left_to_flask() -> None:
    app = create_app()
    app.add_url_rule("/mine", view_func=lambda: str(1 // 0))
    answer = ask(app, "GET", "/mine")
    assert answer.status_code == 500
    assert answer.json is not None
    assert "trayapp" not in answer.json["error"]
    app.debug = True
    with pytest.raises(ZeroDivisionError):
        ask(app, "GET", "/mine")


def test_each_has_a_bus_of_its_own_or_the_one_it_is_given() -> None:
    bus = MemoryBus()
    assert create_app(bus).extensions["trayapp"] is bus
    one, other = create_app(), create_app()
    assert one.extensions["trayapp"] is not other.extensions["trayapp"]
    assert one.secret_key != other.secret_key


def test_to_make_it_starts_and_opens_nothing() -> None:
    threads, files = support.open_threads(), support.open_files()
    create_app()
    assert support.open_threads() == threads
    assert support.open_files() == files


def test_the_stream_goes_into_an_application_of_ones_own() -> None:
    app, bus = Flask(__name__), MemoryBus()
    app.register_blueprint(stream_blueprint(bus), url_prefix="/events")
    said = bus.publish("news", "hello")
    found = events(ask(app, "GET", f"/events/stream?last_event_id={bus.id_at(0)}"), 2)
    assert [event.type for event in found] == ["hello", "message"]
    assert found[1].id == said.id
    answer = ask(app, "GET", "/events/stream")
    answer.close()
    assert answer.headers["Cache-Control"] == "no-store, no-transform"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert ask(app, "GET", "/events/stream?envelope=x").status_code == 400
    assert ask(app, "POST", "/events/stream").status_code == 405
