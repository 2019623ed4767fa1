"""What happens to published events when the disk, or the file on it, fails: an error for the
publisher, nothing for the pages, and nothing lost that was acknowledged."""

import json
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.streams import Reader, open_stream, wait_for_scan
from tests.support import Running
from tests.torture.publisher import post, publish
from tests.torture.scale import TIMEOUT

Run = Callable[..., Running]

LARGE = b"x" * 60_000

pytestmark = [
    pytest.mark.timeout(TIMEOUT),
    pytest.mark.skipif(sys.platform != "linux", reason="limits and mounts as Linux has them"),
]


def check_that_changes_arrive(reader: Reader, site: Path, text: str) -> None:
    """A save reaches the page, whatever the disk of the log does."""
    (site / "index.html").write_text(text)
    event = reader.next()
    assert event.type == "change"
    assert json.loads(event.data)["paths"] == [{"path": "index.html", "change": "modified"}]


def check_refusal(port: int, body: bytes, words: str) -> None:
    status, said, seconds = post(port, "/t", body)
    assert status == 503, said
    assert words in said["error"].lower()
    assert "send again" in said["hint"]
    assert seconds < 2


def joined(running: Running, topic: str = "t,change") -> Reader:
    wait_for_scan(running.port)
    reader = open_stream(running.port, f"/stream?topic={topic}")
    assert reader.next().type == "hello"
    return reader


def fill(port: int) -> tuple[list[str], dict[str, str]]:
    """Publish until it is refused: the ids that were acknowledged, and the refusal."""
    ids: list[str] = []
    while len(ids) < 200:
        status, said, _ = post(port, "/t", LARGE)
        if status != 200:
            assert status == 503, said
            return ids, said
        ids.append(said["id"])
    raise AssertionError("the disk is never full")


def check_that_all_are_kept(run: Run, running: Running, site: Path, ids: list[str]) -> None:
    """After kill -9, a page that has seen the first of `ids` gets the others."""
    running.process.kill()
    running.process.wait()
    again = run(site, "--port", str(running.port))
    reader = open_stream(again.port, "/stream?topic=t", f"Last-Event-ID: {ids[0]}")
    assert [reader.next(10).id for _ in ids] == ids
    reader.close()


