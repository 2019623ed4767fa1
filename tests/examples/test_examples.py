"""Every example does what its line in examples/README.md says."""

import json
import re
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import need
from tests.examples.conftest import FOLDER
from tests.support import wait_for
from trayapp.sse import Decoder, Dispatched

Serve = Callable[[str], str]
Start = Callable[..., Path]


@contextmanager
def stream(url: str) -> Iterator[Callable[[int], list[Dispatched]]]:
    """An open stream, and what gives its next events."""
    decoder, found = Decoder(), list[Dispatched]()
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert answer.headers.get_content_type() == "text/event-stream"

        def following(count: int) -> list[Dispatched]:
            while len(found) < count:
                found.extend(decoder.feed(answer.read1(4096)))
            taken, found[:] = found[:count], found[count:]
            return taken

        yield following


def post(url: str, body: bytes = b"") -> int:
    with urllib.request.urlopen(url, data=body, timeout=5) as answer:
        return int(answer.status)


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())


def test_every_example_is_in_the_table_and_no_other() -> None:
    named = re.findall(r"^\| \[(\S+)\]", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
    there = {path.name for path in FOLDER.iterdir() if path.is_file()} - {"README.md"}
    assert set(named) == there


def test_a_generator_of_messages_is_a_stream(serve: Serve) -> None:
    url = serve("generator.py")
    assert "EventSource" in page(url)
    with stream(f"{url}/stream") as following:
        first, second = following(2)
    assert re.fullmatch(r"message 1\nat \d\d:\d\d:\d\d", first.data)
    assert second.data.startswith("message 2\n")


def test_an_application_of_ones_own_streams_what_it_publishes(serve: Serve) -> None:
    url = serve("own_app.py")
    assert "EventSource" in page(url)
    with stream(f"{url}/stream?topic=count&since=3600s") as following:
        assert following(1)[0].type == "hello"
        assert post(f"{url}/more") == post(f"{url}/more") == 204
        assert [event.data for event in following(2)] == ["1", "2"]


def test_values_have_a_type_and_a_shape(serve: Serve) -> None:
    url = serve("structured.py")
    assert "EventSource" in page(url)
    with stream(f"{url}/stream?topic=build") as following:
        following(1)
        assert post(f"{url}/build") == 204
        *steps, last = following(5)
    assert json.loads(steps[-1].data) == {"step": "pack", "done": 4, "of": 4}
    assert {step.type for step in steps} == {"progress"}
    assert (last.type, json.loads(last.data)) == ("finished", {"seconds": 0.1})


def test_the_chat_publishing_and_listening(serve: Serve, start: Start) -> None:
    """One application for all that speaks to one."""
    need("curl", "node")
    url = serve("chat.py")
    history = json.loads(page(f"{url}/chat/history"))
    assert history["messages"][0]["data"].endswith("] example: Say something.")
    assert post(f"{url}/post", b"message=hi") == 204
    heard = [
        start("sh", FOLDER / "listen.sh", "news", url),
        start("node", FOLDER / "listen.mjs", "news", url),
    ]
    published = 0

    def all_heard() -> bool:
        nonlocal published
        published += 1
        said = start(sys.executable, FOLDER / "publish.py", "news", f"it works {published}", url)
        wait_for(lambda: re.fullmatch(r"[0-9a-f]{12}-\d+\n", said.read_text()))
        return all("it works" in listener.read_text() for listener in heard)

    wait_for(all_heard, 15)
    for listener in heard:
        numbers = [int(each) for each in re.findall(r"it works (\d+)", listener.read_text())]
        assert numbers == sorted(set(numbers)), "each once, in order"
