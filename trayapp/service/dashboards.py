"""Dashboards: how one is opened so that no other user gets control, and which sessions have it."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from trayapp import desktop, web
from trayapp.desktop import LaunchPages, Notifier, Sight
from trayapp.errors import TrayAppError

logger = logging.getLogger(__name__)

END_ALL = "trayapp sessions end --all"


class Dashboards:
    """The seam `Dashboards` of the web room, and of the tray. Safe from any thread.

    `url` gives the base URL of now; `on_change` is called when the picture has changed, outside
    every lock. `problem` is a sentence, empty when there is none. `folder` takes launch pages.
    """

    def __init__(
        self,
        folder: Path,
        tokens: web.Tokens,
        notifier: Notifier,
        url: Callable[[], str],
        on_change: Callable[[], None],
    ) -> None:
        self.problem = ""
        self._tokens = tokens
        self._notifier = notifier
        self._url = url
        self._on_change = on_change
        self._pages = LaunchPages(folder)

    def start(self) -> Callable[[], None]:
        """Remove what an earlier run left. Returns what removes the launch pages of this one."""
        self._pages.clear()
        return self._pages.clear

    def open(self, environ: dict[str, str], view: str = "") -> str:
        """Open the dashboard, with control, in the user's browser, at the part of it called `view`.

        Returns the address that the browser was given, which holds no secret. Raises: TrayAppError
        with another address, for the user alone, when there is no browser that can be given one.
        """
        sight = desktop.sight(environ)
        now = time.monotonic()
        if sight is Sight.CONFINED:
            self._tokens.expect(now)
            address = self._address("launch", view)
            if desktop.open_url(address):
                return address
        code = self._tokens.issue_code(now)
        address = self._address(f"c={code}", view)
        if sight is Sight.FILES:
            page = self._pages.write(code, address, now + web.CODE_SECONDS)
            self._on_change()  # has it removed in time
            if desktop.open_page(page):
                return page.as_uri()
            self._pages.remove(code)
        raise TrayAppError(
            "There is no browser here to open the dashboard with."
            if sight is not Sight.ELSEWHERE
            else "The browser runs on Windows, and cannot be given the dashboard in secret.",
            f"Open this address yourself, within a minute: {address}",
        )

    def entered(self, code: str) -> None:
        """A dashboard was let in, by `code` unless that is empty."""
        self._pages.remove(code)
        self._on_change()

    def misused(self, what: str) -> None:
        """Say in the log, in the tray and as a problem `what` happened to a code."""
        logger.warning("%s End the control sessions: %s", what, END_ALL)
        self.problem = f"{what} Unless that was you, run: {END_ALL}"
        self._notifier.show("Control of trayapp", self.problem)
        self._on_change()

    def end_session(self, number: int) -> None:
        """End a control session. Raises: TrayAppError when there is none with this number."""
        if not self._tokens.end_session(number):
            raise TrayAppError(
                f"There is no control session {number}.", "See which there are: trayapp sessions"
            )
        self._on_change()

    def end_sessions(self) -> int:
        """End all control sessions; how many there were."""
        count = self._tokens.end_sessions()
        self._pages.clear()
        self.problem = ""
        self._on_change()
        return count

    def due(self) -> float | None:
        """Seconds until a launch page has to be removed; None when there is none."""
        return self._pages.due(time.monotonic())

    def expire(self) -> None:
        """Remove the launch pages whose code is dead."""
        self._pages.expire(time.monotonic())

    def _address(self, fragment: str, view: str) -> str:
        """The dashboard's address, composed here and nowhere else."""
        return f"{self._url()}/#{fragment}" + (f"&view={view}" if view else "")
