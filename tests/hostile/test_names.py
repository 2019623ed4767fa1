"""File names that break programs, one by one: as the stream tells them, and as the log holds them.

How the dashboard shows such names is tested in watch/test_names.py and in test_pages.py.
"""

import json
import os
from collections.abc import Iterator

import pytest

from tests.hostile.program import Program, started
from tests.streams import Reader, open_stream
from trayapp.watch.plan import wire_text

NAMES = {
    "name-00": "a\nb.txt",
    "name-01": "a\r\nevent: x.txt",
    "name-02": "<img src=x onerror=alert(1)>.html",
    "name-03": "\u202egnp.exe",
    "name-05": "a;b|c`d`.js",
    "name-06": os.fsdecode(b"\xff.txt"),
    "name-07": "x" * 255,
    "name-09": "${HOME}.js",
    "name-10": "{{7*7}}.html",
    "name-11": "'\"--.txt",
}
"""The file of hostile cases, by the id of the case."""

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with started(tmp_path_factory.mktemp("names")) as program:
        yield program


@pytest.fixture
def stream(program: Program) -> Iterator[Reader]:
    reader = open_stream(program.port)
    assert reader.next().type == "hello"
    yield reader
    reader.close()


@pytest.mark.parametrize("name", NAMES.values(), ids=list(NAMES))
def test_an_odd_name_is_one_event_and_text(program: Program, stream: Reader, name: str) -> None:
    (program.site / name).write_text("new")

    change = stream.next()

    assert change.type == "change"
    assert [one["path"] for one in json.loads(change.data)["paths"]] == [wire_text(name)]
    assert str(program.site) not in change.data
    assert stream.rest(0.3) == []
    frame = bytes(stream.body).decode().split("\n\n")[-2]
    assert [line.partition(":")[0] for line in frame.split("\n")] == ["event", "data", "id"]
    assert_plain(program)


def test_a_link_out_of_the_folder_tells_nothing_of_where_it_leads(
    program: Program, stream: Reader
) -> None:
    secret = program.home.parent / "elsewhere"
    secret.mkdir()
    (secret / "secret.txt").write_text("x")
    (program.site / "out").symlink_to(secret)
    (secret / "secret.txt").write_text("changed")
    (program.site / "last.html").write_text("the end of it")

    told: list[str] = []
    while not any("last.html" in data for data in told):
        told.append(stream.next().data)

    assert not [data for data in told if "secret" in data or "elsewhere" in data]


def test_hidden_files_and_modules_tell_nothing(program: Program, stream: Reader) -> None:
    for name in (".env", ".git/index", "node_modules/x"):
        path = program.site / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("secret")
    (program.site / "last.css").write_text("the end of it")

    told: list[str] = []
    while not any("last.css" in data for data in told):
        told.append(stream.next().data)

    paths = [one["path"] for data in told for one in json.loads(data)["paths"]]
    assert paths == ["last.css"]


def assert_plain(program: Program) -> None:
    """No line of the log is forged, and none drives a terminal."""
    text = program.log
    assert not set(text) & (set(map(chr, range(32))) - {"\n"} | {"\x7f", "\u202e", "\u2028"})
    assert all(line[:4].isdigit() for line in text.splitlines()), text
