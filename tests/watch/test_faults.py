"""A mistake of ours with one root makes none of them deaf."""

import threading
from pathlib import Path

import pytest

from tests.support import wait_for
from tests.watch.recorder import Watched
from trayapp.watch.content.fingerprint import Fingerprint
from trayapp.watch.root import Root
from trayapp.watch.survey import Surveyor


@pytest.fixture
def other(watched: Watched, tmp_path: Path) -> Path:
    """One more watched folder."""
    folder = tmp_path / "other"
    folder.mkdir()
    watched.add(folder)
    return folder


def test_a_fault_while_changes_are_told_loses_none(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = Fingerprint.update
    faults = iter([ValueError("a fault")])

    def update(fingerprint: Fingerprint, *args: object) -> object:
        for fault in faults:
            raise fault
        return whole(fingerprint, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Fingerprint, "update", update)
    (watched.folder / "index.html").write_text("told after all")
    watched.wait_change("index.html")
    assert "a fault" in caplog.text
    assert "error" in [state.status for state in watched.told.statuses]
    wait_for(lambda: watched.state("site").status == "watching")


def test_a_fault_at_every_change_is_told_once_and_makes_no_other_root_deaf(
    watched: Watched, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Fingerprint.update

    def update(fingerprint: Fingerprint, *args: object) -> object:
        if fingerprint._root == str(watched.folder):
            raise ValueError("a fault")
        return whole(fingerprint, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Fingerprint, "update", update)
    (watched.folder / "index.html").write_text("never told")
    errors = 2  # at the save, and in the survey that looks for what was lost
    wait_for(lambda: [s.status for s in watched.told.statuses].count("error") == errors)
    (other / "a.html").write_text("told")
    watched.wait_change("a.html")
    assert watched.state("site").status == "error"
    assert [s.status for s in watched.told.statuses].count("error") == errors


def test_a_root_whose_survey_fails_is_looked_through_again(
    watched: Watched, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Surveyor._survey
    broken = threading.Event()
    broken.set()

    def survey(surveyor: Surveyor, root: Root, station: object) -> None:
        if broken.is_set() and root.picture.label == "site":
            raise RuntimeError("a fault")
        whole(surveyor, root, station)  # type: ignore[arg-type]

    monkeypatch.setattr("trayapp.watch.survey.RETRY", 0.1)
    monkeypatch.setattr(Surveyor, "_survey", survey)
    (watched.folder / ".trayappignore").write_text("*.log\n")
    wait_for(lambda: watched.state("site").status == "error")
    (other / ".trayappignore").write_text("*.log\n")
    (other / "a.html").write_text("told")
    watched.wait_change("a.html")
    broken.clear()
    wait_for(lambda: watched.state("site").status == "watching")
    (watched.folder / "index.html").write_text("told")
    watched.wait_change("index.html")
