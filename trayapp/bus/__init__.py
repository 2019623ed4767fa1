"""The bus keeps and orders events: whatever publishes and whatever reads meets here."""

from trayapp.bus.cursor import ALL, Moment
from trayapp.bus.draft import Draft
from trayapp.bus.log import LogBus
from trayapp.bus.memory import MemoryBus
from trayapp.bus.opening import open_bus
from trayapp.bus.protocol import Bus, Replay
from trayapp.bus.subscription import (
    ENVIRON_KEY,
    READER_KEY,
    Form,
    Reader,
    Selection,
    Subscription,
)

__all__ = [
    "ALL",
    "ENVIRON_KEY",
    "READER_KEY",
    "Bus",
    "Draft",
    "Form",
    "LogBus",
    "MemoryBus",
    "Moment",
    "Reader",
    "Replay",
    "Selection",
    "Subscription",
    "open_bus",
]
