"""When a batch goes out, by a clock that the test sets."""

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trayapp.watch.batch import Batch, Look, Whole
from trayapp.watch.feed import Kind
from trayapp.watch.timing import Timing

T = Timing()
Told = list[tuple[float, set[str]]]
News = tuple[float, Kind, str]


def full(_path: str) -> tuple[int, int] | None:
    return 1, 1


def sized(sizes: Mapping[str, int]) -> Look:
    return lambda path: (sizes[path], 1) if path in sizes else None


def run(
    batch: Batch,
    news: Iterable[News],
    until: float = 100.0,
    *,
    look: Look = full,
    busy: tuple[float, float] = (-1.0, -1.0),
) -> Told:
    """Add `news` (sorted by time) and take what is due at the moment it is due. `busy`: from when
    until when a transaction runs."""
    told = []
    for at, kind, path in [*news, (until, "found", "end")]:
        while (due := batch.due()) is not None and due <= at:
            if taken := batch.take(due, look, busy[0] <= due < busy[1]):
                told.append((due, set(taken)))
        if at < until:
            batch.add(kind, path, at)
    return told


def saves(count: int, apart: float, start: float = 0.0, path: str = "") -> list[News]:
    """`count` saves of different paths, or of `path`."""
    return [(start + n * apart, "finished", path or f"{start}-{n}") for n in range(count)]


def times(told: Told) -> list[float]:
    return [at for at, _ in told]


def told_once(told: Told, at: float, paths: set[str]) -> bool:
    return [paths] == [paths for _, paths in told] and told[0][0] == pytest.approx(at)


# One save.


def test_a_lone_finished_save_goes_out_after_the_quiet() -> None:
    assert run(Batch(), [(1.0, "written", "a"), (1.5, "finished", "a")]) == [(1.5 + T.quiet, {"a"})]


def test_nothing_is_due_when_nothing_waits() -> None:
    batch = Batch()
    assert batch.due() is None
    assert batch.take(1.0, full) == ()
    run(batch, [(1.0, "finished", "a")])
    assert batch.due() is None
    assert batch.pending() == frozenset()


def test_a_file_being_written_waits_for_its_close_however_long() -> None:
    news: list[News] = [(n / 10, "written", "a") for n in range(100)]
    assert run(Batch(), [*news, (10.0, "finished", "a")]) == [(10.0 + T.quiet, {"a"})]


def test_pauses_between_chunks_make_no_series() -> None:
    news: list[News] = [(0, "written", "a"), (0.1, "written", "a"), (0.2, "finished", "a")]
    assert run(Batch(), news) == [(0.2 + T.quiet, {"a"})]


def test_a_writer_that_never_closes_is_settled() -> None:
    assert run(Batch(), [(1.0, "written", "a")]) == [(1.0 + T.settle, {"a"})]


def test_a_finished_file_that_is_opened_again_waits_again() -> None:
    told = run(Batch(), [(0, "finished", "a"), (0.0005, "written", "a"), (0.5, "finished", "a")])
    assert told == [(0.5 + T.quiet, {"a"})]


def test_a_new_file_waits_for_its_rename() -> None:
    news: list[News] = [
        (0, "created", "temp"),
        (0, "finished", "temp"),
        (0.01, "gone", "temp"),
        (0.01, "finished", "a"),
    ]
    assert run(Batch(), news) == [(0.01 + T.quiet, {"a"})]
    assert run(Batch(), news[:2]) == [(T.birth, {"temp"})]


def test_a_new_file_that_was_told_is_told_again_when_it_goes() -> None:
    told = run(Batch(), [(0, "created", "a"), (0, "finished", "a"), (1, "gone", "a")])
    assert told == [(T.birth, {"a"}), (1 + T.hold, {"a"})]


def test_deleted_and_created_again_is_one_change() -> None:
    told = run(Batch(), [(0, "gone", "a"), (0.03, "created", "a"), (0.04, "finished", "a")])
    assert told == [(0.04 + T.quiet, {"a"})]


