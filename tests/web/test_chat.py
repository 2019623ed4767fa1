"""The chat behind the guard: what becomes a line, whose name stands on it, and who may say it."""

import dataclasses
import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from werkzeug.test import TestResponse

from tests.web.fakes import POLICY, READ_KEY, Site
from trayapp.web import chat

FORM = "application/x-www-form-urlencoded"
PHONE = "192.168.1.20"
HOST = {"Host": "192.168.1.5:8765"}
OWN = {"Origin": "http://localhost:8765"}


@pytest.fixture
def shared() -> Site:
    return Site(dataclasses.replace(POLICY, lan=True))


def post(
    site: Site, path: str, form: dict[str, str], peer: str = "127.0.0.1", **headers: str
) -> TestResponse:
    return site.client.post(
        path,
        data=form,
        headers={"Host": "localhost:8765"} | headers,
        environ_overrides={"REMOTE_ADDR": peer},
    )


def said(site: Site) -> list[tuple[str, str]]:
    """Name and message of each line, read as the documents say."""
    lines = [event.data for event in site.bus.recent(1000) if event.topic == "chat"]
    return [(line.partition("] ")[2].split(": ", 1)[0], line.split(": ", 1)[1]) for line in lines]


def introduce(site: Site, name: str) -> str:
    """The Cookie header of who has this name."""
    answer = post(site, "/chat", {"name": name}, **OWN)
    assert answer.status_code == 200, answer.text
    return answer.headers["Set-Cookie"].partition(";")[0]


# Lines


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data"])
def test_a_form_becomes_a_line_and_is_answered_without_a_word(site: Site, kind: str) -> None:
    answer = post(site, "/post", {"message": "hällo: [you]"}, **{"Content-Type": kind})
    assert (answer.status_code, answer.data) == (204, b"")
    (event,) = site.bus.recent(1)
    assert (event.topic, event.type) == ("chat", "")
    assert re.fullmatch(
        r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d\] anonymous: hällo: \[you\]", event.data
    )
    time = datetime.fromisoformat(event.data[1:26])
    assert abs(time.timestamp() - event.time) < 2


def test_the_time_is_that_of_its_own_zone() -> None:
    at = datetime(2026, 3, 1, 12, 0, 5, 999999, timezone(-timedelta(hours=3, minutes=30)))
    assert chat.line(at, "Ann", "hi") == "[2026-03-01T12:00:05-03:30] Ann: hi"
    assert chat.line(at.astimezone(UTC), "Ann", "hi") == "[2026-03-01T15:30:05+00:00] Ann: hi"


def test_a_message_keeps_its_lines_and_spaces(site: Site) -> None:
    post(site, "/post", {"message": "\r\n  if x:\r\n\r\n    y\rz \n", "name": "a:b"})
    assert said(site) == [("a:b", "  if x:\n\n    y\nz ")]


