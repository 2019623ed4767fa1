"""The files that pages load: under addresses of this run alone, and held to their hash."""

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

from tests.web.fakes import POLICY, Site
from trayapp import web

FOLDER = Path(web.__file__).parent / "static"
TAG = re.compile(r'<(?:script|link)[^>]*?(?:src|href)="(/static/[^"]+)"([^>]*)>')
IMPORTED = re.compile(r"""(?:\bfrom|\bimport\(?)\s*["']([^"']+)["']""")
VERSIONED = re.compile(r"/static/v[0-9a-f]{32}/[\w.-]+")
PHONE = "192.168.1.20"


def page(site: Site, path: str) -> str:
    answer = site.ask("GET", path)
    assert answer.status_code == 200
    return answer.text


def loaded(site: Site, path: str) -> dict[str, bytes]:
    """All that the page at `path` loads from us, modules that import each other included."""
    found = dict[str, bytes]()
    waiting = [name for name, _ in TAG.findall(page(site, path))]
    assert waiting
    while waiting:
        name = waiting.pop()
        answer = site.ask("GET", name)
        assert answer.status_code == 200, name
        found[name] = answer.data
        if name.endswith(".js"):
            imported = IMPORTED.findall(answer.text)
            assert all(one.startswith("./") for one in imported), name
            waiting += [normpath(join(dirname(name), one)) for one in imported]
        waiting = [one for one in waiting if one not in found]
    return found


@pytest.mark.parametrize(("path", "least"), [("/", 12), ("/chat", 5), ("/pair", 4)])
def test_all_that_a_page_loads_has_an_address_of_this_run(
    site: Site, path: str, least: int
) -> None:
    found = loaded(site, path)
    assert len(found) >= least
    assert all(VERSIONED.fullmatch(name) for name in found)
    for name, content in found.items():
        assert content == (FOLDER / Path(name).name).read_bytes()


@pytest.mark.parametrize("path", ["/", "/chat", "/pair"])
def test_what_a_page_names_is_held_to_its_hash(site: Site, path: str) -> None:
    tags = TAG.findall(page(site, path))
    assert [name for name, _ in tags if name.endswith(".js")]
    for name, attributes in tags:
        digest = base64.b64encode(hashlib.sha256(site.ask("GET", name).data).digest()).decode()
        assert f'integrity="sha256-{digest}"' in attributes


def test_no_other_run_has_the_same_addresses() -> None:
    """An earlier server could have left something under an address that it can compute."""
    first, second = (set(loaded(Site(), "/")) for _ in range(2))
    assert not first & second


def test_only_addresses_of_this_run_are_kept_by_a_browser(site: Site) -> None:
    for name in loaded(site, "/"):
        with site.ask("GET", name) as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        with site.ask("GET", f"/static/{Path(name).name}") as answer:
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("version", [f"v{'0' * 32}", "word", "..", "v0"])
def test_a_file_of_another_run_is_not_found(site: Site, version: str) -> None:
    assert site.ask("GET", f"/static/{version}/dashboard.js").status_code == 404


def test_what_controls_is_never_stored_and_never_answered_with_304(site: Site) -> None:
    """304 would have the browser show what it holds, and an earlier server could name our ETag."""
    answers = [site.ask("GET", "/", {"If-None-Match": "*"}), site.ask("GET", "/")]
    answers += [site.control("GET", "/api/state"), site.control("POST", "/api/pause", {})]
    answers += [site.control("GET", "/api/nothing"), site.ask("GET", "/api/state")]
    for answer in answers:
        assert answer.headers.getlist("Cache-Control") == ["no-store"], answer.request.path
        assert "ETag" not in answer.headers
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 404, 401]


def test_a_device_that_is_not_paired_gets_the_files_of_the_pairing_page_alone() -> None:
    lan = Site(replace(POLICY, lan=True))
    versioned = loaded(lan, "/pair") | loaded(lan, "/")
    plain = [f"/static/{Path(name).name}" for name in versioned]
    for name in [*versioned, *plain]:
        answer = lan.ask("GET", name, {"Host": "192.168.1.5:8765"}, peer=PHONE)
        open_to_all = Path(name).name in {"look.css", "pair.css", "pair.js", "live.js"}
        assert answer.status_code == (200 if open_to_all else 401), name