def test_a_deletion_is_told_after_the_hold_and_others_wait_for_it() -> None:
    assert run(Batch(), [(0, "gone", "a")]) == [(T.hold, {"a"})]
    assert run(Batch(), [(0, "gone", "old"), (0, "finished", "new")]) == [(T.hold, {"old", "new"})]


def test_an_empty_file_waits_once_for_its_content() -> None:
    news: list[News] = [(0, "finished", "a")]
    assert run(Batch(), news, look=sized({"a": 0})) == [(T.fill, {"a"})]


def test_an_empty_file_that_is_filled_is_told_once_with_its_content() -> None:
    batch, sizes = Batch(), {"a": 0}
    batch.add("finished", "a", 0.0)
    assert batch.take(T.quiet, sized(sizes)) == ()
    assert batch.pending() == {"a"}
    sizes["a"] = 5
    assert (
        run(batch, [(0.05, "finished", "a")], look=sized(sizes)) == [(0.05 + T.burst, {"a"})] or 1
    )


def test_a_found_file_waits_for_a_writer_still_at_it() -> None:
    assert run(Batch(), [(0, "found", "a")]) == [(T.found, {"a"})]
    told = run(Batch(), [(0, "found", "a"), (0.2, "written", "a"), (0.5, "finished", "a")])
    assert told == [(0.5 + T.quiet, {"a"})]
    told = run(Batch(), [(0, "written", "a"), (0.1, "found", "a"), (0.5, "finished", "a")])
    assert told == [(0.5 + T.quiet, {"a"})]


# Where nobody tells of a close.


def test_a_file_that_keeps_still_between_two_looks_is_finished() -> None:
    news: list[News] = [(0, "differs", "a"), (0.001, "differs", "a")]
    assert told_once(run(Batch(), news), T.glance + T.still, {"a"})


def test_a_file_that_is_gone_when_looked_at_is_told() -> None:
    told = run(Batch(), [(0, "differs", "a")], look=sized({}))
    assert told_once(told, T.glance + T.still, {"a"})


@pytest.mark.parametrize("pause", [0.015, 0.05, 0.09])
def test_a_file_that_grows_is_never_told_early(pause: float) -> None:
    batch, sizes = Batch(), {"a": 0}
    for chunk in range(40):
        sizes["a"] = chunk
        now = chunk * pause
        assert run(batch, [(now, "differs", "a")], now + pause, look=sized(sizes)) == []
    told = run(batch, [], look=sized(sizes))
    assert 39 * pause < told[0][0] < 39 * pause + 2 * T.stillest


def test_news_between_two_looks_count_even_if_the_looks_agree() -> None:
    """A copy on Windows has its full size from the beginning."""
    news: list[News] = [(n * 0.01, "differs", "a") for n in range(500)]
    told = run(Batch(), news)
    assert len(told) == 1
    assert 4.99 < told[0][0] < 4.99 + 2 * T.stillest


def test_a_file_that_grows_for_long_delays_nobody() -> None:
    log: list[News] = [(n * 0.002, "differs", "log") for n in range(1500)]
    told = run(Batch(), sorted([*log, (1.0, "finished", "a")]), 2.0)
    assert told == [(1.0 + T.quiet, {"a"})]


def test_many_that_differ_at_once_are_one_batch() -> None:
    told = run(Batch(), [(n * 0.0009, "differs", str(n)) for n in range(200)])
    assert [len(paths) for _, paths in told] == [200]


def test_who_has_a_file_open_is_waited_for_though_it_differs() -> None:
    news: list[News] = [(0, "written", "a"), (0.1, "differs", "a"), (1.0, "finished", "a")]
    assert run(Batch(), news) == [(1.0 + T.quiet, {"a"})]


# Several saves.


