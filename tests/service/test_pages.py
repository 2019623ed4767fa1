"""The ledger of pages: who is there, what each has shown, who is behind."""

import pytest

from trayapp.service.pages import MANY, PATIENCE, Pages, Told
from trayapp.state import PageState

ROOT = frozenset({"site"})
LATE = PATIENCE + 0.1


def told(seq: int, time: float, roots: frozenset[str] = ROOT) -> Told:
    return Told(seq, f"e-{seq}", time, roots, f"file-{seq}.css")


def came(pages: Pages, name: str, now: float = 0.0, seen: int = 0, **more: object) -> None:
    pages.came(PageState(name, f"http://x/{name}", name), seen, now, **more)  # type: ignore[arg-type]


def statuses(pages: Pages, now: float) -> dict[str, str]:
    return {view.page: view.status for view in pages.views(now)}


def test_an_answer_that_is_quicker_than_the_page_it_is_of_stays_known() -> None:
    pages = Pages()
    came(pages, "a")
    pages.told(told(1, 0.5))
    pages.applied("a", "e-1", "reload", 41.0, 1.0)
    came(pages, "a", 1.1, seen=1)
    [view] = pages.views(2.0)
    assert (view.action, view.ms, view.at, view.status) == ("reload", 41.0, 1.0, "current")


def test_what_a_page_has_shown_last_is_known_with_its_cause() -> None:
    pages = Pages()
    came(pages, "a")
    pages.told(told(1, 10.0))
    pages.applied("a", "e-1", "css", 41.0, 10.041)
    view = PageState("a", "http://x/a", "a", "current", "file-1.css", "css", 41.0, 10.041)
    assert pages.views(100.0) == (view,)


def test_nothing_shown_leaves_what_was_shown_before() -> None:
    pages = Pages()
    came(pages, "a")
    for seq, action in ((1, "css"), (2, "none"), (3, "waiting")):
        pages.told(told(seq, 10.0 * seq))
        pages.applied("a", f"e-{seq}", action, 5.0, 10.0 * seq)
    (view,) = pages.views(31.0)
    assert (view.cause, view.action, view.at, view.status) == ("file-1.css", "css", 10.0, "waiting")


def test_who_does_not_answer_within_the_patience_is_behind_until_it_does() -> None:
    pages = Pages()
    came(pages, "quick")
    came(pages, "slow")
    pages.told(told(1, 10.0))
    pages.applied("quick", "e-1", "css", 5.0, 10.0)
    assert statuses(pages, 10.0 + PATIENCE) == {"quick": "current", "slow": "current"}
    assert statuses(pages, 10.0 + LATE) == {"quick": "current", "slow": "behind"}
    pages.applied("slow", "e-1", "css", 6000.0, 17.0)
    assert statuses(pages, 17.0) == {"quick": "current", "slow": "current"}


def test_an_answer_stands_for_all_before_it() -> None:
    pages = Pages()
    came(pages, "a")
    for seq in (1, 2, 3):
        pages.told(told(seq, 10.0))
    pages.applied("a", "e-3", "css", 5.0, 10.0)
    assert statuses(pages, 99.0) == {"a": "current"}


def test_an_answer_without_id_stands_for_all_so_far() -> None:
    pages = Pages()
    came(pages, "a")
    pages.told(told(1, 10.0))
    pages.applied("a", "", "reload", 5.0, 10.0)
    assert statuses(pages, 99.0) == {"a": "current"}
    pages.told(told(2, 100.0))
    assert statuses(pages, 100.0 + LATE) == {"a": "behind"}


def test_an_answer_to_something_unknown_stands_for_nothing() -> None:
    pages = Pages()
    came(pages, "a")
    pages.told(told(1, 10.0))
    pages.applied("a", "other-9", "css", 5.0, 10.0)
    assert statuses(pages, 10.0 + LATE) == {"a": "behind"}


def test_what_could_not_be_shown_leaves_a_page_behind() -> None:
    pages = Pages()
    came(pages, "a")
    pages.told(told(1, 10.0))
    pages.applied("a", "e-1", "failed", 5.0, 10.0)
    assert statuses(pages, 10.0) == {"a": "behind"}


def test_a_page_owes_no_answer_for_what_it_was_loaded_with() -> None:
    pages = Pages()
    pages.told(told(1, 10.0))
    came(pages, "a", 11.0, seen=1)
    assert statuses(pages, 99.0) == {"a": "current"}


def test_a_page_owes_no_answer_for_roots_it_does_not_follow() -> None:
    pages = Pages()
    came(pages, "a", roots=["blog"])
    pages.told(told(1, 10.0))
    assert statuses(pages, 99.0) == {"a": "current"}
    pages.told(told(2, 100.0, frozenset({"css", "blog"})))
    assert statuses(pages, 199.0) == {"a": "behind"}


def test_who_misses_three_is_gone_until_it_speaks_again() -> None:
    pages = Pages()
    came(pages, "a")
    for seq in (1, 2, 3):
        pages.told(told(seq, 10.0))
    assert statuses(pages, 10.0 + LATE) == {}
    pages.applied("a", "e-3", "css", 5.0, 16.0)
    assert statuses(pages, 16.0) == {"a": "current"}
    assert pages.views(16.0)[0].title == "a"


def test_who_waits_for_a_person_may_wait_for_long() -> None:
    pages = Pages()
    came(pages, "a")
    for seq in range(1, 9):
        pages.told(told(seq, 10.0))
        if seq == 1:
            pages.applied("a", "e-1", "waiting", 0.0, 10.0)
    assert statuses(pages, 9999.0) == {"a": "waiting"}


def test_who_leaves_is_not_there() -> None:
    pages = Pages()
    came(pages, "a")
    pages.left("a")
    pages.left("a")
    assert pages.views(1.0) == ()


def test_a_page_from_before_our_start_is_known_by_its_name_only() -> None:
    pages = Pages()
    pages.told(told(1, 10.0))
    pages.applied("a", "e-1", "css", 5.0, 10.0)
    assert pages.views(10.0) == (PageState("a", cause="file-1.css", action="css", ms=5.0, at=10.0),)


def test_the_picture_is_due_when_the_first_answer_is_overdue() -> None:
    pages = Pages()
    came(pages, "a")
    assert pages.due(0.0) is None
    pages.told(told(1, 10.0))
    pages.told(told(2, 12.0))
    due = pages.due(10.0)
    assert due is not None
    assert due == pytest.approx(PATIENCE, abs=0.1)
    assert statuses(pages, 10.0 + due) == {"a": "behind"}
    pages.applied("a", "e-2", "css", 5.0, 13.0)
    assert pages.due(13.0) is None


def test_the_book_is_bounded_and_the_most_silent_makes_room() -> None:
    pages = Pages()
    for number in range(MANY):
        came(pages, f"page-{number}", float(number))
    pages.applied("page-0", "", "css", 5.0, 1000.0)
    came(pages, "one-more", 1001.0)
    names = [view.page for view in pages.views(0.0)]
    assert len(names) == MANY
    assert {"page-0", "one-more"} <= set(names)
    assert "page-1" not in names
