"""The HTTP side: the guard that refuses, the application that answers."""

from trayapp.web.app import create_app
from trayapp.web.control import Control
from trayapp.web.dashboardhost import browsers_find, new_dashboard_host
from trayapp.web.devices import CODE_LIFETIME, Devices
from trayapp.web.guard import Guard
from trayapp.web.hostguard import HostGuard
from trayapp.web.policy import Policy
from trayapp.web.routes import answers_at_once
from trayapp.web.seams import Answer, Invitation, Visit
from trayapp.web.stream import blueprint as stream_blueprint
from trayapp.web.tokens import CODE_LIFETIME as CODE_SECONDS
from trayapp.web.tokens import Tokens

__all__ = [
    "CODE_LIFETIME",
    "CODE_SECONDS",
    "Answer",
    "Control",
    "Devices",
    "Guard",
    "HostGuard",
    "Invitation",
    "Policy",
    "Tokens",
    "Visit",
    "answers_at_once",
    "browsers_find",
    "create_app",
    "new_dashboard_host",
    "stream_blueprint",
]
