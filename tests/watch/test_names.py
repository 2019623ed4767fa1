"""Names that break programs: told by the watcher, sent by the real program, shown on its dashboard.

A name that is not UTF-8 has U+FFFD on the wire where the odd bytes are, for JSON has no bytes.
"""

import json
import os
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.streams import Reader, open_stream
from tests.support import Running, wait_for
from tests.watch.recorder import Watched
from trayapp.watch.plan import wire_text

LONG = "ä" * 127 + "x"
"""255 bytes."""

NAMES = {
    "newline": "new\nline.html",
    "return": "car\rriage\x1b[31m.html",
    "quotes": "quo\"te'`s`.html",
    "backslash": "back\\slash.html",
    "not utf-8": os.fsdecode(b"caf\xe9-\xff.html"),
    "half a character": os.fsdecode("ä".encode()[:1]) + ".html",
    "255 bytes": LONG,
    "right to left": "\u202eexe.lmth.html",
    "option": "-rf",
    "leading spaces": "  a.html",
    "trailing spaces": "a.html  ",
    "only a space": " ",
    "emoji": "👩‍👩‍👧 🇪🇺.html",
    "device": "con",
    "device with suffix": "NUL.html",
    "markup": "<img src=x onerror=alert(1)>.html",
    "per cent": "100%25 %s {0}.html",
    "separators": "a\u2028b\u2029c\x85d.html",
    "pattern": "[a]*?.html",
    "hash": "#a.html",
    "bang": "!a.html",
    "colon": "http:x?y#z.html",
}
ALIKE = ["Page.html", "page.html", "PAGE.HTML"] + [
    unicodedata.normalize(form, "é.html") for form in ("NFC", "NFD")
]
"""Different files here, though not on every system."""


def test_files_of_odd_names_are_told(watched: Watched) -> None:
    """All at a time: made, changed, moved, deleted."""
    names = list(NAMES.values())
    for name in names:
        (watched.folder / name).write_text("new")
    assert {one.change for one in watched.wait_change(*names).paths} == {"created"}
    watched.rest()
    for name in names:
        (watched.folder / name).write_text("changed")
    for name in names:
        wait_for(lambda n=name: len(watched.told_of([n])) == 2, what=repr(name))  # type: ignore[misc]
    watched.rest()
    for name in names:
        (watched.folder / name).rename(watched.folder / "css" / name)
    watched.wait_change(*[f"css/{name}" for name in names])
    watched.rest()
    shutil.rmtree(watched.folder / "css")
    for name in names:
        path = f"css/{name}"
        wait_for(lambda p=path: len(watched.told_of([p])) == 2, what=repr(path))  # type: ignore[misc]


def test_folders_of_odd_names_are_watched(watched: Watched) -> None:
    names = list(NAMES.values())
    for name in names:
        (watched.folder / name).mkdir()
        (watched.folder / name / "a.html").write_text("new")
    watched.wait_change(*[f"{name}/a.html" for name in names])
    watched.rest()
    for name in names:
        (watched.folder / name / "b.html").write_text("new")
    watched.wait_change(*[f"{name}/b.html" for name in names])


def test_names_that_differ_only_in_case_or_form_are_different_files(watched: Watched) -> None:
    for name in ALIKE:
        (watched.folder / name).write_text("new")
    watched.wait_change(ALIKE[-1])
    watched.rest()
    for name in ALIKE:
        assert len(watched.told_of([name])) == 1
        (watched.folder / name).write_text("changed")
        wait_for(lambda n=name: len(watched.told_of([n])) == 2)  # type: ignore[misc]
    assert watched.state("site").files == 2 + len(ALIKE) + len(list(watched.folder.glob("last-*")))


# The real program.


@pytest.fixture
def stream(run_trayapp: Callable[..., Running], site: Path) -> Iterator[tuple[Running, Reader]]:
    running = run_trayapp(site)
    reader = open_stream(running.port)
    try:
        assert reader.next().type == "hello"
        wait_for(lambda: _saved(reader, site))
        yield running, reader
    finally:
        reader.close()


def _saved(reader: Reader, site: Path) -> bool:
    """A first save is heard: the root is scanned."""
    (site / "ready.html").write_text(os.urandom(4).hex())
    return any(event.type == "change" for event in reader.rest(0.3))


def told(reader: Reader, name: str) -> None:
    """Read until a change tells of `name` as it looks on the wire."""
    while True:
        event = reader.next()
        if event.type == "change":
            paths = [one["path"] for one in json.loads(event.data)["paths"]]
            if wire_text(name) in paths:
                return


def test_odd_names_reach_a_stream_as_json(stream: tuple[Running, Reader], site: Path) -> None:
    _running, reader = stream
    for name in [*NAMES.values(), *ALIKE]:
        (site / name).write_text("new")
        told(reader, name)
    reader.raw.decode()  # no byte that is not UTF-8
    assert "caf\ufffd-\ufffd.html".encode() in reader.raw or b"caf\\ufffd-\\ufffd" in reader.raw


@pytest.mark.parametrize("name", ["-rf", "two\nlines", os.fsdecode(b"caf\xe9"), " ", "%s 👩"])
def test_a_root_of_an_odd_name_is_watched(
    run_trayapp: Callable[..., Running], tmp_path: Path, name: str
) -> None:
    root = tmp_path / name
    root.mkdir()
    running = run_trayapp(root)
    reader = open_stream(running.port)
    try:
        hello = json.loads(reader.next().data)
        assert [one["root"] for one in hello["roots"]] == [wire_text(name)]
        wait_for(lambda: _saved(reader, root))
        (root / "a.html").write_text("new")
        told(reader, "a.html")
    finally:
        reader.close()


@pytest.mark.browser
def test_odd_names_are_shown_as_they_are(
    stream: tuple[Running, Reader], site: Path, page: Page
) -> None:
    """As text, never as markup; what cannot be shown does not break the list."""
    running, reader = stream
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.goto(f"{running.url}/")
    for name in NAMES.values():
        (site / name).write_text("shown")
        told(reader, name)
    shown = page.locator("#events")
    expect(shown).to_contain_text("onerror=alert(1)")
    expect(shown).to_contain_text("caf\ufffd-\ufffd.html")
    expect(shown).to_contain_text("http:x?y#z.html")
    assert page.locator("#events img").count() == 0
    assert complaints == []
