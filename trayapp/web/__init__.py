"""The HTTP side: the guard that refuses, the application that answers."""

from trayapp.web.app import create_app
from trayapp.web.guard import Guard
from trayapp.web.hostguard import HostGuard
from trayapp.web.policy import Policy
from trayapp.web.routes import answers_at_once
from trayapp.web.seams import Answer, Visit
from trayapp.web.tokens import Tokens

__all__ = [
    "Answer",
    "Guard",
    "HostGuard",
    "Policy",
    "Tokens",
    "Visit",
    "answers_at_once",
    "create_app",
]
