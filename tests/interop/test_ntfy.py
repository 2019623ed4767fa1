"""Programs made for ntfy publish to one running trayapp and read from it, unchanged."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import apprise
import httpx
import httpx_sse
import pytest
import requests

from tests.conftest import need
from tests.support import Running, program_environ, wait_for

# apprise's e-mail looks for it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

PICTURE = "https://example.org/{}.png"


@pytest.fixture(scope="module")
def trayapp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("ntfy")
    environ = program_environ(folder / "home")
    running = Running(["run", "--no-tray", "--port", "0"], environ, folder)
    _ = running.url
    yield running
    assert running.stop() == 0, running.output


def told(trayapp: Running, topic: str) -> list[dict[str, Any]]:
    """All messages of `topic`, without what differs from run to run."""
    answer = requests.get(f"{trayapp.url}/{topic}/json", params={"poll": "1"}, timeout=5)
    messages: list[dict[str, Any]] = [json.loads(line) for line in answer.iter_lines()]
    for each in messages:
        assert (each.pop("event"), each.pop("topic")) == ("message", topic)
        del each["id"], each["time"]
    return messages


def notify(trayapp: Running, place: str, body: str, **more: Any) -> bool:
    """By apprise in a program: its plugin, for what is around that keeps a pool of threads."""
    asset = apprise.AppriseAsset(image_url_mask=PICTURE.format("{TYPE}"))
    url = f"ntfy://localhost:{trayapp.port}/{place}"
    plugin = apprise.Apprise.instantiate(url, asset=asset)
    assert plugin is not None
    return bool(plugin.notify(body, **more))


def test_the_command_apprise(trayapp: Running) -> None:
    url = f"ntfy://localhost:{trayapp.port}/shell?image=no"
    words = [str(Path(sys.executable).parent / "apprise"), "-b", "hi", url]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert told(trayapp, "shell") == [{"message": "hi"}]


def test_apprise_with_all_that_a_notification_can_have(trayapp: Running) -> None:
    place = "full?priority=high&xtags=disk,warning&click=https://example.org/a?b=c%26d"
    assert notify(trayapp, place, "é\nsecond line", title="Disk – full")
    assert told(trayapp, "full") == [
        {
            "message": "é\nsecond line",
            "title": "Disk – full",
            "priority": 4,
            "tags": ["disk", "warning"],
            "click": "https://example.org/a?b=c&d",
            "icon": PICTURE.format("info"),
        }
    ]


@pytest.mark.parametrize(
    "asked",
    ["?delay=10m", "?email=a@example.org", "?attach=https://example.org/f.zip", "?format=markdown"]
    + ["?actions=view%2COpen%2Chttps://example.org", "#file"],
)
def test_apprise_is_told_what_cannot_be_done(
    trayapp: Running, asked: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "f.bin").write_bytes(b"\xff\xfe")
    file = apprise.AppriseAttachment(str(tmp_path / "f.bin")) if asked == "#file" else None
    assert notify(trayapp, f"refused{asked.partition('#')[0]}", "hi", attach=file) is False
    assert "trayapp cannot do that" in caplog.text
    assert told(trayapp, "refused") == []


def test_curl_and_requests_publish(trayapp: Running) -> None:
    need("curl")
    url = f"{trayapp.url}/posted"
    whole = {"topic": "posted", "message": "as JSON", "tags": ["a"]}
    for words in (
        ["-d", "text", url],
        ["-d", "text", "-H", "Title: é", "-H", "p: 5", url],
        ["-F", "message=a form", "-F", "priority=low", url],
        ["--data-urlencode", "message=a & b", url],
        ["-d", json.dumps(whole), trayapp.url],
    ):
        subprocess.run(["curl", "-sS", "--fail", *words], check=True, capture_output=True)
    with requests.Session() as session:
        session.post(url, data={"message": "of requests", "title": "T"}, timeout=5)
        session.post(url, data="bare", headers={"Title": "=?utf-8?b?w7w=?="}, timeout=5)
        assert session.put(url, data="x", timeout=5).status_code == 405
    assert told(trayapp, "posted") == [
        {"message": "text"},
        {"message": "text", "title": "é", "priority": 5},
        {"message": "a form", "priority": 2},
        {"message": "a & b"},
        {"message": "as JSON", "tags": ["a"]},
        {"message": "of requests", "title": "T"},
        {"message": "bare", "title": "ü"},
    ]


def test_curl_and_httpx_sse_read(trayapp: Running, tmp_path: Path) -> None:
    need("curl")
    forms = ("json", "raw")
    with ExitStack() as stack:
        for form in forms:
            written = stack.enter_context((tmp_path / form).open("wb"))
            words = ["curl", "-sN", f"{trayapp.url}/a,b/{form}"]
            curl = stack.enter_context(subprocess.Popen(words, stdout=written))
            stack.callback(curl.kill)
        client = stack.enter_context(httpx.Client(timeout=10))
        source = stack.enter_context(httpx_sse.connect_sse(client, "GET", f"{trayapp.url}/b/sse"))
        events = source.iter_sse()
        assert next(events).event == "open"
        wait_for(lambda: all((tmp_path / form).read_bytes() for form in forms), what="open")
        for topic, text in (("a", "one"), ("b", "two\nlines"), ("c", "no"), ("b", "ü")):
            requests.post(f"{trayapp.url}/{topic}", data=text.encode(), timeout=5)
        heard = [next(events), next(events)]
        assert [json.loads(each.data)["message"] for each in heard] == ["two\nlines", "ü"]
        raw = wait_for(lambda: _ended(tmp_path / "raw", "ü\n"))
        assert raw == "\none\ntwo lines\nü\n"
        lines = wait_for(lambda: _ended(tmp_path / "json", "}\n", 4)).splitlines()
    messages = [json.loads(line) for line in lines]
    assert [each["event"] for each in messages] == ["open", "message", "message", "message"]
    assert [(each["topic"], each["message"]) for each in messages[1:]] == [
        ("a", "one"),
        ("b", "two\nlines"),
        ("b", "ü"),
    ]
    with httpx.Client(timeout=10) as client:
        resumed = {"Last-Event-ID": heard[0].id}
        with httpx_sse.connect_sse(
            client, "GET", f"{trayapp.url}/b/sse", headers=resumed
        ) as source:
            again = source.iter_sse()
            assert [next(again).id, next(again).id] == [each.id for each in heard]


def _ended(file: Path, end: str, count: int = 0) -> str:
    """What `file` holds, once it ends so and has `count` lines."""
    text = file.read_text("utf-8")
    return text if text.endswith(end) and text.count("\n") >= count else ""
