"""Which changes are a reload loop and which a person's: the clock is an argument."""

import pytest

from trayapp.service.loop import Loops, sentence
from trayapp.state import Loop


class Play:
    """Loops, and a page that loads within `LOAD` seconds of each change that it is told of."""

    LOAD = 0.2

    def __init__(self) -> None:
        self.loops = Loops()
        self.now = 1000.0
        self.told = 0
        self.caused = True

    def page(self) -> None:
        self.loops.came(self.now, caused=self.caused)

    def change(
        self, *, after: float, written: float | None = None, path: str = "index.log"
    ) -> bool:
        """A change told `after` seconds, with a page that loads; `written` is the time of the
        write, from now too. Whether it was passed on."""
        wrote = {} if written is None else {path: self.now + written}
        self.now += after
        known = {one: wrote[one] for one in self.loops.suspects("site", [path]) if one in wrote}
        passed = path not in self.loops.judge("site", [path], known, self.now).held
        if passed:
            self.told += 1
            self.now += self.LOAD
            self.page()
        return passed


@pytest.fixture
def play() -> Play:
    return Play()


def loop(play: Play) -> None:
    """Let `index.log` loop until it is held."""
    while play.change(after=0.05):
        assert play.told < 10


@pytest.mark.parametrize("lag", [0.01, 0.1, 0.45])
def test_a_loop_is_stopped_after_five_reloads(play: Play, lag: float) -> None:
    play.page()
    while play.change(after=lag):
        assert play.told < 10
    assert play.told == 5
    play.page()
    assert not play.change(after=lag), "loaded by hand"
    assert [(loop.root, loop.path) for loop in play.loops.held] == [("site", "index.log")]


def test_a_file_that_a_server_keeps_open_loops_slowly_and_is_stopped_too(play: Play) -> None:
    """It is written when the page is asked for and told when it has been quiet for two seconds."""
    play.page()
    while play.change(after=2.0, written=-0.1):
        assert play.told < 10
    assert play.told == 5


def test_a_page_that_asks_whether_its_server_answers_loops_too(play: Play) -> None:
    """The server writes for the question, which is told before the page has come, and for the load
    itself."""
    told = 0
    while not play.loops.judge("site", ["visits.json"], {}, play.now).held:
        play.now += 0.1
        assert not play.loops.judge("site", ["visits.json"], {}, play.now).held
        play.now += 0.2
        play.page()
        play.now += 0.05
        told += 1
        assert told < 10
    assert told == 5


@pytest.mark.parametrize("period", [0.75, 1.0, 1.25, 2.0])
def test_a_person_who_saves_often_is_no_loop(play: Play, period: float) -> None:
    play.page()
    for _ in range(8):
        assert play.change(after=period - play.LOAD, written=period - play.LOAD)
    assert play.loops.held == ()


def test_without_a_page_between_them_changes_are_no_loop(play: Play) -> None:
    for _ in range(20):
        verdict = play.loops.judge("site", ["a.html"], {}, play.now)
        assert verdict.held == frozenset()
        play.now += 0.1


def test_one_save_of_a_person_begins_the_count_anew(play: Play) -> None:
    play.page()
    for _ in range(4):
        assert play.change(after=0.1)
    assert play.change(after=3.0)
    for _ in range(4):
        assert play.change(after=0.1)
    assert not play.change(after=0.1)


def test_six_in_a_long_time_are_no_loop(play: Play) -> None:
    play.LOAD = 4.0
    for _ in range(12):
        assert play.change(after=0.1)


def test_what_is_written_long_after_a_page_came_is_told(play: Play) -> None:
    loop(play)
    assert not play.change(after=1.5)
    assert play.change(after=2.5)
    assert not play.change(after=0.1), "the path is still held"


def test_a_slow_telling_does_not_free_what_was_written_near_a_page(play: Play) -> None:
    loop(play)
    play.page()
    assert not play.change(after=2.4, written=0.1)


def test_a_time_that_cannot_be_is_not_trusted(play: Play) -> None:
    """`cp -p` brings an old time along; another computer's clock goes wrong."""
    for written in (-86400.0, 3600.0):
        fresh = Play()
        for _ in range(12):
            fresh.change(after=0.1, written=written)
        assert fresh.told == 5
        assert fresh.change(after=5.0, written=written)


def test_a_loop_that_pages_do_not_go_on_with_is_over(play: Play) -> None:
    loop(play)
    over = []
    for _ in range(6):
        play.now += 10
        over.append(play.loops.came(play.now, caused=True))
    assert over.count(True) == 1
    assert play.loops.held == ()


def test_a_loop_that_goes_on_is_not_over(play: Play) -> None:
    loop(play)
    for _ in range(10):
        play.now += 10
        play.page()
        assert not play.change(after=0.1)
    assert len(play.loops.held) == 1


def test_tabs_that_come_together_count_once(play: Play) -> None:
    loop(play)
    for _ in range(10):
        play.now += 0.01
        play.page()
    assert len(play.loops.held) == 1


def test_what_is_allowed_is_never_held_again(play: Play) -> None:
    loop(play)
    assert play.loops.allow("site", "index.log") == "index.log"
    assert play.loops.allow("site", "index.log") is None
    for _ in range(20):
        assert play.change(after=0.1)


def test_a_name_that_is_no_text_is_shown_and_found(play: Play) -> None:
    while play.change(after=0.1, path="caf\udce9.log"):
        assert play.told < 10
    assert play.loops.held[0].path == "caf\ufffd.log"
    assert play.loops.allow("site", "caf\ufffd.log") == "caf\udce9.log"


def test_an_ignored_folder_takes_its_loops_along(play: Play) -> None:
    while play.change(after=0.1, path="logs/a.log"):
        assert play.told < 10
    play.loops.forget("site", "logs/a")
    play.loops.forget("other")
    assert len(play.loops.held) == 1
    play.loops.forget("site", "logs")
    assert not play.loops.held


def test_only_what_may_be_held_is_asked_about(play: Play) -> None:
    play.page()
    assert play.loops.suspects("site", ["a", "b"]) == []
    play.loops.judge("site", ["a"], {}, play.now)
    play.page()
    assert play.loops.suspects("site", ["a", "b"]) == ["a"]


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        ([], ""),
        (
            ["index.log"],
            "index.log in site changes with each page load: its reloads are paused. "
            "Ignore it: trayapp ignore site/index.log",
        ),
        (
            ["my log.txt", "b", "c"],
            "my log.txt in site and 2 more files change with each page load: their reloads are "
            "paused. Ignore the first: trayapp ignore 'site/my log.txt'",
        ),
    ],
)
def test_the_sentence_can_be_pasted_from(paths: list[str], said: str) -> None:
    assert sentence([Loop("site", path, 0.0) for path in paths]) == said


def test_loads_that_no_change_has_caused_make_no_loop(play: Play) -> None:
    """A coding agent or a test runner saves, loads the page afresh, and saves again at once."""
    play.caused = False
    for _ in range(20):
        assert play.change(after=0.1, written=0.05)
    assert play.loops.held == ()


def test_a_loop_among_loads_of_the_user_is_found(play: Play) -> None:
    for number in range(12):
        play.caused = number % 2 == 0
        if not play.change(after=0.1, written=0.05):
            break
        play.caused = True
        play.page()
    assert play.loops.held
