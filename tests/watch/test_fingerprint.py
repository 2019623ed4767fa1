"""The fingerprint follows real files, and says what changed."""

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from trayapp.watch.change import PathChange
from trayapp.watch.fingerprint import Fingerprint
from trayapp.watch.ignore import Ignore


def scanned(folder: Path) -> Fingerprint:
    fingerprint = Fingerprint(str(folder), Ignore())
    fingerprint.scan()
    return fingerprint


def test_equal_files_have_equal_fingerprints_after_a_restart(site: Path) -> None:
    assert str(scanned(site)) == str(scanned(site))
    assert scanned(site).files == 2
    assert len(str(scanned(site))) == 16


def test_content_name_and_time_count(site: Path) -> None:
    seen = {str(scanned(site))}
    index = site / "index.html"
    index.write_text("longer than before")
    seen.add(str(scanned(site)))
    os.utime(index, ns=(1, 1))
    seen.add(str(scanned(site)))
    index.rename(site / "home.html")
    seen.add(str(scanned(site)))
    assert len(seen) == 4


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


def test_compare_finds_what_was_missed_and_takes_nothing_in(site: Path) -> None:
    fingerprint = scanned(site)
    before = str(fingerprint)
    (site / "index.html").write_text("changed")
    (site / "new.html").write_text("new")
    shutil.rmtree(site / "css")
    assert set(fingerprint.compare()) == {"index.html", "new.html", "css/style.css"}
    assert str(fingerprint) == before


def test_each_folder_is_entered_before_its_files_are_read(site: Path) -> None:
    entered: list[str] = []

    def enter(folder: str) -> None:
        entered.append(folder)
        (site / folder / "late.html").write_text(folder)

    fingerprint = Fingerprint(str(site), Ignore())
    fingerprint.scan(enter)
    assert sorted(entered) == ["", "css"]
    assert fingerprint.files == 4


NAMES = st.sampled_from(["a", "b", "c.css", os.fsdecode(b"\xff")])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
_stamp = count(1)


def _write(root: Path, path: str, _other: str) -> None:
    """With a time of its own: two writes within one tick of the disk's clock look the same."""
    file = root / path
    if file.is_symlink():
        raise OSError("would write elsewhere")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(os.fsencode(path))
    moment = next(_stamp)
    os.utime(file, ns=(moment, moment))


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
