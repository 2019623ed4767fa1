"""The real program: started, asked, stopped, started twice, started on a taken port."""

import json
import os
import re
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Running, launched, wait_for

Start = Callable[..., Running]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<p>Hello")
    return folder


@pytest.fixture
def command(run_trayapp: Start) -> Callable[..., str]:
    """Run one command to its end and return what it printed."""

    def run(*words: str | Path, code: int = 0, environ: dict[str, str] | None = None) -> str:
        process = run_trayapp(*words, serve=False, environ=environ)
        assert process.wait(20) == code, process.output
        return process.output

    return run


def test_ready_stands_on_a_line_of_its_own(run_trayapp: Start, site: Path) -> None:
    running = run_trayapp(site)
    assert running.output.splitlines() == [f"READY {running.url}"]
    with socket.create_connection(("127.0.0.1", running.port), 2):
        pass


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_stops_it_cleanly(run_trayapp: Start, home: Path, site: Path, name: str) -> None:
    running = run_trayapp(site)
    port = running.port
    running.process.send_signal(signal.Signals[name])
    assert running.wait() == 0
    assert "Traceback" not in running.output
    assert not (home / "instance.json").exists()
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_status(run_trayapp: Start, site: Path, command: Callable[..., str]) -> None:
    running = run_trayapp(site)
    text = command("status")
    assert f"is on at {running.url} (pid {running.pid})" in text
    assert f"  site  {site}  " in text
    state = json.loads(command("status", "--json"))
    assert (state["pid"], state["roots"][0]["path"]) == (running.pid, str(site))


def test_pause_and_resume(run_trayapp: Start, site: Path, command: Callable[..., str]) -> None:
    run_trayapp(site)
    assert "paused" in command("pause")
    assert "is paused at" in command("status")
    command("resume")
    assert "is on at" in command("status")


def test_send(run_trayapp: Start, site: Path, command: Callable[..., str]) -> None:
    run_trayapp(site)
    assert command("send", "--title", "Grüße", "tests", "passed").startswith("Sent as ")
    assert command("send", "--topic", "build", "done").startswith("Sent as ")
    refused = command("send", "--priority", "9", "x", code=1)
    assert "Error: Priority '9' is unknown." in refused
    assert "Error: " in command("send", "--topic", "stream", "x", code=1)


def test_stop_waits_until_it_has_ended(
    run_trayapp: Start, site: Path, command: Callable[..., str]
) -> None:
    running = run_trayapp(site)
    assert command("stop") == "trayapp has stopped.\n"
    assert running.wait(2) == 0


def test_a_second_start_opens_the_firsts_dashboard(
    run_trayapp: Start, tmp_path: Path, site: Path, command: Callable[..., str]
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\nprintf %s "$1" > {tmp_path}/opened.part\n'
        f"mv {tmp_path}/opened.part {tmp_path}/opened\n"
    )
    browser.chmod(0o700)
    running = run_trayapp(site, environ={"BROWSER": str(browser)})
    text = command("run")
    assert f"trayapp is running already at {running.url} (pid {running.pid})." in text
    assert "dashboard opens" in text
    wait_for(lambda: (tmp_path / "opened").exists())
    assert re.match(running.dashboard, launched((tmp_path / "opened").read_text()))
    assert running.process.poll() is None


def test_sharing_is_switched_by_the_start_and_by_a_second_one(
    run_trayapp: Start, site: Path, command: Callable[..., str]
) -> None:
    running = run_trayapp(site, "--lan")
    wait_for(lambda: "Sharing is on." in running.output)
    assert "Sharing is on." in command("status")
    assert "at every start" not in command("lan")
    assert "Its sharing is now off." in command("run", "--no-open", "--no-lan")
    assert "Sharing is off." in command("lan")
    assert "Its sharing is now on." in command("run", "--no-open", "--lan")
    command("run", "--no-open")  # says nothing of it
    assert "Sharing is on." in command("lan", "status")


def test_a_second_start_adds_its_folders(
    run_trayapp: Start, tmp_path: Path, site: Path, command: Callable[..., str]
) -> None:
    run_trayapp(site)
    blog = tmp_path / "blog"
    blog.mkdir()
    assert f'It now watches {blog} as "blog".' in command("run", "--no-open", blog)
    assert str(blog) in command("status")


