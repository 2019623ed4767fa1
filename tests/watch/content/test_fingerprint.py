"""The fingerprint follows real files, and says what changed."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trayapp.watch.change import PathChange
from trayapp.watch.content.fingerprint import Fingerprint
from trayapp.watch.content.mark import READ_LIMIT, is_trusted, look_of
from trayapp.watch.ignoring.ignore import Ignore

NOBODY = 65534


def scanned(folder: Path) -> Fingerprint:
    fingerprint = Fingerprint(str(folder), Ignore())
    fingerprint.update([""])
    return fingerprint


def test_equal_files_have_equal_fingerprints_after_a_restart(site: Path) -> None:
    assert str(scanned(site)) == str(scanned(site))
    assert scanned(site).files == 2
    assert len(str(scanned(site))) == 16


def test_content_and_name_count(site: Path) -> None:
    seen = {str(scanned(site))}
    index = site / "index.html"
    index.write_text("longer than before")
    seen.add(str(scanned(site)))
    index.rename(site / "home.html")
    seen.add(str(scanned(site)))
    assert len(seen) == 3


def test_neither_time_nor_permissions_nor_the_same_bytes_count(site: Path) -> None:
    fingerprint = scanned(site)
    before = str(fingerprint)
    index = site / "index.html"
    os.utime(index, ns=(1, 1))
    assert fingerprint.update(["index.html"]) == ()
    index.chmod(0o600)
    assert fingerprint.update(["index.html"]) == ()
    index.write_bytes(index.read_bytes())
    assert fingerprint.update(["index.html"]) == ()
    assert str(fingerprint) == before == str(scanned(site))


def test_the_same_size_at_the_same_time_is_a_change_all_the_same(site: Path) -> None:
    index = site / "index.html"
    status = index.stat()
    fingerprint = scanned(site)
    index.write_bytes(b"new")
    os.utime(index, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert fingerprint.update(["index.html"]) == (PathChange("index.html", "modified"),)


def test_size_and_time_count_for_a_file_too_large_to_read(site: Path) -> None:
    large = site / "film.mp4"
    with large.open("wb") as out:
        out.truncate(READ_LIMIT + 1)
    fingerprint = scanned(site)
    assert fingerprint.update(["film.mp4"]) == ()
    os.utime(large, ns=(1, 1))
    assert fingerprint.update(["film.mp4"]) == (PathChange("film.mp4", "modified"),)
    assert str(fingerprint) == str(scanned(site))


def test_a_look_is_trusted_only_when_the_next_change_would_show(site: Path) -> None:
    """Read in the same tick of the disk's clock as it was written, the file may change unseen."""
    index = site / "index.html"
    os.utime(index)
    status = index.stat()
    assert not is_trusted(look_of(status))
    time.sleep(0.05)  # the clock of the disk is what we wait for
    assert is_trusted(look_of(status))


def test_every_name_of_a_file_changes_with_it(site: Path) -> None:
    fingerprint = scanned(site)
    (site / "copy.html").hardlink_to(site / "index.html")
    assert fingerprint.update(["copy.html"]) == (PathChange("copy.html", "created"),)
    (site / "index.html").write_text("by its old name")
    assert set(fingerprint.update(["index.html"])) == {
        PathChange("copy.html", "modified"),
        PathChange("index.html", "modified"),
    }
    (site / "copy.html").write_text("by its new name")
    assert len(fingerprint.update(["copy.html"])) == 2
    (site / "copy.html").unlink()
    assert fingerprint.update(["copy.html"]) == (PathChange("copy.html", "deleted"),)
    (site / "index.html").write_text("the only one")
    assert fingerprint.update(["index.html"]) == (PathChange("index.html", "modified"),)
    assert str(fingerprint) == str(scanned(site))


def test_a_link_counts_for_itself(site: Path) -> None:
    (site / "latest.css").symlink_to("css/style.css")
    fingerprint = scanned(site)
    assert fingerprint.links == {"latest.css"}
    (site / "latest.css").unlink()
    (site / "latest.css").symlink_to("css/other.css")
    assert fingerprint.update(["latest.css"]) == (PathChange("latest.css", "modified"),)
    (site / "latest.css").unlink()
    (site / "latest.css").write_text("x")
    assert fingerprint.update(["latest.css"]) == (PathChange("latest.css", "modified"),)
    assert fingerprint.links == set()


def test_ignored_files_do_not_count(site: Path) -> None:
    before = str(scanned(site))
    (site / "node_modules").mkdir()
    (site / "node_modules" / "a.js").write_text("x")
    (site / ".env").write_text("x")
    assert str(scanned(site)) == before


def test_update_names_what_changed_and_only_that(site: Path) -> None:
    fingerprint = scanned(site)
    (site / "index.html").write_text("changed")
    (site / "new.html").write_text("new")
    (site / "css" / "style.css").unlink()
    paths = ["index.html", "new.html", "css/style.css", "came-and-went", "../outside"]
    assert fingerprint.update(paths) == (
        PathChange("index.html", "modified"),
        PathChange("new.html", "created"),
        PathChange("css/style.css", "deleted"),
    )
    assert fingerprint.update(paths) == ()
    assert str(fingerprint) == str(scanned(site))


