"""The answers of a site: whole files, parts of them, what has not changed, what is no file."""

import os
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from trayapp.sites.site import create_site

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    (tmp_path / "film.mp4").write_bytes(CONTENT)
    (tmp_path / "style.css").write_text("p {}")
    (tmp_path / "index.html").write_text("<p>Hello")
    return create_site(tmp_path).test_client()


def test_a_file_is_sent_whole_with_its_type_and_length(client: FlaskClient) -> None:
    answer = client.get("/film.mp4")
    assert (answer.status_code, answer.data) == (200, CONTENT)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Cache-Control"] == "no-cache"
    for path, kind in (("/style.css", "text/css"), ("/", "text/html")):
        with client.get(path) as text:
            assert text.headers["Content-Type"] == f"{kind}; charset=utf-8"
    answer.close()


def test_a_part_is_sent_as_a_part(client: FlaskClient) -> None:
    answer = client.get("/film.mp4", headers={"Range": "bytes=100-299"})
    assert (answer.status_code, answer.data) == (206, CONTENT[100:300])
    assert answer.headers["Content-Range"] == f"bytes 100-299/{len(CONTENT)}"
    beyond = client.get("/film.mp4", headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    answer.close()


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/style.css")
    again = client.get("/style.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    since = client.get("/style.css", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert since.status_code == 304
    first.close()


def test_a_head_has_no_body(client: FlaskClient) -> None:
    answer = client.head("/film.mp4")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(CONTENT))


@pytest.mark.skipif(sys.platform == "win32", reason="no FIFOs there")
@pytest.mark.parametrize("name", ["style.css", "index.html"])
def test_a_file_that_becomes_a_fifo_is_not_waited_for(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Between the resolver's look and the open."""
    from trayapp.sites import site

    def exchanged(root: Path, path: str) -> Path:
        (tmp_path / name).unlink()
        os.mkfifo(tmp_path / name)
        return tmp_path / name

    monkeypatch.setattr(site, "resolve", exchanged)
    assert client.get(f"/{name}").status_code == 404


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_folder_that_becomes_a_link_leads_nowhere(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trayapp.sites import site

    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("s3cret")
    site_folder = tmp_path / "link"
    site_folder.symlink_to(tmp_path / "secret")
    monkeypatch.setattr(site, "resolve", lambda root, path: site_folder / "key")
    assert client.get("/link/key").status_code == 404
