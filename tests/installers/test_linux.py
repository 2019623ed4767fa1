"""What Linux gets: the Debian package and the AppDir of a stand-in bundle, and what is in them."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import appdir
import click
import completions
import deb
import licences
import manpage
import pytest
import share

from tests.conftest import need
from tests.support import wait_for
from trayapp.cli.commands import trayapp as command_line
from trayapp.config import Config

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="packages of Linux")

WHEN = 1_790_000_000


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A folder as PyInstaller lays it out, with a script for a program."""
    top = tmp_path / "bundle"
    inside = top / "_internal"
    information = inside / "flask-3.1.3.dist-info"
    licences = inside / "licences" / "flask"
    information.mkdir(parents=True)
    licences.mkdir(parents=True)
    (top / "trayapp").write_text("#!/bin/sh\necho started\n")
    (top / "trayapp").chmod(0o700)
    (inside / "libpython3.11.so.1.0").write_bytes(b"\x7fELF..GLIBC_2.4..GLIBC_2.36..GLIBC_2.9")
    (inside / "libpython3.11.so.1.0").chmod(0o775)
    (inside / "note.txt").write_text("GLIBC_9.99 is no symbol here")
    (information / "RECORD").write_text("where it was built")
    (licences / "LICENSE.txt").write_text("Copyright 2010 Pallets")
    return top


def _unpacked(package: Path, where: Path) -> dict[str, tarfile.TarInfo]:
    """Extract the package; its members by their names."""
    tar = where.with_suffix(".tar")
    with tar.open("wb") as out:
        subprocess.run(["dpkg-deb", "--fsys-tarfile", package], stdout=out, check=True)
    with tarfile.open(tar) as archive:
        archive.extractall(where, filter="data")
        return {member.name.removeprefix("./"): member for member in archive}


def test_package_has_everything_in_its_place(bundle: Path, tmp_path: Path) -> None:
    need("dpkg-deb")
    package = deb.build(tmp_path, bundle, "1.2.3", WHEN)
    members = _unpacked(package, tmp_path / "installed")
    for name in (
        "usr/lib/trayapp/_internal/libpython3.11.so.1.0",
        "usr/share/applications/trayapp.desktop",
        "usr/share/bash-completion/completions/trayapp",
        "usr/share/doc/trayapp/changelog.Debian.gz",
        "usr/share/icons/hicolor/16x16/apps/trayapp.png",
        "usr/share/man/man1/trayapp.1.gz",
    ):
        assert members[name].mode == 0o644, name
    started = subprocess.run([tmp_path / "installed/usr/bin/trayapp"], stdout=subprocess.PIPE)
    assert started.stdout == b"started\n"
    assert members["usr/bin/trayapp"].linkname == "../lib/trayapp/trayapp"
    assert not [name for name in members if name.endswith("RECORD")]
    assert {member.uid for member in members.values()} == {0}
    assert {member.mtime for member in members.values()} == {WHEN}
    assert not [name for name in members if not (name == "" or name.split("/")[0] in (".", "usr"))]


