"""Checks of what is told when files are saved in a watched folder."""

import time
from collections.abc import Callable
from pathlib import Path

from trayapp.selftest.serving import hear
from trayapp.selftest.trial import PAGE, Trial, demand, ms, names

FILES = 200
QUIET = 0.3
"""Seconds in which a second event would have come."""

STEPS, STEP = 12, 0.04
"""A slow writer: pieces, and seconds between two. Where nobody tells of a close, a file that does
not grow for 0.1 s is finished."""


def watch(trial: Trial) -> str:
    """A folder is added, and events of it come."""
    trial.site.mkdir()
    page = PAGE.format(port=trial.running.port)
    (trial.site / "index.html").write_text(page, "utf-8")
    (trial.site / "style.css").write_text(trial.text(), "utf-8")
    trial.running.ask("POST", "/api/roots", {"path": str(trial.site)})
    settled = trial.wait_for(
        lambda: root if (root := trial.root())["status"] != "scanning" else None, 5.0
    )
    demand(settled, "it is still scanning after 5 s")
    root = trial.root()
    demand(root["status"] in ("watching", "polling"), f"{root['status']}: {root['detail']}")
    trial.wait_for(lambda: trial.root()["fingerprint"], 2.0)
    hear(trial)
    if root["status"] == "polling":
        return f"polled: {root['detail']}"
    return ", ".join(["by events", *_limits()])


def in_place(trial: Trial) -> str:
    """A save in place is told once."""
    return _told(trial, lambda file: file.write_text(trial.text(), "utf-8"))


def atomic(trial: Trial) -> str:
    """So is a save by a rename."""

    def save(file: Path) -> None:
        other = file.with_name("style.css.tmp")
        other.write_text(trial.text(), "utf-8")
        other.replace(file)

    return _told(trial, save)


def slow(trial: Trial) -> str:
    """A half-written file is not told; once it is finished, it is."""
    with (trial.site / "style.css").open("w", encoding="utf-8") as file:
        for _ in range(STEPS):
            file.write(trial.text())
            file.flush()
            trial.silence(STEP)
        began = time.monotonic()
    demand(names(trial.change()) == {"style.css"}, "another file is told")
    took = ms(began)
    trial.silence(QUIET)
    return f"{took} after its end"


def same(trial: Trial) -> str:
    """The same bytes again are no change: the next that is told is another file."""
    style = trial.site / "style.css"
    style.write_bytes(style.read_bytes())
    trial.silence(QUIET)
    page = trial.site / "index.html"
    page.write_text(page.read_text("utf-8") + trial.text(), "utf-8")
    told = names(trial.change())
    demand(told == {"index.html"}, f"told was {', '.join(sorted(told))}")
    trial.silence(QUIET)
    return ""


def crowd(trial: Trial) -> str:
    """Many files at once are one event."""
    folder = trial.site / "many"
    folder.mkdir()
    began = time.monotonic()
    for number in range(FILES):
        (folder / f"{number}.txt").write_text(str(number), "utf-8")
        if number % 10 == 0:
            time.sleep(0.005)  # as a copy goes on for a moment
    change = trial.change()
    took = ms(began)
    told = len(change["paths"]) + change["more"]
    demand(told == FILES, f"the first event tells of {told}")
    trial.silence(2 * QUIET)
    return f"one event for {FILES} files, {took}"


def _told(trial: Trial, save: Callable[[Path], object]) -> str:
    save(trial.site / "style.css")
    began = time.monotonic()
    change = trial.change()
    took = ms(began)
    demand(names(change) == {"style.css"}, "another file is told")
    demand(change["action"] == "css", f"the action is {change['action']}")
    trial.silence(QUIET)
    return took


def _limits() -> list[str]:
    """What Linux allows each user; nothing elsewhere."""
    found = []
    for name, unit in (("max_user_watches", "folders"), ("max_user_instances", "programs")):
        file = Path("/proc/sys/fs/inotify", name)
        if file.exists():
            found.append(f"{file.read_text('ascii').strip()} {unit} allowed")
    return found
