"""Watching folders: from the system's file events to one change per finished save."""

from trayapp.watch.change import PathChange, RootChange
from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.ignoring.patterns import Fault, Patterns
from trayapp.watch.plan import Action, action_of, change_data
from trayapp.watch.watcher import Watcher

__all__ = [
    "Action",
    "Fault",
    "Ignore",
    "PathChange",
    "Patterns",
    "RootChange",
    "Watcher",
    "action_of",
    "change_data",
]
