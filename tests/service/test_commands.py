"""Commands run when files change: real files, a real watcher, real commands."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support import wait_for
from trayapp.bus import MemoryBus
from trayapp.config import OnChange
from trayapp.errors import TrayAppError
from trayapp.event import CHANGE, COMMAND, Event
from trayapp.service.changes import Changes
from trayapp.service.commands import Commands
from trayapp.service.surroundings import Surroundings
from trayapp.watch import Watcher

pytestmark = pytest.mark.timeout(30)

GATE = "until test -e .go; do sleep 0.02; done; "
"""Has a command wait until the test says so."""


class Bench:
    """A watched folder, the commands run for it, and the bus that pages would hear of it by."""

    def __init__(self, folder: Path, *entries: OnChange) -> None:
        self.folder = folder
        self.bus = MemoryBus()
        self.changes = Changes(self.bus)
        self.warnings: list[str] = []
        self.watcher = Watcher(lambda change: self.commands.take(change))
        self.commands = Commands(
            entries,
            Surroundings(
                tell=self.changes.take,
                publish=self._publish,
                roots=self.watcher.roots,
                tells=self.watcher.tells,
                paused=lambda: self.changes.paused,
                warn=self.warnings.append,
            ),
        )

    def _publish(self, topic: str, data: str) -> None:
        self.bus.publish(topic, data, local=True)

    def start(self) -> None:
        self.commands.start()
        self.watcher.start()
        self.watcher.add(str(self.folder), "site")
        wait_for(lambda: self.watcher.roots()[0].status == "watching")
        wait_for(lambda: self.changes.fingerprints(["site"])["site"])

    def stop(self) -> None:
        self.watcher.stop()
        self.commands.stop()

    def save(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def events(self) -> list[Event]:
        return list(self.bus.after(0).events)

    def changed(self) -> list[list[str]]:
        """The paths of each change that pages were told of."""
        told = [json.loads(event.data) for event in self.events() if event.topic == CHANGE]
        paths = [sorted(path["path"] for path in change["paths"]) for change in told]
        return [some for some in paths if some]  # none: the root is introduced

    def reports(self) -> list[dict[str, Any]]:
        return [json.loads(event.data) for event in self.events() if event.topic == COMMAND]

    def ended(self) -> list[bool]:
        """How each run went that has ended by itself."""
        return [report["ok"] for report in self.reports() if "ok" in report]

    def begun(self) -> int:
        return sum("running" in report for report in self.reports())

    def is_calm(self) -> bool:
        """Nothing runs, nothing is due or kept, and the watcher has nothing to tell."""
        calm = all(state.status != "running" for state in self.commands.states())
        return calm and not self.watcher.tells() and not self.commands.holds


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def build(run: str, *paths: str, **more: Any) -> Bench:
        folder = tmp_path / "site"
        folder.mkdir(exist_ok=True)
        (folder / "index.html").write_text("<p>")
        made.append(Bench(folder, OnChange(run, paths or ("*.src",), **{"name": "build"} | more)))
        made[-1].start()
        return made[-1]

    yield build
    for one in made:
        one.stop()


def calm(bench: Bench, seconds: float = 10.0) -> None:
    """Wait until all is done, and for what would come shortly after."""
    wait_for(bench.is_calm, seconds)
    time.sleep(0.3)
    wait_for(bench.is_calm, seconds)


def test_pages_see_sources_and_output_as_one_change_when_the_command_is_done(
    bench: Callable[..., Bench],
) -> None:
    run = "echo begins; mkdir -p out; for n in $(seq 30); do cat a.src > out/$n.html; done; "
    run += f"{GATE}cat a.src > last.html; echo done"
    place = bench(run)
    place.save("a.src", "one")
    wait_for(lambda: place.begun() == 1)
    place.save("index.html", "saved meanwhile")
    wait_for(lambda: (place.folder / "out/30.html").exists())
    time.sleep(0.3)
    assert place.changed() == []
    place.save(".go", "")
    wait_for(place.ended)
    calm(place)

    names = ["a.src", "index.html", "last.html", *(f"out/{n}.html" for n in range(1, 31))]
    assert place.changed() == [sorted(names)]
    assert place.begun() == 1
    started, ended = place.reports()
    assert started.items() >= {"name": "build", "running": True, "command": run}.items()
    assert (ended["ok"], ended["exit"], ended["output"]) == (True, 0, "begins\ndone")
    assert 0.3 <= ended["seconds"] < 20
    output = [event.data for event in place.events() if event.topic == "output"]
    assert "\n".join(output) == "begins\ndone"
    assert all(event.local for event in place.events())
    (state,) = place.commands.states()
    assert (state.name, state.status, state.exit) == ("build", "ok", 0)

    place.save("index.html", "nothing to do with it")
    wait_for(lambda: place.changed()[1:] == [["index.html"]])
    assert place.begun() == 1


def test_after_a_failure_the_old_page_stays_until_a_run_succeeds(
    bench: Callable[..., Bench],
) -> None:
    place = bench("cp a.src out.html; echo says why; grep -q right a.src || exit 3")
    place.save("a.src", "wrong")
    wait_for(lambda: place.ended() == [False])
    report = place.reports()[-1]
    assert (report["exit"], report["output"]) == (3, "says why")
    calm(place)
    assert place.changed() == []
    assert place.commands.states()[0].status == "failed"

    place.save("index.html", "nothing to do with it")
    wait_for(lambda: place.changed() == [["index.html"]])
    place.save("a.src", "right")
    wait_for(lambda: place.ended() == [False, True])
    calm(place)
    assert place.changed() == [["index.html"], ["a.src", "out.html"]]

    known = place.changes.fingerprints(["site"])
    place.save("a.src", "wrong")
    wait_for(lambda: len(place.ended()) == 3)
    place.save("a.src", "right")
    wait_for(lambda: len(place.ended()) == 4)
    calm(place)
    assert place.changed()[2:] == [["a.src", "out.html"]]
    assert place.changes.fingerprints(["site"]) != known  # who came meanwhile has seen the wrong


def test_a_source_saved_during_a_run_starts_it_again(bench: Callable[..., Bench]) -> None:
    place = bench(f"cat a.src > out.html; {GATE}")
    place.save("a.src", "one")
    wait_for(lambda: (place.folder / "out.html").exists())
    for text in ("two", "three"):
        time.sleep(0.1)
        place.save("a.src", text)
    time.sleep(0.1)
    place.save(".go", "")
    wait_for(lambda: place.ended() == [True, True])
    calm(place)

    assert (place.folder / "out.html").read_text() == "three"
    assert place.changed() == [["a.src", "out.html"]]
    assert place.begun() == 2


def test_a_build_that_writes_to_what_it_is_run_for_does_not_loop(
    bench: Callable[..., Bench],
) -> None:
    place = bench("date +%s%N > stamp.src; echo x >> log.txt")
    place.save("a.src", "one")
    wait_for(lambda: place.warnings)
    calm(place)
    assert place.ended() == [True] * 5
    output = ["log.txt", "stamp.src"]
    assert place.changed() == [["a.src", *output], output, output]

    place.save("a.src", "two")
    wait_for(lambda: len(place.ended()) == 6)
    calm(place)
    assert place.begun() == 6
    assert place.changed()[3:] == [["a.src", *output]]
    (warning,) = place.warnings
    assert warning.startswith("build writes stamp.src, for which it is run")
    assert "narrow the paths" in warning


def test_restart_ends_what_runs_with_all_its_processes(bench: Callable[..., Bench]) -> None:
    place = bench("sleep 1000 & echo $! >> pids.txt; sleep 1000", restart=True)
    pids = place.folder / "pids.txt"
    for number in (1, 2):
        place.save("a.src", f"{number}")
        wait_for(lambda: pids.exists() and len(pids.read_text().split()) == number)  # noqa: B023
    first, second = map(int, pids.read_text().split())
    wait_for(lambda: not is_running(first))
    assert is_running(second)
    assert (place.begun(), place.ended(), place.changed()) == (2, [], [])

    place.stop()
    assert not is_running(second)


def test_while_paused_nothing_starts_and_then_it_runs_once(bench: Callable[..., Bench]) -> None:
    place = bench("cp a.src out.html")
    place.changes.pause()
    for text in ("one", "two"):
        place.save("a.src", text)
        time.sleep(0.1)
    wait_for(lambda: place.commands.holds)
    time.sleep(0.2)
    assert (place.reports(), place.changed()) == ([], [])

    place.changes.resume()
    place.commands.resume()
    wait_for(lambda: place.changed() == [["a.src", "out.html"]])
    assert place.begun() == 1


def test_pages_load_themselves_when_the_output_is_not_watched(bench: Callable[..., Bench]) -> None:
    place = bench(
        "mkdir -p .out; cp a.scss .out/a.css; test ! -e both || cp a.scss a.css", "*.scss"
    )
    place.save("a.scss", "one")
    wait_for(lambda: place.changed() == [["a.scss"]])
    change = json.loads(place.events()[-1].data)
    assert (change["action"], change["more"]) == ("reload", 1)

    place.save("both", "")
    wait_for(lambda: len(place.changed()) == 2)
    place.save("a.scss", "two")
    wait_for(lambda: place.changed()[2:] == [["a.css", "a.scss"]])
    change = json.loads(place.events()[-1].data)
    assert change["more"] == 0


def test_much_output_a_signal_and_what_is_left_running(bench: Callable[..., Bench]) -> None:
    much = "yes 'a line of the output' | head -c 100000000"
    place = bench(f"setsid sleep 1000 & echo $! > .pid; {much}; kill -9 $$")
    place.save("a.src", "one")
    wait_for(lambda: [one.exit for one in place.commands.states()] == [137], 20)
    head = place.bus.after(None).head
    kept = place.bus.after(head - 300).events
    assert max(len(event.data) for event in kept if event.topic == "output") <= 16 * 1024
    report = json.loads(kept[-1].data)
    assert (report["ok"], report["output"].split("\n")[-2]) == (False, "a line of the output")
    assert len(report["output"]) <= 8 * 1024
    assert not is_running(int((place.folder / ".pid").read_text()))


def test_what_cannot_be_started_is_told_as_a_failure(bench: Callable[..., Bench]) -> None:
    place = bench("true", folder=Path("/no/such/place"))
    place.save("a.src", "one")
    wait_for(lambda: place.ended() == [False])
    assert "The folder place to run 'true' in does not exist" in place.reports()[-1]["output"]


def test_patterns_mean_what_they_mean_in_a_gitignore(bench: Callable[..., Bench]) -> None:
    place = bench("true", "/src/", "*.scss", "!vendor.scss")
    for name in ("src.txt", "vendor.scss", "css/vendor.scss"):
        place.save(name, "no")
        wait_for(lambda: [name] in place.changed())  # noqa: B023
    assert place.reports() == []
    for number, name in enumerate(("src/deep.txt", "css/a.scss"), 1):
        place.save(name, "yes")
        wait_for(lambda: len(place.ended()) == number)  # noqa: B023


def test_a_root_that_nobody_watches_is_named(
    bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    place = bench("true", root="shop")
    place.commands.check()
    assert "build in on_change is for the root 'shop', which is not watched" in caplog.text


def test_a_pattern_that_is_none_is_named() -> None:
    nobody: Any = None
    entry = OnChange("make", ("*.c", "[a"), name="build")
    with pytest.raises(TrayAppError, match="pattern '\\[a' of the command build in on_change"):
        Commands([entry], Surroundings(nobody, nobody, nobody))


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
