"""What a click does where no desktop is needed to see it."""

from pathlib import Path
from typing import cast

import pytest

from tests.rig.standin import StandInService
from trayapp.desktop import Notifier
from trayapp.errors import TrayAppError
from trayapp.tray.actions import Actions


class Heard:
    """A notifier that keeps what it is to show."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def show(self, title: str, message: str) -> None:
        self.texts.append(message)


@pytest.mark.parametrize("row", ["dashboard", "share-pair"])
def test_the_address_with_the_code_is_for_a_terminal_and_no_notification(
    tmp_path: Path, row: str
) -> None:
    def open_dashboard(view: str = "") -> str:
        raise TrayAppError("There is no browser.", "Open this: http://127.0.0.1:1/#c=secret")

    service, heard = StandInService(), Heard()
    service.notifier = cast(Notifier, heard)
    service.open_dashboard = open_dashboard  # type: ignore[method-assign]
    Actions(service, tmp_path / "log").run(row)
    assert heard.texts == ["There is no browser. Run in a terminal: trayapp open"]
