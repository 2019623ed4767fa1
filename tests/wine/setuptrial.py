"""The trial of a setup in a Windows made of Wine: install, use, upgrade, remove, each with a look
at what is there afterwards. Each step says what it saw."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import installed
import inventory
import nsis
import prefix
import resources
import shortcut
import trial
import versioninfo
import windesk
from installed import CONSOLE, RUN, SILENT, SITE, UNINSTALL_KEY, Installed
from inventory import Inventory
from version import ROOT, VERSION

sys.path.append(str(ROOT))  # last, for this folder is called like a package of PyPI

from tests.rig.panel import ON, PAUSED
from tests.rig.screen import Box
from trayapp.desktop.autostart import registry
from trayapp.state import RootState, State
from trayapp.tray.menu import entries

T = TypeVar("T")

SERVE = ("run", SITE, "--port", "0", "--no-open")
SETTINGS = f"port = 0\nroots = ['{SITE}']\n"
LOGIN = rf"{RUN}\{registry.VALUE}"
BUSY = 3
"""The code of a setup that found the program running, and could not ask anybody."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is tried, and the bundle that it was made of."""

    file: Path
    bundle: Path


def check(setup: Path, bundle: Path) -> None:
    """The whole round. Raises: SystemExit with what is not as it should be."""
    made = Setup(setup, bundle)
    with (
        tempfile.TemporaryDirectory(prefix="trayapp-wine-") as folder,
        installed.place(Path(folder)) as it,
    ):
        before = inventory.take(it.windows)
        installs(it, made)
        says_what_it_is(it)
        serves(it, setup.with_name("tray.png"))
        tries_itself(it)
        upgrades(it, made)
        waits_for_what_runs(it, made)
        is_removed(it, before)
        is_installed_and_removed_by_hand(it, made, before)
    _say("nothing of it runs any more")


def installs(it: Installed, setup: Setup) -> None:
    """Without a question, for this user, with all that was built and nothing else."""
    began = time.monotonic()
    _ended(it.windows.run(setup.file, "/S"), 0, "the setup")
    took = time.monotonic() - began
    wanted = {*_below(setup.bundle), "LICENSE.txt", "uninstall.exe"}
    found = _below(it.program)
    demand(found == wanted, f"not the files of the bundle: {sorted(found ^ wanted)[:10]}")
    _say(f"installed in {took:.1f} s: {len(found)} files and folders, all that was built")
    keys = it.windows.registry(UNINSTALL_KEY)
    for name, text in (("DisplayVersion", VERSION), ("InstallLocation", _path(it, it.program))):
        said = keys.get(rf"{UNINSTALL_KEY}\{name}")
        demand(said == f"REG_SZ {text}", f"{name} in the registry is {said!r}, not {text}")
    _say(f"in the list of programs: {len(keys) - 1} values, version {VERSION}")
    started = shortcut.target(it.link.read_bytes())
    demand(it.windows.file(started) == it.program / SILENT, f"the shortcut starts {started}")
    _say(f"in the Start menu: {started}")


def says_what_it_is(it: Installed) -> None:
    """In a terminal, and in the properties of its files."""
    said = it.says("--version")
    demand(said.split() == ["trayapp", VERSION], f"--version says {said!r}")
    asked = resources.manifest_texts(versioninfo.manifest())
    for name in nsis.PROGRAMS:
        told = resources.version(it.program / name)
        wanted = {"FileVersion": VERSION, "ProductVersion": VERSION, "OriginalFilename": name}
        demand(wanted.items() <= told.items(), f"the version of {name}: {told}")
        asks = resources.manifest(it.program / name)
        demand(asks == asked, f"{name} asks for {asks}")
        demand(resources.icons(it.program / name) > 5, f"{name} lacks sizes of its icon")
    _say(f"--version: {said}; both programs have version, icon, manifest ({asked['dpiAwareness']})")


def serves(it: Installed, picture: Path) -> None:
    """With its icon in the tray: events, the menu, its end."""
    began = time.monotonic()
    running = it.windows.start(it.program / SILENT, *SERVE)
    port = trial.until(lambda: trial.announced(it.home, running.process), "READY")["port"]
    _say(f"READY {time.monotonic() - began:.2f} s after the start of {SILENT}")
    _follow(it, port)
    _use_the_menu(it, port, picture)
    _ended(running.wait(trial.PATIENCE), 0, SILENT)
    trial.until(lambda: not it.desk.has_icon(ON) or None, "the icon to go")
    _say("ended by Quit in its menu, with code 0; the icon is gone")


