"""A page for another device: its script tag names the host that the device asked."""

from pathlib import Path

import pytest

from trayapp.sites import create_site, prepare_demo
from trayapp.sites.host import page_for

TAG = b'<script src="http://localhost:8765/client.js"></script>'


@pytest.mark.parametrize(
    ("authority", "origin"),
    [
        ("192.168.1.5:8080", b"http://192.168.1.5:8765"),
        ("192.168.1.5", b"http://192.168.1.5:8765"),
        ("my-pc.local:8080", b"http://my-pc.local:8765"),
        ("[fd00::5]:8080", b"http://[fd00::5]:8765"),
    ],
)
def test_the_tag_leads_to_the_computer_that_was_asked(authority: str, origin: bytes) -> None:
    assert page_for(authority, TAG) == TAG.replace(b"http://localhost:8765", origin)


@pytest.mark.parametrize(
    "authority",
    ["localhost:8080", "127.0.0.1:8080", "127.8.8.8", "[::1]:8080", "app.localhost", "LOCALHOST"]
    + ["", '"><script>', "a b", "192.168.1.5:8080/", "[::1", "é"],
)
def test_on_this_computer_and_under_an_odd_name_nothing_is_changed(authority: str) -> None:
    assert page_for(authority, TAG) == TAG


def test_nothing_but_the_tag_is_changed() -> None:
    text = b'<p>http://localhost:8765/client.js</p><script src="http://localhost:3000/a.js">'
    assert page_for("192.168.1.5", text) == text


def test_the_demo_names_the_host_that_a_phone_asked(tmp_path: Path) -> None:
    prepare_demo(tmp_path, "http://localhost:1234")
    client = create_site(tmp_path).test_client()
    phone = {"Host": "192.168.1.5:4321"}
    page = client.get("/", headers=phone)
    assert b'src="http://192.168.1.5:1234/client.js"' in page.data
    assert page.content_type == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-cache"
    again = client.get("/", headers=phone | {"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    assert client.head("/", headers=phone).headers["Content-Length"] == str(len(page.data))
    with client.get("/") as here:
        assert b'src="http://localhost:1234/client.js"' in here.data


def test_a_page_that_names_no_trayapp_is_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>words")
    with create_site(tmp_path).test_client().get("/a.html", headers={"Host": "10.0.0.2"}) as page:
        assert page.data == b"<p>words"
        assert "Last-Modified" in page.headers
