"""Which browsers can read a file of ours, as far as can be told without starting one."""

import sys
from pathlib import Path

import pytest

from trayapp.desktop.confinement import Sight, judge, judge_default, sight

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems confine no browser")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/usr/bin/firefox", Sight.FILES),
        ("/usr/bin/chromium --new-window", Sight.FILES),
        ("/opt/snapshot/firefox", Sight.FILES),
        ("/snap/bin/firefox", Sight.CONFINED),
        ("/home/ada/bin/firefox\n/usr/bin/snap", Sight.CONFINED),
        ('#!/bin/sh\nexec /snap/bin/chromium "$@"', Sight.CONFINED),
        ("flatpak run org.mozilla.firefox", Sight.CONFINED),
        ("/var/lib/flatpak/exports/bin/org.mozilla.firefox", Sight.CONFINED),
        ("wslview", Sight.ELSEWHERE),
        ("/mnt/c/Program Files/Mozilla Firefox/firefox.exe", Sight.ELSEWHERE),
    ],
)
def test_a_program_says_where_it_runs(text: str, wanted: Sight) -> None:
    assert judge(text) is wanted


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A PATH and desktop entries of the test's own."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "data/applications").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return {"PATH": str(tmp_path / "bin"), "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": "/none"}


def program(folder: Path, name: str, text: str) -> None:
    (folder / "bin" / name).write_text(text)
    (folder / "bin" / name).chmod(0o755)


def entry(folder: Path, name: str, command: str) -> None:
    text = f"[Desktop Entry]\nName=Browser\nExec={command}\n"
    (folder / "data/applications" / name).write_text(text)


def test_the_default_browser_is_judged_by_its_desktop_entry(
    tmp_path: Path, computer: dict[str, str]
) -> None:
    entry(tmp_path, "plain.desktop", "/usr/lib/firefox/firefox %u")
    entry(tmp_path, "snap.desktop", "env HINT=x /snap/bin/firefox %u")
    entry(
        tmp_path, "pak.desktop", "/usr/bin/flatpak run --branch=stable org.mozilla.firefox @@u %u"
    )
    entry(tmp_path, "wsl.desktop", "wslview %u")
    for name, wanted in (
        ("plain.desktop", Sight.FILES),
        ("snap.desktop", Sight.CONFINED),
        ("pak.desktop", Sight.CONFINED),
        ("wsl.desktop", Sight.ELSEWHERE),
    ):
        assert judge_default(name, name, computer) is wanted, name


def test_a_file_is_not_opened_where_an_editor_opens_html(
    tmp_path: Path, computer: dict[str, str]
) -> None:
    entry(tmp_path, "plain.desktop", "/usr/lib/firefox/firefox %u")
    assert judge_default("plain.desktop", "editor.desktop", computer) is Sight.CONFINED


def test_the_system_is_asked_for_its_default_browser(
    tmp_path: Path, computer: dict[str, str]
) -> None:
    entry(tmp_path, "snap.desktop", "/snap/bin/firefox %u")
    program(tmp_path, "xdg-open", "#!/bin/sh\n")
    with_display = computer | {"DISPLAY": ":9"}
    assert sight(with_display) is Sight.FILES  # no xdg-mime: nothing is known
    program(tmp_path, "xdg-mime", "#!/bin/sh\necho snap.desktop\n")
    assert sight(with_display) is Sight.CONFINED
    assert sight(computer) is Sight.FILES  # nothing would be opened


def test_browser_variable_is_followed_to_what_it_starts(
    tmp_path: Path, computer: dict[str, str]
) -> None:
    program(tmp_path, "plain", "#!/bin/sh\nexec /usr/lib/firefox/firefox\n")
    program(tmp_path, "wrapped", '#!/bin/sh\nexec /snap/bin/firefox "$@"\n')
    assert sight(computer | {"BROWSER": "missing:plain %s"}) is Sight.FILES
    assert sight(computer | {"BROWSER": "wrapped"}) is Sight.CONFINED
