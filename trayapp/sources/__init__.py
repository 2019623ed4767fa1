"""Sources of events other than files: a command that is run, and what it prints."""

from trayapp.sources import report
from trayapp.sources.command import Command, NotStarted
from trayapp.sources.output import Output

__all__ = ["Command", "NotStarted", "Output", "report"]