def _follow(it: Installed, port: int) -> None:
    """Saves from outside and inside, on a drive whose events it hears."""
    status = it.says("status")
    demand("events proven" in status, f"it does not hear file events: {status}")
    page = it.site / "style.css"
    outside = trial.seconds_to_event(port, lambda: page.write_text("a { color: red }", "utf-8"))
    echo = ("cmd", "/c", rf"echo a {{}} > {SITE}\style.css")
    inside = trial.seconds_to_event(port, lambda: it.windows.output(*echo))
    _say(f"event {1000 * outside:.0f} ms after a save on Linux")
    _say(f"event {1000 * inside:.0f} ms after the start of `cmd /c echo …` on Windows")


def _use_the_menu(it: Installed, port: int, picture: Path) -> None:
    labels = _labels(it)
    menu = it.desk.open_menu(ON, SILENT)

    def painted() -> list[int] | None:
        seen = it.desk.picture()
        seen.save(picture)
        heights = windesk.rows_of(menu, seen)
        return heights if len(heights) == len(labels) else None

    heights = trial.until(painted, f"a menu with the rows {labels}: see {picture}", pause=0.2)
    _say(f"the icon in the tray; its menu: {' | '.join(labels)}")
    _say(f"a picture of it: {picture}")
    at = dict(zip(labels, heights, strict=True))
    it.desk.choose(menu, at["Open dashboard"], SILENT)
    _say(f"Open dashboard: a browser is told {it.told(port)}")
    for colour, other, status in ((ON, PAUSED, "paused"), (PAUSED, ON, "on")):
        it.desk.choose(it.desk.open_menu(colour, SILENT), at["Live reload"], SILENT)
        it.desk.icon(other)
        said = json.loads(it.says("status", "--json"))["status"]
        demand(said == status, f"Live reload was clicked, and it is {said}")
    _say("Live reload: paused, with a grey icon, and on again")
    it.desk.choose(it.desk.open_menu(ON, SILENT), at["Quit trayapp"], SILENT)


def _labels(it: Installed) -> list[str]:
    """What the menu has to have, from above."""
    state = State("on", VERSION, "", 0, roots=(RootState("site", SITE, "watching"),))
    rows = entries(state, _path(it, it.windows.user))
    return [row.label for row in rows if row.visible and not row.separator]


def tries_itself(it: Installed) -> None:
    """Twice, if need be: Wine writes the 200 files of one check four times as slowly as Linux does,
    so that on a busy machine they may count as two changes (seen at a load of ten)."""
    command = (it.program / CONSOLE, "selftest")
    for last in (False, True):
        done = it.windows.run(*command, seconds=trial.SELFTEST_SECONDS)
        if not done.code:
            break
        demand(not last, f"selftest failed twice: {done.said}")
        _say(f"selftest failed, once more: {_matching(done.said, 'FAILED')}")
    _say(f"selftest: {len(_matching(done.said, 'ok '))} checks passed")


def _matching(said: str, start: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith(start)]


def upgrades(it: Installed, setup: Setup) -> None:
    """The same setup over a copy that runs, started as a person does."""
    it.home.mkdir(exist_ok=True)
    (it.home / "config.toml").write_text(SETTINGS, "utf-8")
    _say(f"started by its shortcut: a browser is told {it.starts_from_the_menu()}")
    it.says("autostart", "on")
    login = it.windows.registry(RUN).get(LOGIN)
    wanted = f"REG_SZ {_path(it, it.program / SILENT)} run --no-open"
    demand(login == wanted, f"at login: {login!r}, not {wanted!r}")
    _say(f"autostart on: {LOGIN} is {wanted}")
    stale = it.program / "_internal" / "stale.dll"
    stale.write_text("of an older version")
    began = time.monotonic()
    _ended(it.windows.run(setup.file, "/S"), 0, "the setup over a copy that runs")
    took = time.monotonic() - began
    _demand_stopped(it)
    demand(not stale.exists(), f"{stale} was left")
    demand((it.home / "config.toml").read_text("utf-8") == SETTINGS, "the settings changed")
    demand(it.windows.registry(RUN).get(LOGIN) == login, "what starts at login changed")
    _say(f"upgraded while it ran, in {took:.1f} s: the old copy was asked to stop")
    _say("a file of the older version is gone; settings and login entry stay")


