"""Which limit is reached, and the line that raises it."""

from errno import EACCES, EMFILE, ENOENT, ENOSPC
from pathlib import Path

import pytest

from trayapp.watch.hearing import limits


@pytest.mark.parametrize(
    ("present", "least", "expected"),
    [
        (0, 524288, 524288),
        (8192, 524288, 524288),
        (65536, 524288, 524288),
        (262144, 524288, 524288),
        (524288, 524288, 1048576),
        (524289, 524288, 2097152),
        (128, 1024, 1024),
        (8192, 1024, 16384),
    ],
)
def test_a_limit_is_at_least_doubled(present: int, least: int, expected: int) -> None:
    assert limits.raised(present, least) == expected


def test_the_sentence_names_the_limit_and_the_line_to_paste(tmp_path: Path) -> None:
    (tmp_path / "max_user_watches").write_text("65536\n")
    (tmp_path / "max_user_instances").write_text("128\n")
    watches = limits.sentence(OSError(ENOSPC, "x"), tmp_path)
    assert "(65536)" in watches
    assert watches.endswith("Run: sudo sysctl fs.inotify.max_user_watches=524288")
    readers = limits.sentence(OSError(EMFILE, "x"), tmp_path)
    assert "(128)" in readers
    assert readers.endswith("Run: sudo sysctl fs.inotify.max_user_instances=1024")


def test_a_limit_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    said = limits.sentence(OSError(ENOSPC, "x"), tmp_path)
    assert "(" not in said
    assert "max_user_watches=524288" in said


def test_open_files_are_another_limit_with_the_same_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_has_free_descriptor", lambda: False)
    assert "ulimit -n" in limits.sentence(OSError(EMFILE, "x"), tmp_path)


def test_other_refusals_are_passed_on(tmp_path: Path) -> None:
    assert "No such thing" in limits.sentence(OSError(ENOENT, "No such thing"), tmp_path)
    assert limits.is_limit(OSError(ENOSPC, ""))
    assert not limits.is_limit(OSError(EACCES, ""))
