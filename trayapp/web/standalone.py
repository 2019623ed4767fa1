"""What the application has in place of a service when it stands alone, as in a program that uses
it as a library."""

from pathlib import Path
from secrets import token_urlsafe
from wsgiref.types import WSGIApplication

from trayapp.web.devices import Devices
from trayapp.web.guard import Guard
from trayapp.web.policy import Policy
from trayapp.web.seams import Answer, Visit
from trayapp.web.tokens import Tokens


class Nobody:
    """Implements `Visitors` and `Witness`: takes note of nothing."""

    def came(self, visit: Visit) -> tuple[str, str] | None:
        """A page is there; no files are watched, so it is none of them."""
        return None

    def applied(self, answer: Answer) -> None:
        """A page has answered a change."""

    def left(self, page: str) -> None:
        """A page is gone."""

    def lan_request(self) -> None:
        """Another device sent a request; it is refused."""

    def disk_refused(self) -> None:
        """A page opened from disk was turned away."""


def for_this_computer(app: WSGIApplication) -> Guard:
    """`app` for programs and pages of this computer and for nobody else."""
    devices = Devices(Path())  # nobody can be paired, so none is ever kept
    return Guard(app, Policy(), Tokens(token_urlsafe()), devices, Nobody())
