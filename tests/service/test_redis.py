"""Two services on one Redis: what is published comes to both, files stay where they are unless
they are shared, and without Redis both go on with what is theirs."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rig.redisserver import running
from tests.streams import Reader, open_stream, request
from tests.support import wait_for
from trayapp.config import Config, RootEntry
from trayapp.paths import Paths
from trayapp.service import Service

Make = Callable[..., Service]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A started service with a home and a folder of its own."""
    monkeypatch.setenv("BROWSER", "")
    monkeypatch.delenv("DISPLAY", raising=False)
    made: list[Service] = []

    def build(name: str, bus: str, *, shared: bool = False) -> Service:
        home, site = tmp_path / name, tmp_path / f"{name}-site"
        site.mkdir()
        (site / "index.html").write_text("<p>Hello")
        paths = Paths(config=home, state=home, data=home)
        paths.prepare()
        roots = (RootEntry(site, f"{name}-site", shared=shared),)
        settings = Config(port=0, roots=roots, notifications=False, bus=bus)
        made.append(Service(settings, paths, "token"))
        made[-1].start()
        wait_for(lambda: all(root.status == "watching" for root in made[-1].state().roots))
        return made[-1]

    yield build
    for service in made:
        service.stop()


def port_of(service: Service) -> int:
    return int(service.url.rpartition(":")[2])


def publish(service: Service, text: str) -> Reader:
    lines = ["POST /log HTTP/1.1", f"Host: localhost:{port_of(service)}"]
    lines += [f"Content-Length: {len(text)}"]
    answer = request(port_of(service), lines, body=text.encode())
    answer.wait_for_end()
    answer.close()
    return answer


def follow(service: Service) -> Reader:
    reader = open_stream(port_of(service))
    assert reader.next().type == "hello"
    return reader


def test_two_services_on_one_redis(make: Make, tmp_path: Path) -> None:
    with running(tmp_path / "redis") as redis:
        here, there = make("here", redis.url, shared=True), make("there", redis.url)
        pages = [follow(here), follow(there)]
        told = json.loads(publish(here, "to all").body)["id"]
        for page in pages:
            assert page.next().data == "to all"
        assert told.rpartition("-")[2] == str(2**20)

        (tmp_path / "there-site" / "own.css").write_text("a{}")
        assert json.loads(pages[1].next().data)["root"] == "there-site"
        (tmp_path / "here-site" / "shared.css").write_text("a{}")
        changes = [json.loads(page.next().data) for page in pages]
        assert [change["root"] for change in changes] == ["here-site", "here-site"]
        assert [bool(change["fingerprint"]) for change in changes] == [True, False]
        assert changes[1]["paths"] == [{"path": "shared.css", "change": "created"}]

        redis.send(signal.SIGSTOP)
        wait_for(lambda: here.state().status == "degraded", 5)
        refused = publish(here, "too late")
        assert refused.status == 503
        assert json.loads(refused.body)["hint"]
        (tmp_path / "here-site" / "meanwhile.css").write_text("a{}")
        assert "meanwhile.css" in pages[0].next().data
        redis.send(signal.SIGCONT)
        wait_for(lambda: here.state().status == "on" and there.state().status == "on", 2)
        assert "meanwhile.css" in pages[1].next().data
        assert publish(there, "again").status == 200
        assert [page.next().data for page in pages] == ["again", "again"]
        for page in pages:
            assert page.rest(0.1) == []
            page.close()
        here.stop()
        there.stop()
