"""Notifications through the desktop's own service, which may come, go, hang or be missing."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.fakedesk import FakeDesk
from tests.rig.sessionbus import OwnBus, session_bus
from tests.support import wait_for
from trayapp.desktop import freedesktop
from trayapp.desktop.freedesktop import Freedesktop


@pytest.fixture
def desk(bus: OwnBus) -> Iterator[FakeDesk]:
    """A notification service."""
    with FakeDesk(bus.address, "notifications") as running:
        yield running


@pytest.fixture
def sink() -> Iterator[Freedesktop]:
    """The sink under test, not connected yet."""
    made = Freedesktop()
    yield made
    made.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs that a click has opened."""
    urls: list[str] = []
    monkeypatch.setattr(freedesktop, "open_url", urls.append)
    return urls


def test_title_and_body_arrive(desk: FakeDesk, sink: Freedesktop) -> None:
    sink.show("Build", "tests passed")
    shown = desk.wait("notify")
    assert (shown["title"], shown["body"]) == ("Build", "tests passed")
    assert shown["actions"] == []


def test_a_sound_is_asked_for_by_its_name() -> None:
    hints = freedesktop.notify("Build", "failed", sound=True).body[6]
    assert hints["sound-name"] == ("s", "message-new-instant")
    assert "sound-name" not in freedesktop.notify("Build", "passed").body[6]


def test_body_is_escaped_and_the_title_is_not(desk: FakeDesk, sink: Freedesktop) -> None:
    sink.show("a <b> & c", "saved <img src=x> & more")
    shown = desk.wait("notify")
    assert shown["title"] == "a <b> & c"
    assert shown["body"] == "saved &lt;img src=x&gt; &amp; more"


def test_odd_text_does_not_break_the_connection(desk: FakeDesk, sink: Freedesktop) -> None:
    sink.show("nul \0", "surrogate \udcff, line\nbreak")
    shown = desk.wait("notify")
    assert shown["title"] == "nul \N{REPLACEMENT CHARACTER}"
    assert shown["body"] == "surrogate \N{REPLACEMENT CHARACTER}, line break"
    sink.show("", "x" * 100_000)
    assert len(desk.wait("notify", 2)["body"]) <= freedesktop.LONGEST


def test_next_takes_the_place_of_the_last(desk: FakeDesk, sink: Freedesktop) -> None:
    sink.show("one", "")
    first = desk.wait("notify")
    wait_for(lambda: sink._shown == first["id"])
    sink.show("two", "")
    assert desk.wait("notify", 2)["replaces"] == first["id"]


def test_click_opens_the_page(desk: FakeDesk, sink: Freedesktop, opened: list[str]) -> None:
    sink.show("Build", "done", "http://localhost:5173/")
    shown = desk.wait("notify")
    assert shown["actions"] == ["default", "Open"]
    wait_for(lambda: sink._shown == shown["id"])
    desk.act(shown["id"] + 1)  # somebody else's notification
    desk.act(shown["id"])
    wait_for(lambda: opened == ["http://localhost:5173/"])


@pytest.mark.parametrize("click", ["file:///etc/passwd", "javascript:alert(1)", "/etc/passwd"])
def test_click_opens_web_pages_only(desk: FakeDesk, sink: Freedesktop, click: str) -> None:
    sink.show("Build", "done", click)
    assert desk.wait("notify")["actions"] == []


def test_no_bus_is_said_once(
    sink: Freedesktop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    sink.show("a", "b")
    sink.show("a", "b")
    assert caplog.text.count("No desktop notifications") == 1


def test_no_service_is_said_once(
    bus: OwnBus, sink: Freedesktop, caplog: pytest.LogCaptureFixture
) -> None:
    sink.show("a", "b")
    wait_for(lambda: "No desktop notifications" in caplog.text)
    with FakeDesk(bus.address, "notifications") as desk:
        sink.show("c", "d")
        assert desk.wait("notify")["title"] == "c"
    assert caplog.text.count("No desktop notifications") == 1


def test_next_bus_is_used_when_the_first_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sink: Freedesktop
) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        with session_bus(tmp_path / name) as bus, FakeDesk(bus.address, "notifications") as desk:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
            sink.show(name, "")
            assert desk.wait("notify")["title"] == name
        wait_for(lambda: sink._bus is None)


def test_bus_that_hangs_does_not_hold_up_the_close(
    bus: OwnBus, desk: FakeDesk, sink: Freedesktop
) -> None:
    sink.show("a", "b")
    desk.wait("notify")
    os.kill(bus.pid, signal.SIGSTOP)
    started = time.monotonic()
    sink.show("c", "d")
    sink.close()
    sink.close()
    assert time.monotonic() - started < 3
    os.kill(bus.pid, signal.SIGCONT)
