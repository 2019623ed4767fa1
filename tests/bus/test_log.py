"""The durable bus: what it acknowledged is there after a crash; what it cannot keep it refuses."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from trayapp.bus import ALL, Draft, LogBus, Moment
from trayapp.errors import Unavailable
from trayapp.event import CHANGE, Event

Open = Callable[..., LogBus]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def run(file: Path) -> Iterator[Open]:
    """Start one run of the log in `file`; all are stopped at the end."""
    runs: list[LogBus] = []

    def start(**options: int) -> LogBus:
        runs.append(LogBus(file, **options))  # type: ignore[arg-type]
        runs[-1].start()
        return runs[-1]

    yield start
    for bus in runs:
        bus.stop()


def ids(events: object) -> list[str]:
    return [event.id for event in events]  # type: ignore[attr-defined]


def test_a_moment_reaches_back_to_the_begin_of_the_run_only(run: Open) -> None:
    first = run()
    publish(first, 3)
    first.stop()
    second = run()
    new = publish(second, 2)
    replay = second.after(Moment(0.0))
    assert replay.begins is not None
    assert replay.begins > 0.0
    assert set(ids(replay.events)) <= set(ids(new))
    assert not set(ids(second.after(second.id_at(replay.start)).events)) - set(ids(new))


def test_a_moment_reaches_no_earlier_run_though_its_clock_was_ahead(
    run: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run()
    with monkeypatch.context() as patch:
        patch.setattr("trayapp.bus.memory.time.time", lambda: time.time_ns() / 1e9 + 3600)
        publish(first, 3)
    first.stop()
    second = run()
    new = publish(second, 2)
    assert ids(second.after(Moment(0.0)).events) == ids(new)


def test_a_moment_reaches_back_to_the_last_start_only(run: Open) -> None:
    bus = run()
    publish(bus, 3)
    bus.stop()
    bus.start()
    new = publish(bus, 2)
    assert ids(bus.after(Moment(0.0)).events) == ids(new)


def publish(bus: LogBus, count: int) -> list[Event]:
    return [bus.publish("t", f"line {number}") for number in range(count)]


def test_a_new_run_goes_on_where_the_last_one_ended(run: Open) -> None:
    first = run()
    old = publish(first, 3)
    first.stop()
    second = run()
    assert second.epoch != first.epoch
    new = publish(second, 2)
    assert ids(second.after(old[0].id).events) == ids(old[1:] + new)
    assert ids(second.after(new[0].id).events) == ids(new[1:])
    assert [event.id for event in new] == [second.id_at(4), second.id_at(5)]
    assert new[0].id == f"{second.epoch}-1"
    assert [event.data for event in second.recent(9)][:3] == ["line 0", "line 1", "line 2"]


def test_a_cursor_on_a_change_goes_on_behind_it(run: Open) -> None:
    first = run()
    before = first.publish("t", "before")
    change = first.publish(CHANGE, "{}", type=CHANGE, root="site", local=True)
    behind = first.publish("t", "behind")
    late = first.publish(CHANGE, "{}", type=CHANGE, root="site", local=True)
    first.stop()
    second = run()
    assert ids(second.after(change.id).events) == [behind.id]
    assert ids(second.after(before.id).events) == [behind.id]
    assert second.after(late.id).events == ()
    assert second.after(late.id).complete


def test_many_runs_are_one_order(run: Open) -> None:
    published: list[Event] = []
    for _ in range(5):
        bus = run()
        published += publish(bus, 4)
        bus.stop()
    last = run()
    for place, event in enumerate(published):
        assert ids(last.after(event.id).events) == ids(published[place + 1 :])


def test_unknown_and_evicted_cursors_of_other_runs_are_not_honoured(run: Open) -> None:
    first = run(history=4)
    old = publish(first, 6)
    first.stop()
    second = run(history=4)
    assert not second.after(old[0].id).complete, "evicted in its own run"
    assert second.after(old[1].id).complete
    assert not second.after("0123456789ab-1").complete
    publish(second, 2)
    assert not second.after(old[2].id).complete, "more than the history holds, and no limit"
    assert ids(second.after(old[2].id, 9).events) == ids(old[3:4]), "from the file"
    assert ids(second.after(old[3].id).events)[:2] == ids(old[4:])


def test_what_left_the_history_leaves_the_file(file: Path, run: Open) -> None:
    bus = run(history=10, log_bytes=0)
    publish(bus, 1200)
    bus.stop()
    assert 10 <= rows(file) < 700


def test_a_start_leaves_in_the_file_what_it_brings_back(file: Path, run: Open) -> None:
    bus = run(history=10)
    publish(bus, 1200)
    bus.stop()
    assert rows(file) == 1200
    run(history=10)
    assert rows(file) == 10


def rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])


@pytest.mark.parametrize("pause", [0.0, 0.002])
def test_every_acknowledged_event_survives_kill_9(file: Path, run: Open, pause: float) -> None:
    program = (
        "import sys, time; from pathlib import Path; from trayapp.bus import LogBus\n"
        f"bus = LogBus(Path({str(file)!r})); bus.start()\n"
        f"while True: print(bus.publish('t', 'x').id, flush=True); time.sleep({pause})\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(50)]
    process.kill()
    acknowledged += process.stdout.read().split()
    process.stdout.close()
    process.wait()
    assert ids(run().after(acknowledged[0]).events)[: len(acknowledged) - 1] == acknowledged[1:]


def test_publishers_who_wait_together_are_kept_together(run: Open) -> None:
    bus = run()
    seen: list[int] = []
    bus.watch(lambda: seen.append(bus.head))
    threads = [threading.Thread(target=publish, args=(bus, 25)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.seq for event in bus.recent(999)] == list(range(1, 201))
    assert seen == sorted(seen)


def test_a_locked_file_refuses_publishers_and_lets_changes_pass(file: Path, run: Open) -> None:
    bus = run()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="locked by another program"):
        bus.publish("t", "x")
    assert "locked" in bus.problem
    assert bus.publish(CHANGE, "{}", local=True).id == f"{bus.epoch}-1"
    other.execute("ROLLBACK")
    other.close()
    assert bus.publish("t", "x").id == f"{bus.epoch}-2", "numbers have no gap"
    assert bus.problem == ""


def test_a_file_locked_at_the_start_is_opened_when_it_can_be(file: Path, run: Open) -> None:
    first = run()
    old = publish(first, 1)
    first.stop()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    bus = run()
    assert "locked" in bus.problem
    with pytest.raises(Unavailable):
        bus.publish("t", "x")
    other.execute("ROLLBACK")
    other.close()
    new = bus.publish("t", "y")
    assert not bus.after(old[0].id).complete
    bus.stop()
    assert ids(run().after(old[0].id).events) == [new.id]


def test_a_full_disk_refuses_publishers_and_loses_nothing(file: Path, run: Open) -> None:
    bus = run()
    kept = publish(bus, 3)
    size = file.stat().st_size
    bus._store._sql(f"PRAGMA max_page_count = {size // 4096 + 1}")  # as a full disk answers
    with pytest.raises(Unavailable, match="Free some space"):  # noqa: PT012 - some still fit
        for _ in range(50):
            kept.append(bus.publish("t", "x" * 4096))
    bus.publish(CHANGE, "{}", local=True)
    bus.stop()
    assert ids(run().recent(99)) == ids(kept)


@pytest.mark.parametrize("damage", [b"not a database at all" * 99, b""], ids=["garbage", "empty"])
def test_a_damaged_file_at_the_start_is_kept_aside(file: Path, run: Open, damage: bytes) -> None:
    file.write_bytes(damage)
    bus = run()
    event = bus.publish("t", "x")
    bus.stop()
    assert ids(run().recent(9)) == [event.id]
    if damage:
        assert file.with_name("events.db.bad-0").read_bytes() == damage


@pytest.mark.parametrize("how", ["deleted", "replaced", "overwritten"])
def test_a_file_that_is_lost_while_running_is_written_anew(file: Path, run: Open, how: str) -> None:
    first = run()
    old = publish(first, 2)
    first.stop()
    bus = run()
    kept = publish(bus, 3)
    bus.publish(CHANGE, "{}", local=True)
    if how == "overwritten":
        file.write_bytes(b"\0" * file.stat().st_size)
    else:
        file.unlink()
    if how == "replaced":
        file.write_text("something else")
    kept.append(bus.publish("t", "x"))
    bus.stop()
    again = run()
    assert ids(again.after(old[0].id).events) == ids(old[1:] + kept)


def test_the_file_is_the_users_alone(file: Path, run: Open) -> None:
    publish(run(), 1)
    for path in file.parent.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name


@pytest.mark.skipif(os.name != "posix", reason="modes of folders")
def test_a_folder_that_cannot_be_written_is_a_problem_not_the_end(tmp_path: Path) -> None:
    bus = LogBus(tmp_path / "missing" / "events.db")
    bus.start()
    assert "cannot be written" in bus.problem
    with pytest.raises(Unavailable):
        bus.publish("t", "x")
    assert bus.publish(CHANGE, "{}", local=True).seq == 1
    bus.stop()


def test_after_the_end_publishers_are_refused(run: Open) -> None:
    bus = run()
    bus.stop()
    bus.stop()
    with pytest.raises(Unavailable, match="stopping"):
        bus.publish("t", "x")


def test_every_place_among_earlier_runs_has_an_id_to_go_on_from(run: Open) -> None:
    first = run()
    old = publish(first, 3)
    first.stop()
    second = run()
    assert ids(second.after(ALL).events) == ids(old)
    for seq in range(4):
        replay = second.after(second.id_at(seq))
        assert (replay.complete, ids(replay.events)) == (True, ids(old[seq:]))


def test_several_are_published_as_one(run: Open) -> None:
    bus = run()
    bus.publish("t", "before")
    events = bus.publish_all([Draft("t", "1"), Draft("t", "2", "news")])
    assert bus.recent(2) == tuple(events)
    assert [(event.data, event.type) for event in events] == [("1", ""), ("2", "news")]
    [local] = bus.publish_all([Draft("t", "here", local=True)])
    assert local.local
