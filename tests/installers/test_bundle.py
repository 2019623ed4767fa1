"""What a bundle is made of and how it is asked for; scripts/build makes one and tries it."""

import ast
import functools
import subprocess
import sys
from collections import defaultdict
from importlib.metadata import distribution
from pathlib import Path

import build
import bundle
import contents
import pytest
import runpaths
import sums
import version

from tests.conftest import need
from trayapp import __version__


def _repository(folder: Path) -> Path:
    """A clone with one commit, of the second 1790000000."""
    stamp = {"GIT_AUTHOR_DATE": "1790000000 +0000", "GIT_COMMITTER_DATE": "1790000000 +0000"}
    author = ["-c", "user.name=a", "-c", "user.email=a@b.invalid"]
    (folder / "file").write_text("one")
    for words in (["init", "-q"], ["add", "file"], [*author, "commit", "-qm", "one"]):
        subprocess.run(["git", *words], cwd=folder, env={"PATH": "/usr/bin", **stamp}, check=True)
    return folder


def test_version_is_that_of_the_package() -> None:
    assert __version__ == version.VERSION


def test_time_is_that_of_the_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert version.moment(_repository(tmp_path)) == 1790000000
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
    assert version.moment(tmp_path) == 5


def test_without_a_commit_the_time_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    with pytest.raises(SystemExit, match="SOURCE_DATE_EPOCH="):
        version.moment(tmp_path)


def test_release_of_changed_sources_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = _repository(tmp_path)
    assert version.changed(clone) == []
    (clone / "file").write_text("two")
    (clone / "new").touch()
    assert version.changed(clone) == [" M file", "?? new"]
    monkeypatch.setattr(version, "changed", lambda: [" M file"])
    with pytest.raises(SystemExit, match=" M file"):
        build.refuse_changes()


@pytest.mark.parametrize(
    ("words", "system", "names"),
    [
        ([], "linux", ("bundle", "deb", "appdir", "sbom", "sums")),
        (["all"], "win32", ("bundle", "nsis", "sbom", "sums")),
        (["all"], "darwin", ("bundle", "macos", "sbom", "sums")),
        (["sums", "bundle"], "linux", ("bundle", "sums")),
        (["--test"], "linux", ("bundle", "deb", "appdir", "wine", "sbom", "sums")),
        (["all", "--test"], "win32", ("bundle", "nsis", "sbom", "sums")),
        (["wine", "deb", "--test"], "linux", ("deb", "wine")),
    ],
)
def test_what_is_asked_for_is_built_in_the_order_of_need(
    words: list[str], system: str, names: tuple[str, ...]
) -> None:
    assert build.order(words, system).names == names


def test_unknown_artefact_is_refused_with_the_names_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        build.order(["flatpak"], "linux")
    assert "there is no flatpak; there is bundle, deb," in capsys.readouterr().err


def test_what_the_program_needs_is_left_out_nowhere() -> None:
    needed = {"asyncio", "ssl", "sqlite3", "redis", "zeroconf", "segno", "psutil", "trayapp"}
    for system in ("linux", "win32", "darwin"):
        assert needed.isdisjoint(contents.excludes(system))
        assert {"tkinter", "numpy", "unittest", "pip"} < set(contents.excludes(system))
    assert "jeepney" not in contents.excludes("linux")
    assert {"PIL", "pystray"}.isdisjoint(contents.excludes("win32"))


WITHOUT = """
import io, sys

class LeftOut:
    def find_spec(self, name, path=None, target=None):
        if any(f"{name}.".startswith(f"{left}.") for left in LEFT):
            raise ImportError(f"left out: {name}")

LEFT = sys.argv[1].split(",")
sys.meta_path.insert(0, LeftOut())
"""
DRAWING = """
from trayapp.tray import artwork
artwork.template("error", 44)
artwork.tile("on", 64).save(io.BytesIO(), "ICO")
"""
IMPORTING = """
import importlib
for name in sys.argv[2].split(","):
    importlib.import_module(name)
"""


def test_nobody_misses_on_linux_what_is_left_out() -> None:
    rooms = contents.modules_of(version.ROOT, "linux")
    words = [",".join(contents.excludes("linux")), ",".join(rooms)]
    script = WITHOUT + IMPORTING
    subprocess.run([sys.executable, "-c", script, *words], cwd=version.ROOT, check=True)


