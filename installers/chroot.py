"""A clean Debian to try the package in: nothing is there that the build machine hides. Needs root,
debootstrap, and the network once; what it made is kept.

    python installers/chroot.py FILE.deb
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import cache
from version import ROOT, VERSION

sys.path.append(str(ROOT))  # last, for this folder is called like a package of PyPI

from tests.rig.panel import Desktop, desktop
from tests.support import wait_for

NEEDED = {
    "debootstrap": "debootstrap",
    "Xvfb": "xvfb",
    "dbus-daemon": "dbus",
    "xfce4-panel": "xfce4-panel",
    "dunst": "dunst",
}
SUITE = "bookworm"
READY_SECONDS = 3.0
APT = ("apt-get", "--yes", "--quiet=2", "-o", "Dpkg::Use-Pty=0")
NOT_COMPARED = ("dev", "proc", "sys", "tmp", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/log")
"""What apt and dpkg write themselves, and where the test has its own files."""


class Chroot:
    """A system below `top`, with processes of its own: they end with `keeper`, their first."""

    def __init__(self, top: Path, keeper: int) -> None:
        self.top = top
        self._enter = ["nsenter", f"--target={keeper}", "--mount", "--pid", "chroot", str(top)]

    def start(self, *command: str, environ: Mapping[str, str]) -> "subprocess.Popen[str]":
        """Start a program there; its output can be read, errors with it."""
        return subprocess.Popen(
            [*self._enter, *command],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, seconds: float = 120) -> str:
        """The output of a program there. Raises: SystemExit with it when that fails."""
        with self.start(*command, environ={"DEBIAN_FRONTEND": "noninteractive"}) as process:
            said, _ = process.communicate(timeout=seconds)
        demand(process.returncode == 0, f"{' '.join(command)} failed: {said}")
        return said

    def files(self) -> set[str]:
        """Everything there, but what is `NOT_COMPARED`."""
        found = set()
        for folder, below, names in os.walk(self.top):
            here = Path(folder).relative_to(self.top)
            below[:] = [name for name in below if str(here / name) not in NOT_COMPARED]
            found |= {str(here / name) for name in (*below, *names)}
        return found


def check(package: Path) -> None:
    """Install the package, use what it brings, and purge it while it runs. As root only.

    Raises: SystemExit, or AssertionError of the rig, with what is not as it should be.
    """
    demand(os.geteuid() == 0, "only root can try it there: sudo scripts/build deb --test")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _chroot(folder / "system", folder) as chroot, desktop(_made(folder / "desk")) as desk:
            _round(chroot, package, desk, folder)


def _round(chroot: Chroot, package: Path, desk: Desktop, folder: Path) -> None:
    before = chroot.files()
    site = _made(folder / "site")
    shutil.copyfile(package, chroot.top / "tmp/trayapp.deb")
    began = time.monotonic()
    chroot.run(*APT, "install", "--no-install-recommends", "/tmp/trayapp.deb")  # noqa: S108
    _say(f"installed in {time.monotonic() - began:.1f} s, {len(chroot.files() - before)} files")
    demand(chroot.run("trayapp", "--version").split() == ["trayapp", VERSION], "another version")
    chroot.run("trayapp", "selftest")
    _say("selftest passed")
    environ = {**desk.environ, "HOME": str(_made(folder / "home"))}
    began = time.monotonic()
    command = ("trayapp", "run", "--port", "0", "--no-open", str(site))
    with chroot.start(*command, environ=environ) as running, ended(running):
        ready = first_line(running).split()
        took = time.monotonic() - began
        demand(ready[:1] == ["READY"], f"it began with {ready}")
        demand(took < READY_SECONDS, f"READY after {took:.1f} s")
        _say(f"READY after {took:.2f} s")
        _follow(ready[1], site)
        wait_for(desk.view.items, 10, "the icon in the tray")
        rows = wait_for(desk.view.rows, 5, "its menu")
        demand("Quit trayapp" in rows, f"its menu has {list(rows)} only")
        _say(f"its menu: {', '.join(rows)}")
        chroot.run(*APT, "purge", "trayapp")
        said, _ = running.communicate(timeout=15)
        demand(running.returncode == 0, f"it ended with {running.returncode}: {said}")
    left = chroot.files() ^ before
    demand(not left, f"left behind or gone: {sorted(left)[:20]}")
    _say("purged while it ran: it has stopped, and nothing is left")


def _follow(url: str, site: Path) -> None:
    """A save has to arrive on the stream."""
    host = url.removeprefix("http://")
    connection = HTTPConnection(host, timeout=10)
    connection.request("GET", "/stream")
    stream = connection.getresponse()
    try:
        while b"event: hello" not in stream.readline():
            pass
        (site / "style.css").write_text("a { color: red }")
        began = time.monotonic()
        while b"event: change" not in stream.readline():
            demand(time.monotonic() - began < 10, "no event after a save")
        _say(f"event {1000 * (time.monotonic() - began):.0f} ms after a save")
    finally:
        stream.close()
        connection.close()


@contextmanager
def _chroot(top: Path, shared: Path) -> Iterator[Chroot]:
    """A fresh copy of the base system at `top`, that sees the folder `shared` where it is."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(_base()), str(top)], check=True)
    shutil.copyfile("/etc/resolv.conf", top / "etc/resolv.conf")
    inside = top / str(shared).lstrip("/")
    inside.mkdir(parents=True, exist_ok=True)
    script = (
        'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --bind "$2" "$3"'
        " && echo mounted && exec sleep infinity"
    )
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    command = [*unshare, "sh", "-c", script, "sh", str(top), str(shared), str(inside)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            demand(first_line(process) == "mounted\n", "cannot mount")
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            yield Chroot(top, int(children.read_text().split()[0]))
        finally:
            process.kill()


def _base() -> Path:
    """The folder with the base system, made at the first time."""
    base = cache.folder(SUITE)
    if not base.exists():
        base.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=base.parent))
        command = ["debootstrap", "--variant=minbase", SUITE, str(made)]
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=600, check=True)
        made.chmod(0o755)
        made.rename(base)
    return base


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@contextmanager
def ended(process: "subprocess.Popen[str]") -> Iterator[None]:
    """Whatever happens, the process does not outlive the trial."""
    try:
        yield
    finally:
        process.kill()


def demand(held: bool, what: str) -> None:
    """Raises: SystemExit naming `what` is wrong, unless it `held`."""
    if not held:
        raise SystemExit(f"In a clean Debian: {what}")


def first_line(process: "subprocess.Popen[str]") -> str:
    """The first line that a program prints."""
    return process.stdout.readline() if process.stdout else ""


def _say(text: str) -> None:
    print(f"chroot: {text}", flush=True)


if __name__ == "__main__":
    check(Path(sys.argv[1]).absolute())
