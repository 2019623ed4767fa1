"""Changes on their way to the bus: in order, held while paused, merged on resume."""

import json

import pytest

from trayapp.bus import MemoryBus
from trayapp.service.changes import Changes
from trayapp.service.held import merge
from trayapp.state import Loop
from trayapp.watch import PathChange, RootChange


def change(fingerprint: str, *paths: tuple[str, str], label: str = "site") -> RootChange:
    changed = tuple(PathChange(path, kind) for path, kind in paths)  # type: ignore[arg-type]
    return RootChange(label, changed, fingerprint, 0.0)


def published(bus: MemoryBus) -> list[tuple[str, str, list[str]]]:
    told = [json.loads(event.data) for event in bus.recent(100)]
    return [(one["root"], one["fingerprint"], [p["path"] for p in one["paths"]]) for one in told]


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ("created", "modified", "created"),
        ("created", "deleted", None),
        ("modified", "modified", "modified"),
        ("modified", "deleted", "deleted"),
        ("deleted", "created", "modified"),
    ],
)
def test_two_changes_of_a_path_merge_to_what_both_did(
    first: str, second: str, merged: str | None
) -> None:
    both = merge(change("1", ("a", first)), change("2", ("a", second)))
    assert both.fingerprint == "2"
    assert [one.change for one in both.paths] == ([merged] if merged else [])


def test_while_paused_nothing_goes_out_and_on_resume_all_goes_out_once() -> None:
    bus = MemoryBus()
    changes = Changes(bus)
    changes.take(change("0"))
    changes.pause()
    changes.take(change("1", ("a.css", "modified")))
    changes.take(change("2", ("b.html", "created")))
    changes.take(change("9", ("x", "modified"), label="other"))
    assert published(bus) == []
    assert changes.fingerprints(["site"]) == {"site": "0"}
    changes.resume()
    changes.resume()
    assert sorted(published(bus)) == [("other", "9", ["x"]), ("site", "2", ["b.html", "a.css"])]
    assert changes.fingerprints(["site"]) == {"site": "2"}


def test_a_first_fingerprint_is_news_only_when_a_page_came_before_it() -> None:
    bus = MemoryBus()
    changes = Changes(bus)
    changes.take(change("1"))
    assert published(bus) == []
    assert changes.fingerprints(["site", "late"]) == {"site": "1", "late": ""}
    changes.take(change("7", label="late"))
    changes.take(change("8", label="not even there before"))
    assert published(bus) == [("late", "7", []), ("not even there before", "8", [])]


def test_a_rescan_that_finds_nothing_new_is_no_news() -> None:
    bus = MemoryBus()
    changes = Changes(bus)
    changes.take(change("1"))
    changes.take(change("1"))
    changes.take(change("2"))
    assert published(bus) == [("site", "2", [])]


def test_a_forgotten_root_is_told_no_more() -> None:
    bus = MemoryBus()
    changes = Changes(bus)
    changes.take(change("1"))
    changes.pause()
    changes.take(change("2", ("a", "modified")))
    changes.forget("site")
    changes.resume()
    assert published(bus) == []


class Looping:
    """A page that loads after each change, and a server that writes `index.log` for each load."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.now = 1000.0
        self.found: list[Loop] = []
        self.changes = Changes(self.bus, on_loops=self.found.extend, clock=lambda: self.now)
        self.count = 0
        self.changes.take(change("0"))
        self.changes.fingerprints(["site"])

    def save(self, *paths: str, after: float = 0.1) -> None:
        """A change of `paths`, told and followed by a page load when it is passed on."""
        before = len(published(self.bus))
        self.now += after
        self.count += 1
        self.changes.take(change(str(self.count), *((path, "modified") for path in paths)))
        if len(published(self.bus)) > before:
            self.now += 0.1
            self.changes.page_came(True)

    def loop(self) -> None:
        for _ in range(8):
            self.save("index.log")


def test_a_loop_stops_and_is_told_of_once() -> None:
    site = Looping()
    site.loop()
    assert len(published(site.bus)) == 5
    assert [one.path for one in site.found] == ["index.log"]
    assert site.changes.loops == tuple(site.found)


def test_pages_that_come_back_during_a_loop_have_missed_nothing() -> None:
    site = Looping()
    site.loop()
    assert site.changes.fingerprints(["site"]) == {"site": "5"}
    site.changes.take(change(str(site.count)))  # looked through again, and found so
    assert len(published(site.bus)) == 5


def test_other_files_are_told_during_a_loop() -> None:
    site = Looping()
    site.loop()
    site.save("style.css", "index.log", after=0.01)
    assert published(site.bus)[-1] == ("site", "9", ["style.css"])
    assert site.changes.fingerprints(["site"]) == {"site": "9"}


def test_what_needs_nothing_done_is_not_told_alone() -> None:
    """A change that asks for nothing but names a new fingerprint would make pages reload."""
    site = Looping()
    site.loop()
    site.save("style.css.map", "index.log", after=0.01)
    assert len(published(site.bus)) == 5


def test_a_loop_that_is_allowed_goes_on_with_what_was_not_told() -> None:
    site = Looping()
    site.loop()
    assert not site.changes.allow("site", "index.html")
    assert site.changes.allow("site", "index.log")
    assert published(site.bus)[-1] == ("site", "8", ["index.log"])
    site.changes.page_came(True)
    for _ in range(10):
        site.save("index.log")
    assert len(published(site.bus)) == 16


def test_a_loop_is_forgotten_with_its_file() -> None:
    site = Looping()
    site.loop()
    site.changes.forget("site", "index.log")
    assert site.changes.loops == ()


def test_a_change_says_which_roots_it_lies_in() -> None:
    bus = MemoryBus()
    changes = Changes(bus)
    inner = RootChange("css", (PathChange("a.css", "modified"),), "1", 0.0, within=("site",))
    changes.take(inner)
    event = bus.recent(1)[0]
    assert (event.root, event.within) == ("css", ("site",))
    assert json.loads(event.data)["within"] == ["site"]
    changes.take(change("1", ("a.html", "modified")))
    assert "within" not in json.loads(bus.recent(1)[0].data)