def test_pictures_are_drawn_without_what_is_left_out() -> None:
    left = [name for name in contents.excludes("win32") if name != "jeepney"]
    words = [sys.executable, "-c", WITHOUT + DRAWING, ",".join(left)]
    subprocess.run(words, cwd=version.ROOT, check=True)


def test_every_room_belongs_into_a_bundle() -> None:
    modules = contents.modules_of(version.ROOT, "linux")
    assert {"trayapp", "trayapp.cli.commands", "trayapp.bus.redis", "trayapp.lan.responder"} < {
        *modules
    }
    assert not [name for name in modules if "__pyinstaller" in name or name.endswith("artwork")]
    assert "trayapp.tray.artwork" in contents.modules_of(version.ROOT, "win32")


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_what_only_left_out_rooms_use_is_in_no_bundle(system: str) -> None:
    """PyInstaller takes what is imported; a bundle would lack the rest."""
    kept = {*contents.modules_of(version.ROOT, system), "trayapp.__main__"}
    importers = _importers()
    lost = [name for name in kept if importers[name] and not importers[name] & kept]
    assert lost == []


@functools.cache
def _importers() -> dict[str, set[str]]:
    """By module of the package: the modules with an import statement for it."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in (version.ROOT / "trayapp").rglob("*.py"):
        parts = file.relative_to(version.ROOT).with_suffix("").parts
        importer = ".".join(parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                names.append(str(node.module))
            else:
                continue
            for name in names:
                found[name].add(importer)
    return found


def test_files_that_are_read_belong_into_a_bundle() -> None:
    found = {file.suffix for file in contents.files_of(version.ROOT / "trayapp")}
    assert {".js", ".css", ".html", ".svg", ".z"} <= found
    assert found.isdisjoint({".py", ".pyc"})


def test_every_package_of_a_bundle_brings_its_licence() -> None:
    found = contents.packages(["flask.app", "click", "_cffi", "PIL/_imaging.so", "trayapp.cli"])
    assert found == ["click", "flask", "pillow", "trayapp-live"]
    for name in found[:3]:
        texts = contents.texts_of(distribution(name))
        assert any("copy" in text.read_text("utf-8").lower() for text in texts), name


def test_python_brings_its_licence() -> None:
    (text,) = contents.texts_of_python()
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in text.read_text("utf-8").upper()


def test_sum_of_a_folder_sees_each_difference(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    file = tmp_path / "a" / "file"
    file.write_text("one")
    seen = {sums.of_folder(tmp_path)}
    file.chmod(0o755)
    seen.add(sums.of_folder(tmp_path))
    file.write_text("two")
    seen.add(sums.of_folder(tmp_path))
    (tmp_path / "link").symlink_to("a")
    seen.add(sums.of_folder(tmp_path))
    file.rename(file.with_name("other"))
    assert len(seen | {sums.of_folder(tmp_path)}) == 5


def test_sums_are_read_by_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "a.deb").write_bytes(b"package")
    (tmp_path / "bundle").mkdir()
    made = sums.build(tmp_path)
    assert sums.build(tmp_path).read_text() == made.read_text()  # does not sum itself
    sums.check(made)
    subprocess.run(["sha256sum", "--check", "--strict", made.name], cwd=tmp_path, check=True)
    (tmp_path / "a.deb").write_bytes(b"another")
    with pytest.raises(SystemExit, match=r"a\.deb"):
        sums.check(made)


def test_size_counts_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    assert bundle.size(tmp_path) == 5


def test_bundle_is_made_the_same_each_time() -> None:
    made = bundle.same_each_time(7)
    assert (made["SOURCE_DATE_EPOCH"], made["PYTHONHASHSEED"]) == ("7", "0")


@pytest.mark.skipif(sys.platform != "linux", reason="libraries of Linux")
def test_libraries_look_nowhere_but_beside_themselves(tmp_path: Path) -> None:
    need("cc")
    for name, path in {"theirs": "/opt/python/lib", "own": "$ORIGIN/../own.libs"}.items():
        library = str(tmp_path / f"{name}.so")
        words = ["cc", "-shared", "-x", "c", "/dev/null", f"-Wl,-rpath,{path}"]
        subprocess.run([*words, "-o", library], check=True)
    (tmp_path / "text.so").write_text("no library")
    assert runpaths.of(tmp_path / "theirs.so") == ["/opt/python/lib"]

    runpaths.remove(tmp_path)

    assert runpaths.of(tmp_path / "theirs.so") == []
    assert runpaths.of(tmp_path / "own.so") == ["$ORIGIN/../own.libs"]
