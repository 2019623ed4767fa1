"""How much of a processor surveys of one root may take: the first at once, a storm never."""

import time
from pathlib import Path

import pytest

from tests.support import wait_for
from tests.watch.recorder import Watched
from trayapp.watch import allowance as allowance_module
from trayapp.watch import survey
from trayapp.watch.allowance import BURST, FREE, SHARE, Allowance


def test_the_first_ones_are_at_once_and_a_storm_takes_its_share() -> None:
    for cost in (0.01, 0.4, 20.0):
        allowance, now, starts = Allowance(), 0.0, []
        while now < 10_000:
            now += allowance.wait(now)
            starts.append(now)
            now += cost
            allowance.spend(cost, now)
        assert starts[2] <= 2 * cost
        free = max(FREE, BURST * cost) + cost
        assert len(starts) * cost <= free + SHARE * 10_000 + cost
        assert len(starts) * cost >= SHARE * 9_000


def test_what_was_spent_is_forgiven_in_time() -> None:
    allowance = Allowance()
    for _ in range(5):
        allowance.spend(1.0, 0.0)
    assert allowance.wait(0.0) > 0
    assert allowance.wait(5 / SHARE) == 0


class Spendthrift(Allowance):
    """Says that each survey took 0.3 s of a processor."""

    def spend(self, seconds: float, now: float) -> None:
        super().spend(0.3, now)


def storm(watched: Watched, file: Path, seconds: float) -> int:
    """Rewrites `file` all the time; returns how many surveys began meanwhile."""
    before, end, number = len(armed(watched)), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        number += 1
        file.write_text(f"*.x{number}\n")
        time.sleep(0.005)
    return len(armed(watched)) - before


def armed(watched: Watched) -> list[str]:
    """One for each survey: it says that the root is watched."""
    return [it.detail for it in watched.told.statuses if it.status == "watching" and not it.detail]


def test_an_ignore_file_that_is_rewritten_all_the_time_is_read_now_and_then(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance_module, "SHARE", 0.2)
    station = survey_station(watched)
    station.allowance = Spendthrift()
    rules = watched.folder / ".gitignore"
    assert 2 <= storm(watched, rules, 1.0) <= 4
    state = watched.state("site")
    assert state.status == "watching"
    assert ".gitignore" in state.detail
    assert "Find the program" in state.detail

    (watched.folder / "css" / "style.css").write_text("saves are told meanwhile")
    watched.wait_change("css/style.css")
    rules.write_text("css/\n")  # the last one counts in the end
    root = watched.watcher._roots["site"]
    wait_for(lambda: not root.fingerprint.counts("css/style.css"), 20)
    watched.quiet(20)
    assert watched.state("site").detail == ""


def test_a_root_that_goes_while_its_survey_waits_is_gone(watched: Watched) -> None:
    survey_station(watched).allowance = Spendthrift()
    storm(watched, watched.folder / ".gitignore", 0.5)
    wait_for(lambda: watched.state("site").detail)
    moved = watched.folder.rename(watched.folder.with_name("elsewhere"))
    wait_for(lambda: watched.state("site").status == "gone")
    moved.rename(watched.folder)
    wait_for(lambda: watched.state("site").status == "watching")


def survey_station(watched: Watched) -> "survey._Station":
    crew = watched.watcher._crew
    assert crew is not None
    return crew._surveyor._stations[watched.watcher._roots["site"]]