def waits_for_what_runs(it: Installed, setup: Setup) -> None:
    """A copy that `trayapp stop` does not find is not killed, and nothing is half removed."""
    elsewhere = it.windows.drive / "elsewhere"
    environ = {"TRAYAPP_HOME": it.windows.path(elsewhere)}
    running = it.windows.start(it.program / SILENT, *SERVE, environ=environ)
    trial.until(lambda: trial.announced(elsewhere, running.process), "READY elsewhere")
    files = _below(it.program)
    uninstaller = (it.program / "uninstall.exe", "/S", f"_?={_path(it, it.program)}")
    for what, command in (("setup", (setup.file, "/S")), ("uninstaller", uninstaller)):
        _ended(it.windows.run(*command), BUSY, f"the {what}, beside a copy that is not found")
        demand(running.runs(), f"the {what} ended a copy that is not its to end")
        demand(_below(it.program) == files, f"the {what} changed files")
    _ended(it.windows.start(it.program / CONSOLE, "stop", environ=environ).wait(30), 0, "stop")
    _ended(running.wait(trial.PATIENCE), 0, SILENT)
    for file in (*elsewhere.iterdir(), elsewhere):
        file.rmdir() if file.is_dir() else file.unlink()
    _say(f"setup and uninstaller beside a copy with a home of its own: code {BUSY},")
    _say("nothing killed, no file changed")


def is_removed(it: Installed, before: Inventory) -> None:
    """By what Windows calls, while it runs. The settings stay."""
    it.starts_from_the_menu()
    command = it.windows.registry(UNINSTALL_KEY)[rf"{UNINSTALL_KEY}\QuietUninstallString"]
    began = time.monotonic()
    _ended(it.windows.run(*registry.words(command.removeprefix("REG_SZ "))), 0, "the uninstaller")
    _demand_removed(it)
    took = time.monotonic() - began
    demand((it.home / "config.toml").is_file(), "the settings are gone")
    _demand_nothing_left(it, before, it.home.relative_to(it.windows.drive).as_posix())
    _say(f"uninstalled while it ran, in {took:.1f} s: it was asked to stop; files, keys, shortcut")
    _say("and login entry are gone, only the user's settings are left")


def is_installed_and_removed_by_hand(it: Installed, setup: Setup, before: Inventory) -> None:
    """Through the pages of the setup, which starts it; and off again, with the settings."""
    running = it.windows.start(setup.file)
    _go_on(it, "trayapp Setup", lambda: not running.runs() or None, "the end of the setup")
    _ended(running.wait(5), 0, "the setup by hand")
    _say(f"installed by hand: its last page starts it, and a browser is told {it.serves()}")
    it.windows.start(it.program / "uninstall.exe")
    title = "trayapp Uninstall"
    # Not until the question is there: what is meant for the page would answer it.
    _go_on(it, title, lambda: it.announced() is None or None, "the begin of the removal")
    it.desk.press(trial.until(lambda: _question(it, title), "the question"), "y")
    _go_on(it, title, lambda: not it.desk.pages(title) or None, "the last page")
    _demand_removed(it)
    _demand_nothing_left(it, before)
    _say("uninstalled by hand, with Yes: the settings are gone as well, and nothing is left")


def _go_on(it: Installed, title: str, probe: Callable[[], T | None], what: str) -> T:
    """Press the button of each page that goes on, until `probe` has an answer."""

    def press() -> None:
        for page in it.desk.pages(title)[:1]:
            it.desk.press(page, "Return")

    return windesk.press_until(press, probe, what)


def _question(it: Installed, title: str) -> Box | None:
    """The smaller window over the page."""
    pages = sorted(it.desk.pages(title), key=lambda box: box[3])
    return pages[0] if len(pages) == 2 else None


def _demand_stopped(it: Installed) -> None:
    """It was asked: one that was killed would not have taken its announcement back."""
    trial.until(lambda: not it.windows.runs(SILENT) or None, "the end of the old copy")
    demand(it.announced() is None, "the old copy was ended without a word")


def _demand_removed(it: Installed) -> None:
    """The uninstaller goes on in a copy of itself."""
    trial.until(lambda: not it.program.exists() or None, f"{it.program} to go")
    trial.until(lambda: not it.windows.runs("un.exe") or None, "the uninstaller to end")
    _demand_stopped(it)


def _demand_nothing_left(it: Installed, before: Inventory, kept: str = "") -> None:
    left = inventory.difference(before, inventory.take(it.windows), kept)
    demand(not left, f"left behind or gone: {left}")


def _below(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*")}


def _path(it: Installed, file: Path) -> str:
    return it.windows.path(file)


def _ended(done: prefix.Done, code: int, what: str) -> None:
    demand(done.code == code, f"{what} ended with {done.code}, not {code}: {done.said}")


def demand(held: bool, what: str) -> None:
    """Raises: SystemExit naming `what` is wrong, unless it `held`."""
    if not held:
        raise SystemExit(f"Under Wine: {what}")


def _say(text: str) -> None:
    print(f"  {text}", flush=True)


if __name__ == "__main__":
    check(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute())
