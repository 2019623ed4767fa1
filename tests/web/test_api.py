"""The control API: what it does, and which bodies it refuses."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from tests.web.fakes import DASHBOARD, READ_KEY, TOKEN, Recorded, Site

NONCE = "00112233445566778899aabbccddeeff"


def test_the_state_is_shown_as_it_is(site: Site) -> None:
    found = site.control("GET", "/api/state").json
    assert found is not None
    assert found["status"] == "on"
    assert found["roots"][0]["label"] == "a"


def test_recent_events_are_listed_oldest_first(site: Site) -> None:
    published = [site.bus.publish("log", str(number), root="r") for number in range(105)]
    found = site.control("GET", "/api/events").json
    assert found is not None
    assert [event["id"] for event in found["events"]] == [event.id for event in published[5:]]
    assert set(found["events"][0]) == {"id", "time", "topic", "type", "root", "data"}


@pytest.mark.parametrize(
    ("target", "body", "calls"),
    [
        ("/api/pause", {}, [("pause",)]),
        ("/api/resume", {}, [("resume",)]),
        ("/api/stop", {}, [("request_stop",)]),
        ("/api/open", {}, [("open_dashboard",)]),
        ("/api/reload", {}, [("reload_pages",)]),
        ("/api/notifications", {"on": False}, [("set_notifications", "False")]),
        ("/api/autostart", {"on": True}, [("set_autostart", "True")]),
        ("/api/roots/remove", {"root": "site"}, [("remove_root", "site")]),
        ("/api/loops/resume", {"root": "site", "path": "a"}, [("allow_loop", "site", "a")]),
        ("/api/lan/keep", {"on": True}, [("keep_lan", "True")]),
        ("/api/from-disk", {"on": True}, [("allow_from_disk", "True")]),
        ("/api/devices/forget", {"device": "d"}, [("forget_device", "d")]),
        ("/api/devices/forget-all", {}, [("forget_devices",)]),
        (
            "/api/devices/rename",
            {"device": "d", "name": "Élan"},
            [("rename_device", "d", "Élan")],
        ),
    ],
)
def test_commands_reach_the_service_and_answer_nothing(
    site: Site, target: str, body: Any, calls: list[tuple[str, ...]]
) -> None:
    assert site.control("POST", target, body).json == {}
    assert site.service.calls == calls
    assert site.control("GET", target).status_code == 405
    assert site.service.calls == calls


def test_a_new_root_is_answered_with_its_state(site: Site) -> None:
    found = site.control("POST", "/api/roots", {"path": "/some/where"}).json
    assert found is not None
    assert (found["label"], found["path"], found["status"]) == ("site", "/some/where", "scanning")


def test_a_known_failure_is_shown_with_its_hint(site: Site) -> None:
    answer = site.control("POST", "/api/roots", {"path": "/nowhere"})
    assert answer.status_code == 400
    assert answer.json == {"error": "There is no folder /nowhere.", "hint": "Choose another."}


def test_a_wide_folder_needs_a_second_word(site: Site) -> None:
    answer = site.control("POST", "/api/roots", {"path": "/"})
    assert answer.status_code == 409
    assert answer.json is not None
    assert "--wide" in answer.json["hint"]
    assert site.control("POST", "/api/roots", {"path": "/", "wide": False}).status_code == 409
    assert site.control("POST", "/api/roots", {"path": "/", "wide": "true"}).status_code == 400
    assert site.service.calls == []
    assert site.control("POST", "/api/roots", {"path": "/", "wide": True}).status_code == 200


def test_what_is_ignored_is_answered_with_the_line_and_its_file(site: Site) -> None:
    answer = site.control("POST", "/api/ignore", {"root": "site", "path": "a.log"})
    assert answer.json == {"file": "/site/.trayappignore", "pattern": "/a.log"}
    assert site.service.calls == [("ignore", "site", "a.log")]


@pytest.mark.parametrize(
    "body",
    ['{"on":', "", "[]", '"on"', "null", "{}", '{"on": "false"}', '{"on": 1}', '{"on": 0.0}']
    + ['{"on": null}', '{"on": true, "more": 1}', '{"ON": true}', '{"on": NaN}', "[" * 30000]
    + ['{"on": ' + "[" * 30000, '{"on": true} x'],
)
def test_only_the_exact_shape_is_taken(site: Site, body: str) -> None:
    headers = {"X-TrayApp-Token": TOKEN, "Content-Type": "application/json"}
    answer = site.ask("POST", "/api/notifications", headers, body)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"]
    assert site.service.calls == []


@pytest.mark.parametrize("path", ['"a\\u0000b"', '"\\ud800"', "1", "[]", "null"])
def test_a_path_is_text_that_a_system_can_hold(site: Site, path: str) -> None:
    headers = {"X-TrayApp-Token": TOKEN, "Content-Type": "application/json"}
    assert site.ask("POST", "/api/roots", headers, f'{{"path": {path}}}').status_code == 400
    assert site.service.calls == []


def test_who_read_the_token_switches_sharing_on(site: Site) -> None:
    assert site.control("POST", "/api/lan", {"on": True}).json == {"on": True, "asked": False}
    assert site.control("POST", "/api/lan", {"on": False}).json == {"on": False, "asked": False}
    calls = [("set_lan", "True", "confirmed"), ("set_lan", "False", "confirmed")]
    assert site.service.calls == calls


def test_a_dashboard_only_asks_for_sharing(site: Site) -> None:
    _, session = site.tokens.trade(site.tokens.issue_code(0.0), 0.0)
    answer = site.control("POST", "/api/lan", {"on": True}, **{"X-TrayApp-Token": session})
    assert answer.json == {"on": False, "asked": True}
    assert site.service.calls == [("set_lan", "True", "asked")]


def test_an_invitation_has_a_code_to_scan_for_each_address(site: Site) -> None:
    site.service.set_lan(True, confirmed=True)
    given = site.control("POST", "/api/invite", {}).json
    assert given is not None
    assert given["seconds"] == 120
    assert given["advice"] == [{"text": "Look at the firewall.", "command": "sudo ufw status"}]
    urls = [link["url"] for link in given["links"]]
    assert urls == ["http://192.168.1.5:8765/pair?code=c", "http://[fd00::5]:8765/pair?code=c"]
    assert all(link["svg"].startswith("<svg ") for link in given["links"])
    assert all("▀" in link["text"] for link in given["links"])


def test_there_is_no_invitation_while_sharing_is_off(site: Site) -> None:
    answer = site.control("POST", "/api/invite", {})
    assert answer.status_code == 400
    assert answer.json == {"error": "Sharing is off.", "hint": "Switch it on: trayapp lan on"}


def test_an_unknown_device_is_a_known_failure(site: Site) -> None:
    answer = site.control("POST", "/api/devices/forget", {"device": "unknown"})
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"] == "There is no such device."


def test_the_read_key_is_for_who_has_the_token(site: Site) -> None:
    assert site.control("GET", "/api/key").json == {"key": READ_KEY}
    refused = site.ask("GET", "/api/key")
    assert refused.status_code == 401
    assert READ_KEY not in refused.text


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/api/lan", {"on": 1}),
        ("/api/lan", {}),
        ("/api/lan", {"on": True, "confirmed": True}),
        ("/api/lan/keep", {"on": "true"}),
        ("/api/invite", {"seconds": 9}),
        ("/api/from-disk", {"on": None}),
        ("/api/autostart", {"on": 1}),
        ("/api/autostart", {"on": True, "command": "calc"}),
        ("/api/devices/rename", {"device": "d"}),
        ("/api/devices/rename", {"device": "d", "name": 1}),
        ("/api/devices/forget", {"device": ["d"]}),
        ("/api/devices/forget-all", []),
    ],
)
def test_sharing_takes_only_the_exact_shape(site: Site, target: str, body: Any) -> None:
    assert site.control("POST", target, body).status_code == 400
    assert site.service.calls == []


def test_a_code_from_the_tray_buys_control_for_the_dashboard(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.monotonic", site.clock)
    host = f"{DASHBOARD}:8765"
    own = {"Content-Type": "application/json", "Host": host, "Origin": f"http://{host}"}
    body = json.dumps({"code": site.tokens.issue_code(site.clock())})
    answer = site.ask("POST", "/api/session", own, body)
    assert answer.json is not None
    token = answer.json["token"]
    assert site.control("GET", "/api/state", **{"X-TrayApp-Token": token}).status_code == 200
    again = site.ask("POST", "/api/session", own, body)
    assert again.status_code == 401
    assert again.json is not None
    assert "trayapp open" in again.json["hint"]
    late = json.dumps({"code": site.tokens.issue_code(site.clock())})
    site.clock.now += 60
    assert site.ask("POST", "/api/session", own, late).status_code == 401


def test_guessing_codes_is_limited(site: Site) -> None:
    headers = {"Content-Type": "application/json"}
    statuses = [
        site.ask("POST", "/api/session", headers, '{"code": "guess"}').status_code
        for _ in range(12)
    ]
    assert statuses == [401] * 10 + [429] * 2


def test_the_service_proves_that_it_holds_the_token(site: Site) -> None:
    headers = {"Content-Type": "application/json"}
    answer = site.ask("POST", "/api/proof", headers, json.dumps({"nonce": NONCE}))
    message = f"trayapp-proof:{NONCE}".encode()
    wanted = hmac.new(TOKEN.encode(), message, hashlib.sha256).hexdigest()
    assert answer.json == {"proof": wanted}


@pytest.mark.parametrize("nonce", ["", "00", "é" * 16, NONCE + "0", NONCE.upper(), NONCE + "\\n"])
def test_a_nonce_is_plain_hex(site: Site, nonce: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = site.ask("POST", "/api/proof", headers, f'{{"nonce": "{nonce}"}}')
    assert answer.status_code == 400


def test_the_chooser_starts_at_home_and_completes_what_is_typed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "sites").mkdir()
    at_home = {"path": str(tmp_path), "parent": str(tmp_path.parent), "folders": ["sites"]}
    assert site.control("GET", "/api/folders").json == at_home
    assert site.control("GET", f"/api/folders?path={tmp_path}/SI").json == at_home
    assert site.control("GET", "/api/folders?path=sites").status_code == 400


def test_a_bug_is_a_500_without_a_traceback_and_logged_with_one(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Recorded) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(Recorded, "pause", fail)
    answer = site.control("POST", "/api/pause", {})
    assert answer.status_code == 500
    assert "detail" not in answer.text
    assert "ZeroDivisionError: a secret detail" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/state/"])
def test_an_unknown_control_route_is_not_found(site: Site, path: str) -> None:
    assert site.control("GET", path).status_code == 404


def session_of(site: Site) -> dict[str, str]:
    """The header of a dashboard that was let in."""
    _, token = site.tokens.trade(site.tokens.issue_code(0.0), 0.0, browser="Linux, Firefox")
    return {"X-TrayApp-Token": token}


def test_a_folder_of_a_dashboard_is_marked_and_it_cannot_say_yes_to_commands(site: Site) -> None:
    own = session_of(site)
    assert site.control("POST", "/api/roots", {"path": "/site"}, **own).status_code == 200
    refused = site.control("POST", "/api/roots/allow", {"root": "my site"}, **own)
    assert refused.status_code == 400
    assert refused.json is not None
    assert refused.json["hint"].endswith("trayapp allow 'my site'")
    assert site.service.calls == [("add_root", "/site", "dashboard")]
    site.service.calls.clear()
    site.control("POST", "/api/roots", {"path": "/site"})
    assert site.control("POST", "/api/roots/allow", {"root": "site"}).status_code == 200
    assert site.service.calls == [("add_root", "/site"), ("allow_commands", "site")]


@pytest.mark.parametrize("session", [True, "1", None, 1.0])
def test_a_session_is_ended_by_its_number(site: Site, session: object) -> None:
    assert site.control("POST", "/api/sessions/end", {"session": session}).status_code == 400
    assert site.control("POST", "/api/sessions/end", {"session": 1}).status_code == 200
    assert site.service.calls == [("end_session", "1")]


def test_each_control_action_leaves_a_line_that_says_who_and_what(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """The handshake of the command line is none: it changes nothing."""
    caplog.set_level("INFO", "trayapp.web.record")
    own = session_of(site)
    site.control("POST", "/api/roots", {"path": "/a\nb"}, **own)
    site.control("POST", "/api/pause", {})
    site.control("POST", "/api/roots", {"path": "/nowhere"})
    site.control("POST", "/api/devices/rename", {"device": "d", "name": "x" * 900})
    site.ask(
        "POST", "/api/proof", {"Content-Type": "application/json"}, '{"nonce": "0011223344556677"}'
    )
    site.control("GET", "/api/state")
    lines = [
        record.getMessage() for record in caplog.records if record.name == "trayapp.web.record"
    ]
    assert lines[:3] == [
        "dashboard 1 (Linux, Firefox, opened by a one-time code): /api/roots path='/a\\nb' (200)",
        "the command line: /api/pause (200)",
        "the command line: /api/roots path='/nowhere' (400)",
    ]
    assert len(lines) == 4
    assert len(lines[3]) < 400


def test_the_line_of_a_trade_holds_no_secret(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("time.monotonic", site.clock)
    caplog.set_level("INFO", "trayapp.web.record")
    host = f"{DASHBOARD}:8765"
    own = {"Content-Type": "application/json", "Origin": f"http://{host}", "Host": host}
    code = site.tokens.issue_code(site.clock())
    answer = site.ask("POST", "/api/session", own, json.dumps({"code": code}))
    assert answer.json is not None
    assert answer.json["session"] == 1
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == "dashboard 1 (opened by a one-time code): /api/session (200)"
    assert code not in line
    assert answer.json["token"] not in line
    site.ask("POST", "/api/session", own, json.dumps({"code": code}))
    assert caplog.records[-1].getMessage() == "a page: /api/session (401)"
