"""The Debian package: the bundle in /usr/lib/trayapp and what belongs to it below /usr. It starts
nothing, and its one script ends what runs before the files go."""

import os
import platform
import re
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from pathlib import Path

import licences
import programs
import share
import trial
from version import ROOT

REVISION = 1
MAINTAINER = "the trayapp authors <authors@trayapp.invalid>"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

SYMBOL = re.compile(rb"GLIBC_(\d+)\.(\d+)")
JUDGES = {
    "lintian": "lintian",
    "desktop-file-validate": "desktop-file-utils",
    "appstreamcli": "appstream",
}
NOT_FOR_A_PACKAGE = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""Files of pip, of no use where dpkg keeps the list."""


def build(out: Path, bundle: Path, version: str, when: int) -> Path:
    """Make the package of the one-dir `bundle` in the folder `out`. `when`, in seconds since 1970,
    is the time of everything in it: the same input gives the same bytes."""
    architecture = ARCHITECTURES[platform.machine()]
    package = out / f"trayapp_{version}-{REVISION}_{architecture}.deb"
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "top"
        lay(top, bundle, version, when)
        control_files(top, version, architecture)
        share.settle(top, when)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", top, package],
            env={**os.environ, "SOURCE_DATE_EPOCH": str(when)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return package


def check(package: Path) -> None:
    """Start what is in it, without installing it. Raises: SystemExit naming what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
        command = [f"{folder}/usr/bin/trayapp"]
        print(f"  {trial.run(command)}")
        trial.selftest(command)
        print("  selftest passed")


def prove(package: Path) -> None:
    """What takes longer: what Debian's tools find, the same bytes twice, and a round in a clean
    Debian: installed, used, purged.

    Raises: SystemExit naming what is wrong.
    """
    import chroot  # with the panel of the tests, which nothing else here needs

    programs.need(JUDGES | chroot.NEEDED)
    inspect(package)
    share.twice(build, package)
    chroot.check(package)


def inspect(package: Path) -> None:
    """Have those who know the rules look at it. Raises: SystemExit with what they say."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
        files = Path(folder) / "usr/share"
        entry = str(files / "applications/trayapp.desktop")
        about = str(files / f"metainfo/{share.ID}.metainfo.xml")
        quiet("lintian", "--fail-on=error,warning", "--tag-display-limit=0", str(package))
        quiet("desktop-file-validate", entry)
        quiet("appstreamcli", "validate", "--no-net", "--pedantic", about)


def quiet(*command: str) -> None:
    """Run a tool that has nothing to say. Raises: SystemExit with what it says when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    print(f"  {command[0]}: nothing to complain of")


def lay(top: Path, bundle: Path, version: str, when: int) -> None:
    """Put all files in their places below `top`."""
    shutil.copytree(bundle, top / "usr/lib/trayapp", symlinks=True)
    for file in (top / "usr/lib/trayapp").rglob("*"):
        if file.name in NOT_FOR_A_PACKAGE and file.parent.suffix == ".dist-info":
            file.unlink()
        elif ".so" in file.suffixes and not file.is_symlink():
            file.chmod(0o644)  # only programs are executable (Debian policy 10.9)
    shutil.rmtree(top / "usr/lib/trayapp" / licences.FOLDER, ignore_errors=True)  # see `copyright`
    (top / "usr/bin").mkdir()
    (top / "usr/bin/trayapp").symlink_to("../lib/trayapp/trayapp")
    share.lay(top / "usr/share", version, when)
    documents = top / "usr/share/doc/trayapp"
    documents.mkdir(parents=True)
    (documents / "copyright").write_text(licences.copyright(bundle), "utf-8")
    (documents / "changelog.gz").write_bytes(share.packed((ROOT / "CHANGELOG.md").read_bytes()))
    (documents / "changelog.Debian.gz").write_bytes(share.packed(changelog(version, when).encode()))
    overrides = top / "usr/share/lintian/overrides"
    overrides.mkdir(parents=True)
    shutil.copyfile(share.LINUX / "lintian-overrides", overrides / "trayapp")


def control_files(top: Path, version: str, architecture: str) -> None:
    """Describe what lies below `top`, for dpkg."""
    files = sorted(file for file in top.rglob("*") if file.is_file() and not file.is_symlink())
    sums = [f"{_md5(file)}  {file.relative_to(top)}\n" for file in files]
    kilobytes = sum(-(-file.stat().st_size // 1024) for file in files)
    libc = needed_libc(top / "usr/lib/trayapp")
    about = top / "DEBIAN"
    about.mkdir()
    (about / "md5sums").write_text("".join(sums), "utf-8")
    (about / "control").write_text(control(version, architecture, kilobytes, libc), "utf-8")
    shutil.copyfile(share.LINUX / "prerm", about / "prerm")
    (about / "prerm").chmod(0o755)


def control(version: str, architecture: str, kilobytes: int, libc: str) -> str:
    """The control file (Debian policy 5.3)."""
    return f"""\
Package: trayapp
Version: {version}-{REVISION}
Architecture: {architecture}
Maintainer: {MAINTAINER}
Installed-Size: {kilobytes}
Depends: libc6 (>= {libc})
Recommends: default-dbus-session-bus | dbus-session-bus
Suggests: xdg-utils
Section: web
Priority: optional
Description: live reload for browser pages, with a switch in the tray
 A page follows each save of its files: style sheets, images and HTML are
 renewed in place, anything else reloads once. Programs on this computer send
 events and notifications to pages as well, over Server-Sent Events.
 .
 It serves this computer only, until it is shared with the local network.
"""


def needed_libc(bundle: Path) -> str:
    """The newest version of the C library that something in the bundle asks for."""
    asked = {(2, 17)}  # the oldest that PyInstaller's own loader runs on
    for file in bundle.rglob("*"):
        if file.is_file() and (content := file.read_bytes()).startswith(b"\x7fELF"):
            asked |= {(int(major), int(minor)) for major, minor in SYMBOL.findall(content)}
    return ".".join(str(number) for number in max(asked))


def changelog(version: str, when: int) -> str:
    """The packager's changelog (Debian policy 4.4)."""
    day = format_datetime(datetime.fromtimestamp(when, UTC))
    return (
        f"trayapp ({version}-{REVISION}) stable; urgency=medium\n\n"
        f"  * Version {version}; what is new is in changelog.gz.\n\n -- {MAINTAINER}  {day}\n"
    )


def _md5(file: Path) -> str:
    return md5(file.read_bytes(), usedforsecurity=False).hexdigest()