def test_a_start_after_a_crash(
    run_trayapp: Start, home: Path, site: Path, command: Callable[..., str]
) -> None:
    first = run_trayapp(site)
    first.process.kill()
    first.process.wait()
    assert (home / "instance.json").exists()
    assert "trayapp is not running" in command("status", code=1)
    second = run_trayapp(site)
    assert f"(pid {second.pid})" in command("status")


def test_a_busy_port_names_its_owner_and_the_way_out(
    site: Path, command: Callable[..., str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        text = command("run", site, "--no-tray", "--port", str(port), code=1)
    assert f"Error: Port {port} is in use by another program (" in text
    assert f", pid {os.getpid()}).\nStop it, or run: trayapp run --port {port + 1}\n" in text
    assert "READY" not in text


def test_a_broken_configuration_is_said_once_and_kept(
    run_trayapp: Start, home: Path, site: Path
) -> None:
    (home / "config.toml").write_text("port = ")
    first = run_trayapp(site)
    assert "config.toml is broken: Invalid value (at end of document)" in first.output
    assert (home / "config.toml.bad").read_text() == "port = "
    assert "is broken" in (home / "trayapp.log").read_text()
    first.stop()
    assert "broken" not in run_trayapp(site).output


def test_a_configured_folder_that_is_gone_is_said_and_the_rest_is_watched(
    run_trayapp: Start, home: Path, site: Path, command: Callable[..., str]
) -> None:
    (home / "config.toml").write_text(f'roots = ["{home}/gone", "{site}"]')
    running = run_trayapp()
    said = f"Warning: The folder {home}/gone does not exist. It is watched once it can be."
    assert said in running.output
    status = command("status")
    assert f"{home}/gone  gone, waiting for it" in status
    assert str(site) in status
    (home / "gone").mkdir()
    wait_for(lambda: f"{home}/gone  events proven" in command("status"))


def test_a_path_is_ignored_by_any_name_it_has(
    run_trayapp: Start, home: Path, site: Path, command: Callable[..., str], tmp_path: Path
) -> None:
    run_trayapp(site)
    (site / "logs").mkdir()
    (tmp_path / "link").symlink_to(site)
    ignoring = site / ".trayappignore"
    said = f"Ignored from now on: /index.log is in {ignoring}"
    assert said in command("ignore", site / "index.log")
    assert "/logs/ is in" in command("ignore", tmp_path / "link" / "logs")
    assert "/b.log is in" in command("ignore", "site/b.log")
    assert ignoring.read_text() == "/index.log\n/logs/\n/b.log\n"
    elsewhere = command("ignore", tmp_path / "x", code=1)
    assert f"{tmp_path}/x is in no watched folder.\nWatched folders: {site}" in elsewhere


def test_wide_is_passed_on_to_the_first(
    run_trayapp: Start, home: Path, site: Path, command: Callable[..., str]
) -> None:
    wide = {"HOME": str(home)}
    run_trayapp(site, environ=wide)
    assert "too wide" in command("run", home, code=1, environ=wide)
    text = command("run", "--wide", "--no-open", home, environ=wide)
    assert f"It now watches {home}" in text


def test_without_folders_the_demo_says_what_to_edit(run_trayapp: Start, home: Path) -> None:
    running = run_trayapp()
    wait_for(lambda: "and save." in running.output)
    assert "here is a demo: open http://localhost:" in running.output
    assert f"style.css in {home}/demo" in running.output


def test_its_files_are_private(run_trayapp: Start, home: Path, site: Path) -> None:
    run_trayapp(site)
    for name in ("instance.json", "instance.lock", "read-key", "trayapp.log"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600, name


def test_without_a_browser_the_dashboards_address_is_printed(
    run_trayapp: Start, site: Path
) -> None:
    running = run_trayapp(site, "--open", environ={"BROWSER": ""})
    text = wait_for(lambda: running.output if "#c=" in running.output else "")
    assert re.search(f"Open this address yourself, within a minute: {running.dashboard}", text)


def test_a_second_start_without_a_browser_is_told_the_address(
    run_trayapp: Start, command: Callable[..., str], site: Path
) -> None:
    running = run_trayapp(site, environ={"BROWSER": ""})
    assert re.search(f"within a minute: {running.dashboard}", command("run", "--open"))