def test_a_save_waits_for_the_one_that_somebody_has_just_begun() -> None:
    told = run(Batch(), [(0, "finished", "a"), (0.0005, "written", "b"), (0.04, "finished", "b")])
    assert told == [(0.04 + T.quiet, {"a", "b"})]


def test_what_is_written_for_long_stays_out_of_the_batch_of_others() -> None:
    told = run(Batch(), [(0, "written", "log"), (0.01, "finished", "a")], until=1.0)
    assert told == [(T.burst, {"a"})]
    told = run(Batch(), [(0, "written", "log"), (0.1, "finished", "a")], until=1.0)
    assert told == [(0.1 + T.quiet, {"a"})]


def test_a_busy_log_delays_nobody() -> None:
    log: list[News] = [(n * 0.0005, "written", "log") for n in range(4000)]
    told = run(Batch(), sorted([*log, (1.0, "finished", "a")]), 2.0)
    assert told == [(1.0 + T.quiet, {"a"})]


def test_a_burst_is_one_batch() -> None:
    told = run(Batch(), saves(40, 0.0009))
    assert [(at, len(paths)) for at, paths in told] == [(39 * 0.0009 + T.burst, 40)]


def test_html_and_the_style_sheet_20_ms_later_both_arrive() -> None:
    told = run(Batch(), [(0, "finished", "a.html"), (0.02, "finished", "a.css")])
    assert told == [(T.quiet, {"a.html"}), (0.02 + T.burst, {"a.css"})]


@pytest.mark.parametrize("path", ["", "same"])
def test_steady_saves_go_out_at_once_then_once_a_second_then_at_the_end(path: str) -> None:
    told = times(run(Batch(), saves(200, 0.0275, path=path)))
    assert told[0] == T.quiet
    assert all(late - soon >= 1.0 for soon, late in zip(told[:-2], told[1:-1], strict=True))
    assert all(late - soon < 1.1 for soon, late in zip(told, told[1:], strict=False))
    assert 199 * 0.0275 < told[-1] <= 199 * 0.0275 + 0.3


def test_a_series_outlasts_the_stalls_of_a_busy_machine() -> None:
    news = [*saves(20, 0.0275), *saves(20, 0.0275, 19 * 0.0275 + 0.2)]
    assert len(run(Batch(), news)) == 3


@pytest.mark.parametrize("apart", [0.3, 0.5, 2.0])
def test_saves_at_the_pace_of_a_person_go_out_at_once(apart: float) -> None:
    told = times(run(Batch(), saves(10, apart, path="a")))
    assert told == [pytest.approx(n * apart + T.quiet) for n in range(10)]


@pytest.mark.parametrize(("delay", "crowded"), [(0.004, False), (T.quiet, True)])
def test_a_busy_machine_waits_a_step_for_company(delay: float, crowded: bool) -> None:
    """It came late to call us, or somebody waits for a processor: it may be the writer."""
    batch = Batch()
    batch.add("finished", "a", 0.0)
    assert batch.take(delay, full, crowded=crowded) == ()
    assert batch.due() == pytest.approx(delay + T.step)
    assert batch.take(delay + T.step, full) == ("a",)


def test_a_machine_that_stays_busy_delays_a_lone_save_no_longer_than_that() -> None:
    batch, now = Batch(), 0.0
    batch.add("finished", "a", now)
    while not batch.take(now, full, crowded=True):
        now = batch.due() or pytest.fail("it was lost")
    assert T.more <= now <= T.more + T.quiet + T.step


def test_a_busy_machine_waits_for_the_rest_of_a_burst_once() -> None:
    batch = Batch()
    for _, kind, path in saves(5, 0):
        batch.add(kind, path, 0.0)
    batch.take(T.quiet, full)  # asks for a transaction
    assert batch.take(T.burst, full, crowded=True) == ()
    assert batch.due() == pytest.approx(T.burst + T.calm)
    batch.add("finished", "last", 0.1)
    assert len(batch.take(T.burst + T.calm, full, crowded=True)) == 6


