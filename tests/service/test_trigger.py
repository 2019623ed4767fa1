"""When a command is due: what people save, what it has read, and what it writes itself."""

import pytest

from trayapp.service.trigger import AGAIN, QUICK, TESTS, Key, Trigger

SOURCE, STAMP = ("site", "a.scss"), ("site", "stamp.scss")


class Runs:
    """A trigger, run whenever it is due; a run takes a second, and `writes` something."""

    def __init__(self, *writes: Key, trigger: Trigger | None = None) -> None:
        self.trigger = trigger or Trigger()
        self.now = 100.0
        self.writes = writes
        self.taken: list[frozenset[Key]] = []

    def save(self, *keys: Key) -> None:
        """A person does."""
        self.now += 10
        for key in keys:
            assert self.trigger.written(key, self.now, self.now, during=False)
        self.trigger.calm()

    def until_calm(self, most: int = 50) -> int:
        """How many runs there are until it is due no more."""
        for count in range(most):
            if self.trigger.due is None:
                return count
            self.now = max(self.now, self.trigger.due)
            self.trigger.began(self.now)
            for key in self.writes:
                self.trigger.written(key, self.now + 0.5, self.now + 0.6, during=True)
            self.now += 1
            self.trigger.ended()
            self.taken.append(self.trigger.judge(self.now, 1.0))
        return most


def test_a_save_makes_it_due_once() -> None:
    runs = Runs()
    runs.save(SOURCE)
    assert runs.until_calm() == 1
    assert runs.taken == [frozenset()]


def test_what_was_written_before_the_run_has_been_read_by_it() -> None:
    trigger = Trigger()
    trigger.written(SOURCE, 99.9, 100.0, during=False)
    trigger.began(100.0)
    trigger.written(STAMP, 99.95, 100.1, during=True)
    trigger.judge(101.0, 1.0)
    assert trigger.due is None


def test_a_file_that_is_moved_there_long_after_counts_whatever_its_time() -> None:
    trigger = Trigger()
    trigger.began(100.0)
    trigger.ended()
    trigger.written(SOURCE, 50.0, 200.0, during=False)
    assert trigger.due == 200.0


def test_what_is_saved_during_a_run_makes_it_due_again() -> None:
    runs = Runs()
    runs.save(SOURCE)
    runs.trigger.began(runs.now)
    runs.trigger.written(SOURCE, runs.now + 0.5, runs.now + 0.6, during=True)
    runs.trigger.ended()
    runs.trigger.judge(runs.now + 1, 1.0)
    assert runs.until_calm() == 1


def test_what_a_command_writes_each_time_is_taken_for_its_output() -> None:
    runs = Runs(STAMP)
    runs.save(SOURCE)
    assert runs.until_calm() == 1 + AGAIN + TESTS
    assert runs.taken[-1] == {STAMP}
    runs.save(SOURCE)
    assert runs.until_calm() == 1


def test_names_that_are_new_each_time_end_too() -> None:
    runs = Runs()
    runs.save(SOURCE)
    for number in range(50):
        runs.writes = (("site", f"bundle-{number}.js"),)
        if runs.trigger.due is None:
            break
        runs.until_calm(1)
    assert number == 1 + AGAIN + TESTS
    assert runs.taken[-1]


def test_what_was_taken_for_output_counts_again_once_it_is_saved_while_nothing_runs() -> None:
    runs = Runs(STAMP)
    runs.save(SOURCE)
    runs.until_calm()
    runs.save(STAMP)
    assert runs.until_calm() >= 1


def test_a_person_who_saves_in_each_run_and_in_the_pause_is_not_taken_for_the_command() -> None:
    runs = Runs(SOURCE)
    for _ in range(20):
        runs.save(SOURCE)
        for _ in range(1 + AGAIN):
            assert runs.trigger.due is not None
            runs.until_calm(1)
        assert runs.trigger.due == runs.now + 2  # the pause, twice as long as a run
    assert set(runs.taken) == {frozenset()}


def test_a_save_makes_the_runs_before_count_no_more() -> None:
    runs = Runs(STAMP)
    for _ in range(10):
        runs.save(SOURCE)
        runs.until_calm(AGAIN)
    assert set(runs.taken) == {frozenset()}


@pytest.mark.parametrize("every", [0.5, 1.0, 2.9])
def test_with_restart_a_person_who_saves_all_the_time_is_not_taken_for_the_command(
    every: float,
) -> None:
    trigger, now = Trigger(restart=True), 100.0
    for _ in range(200):
        now += every
        while trigger.due is not None and trigger.due <= now:
            trigger.began(trigger.due)
        if trigger.written(SOURCE, now, now, during=True):
            trigger.calm()
        assert trigger.judge(now, 0.0) == frozenset()
        assert trigger.due is not None  # the last save is not forgotten


@pytest.mark.parametrize(("after", "counts"), [(QUICK + 1, True), (QUICK / 2, False)])
def test_with_restart_a_late_save_during_a_run_is_a_person_s(after: float, counts: bool) -> None:
    trigger = Trigger(restart=True)
    for number in range(1 + AGAIN + TESTS):
        began = 100.0 + 10 * number
        trigger.began(began)
        saved = trigger.written(STAMP, began + after, began + after, during=True)
        assert saved is counts
        if saved:
            trigger.calm()
            assert trigger.due == began + after
        else:
            trigger.judge(began + after, after)
    assert (trigger.due is not None) is counts