@pytest.mark.parametrize("message", ["x" * 4096, "😀" * 4096, "<b>\0\x1b[31m\u202e"])
def test_any_text_is_a_message(site: Site, message: str) -> None:
    assert post(site, "/post", {"message": message}).status_code == 204
    assert said(site) == [("anonymous", message)]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "no field message"),
        ({"text": "hi"}, "no field message"),
        ({"message": " \r\n\t"}, "empty"),
        ({"message": "x" * 4097}, "4097 characters, more than 4096"),
        ({"message": "hi", "name": "a: b"}, "colon"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(
    site: Site, form: dict[str, str], words: str
) -> None:
    answer = post(site, "/post", form)
    assert answer.status_code == 400
    assert answer.json is not None
    assert words in answer.json["error"]
    assert said(site) == []


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data", FORM])
def test_what_is_no_form_is_refused(site: Site, kind: str) -> None:
    for body in (b"hi", b"\xff", b"--x\r\n", b""):
        answer = site.ask("POST", "/post", {"Content-Type": kind}, body)
        assert answer.status_code == 400
    assert said(site) == []


# Names


def test_a_name_is_kept_in_a_cookie_of_its_own(site: Site) -> None:
    answer = post(site, "/chat", {"name": " Ann  Lee "}, **OWN)
    assert answer.json == {"name": "Ann  Lee"}
    cookie, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert cookie.startswith("trayapp-chat=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
    assert "Domain" not in answer.headers["Set-Cookie"]
    assert post(site, "/post", {"message": "hi"}, Cookie=cookie).status_code == 204
    post(site, "/post", {"message": "hi", "name": "Bob"}, Cookie=cookie)
    post(site, "/post", {"message": "hi", "name": ""}, Cookie=cookie)
    assert [name for name, _ in said(site)] == ["Ann  Lee", "Bob", "Ann  Lee"]
    history = site.ask("GET", "/chat/history", {"Cookie": cookie})
    assert history.json is not None
    assert history.json["name"] == "Ann  Lee"
    assert "Set-Cookie" not in history.headers, "it is set when it is given, and lasts"


def test_an_empty_name_is_forgotten(site: Site) -> None:
    introduce(site, "Ann")
    assert post(site, "/post", {"message": "hi"}, Cookie=introduce(site, " ")).status_code == 204
    assert said(site) == [("anonymous", "hi")]


def test_a_name_that_nobody_signed_is_none(site: Site) -> None:
    cookie = introduce(site, "Ann")
    # Not the last character: some of its bits are no part of the signature.
    forged = cookie[:-5] + ("A" if cookie[-5] != "A" else "B") + cookie[-4:]
    other = Site()
    other.app.secret_key = "of another run"
    for known in (forged, introduce(other, "Bob"), "trayapp-chat=", "trayapp-chat=x.y.z"):
        post(site, "/post", {"message": "hi"}, Cookie=known)
    assert {name for name, _ in said(site)} == {"anonymous"}


@pytest.mark.parametrize(
    "name", ["A", "x" * 40, "Zoë", "李小龍", "שרה", "👩‍👩‍👧", "a:b", "[x]", "<b>"]
)
def test_most_names_are_names(name: str) -> None:
    assert chat.name_of(f" {name} ") == name


@pytest.mark.parametrize("name", ["x" * 41, "a: b", "", " ", "\u200b", "\u0301", "\u200d\ufeff"])
def test_what_cannot_be_read_as_a_name_is_refused(site: Site, name: str) -> None:
    with pytest.raises(Exception, match="name"):
        chat.name_of(name)


@pytest.mark.parametrize(
    "unfit", [*"\0\t\n\r\v\x1b\x7f\x85\u2028\u2029\u061c\u200e\u200f", *"\u202a\u202e\u2066\u2069"]
)
def test_what_would_show_a_name_elsewhere_is_refused(site: Site, unfit: str) -> None:
    answer = post(site, "/chat", {"name": f"A{unfit}nn"}, **OWN)
    assert answer.status_code == 400
    assert answer.json is not None
    assert f"U+{ord(unfit):04X}" in answer.json["error"]
    assert "Set-Cookie" not in answer.headers


# History


def history(site: Site) -> dict[str, object]:
    answer = site.ask("GET", "/chat/history")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    return dict(answer.json)


def test_the_history_is_the_chats_own_and_ends_where_the_stream_goes_on(site: Site) -> None:
    assert history(site) == {"id": site.bus.id_at(0), "name": "", "messages": []}
    lines = []
    for number in range(3):
        site.bus.publish("log", "of others")
        lines.append(site.bus.publish("chat", f"[t] Ann: {number}"))
    last = site.bus.publish("notify", "{}", type="notify")
    given = [{"id": line.id, "data": line.data} for line in lines]
    assert history(site) == {"id": last.id, "name": "", "messages": given}


def test_a_long_history_is_made_while_it_is_read(site: Site) -> None:
    """Or readers that take their time would hold it, each on its own."""
    for _ in range(40):
        site.bus.publish("chat", "[t] Ann: " + "\N{GRINNING FACE}" * 4000)
    answer = site.ask("GET", "/chat/history")
    pieces = list(answer.iter_encoded())
    answer.close()
    assert max(map(len, pieces)) < 200_000
    assert sum(map(len, pieces)) == answer.content_length
    assert len(json.loads(b"".join(pieces))["messages"]) == 40


def test_the_history_has_a_bound_and_forgets_the_oldest(site: Site) -> None:
    for number in range(chat.SHOWN + 2):
        site.bus.publish("chat", str(number))
    messages = history(site)["messages"]
    assert isinstance(messages, list)
    assert (len(messages), messages[0]["data"]) == (chat.SHOWN, "2")


# Who


def test_the_page_is_the_same_for_everybody_and_leads_back(site: Site) -> None:
    site.bus.publish("chat", "[t] Ann: secret")
    first = site.ask("GET", "/chat", {"Cookie": introduce(site, "Ann")})
    assert first.status_code == 200
    assert first.text == site.ask("GET", "/chat").text
    assert 'href="/"' in first.text
    for word in ("secret", "Ann", "<style", " style=", " onclick=", "<script>"):
        assert word not in first.text


def test_other_pages_of_this_computer_say_something_but_do_not_name_anybody(site: Site) -> None:
    other = {"Origin": "http://localhost:5173"}
    assert post(site, "/post", {"message": "hi"}, **other).status_code == 204
    assert post(site, "/chat", {"name": "Ann"}, **other).status_code == 403
    assert site.ask("GET", "/chat/history", other).status_code == 403
    for foreign in ("https://evil.example", "null"):
        assert post(site, "/post", {"message": "hi"}, Origin=foreign).status_code == 403
    assert len(said(site)) == 1


def test_a_page_that_chatters_is_slowed_down_and_a_program_is_not(site: Site) -> None:
    answers = [post(site, "/post", {"message": "hi"}, **OWN).status_code for _ in range(60)]
    assert set(answers) == {204, 429}
    assert post(site, "/post", {"message": "hi"}).status_code == 204


def test_only_a_paired_device_is_let_in(shared: Site) -> None:
    stranger = shared.ask("GET", "/chat", HOST, peer=PHONE)
    assert (stranger.status_code, stranger.headers["Location"]) == (303, "/pair")
    for path in ("/post", "/chat"):
        form = {"message": "hi", "name": "Ann"}
        assert post(shared, path, form, PHONE, **HOST).status_code == 401
    for path in ("/chat/history", "/static/chat.js", "/static/chat.css"):
        assert shared.ask("GET", path, HOST, peer=PHONE).status_code == 401
    assert said(shared) == []


def test_a_paired_device_chats(shared: Site) -> None:
    paired = HOST | {"Cookie": shared.pair(peer=PHONE)}
    for path in ("/chat", "/chat/history", "/static/chat.js", "/static/chat.css"):
        with shared.ask("GET", path, paired, peer=PHONE) as answer:
            assert answer.status_code == 200
    named = post(shared, "/chat", {"name": "Ann"}, PHONE, **paired)
    both = paired | {"Cookie": f"{paired['Cookie']}; {named.headers['Set-Cookie'].split(';')[0]}"}
    assert post(shared, "/post", {"message": "hi"}, PHONE, **both).status_code == 204
    key = shared.ask(
        "POST", f"/post?key={READ_KEY}", HOST | {"Content-Type": FORM}, "message=hi", peer=PHONE
    )
    assert key.status_code == 204
    assert said(shared) == [("Ann", "hi"), ("anonymous", "hi")]
