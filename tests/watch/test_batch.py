"""When a batch goes out, by a clock that the test sets."""

from hypothesis import given
from hypothesis import strategies as st

from trayapp.watch.batch import Batch, Timing
from trayapp.watch.feed import Kind

T = Timing()


def never(_path: str) -> bool:
    return False


def run(
    batch: Batch, events: list[tuple[float, Kind, str]], until: float = 100.0
) -> list[tuple[float, set[str]]]:
    """Feed `events` (sorted by time) and take whatever is due, at the moment it is due."""
    told = []
    for at, kind, path in [*events, (until, "found", "end")]:
        while (due := batch.due()) is not None and due <= at:
            if taken := batch.take(due, never):
                told.append((due, set(taken)))
        if at < until:
            batch.add(kind, path, at)
    return told


def test_a_lone_finished_save_goes_out_after_the_quiet() -> None:
    assert run(Batch(), [(1.0, "written", "a"), (1.5, "finished", "a")]) == [(1.5 + T.quiet, {"a"})]


def test_nothing_is_due_when_nothing_waits() -> None:
    batch = Batch()
    assert batch.due() is None
    run(batch, [(1.0, "finished", "a")])
    assert batch.due() is None


def test_a_file_being_written_waits_for_its_close_however_long() -> None:
    events: list[tuple[float, Kind, str]] = [(n / 10, "written", "a") for n in range(100)]
    assert run(Batch(), [*events, (10.0, "finished", "a")]) == [(10.0 + T.quiet, {"a"})]


def test_a_writer_that_never_closes_is_settled() -> None:
    assert run(Batch(), [(1.0, "written", "a")]) == [(1.0 + T.settle, {"a"})]


def test_a_finished_file_that_is_opened_again_waits_again() -> None:
    told = run(Batch(), [(0, "finished", "a"), (0.0005, "written", "a"), (0.5, "finished", "a")])
    assert told == [(0.5 + T.quiet, {"a"})]


def test_what_is_written_stays_out_of_the_batch_of_others() -> None:
    told = run(Batch(), [(0, "written", "log"), (0.01, "finished", "a")], until=1.0)
    assert told == [(0.01 + T.quiet, {"a"})]


def test_a_busy_log_delays_nobody() -> None:
    log: list[tuple[float, Kind, str]] = [(n * 0.0005, "written", "log") for n in range(4000)]
    told = run(Batch(), sorted([*log, (1.0, "finished", "a")], key=lambda event: event[0]), 2.0)
    assert told == [(1.0 + T.quiet, {"a"})]


def test_a_new_file_waits_for_its_rename() -> None:
    events: list[tuple[float, Kind, str]] = [
        (0, "created", "temp"),
        (0, "finished", "temp"),
        (0.01, "gone", "temp"),
        (0.01, "finished", "a"),
    ]
    assert run(Batch(), events) == [(0.01 + T.quiet, {"a"})]
    assert run(Batch(), events[:2]) == [(T.birth, {"temp"})]


def test_deleted_and_created_again_is_one_change() -> None:
    told = run(Batch(), [(0, "gone", "a"), (0.03, "created", "a"), (0.04, "finished", "a")])
    assert told == [(0.04 + T.quiet, {"a"})]


def test_a_deletion_is_told_after_the_hold_and_others_wait_for_it() -> None:
    assert run(Batch(), [(0, "gone", "a")]) == [(T.hold, {"a"})]
    assert run(Batch(), [(0, "gone", "old"), (0, "finished", "new")]) == [(T.hold, {"old", "new"})]


def test_a_burst_is_one_batch() -> None:
    told = run(Batch(), [(n * 0.0009, "finished", str(n)) for n in range(200)])
    assert told == [(199 * 0.0009 + T.burst, {str(n) for n in range(200)})]


def test_steady_saves_go_out_at_once_then_every_max_wait_then_at_the_end() -> None:
    told = run(Batch(), [(n * 0.0275, "finished", "a") for n in range(200)])
    times = [at for at, _ in told]
    assert times[0] == T.quiet
    assert len(times) == 4
    assert all(
        late - soon >= T.max_wait for soon, late in zip(times[1:-2], times[2:-1], strict=True)
    )
    assert times[-1] <= 199 * 0.0275 + 0.3


def test_a_save_soon_after_a_batch_waits_for_company() -> None:
    told = run(Batch(), [(0, "finished", "a"), (0.02, "finished", "b")])
    assert told == [(T.quiet, {"a"}), (0.02 + T.burst, {"b"})]


def test_an_empty_file_waits_once_for_its_content() -> None:
    batch = Batch()
    batch.add("finished", "a", 0.0)
    assert batch.take(T.quiet, lambda _path: True) == ()
    assert batch.due() == T.fill
    assert batch.take(T.fill, lambda _path: True) == ("a",)
    assert batch.due() is None


def test_a_found_file_waits_for_a_writer_still_at_it() -> None:
    assert run(Batch(), [(0, "found", "a")]) == [(T.found, {"a"})]
    told = run(Batch(), [(0, "found", "a"), (0.2, "written", "a"), (0.5, "finished", "a")])
    assert told == [(0.5 + T.quiet, {"a"})]
    told = run(Batch(), [(0, "written", "a"), (0.1, "found", "a"), (0.5, "finished", "a")])
    assert told == [(0.5 + T.quiet, {"a"})]


KINDS = st.sampled_from(["created", "written", "finished", "found", "gone"])
EVENTS = st.lists(
    st.tuples(st.floats(0, 5), KINDS, st.sampled_from("abcd")), min_size=1, max_size=40
).map(lambda events: sorted(events, key=lambda event: event[0]))


@given(EVENTS)
def test_every_finished_path_is_told_in_time_and_nothing_stays(
    events: list[tuple[float, Kind, str]],
) -> None:
    batch = Batch()
    told = run(batch, events)
    assert batch.due() is None
    assert batch.pending() == frozenset()
    for number, (at, kind, path) in enumerate(events):
        later = {later_kind for _, later_kind, same in events[number + 1 :] if same == path}
        if kind == "finished" and not later:
            assert any(at <= when <= at + T.max_wait + T.hold and path in p for when, p in told)


@given(EVENTS)
def test_nothing_is_told_while_it_is_written(events: list[tuple[float, Kind, str]]) -> None:
    for when, paths in run(Batch(), events):
        for path in paths:
            own = [(at, kind) for at, kind, same in events if same == path and at < when]
            at, kind = own[-1]
            assert kind not in ("created", "written") or when >= at + T.settle


@given(EVENTS)
def test_the_next_moment_is_never_in_the_past_of_the_last_take(
    events: list[tuple[float, Kind, str]],
) -> None:
    """Else the thread that waits for it would spin."""
    batch = Batch()
    for at, kind, path in events:
        batch.add(kind, path, at)
        batch.take(at, never)
        due = batch.due()
        assert due is None or due > at
