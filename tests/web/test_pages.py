"""What browsers load."""

import pytest

from tests.web.fakes import READ_KEY, TOKEN, Site


def test_the_dashboard_is_the_same_for_everybody(site: Site) -> None:
    site.bus.publish("log", "private text")
    answer = site.ask("GET", f"/?key={READ_KEY}", {"X-TrayApp-Token": TOKEN})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/html")
    for secret in (READ_KEY, TOKEN, "private text"):
        assert secret not in answer.text
    assert answer.text == site.ask("GET", "/").text


def test_the_dashboard_obeys_its_own_policy(site: Site) -> None:
    text = site.ask("GET", "/").text
    assert "<script>" not in text
    assert "<style" not in text
    for attribute in (" style=", " onclick=", " onload=", "javascript:"):
        assert attribute not in text


def test_the_page_script_is_revalidated_and_not_sent_twice(site: Site) -> None:
    first = site.ask("GET", "/client.js")
    assert first.content_type.startswith("text/javascript")
    assert first.headers["Cache-Control"] == "no-cache"
    tag = first.headers["ETag"]
    first.close()
    again = site.ask("GET", "/client.js", {"If-None-Match": tag})
    assert again.status_code == 304
    assert again.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_page_script_holds_no_secret(site: Site) -> None:
    with_key = site.ask("GET", f"/client.js?key={READ_KEY}")
    text = with_key.text
    with_key.close()
    assert READ_KEY not in text


def test_a_browser_may_ask_for_an_icon(site: Site) -> None:
    assert site.ask("GET", "/favicon.ico").status_code == 204


@pytest.mark.parametrize(
    "path",
    ["/static/", "/static/..", "/static/../app.py", "/static/%2e%2e/app.py", "/static/\\..\\app.py"]
    + [
        "/static//etc/passwd",
        "/static/nothing.js",
        "/static/a\0b",
        "/static/.",
        "/static/client.js/",
    ],
)
def test_nothing_but_our_files_is_under_static(site: Site, path: str) -> None:
    answer = site.ask("GET", "/", environ={"PATH_INFO": path})
    assert answer.status_code == 404
    assert answer.is_json


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/a/b<script>alert(1)</script>", 404),
        ("POST", "/client.js", 400),
        ("POST", "/", 400),
    ],
)
def test_errors_repeat_no_markup_and_show_no_code(
    site: Site, method: str, path: str, status: int
) -> None:
    answer = site.ask(method, path, {}, b"x")
    assert answer.status_code in {status, 404}
    assert answer.content_type == "application/json"
    for word in ("<script>", "Traceback", "werkzeug", "site-packages"):
        assert word not in answer.text
