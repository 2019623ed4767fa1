"""`trayapp doctor` as it is typed, with the trayapp that runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.doctor.played import Server
from tests.support import Running
from trayapp import __version__

Run = Callable[..., Running]


@pytest.fixture
def doctor(run_trayapp: Run) -> Callable[..., tuple[int, str]]:
    """Run `trayapp doctor …`; its exit code and what it printed."""

    def ask(*words: str) -> tuple[int, str]:
        running = run_trayapp("doctor", *words, serve=False)
        return running.wait(20), running.output

    return ask


def test_the_running_trayapp_is_well(
    run_trayapp: Run, doctor: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.html").write_text("a")
    running = run_trayapp(tmp_path / "site")
    code, text = doctor()
    assert code == 0
    assert f"ok    trayapp {__version__} is on at {running.url}" in text
    assert "The stream greets its own pages" in text
    assert 'The folder "site"' in text


def test_a_page_of_a_watched_folder(
    run_trayapp: Run,
    doctor: Callable[..., tuple[int, str]],
    serve: Callable[..., Server],
    tmp_path: Path,
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    running = run_trayapp(site)
    page = f'<!doctype html><script src="http://localhost:{running.port}/client.js"></script>'
    (site / "index.html").write_text(page)
    server = serve()
    url = server.page(page.removeprefix("<!doctype html>"))
    code, text = doctor(url)
    assert code == 0
    assert "note" not in text
    assert 'The page is index.html of the watched folder "site".' in text
    server.page("no tag")
    code, text = doctor(url)
    assert code == 1
    assert f'<script src="http://localhost:{running.port}/client.js"></script>' in text


def test_a_page_opened_from_a_port_without_a_tray(doctor: Callable[..., tuple[int, str]]) -> None:
    code, text = doctor()
    assert (code, text) == (1, "Error: trayapp is not running.\nStart it: trayapp run\n")
    code, text = doctor("localhost:1")
    assert code == 1
    assert text.startswith("fix   Nothing answers at http://localhost:1.")
    assert "Traceback" not in text


def test_what_is_no_address_is_said(doctor: Callable[..., tuple[int, str]]) -> None:
    code, text = doctor("file:///etc/hosts")
    assert code == 1
    assert text.startswith("Error: file:///etc/hosts is no address of a web server.")