def test_a_locked_log_refuses_publishers_and_disturbs_no_page(
    program: Running, home: Path, site: Path, run_trayapp: Run
) -> None:
    reader = joined(program)
    ids = [publish(program.port, b"before")]
    assert reader.next().id == ids[0]
    other = sqlite3.connect(home / "events.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    check_refusal(program.port, b"refused", "locked")
    check_that_changes_arrive(reader, site, "<p>while it was locked")

    other.execute("ROLLBACK")
    other.close()
    ids.append(publish(program.port, b"after"))
    assert reader.next().id == ids[1]
    reader.close()
    check_that_all_are_kept(run_trayapp, program, site, ids)


def test_a_log_at_its_size_limit_refuses_publishers_and_disturbs_no_page(
    program: Running, site: Path, run_trayapp: Run
) -> None:
    reader = joined(program)
    before = resource.prlimit(program.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (300_000, before[1]))

    ids, refusal = fill(program.port)
    assert ids
    assert "send again" in refusal["hint"]
    assert [reader.next().id for _ in ids] == ids
    check_that_changes_arrive(reader, site, "<p>while it was full")

    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, before)
    ids.append(publish(program.port, LARGE))
    assert reader.next().id == ids[-1]
    reader.close()
    check_that_all_are_kept(run_trayapp, program, site, ids)


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """A disk of 4 MB as the home, and a file on it that can be deleted. Skipped where it may not
    be mounted; fails there under CI=true."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(home)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse("a small disk can be mounted by root only, and not in every container")
    filler = home / "filler"
    filler.write_bytes(b"\0" * 2_000_000)
    yield filler
    subprocess.run(["umount", "--lazy", str(home)], check=True)


def test_a_full_disk_refuses_publishers_and_disturbs_no_page(
    small_disk: Path, run_trayapp: Run, site: Path, home: Path
) -> None:
    running = run_trayapp(site)
    reader = joined(running)

    ids, refusal = fill(running.port)
    assert ids
    assert "full" in refusal["error"]
    assert "Free some space" in refusal["hint"]
    assert [reader.next().id for _ in ids] == ids
    check_that_changes_arrive(reader, site, "<p>while it was full")

    small_disk.unlink()
    ids.append(publish(running.port, b"there is space again"))
    assert reader.next().id == ids[-1]
    reader.close()
    assert "Traceback" not in (home / "trayapp.log").read_text()
    check_that_all_are_kept(run_trayapp, running, site, ids)
    running.stop()


def garbage(file: Path) -> None:
    file.write_bytes(os.urandom(50_000))


def torn(file: Path) -> None:
    """Pages in the middle of the file hold nothing sensible any more."""
    octets = bytearray(file.read_bytes())
    octets[100:] = os.urandom(len(octets) - 100)
    file.write_bytes(octets)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


@pytest.mark.parametrize("damage", [garbage, torn, cut], ids=lambda damage: damage.__name__)
def test_a_damaged_log_is_kept_aside_at_the_start(
    run_trayapp: Run, site: Path, home: Path, damage: Callable[[Path], None]
) -> None:
    running = run_trayapp(site)
    port = running.port
    cursor = publish(port, LARGE)
    assert running.stop() == 0
    damage(home / "events.db")
    damaged = (home / "events.db").read_bytes()

    again = run_trayapp(site, "--port", str(port))
    assert [file.read_bytes() for file in home.glob("events.db.bad-*")] == [damaged]
    wait_for_scan(port)
    reader = open_stream(port, "/stream?topic=t,change", f"Last-Event-ID: {cursor}")
    assert [reader.next().type, reader.next().type] == ["hello", "reset"]
    ids = [publish(port, b"in the new file"), publish(port, b"too")]
    assert [reader.next().id, reader.next().id] == ids
    check_that_changes_arrive(reader, site, "<p>all is well")
    reader.close()
    assert "Traceback" not in (home / "trayapp.log").read_text()
    check_that_all_are_kept(run_trayapp, again, site, ids)


@pytest.mark.parametrize("damage", [garbage, torn, cut, Path.unlink], ids=lambda it: it.__name__)
def test_a_log_that_is_damaged_under_way_is_written_anew(
    program: Running, run_trayapp: Run, site: Path, home: Path, damage: Callable[[Path], None]
) -> None:
    """Sooner or later: as long as it can be written, nothing is lost that was acknowledged then."""
    reader = joined(program)
    ids = [publish(program.port, LARGE) for _ in range(20)]
    damage(home / "events.db")
    while len(ids) < 40:
        status, said, _ = post(program.port, "/t", LARGE)
        assert status in (200, 503), said
        ids += [said["id"]] if status == 200 else []
    assert [reader.next().id for _ in ids] == ids
    check_that_changes_arrive(reader, site, "<p>all is well")
    reader.close()
    check_that_all_are_kept(run_trayapp, program, site, ids)


def test_a_log_that_cannot_be_opened_at_the_start_keeps_no_page_away(
    run_trayapp: Run, site: Path, home: Path
) -> None:
    other = sqlite3.connect(home / "events.db", isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE mine (x)")
    other.execute("BEGIN EXCLUSIVE")
    running = run_trayapp(site)
    reader = joined(running)
    check_refusal(running.port, b"refused", "locked")
    check_that_changes_arrive(reader, site, "<p>while it was locked")
    other.execute("ROLLBACK")
    other.close()
    ids = [publish(running.port, b"now"), publish(running.port, b"too")]
    assert [reader.next().id, reader.next().id] == ids
    reader.close()
    check_that_all_are_kept(run_trayapp, running, site, ids)
