"""POST /applied: what pages say of themselves, read exactly."""

import json
from typing import Any

import pytest

from tests.web.fakes import READ_KEY, Site
from trayapp.web import Answer, Visit

PAGE = "0123456789abcdef"
CAME = {
    "event": "came",
    "page": PAGE,
    "url": "http://localhost:5173/blog/",
    "title": "Blog",
    "size": 64,
    "hidden": False,
}
APPLIED = {"event": "applied", "page": PAGE, "id": "abc-7", "action": "css", "ms": 41.5}
LEFT = {"event": "left", "page": PAGE}
BEACON = {"Content-Type": "text/plain;charset=UTF-8", "Origin": "http://localhost:5173"}


def post(site: Site, value: Any, headers: dict[str, str] | None = None) -> Any:
    body = value if isinstance(value, str) else json.dumps(value)
    return site.ask("POST", "/applied", BEACON if headers is None else headers, body)


def test_a_page_that_comes_is_told_which_file_it_is(site: Site) -> None:
    answer = post(site, CAME)
    assert answer.json == {"file": {"root": "site", "path": "blog/index.html"}}
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    assert site.service.reports == [Visit(PAGE, str(CAME["url"]), "Blog", 64, False)]


def test_a_page_that_is_no_file_is_told_so(site: Site) -> None:
    assert post(site, CAME | {"size": 0}).json == {"file": None}


def test_a_page_may_name_the_roots_it_follows(site: Site) -> None:
    assert post(site, CAME | {"roots": ["a", "b"]}).status_code == 200
    assert site.service.reports[0].roots == ("a", "b")  # type: ignore[union-attr]


def test_the_fragment_of_an_address_is_not_kept(site: Site) -> None:
    post(site, CAME | {"url": "http://localhost/x?y=1#token=secret"})
    assert site.service.reports[0].url == "http://localhost/x?y=1"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("given", "kept"), [("a\ud83d", "a\ufffd"), ("\0", "\ufffd"), ("😀", "😀")]
)
def test_a_title_may_be_cut_anywhere(site: Site, given: str, kept: str) -> None:
    post(site, CAME | {"title": given})
    assert site.service.reports[0].title == kept  # type: ignore[union-attr]


def test_answers_and_goodbyes_are_passed_on(site: Site) -> None:
    assert post(site, APPLIED).json == {}
    assert post(site, APPLIED | {"ms": 0, "id": "", "action": "waiting"}).json == {}
    assert post(site, LEFT).json == {}
    answers = [Answer(PAGE, "abc-7", "css", 41.5), Answer(PAGE, "", "waiting", 0)]
    assert site.service.reports == [*answers, PAGE]


@pytest.mark.parametrize("type_", ["text/plain", "application/json"])
def test_text_is_enough_so_that_no_preflight_is_needed(site: Site, type_: str) -> None:
    assert post(site, LEFT, {"Content-Type": type_}).status_code == 200


@pytest.mark.parametrize(
    "value",
    [{}, [], 1, "null", "{", "[" * 3000, CAME | {"event": "gone"}, CAME | {"event": ["came"]}]
    + [{key: CAME[key] for key in CAME if key != left_out} for left_out in CAME]
    + [{key: APPLIED[key] for key in APPLIED if key != left_out} for left_out in APPLIED]
    + [CAME | {"id": "abc-7"}, LEFT | {"url": "http://x/"}, APPLIED | {"roots": []}]
    + [CAME | {"page": page} for page in ("short", "x" * 33, "UPPERCASE", "0123456\n", 12345678)]
    + [CAME | {"size": size} for size in (-1, 1.0, True, "1", 2**53)]
    + [CAME | {"url": "x" * 2001}, CAME | {"title": "x" * 201}, CAME | {"title": None}]
    + [CAME | {"url": "http://\0"}, CAME | {"hidden": 0}]
    + [CAME | {"roots": roots} for roots in ("a", [1], ["x" * 257], ["a"] * 65, None, ["\0"])]
    + [APPLIED | {"ms": ms} for ms in (-1, 1e10, "1", True, None)]
    + [APPLIED | {"action": "explode"}, APPLIED | {"action": 1}, APPLIED | {"id": "a b"}]
    + ['{"event":"applied","page":"0123456789abcdef","id":"","action":"css","ms":NaN}'],
)
def test_anything_else_is_a_bad_request(site: Site, value: Any) -> None:
    answer = post(site, value)
    assert answer.status_code == 400, answer.text
    assert answer.json["error"]
    assert site.service.reports == []


def test_a_long_report_is_refused(site: Site) -> None:
    assert post(site, json.dumps(LEFT) + " " * 4096).status_code == 413


def test_only_post_is_taken_and_nobody_publishes_there(site: Site) -> None:
    assert site.ask("GET", "/applied").status_code == 404
    assert site.bus.after(None).head == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_pages_that_may_not_publish_may_not_report(site: Site, origin: str) -> None:
    assert post(site, LEFT, {"Origin": origin}).status_code == 403
    assert site.service.reports == []


def test_a_page_opened_from_disk_reports_with_the_key(site: Site) -> None:
    target = f"/applied?key={READ_KEY}"
    answer = site.ask("POST", target, {"Origin": "null"}, json.dumps(LEFT))
    assert answer.status_code == 200
