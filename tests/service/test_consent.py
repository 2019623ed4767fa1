"""In which folders commands may run, and that the user's yes is remembered."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import wait_for
from trayapp import config
from trayapp.config import Config, OnChange, RootEntry
from trayapp.errors import TrayAppError
from trayapp.paths import Paths
from trayapp.service import Service
from trayapp.service.consent import Consent
from trayapp.state import CommandState

pytestmark = pytest.mark.timeout(30)

needs_root = pytest.mark.skipif(
    not hasattr(os, "chown") or os.geteuid() != 0, reason="only root gives a folder away"
)
Make = Callable[..., Service]


def test_a_folder_of_this_user_runs_commands_unless_a_dashboard_added_it(tmp_path: Path) -> None:
    consent = Consent(())
    assert consent.may_run(tmp_path, named=False)
    consent.added_by_dashboard(tmp_path)
    assert not consent.may_run(tmp_path, named=False)
    assert not consent.may_run(tmp_path, named=True)  # the label may have been taken
    link = tmp_path.with_name(f"{tmp_path.name}-link")
    link.symlink_to(tmp_path)
    assert not consent.may_run(link, named=False)
    consent.allow(link)
    assert consent.may_run(tmp_path, named=False)


def test_what_the_user_names_is_the_users_choice(tmp_path: Path) -> None:
    consent = Consent(())
    consent.added_by_dashboard(tmp_path)
    consent.added_by_user(tmp_path)
    assert consent.may_run(tmp_path, named=False)


@needs_root
def test_a_folder_of_another_user_runs_only_commands_that_name_it(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    assert not Consent(()).may_run(tmp_path, named=False)
    assert Consent(()).may_run(tmp_path, named=True)
    assert Consent((tmp_path,)).may_run(tmp_path, named=False)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    home = tmp_path / "home"
    home.mkdir()
    return Paths(config=home, state=home, data=home)


@pytest.fixture
def make(paths: Paths) -> Iterator[Make]:
    """A service that runs `touch made` for each source, with the folders that it remembers."""
    made: list[Service] = []

    def start(*roots: RootEntry) -> Service:
        command = OnChange("touch made", ("*.src",), name="build")
        known = config.load(paths, {}, {"roots": None}).config.roots
        settings = Config(port=0, roots=(*roots, *known), on_change=(command,), tray=False)
        made.append(Service(settings, paths, "token"))
        made[-1].start()
        return made[-1]

    yield start
    for service in made:
        service.stop()


def folder(tmp_path: Path, name: str) -> Path:
    made = tmp_path / name
    made.mkdir()
    return made


def watched(service: Service, label: str) -> None:
    wait_for(
        lambda: any(r.label == label and r.status == "watching" for r in service.state().roots)
    )


def waiting(service: Service) -> list[CommandState]:
    return [one for one in service.state().commands if one.status == "waiting"]


def test_in_a_folder_of_a_dashboard_a_command_waits_for_the_users_yes(
    make: Make, tmp_path: Path
) -> None:
    service = make(RootEntry(folder(tmp_path, "mine")))
    theirs = folder(tmp_path, "theirs")
    service.roots.add_root(str(theirs), dashboard=True)
    watched(service, "theirs")
    (theirs / "a.src").write_text("1")
    (state,) = wait_for(lambda: waiting(service))
    assert (state.root, state.name) == ("theirs", "build in theirs")
    (tmp_path / "mine/a.src").write_text("1")
    wait_for((tmp_path / "mine/made").exists)
    assert not (theirs / "made").exists()
    shown = [event.data for event in service._bus.recent(99) if event.topic == "notify"]
    assert "trayapp allow theirs" in shown[0]
    assert str(tmp_path) not in "".join(shown)  # every page reads it

    service.allow_commands("theirs")
    assert waiting(service) == []
    (theirs / "a.src").write_text("2")
    wait_for((theirs / "made").exists)


def test_neither_the_mark_nor_the_yes_is_lost_at_a_restart(make: Make, tmp_path: Path) -> None:
    mine = RootEntry(folder(tmp_path, "mine"))
    theirs = folder(tmp_path, "theirs")
    first = make(mine)
    first.roots.add_root(str(theirs), dashboard=True)
    first.stop()

    second = make(mine)
    watched(second, "theirs")
    (theirs / "a.src").write_text("1")
    wait_for(lambda: waiting(second))
    assert not (theirs / "made").exists()
    second.allow_commands("theirs")
    second.stop()

    third = make(mine)
    watched(third, "theirs")
    (theirs / "a.src").write_text("2")
    wait_for((theirs / "made").exists)


def test_a_folder_that_the_user_added_runs_commands(make: Make, tmp_path: Path) -> None:
    service = make(RootEntry(folder(tmp_path, "mine")))
    other = folder(tmp_path, "other")
    service.roots.add_root(str(other))
    watched(service, "other")
    (other / "a.src").write_text("1")
    wait_for((other / "made").exists)


def test_a_dashboard_cannot_mark_a_folder_that_the_user_watches(make: Make, tmp_path: Path) -> None:
    mine = folder(tmp_path, "mine")
    service = make(RootEntry(mine))
    with pytest.raises(TrayAppError):
        service.roots.add_root(str(mine), dashboard=True)
    watched(service, "mine")
    (mine / "a.src").write_text("1")
    wait_for((mine / "made").exists)


@needs_root
def test_in_a_folder_of_another_user_a_command_waits(make: Make, tmp_path: Path) -> None:
    theirs = folder(tmp_path, "theirs")
    os.chown(theirs, 65534, 65534)
    service = make(RootEntry(theirs))
    watched(service, "theirs")
    (theirs / "a.src").write_text("1")
    wait_for(lambda: waiting(service))
    assert not (theirs / "made").exists()


def test_the_yes_needs_a_folder_that_is_watched(make: Make, tmp_path: Path) -> None:
    service = make(RootEntry(folder(tmp_path, "mine")))
    with pytest.raises(TrayAppError, match="No watched folder is called nowhere"):
        service.allow_commands("nowhere")
