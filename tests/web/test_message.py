"""POST / with a message in ntfy's JSON."""

import json
from typing import Any

import pytest

from tests.web.fakes import READ_KEY, Site

WHOLE: dict[str, Any] = {
    "topic": "alerts",
    "message": "disk full\non sda",
    "title": "é",
    "priority": 4,
    "tags": ["warning", "disk"],
    "click": "https://x/",
    "icon": "https://x/i.png",
}


def test_a_message_is_a_notification_on_its_topic(site: Site) -> None:
    answer = site.ask("POST", "/", {"Content-Type": "application/json"}, json.dumps(WHOLE))
    event = site.bus.recent(1)[0]
    assert (event.topic, event.type) == ("alerts", "notify")
    told = json.loads(event.data)
    assert told.pop("time") == pytest.approx(event.time, abs=1)
    assert {"topic": "alerts"} | told == WHOLE
    head = {"id": event.id, "time": int(event.time), "event": "message"}
    assert answer.json == head | WHOLE


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_its_type_may_be_anything(site: Site, kind: str) -> None:
    """`curl -d '{"topic": …}'` says that it is a form."""
    answer = site.ask("POST", "/", {"Content-Type": kind}, '{"topic": "alerts", "message": "hi"}')
    assert answer.status_code == 200
    assert json.loads(site.bus.recent(1)[0].data)["message"] == "hi"


def test_what_says_nothing_is_triggered(site: Site) -> None:
    nothing: dict[str, Any] = {
        "message": None,
        "priority": 0,
        "tags": [],
        "attach": "",
        "markdown": False,
    }
    default = {"message": "", "actions": [], "firebase": "no", "cache": "yes"}
    for message in ({}, nothing, default):
        answer = site.ask("POST", "/", {}, json.dumps({"topic": "alerts"} | message))
        assert answer.json is not None
        assert answer.json["message"] == "triggered", message
        assert set(answer.json) == {"id", "time", "event", "topic", "message"}


def test_members_go_before_headers(site: Site) -> None:
    headers = {"X-Priority": "5", "X-Icon": "https://h/", "Tags": "header"}
    site.ask("POST", "/", headers, '{"topic": "alerts", "priority": 2}')
    told = json.loads(site.bus.recent(1)[0].data)
    assert (told["priority"], told["icon"], told["tags"]) == (2, "https://h/", ["header"])


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", '"x"', "null", "1", "{}", '{"topic": ""}', '{"topic": 1}', "[" * 30000]
    + [f'{{"topic": "{topic}"}}' for topic in ("a b", "change", "api", "x" * 65, "a,b", "\\n")]
    + [
        f'{{"topic": "t", {members}}}'
        for members in (
            '"message": 1',
            '"message": "\\u0000"',
            '"message": "\\ud800"',
            '"title": ["x"]',
            '"title": "a\\nb"',
            '"priority": 6',
            '"priority": -1',
            '"priority": true',
            '"priority": false',
            '"priority": 1.5',
            '"priority": "loud"',
            '"tags": "a"',
            '"tags": [1]',
            '"tags": ["\\ud800"]',
            '"click": "javascript:alert(1)"',
            '"icon": "x"',
            '"colour": "red"',
            '"Message": "x"',
            '"sequence_id": "x"',
        )
    ],
)
def test_what_is_no_message_is_refused(quiet: Site, body: str) -> None:
    answer = quiet.ask("POST", "/", {"Content-Type": "application/json"}, body)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"]
    assert quiet.bus.recent(1) == ()


def test_programs_and_pages_may_send_and_nobody_else(site: Site) -> None:
    body = '{"topic": "t"}'
    page = {"Origin": "http://localhost:3000"}
    answer = site.ask("POST", "/", page, body)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    wish = page | {"Access-Control-Request-Method": "POST"}
    assert site.ask("OPTIONS", "/", wish).headers["Access-Control-Allow-Methods"] == "POST"
    assert site.ask("POST", f"/?key={READ_KEY}", {"Origin": "null"}, body).status_code == 200
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for wrong in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        link | {"Sec-Fetch-Dest": "document"},
    ):
        assert site.ask("POST", "/", wrong, body).status_code == 403
    assert len(site.bus.recent(9)) == 2
