"""Start at login: what is written for each system, what counts as on, and that a session runs it.

The entries of macOS and Windows are compared with their documentation: neither runs here.
"""

import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import need
from tests.support import wait_for
from trayapp.desktop.autostart import Autostart, freedesktop, launchagent, registry
from trayapp.desktop.autostart.autostart import _entry
from trayapp.desktop.autostart.command import Command, Program, command, is_ours, without_env
from trayapp.errors import TrayAppError

linux = pytest.mark.skipif(sys.platform != "linux", reason="desktop files are of Linux")

COMMAND = Command(("/opt/trayapp/trayapp", "run", "--no-open"))
ODD = r"""/srv/a "b" $c `d` \e 'f' %u ~;&|<>*?#()	g"""

GENERATOR = Path("/usr/lib/systemd/user-generators/systemd-xdg-autostart-generator")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A trayapp that writes its arguments and its TRAYAPP_HOME to `said`, in an odd place."""
    folder = tmp_path / 'my "$programs" %f\\n'
    folder.mkdir()
    file = folder / "trayapp"
    said = shlex.quote(str(tmp_path / "said"))
    file.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" "$TRAYAPP_HOME" > {said}.new && mv {said}.new {said}\n'
    )
    file.chmod(0o755)
    return file


@pytest.fixture
def make(program: Path, tmp_path: Path) -> Callable[..., Autostart]:
    """The switch of Linux for `program`, with an empty home."""

    def build(**environ: str) -> Autostart:
        entry = _entry("linux", environ, tmp_path / "home")
        return Autostart(entry, Program(program, "linux", frozen=True), environ)

    return build


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "home" / ".config" / "autostart" / "trayapp.desktop"


def written(tmp_path: Path, *lines: str) -> Path:
    """An entry that somebody wrote."""
    file = file_of(tmp_path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(("[Desktop Entry]", *lines, "")))
    return file


def test_it_is_off_until_it_is_switched_on(make: Callable[..., Autostart], tmp_path: Path) -> None:
    autostart = make()
    assert not autostart.on()
    assert not (tmp_path / "home").exists()
    autostart.switch(True)
    assert autostart.on()
    before = file_of(tmp_path).stat()
    autostart.switch(True)
    assert file_of(tmp_path).stat().st_ino == before.st_ino
    autostart.switch(False)
    autostart.switch(False)
    assert not autostart.on()
    assert list(file_of(tmp_path).parent.iterdir()) == []


def test_the_entry_lies_where_the_session_looks(tmp_path: Path) -> None:
    home = Path("/home/ada")
    assert freedesktop.folder({}, home) == home / ".config" / "autostart"
    assert freedesktop.folder({"XDG_CONFIG_HOME": "/c"}, home) == Path("/c/autostart")
    assert freedesktop.folder({"XDG_CONFIG_HOME": "c"}, home) == home / ".config" / "autostart"
    assert launchagent.folder(home) == home / "Library" / "LaunchAgents"


def test_what_a_user_wrote_stays_while_it_starts_a_trayapp(
    make: Callable[..., Autostart], program: Path, tmp_path: Path
) -> None:
    exec_ = freedesktop._escaped(freedesktop._quoted(str(program)))
    file = written(tmp_path, f"Exec={exec_} run --port 9000 /srv/site", "X-Mine=1")
    text = file.read_text()
    autostart = make()
    assert autostart.command() == (str(program), "run", "--port", "9000", "/srv/site")
    autostart.switch(True)
    assert file.read_text() == text
    autostart.switch(False)
    assert not file.exists()


@pytest.mark.parametrize(
    "lines",
    [
        ("Exec={} run", "Hidden=true"),
        ("Exec={} run", "X-GNOME-Autostart-enabled=false"),
        ("Exec={} run", "TryExec=/nowhere/trayapp"),
        ("Exec=/nowhere/trayapp run --no-open",),
        ("Exec=true",),
        ("Exec=",),
        ("Name=trayapp",),
    ],
)
def test_what_starts_no_trayapp_is_off_and_can_be_switched_on(
    make: Callable[..., Autostart], program: Path, tmp_path: Path, lines: tuple[str, ...]
) -> None:
    exec_ = freedesktop._escaped(freedesktop._quoted(str(program)))
    written(tmp_path, *(line.format(exec_) for line in lines))
    autostart = make()
    assert not autostart.on()
    autostart.switch(True)
    assert autostart.command() == (str(program), "run", "--no-open")


def test_it_is_off_when_the_program_is_gone(make: Callable[..., Autostart], program: Path) -> None:
    autostart = make()
    autostart.switch(True)
    program.unlink()
    assert not autostart.on()


def test_a_link_is_taken_away_and_not_what_it_leads_to(
    make: Callable[..., Autostart], tmp_path: Path
) -> None:
    system = tmp_path / "system.desktop"
    system.write_text("[Desktop Entry]\nExec=/nowhere/trayapp\n")
    file = file_of(tmp_path)
    file.parent.mkdir(parents=True)
    file.symlink_to(system)
    make().switch(True)
    assert not file.is_symlink()
    assert system.read_text() == "[Desktop Entry]\nExec=/nowhere/trayapp\n"


def test_a_place_that_cannot_be_written_is_named(
    make: Callable[..., Autostart], tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("no folder")
    autostart = make()
    assert not autostart.on()
    with pytest.raises(TrayAppError, match="starts at login"):
        autostart.switch(True)


@pytest.mark.parametrize(
    ("at", "platform", "frozen", "environ", "words"),
    [
        ("/v/bin/python", "linux", False, {}, ("/v/bin/python", "-m", "trayapp")),
        ("/opt/t/trayapp", "linux", True, {}, ("/opt/t/trayapp",)),
        ("/tmp/.mount/trayapp", "linux", True, {"APPIMAGE": "/a/T.AppImage"}, ("/a/T.AppImage",)),
        ("/v/python", "linux", False, {"APPIMAGE": "/a/else"}, ("/v/python", "-m", "trayapp")),
    ],
)  # fmt: skip
def test_the_command_is_the_program_that_runs(
    at: str, platform: str, frozen: bool, environ: dict[str, str], words: tuple[str, ...]
) -> None:
    found = command(Program(Path(at), platform, frozen), environ)
    assert found == Command((*words, "run", "--no-open"))
    assert is_ours(found.words)


def test_an_installed_script_is_preferred_to_the_interpreter(tmp_path: Path) -> None:
    (tmp_path / "trayapp").touch()
    (tmp_path / "pythonw.exe").touch()
    python = Program(tmp_path / "python", "linux")
    assert command(python, {}).words[0] == str(tmp_path / "trayapp")
    windows = Program(tmp_path / "python.exe", "win32")
    assert command(windows, {}).words[:3] == (str(tmp_path / "pythonw.exe"), "-m", "trayapp")


def test_on_windows_the_program_without_a_console_is_started(tmp_path: Path) -> None:
    frozen = Program(tmp_path / "trayapp.exe", "win32", frozen=True)
    assert command(frozen, {}).words[0] == str(tmp_path / "trayapp.exe")
    (tmp_path / "trayappw.exe").touch()
    assert command(frozen, {}).words[0] == str(tmp_path / "trayappw.exe")


def test_a_download_that_was_not_moved_yet_is_refused() -> None:
    at = Path("/private/var/folders/x/AppTranslocation/1/d/trayapp.app/Contents/MacOS/trayapp")
    with pytest.raises(TrayAppError, match="gone after the next start") as caught:
        command(Program(at, "darwin", frozen=True), {})
    assert "Applications" in caught.value.hint


def test_the_home_is_said_because_a_login_does_not_know_it(tmp_path: Path) -> None:
    known = command(Program(Path("/t/trayapp"), "linux", frozen=True), {"TRAYAPP_HOME": "/a b"})
    assert 'Exec=env "TRAYAPP_HOME=/a b" /t/trayapp run --no-open\n' in freedesktop.content(known)
    job = plistlib.loads(launchagent.content(known).encode())
    assert job["EnvironmentVariables"] == {"TRAYAPP_HOME": "/a b"}


@pytest.mark.parametrize(
    ("word", "line"),
    [  # Desktop Entry Specification §7: quoted, and escaped once more as any value (§4)
        ("/usr/bin/trayapp", "/usr/bin/trayapp"),
        ("/a b", '"/a b"'),
        ("/a$b", r'"/a\\$b"'),
        ("/a`b", r'"/a\\`b"'),
        ('/a"b', r'"/a\\"b"'),
        ("/a\\b", r'"/a\\\\b"'),
        ("/100%", "env /100%%"),
        ("/a\nb", r'"/a\nb"'),
        ("/é", "/é"),
    ],
)
def test_words_of_exec_are_quoted_as_the_specification_has_it(word: str, line: str) -> None:
    text = freedesktop.content(Command((word,)))
    assert f"\nExec={line}\n" in text
    found = freedesktop.starts(text)
    assert found is not None
    assert (without_env(found[0]), found[1]) == ((word,), word)


paths = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


def test_a_program_that_no_entry_can_name_is_refused() -> None:
    with pytest.raises(TrayAppError, match="a=b"):
        freedesktop.content(Command(("/a=b/trayapp",)))


@given(path=paths.map(lambda text: f"/{text.replace('=', '-')}"), home=st.none() | paths)
def test_every_path_survives_the_entry(path: str, home: str | None) -> None:
    text = freedesktop.content(Command((path, "run"), f"/{home}" if home else ""))
    assert len(text.splitlines()) >= 9
    found = freedesktop.starts(text)
    assert found is not None
    assert (without_env(found[0]), found[1]) == ((path, "run"), path)


@given(text=st.text())
def test_no_file_is_too_odd_to_be_read(text: str) -> None:
    for odd in (text, f"[Desktop Entry]\nExec={text}", f"<plist>{text}</plist>"):
        freedesktop.starts(odd)
        launchagent.starts(odd)
    registry.words(text)


@linux
@pytest.mark.parametrize("home", ["", ODD])
def test_desktop_tools_accept_the_entry(tmp_path: Path, home: str) -> None:
    need("desktop-file-validate")
    file = tmp_path / "trayapp.desktop"
    file.write_text(freedesktop.content(Command((ODD, "run", "--no-open"), home)))
    done = subprocess.run(["desktop-file-validate", file], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@linux
@pytest.mark.parametrize("home", ["", ODD])
def test_a_launcher_starts_what_the_entry_names(
    make: Callable[..., Autostart], tmp_path: Path, home: str
) -> None:
    need("gio")
    make(**({"TRAYAPP_HOME": home} if home else {})).switch(True)
    surroundings = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    subprocess.run(["gio", "launch", file_of(tmp_path)], env=surroundings, check=True, timeout=10)
    said = tmp_path / "said"
    wait_for(said.exists)
    assert said.read_text() == f"run --no-open\n{home}\n"


@linux
def test_systemd_makes_a_unit_of_the_entry(make: Callable[..., Autostart], tmp_path: Path) -> None:
    """What starts the entries of GNOME and KDE sessions; it has a parser of its own."""
    if not GENERATOR.exists():
        need(str(GENERATOR))
    make(TRAYAPP_HOME="/a b").switch(True)
    out = [tmp_path / name for name in ("normal", "early", "late")]
    for folder in out:
        folder.mkdir()
    surroundings = {"XDG_CONFIG_HOME": str(file_of(tmp_path).parent.parent), "HOME": "/nowhere"}
    surroundings |= {"PATH": os.environ["PATH"], "XDG_CONFIG_DIRS": "/nowhere"}
    subprocess.run([GENERATOR, *out], env=surroundings, check=True, timeout=10)
    unit = next(tmp_path.glob("late/app-trayapp@autostart.service")).read_text()
    line = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    assert line.startswith(f'ExecStart=:{shutil.which("env")} "TRAYAPP_HOME=/a b" "{tmp_path}')
    assert line.endswith('/trayapp" run --no-open')


def test_launchd_is_told_to_start_it_once_at_login() -> None:
    text = launchagent.content(COMMAND)
    assert plistlib.loads(text.encode()) == {
        "Label": "io.github.trayapp.trayapp",
        "ProgramArguments": ["/opt/trayapp/trayapp", "run", "--no-open"],
        "RunAtLoad": True,
        "LimitLoadToSessionType": "Aqua",
        "ProcessType": "Interactive",
    }
    assert launchagent.starts(text) == (COMMAND.words, "")


@pytest.mark.parametrize("changes", [{"Disabled": True}, {"RunAtLoad": False}])
def test_an_agent_that_launchd_does_not_start_is_off(changes: dict[str, bool]) -> None:
    job = plistlib.loads(launchagent.content(COMMAND).encode()) | changes
    assert launchagent.starts(plistlib.dumps(job).decode()) is None


class Remembered:
    """Values of a registry, in memory."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str | bytes] = {}

    def get(self, key: str, name: str) -> str | bytes | None:
        return self.values.get((key, name))

    def set(self, key: str, name: str, text: str) -> None:
        self.values[key, name] = text

    def delete(self, key: str, name: str) -> None:
        self.values.pop((key, name), None)