def test_a_folder_among_the_paths_is_looked_through(site: Path) -> None:
    fingerprint = scanned(site)
    (site / "css").rename(site / "styles")
    changes = fingerprint.update(["css", "styles"])
    assert set(changes) == {
        PathChange("css/style.css", "deleted"),
        PathChange("styles/style.css", "created"),
    }
    assert str(fingerprint) == str(scanned(site))


def test_a_folder_in_the_place_of_a_file_and_back(site: Path) -> None:
    fingerprint = scanned(site)
    (site / "index.html").unlink()
    (site / "index.html").mkdir()
    (site / "index.html" / "a").write_text("x")
    changes = fingerprint.update(["index.html/a"])
    assert PathChange("index.html", "deleted") in changes
    assert str(fingerprint) == str(scanned(site))
    shutil.rmtree(site / "index.html")
    (site / "index.html").write_text("x")
    fingerprint.update(["index.html"])
    assert str(fingerprint) == str(scanned(site))
    assert fingerprint.files == 2


def test_a_path_behind_a_link_is_no_file(site: Path) -> None:
    """Reported while its folder was there; a link to elsewhere has taken the folder's place."""
    fingerprint = scanned(site)
    (site / "css").rename(site / "styles")
    (site / "css").symlink_to("styles")
    changes = fingerprint.update(["css", "css/style.css", "styles"])
    kinds = {change.path: change.change for change in changes}
    assert kinds == {"css/style.css": "deleted", "css": "created", "styles/style.css": "created"}
    assert str(fingerprint) == str(scanned(site))


def test_doubted_paths_count_though_they_look_the_same(site: Path) -> None:
    fingerprint = scanned(site)
    paths = ["index.html", "css/style.css", "gone.html"]
    assert fingerprint.update(paths, doubted={"index.html", "gone.html"}) == (
        PathChange("index.html", "modified"),
        PathChange("gone.html", "deleted"),
    )


def test_what_has_come_to_be_ignored_goes_without_a_word(site: Path) -> None:
    fingerprint = scanned(site)
    rules = Ignore(["*.css"])
    fingerprint.obey(rules, ())
    assert not fingerprint.counts("css/style.css")
    assert fingerprint.update(["css/style.css"]) == ()
    assert fingerprint.files == 1


NAMES = st.sampled_from(["a", "b", "c.css", os.fsdecode(b"\xff")])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
_stamp = count(1)


def _write(root: Path, path: str, _other: str) -> None:
    file = root / path
    if file.is_symlink():
        raise OSError("would write elsewhere")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"%d" % next(_stamp))


def _delete(root: Path, path: str, _other: str) -> None:
    file = root / path
    shutil.rmtree(file) if file.is_dir() else file.unlink()


def _rename(root: Path, path: str, other: str) -> None:
    (root / path).rename(root / other)


def _link(root: Path, path: str, other: str) -> None:
    (root / path).symlink_to(root / other)


def behind_link(path: Path) -> bool:
    return any(parent.is_symlink() for parent in path.parents)


OPERATIONS = st.lists(
    st.tuples(st.sampled_from([_write, _write, _delete, _rename, _link]), PATHS, PATHS)
)


@settings(deadline=None)
@given(OPERATIONS, st.integers(1, 5))
def test_kept_up_with_it_equals_a_fresh_scan(
    operations: list[tuple[Callable[[Path, str, str], None], str, str]], batch: int
) -> None:
    with TemporaryDirectory() as name:
        root = Path(name).resolve()
        fingerprint = scanned(root)
        files: dict[str, bytes] = {}
        for start in range(0, len(operations), batch):
            told = []
            for operate, path, other in operations[start : start + batch]:
                if behind_link(root / path) or behind_link(root / other):
                    continue  # the system would report the real path
                try:
                    operate(root, path, other)
                except (OSError, shutil.Error):
                    continue
                told += [path, other]
            for change in fingerprint.update(told):
                if change.change == "deleted":
                    del files[change.path]
                else:
                    assert (change.path in files) == (change.change == "modified")
                    files[change.path] = b""
        fresh = scanned(root)
        assert (str(fingerprint), fingerprint.files) == (str(fresh), fresh.files)
        assert len(files) == fresh.files


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder of a user who may not read everything, which we are meanwhile."""
    with TemporaryDirectory() as folder:
        if os.geteuid() != 0:
            yield Path(folder)
            return
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="folders have other permissions")
def test_a_folder_that_may_be_listed_and_not_entered_holds_no_files(nobody: Path) -> None:
    closed = nobody / "closed"
    closed.mkdir()
    (closed / "page.html").write_text("closed")
    closed.chmod(0o600)
    fingerprint = Fingerprint(str(nobody), Ignore())
    assert fingerprint.update([""]) == ()
    assert fingerprint.update(["closed/page.html"]) == ()
    closed.chmod(0o700)
    assert [one.path for one in fingerprint.update([""])] == ["closed/page.html"]
