"""Pages that report to a running service: what its state says of them, and when it says so."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from tests.service.test_service import make, site, start
from tests.streams import Reader, open_stream, request
from tests.support import wait_for
from trayapp.service import Service, pages
from trayapp.state import PageState, State

__all__ = ["make", "site"]

NAME = "0123456789abcdef"


class Stage:
    """A running service that watches a site of one page, and one stream that is open."""

    def __init__(self, service: Service, site: Path) -> None:
        self.service = service
        self.site = site
        self.port = start(service)
        self.stream = open_stream(self.port, "/stream?topic=change")
        assert self.stream.next().type == "hello"
        wait_for(lambda: service.state().pages == 1)
        self.pictures: SimpleQueue[State] = SimpleQueue()
        self.unsubscribe = service.on_state(self.pictures.put)

    def report(self, event: str, page: str = NAME, **members: object) -> Any:
        body = json.dumps({"page": page, "event": event, **members}).encode()
        lines = ["POST /applied HTTP/1.1", f"Host: localhost:{self.port}"]
        lines += ["Origin: http://localhost:5173", "Content-Type: text/plain"]
        lines += [f"Content-Length: {len(body)}", "Connection: close"]
        answer: Reader = request(self.port, lines, body=body)
        answer.wait_for_end()
        answer.close()
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def come(self, page: str = NAME) -> Any:
        size = len((self.site / "index.html").read_bytes())
        members = {"url": "http://localhost:5173/", "title": "Home", "size": size}
        return self.report("came", page, hidden=False, **members)

    def save(self) -> str:
        (self.site / "a.css").write_text("p { color: red }")
        return self.stream.next().id

    def views(self) -> tuple[PageState, ...]:
        return self.service.state().views

    def picture_with(self, status: str) -> State:
        """The next picture that is told in which a page has this status."""
        while True:
            try:
                picture = self.pictures.get(timeout=5)
            except Empty:
                pytest.fail(f"No picture with a page that is {status} was told")
            if any(view.status == status for view in picture.views):
                return picture


@pytest.fixture
def stage(make: Callable[..., Service], site: Path) -> Iterator[Stage]:
    stage = Stage(make(), site)
    yield stage
    stage.unsubscribe()
    stage.stream.close()


def test_a_page_learns_which_watched_file_it_is(stage: Stage) -> None:
    assert stage.come() == {"file": {"root": "site", "path": "index.html"}}


def test_a_page_that_is_ignored_is_no_watched_file(stage: Stage) -> None:
    (stage.site / ".trayappignore").write_text("index.html\n")
    wait_for(lambda: stage.come() == {"file": None})


def test_pages_that_share_a_stream_are_counted(stage: Stage) -> None:
    for number in range(3):
        stage.come(f"page000{number}")
    assert stage.service.state().pages == 3
    stage.report("left", "page0001")
    assert stage.service.state().pages == 2


def test_what_a_page_has_shown_is_in_the_state(stage: Stage) -> None:
    stage.come()
    stage.report("applied", id=stage.save(), action="css", ms=41.25)
    (view,) = stage.views()
    assert (view.cause, view.action, view.ms, view.status) == ("a.css", "css", 41.25, "current")


def test_a_page_that_does_not_answer_is_told_of_by_itself(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PATIENCE", 1.0)
    stage.come()
    id_ = stage.save()
    stage.picture_with("behind")
    stage.report("applied", id=id_, action="waiting", ms=0)
    stage.picture_with("waiting")


def test_without_a_stream_nobody_is_there(stage: Stage) -> None:
    stage.come()
    stage.stream.close()
    wait_for(lambda: stage.service.state().pages == 0)
    assert stage.views() == ()