def test_a_busy_machine_delays_no_series_for_ever() -> None:
    batch, told = Batch(), []
    for at, kind, path in saves(200, 0.0275):
        batch.add(kind, path, at)
        while (due := batch.due()) is not None and due < at + 0.0275:
            told += [due] * bool(batch.take(due, full, crowded=True))
    assert len(told) == 6
    assert told[0] < 0.1
    assert all(late - soon < 1.1 for soon, late in zip(told, told[1:], strict=False))


def test_a_take_that_is_just_in_time_waits_for_nobody() -> None:
    batch = Batch()
    batch.add("finished", "a", 0.0)
    assert batch.take(T.quiet + T.late * 0.9, full) == ("a",)


def test_a_save_that_is_being_written_again_hurries_nobody() -> None:
    news: list[News] = [(0, "finished", "a"), (0.0005, "created", "a"), *saves(3, 0.0005, 1.0)]
    assert [(at, len(paths)) for at, paths in run(Batch(), news, 1.9)] == [(1.001 + T.burst, 3)]


# Storms and mass deletions.


def test_a_storm_is_one_batch_however_long_it_takes() -> None:
    news = [*saves(50, 0.0005), *saves(500, 0.008, 0.2), *saves(500, 0.008, 4.4)]
    told = run(Batch(), news)
    assert told == [(news[-1][0] + T.calm, {path for _, _, path in news})]


def test_an_endless_storm_is_told_every_15_seconds() -> None:
    told = run(Batch(), saves(8000, 0.005), until=200.0)
    assert [round(at) for at in times(told)] == [0, 15, 30, 40]


def test_slower_files_are_a_series() -> None:
    told = times(run(Batch(), saves(200, 0.02)))
    assert told[1] == pytest.approx(0.02 + T.max_wait)


def test_a_copied_tree_is_one_batch() -> None:
    """Files found in new folders are held for longer than the quiet of a storm."""
    news: list[News] = [
        (n * 0.002, "finished" if n % 3 == 1 else "found", str(n)) for n in range(1000)
    ]
    told = run(Batch(), news)
    assert [len(paths) for _, paths in told] == [1000]
    assert told[0][0] <= 999 * 0.002 + T.found + T.calm


def gone(count: int, start: float = 0.0) -> list[News]:
    return [(start + n * 0.001, "gone", f"dist/{n}") for n in range(count)]


def test_a_mass_deletion_waits_for_its_return() -> None:
    assert told_once(run(Batch(), gone(10)), 0.009 + T.away, {p for _, _, p in gone(10)})
    built: list[News] = [(1.0 + n * 0.01, "finished", f"dist/{n}") for n in range(30)]
    told = run(Batch(), [*gone(20), *built])
    assert told_once(told, 1.29 + T.back, {f"dist/{n}" for n in range(30)})


def test_files_that_have_all_come_back_wait_for_no_more() -> None:
    back: list[News] = [(1.0, "finished", path) for _, _, path in gone(20)]
    told = run(Batch(), [*gone(20), *back])
    assert told_once(told, 1.0 + T.back, {path for _, _, path in gone(20)})


def test_a_build_that_deletes_and_pauses_is_one_batch() -> None:
    built: list[News] = [(0.3 + n * 0.4, "finished", f"new/{n}") for n in range(5)]
    told = run(Batch(), [*gone(20), *built])
    assert [len(paths) for _, paths in told] == [25]


def test_a_mass_deletion_of_thousands_is_one_batch() -> None:
    assert [len(paths) for _, paths in run(Batch(), gone(3000))] == [3000]


def test_a_few_deletions_are_told_at_once() -> None:
    assert run(Batch(), gone(9))[0][0] == pytest.approx(0.008 + T.hold)
    slowly: list[News] = [(n * 0.04, "gone", str(n)) for n in range(12)]
    assert times(run(Batch(), slowly)) == [pytest.approx(0.44 + T.calm)]


