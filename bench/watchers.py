"""The watchers that are measured beside each other, each in a process of its own.

Run as `python -m bench.watchers NAME FOLDER`, and `chokidar.mjs FOLDER` does the same: it loads
what it needs, prints LOADED, waits for a line, watches FOLDER, prints READY once it does, and SAW
with the name of each file it reports whose name begins with `probe`.
"""

import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from bench import packages
from bench.servers import OURS

WATCHDOG, WATCHFILES, CHOKIDAR = "watchdog", "watchfiles", "chokidar"
RIVALS = (WATCHDOG, WATCHFILES, CHOKIDAR)


def command(name: str, folder: Path) -> list[str]:
    """What starts the watcher called `name`."""
    if name == CHOKIDAR:
        return ["node", str(Path(__file__).with_name("chokidar.mjs")), str(folder)]
    return [sys.executable, "-m", "bench.watchers", name, str(folder)]


def missing(name: str) -> str:
    """Why the watcher called `name` cannot be measured here, or nothing."""
    if name == CHOKIDAR:
        return packages.missing(name, "watching")
    if name == WATCHFILES and find_spec(name) is None:
        return f"{name} is not installed (scripts/bench watching --against all does it)."
    return ""


def _ours(folder: str) -> None:
    """The watcher of trayapp, as its service uses it."""
    from trayapp.state import RootState
    from trayapp.watch import RootChange, Watcher

    def changed(change: RootChange) -> None:
        for path in change.paths:
            _saw(path.path)

    def status(root: RootState) -> None:
        if root.status == "watching":
            _say("READY")

    _wait_for_go()
    watcher = Watcher(changed, status)
    watcher.add(folder)
    watcher.start()
    _wait_for_end()


def _watchdog(folder: str) -> None:
    """Its observer with a filter for the kernel; without one each read of a file wakes it."""
    from watchdog import events
    from watchdog.observers import Observer

    class Handler(events.FileSystemEventHandler):
        def on_any_event(self, event: events.FileSystemEvent) -> None:
            _saw(str(event.src_path))

    wanted = [
        events.FileClosedEvent,
        events.FileCreatedEvent,
        events.FileModifiedEvent,
        events.FileMovedEvent,
        events.FileDeletedEvent,
        events.DirCreatedEvent,
        events.DirMovedEvent,
        events.DirDeletedEvent,
    ]
    _wait_for_go()
    observer = Observer()
    observer.schedule(Handler(), folder, recursive=True, event_filter=wanted)
    observer.start()
    _say("READY")
    _wait_for_end()


def _watchfiles(folder: str) -> None:
    """What `watchfiles.watch` does with its defaults, which does not tell when it is ready."""
    from watchfiles import Change, DefaultFilter
    from watchfiles._rust_notify import RustNotify

    counts = DefaultFilter()
    _wait_for_go()
    with RustNotify([folder], False, False, 300, True, False) as watcher:
        _say("READY")
        while True:
            changes = watcher.watch(1600, 50, 5000, None)
            for change, path in () if isinstance(changes, str) else changes:
                if counts(Change(change), path):
                    _saw(path)


def _saw(path: str) -> None:
    name = path.rpartition("/")[2]
    if name.startswith("probe"):
        _say(f"SAW {name}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _wait_for_go() -> None:
    _say("LOADED")
    sys.stdin.readline()


def _wait_for_end() -> None:
    threading.Event().wait()


def main() -> None:
    """Watch until terminated."""
    watchers: dict[str, Callable[[str], None]] = {
        OURS: _ours,
        WATCHDOG: _watchdog,
        WATCHFILES: _watchfiles,
    }
    watchers[sys.argv[1]](sys.argv[2])


if __name__ == "__main__":
    main()
