"""Recipes that need a trayapp of their own: a scanner's folder, and another machine."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.redisserver import redis
from tests.conftest import need
from tests.hostile.network import HOST_ADDRESS, two_computers
from tests.recipes.workplace import Workplace
from tests.streams import wait_for_scan
from tests.support import Running


@contextmanager
def _computer(place: Workplace, *arguments: str, bus: str = "") -> Iterator[Workplace]:
    """The place with a trayapp of its own."""
    words = ["run", *arguments, "--no-tray", "--port", "0"]
    environ = place.environ | {"TRAYAPP_BUS": bus}
    running = Running(words, environ, place.home, place.within)
    try:
        place.port = running.port
        place.listen()
        yield place
    finally:
        place.end()
        running.stop()


def test_a_scan_is_told_with_a_link(tmp_path: Path) -> None:
    need("curl")
    scans = tmp_path / "Scans"
    scans.mkdir()
    place = Workplace(tmp_path)
    settings, typed = place.blocks("A scanner folder")
    place.paste(settings, place.state)
    with _computer(place):
        place.start(typed.text)
        wait_for_scan(place.port)
        (scans / "two pages.pdf").write_bytes(b"%PDF-1.4")
        notice = place.event("notify")
        assert (notice["title"], notice["message"]) == ("Scanned", "two pages.pdf")
        shown = place.type(f"curl -sS --retry-connrefused --retry 9 {notice['click']}")
        assert shown.stdout == "%PDF-1.4", shown.stderr


def test_another_machine_tells_with_the_key(tmp_path: Path) -> None:
    need("ip", "nsenter", "curl")
    if os.geteuid() != 0 and os.environ.get("CI") != "true":
        pytest.skip("network namespaces need root")
    site = tmp_path / "site"
    site.mkdir()
    with two_computers() as lan, _computer(Workplace(tmp_path, lan.host), str(site)) as place:
        here, there, *_ = place.blocks("CI on another machine")
        shown = place.type(here.text)
        assert HOST_ADDRESS in shown.stdout, shown.stdout + shown.stderr
        key = shown.stdout.splitlines()[-1]
        job = there.text.replace("192.168.1.5", HOST_ADDRESS)
        environ = {"PATH": os.environ["PATH"], "BUILD": "7", "RESULT": "green"}
        subprocess.run(
            ["nsenter", f"--net=/run/netns/{lan.phone}", "sh", "-ec", job],
            env=environ | {"TRAYAPP_KEY": key},
            check=True,
            capture_output=True,
            timeout=10,
        )
        notice = place.event("notify")
        assert (notice["title"], notice["message"]) == ("Build 7", "green")


def test_another_machine_tells_through_redis(tmp_path: Path) -> None:
    need("redis-server")
    site = tmp_path / "site"
    site.mkdir()
    desk, machine = Workplace(tmp_path / "desk"), Workplace(tmp_path / "machine")
    *_, job = desk.blocks("CI on another machine")
    environ = {"TRAYAPP_PORT": "0", "BUILD": "7", "RESULT": "green"}
    with redis(tmp_path) as store, _computer(desk, str(site), bus=store.url) as place:
        done = machine.type(job.text, environ=environ | {"TRAYAPP_BUS": store.url})
        assert done.returncode == 0, done.stderr
        notice = place.event("notify")
        assert (notice["title"], notice["message"]) == ("Build 7", "green")