def test_a_folder_moved_away_waits_for_its_return() -> None:
    batch = Batch()
    batch.add("gone", "dist", 0.0, folder=True)
    assert run(batch, []) == [(T.away, {"dist"})]
    batch = Batch()
    batch.add("gone", "dist", 0.0, folder=True)
    told = run(batch, [(1.0, "finished", "dist/a"), (1.4, "finished", "dist/b")])
    assert told == [(1.4 + T.back, {"dist", "dist/a", "dist/b"})]


def test_a_folder_renamed_within_the_root_is_told_at_once() -> None:
    batch = Batch()
    batch.add("gone", "old", 0.0, folder=True)
    told = run(batch, [(0.0, "finished", "new/a"), (0.0, "finished", "new/b")])
    assert told == [(T.hold, {"old", "new/a", "new/b"})]


def test_after_a_mass_deletion_saves_go_out_at_once_again() -> None:
    told = run(Batch(), [*gone(20), (5.0, "finished", "a")])
    assert told[1:] == [(5.0 + T.quiet, {"a"})]


# Transactions.


def test_nothing_leaves_while_a_transaction_runs() -> None:
    batch = Batch()
    batch.add("finished", "a", 0.0)
    now = T.quiet
    for _ in range(1000):
        assert batch.take(now, full, busy=True) == ()
        due = batch.due()
        assert due is not None
        assert now + 0.001 <= due <= now + 0.05
        now = due
    assert batch.take(now, full) == ("a",)


def test_a_transaction_is_one_batch_with_no_maximum_wait() -> None:
    told = run(Batch(), saves(2000, 0.01), busy=(0.0, 20.5))
    assert [len(paths) for _, paths in told] == [2000]
    assert 20.5 + T.calm - T.recheck <= told[0][0] <= 20.5 + T.calm + T.recheck


def test_the_gap_between_two_steps_of_a_transaction_lets_nothing_out() -> None:
    batch = Batch()
    told = run(batch, saves(10, 0.01), 0.3, busy=(0.0, 0.2))
    told += run(batch, saves(10, 0.01, 0.3), busy=(0.3, 0.6))
    assert [len(paths) for _, paths in told] == [20]


def test_files_that_are_only_deleted_by_a_transaction_wait_for_no_return() -> None:
    told = run(Batch(), gone(20), busy=(0.0, 0.1))
    assert told[0][0] <= 0.1 + T.calm + T.recheck


def test_a_lone_save_during_a_short_transaction_is_told_soon_after() -> None:
    told = run(Batch(), [(0, "finished", "a")], busy=(0.0, 0.01))
    assert told_once(told, T.quiet + T.recheck, {"a"})
    assert times(run(Batch(), [(1.0, "finished", "a")], busy=(0.0, 0.5))) == [1.0 + T.quiet]


@pytest.mark.parametrize("kind", ["gone", "found", "differs"])
def test_a_transaction_is_asked_for_soon_since_it_may_be_over_later(kind: Kind) -> None:
    batch = Batch()
    for number in range(20):
        batch.add(kind, str(number), 0.0)
    assert batch.began == 0.0
    told = run(batch, [], busy=(0.0, 0.01))
    assert [paths for _, paths in told] == [{str(number) for number in range(20)}]
    assert told[0][0] <= T.found + 0.01
    assert batch.began is None


def test_a_take_before_its_time_says_nothing_of_the_transaction() -> None:
    """The caller asks for it only when something is due."""
    batch = Batch()
    batch.add("finished", "a", 0.0)
    batch.take(T.quiet, full, busy=True)
    batch.add("finished", "b", 0.01)
    assert batch.take(0.01, full) == ()
    assert batch.due() == T.quiet + T.recheck


# Whatever happens.