def test_windows_is_told_by_a_value_of_the_run_key() -> None:
    values = Remembered()
    entry = registry.RunEntry(values)
    assert entry.starts() is None
    entry.write(Command((r"C:\Users\Ada L\trayapp.exe", "run", "--no-open")))
    line = r'"C:\Users\Ada L\trayapp.exe" run --no-open'
    assert values.values == {(registry.RUN_KEY, "trayapp"): line}
    assert entry.starts() == ((r"C:\Users\Ada L\trayapp.exe", "run", "--no-open"), "")
    entry.remove()
    entry.remove()
    assert values.values == {}


def test_what_the_task_manager_switched_off_is_off() -> None:
    values = Remembered()
    entry = registry.RunEntry(values)
    entry.write(COMMAND)
    values.values[registry.APPROVED_KEY, "trayapp"] = b"\x03\0\0\0" + b"\1" * 8
    assert entry.starts() is None
    values.values[registry.APPROVED_KEY, "trayapp"] = b"\x02" + b"\0" * 11
    assert entry.starts() is not None
    values.values[registry.APPROVED_KEY, "trayapp"] = b"\x03" + b"\0" * 11
    entry.write(COMMAND)
    assert entry.starts() is not None


def test_what_is_too_long_for_windows_is_refused() -> None:
    with pytest.raises(TrayAppError, match="260"):
        registry.content(Command(("C:\\" + "a" * 260,)))


@pytest.mark.parametrize(
    ("words", "ours"),
    [
        ((r"C:\Program Files\TrayApp.EXE", "run"), True),
        (("/usr/bin/python3", "-m", "trayapp", "run"), True),
        (("/a/T.AppImage", "run", "--no-open"), True),
        (("/usr/bin/firefox",), False),
        ((), False),
    ],
)
def test_another_trayapp_is_a_trayapp_too(words: tuple[str, ...], ours: bool) -> None:
    assert is_ours(words) is ours
