"""Changes on their way to the bus: in order, held while paused, merged on resume."""

import json

import pytest

from trayapp.bus import MemoryBus
from trayapp.service.changes import Changes
from trayapp.service.held import merge
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