def test_the_menu_s_entry_is_one_that_this_debian_knows() -> None:
    need("desktop-file-validate")
    entry = share.LINUX / "trayapp.desktop"
    said = subprocess.run(["desktop-file-validate", entry], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")


def test_package_starts_nothing(bundle: Path, tmp_path: Path) -> None:
    need("dpkg-deb")
    package = deb.build(tmp_path, bundle, "1.2.3", WHEN)
    subprocess.run(["dpkg-deb", "--control", package, tmp_path / "control"], check=True)
    parts = {file.name for file in (tmp_path / "control").iterdir()}
    assert parts == {"control", "md5sums", "prerm"}
    assert "autostart" not in "".join(_unpacked(package, tmp_path / "installed"))


def test_package_of_the_same_files_is_the_same(bundle: Path, tmp_path: Path) -> None:
    need("dpkg-deb")
    (tmp_path / "later").mkdir()
    first = deb.build(tmp_path, bundle, "1.2.3", WHEN)
    for file in bundle.rglob("*"):
        os.utime(file, (WHEN + 9, WHEN + 9))
    again = deb.build(tmp_path / "later", bundle, "1.2.3", WHEN)
    assert again.read_bytes() == first.read_bytes()


def test_package_needs_the_c_library_that_its_parts_need(bundle: Path) -> None:
    assert deb.needed_libc(bundle) == "2.36"
    assert "\nDepends: libc6 (>= 2.36)\n" in deb.control("1.2.3", "amd64", 7, "2.36")


def test_copyright_has_the_texts_of_the_libraries(bundle: Path) -> None:
    text = licences.copyright(bundle)
    assert "-- flask/LICENSE.txt\n\nCopyright 2010 Pallets" in text
    assert "License: Expat\n MIT License\n .\n Copyright (c)" in text


@pytest.mark.parametrize("name", ["Apache-2.0", "GPL-2"])
def test_copyright_names_what_every_debian_has(name: str) -> None:
    terms = Path("/usr/share/common-licenses", name)
    if not terms.is_file():
        pytest.skip("no Debian")
    text = f"Bundled.\n\n{terms.read_text()}\n\nAnd an exception."
    short = licences.referring(text)
    assert short.startswith("Bundled.\n\n")
    assert f"The terms are those of {terms}." in short
    assert short.endswith("And an exception.")
    assert "END OF TERMS" not in short
    assert len(short) < len(text) / 3


@contextmanager
def _asleep(program: Path, script: str) -> Iterator[subprocess.Popen[bytes]]:
    """A copy of the shell at `program` that runs `script` and prints when it has begun."""
    program.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile("/bin/sh", program)
    program.chmod(0o755)
    command = [str(program), "-c", f"{script} echo begun; while :; do read line; done"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        yield process
        process.kill()


def _remove(program: Path, reason: str) -> None:
    text = (share.LINUX / "prerm").read_text().replace("/usr/lib/trayapp/trayapp", str(program))
    subprocess.run(["sh", "-c", text.replace("-lt 100", "-lt 3"), "prerm", reason], check=True)


@pytest.mark.parametrize("reason", ["remove", "upgrade", "deconfigure"])
def test_removal_ends_what_runs_and_nothing_else(tmp_path: Path, reason: str) -> None:
    with (
        _asleep(tmp_path / "lib/trayapp", "trap 'exit 7' TERM;") as ours,
        _asleep(tmp_path / "container/trayapp", "") as other,
    ):
        _remove(tmp_path / "lib/trayapp", reason)
        assert ours.wait(5) == 7
        assert other.poll() is None


def test_removal_ends_what_does_not_stop(tmp_path: Path) -> None:
    with _asleep(tmp_path / "trayapp", "trap '' TERM;") as stubborn:
        _remove(tmp_path / "trayapp", "remove")
        wait_for(lambda: stubborn.poll() is not None, 5, "the end")


def test_a_failed_upgrade_ends_nothing(tmp_path: Path) -> None:
    with _asleep(tmp_path / "trayapp", "") as running:
        _remove(tmp_path / "trayapp", "failed-upgrade")
        assert running.poll() is None


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")


def test_manual_names_every_command_option_and_setting() -> None:
    page = manpage.page("1.2.3", WHEN)
    sections = page.split("\n.S")
    for path, command in _commands(command_line, "trayapp"):
        (section,) = (one for one in sections if one.startswith(f"S {path}\n"))
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                for word in (*parameter.opts, *parameter.secondary_opts):
                    assert manpage.escaped(word) in section, (path, word)
    for setting in Config.__dataclass_fields__:
        assert f".B {manpage.escaped(setting)}\n" in page


def test_manual_is_read_without_a_warning() -> None:
    need("groff")
    page = manpage.page("1.2.3", WHEN)
    command = ["groff", "-man", "-Tutf8", "-ww", "-P-cbou"]
    done = subprocess.run(command, input=page, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "trayapp 1.2.3" in done.stdout
    assert "2026-09-21" in done.stdout
    assert re.search(r"--priority TEXT\n +1 to 5, or min", done.stdout)


@pytest.mark.parametrize(
    ("text", "shown"), [(".so x", r"\&.so x"), ("'a", r"\&'a"), ("--a\\b", r"\-\-a\eb")]
)
def test_text_is_no_instruction_of_the_manual(text: str, shown: str) -> None:
    assert manpage.escaped(text) == shown


@pytest.mark.parametrize("shell", completions.FILES)
def test_completions_ask_the_program(shell: str, tmp_path: Path) -> None:
    script = completions.script(shell)
    assert f"_TRAYAPP_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([shell, "-n", tmp_path / "script"], check=True)


def test_completion_completes() -> None:
    environ = {"COMP_WORDS": "trayapp st", "COMP_CWORD": "1", "_TRAYAPP_COMPLETE": "bash_complete"}
    command = [sys.executable, "-m", "trayapp"]
    done = subprocess.run(command, env=os.environ | environ, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["plain,status", "plain,stop"]


def test_releases_are_those_of_the_changelog() -> None:
    text = "## [Unreleased]\n\n## [0.3.0] - 2027-02-01\n\n## [0.2.0] - 2027-01-01\n"
    known = [("0.3.0", "2027-02-01"), ("0.2.0", "2027-01-01")]
    assert share.dated(text, "0.3.0", WHEN) == known
    assert share.dated(text, "0.4.0", WHEN) == [("0.4.0", "2026-09-21"), *known]
    made = share.metainfo("<component><id>a</id></component>", text, "0.3.0", WHEN).decode()
    assert '<release version="0.2.0" date="2027-01-01" />' in made


def test_appdir_runs_from_anywhere(bundle: Path, tmp_path: Path) -> None:
    top = tmp_path / "moved"
    appdir.lay(top, bundle, "1.2.3", WHEN)
    started = subprocess.run([top / "AppRun"], stdout=subprocess.PIPE, check=True)
    assert started.stdout == b"started\n"
    for name in ("trayapp.desktop", "trayapp.png", ".DirIcon"):
        assert (top / name).resolve(strict=True).is_relative_to(top)


def test_appimage_needs_the_runtime_that_was_chosen(tmp_path: Path) -> None:
    (tmp_path / "runtime").write_bytes(b"runtime")
    image = tmp_path / "trayapp-1.2.3.AppDir.squashfs"
    image.write_bytes(b"image")
    with pytest.raises(ValueError, match="runtime has the SHA-256 sum"):
        appdir.join(tmp_path / "runtime", "0" * 64, image, tmp_path)
    known = hashlib.sha256(b"runtime").hexdigest()
    made = appdir.join(tmp_path / "runtime", known, image, tmp_path)
    assert made == tmp_path / "trayapp-1.2.3.AppImage"
    assert made.read_bytes() == b"runtimeimage"
    assert os.access(made, os.X_OK)
