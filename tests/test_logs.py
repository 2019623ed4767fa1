"""The log: private, on one line per record, and out of the user's sight."""

import logging
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from trayapp import logs
from trayapp.errors import TrayAppError

logger = logging.getLogger("trayapp.test")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "trayapp.log"
    close = logs.setup(path)
    yield path
    close()


def test_only_this_user_can_read_it_also_after_it_was_rotated(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "x" * 1000
    for _ in range(logs.MAX_BYTES * 4 // len(line)):
        logger.info(line)
    kept = sorted(file.parent.iterdir())
    assert [path.name for path in kept] == ["trayapp.log", "trayapp.log.1", "trayapp.log.2"]
    for path in kept:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_size <= logs.MAX_BYTES


def test_a_log_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "trayapp.log"
    file.touch(mode=0o644)
    logs.setup(file)()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_control_characters_cannot_forge_a_line_or_drive_a_terminal(file: Path) -> None:
    logger.info("topic %s", "a\r\nb\x1b[31m\x9b\u2028\u202e")
    (line,) = file.read_text("utf-8").splitlines()
    assert line.endswith(r"topic a\r\nb\x1b[31m\x9b\u2028\u202e")


def test_undecodable_names_are_logged(file: Path) -> None:
    logger.info("file %s", "caf\udce9 ☕")
    assert file.read_text("utf-8").endswith("file caf\\udce9 ☕\n")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET /stream?key=secret&x=1 200", "GET /stream?… 200"),
        ('"GET /stream?secret"', '"GET /stream?…"'),
        ("http://127.0.0.1:1/#c=secret opened", "http://127.0.0.1:1/#… opened"),
        ("really? yes", "really? yes"),
    ],
)
def test_query_strings_stay_out(text: str, kept: str) -> None:
    assert logs.clean(text) == kept


def test_level_is_chosen_by_name_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    close = logs.setup(tmp_path / "log", " debug ")
    logger.debug("seen")
    close()
    assert "seen" in (tmp_path / "log").read_text()
    with pytest.raises(TrayAppError, match="TRAYAPP_LOG must be one of DEBUG.*not 'loud'"):
        logs.setup(tmp_path / "log", "loud")


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrayAppError, match="Cannot write the log .*: Is a directory"):
        logs.setup(tmp_path)


def test_uncaught_errors_go_to_the_log_not_to_the_terminal(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise RuntimeError("in a thread\nwith two lines")

    thread = threading.Thread(target=fail, name="trayapp-test")
    thread.start()
    thread.join()
    text = file.read_text()
    assert "CRITICAL trayapp-test trayapp: uncaught\n    Traceback" in text
    assert "\n    with two lines" in text
    assert capfd.readouterr() == ("", "")


def test_closing_gives_everything_back(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), sys.excepthook, threading.excepthook)
    close = logs.setup(tmp_path / "log")
    close()
    close()
    assert before == (root.level, root.handlers, sys.excepthook, threading.excepthook)
