"""Every hostile request that can be sent over a socket, answered by the real server as wanted."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from tests.hostile.cases import Case, fill, load
from tests.hostile.elsewhere import CONTRADICTED, ELSEWHERE
from tests.hostile.places import Place
from tests.hostile.wire import Answer, exchange
from trayapp.sse import Dispatched

CASES = load()
SENT = [case for case in CASES if case.kind in {"http", "raw"}]
END = b"POST /hostile-end?event=end HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx"


def on(server: str) -> pytest.MarkDecorator:
    """The cases for one of the three servers."""
    wanted = [pytest.param(case, id=case.id) for case in SENT if server_of(case) == server]
    return pytest.mark.parametrize("case", wanted)


def server_of(case: Case) -> str:
    return "lan" if case.mode == "lan" else case.server


@on("main")
def test_the_service_answers_as_wanted(case: Case, service: Place) -> None:
    try:
        check(case, service)
    finally:
        if case.id == "ctl-ok":  # which has switched sharing on
            off = dataclasses.replace(case, request={**case.request, "body": '{"on": false}'})
            assert send(off, service).status == 200


@on("lan")
def test_a_computer_with_lan_on_answers_as_wanted(case: Case, lan: Place) -> None:
    check(case, lan)


@on("site")
def test_a_site_answers_as_wanted(case: Case, site: Place) -> None:
    check(case, site)


def test_the_file_is_all_there() -> None:
    ids = [case.id for case in CASES]
    assert len(ids) == len(set(ids)) == 201
    assert len(SENT) == 163
    assert {server_of(case) for case in SENT} == {"main", "lan", "site"}


def test_no_case_is_forgotten() -> None:
    ids = {case.id for case in CASES}
    sent = {case.id for case in SENT}
    assert set(CONTRADICTED) <= sent
    assert ids - sent == set(ELSEWHERE)


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=list(ELSEWHERE))
def test_the_tests_that_cover_other_cases_exist(place: str) -> None:
    file, _, name = place.partition("::")
    assert f"def {name}(" in (Path(__file__).parent.parent / file).read_text("utf-8")


def check(case: Case, place: Place) -> None:
    """As wanted; or on purpose not, and then the list that says so must be right."""
    faults = attack(case, place)
    if case.id in CONTRADICTED:
        assert faults, f"answered as wanted: take {case.id} off the list in elsewhere.py"
    else:
        assert faults == []


def attack(case: Case, place: Place) -> list[str]:
    """Send the request; what is wrong with the answer, and with what pages saw of it."""
    if not (case.expected.get("no_event") or case.expected.get("sse_data_roundtrip")):
        return judge(case, send(case, place), place)
    with place.listener() as listener:
        faults = judge(case, send(case, place), place)
        assert exchange(place.connect("loopback"), END).status == 200
        events = listener.until("end")[:-1]  # the end was published last, so nothing is under way
        return faults + judge_events(case, events, listener.seen.decode())


def send(case: Case, place: Place) -> Answer:
    return exchange(place.connect(case.peer), case.octets(place.values))


def judge(case: Case, answer: Answer, place: Place) -> list[str]:
    """The differences between `answer` and what the case expects."""
    expected, headers = case.expected, answer.headers
    body = answer.body.decode("utf-8", "replace")
    faults = [] if answer.status in expected["status"] else [f"status {answer.status}: {body}"]
    for name, value in expected.get("headers", {}).items():
        if headers.get(name.lower()) != fill(value, place.values):
            faults.append(f"{name} is {headers.get(name.lower())}, not {value}")
    for name in expected.get("absent_headers", []):
        if name.lower() in headers:
            faults.append(f"{name} is there: {headers[name.lower()]}")
    for name, pattern in expected.get("header_not_match", {}).items():
        if re.search(pattern, headers.get(name.lower(), "")):
            faults.append(f"{name} is {headers[name.lower()]}")
    faults += [f"the body has {text}" for text in expected.get("body_absent", []) if text in body]
    if not headers.get("content-type", "").startswith(expected.get("ctype", "")):
        faults.append(f"Content-Type is {headers.get('content-type')}")
    if expected.get("vary", "").lower() not in headers.get("vary", "").lower():
        faults.append(f"Vary is {headers.get('vary')}")
    if answer.status >= 400 and headers.get("connection") != "close":
        faults.append("the connection is not said to end")
    if expected.get("closes") and not answer.closed:
        faults.append("the connection stays open")
    if expected.get("one_response") and len(answer.statuses) != 1:
        faults.append(f"responses: {answer.statuses}")
    return faults


def judge_events(case: Case, events: list[Dispatched], seen: str) -> list[str]:
    """What pages must not have seen, and the one notification they must have."""
    if case.expected.get("no_event"):
        return [f"an event got out: {event}" for event in events]
    faults = [f"the stream has {text!r}" for text in case.expected["sse_absent"] if text in seen]
    messages = [json.loads(event.data)["message"] for event in events]
    if messages != [case.body.decode()]:
        faults.append(f"the message arrived as {messages}")
    return faults
