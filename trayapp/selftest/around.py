"""Checks of what is around the server: pages in a browser, the desktop, the process itself."""

import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trayapp import doctor
from trayapp.errors import TrayAppError, Unavailable
from trayapp.selftest import browser
from trayapp.selftest.browser import Browser
from trayapp.selftest.outcome import Skipped
from trayapp.selftest.pages import Pages
from trayapp.selftest.request import fetch
from trayapp.selftest.trial import Trial, demand, ms

NOTIFICATIONS = "org.freedesktop.Notifications"
TRAY = "org.kde.StatusNotifierWatcher"
SHOWS = "The tray shows our icon."
NO_HOST = "No tray takes our icon yet"
BROWSER_SECONDS = 8.0
STOP_SECONDS = 3.0
_ERROR = re.compile(r"^\S+ \S+ (?:ERROR|CRITICAL) (.*)$", re.MULTILINE)


def snippet(trial: Trial) -> str:
    """A page of another server, with the tag: what `trayapp doctor` says of it."""
    trial.pages = Pages(trial.site)
    trial.pages.start()
    trial.closing.callback(trial.pages.stop)
    paths = trial.program.paths
    found = list(doctor.examine(trial.pages.url, trial.state(), str(paths.config_file)))
    wrong = [one.text for one in found if one.mark == "fix"]
    demand(not wrong, " ".join(wrong))
    demand(found, "nothing was looked at")
    return f"{len(found)} things looked at"


def shown(trial: Trial) -> str:
    """A browser shows the page, and its style sheet anew after a save."""
    program = browser.find()
    if not program:
        raise Skipped("no chromium, chrome or firefox found")
    if trial.pages is None:
        raise Skipped("no page to show")
    shower = Browser(program, trial.pages.url, trial.folder / "profile")
    try:
        shower.open()
        return f"{Path(program).stem}: {_followed(trial, trial.pages, shower)}"
    finally:
        shower.close()


def tray(trial: Trial) -> str:
    """The icon is in the tray, where there is one."""
    if sys.platform != "linux":
        demand("The tray icon failed." not in trial.program.log, "the icon failed")
        demand("pystray cannot be used here." not in trial.program.log, "pystray failed")
        return "nothing went wrong"
    if not _offered(TRAY):
        raise Skipped("nobody on the session bus shows icons")
    said = trial.wait_for(lambda: SHOWS in (log := trial.program.log) or NO_HOST in log, 2.0)
    demand(said, "the tray is there and has not taken the icon within 2 s")
    if SHOWS not in trial.program.log:
        raise Skipped("there is a list of icons, and nobody who shows them")
    return "it shows our icon"


def notification(trial: Trial) -> str:
    """Somebody shows notifications; one is shown only when it was asked for."""
    if sys.platform == "linux" and not _offered(NOTIFICATIONS):
        raise Skipped("nobody on the session bus shows notifications")
    if not trial.notify:
        return "there is a service; none shown without --notify"
    answer = fetch(trial.running.port, "/notify", body="trayapp selftest")
    demand(answer.status == 200, f"status {answer.status}")
    failed = trial.wait_for(lambda: "No desktop notifications" in trial.program.log, 1.0)
    demand(not failed, "the service refused it")
    return "one was shown"


def log(trial: Trial) -> str:
    """The log holds no error."""
    found = _ERROR.findall(trial.program.log)
    demand(not found, f"{len(found)}, the first: {found[0] if found else ''}")
    return ""


def memory(trial: Trial) -> str:
    """What the process takes after all this."""
    import psutil

    try:
        process = psutil.Process(trial.program.pid)
        size = process.memory_info().rss / 1e6
        return f"{size:.0f} MB resident, {process.num_threads()} threads"
    except psutil.Error as error:
        raise TrayAppError(f"it is gone: {type(error).__name__}") from error


def stop(trial: Trial) -> str:
    """It ends when it is asked to, and tells its streams."""
    began = time.monotonic()
    trial.running.ask("POST", "/api/stop")
    if trial.stream is not None:
        while trial.stream.next(STOP_SECONDS).type != "bye":
            continue
    code = trial.program.wait(STOP_SECONDS)
    took = ms(began)
    demand(code == 0, f"exit code {code}")
    demand(not trial.program.paths.instance_file.exists(), "it left its instance.json behind")
    return took


def _followed(trial: Trial, pages: Pages, shower: Browser) -> str:
    pages.asked.clear()
    seconds = min(BROWSER_SECONDS, max(trial.left - STOP_SECONDS, 0.1))
    began = time.monotonic()
    view = trial.wait_for(lambda: _view(trial, pages) or shower.ended, seconds)
    if not pages.asked or view is True:
        raise Skipped("the browser did not open the page")
    demand(view, f"the page did not report within {seconds:.0f} s")
    opened = ms(began)
    (trial.site / "style.css").write_text(trial.text(), "utf-8")
    trial.change()
    after = trial.wait_for(lambda: (v := _view(trial, pages)) and v["at"] and v, 3.0)
    if not isinstance(after, Mapping):
        raise TrayAppError("the page did not say what it did with the save")
    demand(after["action"] == "css", f"the page did {after['action']}")
    return f"open after {opened}, style sheet new after {after['ms']:.0f} ms"


def _view(trial: Trial, pages: Pages) -> Mapping[str, Any] | None:
    views = (one for one in trial.state()["views"] if one["url"].startswith(pages.url))
    return next(views, None)


def _offered(name: str) -> bool:
    from trayapp.desktop.services import offered

    try:
        return offered(name)
    except Unavailable as error:
        raise Skipped("there is no session bus") from error
