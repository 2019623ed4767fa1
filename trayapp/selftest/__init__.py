"""`trayapp selftest`: a trayapp of its own in a temporary folder, tried as pages and editors would,
while one of the user's may run beside it."""

from trayapp.selftest.outcome import Outcome
from trayapp.selftest.sequence import run
from trayapp.selftest.system import facts

__all__ = ["Outcome", "facts", "run"]