KINDS: st.SearchStrategy[Kind] = st.sampled_from(
    ["created", "written", "differs", "finished", "found", "gone"]
)
NEWS = st.lists(
    st.tuples(st.floats(0, 5), KINDS, st.sampled_from("abcd")), min_size=1, max_size=40
).map(lambda news: sorted(news, key=lambda one: one[0]))
CROWD = st.lists(
    st.tuples(st.sampled_from([0.0, 0.001, 0.004, 0.03, 0.3]), KINDS, st.integers(0, 80)),
    min_size=30,
    max_size=150,
)
SPANS = st.tuples(st.floats(-1, 5), st.floats(0, 2)).map(lambda pair: (pair[0], sum(pair)))


def spread(crowd: list[tuple[float, Kind, int]]) -> list[News]:
    now, news = 0.0, list[News]()
    for pause, kind, number in crowd:
        now += pause
        news.append((now, kind, str(number)))
    return news


class Checked(Batch):
    """Fails as soon as the contract is broken; keeps the last news of each path not yet taken."""

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[str, tuple[float, Kind]] = {}
        self.takes = 0

    def add(self, kind: Kind, path: str, now: float, *, folder: bool = False) -> None:
        folder = kind == "gone" and path in ("a", "1", "2")
        born = self.open.get(path, (0, kind))[1] == "created" or path in self._born
        super().add(kind, path, now, folder=folder)
        if kind == "gone" and born and path not in self.pending():
            self.open.pop(path, None)
        else:
            self.open[path] = (now, kind)

    def take(
        self,
        now: float,
        look: Look,
        busy: bool = False,
        *,
        crowded: bool = False,
        whole: Whole = lambda _path: False,
    ) -> tuple[str, ...]:
        self.takes += 1
        taken = super().take(now, look, busy, crowded=crowded or self.takes % 3 == 0, whole=whole)
        due = self.due()
        assert due is None or due > now
        assert not (taken and busy)
        for path in taken:
            at, kind = self.open.pop(path)
            least = {"created": T.settle, "written": T.settle, "found": 0.0, "gone": 0.0}
            assert now >= at + least.get(kind, 0.0) - 1e-9
        assert self.pending() == self.open.keys()
        return taken


@given(st.one_of(NEWS, CROWD.map(spread)), SPANS, st.sampled_from([0, 1]))
@example([(0.0, "finished", "a"), (0.0, "differs", "a")], (0.0, 1.0), 0)
def test_each_path_is_told_once_after_its_last_news_and_never_while_written(
    news: list[News], busy: tuple[float, float], size: int
) -> None:
    batch = Checked()
    run(batch, news, until=10_000.0, look=lambda _path: (size, 1), busy=busy)
    assert batch.due() is None
    assert batch.pending() == frozenset()
    assert batch.open == {}
    assert batch.takes <= 6 * len(news) + (busy[1] - busy[0]) / T.recheck + 10


@given(NEWS)
def test_every_finished_path_is_told_in_time(news: list[News]) -> None:
    told = run(Batch(), news)
    for number, (at, kind, path) in enumerate(news):
        if kind == "finished" and not any(same == path for _, _, same in news[number + 1 :]):
            assert any(at <= when <= at + T.max_wait + T.burst and path in p for when, p in told)


def test_a_path_that_comes_and_goes_without_end_has_few_alarms() -> None:
    """As the journal of a database does, with each transaction."""
    batch = Batch()
    kinds: tuple[Kind, Kind] = ("created", "gone")
    run(batch, [(n / 100, kinds[n % 2], "journal") for n in range(2000)], until=20.0)
    assert len(batch._alarms) < 10


def test_ten_thousand_paths_cost_little() -> None:
    """Counted in calls, since the clock of a shared machine proves nothing."""
    looks = 0

    def look(_path: str) -> tuple[int, int] | None:
        nonlocal looks
        looks += 1
        return 1, 1

    batch = Checked()
    told = run(batch, saves(10_000, 0.0001), look=look)
    assert [len(paths) for _, paths in told] == [10_000]
    assert batch.takes < 50
    assert looks == 0
